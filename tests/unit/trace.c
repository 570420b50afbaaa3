/* Traces, norms and diagonals: exact cases, variances that are known, and whether the intervals cover. */
#include "spectra_rig.h"
#include "temper/landscape.h"
#include "temper/potential.h"

enum { N = 128 };

static temper_trace find(rig *r, temper_trace_method method, int64_t products, double relative, int seed) {
    temper_trace t = {0};
    temper_errand errand = {.stream = {(uint64_t)seed, 9}};
    r->A.products = 0;
    CHECK_OK(temper_trace_find(&r->A, &(temper_trace_plan){method, products, relative}, &errand, &t));
    CHECK(t.products == r->A.products, "products %d, counted %d", (int)t.products, (int)r->A.products);
    return t;
}

/* Rademacher on a diagonal matrix: every sample is the trace (reference/systems.md, L4). */
static void diagonal_matrix(void) {
    rig *r = rig_open(1000, false);
    for (int i = 0; i < 1000; i++) r->value[i] = i < 500 ? 1 : -1;
    r->value[7] = 3.25;
    temper_trace t = find(r, TEMPER_HUTCHINSON, 2, 0, 1);
    CHECK_NEAR(t.value, 2.25, 1e-12);
    CHECK_NEAR(t.error, 0, 1e-12);
    CHECK_NEAR(t.frobenius, sqrt(999 + 3.25 * 3.25), 1e-10);
    double d[1000], e[1000];
    CHECK_OK(temper_diagonal_find(&r->A, 2, NULL, d, e));
    for (int i = 0; i < 1000; i++)
        CHECK(d[i] == r->value[i] && e[i] == 0, "diagonal %d: %g ± %g", i, d[i], e[i]);
    free(r);
}

/* What no chance is left for: dim products, a sketch of all of a low rank, the whole space. */
static void exact(void) {
    rig *r = rig_open(64, true);
    rig_network(r);
    double truth = rig_sum(r, 1), norm = sqrt(rig_sum(r, 2));
    temper_trace t = find(r, TEMPER_TRACE_AUTO, 100, 0, 1);
    CHECK_NEAR(t.value, truth, 1e-13);
    CHECK_NEAR(t.frobenius, norm, 1e-13);
    CHECK(t.error == 0 && t.products == 64, "exact: ± %g, %d products", t.error, (int)t.products);
    for (int method = TEMPER_HUTCHPP; method <= TEMPER_XTRACE; method++) {
        t = find(r, (temper_trace_method)method, 400, 0, 1);
        CHECK_NEAR(t.value, truth, 1e-12);
        CHECK(t.error < 1e-12, "method %d, whole space: ± %g", method, t.error);
    }
    free(r);
    r = rig_open(N, true);
    for (int i = 0; i < 9; i++) r->value[i] = 1 - i;
    for (int method = TEMPER_HUTCHPP; method <= TEMPER_XTRACE; method++) {
        t = find(r, (temper_trace_method)method, 60, 0, 1);
        CHECK_NEAR(t.value, -27, 1e-11);
        CHECK(t.error < 1e-10, "method %d, low rank: ± %g", method, t.error);
    }
    free(r);
    r = rig_open(1, false);
    r->value[0] = -3;
    CHECK_NEAR(find(r, TEMPER_TRACE_AUTO, 0, 0, 1).value, -3, 0);
    free(r);
}

/* ---- do the intervals cover ---- */

typedef struct {
    double cover, bias, sd, error, products;
} record;

static record many(rig *r, temper_trace_method method, int64_t products, double relative, int seeds) {
    double truth = rig_sum(r, 1);
    record c = {0};
    for (int s = 0; s < seeds; s++) {
        temper_trace t = find(r, method, products, relative, 1000 + s);
        c.cover += (t.low <= truth && truth <= t.high) / (double)seeds;
        c.bias += (t.value - truth) / seeds, c.sd += (t.value - truth) * (t.value - truth) / seeds;
        c.error += t.error / seeds, c.products += (double)t.products / seeds;
    }
    c.sd = sqrt(c.sd);
    return c;
}

