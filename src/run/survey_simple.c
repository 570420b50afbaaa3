/* landscape --what simple: noisy descent on a potential, what the walkers occupy beside exp(−U/T)/Z, how long they take to leave beside the mean first passage
 * time, and where they are when they have cooled. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "run/simple.h"
#include "run/temperatures.h"

enum {
    STEPS = 50000,       /* of each of 64 walkers, at one temperature: half a second */
    STEPS_MOST = 150000, /* where so many are needed to forget the start, and are enough */
    WALKER_WAYS = 16,    /* passages of a walker, one way at one temperature, */
    WAY_STEPS = 40       /* and steps of all of them together, in units of the steps of a walker */
};
/* R-hat: of 16 blocks of each walker, so that walkers of twenty times the slowest time still show 1.05; where that time is known it decides. */
static const double CONVERGED = 1.05, CONVERGED_KNOWN = 1.2;

/* ---- steps ---- */

/* 0.05 over the largest curvature that a walker often meets: |u″| where U is within 5T of the lowest, along the axes. */
static temper_status suitable_rate(const temper_simple *s, temper_simple_row *r) {
    double most = 0, probe[2], Hv[2];
    temper_operator *A;
    if (!r->exact || !s->potential->type->curve) return TEMPER_OK;
    for (int i = 0; i < 1024; i++) {
        double x[2], u, e = 0;
        int n = s->dim == 1 ? 1024 : 32;
        x[0] = r->e.low[0] + (r->e.high[0] - r->e.low[0]) * (i % n + 0.5) / n;
        x[1] = r->e.low[1] + (r->e.high[1] - r->e.low[1]) * (i / n + 0.5) / n;
        temper_landscape_energy(s->survey->scene.landscape, x, &u);
        if (!(u * (double)s->potential->samples < r->e.lowest + 5 * r->T)) continue;
        temper_status bad =
            temper_landscape_operator(s->survey->scene.landscape, TEMPER_HESSIAN, x, (temper_stream){0}, &A);
        for (int k = 0; k < s->dim && !bad; k++) {
            probe[0] = k == 0, probe[1] = k == 1;
            if (!temper_operator_apply(A, 1, probe, Hv)) e = fmax(e, fabs(Hv[k]));
        }
        if (bad) return bad;
        temper_operator_free(A);
        most = fmax(most, e);
    }
    if (most > 0) r->rate = 0.05 / most;
    return TEMPER_OK;
}

static temper_status choose_steps(const temper_simple *s, temper_simple_row *r) {
    const temper_settings *set = s->survey->s;
    r->rate = s->dynamics->type->rate(s->dynamics->self);
    r->steps = set->steps ? set->steps : STEPS;
    r->burn = s->cooling ? 0 : r->steps / 5;
    if (set->rate > 0) r->rate = set->rate;
    r->forget = NAN;
    temper_status bad = TEMPER_OK;
    if (!(set->rate > 0 || strstr(set->dynamics, "rate=") || !r->euler)) bad = suitable_rate(s, r);
    if (!bad && r->exact && !s->cooling) bad = temper_simple_forget(s, r->T, &r->forget);
    double needed = TEMPER_SIMPLE_FORGOTTEN * r->forget / r->rate;
    if (!set->steps && r->euler && needed > STEPS && needed < STEPS_MOST)
        r->steps = (int64_t)needed + 1, r->burn = r->steps / 5;
    return bad;
}

/* Do walkers tell where they are in equilibrium, or still where they began? */
static void doubt(const temper_simple *s, temper_simple_row *r) {
    r->rhat = r->seen.energy.rhat;
    for (int k = 0; k < s->dim; k++) r->rhat = fmax(r->rhat, fmax(r->seen.x[k].rhat, r->seen.xx[k].rhat));
    bool known = r->euler && r->forget > 0;
    if (!(r->T > 0)) return;
    r->stuck = r->rhat > (known ? CONVERGED_KNOWN : CONVERGED) ||
               (known && TEMPER_SIMPLE_FORGOTTEN * r->forget > (double)(r->steps + 1) * r->rate);
}

/* ---- one temperature ---- */

