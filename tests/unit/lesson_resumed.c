/* What a lesson keeps between updates is either in a checkpoint or can be made again: a lesson that forgets its caches goes on as if nothing
 * had been. And what does belong to an update: hidden units of the data that have settled, Adam's count of its own steps. */
#include <math.h>
#include <string.h>
#include "lesson_rig.h"

enum { V = 4, N = 16 };

static temper_method *method_of(const char *text) {
    temper_method *m = NULL;
    CHECK_OK(temper_method_create(&m, text));
    return m;
}

/* Clamping noise is new in every update, so the statistics of the data are, though all rows are in the batch. */
static void noisy_clamping(void) {
    float X[N * V], theta[64] = {0};
    random_rows(X, N * V);
    for (int k = 0; k < N * V; k++) X[k] = X[k] > 0 ? 1 : 0;
    for (int forgets = 0; forgets < 2; forgets++) {
        temper_machine *m = machine_of("boltzmann", V, 0);
        temper_method *method = method_of("annealed:drop=0.15,rise=0.05,anneal=1@1,collect=2");
        const temper_lesson_plan plan = {
            .rows = {N, V, X, NULL}, .batch = N, .stream = {1, 0}, .gradient = TEMPER_CENTRED};
        temper_lesson *l = lesson_of(m, method, plan);
        for (int u = 0; u < 4; u++) {
            CHECK_OK(temper_lesson_learn(l, 1));
            if (forgets) l->data_known = l->clamped = false; /* as a checkpoint does */
        }
        if (!forgets) memcpy(theta, m->theta, (size_t)m->parameters * sizeof *theta);
        CHECK(!memcmp(theta, m->theta, (size_t)m->parameters * sizeof *theta), "other weights");
        temper_lesson_free(l);
        temper_method_free(method);
        temper_machine_free(m);
    }
}

/* Coupled hidden units of the data come to equilibrium in replay as in pcd. */
static void positive_phase(void) {
    float X[N * V];
    double mean[2] = {0, 0};
    for (int k = 0; k < N * V; k++) X[k] = (float)((k / V + k % V) % 3 == 0);
    for (int p = 0; p < 2; p++) {
        temper_machine *m = machine_of("boltzmann:hidden=3", V, 1.5);
        temper_method *method = method_of(p ? "pcd" : "replay:buffer=16");
        const temper_lesson_plan plan = {.rows = {N, V, X, NULL}, .batch = N, .stream = {1, 0}, .rate = 1e-9};
        temper_lesson *l = lesson_of(m, method, plan);
        for (int u = 0; u < 200; u++) {
            CHECK_OK(temper_lesson_learn(l, 1));
            for (int64_t k = 0; k < m->parameters; k++)
                mean[p] += (double)(1 + k % 5) * (double)l->data_stat[k] / 200;
        }
        temper_lesson_free(l);
        temper_method_free(method);
        temper_machine_free(m);
    }
    CHECK_NEAR(mean[0], mean[1], 0.05);
}

/* Adam whose memory was emptied at update 5 begins with a step of the rate, as in update 0. */
static void reborn(void) {
    float X[N * V];
    random_rows(X, N * V);
    for (int k = 0; k < N * V; k++) X[k] = X[k] > 0 ? 1 : 0;
    temper_machine *m = machine_of("boltzmann", V, 0);
    const temper_lesson_plan plan = {
        .rows = {N, V, X, NULL}, .batch = N, .rate = 0.125, .optimiser = TEMPER_ADAM};
    temper_lesson *l = lesson_of(m, &told, plan);
    for (int k = 0; k < 4; k++) wanted[k] = 1;
    CHECK_OK(temper_lesson_learn(l, 5));
    memset(l->velocity, 0, 2 * (size_t)m->parameters * sizeof *l->velocity);
    l->born = l->clock;
    const float before = m->theta[0];
    CHECK_OK(temper_lesson_learn(l, 1));
    CHECK_NEAR(m->theta[0] - before, 0.125, 1e-6);
    temper_lesson_free(l);
    temper_machine_free(m);
}

int main(void) {
    RUN(noisy_clamping);
    RUN(positive_phase);
    RUN(reborn);
    return check_end();
}
