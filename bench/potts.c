/* Gibbs sweeps of Potts machines on one core: site updates per second at every level, kernel alone and with random numbers. Best of some. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "temper/cpu.h"
#include "temper/machine.h"
#include "temper/parallel.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(int64_t V, int64_t q, int64_t chains, const char *level) {
    const temper_machine_io io = {.columns = V, .states = q};
    temper_machine *m;
    temper_flock *flock;
    double best = 1e9, counted = 1e9;
    if (temper_cpu_cap(level) || temper_machine_create(&m, "maxent", &io)) return;
    for (int64_t p = 0; p < m->parameters; p++)
        m->theta[p] = (float)(0.05 * temper_uniform((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, p));
    float *stat = calloc((size_t)m->parameters, sizeof *stat);
    if (stat && !temper_machine_refresh(m) &&
        !temper_flock_create(&flock, m, chains, (temper_stream){1, 0})) {
        for (int k = 0; k < 12; k++) {
            double t = now();
            temper_flock_sweep(flock, 2);
            t = (now() - t) / 2;
            best = t < best ? t : best;
        }
        for (int k = 0; k < 3; k++) {
            double t = now();
            m->type->statistics(flock, chains, NULL, 1, stat);
            t = now() - t;
            counted = t < counted ? t : counted;
        }
        printf("%-7s L=%lld q=%lld chains=%lld: %6.2f M site updates/s, statistics %.2f ms\n", level,
               (long long)V, (long long)q, (long long)chains, (double)(V * chains) / best / 1e6,
               counted * 1e3);
        temper_flock_free(flock);
    }
    free(stat);
    temper_machine_free(m);
}

int main(void) {
    static const char *const levels[] = {"ref", "avx2", "avx512"};
    temper_threads(1);
    for (int l = 0; l < 3; l++) measure(136, 5, 1000, levels[l]);
    for (int l = 0; l < 3; l++) measure(53, 21, 1000, levels[l]);
    for (int l = 0; l < 3; l++) measure(96, 21, 1000, levels[l]);
    for (int l = 0; l < 3; l++) measure(256, 2, 1000, levels[l]);
    return 0;
}