static temper_status equilibrium(temper_simple *s, temper_simple_row *r) {
    if (s->dim > 2) {
        s->note = "more than two coordinates: walkers alone, no integral over exp(-U/T)";
        return TEMPER_OK;
    }
    temper_status bad = temper_equilibrium_find(s->potential, r->T, &r->e);
    if (bad == TEMPER_DIVERGED) {
        s->note = "no equilibrium: exp(-U/T) has no finite integral that could be found";
        return TEMPER_OK;
    }
    if (bad) return bad;
    r->exact = true;
    memcpy(r->low, r->e.low, sizeof r->low), memcpy(r->high, r->e.high, sizeof r->high);
    for (int a = 0; a < s->dim && !bad; a++)
        bad = temper_equilibrium_bins(s->potential, &r->e, a, TEMPER_SIMPLE_BINS, r->share[a], r->step[a]);
    return bad;
}

/* Which share of the walkers is in which well: at every moment, or (nothing cools) in the mean over the moments after the burn-in, with the error over walkers. */
static void count(temper_simple *s, temper_simple_row *r) {
    int M = s->moments, first = s->cooling ? 0 : M / 5;
    for (int c = 0; c < s->chains; c++) {
        double here[TEMPER_WELLS_MAX] = {0};
        for (int m = first; m < M; m++) {
            int k = temper_simple_well_of(s, r->seen.snapshot + ((int64_t)m * s->chains + c) * s->dim);
            if (k < 0) continue;
            if (s->cooling) r->well_share[m * TEMPER_WELLS_MAX + k] += 1.0 / s->chains;
            here[k] += 1.0 / (M - first);
        }
        for (int k = 0; k < TEMPER_WELLS_MAX && !s->cooling; k++)
            r->well_share[k] += here[k] / s->chains, r->well_error[k] += here[k] * here[k] / s->chains;
    }
    for (int k = 0; k < TEMPER_WELLS_MAX && !s->cooling; k++) {
        double variance = fmax(r->well_error[k] - r->well_share[k] * r->well_share[k], 0);
        r->well_error[k] = s->chains > 1 ? __builtin_sqrt(variance / (s->chains - 1)) : NAN;
    }
}

static temper_status shares(temper_simple *s, temper_simple_row *r) {
    size_t room = (size_t)s->moments * TEMPER_WELLS_MAX;
    r->well_share = temper_alloc(3 * room, sizeof *r->well_share);
    if (!r->well_share) return TEMPER_NO_MEMORY;
    r->well_exact = r->well_share + room, r->well_error = r->well_share + 2 * room;
    temper_status bad = TEMPER_OK;
    count(s, r);
    for (int m = 0; m < (s->cooling ? s->moments : 1) && !bad; m++)
        bad = temper_simple_shares(s, s->cooling ? r->seen.heat[m] : r->T,
                                   r->well_exact + m * TEMPER_WELLS_MAX);
    return bad;
}

static temper_status walk(temper_simple *s, temper_simple_row *r, uint32_t chain) {
    temper_occupation_plan plan = {.potential = s->potential,
                                   .dynamics = s->dynamics,
                                   .cooling = s->cooling,
                                   .temperature = r->T,
                                   .rate = r->rate,
                                   .chains = s->chains,
                                   .steps = r->steps,
                                   .burn = r->burn,
                                   .bins = r->exact && !s->cooling ? TEMPER_SIMPLE_BINS : 0,
                                   .moments = s->moments};
    memcpy(plan.low, r->low, sizeof plan.low), memcpy(plan.high, r->high, sizeof plan.high);
    temper_errand errand = s->survey->errand;
    errand.stream.chain += chain;
    temper_survey_phase(s->survey, "walking", "walkers");
    temper_status bad = temper_occupation_measure(&plan, &errand, &r->seen);
    if (bad) return bad;
    if (!s->cooling) doubt(s, r);
    return s->dim <= 2 ? shares(s, r) : TEMPER_OK;
}

/* ---- escape ---- */

static temper_status no_way(const char *text) {
    return temper_fail(TEMPER_BAD_OPTION,
                       "landscape: escape=%.60s is none of auto, none, and ways a:b joined by ','", text);
}

