/* Rows of a data set in the units of a machine.
 *
 * Grey values for units of two states: each channel's smallest and largest training value become 0 and 1; then either a threshold, or a draw with
 * the grey value as probability, word (row, column) of (split_seed, TEMPER_FOR_BINARISING), once and for all. Spins are 2x − 1. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/teaching.h"

static const char *const ways[] = {"auto", "threshold", "sample", "none"};
enum { AUTO, THRESHOLD, SAMPLE, NONE };

temper_rows_view temper_table_view(const temper_table_rows *rows) {
    return (temper_rows_view){rows->n, rows->columns, rows->X, rows->weight};
}

static temper_status read_share(const char *verb, const char *name, char **text, double preset,
                                double *share) {
    char spelled[32];
    if (!strcmp(*text, "auto")) {
        *share = preset;
        snprintf(spelled, sizeof spelled, "%g", preset);
        return temper_settings_replace(text, spelled);
    }
    if (!temper_read_real(*text, strlen(*text), share) || !(*share >= 0 && *share <= 0.9))
        return temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.60s is no share; legal are auto and 0 … 0.9", verb,
                           name, *text);
    return TEMPER_OK;
}

temper_status temper_lesson_data_open(temper_lesson_data *d, temper_settings *s, const char *verb) {
    temper_status bad = temper_dataset_create(&d->data, s->data);
    if (bad) return bad;
    const temper_samples *x = &d->data->data;
    d->io = (temper_machine_io){.columns = x->features,
                                .states = x->states,
                                .channels = x->channels,
                                .height = x->height,
                                .width = x->width,
                                .classes = x->y ? x->classes : 0};
    const double preset = x->n >= 5000 ? 0.1 : 0;
    double validation, test;
    temper_parts parts = {0};
    bad = read_share(verb, "validation", &s->watch_share, preset, &validation);
    if (!bad) bad = read_share(verb, "test", &s->test_share, preset, &test);
    if (!bad) bad = temper_settings_replace(&s->data, d->data->text);
    if (!bad) bad = temper_parts_build(&parts, x, validation, test, (uint64_t)s->split_seed);
    if (!bad && s->rows > 0 && s->rows < parts.n[TEMPER_TRAIN]) parts.n[TEMPER_TRAIN] = s->rows;
    d->parts = parts;
    return bad;
}

/* Are these data of two states already? Then they have two values, low and high, in all columns together; those of one value are 0/1 or −1/1. */
static bool two_valued(const temper_lesson_data *d, float value[2]) {
    const temper_samples *x = &d->data->data;
    int seen = 0;
    for (int p = 0; p < TEMPER_PARTS; p++)
        for (int64_t i = 0; i < d->parts.n[p]; i++) {
            const float *row = temper_samples_row(x, d->parts.row[p][i], d->room);
            for (int64_t j = 0; j < x->features; j++) {
                if ((seen > 0 && row[j] == value[0]) || (seen > 1 && row[j] == value[1])) continue;
                if (seen == 2) return false;
                value[seen++] = row[j];
            }
        }
    if (seen < 2) {
        const float lone = seen ? value[0] : 0;
        value[0] = lone == -1 ? -1 : 0, value[1] = 1;
        return lone == -1 || lone == 0 || lone == 1;
    }
    if (value[0] > value[1]) {
        float low = value[1];
        value[1] = value[0], value[0] = low;
    }
    return true;
}

typedef struct {
    temper_lesson_data *d;
    temper_unit unit;
    int way;
    bool scaled, labelled;
    float low, high; /* two values that are there already */
    double level;
    temper_stream stream;
    temper_scaling scaling;
} converter;

static float two_states(const converter *c, float x, int64_t row, int64_t column) {
    float on;
    if (c->way == NONE)
        on = x == c->low ? 0 : x == c->high ? 1 : x;
    else {
        double grey = ((double)x - c->scaling.shift[column]) * c->scaling.scale[column];
        on = c->way == THRESHOLD ? grey > c->level
                                 : temper_uniform(c->stream, TEMPER_FOR_BINARISING, row, column) < grey;
    }
    return c->unit == TEMPER_SPIN ? 2 * on - 1 : on;
}

