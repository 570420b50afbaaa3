/* Are the error bars honest? Series and systems whose truth is known, a thousand seeds, the share of intervals that
 * hold it. Written as a table; for the mean a check fails outside 63–73 % and 92–98 %. About half a minute on two cores.
 *
 * ess is the true chains·n/(2 tau). Below some hundred no method knows its own error well from one series: rows from 60
 * to 200 are held to a weaker bound, the others are only shown. */
#include "check.h"
#include <stdlib.h>
#include "temper/estimate.h"
#include "temper/parallel.h"
#include "../unit/estimate_ar1.h"

enum { SEEDS = 1000, QUANTITIES = 3 };

typedef struct {
    int chains, n;
    double phi;
    uint64_t seed; /* the first one: rows share no numbers */
    int8_t *hits;  /* [SEEDS][QUANTITIES] 0 outside, 1 within 95 %, 2 within 68 % */
} experiment;

static int8_t judge(double value, double error, double truth) {
    coverage one = {0, 0, 0};
    coverage_add(&one, value, error, truth);
    return (int8_t)(one.in_68 + one.in_95);
}

static void variance(void *context, const double *m, double *v) {
    (void)context;
    v[0] = m[1] - m[0] * m[0];
}

/* One seed: the mean, the mean by the tally, the variance by the jackknife. */
static temper_status one_seed(void *context, int64_t s) {
    const experiment *of = context;
    int64_t N = (int64_t)of->chains * of->n;
    double *x = malloc(3 * (size_t)N * sizeof *x), *moments = x + N, v, error;
    if (!x) return temper_fail(TEMPER_NO_MEMORY, "no room for %lld numbers", (long long)N);
    ar1(x, of->chains, of->n, of->phi, of->seed + (uint64_t)s);
    temper_estimate e, t;
    temper_tally all = {0};
    for (int c = 0; c < of->chains; c++) {
        temper_tally one = {0};
        for (int64_t i = c * (int64_t)of->n; i < (c + 1) * (int64_t)of->n; i++) {
            temper_tally_add(&one, x[i]);
            moments[2 * i] = x[i], moments[2 * i + 1] = x[i] * x[i];
        }
        temper_tally_merge(&all, &one);
    }
    temper_tally_estimate(&all, &t);
    temper_status status = temper_estimate_mean(x, of->chains, of->n, &e);
    if (!status) status = temper_jackknife(moments, of->chains, of->n, 2, variance, NULL, 1, &v, &error);
    if (!status) {
        of->hits[s * QUANTITIES] = judge(e.mean, e.error, 0);
        of->hits[s * QUANTITIES + 1] = judge(t.mean, t.error, 0);
        of->hits[s * QUANTITIES + 2] = judge(v, error, ar1_variance(of->phi));
    }
    free(x);
    return status;
}

static void row(int chains, int n, double phi) {
    static int8_t hits[SEEDS * QUANTITIES];
    static uint64_t seed = 500000;
    experiment of = {chains, n, phi, seed += SEEDS, hits};
    CHECK_OK(temper_parallel(SEEDS, one_seed, &of));
    double ess = chains * (double)n / (2 * ar1_tau(phi));
    printf("%6d %6d %6.2f %8.0f ", chains, n, phi, ess);
    for (int q = 0; q < QUANTITIES; q++) {
        double in_68 = 0, in_95 = 0;
        for (int s = 0; s < SEEDS; s++) {
            in_68 += 100.0 * (hits[s * QUANTITIES + q] == 2) / SEEDS;
            in_95 += 100.0 * (hits[s * QUANTITIES + q] >= 1) / SEEDS;
        }
        printf("  %5.1f %5.1f", in_68, in_95);
        if (q == 0 && ess >= 60)
            CHECK(in_68 > 63 && in_68 < 73 && in_95 > 92 && in_95 < 98, "mean: %.1f %% and %.1f %%", in_68,
                  in_95);
        else if (ess >= 200)
            CHECK(in_68 > 61 && in_68 < 75 && in_95 > 90.5 && in_95 < 98, "quantity %d: %.1f %% and %.1f %%",
                  q, in_68, in_95);
    }
    printf("\n");
    fflush(stdout);
}

static void table(void) {
    const int shapes[][2] = {{4, 2000}, {1, 2000}, {16, 500}, {4, 300}, {64, 50}};
    const double phis[] = {-0.5, 0, 0.5, 0.9, 0.99};
    printf(
        "chains      n    phi      ess     mean         tally        variance (68 %% and 95 %% intervals)\n");
    for (int k = 0; k < 5; k++)
        for (int j = 0; j < 5; j++) row(shapes[k][0], shapes[k][1], phis[j]);
}

int main(void) {
    RUN(table);
    return check_end();
}
