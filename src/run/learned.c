#include "run/learned.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "run/recipe.h"
#include "temper/couplings.h"

static bool is_folder(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static temper_status read_machine(temper_learned *l, const char *run, bool folder, const char *verb) {
    temper_text path = {0};
    temper_text_add(&path, "%s%s", run, folder ? "/model.safetensors" : "");
    const size_t n = strlen(run);
    const bool params = !folder && n > 4 && !strcmp(run + n - 4, ".dat"); /* of adabmDCA */
    temper_status bad = path.failed ? TEMPER_NO_MEMORY
                        : params    ? temper_params_read(&l->machine, NULL, path.data)
                                    : temper_machine_read(&l->machine, path.data);
    const bool named = n > 12 && !strcmp(run + n - 12, ".safetensors");
    if (bad == TEMPER_BAD_FILE || (bad == TEMPER_BAD_DATA && !folder && !params && !named)) {
        char sentence[400];
        snprintf(sentence, sizeof sentence, "%.399s", temper_message());
        bad = temper_fail(
            bad,
            "%s (%s needs the directory of a finished 'temper learn --out', or a model file like its model.safetensors)",
            sentence, verb);
    }
    temper_text_clear(&path);
    return bad;
}

static temper_status suits(const temper_learned *l, const char *verb) {
    const temper_machine_io *m = &l->machine->io, *d = &l->data.io;
    int64_t columns = d->columns + l->machine->type->labelled;
    const bool bits =
        m->states == 2 && d->states == 0; /* two categories are 0 and 1: legality is checked later */
    if (columns != m->columns || (d->states != m->states && !bits))
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: %s has rows of %lld columns and %lld states, the machine of %lld and %lld",
                           verb, l->data.data->text, (long long)columns, (long long)d->states,
                           (long long)m->columns, (long long)m->states);
    return TEMPER_OK;
}

static temper_status read_data(temper_learned *l, const char *data, const char *verb) {
    temper_status bad = strcmp(data, "auto") ? temper_settings_replace(&l->recipe.data, data) : TEMPER_OK;
    if (!bad) bad = temper_lesson_data_open(&l->data, &l->recipe, verb);
    if (bad == TEMPER_BAD_FILE && !strcmp(data, "auto")) {
        char sentence[400];
        snprintf(sentence, sizeof sentence, "%.399s", temper_message());
        return temper_fail(
            bad,
            "%s (file names in a recipe count from the folder where the run began; --data says where the "
            "set is now, --data none does without)",
            sentence);
    }
    if (!bad) bad = suits(l, verb);
    if (!bad) bad = temper_lesson_data_take(&l->data, &l->recipe, l->machine);
    temper_rows_view rows = temper_table_view(&l->data.part[TEMPER_TRAIN]);
    if (!bad) bad = temper_machine_legal(l->machine, &rows);
    l->has_data = !bad;
    return bad;
}

temper_status temper_learned_open(temper_learned *l, const char *run, const char *data, const char *verb) {
    const bool folder = is_folder(run);
    temper_status bad = temper_settings_begin("learn", &l->recipe);
    if (!bad) bad = read_machine(l, run, folder, verb);
    if (!bad && folder) bad = temper_recipe_recall(run, "learn", &l->recipe);
    if (bad || !strcmp(data, "none") || (!folder && !strcmp(data, "auto"))) return bad;
    return read_data(l, data, verb);
}

void temper_learned_clear(temper_learned *l) {
    temper_machine_free(l->machine);
    temper_lesson_data_clear(&l->data);
    temper_settings_clear(&l->recipe);
}

temper_status temper_learned_wants(const temper_learned *l, const char *what, const char *verb) {
    if (l->has_data) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "%s: %s needs rows of data; --data says which", verb, what);
}