/* From the shallower of the wells (the first of equals) over its lower barrier: to the barrier, and to the well behind. */
static int auto_ways(const temper_simple *s, double (*way)[2]) {
    if (s->wells < 2) return 0;
    int from = 0;
    for (int k = 1; k < s->wells; k++)
        if (s->height[k] > s->height[from] + 1e-9 * fabs(s->height[from])) from = k;
    bool right = from == 0 || (from < s->barriers && s->top[from] < s->top[from - 1]);
    way[0][0] = way[1][0] = s->well[from][0];
    way[0][1] = s->barrier[right ? from : from - 1][0], way[1][1] = s->well[right ? from + 1 : from - 1][0];
    return 2;
}

static temper_status given_ways(const temper_simple *s, double (*way)[2], int *n) {
    const char *text = s->survey->s->escape;
    *n = 0;
    if (!strcmp(text, "none") || s->dim != 1)
        return !strcmp(text, "none") || !strcmp(text, "auto")
                   ? TEMPER_OK
                   : temper_fail(TEMPER_CANNOT, "landscape: escape=%.60s is for one coordinate", text);
    if (!strcmp(text, "auto")) {
        *n = auto_ways(s, way);
        return TEMPER_OK;
    }
    for (const char *p = text; *p; p += *p == ',') {
        char *end;
        if (*n == TEMPER_SIMPLE_WAYS)
            return temper_fail(TEMPER_BAD_OPTION, "landscape: escape: more than %d ways", TEMPER_SIMPLE_WAYS);
        way[*n][0] = strtod(p, &end);
        if (end == p || *end != ':') return no_way(text);
        p = end + 1;
        way[*n][1] = strtod(p, &end);
        if (end == p || (*end && *end != ',') || !isfinite(way[*n][0]) || !isfinite(way[*n][1]) ||
            way[*n][0] == way[*n][1])
            return no_way(text);
        p = end, ++*n;
    }
    return TEMPER_OK;
}

/* Kramers' time: 1/k from a well to the next one, 1/(2k) to the barrier between them, from which every other walker falls back; NaN for other ways. */
static double kramers(const temper_simple *s, double T, double from, double to) {
    for (int b = 0; b < s->barriers; b++)
        for (int right = 0; right < 2; right++) {
            double well = s->well[b + right][0], behind = s->well[b + 1 - right][0], rate;
            bool top = fabs(s->barrier[b][0] - to) < 1e-6, over = fabs(behind - to) < 1e-6;
            if (fabs(well - from) > 1e-6 || (!top && !over)) continue;
            if (!temper_passage_kramers(s->potential, T, well, s->barrier[b][0], &rate))
                return top ? 0.5 / rate : 1 / rate;
        }
    return NAN;
}

static temper_status escape(temper_simple *s, temper_simple_row *r, uint32_t chain) {
    double way[TEMPER_SIMPLE_WAYS][2];
    temper_status bad = given_ways(s, way, &r->ways);
    for (int k = 0; k < r->ways && !bad; k++) {
        temper_simple_way *w = &r->way[k];
        *w = (temper_simple_way){
            .from = way[k][0], .to = way[k][1], .exact = NAN, .seen = {.mean = NAN, .error = NAN}};
        w->kramers = kramers(s, r->T, w->from, w->to);
        if (r->exact) bad = temper_passage_exact(s->potential, r->T, w->from, w->to, &w->exact);
        double budget = WAY_STEPS * (double)(s->survey->s->steps ? s->survey->s->steps : STEPS);
        double each = isfinite(w->exact) && r->euler ? fmax(w->exact / r->rate, 1) : budget / 500;
        double passages = fmin(budget / each, (double)s->chains * WALKER_WAYS);
        if (bad || !s->dynamics->type->thermal || passages < 10) continue;
        int chains = passages < s->chains ? (int)passages : s->chains;
        const temper_passage_plan plan = {s->potential,
                                          s->dynamics,
                                          r->T,
                                          r->rate,
                                          w->from,
                                          w->to,
                                          chains,
                                          (int64_t)(passages / chains),
                                          (int64_t)(40 * each)};
        temper_errand errand = s->survey->errand;
        errand.stream.chain += chain + (uint32_t)(1 + k) * 0x10000;
        temper_survey_phase(s->survey, "escaping", "walkers");
        bad = temper_passage_measure(&plan, &errand, &w->seen);
    }
    return bad;
}