static void convert(const converter *c, int64_t row, float *out) {
    const temper_samples *x = &c->d->data->data;
    const float *from = temper_samples_row(x, row, c->d->room);
    for (int64_t j = 0; j < x->features; j++)
        out[j] = c->unit == TEMPER_BINARY || c->unit == TEMPER_SPIN ? two_states(c, from[j], row, j)
                 : c->scaled ? (float)(((double)from[j] - c->scaling.shift[j]) * c->scaling.scale[j])
                             : from[j];
    if (c->labelled) out[x->features] = x->y ? (float)x->y[row] : 0;
}

static temper_status take_part(const converter *c, int p, int64_t columns) {
    temper_lesson_data *d = c->d;
    const temper_samples *x = &d->data->data;
    temper_table_rows *to = &d->part[p];
    *to = (temper_table_rows){.n = d->parts.n[p], .columns = columns};
    to->X = temper_alloc((size_t)to->n, (size_t)columns * sizeof *to->X);
    if (x->weight) to->weight = temper_alloc((size_t)to->n, sizeof *to->weight);
    if (!to->X || (x->weight && !to->weight)) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < to->n; i++) {
        convert(c, d->parts.row[p][i], to->X + i * columns);
        if (to->weight) to->weight[i] = x->weight[d->parts.row[p][i]];
    }
    return TEMPER_OK;
}

static temper_status choose_way(converter *c, temper_settings *s) {
    float value[2];
    int way = 0;
    while (way < 4 && strcmp(s->binarise, ways[way])) way++;
    if (way == 4) {
        const char *near = temper_nearest(s->binarise, ways, 4);
        return temper_fail(TEMPER_BAD_OPTION,
                           "learn: binarise=%.60s is none of auto, threshold, sample, none%s%s%s",
                           s->binarise, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    if (c->unit != TEMPER_BINARY && c->unit != TEMPER_SPIN) return c->way = NONE, TEMPER_OK;
    bool two = way == AUTO || way == NONE ? two_valued(c->d, value) : false;
    c->way = way == AUTO ? two ? NONE : THRESHOLD : way;
    c->low = two ? value[0] : 0, c->high = two ? value[1] : 1;
    if (c->way == THRESHOLD)
        c->d->told = "values above --level of a column's range are 1, the others 0 (--binarise threshold; "
                     "--binarise sample takes them as probabilities)";
    if (c->way == SAMPLE)
        c->d->told = "values are probabilities, from which 0 and 1 were drawn once (--binarise sample)";
    c->d->presumed = way == AUTO && !two;
    return temper_settings_replace(&s->binarise, ways[c->way]);
}

temper_status temper_lesson_data_take(temper_lesson_data *d, temper_settings *s,
                                      const temper_machine *machine) {
    const temper_samples *x = &d->data->data;
    converter c = {.d = d,
                   .unit = machine->type->visible(machine->self),
                   .labelled = machine->type->labelled,
                   .level = s->level,
                   .stream = {(uint64_t)s->split_seed, 0}};
    const bool real = c.unit == TEMPER_GAUSSIAN || c.unit == TEMPER_RELU;
    d->room = temper_alloc((size_t)x->features, sizeof *d->room);
    temper_status bad = d->room ? choose_way(&c, s) : TEMPER_NO_MEMORY;
    c.scaled = real && !d->raw;
    if (!bad)
        bad = temper_scaling_build(&c.scaling,
                                   c.unit == TEMPER_GAUSSIAN ? TEMPER_SCALING_STANDARD : TEMPER_SCALING_UNIT,
                                   x, d->parts.row[TEMPER_TRAIN], d->parts.n[TEMPER_TRAIN]);
    for (int p = 0; p < TEMPER_PARTS && !bad; p++) bad = take_part(&c, p, machine->io.columns);
    temper_scaling_clear(&c.scaling);
    return bad;
}

void temper_lesson_data_clear(temper_lesson_data *d) {
    for (int p = 0; p < TEMPER_PARTS; p++) {
        temper_release(d->part[p].X);
        temper_release(d->part[p].weight);
    }
    temper_parts_clear(&d->parts);
    temper_dataset_free(d->data);
    temper_release(d->room);
    *d = (temper_lesson_data){0};
}
