/* All measures of flatness at one place: a table. */
#include "temper/flatness.h"
#include <math.h>
#include "base/memory.h"
#include "landscape/vectors.h"

static const struct {
    const char *name, *brief;
} titles[TEMPER_FLATS] = {
    [TEMPER_FLAT_SLOPE] = {"slope", "|∇L|: how far from a stationary point"},
    [TEMPER_FLAT_TOP] = {"top_eigenvalue", "λ1 of the Hessian"},
    [TEMPER_FLAT_TRACE] = {"trace", "tr H"},
    [TEMPER_FLAT_FROBENIUS] = {"frobenius", "‖H‖_F"},
    [TEMPER_FLAT_SAM] = {"sam_sharpness", "L(θ + ρ∇L/|∇L|) − L(θ)"},
    [TEMPER_FLAT_WORST] = {"worst_case", "max L(θ + δ) − L(θ), |δ| ≤ ρ"},
    [TEMPER_FLAT_ADAPTIVE] = {"adaptive_sharpness", "the same, |δ/|θ|| ≤ 10ρ"},
    [TEMPER_FLAT_BOX] = {"box_sharpness", "100 (max L − L)/(1 + L), |δ_i| ≤ ρ(|θ_i| + 1)/10"},
    [TEMPER_FLAT_RELATIVE] = {"relative_flatness", "Σ ⟨w_s, w_s'⟩ tr H_ss', all layers"},
    [TEMPER_FLAT_RELATIVE_LAST] = {"relative_flatness_last", "the same of the last layer"},
    [TEMPER_FLAT_MEAN] = {"average_case", "E L(θ + σξ) − L(θ), σ = ρ/√d"},
    [TEMPER_FLAT_MEAN_SCALED] = {"average_case_scaled", "the same, σ = 2ρ of each weight"},
    [TEMPER_FLAT_SIGMA] = {"pac_bayes_sigma", "largest σ with E L(θ + σξ) ≤ L(θ) + bound"},
    [TEMPER_FLAT_SIGMA_SCALED] = {"pac_bayes_sigma_scaled", "the same, of each weight"},
    [TEMPER_FLAT_ENTROPY] = {"local_entropy_cost", "−ln ⟨exp(−N(L' − L))⟩ about θ, per parameter"},
    [TEMPER_FLAT_LEARNING] = {"learning_coefficient", "N/ln N (⟨L⟩ − L)"},
};

const char *temper_flatness_name(int k) { return k >= 0 && k < TEMPER_FLATS ? titles[k].name : NULL; }
const char *temper_flatness_brief(int k) { return k >= 0 && k < TEMPER_FLATS ? titles[k].brief : NULL; }

typedef struct {
    temper_landscape *landscape;
    const double *theta;
    temper_flatness_plan plan;
    const temper_errand *errand;
    temper_operator *H; /* NULL where nothing asks for it */
    temper_flat *out;
    double loose; /* γ of the learning coefficient */
} survey;

static bool wanted(const survey *s, int k) { return !(s->plan.skip >> k & 1); }

static temper_status slope(survey *s) {
    int64_t n = temper_landscape_dim(s->landscape);
    double u, *grad = temper_alloc((size_t)n, sizeof *grad);
    if (!grad) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(s->landscape, s->theta, &u, grad);
    s->out[TEMPER_FLAT_SLOPE] = (temper_flat){sqrt(temper_inner(n, grad, grad)), 0, 1, 0};
    temper_release(grad);
    return bad;
}

static temper_status curvature(survey *s) {
    temper_flat *out = s->out;
    temper_status bad = TEMPER_OK;
    if (wanted(s, TEMPER_FLAT_TOP)) {
        const temper_ends_plan one = {.which = TEMPER_LARGEST, .pairs = 1, .tolerance = 1e-4};
        temper_ends ends = {0};
        bad = temper_ends_find(s->H, &one, s->errand, &ends);
        if (!bad)
            out[TEMPER_FLAT_TOP] =
                (temper_flat){ends.value[0], ends.residual[0], 2 * (double)ends.products, 0};
        temper_ends_clear(&ends);
    }
    if (!bad && (wanted(s, TEMPER_FLAT_TRACE) || wanted(s, TEMPER_FLAT_FROBENIUS))) {
        const temper_trace_plan plan = {.products = s->plan.products};
        temper_trace trace;
        bad = temper_trace_find(s->H, &plan, s->errand, &trace);
        if (bad) return bad;
        double cost = 2 * (double)trace.products;
        if (wanted(s, TEMPER_FLAT_TRACE))
            out[TEMPER_FLAT_TRACE] = (temper_flat){trace.value, trace.error, cost, 0};
        if (wanted(s, TEMPER_FLAT_FROBENIUS)) /* of the same products */
            out[TEMPER_FLAT_FROBENIUS] = (temper_flat){trace.frobenius, trace.frobenius_error, 0, 0};
    }
    return bad;
}

static temper_status relative(survey *s) {
    const temper_part *part;
    int parts = temper_landscape_parts(s->landscape, &part), last = -1;
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < parts; k++)
        if (part[k].kind == TEMPER_PART_WEIGHT) last = k;
    if (last < 0 || !temper_landscape_task(s->landscape)) return TEMPER_OK;
    for (int k = TEMPER_FLAT_RELATIVE; k <= TEMPER_FLAT_RELATIVE_LAST && !bad; k++)
        if (wanted(s, k))
            bad =
                temper_sharpness_relative(s->landscape, s->theta, s->H, k == TEMPER_FLAT_RELATIVE ? -1 : last,
                                          s->plan.probes, s->errand, &s->out[k]);
    return bad;
}

