/* Watching a job: when to tell, what to keep in status.json and metrics.jsonl. */
#include "run/desk.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/plain.h"

double temper_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool temper_desk_stopped(const temper_desk *desk) {
    return desk->watch && desk->watch->stop && *desk->watch->stop;
}

void temper_desk_say(const temper_desk *desk, const char *format, ...) {
    char sentence[512];
    if (!desk->watch || !desk->watch->say) return;
    va_list values;
    va_start(values, format);
    temper_plain_format(sentence, sizeof sentence, format, values);
    va_end(values);
    desk->watch->say(desk->watch->context, sentence);
}

bool temper_desk_due(const temper_desk *desk) {
    return (desk->folder || (desk->watch && desk->watch->tell)) && temper_clock() - desk->told >= 0.05;
}

/* Saving must not become the work: at most a twentieth of the time goes into it. */
bool temper_desk_save_due(const temper_desk *desk) {
    double wait = fmax(desk->checkpoint_every, 20 * desk->saving);
    return desk->folder && temper_clock() - desk->saved >= wait;
}

static void add_numbers(temper_json *json, const temper_progress *p) {
    temper_json_string(json, "phase", p->phase);
    temper_json_string(json, "unit", p->unit);
    temper_json_int(json, "done", p->done);
    temper_json_int(json, "total", p->total);
    temper_json_real(json, "seconds", p->seconds);
    temper_json_real(json, "seconds_left", p->left);
    temper_json_real(json, "rate", p->rate);
    temper_json_real(json, "updates_per_ns", p->updates);
    temper_json_real(json, "coldest", p->coldest);
    temper_json_real(json, "hottest", p->hottest);
    temper_json_real(json, "energy", p->energy);
    temper_json_real(json, "energy_error", p->energy_error);
    if (p->score_name) {
        temper_json_string(json, "score_name", p->score_name);
        temper_json_real(json, "score", p->score);
    }
    temper_json_real(json, "acceptance", p->acceptance);
    temper_json_real(json, "swap_rate", p->swap_rate);
}

static temper_status write_status(const temper_desk *desk, const temper_progress *progress) {
    temper_json json = {0};
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.status/1");
    temper_json_string(&json, "verb", desk->verb);
    temper_json_string(&json, "state", desk->state ? desk->state : "running");
    add_numbers(&json, progress);
    temper_json_close(&json, '}');
    temper_text_bytes(&json.text, "\n", 1);
    char *text = temper_text_take(&json.text);
    temper_status bad = text ? temper_desk_write(desk, "status.json", text) : TEMPER_NO_MEMORY;
    temper_release(text);
    return bad;
}

/* One whole line in one write. */
static temper_status append_metrics(const temper_desk *desk, const temper_progress *progress) {
    temper_json json = {0};
    temper_json_open(&json, NULL, '{');
    add_numbers(&json, progress);
    temper_json_close(&json, '}');
    temper_text_bytes(&json.text, "\n", 1);
    char *line = temper_text_take(&json.text), *path = temper_desk_path(desk, "metrics.jsonl");
    FILE *file = line && path ? fopen(path, "a") : NULL;
    bool good = file && fputs(line, file) >= 0;
    if (file) good &= fclose(file) == 0;
    temper_release(line);
    temper_release(path);
    return good ? TEMPER_OK
                : temper_fail(TEMPER_BAD_FILE, "%s/metrics.jsonl: cannot be written", desk->folder);
}

/* A full disk is no reason to throw the computation away. */
static void warn(temper_desk *desk) {
    if (!desk->warned) temper_desk_say(desk, "%s; going on without", temper_message());
    desk->warned = true;
}

void temper_desk_tell(temper_desk *desk, const temper_progress *progress) {
    double now = temper_clock();
    bool last = progress->done >= progress->total;
    desk->told = now;
    desk->last = *progress;
    if (desk->watch && desk->watch->tell) desk->watch->tell(desk->watch->context, progress);
    if (!desk->folder) return;
    temper_status bad = TEMPER_OK;
    if (last || now - desk->written >= 1) {
        bad = write_status(desk, progress);
        desk->written = now;
    }
    if (!bad && (last || now - desk->measured >= fmax(1, (now - desk->begun) / 200))) {
        bad = append_metrics(desk, progress);
        desk->measured = now;
    }
    if (bad) warn(desk);
}

void temper_desk_rest(temper_desk *desk, const char *state) {
    desk->state = state;
    if (desk->folder && desk->last.phase && write_status(desk, &desk->last)) warn(desk);
}
