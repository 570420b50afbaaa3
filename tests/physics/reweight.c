/* Reweighting, from the option to the numbers, against Kaufman's exact torus (temper_theory ising2d, itself tested
 * against published values): one histogram, several at once, a ladder of exchange; and whether the error bars cover. */
#include <stdlib.h>
#include "base/json.h"
#include "base/memory.h"
#include "check.h"
#include "temper/run.h"
#include "temper/theory.h"

enum { QUANTITIES = 3, TEMPERATURES_MOST = 8 };
static const char *const names[QUANTITIES] = {"energy", "heat_capacity", "log_z_difference"};

typedef struct { /* of every temperature asked for */
    double T, ess, mean[QUANTITIES], error[QUANTITIES];
} row;

static double member(const temper_json_node *object, const char *name) {
    const temper_json_node *node = object ? temper_json_member(object, name) : NULL;
    return node && node->kind == TEMPER_JSON_NUMBER ? node->number : NAN;
}

/* Runs a job with options "name", "value", …, NULL; returns the number of rows. *warned: lines that begin with '!'. */
static int reweight(const char *const *options, row *rows, int *warned) {
    temper_job *job = NULL;
    temper_report *report = NULL;
    temper_json_node *tree = NULL;
    int n = 0;
    temper_status bad = temper_job_create(&job, "sample");
    for (int k = 0; !bad && options[k]; k += 2) bad = temper_job_set(job, options[k], options[k + 1]);
    if (!bad) bad = temper_job_run(job, NULL, &report);
    if (!bad) bad = temper_json_read(temper_report_json(report), strlen(temper_report_json(report)), &tree);
    CHECK(!bad, "%s", temper_message());
    const temper_json_node *all = bad ? NULL : temper_json_member(tree, "reweighted");
    for (const temper_json_node *r = all ? all->child : NULL; r && n < TEMPERATURES_MOST; r = r->next, n++) {
        rows[n].T = member(r, "temperature"), rows[n].ess = member(r, "ess");
        for (int q = 0; q < QUANTITIES; q++) {
            const temper_json_node *one = temper_json_member(temper_json_member(r, "observables"), names[q]);
            rows[n].mean[q] = member(one, "mean"), rows[n].error[q] = member(one, "error");
        }
    }
    *warned = 0;
    for (const char *p = bad ? "" : temper_report_text(report); (p = strstr(p, "\n! ")); p++) ++*warned;
    temper_release(tree);
    temper_report_free(report);
    temper_job_free(job);
    return n;
}

/* Energy, heat capacity and [ln Z(T) − ln Z(first)]/N = −F/T + F_0/T_0. */
static void exact(const char *text, double T, double first, double truth[QUANTITIES]) {
    temper_theory *theory;
    double values[32], F[2];
    CHECK_OK(temper_theory_create(&theory, text));
    for (int pass = 0; pass < 2; pass++) {
        CHECK_OK(temper_theory_at(theory, pass ? T : first, values));
        for (int f = 0; f < temper_theory_fields(theory); f++) {
            const char *field = temper_theory_field(theory, f);
            if (!strcmp(field, "free_energy")) F[pass] = values[f];
            if (!strcmp(field, "energy")) truth[0] = values[f];
            if (!strcmp(field, "heat_capacity")) truth[1] = values[f];
        }
    }
    truth[2] = F[0] / first - F[1] / T;
    temper_theory_free(theory);
}

static void compare(const char *const *options, double first, int want, const double errors[QUANTITIES]) {
    row rows[TEMPERATURES_MOST];
    int warned, n = reweight(options, rows, &warned);
    CHECK(n == want && !warned, "%d rows, want %d; %d warnings", n, want, warned);
    for (int t = 0; t < n; t++) {
        double truth[QUANTITIES];
        exact("ising2d:dims=16x16", rows[t].T, first, truth);
        CHECK(rows[t].ess > 1000, "ESS %g at T = %g", rows[t].ess, rows[t].T);
        for (int q = 0; q < QUANTITIES; q++) {
            double z = (rows[t].mean[q] - truth[q]) / rows[t].error[q];
            CHECK(fabs(z) < 4.5, "%s at T = %g: %.9g ± %.2g, exactly %.9g, z = %.2f", names[q], rows[t].T,
                  rows[t].mean[q], rows[t].error[q], truth[q], z);
            CHECK(rows[t].error[q] < errors[q], "%s at T = %g: error %.2g is not below %.2g", names[q],
                  rows[t].T, rows[t].error[q], errors[q]);
        }
    }
}

