#include "run/train_board.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/memory.h"
#include "data/tfevents.h"

static char *path_of(const temper_training *t, int r, const char *file) {
    temper_text path = {0};
    temper_text_add(&path, "%s/member_%04lld%s", t->settings->tensorboard,
                    (long long)(t->settings->first + r), file);
    return temper_text_take(&path);
}

static double wall(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static temper_status put(const temper_training *t, int r, const char *how, const temper_text *text) {
    char *path = path_of(t, r, "/events.out.tfevents.0.temper");
    if (!path || text->failed) {
        temper_release(path);
        return TEMPER_NO_MEMORY;
    }
    FILE *file = fopen(path, how);
    bool good = file && fwrite(text->data, 1, text->length, file) == text->length;
    if (file) good &= fclose(file) == 0;
    temper_status bad =
        good ? TEMPER_OK : temper_fail(TEMPER_BAD_FILE, "%s: cannot write: %s", path, strerror(errno));
    temper_release(path);
    return bad;
}

static temper_status make_folder(const char *path) {
    if (!path) return TEMPER_NO_MEMORY;
    if (!mkdir(path, 0777) || errno == EEXIST) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_FILE, "%s: cannot make the directory: %s", path, strerror(errno));
}

temper_status temper_board_open(temper_board *board, const temper_training *t) {
    *board = (temper_board){0};
    if (!*t->settings->tensorboard) return TEMPER_OK;
    if (!(board->told = temper_alloc((size_t)t->members, sizeof *board->told))) return TEMPER_NO_MEMORY;
    temper_status bad = make_folder(t->settings->tensorboard);
    for (int r = 0; r < t->members && !bad; r++) {
        char *path = path_of(t, r, "");
        temper_text head = {0};
        temper_tfevents_begin(&head, wall());
        bad = make_folder(path);
        if (!bad) bad = put(t, r, "wb", &head);
        temper_text_clear(&head);
        temper_release(path);
    }
    return bad;
}

static void add_moment(temper_text *text, const temper_training *t, const temper_moment *m) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    int marks = temper_mark_names(t->data->data.y != NULL, name, unit);
    const struct {
        const char *tag;
        double value;
    } plain[] = {{"train/loss", m->train_energy},       {"train/rate", m->rate},
                 {"temperature/asked", m->temperature}, {"temperature/configurational", m->T_config},
                 {"temperature/kinetic", m->T_kinetic}, {"temperature/gradient", m->T_gradient},
                 {"train/noise_scale", m->noise_scale}};
    for (size_t k = 0; k < sizeof plain / sizeof *plain; k++)
        if (!isnan(plain[k].value))
            temper_tfevents_number(text, plain[k].tag, m->step, wall(), plain[k].value);
    for (int k = 0; k < marks; k++) {
        char tag[64];
        snprintf(tag, sizeof tag, "validation/%s", name[k]);
        if (!isnan(m->validation[k])) temper_tfevents_number(text, tag, m->step, wall(), m->validation[k]);
    }
}

void temper_board_tell(temper_board *board, const temper_training *t) {
    for (int r = 0; board->told && !board->broken && r < t->members; r++) {
        int64_t now = temper_training_moments_by(t, t->crew[r].step);
        temper_text text = {0};
        if (now == board->told[r]) continue;
        for (int64_t m = board->told[r]; m < now; m++) add_moment(&text, t, &t->moment[r * t->moments + m]);
        board->told[r] = now;
        if (text.length && put(t, r, "ab", &text)) {
            board->broken = true;
            temper_desk_say(t->desk, "%s; going on without", temper_message());
        }
        temper_text_clear(&text);
    }
}

void temper_board_close(temper_board *board) {
    temper_release(board->told);
    *board = (temper_board){0};
}