static void spectrum(rig *r, int kind) {
    if (kind == 0) rig_network(r);
    for (int i = 0; i < r->A.dim; i++) {
        if (kind == 1) r->value[i] = 1 + rig_draw(3, i);
        if (kind == 2) r->value[i] = 1.0 / (i + 1);
    }
}

/* Each method's own interval, and what the pilot takes. tests/verify/trace_coverage.c has 1,000 seeds and narrow bounds. */
static void coverage(void) {
    enum { SEEDS = 200 };
    static const char *const names[] = {"like a net", "flat", "1/k"};
    for (int kind = 0; kind < 3; kind++) {
        rig *r = rig_open(N, true);
        spectrum(r, kind);
        for (int k = 0; k <= 2 * TEMPER_XTRACE + 1; k++) {
            const int method = k / 2, products = k % 2 ? 30 : 60;
            record c = many(r, (temper_trace_method)method, products, 0, SEEDS);
            printf("  %s, method %d, %d products: covers %.3f, sd %.4f, error %.4f, bias %.1f of its error\n",
                   names[kind], method, products, c.cover, c.sd, c.error, c.bias / c.sd * sqrt(SEEDS));
            CHECK(c.cover > 0.9 && c.cover < 0.99, "%s, method %d: covers %.3f", names[kind], method,
                  c.cover);
            CHECK(fabs(c.bias) < 4.5 * c.sd / sqrt(SEEDS), "%s, method %d: bias %g", names[kind], method,
                  c.bias);
            CHECK(fabs(c.error / c.sd - 1) < (method ? 0.2 : 0.3), "%s, method %d: error %g, sd %g",
                  names[kind], method, c.error, c.sd);
            CHECK(fabs(c.products - products) < 1e-6, "%g products", c.products);
        }
        free(r);
    }
}

/* A = u uᵀ, u = (1, 1, 0, …): z is orthogonal to u for half of all signs. */
static temper_status pair_apply(void *self, int64_t n, const double *v, double *out) {
    (void)self;
    for (int64_t k = 0; k < n; k++, v += N, out += N) {
        memset(out, 0, N * sizeof *out);
        out[0] = out[1] = v[0] + v[1];
    }
    return TEMPER_OK;
}

/* One eigenvalue: samples are χ² of one degree, and their mean is not where Student's t has it. With a pilot it is found, and costs no more. */
static void skewed(void) {
    enum { SEEDS = 1000 };
    rig *r = rig_open(N, true);
    r->value[0] = 1;
    for (int products = 10; products <= 40; products += 15) {
        record c = many(r, TEMPER_HUTCHINSON, products, 0, SEEDS);
        CHECK(c.cover > 0.93 && c.cover < 0.97, "%d products: covers %.3f", products, c.cover);
    }
    record c = many(r, TEMPER_TRACE_AUTO, 16, 0, 200);
    CHECK(c.cover > 0.999 && c.sd < 1e-12 && c.products < 15, "covers %.3f, sd %g, %g products", c.cover,
          c.sd, c.products);
    free(r);
    /* in two coordinates, which signs are orthogonal to half of the time: no reason to be sure */
    temper_operator two = {.name = "two", .dim = N, .apply = pair_apply};
    for (int s = 0; s < 200; s++) {
        temper_trace t;
        temper_errand errand = {.stream = {(uint64_t)s, 9}};
        CHECK_OK(temper_trace_find(&two, &(temper_trace_plan){.products = 16}, &errand, &t));
        CHECK_NEAR(t.value, 2, 1e-12);
    }
}

/* XTrace is the sharpest where eigenvalues decay, and its error is that of its scatter: neither that of independent estimates, nor the jackknife's.
 * */
