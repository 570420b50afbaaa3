#include "run/results.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/settings.h"
#include "temper/parallel.h"

static int count_of(const temper_series *series, int o) {
    const temper_observable *observable = series->observable[o];
    return observable->type->count(observable->self, series->system);
}

static void name_numbers(const temper_series *series, int o, temper_number *number) {
    const temper_observable *observable = series->observable[o];
    const temper_observable_type *type = observable->type;
    int count = count_of(series, o);
    for (int k = 0; k < count; k++) {
        size_t size = sizeof number[k].label;
        if (type->label)
            type->label(observable->self, series->system, k, number[k].label, size);
        else if (count == 1)
            snprintf(number[k].label, size, "%s", type->about.name);
        else
            snprintf(number[k].label, size, "%s[%d]", type->about.name, k);
        number[k].theory = number[k].z = NAN;
        number[k].derived = type->derive != NULL;
    }
}

typedef struct { /* what an item of work knows */
    temper_results *results;
    const temper_series *series;
} work;

/* ⟨raw column⟩ over all lines. `column` has room for one. */
static temper_status mean_of(const temper_series *series, int t, int o, int k, double *column,
                             temper_estimate *out) {
    int64_t rows = series->lines[o] * series->length;
    const double *x = temper_series_at(series, t, o);
    if (series->raw[o] == 1) return temper_estimate_mean(x, series->lines[o], series->length, out);
    for (int64_t i = 0; i < rows; i++) column[i] = x[i * series->raw[o] + k];
    return temper_estimate_mean(column, series->lines[o], series->length, out);
}

typedef struct { /* a derived observable at its temperature, as a function of means */
    const temper_observable *observable;
    const temper_system *system;
    double T;
} derived;

static void derive(void *context, const double *means, double *values) {
    const derived *d = context;
    d->observable->type->derive(d->observable->self, d->system, d->T, means, values);
}

static double larger(double a, double b) { return isnan(a) || b > a ? b : a; }

static temper_status derive_numbers(const temper_series *series, int t, int o, double T,
                                    temper_number *number) {
    derived d = {series->observable[o], series->system, T};
    int count = count_of(series, o), raw = series->raw[o];
    int64_t rows = series->lines[o] * series->length;
    double *values = temper_alloc(2 * (size_t)count + (size_t)rows, sizeof *values);
    if (!values) return TEMPER_NO_MEMORY;
    double *errors = values + count, *column = errors + count;
    temper_estimate worst = {.tau = 0.5, .ess = INFINITY, .rhat = NAN, .count = rows};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < raw && !bad; k++) {
        temper_estimate e;
        if ((bad = mean_of(series, t, o, k, column, &e))) break;
        if (e.tau > worst.tau) worst.tau = e.tau, worst.tau_error = e.tau_error;
        if (e.ess < worst.ess) worst.ess = e.ess;
        worst.rhat = larger(worst.rhat, e.rhat);
    }
    if (!bad)
        bad = temper_jackknife(temper_series_at(series, t, o), series->lines[o], series->length, raw, derive,
                               &d, count, values, errors);
    for (int k = 0; k < count && !bad; k++) {
        number[k].estimate = worst;
        number[k].estimate.mean = values[k];
        number[k].estimate.error = errors[k];
    }
    temper_release(values);
    return bad;
}

static temper_status mean_numbers(const temper_series *series, int t, int o, temper_number *number) {
    int64_t rows = series->raw[o] > 1 ? series->lines[o] * series->length : 0;
    double *column = temper_alloc((size_t)rows, sizeof *column);
    temper_status bad = column ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int k = 0; k < series->raw[o] && !bad; k++)
        bad = mean_of(series, t, o, k, column, &number[k].estimate);
    temper_release(column);
    return bad;
}

static temper_status estimate_one(void *context, int64_t item) {
    const work *w = context;
    const temper_series *series = w->series;
    int t = (int)(item / series->observables), o = (int)(item % series->observables);
    temper_number *number = w->results->number + (int64_t)t * w->results->numbers;
    for (int before = 0; before < o; before++) number += count_of(series, before);
    name_numbers(series, o, number);
    const temper_observable_type *type = series->observable[o]->type;
    temper_status bad = type->derive ? derive_numbers(series, t, o, w->results->T[t], number)
                                     : mean_numbers(series, t, o, number);
    /* Did the recorded part begin in equilibrium? */
    int64_t first;
    if (!bad && !strcmp(type->about.name, "energy") && series->length >= 100 &&
        !temper_burn_in(temper_series_at(series, t, o), series->lines[o], series->length, &first))
        w->results->burn[t] = (double)first / (double)series->length;
    return bad;
}

