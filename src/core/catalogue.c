/* Rooms and their entries; names looked up, with the nearest one suggested. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

static const char *const rooms[] = {"systems",  "potentials",  "samplers", "ensembles", "observables",
                                    "theories", "datasets",    "dynamics", "schedules", "layers",
                                    "models",   "corruptions", "machines", "methods",   NULL};

/* Every type begins with its temper_about. */
static const temper_about *entry_of(int room, int k) {
    switch (room) {
    case 0: return (const temper_about *)temper_list_system[k];
    case 1: return (const temper_about *)temper_list_potential[k];
    case 2: return (const temper_about *)temper_list_sampler[k];
    case 3: return (const temper_about *)temper_list_ensemble[k];
    case 4: return (const temper_about *)temper_list_observable[k];
    case 5: return (const temper_about *)temper_list_theory[k];
    case 6: return (const temper_about *)temper_list_dataset[k];
    case 7: return (const temper_about *)temper_list_dynamics[k];
    case 8: return (const temper_about *)temper_list_schedule[k];
    case 9: return temper_layer_entry(k);
    case 10: return temper_model_entry(k);
    case 11: return (const temper_about *)temper_list_corruption[k];
    case 12: return (const temper_about *)temper_list_machine[k];
    default: return (const temper_about *)temper_list_method[k];
    }
}

static int room_number(const char *room) {
    for (int r = 0; rooms[r]; r++)
        if (!strcmp(rooms[r], room)) return r;
    return -1;
}

const char *temper_room(int k) {
    return k >= 0 && k < (int)(sizeof rooms / sizeof *rooms) - 1 ? rooms[k] : NULL;
}

const temper_about *temper_entry(const char *room, int k) {
    int r = room_number(room);
    if (r < 0 || k < 0) return NULL;
    for (int j = 0; j < k; j++)
        if (!entry_of(r, j)) return NULL;
    return entry_of(r, k);
}

enum { NAMES_MAX = 256 };

static temper_status unknown(const char *what, const char *name, const char *const *names, int n) {
    const char *near = temper_nearest(name, names, n);
    if (near)
        return temper_fail(TEMPER_BAD_OPTION, "there is no %s '%.60s'; did you mean '%s'?", what, name, near);
    return temper_fail(TEMPER_BAD_OPTION, "there is no %s '%.60s'; 'temper list' shows what there is", what,
                       name);
}

temper_status temper_find(const char *name, const char **room, const temper_about **about) {
    const char *names[NAMES_MAX];
    int n = 0;
    for (int r = 0; rooms[r]; r++)
        for (int k = 0; entry_of(r, k); k++) {
            *about = entry_of(r, k);
            *room = rooms[r];
            if (!strcmp((*about)->name, name)) return TEMPER_OK;
            if (n < NAMES_MAX) names[n++] = (*about)->name;
        }
    return unknown("thing called", name, names, n);
}

temper_status temper_split(const char *room, const char *text, const temper_about **about,
                           const char **options) {
    static const char *const nouns[] = {"system", "potential",  "sampler",  "ensemble", "observable",
                                        "theory", "dataset",    "dynamics", "schedule", "layer",
                                        "model",  "corruption", "machine",  "method"};
    const char *names[NAMES_MAX];
    char name[64];
    int r = room_number(room), n = 0;
    size_t length = strcspn(text, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text);
    *options = text[length] == ':' ? text + length + 1 : text + length;
    for (char *p = name; *p; p++)
        if (*p == '-') *p = '_'; /* fashion-mnist is fashion_mnist */
    for (int k = 0; entry_of(r, k); k++) {
        *about = entry_of(r, k);
        if (!strcmp((*about)->name, name)) return TEMPER_OK;
        if (n < NAMES_MAX) names[n++] = (*about)->name;
    }
    return unknown(nouns[r], name, names, n);
}

void temper_free(void *text) { temper_release(text); }