static void exchange(void) {
    enum { SEEDS = 400 };
    rig *r = rig_open(N, true);
    spectrum(r, 2);
    record x = many(r, TEMPER_XTRACE, 30, 0, SEEDS), h = many(r, TEMPER_HUTCHPP, 30, 0, 100);
    CHECK(x.cover > 0.925 && x.cover < 0.98, "covers %.3f", x.cover);
    CHECK(x.sd < h.sd, "XTrace %g, Hutch++ %g", x.sd, h.sd);
    CHECK(x.error > 0.88 * x.sd && x.error < 1.15 * x.sd, "error %g, sd %g", x.error, x.sd);
    free(r);
    r = rig_open(16, true); /* a sketch of half the space, where a dimension more or less tells */
    for (int i = 0; i < 16; i++) r->value[i] = 20 + i % 2;
    x = many(r, TEMPER_XTRACE, 16, 0, SEEDS);
    CHECK(x.error > 0.8 * x.sd && x.error < 1.2 * x.sd, "half the space: error %g, sd %g", x.error, x.sd);
    free(r);
}

/* The pilot takes XTrace or Hutch++ where a few eigenvalues are most of the norm, Hutchinson where none stand out: less than the wrong choice's
 * error. */
static void pilot(void) {
    enum { SEEDS = 60 };
    for (int kind = 0; kind < 3; kind++) {
        rig *r = rig_open(N, true);
        spectrum(r, kind);
        double best = INFINITY;
        for (int method = TEMPER_HUTCHINSON; method <= TEMPER_XTRACE; method++)
            best = fmin(best, many(r, (temper_trace_method)method, 100, 0, SEEDS).sd);
        double got = many(r, TEMPER_TRACE_AUTO, 100, 0, SEEDS).sd;
        CHECK(got < 1.35 * best, "kind %d: %g with the pilot, %g with the best method", kind, got, best);
        free(r);
    }
}

/* Stopping by luck costs little coverage; errors are where they were asked to be. */
static void stopping(void) {
    enum { SEEDS = 200 };
    for (int kind = 0; kind < 3; kind++) {
        rig *r = rig_open(N, true);
        spectrum(r, kind);
        for (int method = TEMPER_TRACE_AUTO; method <= TEMPER_XTRACE; method++) {
            record c =
                many(r, (temper_trace_method)method, 120, 0.05, method == TEMPER_XTRACE ? SEEDS / 4 : SEEDS);
            double truth = fabs(rig_sum(r, 1));
            printf("  kind %d, method %d: covers %.3f, error %.4f, sd %.4f after %.0f products\n", kind,
                   method, c.cover, c.error / truth, c.sd / truth, c.products);
            CHECK(c.cover >= 0.9, "kind %d, method %d: covers %.3f", kind, method, c.cover);
            CHECK(c.products < 119 || c.error > 0.03 * truth, "kind %d: ± %.4f after all", kind,
                  c.error / truth);
        }
        free(r);
    }
}

/* ---- norm, diagonal, blocks ---- */

static void norms_and_diagonals(void) {
    enum { SEEDS = 200 };
    rig *r = rig_open(N, true);
    spectrum(r, 1);
    double A[N * N], unit[N] = {0}, norm = 0, worst = 0, sum = 0;
    for (int i = 0; i < N; i++) {
        unit[i] = 1;
        rig_apply(r, 1, unit, A + i * N);
        unit[i] = 0;
    }
    for (int i = 0; i < N * N; i++) norm += A[i] * A[i];
    for (int s = 0; s < SEEDS; s++) {
        temper_trace t = find(r, TEMPER_HUTCHINSON, 50, 0, s);
        sum += (t.frobenius - sqrt(norm)) / t.frobenius_error / SEEDS;
        worst += pow((t.frobenius - sqrt(norm)) / t.frobenius_error, 2) / SEEDS;
    }
    CHECK(fabs(sum) < 0.5 && worst > 0.6 && worst < 1.6, "norm: mean z %.2f, mean z² %.2f", sum, worst);
    double d[N], e[N], square = 0;
    CHECK_OK(temper_diagonal_find(&r->A, 400, NULL, d, e));
    for (int i = 0; i < N; i++) square += pow((d[i] - A[i * N + i]) / e[i], 2) / N;
    CHECK_NEAR(square, 1, 4.5 * sqrt(2.0 / N));
    const int64_t start[] = {0, 70, 71, N};
    temper_trace t[3];
    int covered = 0;
    for (int s = 0; s < SEEDS; s++) {
        temper_errand errand = {.stream = {(uint64_t)s, 0}};
        CHECK_OK(temper_trace_blocks(&r->A, 60, 3, start, &errand, t));
        for (int b = 0; b < 3; b++) {
            double truth = 0;
            for (int64_t i = start[b]; i < start[b + 1]; i++) truth += A[i * N + i];
            covered += t[b].low <= truth && truth <= t[b].high;
        }
    }
    CHECK(covered > 3 * SEEDS * 0.91 && covered < 3 * SEEDS, "blocks: %d of %d intervals cover", covered,
          3 * SEEDS);
    free(r);
}

