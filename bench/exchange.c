/* What parallel tempering costs: exchange steps against the summed speed of its replicas, which the same chains reach
 * when nobody interrupts them. One thread, processor time, minimum of 9 runs taken in turns. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "temper/temper.h"

enum { RUNGS = 16, SWEEPS = 4000, RUNS = 9 };

static double seconds(clock_t begin) { return (double)(clock() - begin) / CLOCKS_PER_SEC; }

static double sum_of_replicas(const temper_team *team) {
    clock_t begin = clock();
    temper_sampler_advance(team->sampler, team->chains, team->n, SWEEPS);
    return seconds(begin);
}

static double exchange(const temper_ensemble *ensemble, temper_team *team, int sweeps) {
    bool done = false;
    clock_t begin = clock();
    for (int k = 0; k < SWEEPS / sweeps; k++, team->step++) ensemble->type->step(ensemble->self, team, &done);
    return seconds(begin);
}

static int row(const char *text, int sweeps) {
    char name[64];
    double T[RUNGS], alone = 1e9, swapping = 1e9;
    temper_ensemble *ensemble;
    temper_system *system;
    temper_sampler *sampler;
    temper_plan plan;
    for (int r = 0; r < RUNGS; r++) T[r] = 1.6 + 0.12 * r;
    snprintf(name, sizeof name, "exchange:sweeps=%d", sweeps);
    if (temper_ensemble_create(&ensemble, name) || temper_system_create(&system, text) ||
        temper_sampler_create(&sampler, "metropolis"))
        return 1;
    temper_team team = {system, sampler, NULL, 0, 1, T, RUNGS, 1, 0, NULL};
    if (ensemble->type->plan(ensemble->self, &team, &plan)) return 1;
    team.n = plan.chains;
    team.chains = calloc((size_t)team.n, sizeof *team.chains);
    team.state = calloc((size_t)plan.states, sizeof *team.state);
    for (int c = 0; c < team.n; c++)
        if (temper_chain_create(&team.chains[c], system, sampler, 1, (uint32_t)c)) return 1;
    if (ensemble->type->begin(ensemble->self, &team)) return 1;
    for (int run = 0; run < RUNS; run++) {
        double a = sum_of_replicas(&team), b = exchange(ensemble, &team, sweeps);
        if (a < alone) alone = a;
        if (b < swapping) swapping = b;
    }
    double updates = 1e-9 * SWEEPS * team.n * system->n;
    printf("%-32s sweeps=%-3d alone %.3f spins/ns  exchange %.3f spins/ns  share %.2f\n", text, sweeps,
           updates / alone, updates / swapping, alone / swapping);
    for (int c = 0; c < team.n; c++) temper_chain_free(team.chains[c]);
    free(team.chains), free(team.state);
    temper_sampler_free(sampler), temper_system_free(system), temper_ensemble_free(ensemble);
    return 0;
}

int main(void) {
    if (temper_threads(1)) return 1;
    return row("ising:dims=32x32", 1) || row("ising:dims=32x32", 5) || row("ising:dims=64x64", 1) ||
           row("spin_glass:dims=8x8x8", 1) || row("sk:n=256", 1);
}