temper_status temper_results_make(temper_results *results, const temper_series *series, const double *T) {
    int n = series->temperatures;
    *results = (temper_results){.temperatures = n};
    for (int o = 0; o < series->observables; o++) results->numbers += count_of(series, o);
    results->T = temper_alloc((size_t)n, sizeof *results->T);
    results->burn = temper_alloc((size_t)n, sizeof *results->burn);
    results->number = temper_alloc((size_t)n * (size_t)results->numbers, sizeof *results->number);
    if (!results->T || !results->burn || !results->number) return TEMPER_NO_MEMORY;
    memcpy(results->T, T, (size_t)n * sizeof *T);
    work w = {results, series};
    return temper_parallel((int64_t)n * series->observables, estimate_one, &w);
}

void temper_results_clear(temper_results *results) {
    temper_release(results->T);
    temper_release(results->burn);
    temper_release(results->number);
    temper_release(results->theory);
    *results = (temper_results){0};
}

/* (mean − theory)/error; equal up to rounding is 0 also where the error is 0. */
static double z_score(const temper_number *number) {
    double difference = number->estimate.mean - number->theory;
    if (fabs(difference) <= 1e-12 * (1 + fabs(number->theory))) return 0;
    return number->estimate.error > 0 ? difference / number->estimate.error : copysign(INFINITY, difference);
}

void temper_results_compare(temper_number *number, double theory) {
    number->theory = theory;
    bool blank = isnan(theory) || isnan(number->estimate.mean) || !isfinite(number->estimate.error);
    number->z = blank ? NAN : z_score(number);
}

/* A theory's field and an observable mean the same number: by name, and AGS's m is the overlap with pattern 0. */
static bool means(const char *field, const char *label) {
    return !strcmp(field, label) || (!strcmp(field, "m") && !strcmp(label, "pattern_overlap[0]"));
}

static temper_status judge_with(temper_results *results, const temper_theory *theory) {
    int fields = temper_theory_fields(theory);
    double *values = temper_alloc((size_t)fields, sizeof *values);
    temper_status bad = values ? temper_settings_replace(&results->theory, theory->text) : TEMPER_NO_MEMORY;
    for (int t = 0; t < results->temperatures && !bad; t++) {
        if ((bad = temper_theory_at(theory, results->T[t], values))) break;
        for (int k = 0; k < results->numbers; k++) {
            temper_number *number = results->number + (int64_t)t * results->numbers + k;
            for (int f = 0; f < fields; f++)
                if (means(temper_theory_field(theory, f), number->label))
                    temper_results_compare(number, values[f]);
        }
    }
    temper_release(values);
    return bad;
}

temper_status temper_results_judge(temper_results *results, const temper_system *system) {
    temper_theory *theory;
    temper_status bad = temper_theory_of(&theory, system, &results->worth);
    if (bad) return bad == TEMPER_CANNOT ? TEMPER_OK : bad;
    bad = judge_with(results, theory);
    temper_theory_free(theory);
    return bad;
}

temper_status temper_results_strict(const temper_results *results) {
    bool exact = results->theory && !strcmp(results->worth, "exact");
    for (int64_t k = 0; k < (int64_t)results->temperatures * results->numbers; k++) {
        const temper_number *number = results->number + k;
        const temper_estimate *e = &number->estimate;
        double T = results->T[k / results->numbers];
        if (exact && fabs(number->z) > 4.5)
            return temper_fail(TEMPER_DIAGNOSTIC,
                               "strict: at T = %.9g %s = %.9g ± %.2g, but %s gives %.9g exactly: z = %.2g", T,
                               number->label, e->mean, e->error, results->theory, number->theory, number->z);
        if (e->rhat > 1.05)
            return temper_fail(TEMPER_DIAGNOSTIC,
                               "strict: at T = %.9g the chains of %s disagree: R-hat %.3g is above 1.05", T,
                               number->label, e->rhat);
        if (e->ess < 100)
            return temper_fail(TEMPER_DIAGNOSTIC,
                               "strict: at T = %.9g %s has an effective sample of %.3g, below 100", T,
                               number->label, e->ess);
    }
    return TEMPER_OK;
}
