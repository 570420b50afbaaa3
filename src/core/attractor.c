#include "core/attractor.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/spin_states.h"

enum { PACKED_BITS = 26 };

temper_status temper_attractor_build(temper_attractor *net, int64_t n) {
    *net = (temper_attractor){n, temper_alloc((size_t)(n * n), sizeof *net->J),
                              temper_alloc((size_t)n, sizeof *net->self),
                              temper_alloc((size_t)n, sizeof *net->h), 1};
    if (net->J && net->self && net->h) return TEMPER_OK;
    temper_attractor_clear(net);
    return TEMPER_NO_MEMORY;
}

void temper_attractor_clear(temper_attractor *net) {
    temper_release(net->J);
    temper_release(net->self);
    temper_release(net->h);
    *net = (temper_attractor){0};
}

/* To nearest; the sum over a pair's two entries is halved before it is rounded. */
temper_status temper_attractor_pack(temper_attractor *net, const float *theta, bool asymmetric) {
    int64_t n = net->n;
    float most = 0;
    int exponent = 0;
    for (int64_t k = 0; k < n * n + n; k++) {
        if (!(fabsf(theta[k]) <= 1e30f))
            return temper_fail(TEMPER_DIVERGED, "hopfield: parameter %lld is %g; legal: within ±1e30",
                               (long long)k, (double)theta[k]);
        if (k < n * n && fabsf(theta[k]) > most) most = fabsf(theta[k]);
    }
    frexp((double)most, &exponent);
    double scale = ldexp(1, PACKED_BITS - exponent);
    net->unit = 1 / scale;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++) {
            double out = (double)theta[j * n + i];
            if (!asymmetric) out = 0.5 * (out + (double)theta[i * n + j]);
            net->J[i * n + j] = i == j ? 0 : (int32_t)rint(out * scale);
        }
        net->self[i] = (int64_t)rint((double)theta[i * n + i] * scale);
        net->h[i] = (double)theta[n * n + i];
    }
    return TEMPER_OK;
}

static void push(const int32_t *restrict J, int64_t by, int64_t *restrict f, int64_t n) {
    for (int64_t j = 0; j < n; j++) f[j] += by * J[j];
}

void temper_attractor_fields(const temper_attractor *net, const int8_t *s, int64_t *f) {
    memset(f, 0, (size_t)net->n * sizeof *f);
    for (int64_t i = 0; i < net->n; i++) push(net->J + i * net->n, s[i], f, net->n);
}

void temper_attractor_flip(const temper_attractor *net, int8_t *s, int64_t *f, int64_t i) {
    s[i] = (int8_t)-s[i];
    push(net->J + i * net->n, 2 * s[i], f, net->n);
}

/* −E = ½ Σ_i s_i f_i + Σ_i h_i s_i; the first sum is an integer. */
double temper_attractor_energy(const temper_attractor *net, const int8_t *s, const int64_t *f) {
    int64_t pairs = 0;
    double fields = 0;
    for (int64_t i = 0; i < net->n; i++) {
        pairs += s[i] * f[i];
        fields += s[i] * net->h[i];
    }
    return -0.5 * (double)pairs * net->unit - fields;
}

/* ---- sum over all states ---- */

typedef struct {
    const temper_attractor *net;
    double beta, energy, *stat; /* stat may be NULL */
    int64_t f[TEMPER_SPIN_STATES_MAX];
} ledger;

static void begin(void *context, const int8_t *s) {
    ledger *l = context;
    temper_attractor_fields(l->net, s, l->f);
}

static void flip(void *context, const int8_t *s, int i) {
    ledger *l = context;
    push(l->net->J + i * l->net->n, 2 * s[i], l->f, l->net->n);
}

static double log_weight(void *context, const int8_t *s) {
    const ledger *l = context;
    return -l->beta * temper_attractor_energy(l->net, s, l->f);
}

static void add(void *context, const int8_t *s, double p) {
    ledger *l = context;
    int64_t n = l->net->n;
    l->energy += p * temper_attractor_energy(l->net, s, l->f);
    for (int64_t i = 0; i < n && l->stat; i++) {
        for (int64_t j = 0; j < n; j++)
            if (i != j) l->stat[i * n + j] += 0.5 * p * s[i] * s[j];
        l->stat[n * n + i] += p * s[i];
    }
}

temper_status temper_attractor_exact(const temper_attractor *net, double beta, double *log_z, double *stat,
                                     double *energy) {
    int64_t n = net->n;
    if (n > TEMPER_SPIN_STATES_MAX)
        return temper_fail(TEMPER_CANNOT, "hopfield: %lld units are too many to enumerate; legal: at most %d",
                           (long long)n, TEMPER_SPIN_STATES_MAX);
    ledger l = {.net = net, .beta = beta, .stat = stat};
    temper_spin_states states = {(int)n, &l, begin, flip, log_weight, add};
    *log_z = temper_spin_states_sum(&states);
    if (stat) memset(stat, 0, (size_t)(n * n + n) * sizeof *stat);
    if (stat || energy) temper_spin_states_mean(&states, *log_z);
    if (energy) *energy = l.energy;
    return TEMPER_OK;
}

/* ---- pseudo-likelihood: ln p(s_i | others) = −ln(1 + exp(−2 s_i x_i)), x_i = f_i + h_i ---- */

/* d ln p_i/dx_i = 2 s_i/(1 + exp(2 s_i x_i)) =: g_i. J_ij is in x_i and J_ji by its half: both entries get ½(g_i s_j + g_j s_i). */
static void climb(const temper_attractor *net, const int8_t *s, const double *g, double w, float *grad) {
    int64_t n = net->n;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < n; j++)
            if (i != j) grad[i * n + j] += (float)(0.5 * w * (g[i] * s[j] + g[j] * s[i]));
        grad[n * n + i] += (float)(w * g[i]);
    }
}

temper_status temper_attractor_pseudo(const temper_attractor *net, const temper_rows_view *rows, double *out,
                                      float *grad) {
    int64_t n = net->n;
    double all = 0;
    char *block = temper_alloc((size_t)n, sizeof(int64_t) + sizeof(double) + 1);
    if (!block) return TEMPER_NO_MEMORY;
    int64_t *f = (int64_t *)(void *)block;
    double *g = (double *)(void *)(block + (size_t)n * sizeof *f);
    int8_t *s = (int8_t *)(block + (size_t)n * (sizeof *f + sizeof *g));
    for (int64_t r = 0; r < rows->n; r++) all += rows->weight ? rows->weight[r] : 1;
    for (int64_t r = 0; r < rows->n; r++) {
        for (int64_t i = 0; i < n; i++) s[i] = rows->X[r * rows->columns + i] > 0 ? 1 : -1;
        temper_attractor_fields(net, s, f);
        out[r] = 0;
        for (int64_t i = 0; i < n; i++) {
            double x = s[i] * ((double)f[i] * net->unit + net->h[i]), e = temper_exp(-2 * fabs(x));
            out[r] -= temper_log1p(e) + (x < 0 ? -2 * x : 0);
            g[i] = 2 * s[i] * (x < 0 ? 1 : e) / (1 + e);
        }
        if (grad) climb(net, s, g, (rows->weight ? rows->weight[r] : 1) / all, grad);
    }
    temper_release(block);
    return TEMPER_OK;
}