static temper_status worst(survey *s) {
    static const struct {
        int k;
        temper_neighbourhood where;
        double radius;
    } task[] = {{TEMPER_FLAT_SAM, TEMPER_BALL, 1},
                {TEMPER_FLAT_WORST, TEMPER_BALL, 1},
                {TEMPER_FLAT_ADAPTIVE, TEMPER_BALL_ADAPTIVE, 10},
                {TEMPER_FLAT_BOX, TEMPER_BOX, 0.1}};
    temper_status bad = TEMPER_OK;
    for (size_t i = 0; i < sizeof task / sizeof *task && !bad; i++)
        if (wanted(s, task[i].k))
            bad = temper_sharpness_worst(
                s->landscape, s->theta, task[i].where, task[i].radius * s->plan.radius,
                task[i].k == TEMPER_FLAT_SAM ? 1 : s->plan.ascent, s->errand, &s->out[task[i].k]);
    if (bad || !wanted(s, TEMPER_FLAT_BOX)) return bad;
    double u;
    bad = temper_landscape_energy(s->landscape, s->theta, &u);
    const double unit = u >= 0 ? 100 / (1 + u) : NAN;
    s->out[TEMPER_FLAT_BOX].value *= unit, s->out[TEMPER_FLAT_BOX].error *= unit;
    return bad;
}

static temper_status average(survey *s) {
    double d = (double)temper_landscape_dim(s->landscape);
    const temper_scatter plain = {s->plan.radius / sqrt(d), false, s->plan.draws},
                         scaled = {2 * s->plan.radius, true, s->plan.draws};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < 2 && !bad; k++) {
        const temper_scatter *how = k ? &scaled : &plain;
        if (wanted(s, TEMPER_FLAT_MEAN + k))
            bad =
                temper_sharpness_mean(s->landscape, s->theta, how, s->errand, &s->out[TEMPER_FLAT_MEAN + k]);
        if (!bad && wanted(s, TEMPER_FLAT_SIGMA + k))
            bad = temper_sharpness_sigma(s->landscape, s->theta, how, s->plan.bound, s->errand,
                                         &s->out[TEMPER_FLAT_SIGMA + k]);
    }
    return bad;
}

static temper_status entropy(survey *s) {
    double d = (double)temper_landscape_dim(s->landscape), N = (double)temper_landscape_samples(s->landscape);
    temper_walk_plan brief = s->plan.walk;
    temper_walked w;
    temper_status bad = TEMPER_OK;
    if (!brief.steps) brief.steps = 100;
    if (!brief.states) brief.states = 8;
    if (wanted(s, TEMPER_FLAT_ENTROPY)) {
        bad = temper_local_entropy(s->landscape, s->theta, 0, s->plan.gamma, &brief, s->errand, &w);
        s->out[TEMPER_FLAT_ENTROPY] = (temper_flat){-(w.value + w.energy) / d, w.error / d, w.cost, w.rhat};
    }
    if (!bad && wanted(s, TEMPER_FLAT_LEARNING) && N > 2) {
        bad = temper_learning_coefficient(s->landscape, s->theta, 0, s->loose, &s->plan.walk, s->errand, &w);
        s->out[TEMPER_FLAT_LEARNING] = (temper_flat){w.value, w.error, w.cost, w.rhat};
    }
    return bad;
}

static temper_status planned(survey *s) {
    temper_flatness_plan *p = &s->plan;
    if (p->radius == 0) p->radius = 0.05;
    if (!p->ascent) p->ascent = 10;
    if (p->bound == 0) p->bound = 0.1;
    if (!p->products) p->products = 100;
    if (!p->probes) p->probes = 8;
    if (!p->draws) p->draws = 32;
    int64_t n = temper_landscape_dim(s->landscape);
    double square = temper_inner(n, s->theta, s->theta);
    const bool measured =
        temper_landscape_task(s->landscape) && square > 0; /* weights have a size that means something */
    s->loose = p->gamma > 0 ? p->gamma : measured ? fmax(1, (double)n / square) : 1;
    if (p->gamma == 0) p->gamma = measured ? fmax(1, 100 * (double)n / square) : 1;
    if (p->radius > 0 && p->gamma > 0 && p->bound > 0) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "flatness: radius=%g gamma=%g bound=%g; all must be above 0",
                       p->radius, p->gamma, p->bound);
}

temper_status temper_flatness_find(temper_landscape *landscape, const double *theta,
                                   const temper_flatness_plan *plan, const temper_errand *errand,
                                   temper_flat out[TEMPER_FLATS]) {
    static const uint32_t curved = 1U << TEMPER_FLAT_TOP | 1U << TEMPER_FLAT_TRACE |
                                   1U << TEMPER_FLAT_FROBENIUS | 1U << TEMPER_FLAT_RELATIVE |
                                   1U << TEMPER_FLAT_RELATIVE_LAST;
    survey s = {landscape, theta, plan ? *plan : (temper_flatness_plan){0}, errand, NULL, out, 0};
    for (int k = 0; k < TEMPER_FLATS; k++) out[k] = (temper_flat){NAN, NAN, 0, 0};
    temper_status bad = planned(&s);
    if (!bad && wanted(&s, TEMPER_FLAT_SLOPE)) bad = slope(&s);
    if (!bad && (~s.plan.skip & curved)) {
        temper_stream stream = errand ? errand->stream : (temper_stream){0};
        bad = temper_landscape_operator(landscape, TEMPER_HESSIAN, theta, stream, &s.H);
        if (!bad) bad = curvature(&s);
        if (!bad) bad = relative(&s);
        temper_operator_free(s.H);
    }
    if (!bad) bad = worst(&s);
    if (!bad) bad = average(&s);
    return bad ? bad : entropy(&s);
}
