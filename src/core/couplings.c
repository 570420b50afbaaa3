/* Pairs of machines, read from their arrays by name. */
#include "core/couplings.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"
#include "core/lateral.h"

enum { COMPONENTS_MAX = 1 << 20, STATES_MOST = 127, LAYERS = 16 };

temper_status temper_couplings_make(temper_couplings *c, int64_t units, int64_t components, int64_t pairs) {
    if (components > COMPONENTS_MAX)
        return temper_fail(TEMPER_CANNOT,
                           "boltzmann: %lld components of units are too many for a system; legal: %d",
                           (long long)components, COMPONENTS_MAX);
    *c = (temper_couplings){.units = (int)units, .components = (int)components, .pairs = pairs};
    c->unit = temper_alloc((size_t)units, sizeof *c->unit);
    c->first = temper_alloc((size_t)units + 1, sizeof *c->first);
    c->owner = temper_alloc((size_t)components, sizeof *c->owner);
    c->b = temper_alloc((size_t)components, sizeof *c->b);
    c->list = temper_alloc((size_t)pairs, sizeof *c->list);
    return c->unit && c->first && c->owner && c->b && c->list ? TEMPER_OK : TEMPER_NO_MEMORY;
}

void temper_couplings_own(temper_couplings *c) {
    for (int i = 0; i < c->units; i++)
        for (int a = c->first[i]; a < c->first[i + 1]; a++) c->owner[a] = i;
}

void temper_couplings_clear(temper_couplings *c) {
    void *blocks[] = {c->unit, c->first, c->owner, c->b, c->list};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) temper_release(blocks[k]);
    *c = (temper_couplings){0};
}

static temper_status discrete(const temper_machine *m, temper_unit unit, int64_t states) {
    if (unit != TEMPER_BINARY && unit != TEMPER_SPIN && unit != TEMPER_POTTS)
        return temper_fail(TEMPER_CANNOT,
                           "%s: %s units are real numbers; a system has binary, spin or potts sites", m->text,
                           temper_unit_name(unit));
    if (states > STATES_MOST)
        return temper_fail(TEMPER_CANNOT, "%s: units of %lld states; a system has sites of at most %d",
                           m->text, (long long)states, STATES_MOST);
    return TEMPER_OK;
}

/* Option `name` of the machine as one would type it, or `absent`. */
static const char *choice(const temper_machine *m, const char *name, const char *absent, char buffer[64]) {
    for (const temper_option *o = m->type->about.options; o && o->name; o++)
        if (!strcmp(o->name, name) && temper_option_print(o, m->self, buffer, 64)) return buffer;
    return absent;
}

/* ---- layers: W, b, c of two; W1, W2, …, b, c1, c2, … of more ------------------------------------------------------- */

typedef struct {
    int n;                                     /* layers */
    temper_machine_array W[LAYERS], b[LAYERS]; /* W[l]: between layers l and l + 1 */
    temper_unit unit[LAYERS];
    int64_t states[LAYERS];
} layered;

static bool find_layers(const temper_machine *m, layered *l) {
    char name[32];
    const bool two = temper_machine_find(m, "W", &l->W[0]);
    if (!temper_machine_find(m, "b", &l->b[0])) return false;
    for (l->n = 1; l->n < LAYERS; l->n++) {
        snprintf(name, sizeof name, two ? "W" : "W%d", l->n);
        if (!temper_machine_find(m, name, &l->W[l->n - 1])) break;
        snprintf(name, sizeof name, two ? "c" : "c%d", l->n);
        if (!temper_machine_find(m, name, &l->b[l->n])) break;
        if (two) return l->n = 2, true;
    }
    return l->n > 1;
}

static temper_status kinds_of(const temper_machine *m, layered *l) {
    char buffer[64], count[64];
    const char *hidden = choice(m, "hidden_units", "binary", buffer),
               *states = choice(m, "states", "1", count);
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < l->n && !bad; k++) {
        temper_unit unit = m->type->visible(m->self);
        for (int u = TEMPER_BINARY; k > 0 && u <= TEMPER_RELU; u++)
            if (!strcmp(hidden, temper_unit_name((temper_unit)u))) unit = (temper_unit)u;
        l->unit[k] = unit;
        l->states[k] = unit != TEMPER_POTTS ? 1 : k == 0 ? m->io.states : atoll(states);
        bad = discrete(m, unit, l->states[k]);
    }
    return bad;
}

static temper_status read_layers(temper_couplings *c, const temper_machine *m, layered *l) {
    int64_t units = 0, components = 0, pairs = 0, unit = 0, pair = 0, begin[LAYERS + 1] = {0};
    temper_status bad = kinds_of(m, l);
    if (bad) return bad;
    for (int k = 0; k < l->n; k++) {
        int64_t width = l->b[k].shape[0];
        units += width / l->states[k], components += width;
        begin[k + 1] = components;
        if (k > 0) pairs += width * l->b[k - 1].shape[0];
    }
    if ((bad = temper_couplings_make(c, units, components, pairs))) return bad;
    for (int k = 0; k < l->n; k++) {
        const int64_t width = l->b[k].shape[0], before = k ? l->b[k - 1].shape[0] : 0;
        const float *b = m->theta + l->b[k].offset, *W = k ? m->theta + l->W[k - 1].offset : NULL;
        for (int64_t a = 0; a < width; a++) c->b[begin[k] + a] = (double)b[a];
        for (int64_t a = 0; a < width; a += l->states[k], unit++)
            c->unit[unit] = l->unit[k], c->first[unit] = (int)(begin[k] + a);
        for (int64_t a = 0; a < before; a++)
            for (int64_t j = 0; j < width; j++)
                c->list[pair++] = (temper_pair){(int32_t)(begin[k - 1] + a), (int32_t)(begin[k] + j),
                                                (double)W[a * width + j]};
    }
    c->first[units] = (int)components;
    return TEMPER_OK;
}

