/* The distribution P(q) of the overlap q = (1/N) Σ_i a_i b_i of two chains (G. Parisi, Phys. Rev. Lett. 50, 1946
 * (1983)): two peaks in a ferromagnet, a continuous part between them in a mean-field glass. A density: its sum times
 * the width 2/bins is 1. A q on the border of two bins counts half in each, so that a symmetric P(q) stays symmetric. */
#include <stdio.h>
#include <string.h>
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

typedef struct {
    int64_t bins;
} histogram;

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("overlap_histogram", system);
}

static int bins_of(const void *self, const temper_system *system) {
    (void)system;
    return (int)((const histogram *)self)->bins;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    int64_t bins = ((const histogram *)self)->bins, n = system->n;
    (void)energy;
    memset(raw, 0, (size_t)bins * sizeof *raw);
    /* q + 1 in units of 2/(N·bins), exactly; bin b holds N·b … N·(b+1) */
    int64_t place = (temper_spins_dot(s[0], s[1], n) + n) / 2 * bins, b = place / n;
    double density = (double)bins / 2;
    if (place % n || b == 0 || b == bins) {
        raw[b == bins ? b - 1 : b] = density;
    } else {
        raw[b - 1] = raw[b] = density / 2;
    }
}

static void label(const void *self, const temper_system *system, int k, char *text, size_t size) {
    double bins = (double)((const histogram *)self)->bins;
    (void)system;
    snprintf(text, size, "overlap_histogram[%+.4f]", (2 * k + 1 - bins) / bins); /* the bin's centre */
}

static const temper_option options[] = {{"bins", TEMPER_INT, offsetof(histogram, bins), "41", 1, 4096, NULL,
                                         "", "bins of equal width on q = −1 … 1"},
                                        {0}};

const temper_observable_type temper_observable_overlap_histogram = {
    .about = {"overlap_histogram", "density P(q) of the overlap of two chains, by bins of q",
              "G. Parisi, Phys. Rev. Lett. 50, 1946 (1983)", "bins=5", options, sizeof(histogram)},
    .on = "ising:dims=3x3",
    .configurations = 2,
    .suits = suits,
    .raw = bins_of,
    .measure = measure,
    .count = bins_of,
    .label = label};
