/* The published model: CD25(500) has ln Z = 451.28 by annealed importance sampling, and a mean test log-likelihood of −86.34 nats (Salakhutdinov and Murray 2008; with their
 * images: 451.27 from the likelihood, ±0.1 by NumPy, shared/reference/boltzmann.md). */
#include <time.h>
#include "cd25.h"
#include "temper/evidence.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static temper_machine *load(void) {
    temper_machine *machine = NULL;
    temper_machine_io io = {.columns = CD25_VISIBLE};
    double *room = temper_alloc(CD25_VISIBLE * CD25_HIDDEN + CD25_VISIBLE + CD25_HIDDEN, sizeof *room);
    double *b = room + CD25_VISIBLE * CD25_HIDDEN, *c = b + CD25_VISIBLE;
    CHECK_OK(temper_machine_create(&machine, "rbm:hidden=500", &io));
    temper_machine_array at[3];
    if (machine && room && cd25_model(room, b, c) && temper_machine_find(machine, "W", at) &&
        temper_machine_find(machine, "b", at + 1) && temper_machine_find(machine, "c", at + 2)) {
        for (int i = 0; i < CD25_VISIBLE * CD25_HIDDEN; i++)
            machine->theta[at[0].offset + i] = (float)room[i];
        for (int i = 0; i < CD25_VISIBLE; i++) machine->theta[at[1].offset + i] = (float)b[i];
        for (int j = 0; j < CD25_HIDDEN; j++) machine->theta[at[2].offset + j] = (float)c[j];
        CHECK_OK(temper_machine_refresh(machine));
    }
    temper_release(room);
    return machine;
}

static void published(void) {
    enum { RUNS = 100, BETAS = 14500, PROBE = 40, SHORT = 1500 };
    if (!cd25_there()) SKIP("no ../shared/data/rbm");
    temper_machine *machine = load();
    float *train = cd25_images(true), *test = cd25_images(false);
    temper_rows_view training = {60000, CD25_VISIBLE, train, NULL},
                     testing = {10000, CD25_VISIBLE, test, NULL};
    CHECK(machine && train && test, "not loaded");
    if (machine && train && test) {
        temper_evidence z = {.log_z = NAN};
        temper_likelihood seen = {0}, score = {0};
        temper_evidence_plan plan = {.betas = BETAS, .runs = RUNS, .stream = {1, 0}, .rows = &training};
        temper_evidence none = {.log_z = 0};
        CHECK_OK(temper_evidence_likelihood(machine, &none, &testing, NULL, &score));
        CHECK_NEAR(score.mean, 364.9259,
                   1e-3);      /* of float32 weights; the reference's self-check of the load */
        double before = now(); /* a slow engine or a sanitizer takes a shorter path, and knows less */
        plan.betas = PROBE;
        CHECK_OK(temper_evidence_log_z(machine, TEMPER_EVIDENCE_AIS, &plan, &z));
        bool whole = (now() - before) * BETAS / PROBE < 30;
        plan.betas = whole ? BETAS : SHORT;
        before = now();
        CHECK_OK(temper_evidence_log_z(machine, TEMPER_EVIDENCE_AIS, &plan, &z));
        double seconds = now() - before;
        CHECK_OK(temper_evidence_likelihood(machine, &z, &testing, NULL, &seen));
        printf("  %s path: ln Z %.3f ± %.3f (%.2f … %.2f), ess %.1f, %.2f s; test %.3f ± %.3f\n",
               whole ? "whole" : "short", z.log_z, z.error, z.low, z.high, z.ess, seconds, seen.mean,
               seen.error);
        CHECK_NEAR(z.log_z, 451.28, whole ? 0.3 : 1.5);
        CHECK_NEAR(seen.mean, -86.34, whole ? 0.3 : 1.5);
        CHECK(z.error < (whole ? 0.3 : 1) && seen.error > z.error, "errors %g %g", z.error, seen.error);
    }
    temper_release(train);
    temper_release(test);
    temper_machine_free(machine);
}

int main(void) {
    RUN(published);
    return check_end();
}
