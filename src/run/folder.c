/* The run directory: recipe, provenance, results. Nothing is overwritten unless force=yes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "run/desk.h"
#include "run/recipe.h"
#include "temper/catalogue.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

char *temper_desk_path(const temper_desk *desk, const char *name) {
    temper_text path = {0};
    temper_text_add(&path, "%s/%s", desk->folder, name);
    return temper_text_take(&path);
}

temper_status temper_desk_write(const temper_desk *desk, const char *name, const char *text) {
    char *path = temper_desk_path(desk, name);
    temper_status bad = path ? temper_write_file(path, text, strlen(text)) : TEMPER_NO_MEMORY;
    temper_release(path);
    return bad;
}

/* SHA-256 of a file of any length. */
static temper_status fingerprint(const char *path, char hex[65]) {
    char block[65536];
    temper_sha256 sha;
    ssize_t count;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return temper_fail(TEMPER_BAD_FILE, "%s: cannot open: %s", path, strerror(errno));
    temper_sha256_begin(&sha);
    while ((count = read(file, block, sizeof block)) > 0 || (count < 0 && errno == EINTR))
        if (count > 0) temper_sha256_add(&sha, block, (size_t)count);
    close(file);
    temper_sha256_end(&sha, hex);
    return count < 0 ? temper_fail(TEMPER_BAD_FILE, "%s: cannot read: %s", path, strerror(errno)) : TEMPER_OK;
}

static void note_input(temper_json *json, const char *path, const char *hex) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "file", path);
    temper_json_string(json, "sha256", hex);
    temper_json_close(json, '}');
}

/* [{"file": …, "sha256": …}, …]; the fingerprints one after another are part of the recipe's. */
static temper_status note_inputs(temper_desk *desk, const char *const *inputs, int n, temper_text *all) {
    temper_json json = {0};
    temper_status bad = TEMPER_OK;
    temper_text_bytes(all, "", 0);
    temper_json_open(&json, NULL, '[');
    for (int k = 0; k < n && !bad; k++) {
        char hex[65];
        if (!inputs[k] || (bad = fingerprint(inputs[k], hex))) continue;
        note_input(&json, inputs[k], hex);
        temper_text_add(all, "%s", hex);
    }
    for (int k = 0; k < desk->read; k++) {
        note_input(&json, desk->input[k].path, desk->input[k].sha256);
        temper_text_add(all, "%s", desk->input[k].sha256);
    }
    temper_json_close(&json, ']');
    desk->inputs = temper_text_take(&json.text);
    return bad ? bad : desk->inputs && !all->failed ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static char *utc(void) {
    char text[32];
    struct tm parts;
    time_t now = time(NULL);
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return temper_strdup(text);
}

static temper_status write_provenance(const temper_desk *desk, const char *finished) {
    temper_json json = {0};
    char *info;
    temper_status bad = temper_info(true, &info);
    if (bad) return bad;
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.provenance/1");
    temper_json_string(&json, "verb", desk->verb);
    temper_json_string(&json, "command", desk->command);
    temper_json_string(&json, "version", temper_version());
    temper_json_string(&json, "started", desk->started);
    temper_json_string(&json, "finished", finished);
    temper_json_int(&json, "resumed", desk->resumed);
    temper_json_string(&json, "recipe_sha256", desk->recipe);
    temper_text_add(&json.text, ", \"inputs\": %s, \"library\": %s", desk->inputs, info);
    temper_json_close(&json, '}');
    temper_text_bytes(&json.text, "\n", 1);
    temper_release(info);
    char *text = temper_text_take(&json.text);
    bad = text ? temper_desk_write(desk, "provenance.json", text) : TEMPER_NO_MEMORY;
    temper_release(text);
    return bad;
}

/* What an earlier start left; a provenance that cannot be read is not worth a refusal. */
static void read_provenance(temper_desk *desk) {
    char *path = temper_desk_path(desk, "provenance.json"), *text = NULL;
    size_t length;
    temper_json_node *tree = NULL;
    if (path && !temper_read_file(path, 1 << 20, &text, &length) && !temper_json_read(text, length, &tree)) {
        const temper_json_node *started = temper_json_member(tree, "started"), *command, *resumed;
        resumed = temper_json_member(tree, "resumed");
        command = temper_json_member(tree, "command");
        if (started && started->kind == TEMPER_JSON_STRING) desk->started = temper_strdup(started->string);
        if (resumed && resumed->kind == TEMPER_JSON_NUMBER && resumed->number < 1e9)
            desk->resumed = (int)resumed->number;
        if (command && command->kind == TEMPER_JSON_STRING)
            desk->first_command = temper_strdup(command->string);
        if (desk->first_command) desk->command = desk->first_command;
    }
    desk->resumed++;
    temper_release(tree);
    temper_release(text);
    temper_release(path);
}

static temper_status clean(const temper_desk *desk) {
    static const char *const files[] = {"checkpoint",      "checkpoint.previous", "ladder",
                                        "ladder.previous", "population",          "population.previous",
                                        "results.json",    "results.txt",         "status.json",
                                        "metrics.jsonl",   "provenance.json",     "best.txt",
                                        "report.html",     "network.json",        "curves.csv",
                                        "predictions.csv", "robustness.json",     "robustness.html",
                                        "model.npz",       "model.safetensors",   "params.dat"};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        char *path = temper_desk_path(desk, files[k]);
        if (!path) return TEMPER_NO_MEMORY;
        int failed = unlink(path) && errno != ENOENT;
        temper_release(path);
        if (failed)
            return temper_fail(TEMPER_BAD_FILE, "%s/%s: cannot remove: %s", desk->folder, files[k],
                               strerror(errno));
    }
    return TEMPER_OK;
}