/* ---- the whole ---- */

/* Without noise there is no equilibrium; how far one has to look for wells is told by that at T = 1. */
static temper_status still(temper_simple *s, temper_simple_row *r) {
    if (s->dim > 2 || temper_equilibrium_find(s->potential, 1, &r->e)) return TEMPER_OK;
    memcpy(r->low, r->e.low, sizeof r->low), memcpy(r->high, r->e.high, sizeof r->high);
    return s->wells ? TEMPER_OK : temper_simple_wells(s, &r->e);
}

static temper_status take_row(temper_simple *s, int k) {
    temper_simple_row *r = &s->row[k];
    uint32_t chain = (uint32_t)k << 20;
    r->euler = !strcmp(s->dynamics->type->about.name, "langevin");
    if (!(r->T >= 0 && isfinite(r->T)))
        return temper_fail(TEMPER_BAD_OPTION, "landscape: temperature=%g, legal are 0 and finite ones above",
                           r->T);
    temper_status bad = r->T > 0 ? equilibrium(s, r) : still(s, r);
    if (!bad && r->exact && !s->wells) bad = temper_simple_wells(s, &r->e);
    if (!bad) bad = choose_steps(s, r);
    if (!bad) bad = walk(s, r, chain);
    return !bad && !s->cooling && r->T > 0 ? escape(s, r, chain) : bad;
}

static temper_status open(temper_simple *s) {
    temper_settings *set = s->survey->s;
    double *T = NULL;
    temper_status bad = temper_temperatures_read("landscape: temperature", set->temperature, &T, &s->rows);
    if (!bad && !s->rows) bad = temper_fail(TEMPER_BAD_OPTION, "landscape: temperature: none is given");
    if (!bad) bad = temper_dynamics_create(&s->dynamics, set->dynamics);
    if (!bad && strcmp(set->cooling, "constant")) bad = temper_schedule_create(&s->cooling, set->cooling);
    if (!bad && s->dynamics->type->variational)
        bad = temper_fail(TEMPER_CANNOT, "landscape: %s moves distributions over weights", s->dynamics->text);
    if (!bad && s->cooling && s->cooling->type->adapt)
        bad = temper_fail(TEMPER_CANNOT,
                          "landscape: cooling=%s follows epochs of data, which there are none of",
                          s->cooling->text);
    if (!bad && !(s->row = temper_alloc((size_t)s->rows, sizeof *s->row))) bad = TEMPER_NO_MEMORY;
    for (int k = 0; k < s->rows && !bad; k++) s->row[k].T = T[k];
    temper_release(T);
    s->moments = TEMPER_SIMPLE_MOMENTS;
    return bad;
}

static void close_all(temper_simple *s) {
    for (int k = 0; s->row && k < s->rows; k++) {
        temper_occupation_clear(&s->row[k].seen);
        temper_release(s->row[k].well_share);
    }
    temper_release(s->row);
    temper_dynamics_free(s->dynamics);
    temper_schedule_free(s->cooling);
    temper_release(s);
}

temper_status temper_survey_simple(temper_survey *survey) {
    temper_simple *s = temper_alloc(1, sizeof *s);
    if (!s) return TEMPER_NO_MEMORY;
    s->survey = survey, s->potential = survey->scene.potential;
    s->dim = (int)(s->potential->dim < 65 ? s->potential->dim : 65), s->chains = (int)survey->s->chains;
    temper_simple_names(s);
    double way[TEMPER_SIMPLE_WAYS][2];
    int ways;
    temper_status bad = open(s);
    if (!bad) bad = given_ways(s, way, &ways); /* a wrong one is refused before anything is done */
    for (int k = 0; k < s->rows && !bad; k++) bad = take_row(s, k);
    if (!bad) {
        temper_simple_json(s, &survey->json);
        temper_simple_text(s, &survey->text);
        if (survey->s->plot) temper_simple_plot(s, &survey->text);
        temper_simple_page(s, &survey->page);
        if (survey->desk->folder) bad = temper_simple_csv(s);
    }
    close_all(s);
    return bad;
}