static void several_histograms(void) {
    const char *options[] = {"system",   "ising:dims=16x16", "temperature", "2.1,2.27,2.5",
                             "sampler",  "metropolis+wolff", "sweeps",      "10000",
                             "reweight", "2.15,2.2,2.3,2.4", "observe",     "abs_magnetisation",
                             NULL};
    compare(options, 2.1, 4, (const double[]){0.002, 0.012, 1e-4});
}

static void one_histogram(void) {
    const char *options[] = {"system",   "ising:dims=16x16", "temperature", "2.27",
                             "sampler",  "heatbath+wolff",   "sweeps",      "10000",
                             "reweight", "2.24,2.3",         NULL};
    compare(options, 2.27, 2, (const double[]){0.003, 0.02, 1e-4});
}

static void a_ladder(void) {
    const char *options[] = {"system",   "ising:dims=16x16", "temperature", "2.0:2.7:8",
                             "sampler",  "metropolis",       "sweeps",      "10000",
                             "reweight", "2.05,2.25,2.69",   "ensemble",    "exchange:adapt=100",
                             NULL};
    compare(options, 2.0, 3, (const double[]){0.006, 0.05, 4e-4});
}

/* Where histograms don't reach: a line that begins with '!', and no error that pretends. */
static void out_of_reach(void) {
    const char *far[] = {"system", "ising:dims=16x16", "temperature", "2.27", "sweeps",
                         "500",    "reweight",         "3.5",         NULL};
    const char *gap[] = {"system", "ising:dims=8x8", "temperature", "1,5", "sweeps",
                         "1000",   "reweight",       "1.05,5.2",    NULL};
    row rows[TEMPERATURES_MOST];
    int warned;
    double truth[QUANTITIES];
    CHECK(reweight(far, rows, &warned) == 1 && warned >= 2, "%d warnings", warned);
    CHECK(rows[0].ess < 50, "ESS %g", rows[0].ess);
    CHECK(reweight(gap, rows, &warned) == 2 && warned >= 1, "%d warnings", warned);
    exact("ising2d:dims=8x8", 5.2, 1, truth);
    CHECK_NEAR(rows[1].mean[0], truth[0], 4.5 * rows[1].error[0]);
    CHECK(isfinite(rows[0].error[2]), "ln Z at T = 1.05 has an error");
    CHECK(isnan(rows[1].error[2]), "ln Z across the gap: error %g, want none", rows[1].error[2]);
}

/* Over independent seeds z = (mean − exact)/error has mean square 1 and covers 68 % (Metropolis, tau ≈ 10 sweeps). */
static void cover(const char *ensemble, const char *temperature, const char *to, double first) {
    enum { SEEDS = 60 };
    double truth[QUANTITIES], squares[QUANTITIES] = {0}, sum[QUANTITIES] = {0};
    int within[QUANTITIES] = {0};
    exact("ising2d:dims=8x8", atof(to), first, truth);
    for (int seed = 1; seed <= SEEDS; seed++) {
        char text[16];
        snprintf(text, sizeof text, "%d", seed);
        const char *options[] = {
            "system", "ising:dims=8x8", "temperature", temperature, "sweeps", "2000", "reweight", to, "seed",
            text,     "ensemble",       ensemble,      "observe",   "energy", NULL};
        row rows[TEMPERATURES_MOST];
        int warned;
        if (reweight(options, rows, &warned) != 1) return;
        for (int q = 0; q < QUANTITIES; q++) {
            double z = (rows[0].mean[q] - truth[q]) / rows[0].error[q];
            squares[q] += z * z / SEEDS, sum[q] += z / sqrt(SEEDS), within[q] += fabs(z) < 1;
        }
    }
    for (int q = 0; q < QUANTITIES; q++) {
        double share = (double)within[q] / SEEDS;
        printf("  %s, %s from %s to %s: mean z² %.2f, 68 %% covers %.0f %%, bias %.1f\n",
               *ensemble ? ensemble : "alone", names[q], temperature, to, squares[q], 100 * share, sum[q]);
        CHECK_NEAR(squares[q], 1, 4.5 * sqrt(2.0 / SEEDS)); /* the variance of χ²₁ is 2 */
        CHECK_NEAR(share, 0.6827, 4.5 * sqrt(0.6827 * 0.3173 / SEEDS));
        CHECK_NEAR(sum[q], 0, 4.5);
    }
}

static void error_bars_cover(void) {
    cover("", "2.1,2.27,2.5", "2.35", 2.1);
    cover("", "2.27", "2.3", 2.27);
    cover("exchange", "2.1,2.27,2.5", "2.35", 2.1);
}

int main(void) {
    RUN(several_histograms);
    RUN(one_histogram);
    RUN(a_ladder);
    RUN(out_of_reach);
    RUN(error_bars_cover);
    return check_end();
}
