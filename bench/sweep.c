/* Rates of single-site sweeps in spin updates per nanosecond (proposed, accepted or not) on one thread.
 *
 *     bench_sweep                                              all rows
 *     bench_sweep anneal FILE READS SWEEPS BETA0 BETA1         one row: annealing as bench/peers/neal.py does it
 *
 * Time is processor time, and each rate the best of several runs: other work on the machine can only slow one down. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "temper/temper.h"

enum { RUNS = 7 };

static double now(void) { /* processor time: of this one thread, whatever else the machine does */
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void give_up(void) {
    fprintf(stderr, "bench_sweep: %s\n", temper_message());
    exit(1);
}

static void row(const char *label, const char *system_text, const char *sampler_text, double T,
                int64_t updates) {
    temper_system *system;
    temper_sampler *sampler;
    temper_chain *chain;
    if (temper_system_create(&system, system_text) || temper_sampler_create(&sampler, sampler_text) ||
        temper_sampler_suits(sampler, system) || temper_chain_create(&chain, system, sampler, 1, 0))
        give_up();
    int64_t sweeps = updates / temper_system_sites(system);
    if (sweeps < 1) sweeps = 1;
    chain->temperature = T;
    if (temper_sampler_advance(sampler, &chain, 1, sweeps)) give_up();
    chain->proposed = chain->accepted = 0;
    double best = 1e300;
    for (int k = 0; k < RUNS; k++) {
        double start = now();
        if (temper_sampler_advance(sampler, &chain, 1, sweeps)) give_up();
        double t = now() - start;
        if (t < best) best = t;
    }
    double rate = (double)chain->proposed / RUNS / best * 1e-9;
    printf("%-22s %-26s %-7s T=%-8.4g %8.4f spins/ns   accepted %.3f\n", label, sampler_text,
           temper_cpu_name(temper_cpu_level()), T, rate, (double)chain->accepted / (double)chain->proposed);
    fflush(stdout);
    temper_chain_free(chain);
    temper_sampler_free(sampler);
    temper_system_free(system);
}

static void square_lattices(void) {
    static const int sizes[] = {16, 64, 256, 1024, 2048};
    for (int level = 0; level <= (int)temper_cpu_best(); level++) {
        if (temper_cpu_cap(temper_cpu_name((temper_cpu)level))) give_up();
        for (int k = 0; k < 5; k++) {
            char system[64], label[64];
            snprintf(system, sizeof system, "ising:dims=%dx%d", sizes[k], sizes[k]);
            snprintf(label, sizeof label, "square L=%d", sizes[k]);
            row(label, system, "metropolis", 2.269185314213022, 20000000);
            if (k % 2 == 1) row(label, system, "heatbath", 2.269185314213022, 20000000);
        }
    }
    if (temper_cpu_cap("auto")) give_up();
}

/* A random graph of G-set's first family: 800 sites, every pair an edge with probability 0.06, w = 1. */
static char *random_graph(void) {
    enum { N = 800 };
    char *text = malloc(N * N), *end = text;
    int edges = 0;
    if (!text) exit(1);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) end += sprintf(text, "graph:text=%d %d", N, edges);
        for (int i = 0, k = 0; i < N; i++)
            for (int j = i + 1; j < N; j++, k++) {
                temper_stream stream = {1, 0};
                if (temper_uniform(stream, TEMPER_FOR_TESTS, 0, k) >= 0.06) continue;
                if (pass == 0)
                    edges++;
                else
                    end += sprintf(end, ";%d %d 1", i + 1, j + 1);
            }
    }
    return text;
}

static void other_systems(void) {
    static const char *const orders[] = {"metropolis:order=sequential", "metropolis:order=random",
                                         "heatbath:order=sequential"};
    for (int k = 0; k < 3; k++) row("square L=64", "ising:dims=64x64", orders[k], 2.269185314213022, 4000000);
    row("cubic L=16", "ising:dims=16x16x16", "metropolis", 4.511, 4000000);
    row("cubic L=16", "ising:dims=16x16x16", "metropolis:order=sequential", 4.511, 4000000);
    static const double T[] = {3, 1.1, 0.4};
    char *graph = random_graph();
    for (int k = 0; k < 3; k++) {
        row("EA 3-D +-J N=1000", "spin_glass:dims=10x10x10", "metropolis", T[k], 4000000);
        row("random d=48 N=800", graph, "metropolis", 4 * T[k], 4000000);
    }
    free(graph);
    for (int k = 0; k < 3; k++)
        row("SK N=1024", "sk:n=1024", "metropolis", k == 0 ? 2 : k == 1 ? 1 : 0.5, 1000000);
    row("Hopfield N=1000 P=50", "hopfield:n=1000,patterns=50", "metropolis", 0.5, 1000000);
    row("Hopfield N=1000 P=50", "hopfield:n=1000,patterns=50", "heatbath", 0.5, 1000000);
    row("Potts q=3 L=64", "potts:dims=64x64,q=3", "metropolis", 0.995, 2000000);
    row("Potts q=3 L=64", "potts:dims=64x64,q=3", "heatbath", 0.995, 2000000);
    row("square L=64", "ising:dims=64x64", "swendsen_wang", 2.269185314213022, 2000000);
    /* Wolff: proposals are the sites of clusters, so this is flipped sites per ns */
    row("square L=64", "ising:dims=64x64", "wolff", 2.269185314213022, 4000000);
    row("square L=256", "ising:dims=256x256", "wolff", 2.269185314213022, 20000000);
}

/* Every read anneals one chain, beta rising linearly, one sweep at each. */
static void anneal(const char *file, int reads, int sweeps, double beta0, double beta1) {
    char text[4096];
    temper_system *system;
    temper_sampler *sampler;
    double sum = 0, squares = 0, lowest = 0, best = 1e300;
    snprintf(text, sizeof text, "graph:file=%s", file);
    if (temper_system_create(&system, text) || temper_sampler_create(&sampler, "metropolis")) give_up();
    for (int run = 0; run < 3; run++) {
        double start = now();
        sum = squares = lowest = 0;
        for (int r = 0; r < reads; r++) {
            temper_chain *chain;
            if (temper_chain_create(&chain, system, sampler, 1, (uint32_t)r)) give_up();
            for (int k = 0; k < sweeps; k++) {
                double beta = beta0 + (beta1 - beta0) * k / (sweeps > 1 ? sweeps - 1 : 1);
                chain->temperature = 1 / beta;
                if (temper_sampler_advance(sampler, &chain, 1, 1)) give_up();
            }
            sum += chain->energy, squares += chain->energy * chain->energy;
            if (chain->energy < lowest) lowest = chain->energy;
            temper_chain_free(chain);
        }
        double t = now() - start;
        if (t < best) best = t;
    }
    double mean = sum / reads, error = sqrt((squares / reads - mean * mean) / reads);
    printf("%.6f %.6f %.6f %.6f\n", best, mean, error,
           lowest); /* seconds, mean energy and its error, lowest */
    temper_sampler_free(sampler);
    temper_system_free(system);
}

int main(int count, char **word) {
    if (temper_threads(1)) give_up();
    if (count == 7 && strcmp(word[1], "anneal") == 0) {
        anneal(word[2], atoi(word[3]), atoi(word[4]), atof(word[5]), atof(word[6]));
        return 0;
    }
    if (count > 1) {
        fprintf(stderr, "usage: bench_sweep [anneal FILE READS SWEEPS BETA0 BETA1]\n");
        return 2;
    }
    square_lattices();
    other_systems();
    return 0;
}