/* ---- one layer of units that see each other ------------------------------------------------------------------------ */

static void number_units(temper_couplings *c, temper_unit unit, int states) {
    for (int i = 0; i <= c->units; i++) c->first[i] = i * states;
    for (int i = 0; i < c->units; i++) c->unit[i] = unit;
}

static temper_status read_lateral(temper_couplings *c, const temper_machine *m) {
    const temper_lateral *net = m->self; /* a boltzmann machine begins with it */
    temper_status bad = temper_couplings_make(c, net->n, net->n, net->pairs);
    if (bad) return bad;
    number_units(c, net->spin ? TEMPER_SPIN : TEMPER_BINARY, 1);
    for (int64_t i = 0; i < net->n; i++) {
        c->b[i] = (double)m->theta[net->pairs + i] / net->T;
        for (int64_t k = net->above[i]; k < net->end[i]; k++)
            c->list[net->pair[k]] =
                (temper_pair){(int32_t)i, net->to[k], (double)m->theta[net->pair[k]] / net->T};
    }
    return TEMPER_OK;
}

/* "J" [N][N] and "h" [N] of one spin or binary layer: both halves of J count half. */
static temper_status read_square(temper_couplings *c, const temper_machine *m, const float *J,
                                 const float *h) {
    const int64_t n = m->io.columns;
    int64_t pair = 0;
    temper_unit unit = m->type->visible(m->self);
    temper_status bad = discrete(m, unit, 1);
    if (!bad) bad = temper_couplings_make(c, n, n, n * (n - 1) / 2);
    if (bad) return bad;
    number_units(c, unit, 1);
    for (int64_t i = 0; i < n; i++) {
        c->b[i] = (double)h[i];
        for (int64_t j = i + 1; j < n; j++)
            c->list[pair++] =
                (temper_pair){(int32_t)i, (int32_t)j, 0.5 * ((double)J[i * n + j] + (double)J[j * n + i])};
    }
    return TEMPER_OK;
}

/* "J" [pairs] or [pairs][q][q] of all pairs i < j row by row, absent where units are independent, and "h" [N] or [N][q]. */
static temper_status read_upper(temper_couplings *c, const temper_machine *m, const float *J,
                                const float *h) {
    const int64_t n = m->io.columns;
    temper_unit unit = m->type->visible(m->self);
    const int64_t q = unit == TEMPER_POTTS ? m->io.states : 1;
    int64_t pair = 0;
    temper_status bad = discrete(m, unit, q);
    if (!bad) bad = temper_couplings_make(c, n, n * q, J ? n * (n - 1) / 2 * q * q : 0);
    if (bad) return bad;
    number_units(c, unit, (int)q);
    for (int64_t a = 0; a < n * q; a++) c->b[a] = (double)h[a];
    for (int64_t i = 0; J && i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            for (int64_t k = 0; k < q * q; k++, pair++)
                c->list[pair] =
                    (temper_pair){(int32_t)(i * q + k / q), (int32_t)(j * q + k % q), (double)J[pair]};
    return TEMPER_OK;
}

static temper_status no_pairs(const temper_machine *m) {
    return temper_fail(TEMPER_CANNOT, "%s: this machine is no sum over pairs of units, which a system needs",
                       m->text);
}

static int64_t count_of(const temper_machine_array *a) {
    int64_t count = 1;
    for (int d = 0; d < a->dims; d++) count *= a->shape[d];
    return count;
}

temper_status temper_couplings_read(temper_couplings *c, const temper_machine *m) {
    temper_machine_array J, h;
    layered l = {0};
    temper_status bad;
    const int64_t n = m->io.columns, q = m->io.states > 0 ? m->io.states : 1;
    const bool has_J = temper_machine_find(m, "J", &J);
    if (!strcmp(m->type->about.name, "boltzmann"))
        bad = read_lateral(c, m);
    else if (find_layers(m, &l))
        bad = read_layers(c, m, &l);
    else if (!temper_machine_find(m, "h", &h) || count_of(&h) != n * q)
        bad = no_pairs(m);
    else if (has_J && J.dims == 2 && q == 1 && count_of(&J) == n * n)
        bad = read_square(c, m, m->theta + J.offset, m->theta + h.offset);
    else if (!has_J || (J.dims != 2 && count_of(&J) == n * (n - 1) / 2 * q * q))
        bad = read_upper(c, m, has_J ? m->theta + J.offset : NULL, m->theta + h.offset);
    else
        bad = no_pairs(m);
    if (!bad) temper_couplings_own(c);
    return bad;
}
