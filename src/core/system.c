/* A system as an instance: made from text, its views and colouring worked out once, then read-only. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

/* Sorts sites by colour (counting sort, so ascending within a colour). */
static temper_status sort_by_colour(temper_system *system) {
    const temper_system_type *type = system->type;
    int colours = 0;
    if (!type->colour) return TEMPER_OK;
    for (int i = 0; i < system->n; i++) {
        int c = type->colour(system->self, i);
        if (c >= colours) colours = c + 1;
    }
    int *start = temper_alloc((size_t)colours + 1, sizeof *start);
    int *order = temper_alloc((size_t)system->n, sizeof *order);
    system->colour_start = start;
    system->order = order;
    if (!start || !order) return TEMPER_NO_MEMORY;
    for (int i = 0; i < system->n; i++) start[type->colour(system->self, i) + 1]++;
    for (int c = 0; c < colours; c++) start[c + 1] += start[c];
    for (int i = 0; i < system->n; i++) order[start[type->colour(system->self, i)]++] = i;
    memmove(start + 1, start, (size_t)colours * sizeof *start); /* each start[c] has moved on to start[c+1] */
    start[0] = 0;
    system->colours = colours;
    return TEMPER_OK;
}

static bool all_binary(const temper_system *system) {
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        if (system->type->alphabet(system->self, i, &values) != 2 || values[0] != -1 || values[1] != 1)
            return false;
    }
    return true;
}

static temper_status look_around(temper_system *system) {
    const temper_system_type *type = system->type;
    system->n = type->sites(system->self);
    system->cached = type->cached ? type->cached(system->self) : 0;
    system->binary = all_binary(system);
    system->fields = type->fields && type->fields(system->self);
    system->has_bonds = type->bonds && type->bonds(system->self, &system->bonds);
    system->has_lattice = type->lattice && type->lattice(system->self, &system->lattice);
    return sort_by_colour(system);
}

temper_status temper_system_create_type(temper_system **out, const temper_system_type *type,
                                        const char *options) {
    *out = NULL;
    temper_system *system = temper_alloc(1, sizeof *system);
    if (!system) return TEMPER_NO_MEMORY;
    system->type = type;
    temper_status bad = temper_options_read(&type->about, options, &system->self, &system->text);
    if (!bad && type->build) bad = type->build(system->self);
    if (!bad) bad = look_around(system);
    if (bad) {
        temper_system_free(system);
        return bad;
    }
    *out = system;
    return TEMPER_OK;
}

temper_status temper_system_create(temper_system **system, const char *text) {
    const temper_about *about;
    const char *options;
    *system = NULL;
    temper_status bad = temper_split("systems", text, &about, &options);
    return bad ? bad : temper_system_create_type(system, (const temper_system_type *)about, options);
}

void temper_system_free(temper_system *system) {
    if (!system) return;
    if (system->self && system->type->clear) system->type->clear(system->self);
    temper_release((void *)system->order);
    temper_release((void *)system->colour_start);
    temper_options_free(&system->type->about, system->self, system->text);
    temper_release(system);
}

const char *temper_system_text(const temper_system *system) { return system->text; }
int temper_system_sites(const temper_system *system) { return system->n; }

double temper_system_energy(const temper_system *system, const int8_t *s) {
    return system->type->energy(system->self, s);
}

temper_status temper_system_legal(const temper_system *system, const int8_t *s) {
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values), k = 0;
        while (k < q && values[k] != s[i]) k++;
        if (k == q)
            return temper_fail(TEMPER_BAD_DATA, "%s: site %d has the value %d; legal are %d … %d",
                               system->type->about.name, i, s[i], values[0], values[q - 1]);
    }
    return TEMPER_OK;
}

double temper_system_log_states(const temper_system *system) {
    double sum = 0;
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        sum += log(system->type->alphabet(system->self, i, &values));
    }
    return sum;
}

static const temper_option *option_of(const temper_system *system, const char *name) {
    for (const temper_option *o = system->type->about.options; o && o->name; o++)
        if (!strcmp(o->name, name)) return o;
    return NULL;
}

bool temper_system_option(const temper_system *system, const char *name, double *value) {
    const temper_option *o = option_of(system, name);
    const void *place = o ? (const char *)system->self + o->offset : NULL;
    if (!o) return false;
    if (o->kind == TEMPER_REAL)
        *value = *(const double *)place;
    else if (o->kind == TEMPER_INT)
        *value = (double)*(const int64_t *)place;
    else if (o->kind == TEMPER_FLAG)
        *value = *(const bool *)place;
    else
        return false;
    return true;
}

/* The text lives in a buffer of the calling thread until its next call. */
const char *temper_system_choice(const temper_system *system, const char *name) {
    static _Thread_local char buffer[256];
    const temper_option *o = option_of(system, name);
    if (!o) return NULL;
    temper_option_print(o, system->self, buffer, sizeof buffer);
    return buffer;
}
