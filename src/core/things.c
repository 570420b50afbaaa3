/* Ensembles, observables, potentials and theories as instances: options read, build called, text kept. */
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

/* The handles have one shape: type, private struct, spelled-out text. */
typedef struct {
    const temper_about *about;
    void *self;
    char *text;
} thing;

static temper_status make(const char *room, const char *text, thing *made) {
    const char *options;
    *made = (thing){0};
    temper_status bad = temper_split(room, text, &made->about, &options);
    return bad ? bad : temper_options_read(made->about, options, &made->self, &made->text);
}

temper_status temper_ensemble_create(temper_ensemble **out, const char *text) {
    thing made;
    *out = NULL;
    temper_status bad = make("ensembles", text, &made);
    if (bad) return bad;
    const temper_ensemble_type *type = (const temper_ensemble_type *)made.about;
    temper_ensemble *ensemble = temper_alloc(1, sizeof *ensemble);
    if (!ensemble) {
        temper_options_free(made.about, made.self, made.text);
        return TEMPER_NO_MEMORY;
    }
    *ensemble = (temper_ensemble){type, made.self, made.text};
    if (type->build && (bad = type->build(made.self))) {
        temper_ensemble_free(ensemble);
        return bad;
    }
    *out = ensemble;
    return TEMPER_OK;
}

void temper_ensemble_free(temper_ensemble *ensemble) {
    if (!ensemble) return;
    if (ensemble->type->clear) ensemble->type->clear(ensemble->self);
    temper_options_free(&ensemble->type->about, ensemble->self, ensemble->text);
    temper_release(ensemble);
}

temper_status temper_observable_create(temper_observable **out, const char *text) {
    thing made;
    *out = NULL;
    temper_status bad = make("observables", text, &made);
    if (bad) return bad;
    temper_observable *observable = temper_alloc(1, sizeof *observable);
    if (!observable) {
        temper_options_free(made.about, made.self, made.text);
        return TEMPER_NO_MEMORY;
    }
    *observable = (temper_observable){(const temper_observable_type *)made.about, made.self, made.text};
    *out = observable;
    return TEMPER_OK;
}

void temper_observable_free(temper_observable *observable) {
    if (!observable) return;
    temper_options_free(&observable->type->about, observable->self, observable->text);
    temper_release(observable);
}

/* "x^4 - x^2", "x": not a name of the catalogue, nor a name misspelt, which is a long word or a word with a colon behind it. */
static bool is_formula(const char *text) {
    const temper_about *about;
    const char *options;
    size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    bool misspelt = text[word] == ':' || (!text[word] && word > 2 && !strchr(text, '-'));
    return !misspelt && temper_split("potentials", text, &about, &options) != TEMPER_OK;
}

temper_status temper_potential_create(temper_potential **out, const char *text) {
    thing made;
    *out = NULL;
    temper_text formula = {0};
    if (is_formula(text)) temper_text_add(&formula, "expression:%s", text);
    temper_status bad =
        formula.failed ? TEMPER_NO_MEMORY : make("potentials", formula.data ? formula.data : text, &made);
    temper_text_clear(&formula);
    if (bad) return bad;
    const temper_potential_type *type = (const temper_potential_type *)made.about;
    temper_potential *potential = temper_alloc(1, sizeof *potential);
    if (!potential) {
        temper_options_free(made.about, made.self, made.text);
        return TEMPER_NO_MEMORY;
    }
    *potential = (temper_potential){.type = type, .self = made.self, .text = made.text};
    if (type->build && (bad = type->build(made.self))) {
        temper_potential_free(potential);
        return bad;
    }
    potential->dim = type->dim(made.self);
    potential->samples = type->samples ? type->samples(made.self) : 1;
    potential->batches = type->batches ? type->batches(made.self) : 1;
    potential->scratch = type->scratch ? type->scratch(made.self) : 0;
    *out = potential;
    return TEMPER_OK;
}

void temper_potential_free(temper_potential *potential) {
    if (!potential) return;
    if (potential->release) {
        potential->release(potential);
        return;
    }
    if (potential->type->clear) potential->type->clear(potential->self);
    temper_options_free(&potential->type->about, potential->self, potential->text);
    temper_release(potential);
}

temper_status temper_theory_create(temper_theory **out, const char *text) {
    thing made;
    *out = NULL;
    temper_status bad = make("theories", text, &made);
    if (bad) return bad;
    const temper_theory_type *type = (const temper_theory_type *)made.about;
    temper_theory *theory = temper_alloc(1, sizeof *theory);
    if (!theory) {
        temper_options_free(made.about, made.self, made.text);
        return TEMPER_NO_MEMORY;
    }
    *theory = (temper_theory){type, made.self, made.text};
    if (type->build && (bad = type->build(made.self))) {
        temper_theory_free(theory);
        return bad;
    }
    *out = theory;
    return TEMPER_OK;
}

void temper_theory_free(temper_theory *theory) {
    if (!theory) return;
    if (theory->type->clear) theory->type->clear(theory->self);
    temper_options_free(&theory->type->about, theory->self, theory->text);
    temper_release(theory);
}

int temper_theory_fields(const temper_theory *theory) {
    int n = 0;
    while (theory->type->fields[n]) n++;
    return n;
}

const char *temper_theory_field(const temper_theory *theory, int k) { return theory->type->fields[k]; }

temper_status temper_theory_at(const temper_theory *theory, double T, double *values) {
    if (!(T >= 0))
        return temper_fail(TEMPER_BAD_OPTION, "temperature=%g is not in the legal range 0 … inf", T);
    return theory->type->at(theory->self, T, values);
}

temper_status temper_theory_of(temper_theory **theory, const temper_system *system, const char **worth) {
    char text[2048], best[2048];
    const char *value, *best_value = NULL;
    bool best_general = false;
    *theory = NULL;
    /* A special exact theory beats plain enumeration, which beats an asymptotic one. */
    for (int k = 0; temper_list_theory[k]; k++) {
        const temper_theory_type *type = temper_list_theory[k];
        if (!type->judges || !type->judges(system, text, sizeof text, &value)) continue;
        bool exact = !strcmp(value, "exact"), general = !strcmp(type->about.name, "enumerate");
        bool best_exact = best_value && !strcmp(best_value, "exact");
        if (!best_value || (exact && !best_exact) || (exact && best_exact && best_general && !general)) {
            memcpy(best, text, sizeof best);
            best_value = value;
            best_general = general;
        }
    }
    if (!best_value) return temper_fail(TEMPER_CANNOT, "no theory in the catalogue judges %s", system->text);
    *worth = best_value;
    return temper_theory_create(theory, best);
}
