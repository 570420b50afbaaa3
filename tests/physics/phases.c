/* A network that saw only temperatures far from the transition, and their phase, is undecided at T_c (Carrasquilla & Melko 2017): the
 * mean probability of order crosses 1/2 at T* with |T* − 2.269| < 0.1 for L = 16, where three seeds gave 2.306, 2.313 and 2.317. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "temper/run.h"

enum { POINTS = 13, EACH = 200 };

static void do_job(const char *verb, const char *const *options) {
    temper_job *job;
    temper_report *report = NULL;
    CHECK_OK(temper_job_create(&job, verb));
    for (int k = 0; options[k]; k += 2) CHECK_OK(temper_job_set(job, options[k], options[k + 1]));
    CHECK_OK(temper_job_run(job, NULL, &report));
    temper_report_free(report);
    temper_job_free(job);
}

static void crossing(void) {
    char folder[] = "/tmp/temper_phasesXXXXXX", run[64], table[64], line[256];
    double p[POINTS] = {0}, at = NAN;
    if (!mkdtemp(folder)) SKIP("no room in /tmp");
    snprintf(run, sizeof run, "%s/run", folder), snprintf(table, sizeof table, "%s/p.csv", folder);
    const char *train[] = {"data",     "ising:L=16,each=400,gap=0.4",
                           "model",    "mlp:100",
                           "dynamics", "adam",
                           "epochs",   "20",
                           "augment",  "blur=0.5",
                           "out",      run,
                           NULL};
    const char *predict[] = {"run", run,   "data", "ising:L=16,low=2,high=2.6,points=13,each=200,seed=2",
                             "out", table, NULL};
    do_job("train", train);
    do_job("predict", predict);
    FILE *file = fopen(table, "r");
    int rows = -1; /* the header */
    while (file && fgets(line, sizeof line, file)) {
        const char *last = strrchr(line, ',');
        if (rows >= 0 && rows < POINTS * EACH && last) p[rows / EACH] += atof(last + 1) / EACH;
        rows++;
    }
    if (file) fclose(file);
    CHECK(rows == POINTS * EACH, "%d rows", rows);
    CHECK(p[0] > 0.75 && p[POINTS - 1] < 0.25, "p(2.0) = %.2f, p(2.6) = %.2f", p[0], p[POINTS - 1]);
    for (int k = 1; k < POINTS && isnan(at); k++)
        if (p[k] < 0.5) at = 2 + 0.05 * (k - (0.5 - p[k]) / (p[k - 1] - p[k]));
    CHECK_NEAR(at, 2.269, 0.1);
    printf("  undecided at T = %.3f\n", at);
    char clean[96];
    snprintf(clean, sizeof clean, "rm -r %s", folder);
    CHECK(!system(clean), "%s", folder);
}

int main(void) {
    RUN(crossing);
    return check_end();
}
