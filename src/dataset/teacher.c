/* Teacher and student: a network of the same kind as the one that learns makes the labels, so that the best possible answer
 * is known. Features and weights are standard normal, d = features, K = hidden:
 *
 *     f(x) = K^(−1/2) Σ_k tanh(w_k·x/√d) + noise·z,     label [f > 0], or f itself as the target.
 *
 * K = 1 with labels is the teacher perceptron, sign(w·x) (Gardner & Derrida 1989); K > 1 a soft committee. Addresses:
 * TEMPER_FOR_DISORDER of stream {seed, 0}, step 0 at index k·d + j for w_kj, step 1 at i·d + j for x_ij, step 2 at i for
 * z_i. The teacher sees x as the student does, rounded to float. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "data/samples.h"
#include "temper/stream.h"

typedef struct {
    int64_t n, features, hidden, seed;
    double noise;
    int output;
} teacher;

enum { W = 0, X = 1, Z = 2 }; /* steps */

static double field(const teacher *d, const double *w, const float *x) {
    double f = 0;
    for (int64_t k = 0; k < d->hidden; k++) {
        double sum = 0;
        for (int64_t j = 0; j < d->features; j++) sum += w[k * d->features + j] * x[j];
        f += temper_tanh(sum / sqrt((double)d->features));
    }
    return f / sqrt((double)d->hidden);
}

static temper_status fetch(const void *self, temper_samples *samples) {
    const teacher *d = self;
    const temper_stream stream = {(uint64_t)d->seed, 0};
    if (d->n > (INT64_C(1) << 31) / d->features)
        return temper_fail(TEMPER_BAD_OPTION,
                           "teacher: n=%lld with features=%lld; legal: at most 2^31 numbers", (long long)d->n,
                           (long long)d->features);
    temper_status bad = temper_samples_room(samples, (temper_bytes){"teacher", NULL, 0}, d->n, d->features);
    if (bad) return bad;
    size_t weights = (size_t)(d->hidden * d->features);
    double *w = temper_alloc(weights, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    if (d->output)
        samples->t = temper_alloc((size_t)d->n, sizeof *samples->t);
    else
        samples->y = temper_alloc((size_t)d->n, sizeof *samples->y);
    if (!samples->t && !samples->y) {
        temper_release(w);
        return TEMPER_NO_MEMORY;
    }
    samples->classes = d->output ? 0 : 2;
    samples->outputs = d->output ? 1 : 0;
    for (size_t k = 0; k < weights; k++) w[k] = temper_normal(stream, TEMPER_FOR_DISORDER, W, (int64_t)k);
    for (int64_t i = 0; i < d->n; i++) {
        float *x = samples->X + i * d->features;
        for (int64_t j = 0; j < d->features; j++)
            x[j] = (float)temper_normal(stream, TEMPER_FOR_DISORDER, X, i * d->features + j);
        double f = field(d, w, x) + d->noise * temper_normal(stream, TEMPER_FOR_DISORDER, Z, i);
        if (samples->t)
            samples->t[i] = f;
        else
            samples->y[i] = f > 0;
    }
    temper_release(w);
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(teacher, n), "1000", 1, 1e9, NULL, "rows", "number of examples"},
    {"features", TEMPER_INT, offsetof(teacher, features), "100", 1, 1e6, NULL, NULL,
     "d, the length of an example"},
    {"hidden", TEMPER_INT, offsetof(teacher, hidden), "1", 1, 1000, NULL, "units",
     "K, hidden units of the teacher; 1 is a perceptron"},
    {"noise", TEMPER_REAL, offsetof(teacher, noise), "0", 0, 1e6, NULL, NULL,
     "standard deviation of what is added to the teacher's field"},
    {"output", TEMPER_CHOICE, offsetof(teacher, output), "class", 0, 0, "class|field", NULL,
     "labels 0 and 1 by the sign of the field, or the field as a target"},
    {"seed", TEMPER_INT, offsetof(teacher, seed), "1", 0, 9e15, NULL, NULL, "of teacher and examples"},
    {0}};

const temper_dataset_type temper_dataset_teacher = {
    .about =
        {"teacher", "labels by the sign of f = K^(-1/2) Σ_k tanh(w_k·x/√d) + noise, x and w normal",
         "Gardner & Derrida, J. Phys. A 22, 1983 (1989); Seung, Sompolinsky & Tishby, PRA 45, 6056 (1992)",
         "n=20,features=5", options, sizeof(teacher)},
    .read = fetch,
};
