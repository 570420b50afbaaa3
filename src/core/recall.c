#include "core/recall.h"
#include "base/memory.h"
#include "num/spins.h"

temper_status temper_recall_build(temper_recall_net *net, int64_t n, int64_t P) {
    *net = (temper_recall_net){n, P, temper_alloc((size_t)(n * P), 1),
                               temper_alloc((size_t)(n * P), sizeof(int16_t)),
                               temper_alloc((size_t)P, sizeof(int16_t))};
    if (net->xi && net->columns && net->M) return TEMPER_OK;
    temper_recall_clear(net);
    return TEMPER_NO_MEMORY;
}

void temper_recall_clear(temper_recall_net *net) {
    temper_release(net->xi);
    temper_release(net->columns);
    temper_release(net->M);
    *net = (temper_recall_net){0};
}

void temper_recall_draw(temper_recall_net *net, temper_stream of) {
    for (int64_t mu = 0; mu < net->P; mu++) {
        uint32_t word = 0;
        for (int64_t i = 0; i < net->n; i++) {
            if (i % 32 == 0) word = temper_word(of, TEMPER_FOR_DISORDER, mu, i / 32);
            net->xi[mu * net->n + i] = word >> (i % 32) & 1 ? 1 : -1;
            net->columns[i * net->P + mu] = net->xi[mu * net->n + i];
        }
    }
}

void temper_recall_rows(temper_stream of, int64_t n, int64_t P, float *X) {
    for (int64_t mu = 0; mu < P; mu++) {
        uint32_t word = 0;
        for (int64_t i = 0; i < n; i++) {
            if (i % 32 == 0) word = temper_word(of, TEMPER_FOR_DISORDER, mu, i / 32);
            X[mu * n + i] = word >> (i % 32) & 1 ? 1 : -1;
        }
    }
}

static void overlaps(temper_recall_net *net, const int8_t *s) {
    for (int64_t mu = 0; mu < net->P; mu++)
        net->M[mu] = (int16_t)temper_spins_dot(net->xi + mu * net->n, s, net->n);
}

/* N h_i; 16-bit products summed in 32 bits, a single instruction for pairs of them. */
static int32_t field(const temper_recall_net *net, const int8_t *s, int64_t i) {
    const int16_t *xi = net->columns + i * net->P;
    int32_t sum = 0;
    for (int64_t mu = 0; mu < net->P; mu++) sum += xi[mu] * net->M[mu];
    return sum - (int32_t)net->P * s[i];
}

int64_t temper_recall_unstable(temper_recall_net *net, int64_t mu) {
    const int8_t *s = net->xi + mu * net->n;
    int64_t wrong = 0;
    overlaps(net, s);
    for (int64_t i = 0; i < net->n; i++) wrong += field(net, s, i) * s[i] < 0;
    return wrong;
}

int64_t temper_recall_relax(temper_recall_net *net, int8_t *s, int64_t most, bool *settled) {
    int64_t sweeps = 0;
    *settled = false;
    overlaps(net, s);
    while (sweeps < most && !*settled) {
        *settled = true;
        for (int64_t i = 0; i < net->n; i++) {
            if (field(net, s, i) * s[i] >= 0) continue;
            s[i] = (int8_t)-s[i];
            const int16_t *xi = net->columns + i * net->P;
            for (int64_t mu = 0; mu < net->P; mu++) net->M[mu] = (int16_t)(net->M[mu] + 2 * s[i] * xi[mu]);
            *settled = false;
        }
        sweeps++;
    }
    return sweeps;
}
