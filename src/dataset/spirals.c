/* Spirals wound into each other: two features, no line divides them. Point i lies on arm c = i mod arms at
 *
 *     r (cos φ, sin φ) + noise·(z₁, z₂),   φ/2π = turns·r + c/arms,   r = √u,
 *
 * so that the plane is evenly covered. u, z₁ and z₂ have addresses: TEMPER_FOR_DISORDER of stream {seed, 0}, step 0 at index
 * i and step 1 at 2i, 2i + 1. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "data/samples.h"
#include "temper/stream.h"

typedef struct {
    int64_t n, arms, seed;
    double turns, noise;
} spirals;

static temper_status fetch(const void *self, temper_samples *samples) {
    const spirals *d = self;
    const temper_stream stream = {(uint64_t)d->seed, 0};
    temper_status bad = temper_samples_room(samples, (temper_bytes){"spirals", NULL, 0}, d->n, 2);
    if (bad) return bad;
    if (!(samples->y = temper_alloc((size_t)d->n, sizeof *samples->y))) return TEMPER_NO_MEMORY;
    samples->classes = d->arms;
    for (int64_t i = 0; i < d->n; i++) {
        double r = sqrt(temper_uniform(stream, TEMPER_FOR_DISORDER, 0, i)), s, c;
        samples->y[i] = (int32_t)(i % d->arms);
        temper_sincos2pi(d->turns * r + (double)samples->y[i] / (double)d->arms, &s, &c);
        samples->X[2 * i] = (float)(r * c + d->noise * temper_normal(stream, TEMPER_FOR_DISORDER, 1, 2 * i));
        samples->X[2 * i + 1] =
            (float)(r * s + d->noise * temper_normal(stream, TEMPER_FOR_DISORDER, 1, 2 * i + 1));
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(spirals, n), "1000", 1, 1e9, NULL, "rows", "number of points"},
    {"arms", TEMPER_INT, offsetof(spirals, arms), "2", 2, 1000, NULL, NULL, "number of spirals, the classes"},
    {"turns", TEMPER_REAL, offsetof(spirals, turns), "1.5", 0, 1000, NULL, "turns",
     "how often an arm winds round"},
    {"noise", TEMPER_REAL, offsetof(spirals, noise), "0.02", 0, 1000, NULL, "outer radius",
     "standard deviation of each coordinate"},
    {"seed", TEMPER_INT, offsetof(spirals, seed), "1", 0, 9e15, NULL, NULL, "of the points"},
    {0}};

const temper_dataset_type temper_dataset_spirals = {
    .about = {"spirals",
              "x = r (cos φ, sin φ) + noise, φ/2π = turns·r + class/arms: classes that no line divides",
              "Lang & Witbrock, Proc. 1988 Connectionist Models Summer School, 52 (1988)", "n=20", options,
              sizeof(spirals)},
    .read = fetch,
};
