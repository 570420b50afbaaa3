/* The catalogue as text and as JSON. Everything here is read from the option tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

static const char *const kinds[] = {"int", "real", "flag", "choice", "dims", "string", "rest"};

/* What a value may be: "0 … inf", "a|b|c", "yes|no". */
static void legal(const temper_option *o, char *text, size_t size) {
    switch (o->kind) {
    case TEMPER_INT:
    case TEMPER_REAL: snprintf(text, size, "%.9g … %.9g", o->low, o->high); break;
    case TEMPER_DIMS: snprintf(text, size, "extents %.0f … %.0f", o->low, o->high); break;
    case TEMPER_CHOICE: snprintf(text, size, "%s", o->choices); break;
    case TEMPER_FLAG: snprintf(text, size, "yes|no"); break;
    default: snprintf(text, size, "text"); break;
    }
}

static void describe_options(temper_text *text, const temper_option *options, const void *self) {
    if (!options || !options->name) {
        temper_text_add(text, "\n  takes no options\n");
        return;
    }
    temper_text_add(text, "\n");
    for (const temper_option *o = options; o->name; o++) {
        char range[600], value[600];
        legal(o, range, sizeof range);
        if (self)
            temper_option_print(o, self, value, sizeof value);
        else
            snprintf(value, sizeof value, "%s", o->preset ? o->preset : "(must be given)");
        temper_text_add(text, "  %-12s %-7s %s\n", o->name, kinds[o->kind], o->doc);
        temper_text_add(text, "  %-12s         default %s; legal %s%s%s%s\n", "", *value ? value : "none",
                        range, o->unit && *o->unit ? " [" : "", o->unit && *o->unit ? o->unit : "",
                        o->unit && *o->unit ? "]" : "");
    }
}

static const char *singular(const char *room) {
    static const char *const nouns[][2] = {
        {"systems", "system"},     {"potentials", "potential"},   {"samplers", "sampler"},
        {"ensembles", "ensemble"}, {"observables", "observable"}, {"theories", "theory"},
        {"datasets", "dataset"},   {"schedules", "schedule"},     {"corruptions", "corruption"},
        {"layers", "layer"},       {"models", "model"},           {"machines", "machine"},
        {"methods", "method"}};
    for (int k = 0; k < (int)(sizeof nouns / sizeof *nouns); k++)
        if (!strcmp(nouns[k][0], room)) return nouns[k][1];
    return room;
}

static temper_status finish(temper_text *text, char **out) {
    *out = temper_text_take(text);
    return *out ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "out of memory for the description");
}

/* An instance: what `describe ising:dims=8x8` knows beyond the table. */
static void describe_system(temper_text *text, const temper_system *system) {
    temper_text_add(text, "\nthis instance: %s\n  sites        %d\n", system->text, system->n);
    temper_text_add(text, "  states       2^%.6g\n", temper_system_log_states(system) / log(2.0));
    if (system->has_bonds) {
        temper_text_add(text, "  bonds        %lld\n", (long long)(system->bonds.start[system->n] / 2));
    }
    if (system->colours)
        temper_text_add(text, "  colours      %d (sites of one colour don't interact)\n", system->colours);
    temper_text_add(text, "  cache        %d doubles per chain\n", system->cached);
}

static void describe_entry(temper_text *text, const char *room, const temper_about *about,
                           const temper_system *system) {
    temper_text_add(text, "%s%s — %s\n  %s\n", text->length ? "\n" : "", about->name, singular(room),
                    about->brief);
    if (about->reference && *about->reference) temper_text_add(text, "  %s\n", about->reference);
    describe_options(text, about->options, system ? system->self : NULL);
    if (system) describe_system(text, system);
}

/* One name may stand for a system and for its theory: both are shown. */
temper_status temper_describe_text(const char *thing, char **out) {
    char name[64];
    size_t length = strcspn(thing, ":");
    const char *room;
    const temper_about *about;
    temper_system *system = NULL;
    temper_text text = {0};
    *out = NULL;
    snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), thing);
    temper_status bad = temper_find(name, &room, &about);
    if (bad) return bad;
    bool instance = thing[length] == ':';
    if (instance && !strcmp(room, "systems") && (bad = temper_system_create(&system, thing))) return bad;
    for (int r = 0; (room = temper_room(r)); r++)
        for (int k = 0; (about = temper_entry(room, k)); k++)
            if (!strcmp(about->name, name) && !(system && strcmp(room, "systems")))
                describe_entry(&text, room, about, system);
    temper_system_free(system);
    return finish(&text, out);
}

temper_status temper_list_text(const char *room, char **out) {
    temper_text text = {0};
    bool found = false;
    const char *names[16];
    int n = 0;
    *out = NULL;
    for (int r = 0; temper_room(r); r++) {
        names[n++] = temper_room(r);
        if (room && strcmp(room, temper_room(r))) continue;
        found = true;
        temper_text_add(&text, "%s%s\n", !room && r ? "\n" : "", temper_room(r));
        const temper_about *about;
        for (int k = 0; (about = temper_entry(temper_room(r), k)); k++)
            temper_text_add(&text, "  %-20s %s\n", about->name, about->brief);
    }
    if (found) return finish(&text, out);
    temper_text_clear(&text);
    const char *near = temper_nearest(room, names, n);
    return temper_fail(
        TEMPER_BAD_OPTION,
        "there is no room '%.60s'; rooms are systems, potentials, samplers, ensembles, observables, "
        "theories, datasets, dynamics, schedules, layers, models, corruptions%s%s%s",
        room, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void json_option(temper_json *json, const temper_option *o) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "name", o->name);
    temper_json_string(json, "kind", kinds[o->kind]);
    temper_json_string(json, "default", o->preset);
    if (o->kind == TEMPER_INT || o->kind == TEMPER_REAL || o->kind == TEMPER_DIMS) {
        temper_json_real(json, "low", o->low);
        temper_json_real(json, "high", o->high); /* null is infinity */
    }
    if (o->kind == TEMPER_CHOICE) temper_json_string(json, "choices", o->choices);
    temper_json_string(json, "unit", o->unit ? o->unit : "");
    temper_json_string(json, "doc", o->doc);
    temper_json_close(json, '}');
}

static void json_entry(temper_json *json, const temper_about *about) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "name", about->name);
    temper_json_string(json, "brief", about->brief);
    temper_json_string(json, "reference", about->reference);
    temper_json_string(json, "specimen", about->specimen);
    temper_json_open(json, "options", '[');
    for (const temper_option *o = about->options; o && o->name; o++) json_option(json, o);
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

temper_status temper_catalogue_json(char **out) {
    temper_json json = {0};
    const temper_about *about;
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.catalogue/1");
    for (int r = 0; temper_room(r); r++) {
        temper_json_open(&json, temper_room(r), '[');
        for (int k = 0; (about = temper_entry(temper_room(r), k)); k++) json_entry(&json, about);
        temper_json_close(&json, ']');
    }
    temper_json_close(&json, '}');
    return finish(&json.text, out);
}
