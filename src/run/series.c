#include "run/series.h"
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

static const int64_t most_bytes = (int64_t)8 << 30;

static temper_status add(temper_series *series, const char *text) {
    for (int o = 0; o < series->observables; o++)
        if (!strcmp(series->observable[o]->text, text))
            return temper_fail(TEMPER_BAD_OPTION, "sample: observe names %s twice", text);
    size_t n = (size_t)series->observables;
    temper_observable **more = temper_regrow(series->observable, n, n + 1, sizeof *more);
    if (!more) return TEMPER_NO_MEMORY;
    series->observable = more;
    temper_status bad = temper_observable_create(&more[n], text);
    if (bad) return bad;
    const temper_observable_type *type = more[n]->type;
    series->observables++;
    return type->suits ? type->suits(more[n]->self, series->system) : TEMPER_OK;
}

/* The length of the first observable's text: up to a comma behind which a name, not option=value, begins. */
static size_t first_length(const char *text) {
    size_t length = strcspn(text, ",");
    while (text[length] == ',') {
        const char *next = text + length + 1;
        size_t piece = strcspn(next, ","), name = strcspn(next, ":=,");
        if (next[name] != '=') break;
        length += 1 + piece;
    }
    return length;
}

static temper_status add_list(temper_series *series, const char *observe) {
    temper_status bad = TEMPER_OK;
    for (const char *p = observe; !bad;) {
        size_t length = first_length(p);
        char *text = temper_alloc(length + 1, 1);
        if (!text) return TEMPER_NO_MEMORY;
        memcpy(text, p, length);
        bad = length ? add(series, text)
                     : temper_fail(TEMPER_BAD_OPTION, "sample: observe=%.80s has an empty name", observe);
        temper_release(text);
        p += length;
        if (!*p++) break;
    }
    return bad;
}

static temper_status add_usual(temper_series *series) {
    const temper_system *system = series->system;
    const int8_t *xi;
    bool patterns = system->type->patterns && system->type->patterns(system->self, &xi) > 0;
    temper_status bad =
        add_list(series, system->binary ? "energy,abs_magnetisation,heat_capacity,susceptibility,binder"
                                        : "energy,heat_capacity");
    return !bad && patterns ? add_list(series, "pattern_overlap") : bad;
}

int temper_series_find(const temper_series *series, const char *name) {
    for (int o = 0; o < series->observables; o++)
        if (!strcmp(series->observable[o]->type->about.name, name)) return o;
    return -1;
}

temper_status temper_series_begin(temper_series *series, const temper_system *system, const char *observe,
                                  const char *needed) {
    *series = (temper_series){.system = system};
    temper_status bad = strcmp(observe, "auto") ? add_list(series, observe) : add_usual(series);
    for (const char *p = needed; *p && !bad; p += strcspn(p, ","), p += *p == ',') {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
        if (temper_series_find(series, name) < 0) bad = add(series, name);
    }
    if (bad) return bad;
    series->raw = temper_alloc((size_t)series->observables, sizeof *series->raw);
    series->lines = temper_alloc((size_t)series->observables, sizeof *series->lines);
    if (!series->raw || !series->lines) return TEMPER_NO_MEMORY;
    for (int o = 0; o < series->observables; o++)
        series->raw[o] = series->observable[o]->type->raw(series->observable[o]->self, system);
    return TEMPER_OK;
}

temper_status temper_series_text(const temper_series *series, char **out) {
    temper_text text = {0};
    for (int o = 0; o < series->observables; o++)
        temper_text_add(&text, "%s%s", o ? "," : "", series->observable[o]->text);
    *out = temper_text_take(&text);
    return *out ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static int pair_observable(const temper_series *series) {
    for (int o = 0; o < series->observables; o++)
        if (series->observable[o]->type->configurations == 2) return o;
    return -1;
}

bool temper_series_pairs(const temper_series *series) { return pair_observable(series) >= 0; }

temper_status temper_series_allocate(temper_series *series, int temperatures, int copies, int64_t length) {
    int pair = pair_observable(series);
    if (pair >= 0 && copies < 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "sample: %s compares two replicas, so chains=%d must be at least 2",
                           series->observable[pair]->type->about.name, copies);
    double numbers = 0; /* per measurement of everything */
    for (int o = 0; o < series->observables; o++) {
        series->lines[o] = copies / series->observable[o]->type->configurations;
        numbers += (double)temperatures * series->lines[o] * series->raw[o];
    }
    if (numbers * (double)length > (double)most_bytes / sizeof(double))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "sample: the recorded series would take %.3g GiB and 8 are allowed; measure less often: "
            "every=%.0f times the present one would do",
            numbers * (double)length * sizeof(double) / (1 << 30),
            1 + numbers * (double)length * sizeof(double) / (double)most_bytes);
    series->temperatures = temperatures, series->copies = copies, series->length = length;
    series->block = temper_alloc((size_t)(numbers * (double)length), sizeof *series->block);
    series->x = temper_alloc((size_t)temperatures * (size_t)series->observables, sizeof *series->x);
    if (!series->block || !series->x) return TEMPER_NO_MEMORY;
    double *next = series->block;
    for (int t = 0; t < temperatures; t++)
        for (int o = 0; o < series->observables; o++) {
            series->x[t * series->observables + o] = next;
            next += (int64_t)series->lines[o] * length * series->raw[o];
        }
    return TEMPER_OK;
}

void temper_series_clear(temper_series *series) {
    for (int o = 0; o < series->observables; o++) temper_observable_free(series->observable[o]);
    temper_release(series->observable);
    temper_release(series->raw);
    temper_release(series->lines);
    temper_release(series->x);
    temper_release(series->block);
    *series = (temper_series){0};
}

double *temper_series_at(const temper_series *series, int t, int o) {
    return series->x[t * series->observables + o];
}

void temper_series_measure(temper_series *series, int t, int first, int count, int64_t when,
                           temper_chain *const *chain) {
    for (int o = 0; o < series->observables; o++) {
        const temper_observable *observable = series->observable[o];
        int many = observable->type->configurations;
        for (int k = 0; k + many <= count; k += many) {
            const int8_t *s[2] = {chain[k]->s, chain[k + many - 1]->s};
            double energy[2] = {chain[k]->energy, chain[k + many - 1]->energy};
            int64_t line = (first + k) / many;
            double *raw = temper_series_at(series, t, o) + (line * series->length + when) * series->raw[o];
            observable->type->measure(observable->self, series->system, s, energy, raw);
        }
    }
}
