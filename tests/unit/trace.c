/* Traces, norms and diagonals: exact cases, variances that are known, and whether the intervals cover. */
#include "spectra_rig.h"

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

static void coverage(void) {
    static const char *const names[] = {"like a net", "flat", "1/k"};
    for (int kind = 0; kind < 3; kind++) {
        rig *r = rig_open(N, true);
        spectrum(r, kind);
        for (int method = TEMPER_TRACE_AUTO; method <= TEMPER_HUTCHPP; method++) {
            const int seeds = method == TEMPER_TRACE_AUTO ? 1000 : 200;
            const double slack = method == TEMPER_TRACE_AUTO ? 0.02 : 0.07;
            record c = many(r, (temper_trace_method)method, 100, 0, seeds);
            printf("  %s, method %d: covers %.3f, sd %.4f, error %.4f, bias %.1f of its error\n", names[kind],
                   method, c.cover, c.sd, c.error, c.bias / c.sd * sqrt(seeds));
            CHECK(fabs(c.cover - 0.95) <= slack, "%s, method %d: covers %.3f", names[kind], method, c.cover);
            CHECK(fabs(c.bias) < 4.5 * c.sd / sqrt(seeds), "%s, method %d: bias %g", names[kind], method,
                  c.bias);
            CHECK(fabs(c.error / c.sd - 1) < 0.25, "%s, method %d: error %g, sd %g", names[kind], method,
                  c.error, c.sd);
            CHECK(fabs(c.products - 100) < 1e-6, "%g products", c.products);
        }
        free(r);
    }
}

/* XTrace errs on the wide side, and is the sharpest. */
static void exchange(void) {
    enum { SEEDS = 60 };
    rig *r = rig_open(N, true);
    spectrum(r, 2);
    record x = many(r, TEMPER_XTRACE, 60, 0, SEEDS), h = many(r, TEMPER_HUTCHPP, 60, 0, SEEDS);
    CHECK(x.cover >= 0.95 && x.error > x.sd && x.error < 2.5 * x.sd, "covers %.3f, error %g, sd %g", x.cover,
          x.error, x.sd);
    CHECK(x.sd < h.sd, "XTrace %g, Hutch++ %g", x.sd, h.sd);
    CHECK(fabs(x.bias) < 4.5 * x.sd / sqrt(SEEDS), "bias %g, sd %g", x.bias, x.sd);
    free(r);
}

/* The pilot takes Hutch++ where a few eigenvalues are most of the norm, Hutchinson where none stand out: less than the wrong choice's error. */
static void pilot(void) {
    enum { SEEDS = 60 };
    for (int kind = 0; kind < 3; kind++) {
        rig *r = rig_open(N, true);
        spectrum(r, kind);
        double best =
            fmin(many(r, TEMPER_HUTCHINSON, 100, 0, SEEDS).sd, many(r, TEMPER_HUTCHPP, 100, 0, SEEDS).sd);
        double got = many(r, TEMPER_TRACE_AUTO, 100, 0, SEEDS).sd;
        CHECK(got < 1.35 * best, "kind %d: %g with the pilot, %g with the better method", kind, got, best);
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
                many(r, (temper_trace_method)method, 120, 0.05, method == TEMPER_XTRACE ? SEEDS / 10 : SEEDS);
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
    free(r);
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
    RUN(exchange);
    RUN(pilot);
    RUN(stopping);
    RUN(norms_and_diagonals);
    RUN(refusals);
    RUN(bits);
    return check_end();
}