/* ---- the usual ---- */

static void refusals(void) {
    rig *r = rig_open(N, true);
    rig_network(r);
    temper_trace t;
    double d[N];
    CHECK_FAILS(temper_trace_find(&r->A, &(temper_trace_plan){.products = 1}, NULL, &t), TEMPER_BAD_OPTION,
                "products=1");
    CHECK_FAILS(temper_trace_find(&r->A, &(temper_trace_plan){.relative = -1}, NULL, &t), TEMPER_BAD_OPTION,
                "relative=-1");
    CHECK_FAILS(temper_trace_find(&r->A, &(temper_trace_plan){TEMPER_HUTCHPP, 3, 0}, NULL, &t),
                TEMPER_BAD_OPTION, "4 or more");
    CHECK_FAILS(temper_trace_find(&r->A, &(temper_trace_plan){TEMPER_XTRACE, 5, 0}, NULL, &t),
                TEMPER_BAD_OPTION, "6 or more");
    CHECK_FAILS(temper_diagonal_find(&r->A, 0, NULL, d, NULL), TEMPER_BAD_OPTION, "probes=0");
    for (int method = 0; method <= TEMPER_XTRACE; method++) {
        temper_trace_plan plan = {(temper_trace_method)method, 60, 0};
        r->A.products = 0, r->fail_at = 30;
        CHECK_FAILS(temper_trace_find(&r->A, &plan, NULL, &t), TEMPER_DIVERGED, "not finite");
        r->A.products = 0, r->fail_at = 0, r->stop_at = 25;
        CHECK_FAILS(temper_trace_find(&r->A, &plan, &(temper_errand){.stop = &r->stop}, &t), TEMPER_STOPPED,
                    "");
        CHECK(r->A.products <= 40, "%d products after the stop", (int)r->A.products);
        r->stop_at = r->stop = 0;
        RIG_EVERY_ALLOCATION(temper_trace_find(&r->A, &plan, NULL, &t), (void)0);
    }
    const int64_t start[] = {0, N};
    RIG_EVERY_ALLOCATION(temper_trace_blocks(&r->A, 5, 1, start, NULL, &t), (void)0);
    RIG_EVERY_ALLOCATION(temper_diagonal_find(&r->A, 9, NULL, d, d), (void)0);
    for (int blocks = 0; blocks < 2; blocks++) {
        temper_errand errand = {.stop = &r->stop};
        r->A.products = 0, r->fail_at = 11;
        CHECK_FAILS(blocks ? temper_trace_blocks(&r->A, 30, 1, start, NULL, &t)
                           : temper_diagonal_find(&r->A, 30, NULL, d, NULL),
                    TEMPER_DIVERGED, "not finite");
        r->A.products = 0, r->fail_at = 0, r->stop_at = 11;
        CHECK_FAILS(blocks ? temper_trace_blocks(&r->A, 90, 1, start, &errand, &t)
                           : temper_diagonal_find(&r->A, 90, &errand, d, NULL),
                    TEMPER_STOPPED, "");
        CHECK(r->A.products <= 24, "%d products after the stop", (int)r->A.products);
        r->stop_at = r->stop = 0;
    }
    free(r);
}

/* ---- energies alone ---- */

/* L = ½ Σ k_i θ_i² + Σ |θ_i|, a kink for each coordinate; not finite after so many looks, and stopped after as many. */
typedef struct {
    temper_potential potential;
    int64_t looks, fail_at, stop_at;
    int stop;
} hill;

