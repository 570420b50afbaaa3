/* How many labellings a perceptron learns: by experiment, beside Cover's theorem (IEEE Trans. Electron. Comput. 14, 326 (1965)). */
#include <math.h>
#include "base/memory.h"
#include "core/perceptron.h"
#include "temper/memories.h"
#include "temper/parallel.h"

typedef struct {
    int64_t P, N, epochs;
    temper_stream stream;
    double *mistakes; /* [trials], −1: not learned */
} experiment;

/* N Gaussian inputs and no bias: in general position with probability 1, which ±1 inputs are not. */
static temper_status try_one(void *context, int64_t t) {
    const experiment *e = context;
    int64_t N = e->N, P = e->P;
    temper_stream of = {e->stream.seed, e->stream.chain + (uint32_t)t};
    double *x = temper_alloc((size_t)(P * N + N), sizeof *x), *w = x + P * N, count = 0;
    if (!x) return TEMPER_NO_MEMORY;
    for (int64_t mu = 0; mu < P; mu++) { /* y x instead of x: what is asked is w·x > 0 */
        double y = temper_word(of, TEMPER_FOR_VALUES, 0, mu) & 1 ? 1 : -1;
        for (int64_t k = 0; k < N; k++) x[mu * N + k] = y * temper_normal(of, TEMPER_FOR_DISORDER, mu, k);
    }
    e->mistakes[t] = -1;
    for (int64_t epoch = 0; epoch < e->epochs; epoch++) {
        double before = count;
        for (int64_t mu = 0; mu < P; mu++) {
            const double *row = x + mu * N;
            double field = 0;
            for (int64_t k = 0; k < N; k++) field += w[k] * row[k];
            if (field > 0) continue;
            count++;
            for (int64_t k = 0; k < N; k++) w[k] += row[k];
        }
        if (count > before) continue;
        e->mistakes[t] = count;
        break;
    }
    temper_release(x);
    return TEMPER_OK;
}

temper_status temper_perceptron_dichotomies(int64_t P, int64_t N, int64_t trials, int64_t epochs,
                                            temper_stream stream, temper_dichotomies *out) {
    if (P < 1 || N < 1 || trials < 1 || epochs < 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "dichotomies: P=%lld, N=%lld, trials=%lld, epochs=%lld; legal: all at least 1",
                           (long long)P, (long long)N, (long long)trials, (long long)epochs);
    experiment e = {P, N, epochs, stream, temper_alloc((size_t)trials, sizeof(double))};
    if (!e.mistakes) return TEMPER_NO_MEMORY;
    temper_status bad = temper_parallel(trials, try_one, &e);
    *out = (temper_dichotomies){.trials = trials, .cover = temper_cover(P, N)};
    for (int64_t t = 0; t < trials; t++) {
        if (e.mistakes[t] < 0) continue;
        out->learned++;
        out->mistakes += e.mistakes[t];
    }
    out->share = (double)out->learned / (double)trials;
    /* half a success and half a failure more: none in n trials is no certainty */
    double p = ((double)out->learned + 0.5) / (double)(trials + 1);
    out->error = sqrt(p * (1 - p) / (double)trials);
    out->mistakes = out->learned ? out->mistakes / (double)out->learned : NAN;
    temper_release(e.mistakes);
    return bad;
}