/* Two processes in one directory would ruin it. The lock lies on the recipe and ends with the process; file systems
 * without locks do without. */
static temper_status lock(temper_desk *desk) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = temper_desk_path(desk, "recipe.toml");
    if (!path) return TEMPER_NO_MEMORY;
    int file = open(path, O_RDWR | O_CLOEXEC);
    temper_release(path);
    if (file < 0) return TEMPER_OK; /* no run yet, or one that may only be read: writing will tell */
    bool taken = fcntl(file, F_SETLK, &whole) && (errno == EACCES || errno == EAGAIN);
    if (taken) {
        close(file);
        return temper_fail(TEMPER_BAD_FILE, "%s: another process is working in it", desk->folder);
    }
    if (desk->locked) close(desk->lock);
    desk->lock = file;
    desk->locked = true;
    return TEMPER_OK;
}

static temper_status create_folder(temper_desk *desk, bool force) {
    if (mkdir(desk->folder, 0777) && errno != EEXIST)
        return temper_fail(TEMPER_BAD_FILE, "%s: cannot make the run directory: %s", desk->folder,
                           strerror(errno));
    temper_status bad = lock(desk);
    if (bad) return bad;
    if (desk->locked && !force)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: there is a run in it already; 'temper resume %s' goes on with it, "
                           "--force replaces it",
                           desk->folder, desk->folder);
    return desk->locked ? clean(desk) : TEMPER_OK;
}

static temper_status write_recipe(temper_desk *desk, const temper_settings *settings) {
    temper_text text = {0};
    temper_status bad = temper_recipe_write(desk->verb, settings, &text);
    if (!bad) bad = temper_desk_write(desk, "recipe.toml", text.data);
    temper_text_clear(&text);
    return bad ? bad : lock(desk); /* a new file, so a new lock */
}

temper_status temper_desk_open(temper_desk *desk, const temper_settings *settings, const char *const *inputs,
                               int n) {
    temper_text all = {0};
    desk->begun = desk->saved = temper_clock();
    desk->checkpoint_every = settings->checkpoint;
    if (!settings->out || !*settings->out) return TEMPER_OK;
    if (!(desk->folder = temper_strdup(settings->out))) return TEMPER_NO_MEMORY;
    temper_status bad = desk->resuming ? lock(desk) : create_folder(desk, settings->force);
    if (!bad) bad = note_inputs(desk, inputs, n, &all);
    if (!bad) bad = temper_recipe_hash(desk->verb, settings, all.data, desk->recipe);
    temper_text_clear(&all);
    if (!bad && desk->resuming) read_provenance(desk);
    if (!bad && !desk->started && !(desk->started = utc())) bad = TEMPER_NO_MEMORY;
    if (!bad && !desk->resuming) bad = write_recipe(desk, settings);
    return bad || desk->resuming ? bad : write_provenance(desk, NULL);
}

temper_status temper_desk_go_on(temper_desk *desk) {
    if (!desk->resuming || desk->noted) return TEMPER_OK;
    desk->noted = true;
    return write_provenance(desk, NULL);
}

temper_status temper_desk_finish(temper_desk *desk, const temper_report *report) {
    if (!desk->folder) return TEMPER_OK;
    temper_desk_rest(desk, "done");
    temper_text json = {0};
    temper_text_add(&json, "%s\n", temper_report_json(report));
    temper_status bad = json.failed ? TEMPER_NO_MEMORY : temper_desk_write(desk, "results.json", json.data);
    temper_text_clear(&json);
    if (!bad) bad = temper_desk_write(desk, "results.txt", temper_report_text(report));
    char *now = utc();
    if (!bad) bad = now ? write_provenance(desk, now) : TEMPER_NO_MEMORY;
    temper_release(now);
    return bad;
}

void temper_desk_close(temper_desk *desk) {
    if (desk->locked) close(desk->lock);
    temper_release(desk->folder);
    temper_release(desk->started);
    temper_release(desk->inputs);
    temper_release(desk->first_command);
}