static double hill_energy(const void *self, const temper_look *look, const double *theta) {
    hill *h = (hill *)(uintptr_t)self;
    double u = 0;
    (void)look;
    for (int64_t i = 0; i < h->potential.dim; i++)
        u += 0.5 * (double)(i % 5) * theta[i] * theta[i] + fabs(theta[i]);
    if (++h->looks == h->stop_at) h->stop = 1;
    return h->fail_at && h->looks >= h->fail_at ? NAN : u;
}

static double hill_slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    (void)grad;
    return hill_energy(self, look, theta);
}

/* Where no kink is within the step the trace is Σ k; with a wide step a kink at distance x from the point adds 2(ε − |x|)/ε²: curvature at that
 * scale. */
static void kinks(void) {
    static const temper_potential_type type = {.energy = hill_energy, .slope = hill_slope};
    enum { DIM = 50 };
    hill h = {.potential = {.type = &type, .self = &h, .dim = DIM, .samples = 1}};
    double theta[DIM];
    temper_landscape *l;
    CHECK_OK(temper_landscape_of_potential(&l, &h.potential));
    for (int i = 0; i < DIM; i++) theta[i] = 0.1;
    for (int wide = 0; wide < 2; wide++) {
        temper_differences d;
        const double step = wide ? 0.2 : 0.01,
                     want = 100 + (wide ? DIM * 2 * (step - 0.1) / (step * step) : 0);
        temper_differences_plan plan = {.directions = 4, .step = step};
        CHECK_OK(temper_trace_by_differences(l, theta, &plan, NULL, &d));
        CHECK_NEAR(d.trace.value, want, 1e-8);
        CHECK_NEAR(d.step, step, 0);
        CHECK((d.truncation != 0) == wide || fabs(d.truncation) < 20, "truncation %g", d.truncation);
    }
    temper_differences d;
    temper_differences_plan plan = {.directions = 5, .step = 0.01};
    h.looks = 0, h.fail_at = 4;
    CHECK_FAILS(temper_trace_by_differences(l, theta, &plan, NULL, &d), TEMPER_DIVERGED, "not finite");
    h.looks = 0, h.fail_at = 1;
    CHECK_FAILS(temper_trace_by_differences(l, theta, NULL, NULL, &d), TEMPER_DIVERGED, "not finite");
    h.looks = h.fail_at = 0, h.stop_at = 4;
    CHECK_FAILS(temper_trace_by_differences(l, theta, &plan, &(temper_errand){.stop = &h.stop}, &d),
                TEMPER_STOPPED, "");
    CHECK(h.looks <= 6, "%d looks after the stop", (int)h.looks);
    CHECK_FAILS(temper_trace_by_differences(l, theta, &(temper_differences_plan){.directions = 1}, NULL, &d),
                TEMPER_BAD_OPTION, "directions=1");
    h.stop_at = h.stop = 0;
    RIG_EVERY_ALLOCATION(temper_trace_by_differences(l, theta, &plan, NULL, &d), (void)0);
    temper_landscape_free(l);
}

static void bits(void) {
    rig *r = rig_open(20000, false);
    for (int i = 0; i < 20000; i++) r->value[i] = rig_draw(6, i);
    for (int method = 0; method <= TEMPER_XTRACE; method++) {
        temper_trace t[3];
        for (int threads = 1; threads <= 3; threads++) {
            CHECK_OK(temper_threads(threads));
            t[threads - 1] = find(r, (temper_trace_method)method, 40, 0, 1);
        }
        CHECK(t[0].value == t[1].value && t[0].value == t[2].value && t[0].error == t[1].error &&
                  t[0].error == t[2].error,
              "method %d depends on threads", method);
    }
    CHECK_OK(temper_threads(0));
    free(r);
}

int main(void) {
    RUN(diagonal_matrix);
    RUN(exact);
    RUN(coverage);
    RUN(skewed);
    RUN(exchange);
    RUN(pilot);
    RUN(stopping);
    RUN(norms_and_diagonals);
    RUN(refusals);
    RUN(kinks);
    RUN(bits);
    return check_end();
}
