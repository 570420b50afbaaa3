/* Losses on the outputs z of a network, their slopes, and the tangents of these.
 *
 * The loss of a sample is summed in double from outputs that are real. Cross entropy with e_k = exp(z_k − max z) and
 * rest = Σ_{k≠y} e_k is written so that nothing cancels when the network is sure of the right class:
 *
 *     −ln p_y = ln(1 + (rest + (e_y − 1))) + max z − z_y,     p_y − 1 = −rest/Σ e.
 *
 * The entropy of the forecast (Pereyra et al. 2017) needs z̃_k = z_k − max z and B = Σ p_k z̃_k alone, and is a sum of two positive parts:
 *
 *     H = ln Σ e − B,     ∂(−βH)/∂z_k = β p_k (z̃_k − B).
 *
 * Lanes beyond the samples get zero adjoints whatever their outputs are: from here on no padding is felt. */
#include "base/elementary.h"
#include "network/engine.h"

typedef struct { /* one block of samples */
    const temper_net_kernels *kernel;
    int64_t outputs;
    int lanes;             /* that hold samples */
    const int32_t *y;      /* [lanes] */
    const double *t;       /* [lanes][targets] */
    const real *z, *z_dot; /* [outputs][16]; z_dot may be NULL */
    real *bar, *bar_dot;   /* adjoints [outputs][16], or NULL; bar_dot goes with z_dot */
    double smoothing, confidence, scale;
    double loss[LANES];
} batch_block;

/* For each lane: the largest output. */
static void largest(const batch_block *u, real top[LANES]) {
    for (int l = 0; l < LANES; l++) top[l] = u->z[l];
    for (int64_t k = 1; k < u->outputs; k++)
        for (int l = 0; l < LANES; l++) {
            real z = u->z[k * LANES + l];
            top[l] = z > top[l] ? z : top[l];
        }
}

typedef struct { /* of each lane: max z, Σ_{k≠y} e_k, e_y, Σ_k z̃_k, Σ_k e_k z̃_k */
    real top[LANES];
    double rest[LANES], own[LANES], depth[LANES], mean_depth[LANES];
} softmax_sums;

/* The sums; and e_k into the adjoints, if there are any. */
static void sum_up(const batch_block *u, softmax_sums *sums) {
    real e[LANES], below[LANES], *top = sums->top;
    double *rest = sums->rest, *own = sums->own, *depth = sums->depth, *mean = sums->mean_depth;
    largest(u, top);
    for (int l = 0; l < LANES; l++) rest[l] = own[l] = depth[l] = mean[l] = 0;
    for (int64_t k = 0; k < u->outputs; k++) {
        for (int l = 0; l < LANES; l++) below[l] = u->z[k * LANES + l] - top[l];
        u->kernel->exp(LANES, below, e);
        for (int l = 0; l < LANES; l++) {
            bool right = l < u->lanes && u->y[l] == k;
            rest[l] += right ? 0 : (double)e[l];
            own[l] = right ? (double)e[l] : own[l];
            depth[l] += (double)below[l];
            mean[l] += (double)e[l] * (double)below[l];
            if (u->bar) u->bar[k * LANES + l] = e[l];
        }
    }
}

/* Adjoints (p − target)·scale from the e_k that lie in their place; tangents ṗ·scale, ṗ = p (ż − Σ p ż). */
static void cross_entropy_slope(const batch_block *u, const softmax_sums *sums) {
    const double *rest = sums->rest;
    double whole[LANES], drift[LANES] = {0}, wrong = u->smoothing / (double)u->outputs;
    for (int l = 0; l < LANES; l++) whole[l] = 1 / (rest[l] + sums->own[l]);
    for (int64_t k = 0; k < u->outputs && u->z_dot; k++)
        for (int l = 0; l < LANES; l++)
            drift[l] += (double)u->bar[k * LANES + l] * whole[l] * (double)u->z_dot[k * LANES + l];
    for (int64_t k = 0; k < u->outputs; k++)
        for (int l = 0; l < u->lanes; l++) {
            double p = (double)u->bar[k * LANES + l] * whole[l];
            double off = u->y[l] == k ? u->smoothing - rest[l] * whole[l] : p;
            u->bar[k * LANES + l] = (real)((off - wrong) * u->scale);
            if (u->z_dot)
                u->bar_dot[k * LANES + l] =
                    (real)(p * ((double)u->z_dot[k * LANES + l] - drift[l]) * u->scale);
        }
}

/* The same with −β H: to p_k comes β p_k c_k, c_k = z̃_k − B; to ṗ_k/p_k = ż_k − Σ p ż =: a_k comes β (a_k (c_k + 1) − Σ_j p_j a_j z̃_j). */
static void penalised_slope(const batch_block *u, const softmax_sums *sums) {
    double whole[LANES], drift[LANES] = {0}, turn[LANES] = {0}, beta = u->confidence;
    double wrong = u->smoothing / (double)u->outputs;
    for (int l = 0; l < LANES; l++) whole[l] = 1 / (sums->rest[l] + sums->own[l]);
    for (int64_t k = 0; k < u->outputs && u->z_dot; k++)
        for (int l = 0; l < u->lanes; l++) {
            double flow = (double)u->bar[k * LANES + l] * whole[l] * (double)u->z_dot[k * LANES + l];
            drift[l] += flow;
            turn[l] += flow * (double)(u->z[k * LANES + l] - sums->top[l]);
        }
    for (int64_t k = 0; k < u->outputs; k++)
        for (int l = 0; l < u->lanes; l++) {
            int64_t at = k * LANES + l;
            double p = (double)u->bar[at] * whole[l], B = sums->mean_depth[l] * whole[l];
            double off = u->y[l] == k ? u->smoothing - sums->rest[l] * whole[l] : p;
            double c = (double)(u->z[at] - sums->top[l]) - B;
            u->bar[at] = (real)((off - wrong + beta * p * c) * u->scale);
            if (!u->z_dot) continue;
            double a = (double)u->z_dot[at] - drift[l];
            u->bar_dot[at] = (real)(p * (a + beta * (a * (c + 1) - (turn[l] - drift[l] * B))) * u->scale);
        }
}

static void cross_entropy(batch_block *u) {
    softmax_sums sums;
    double wrong = u->smoothing / (double)u->outputs;
    sum_up(u, &sums);
    for (int l = 0; l < u->lanes; l++) {
        double log_sum = temper_log1p(sums.rest[l] + (sums.own[l] - 1));
        double right = (double)sums.top[l] - (double)u->z[u->y[l] * LANES + l];
        u->loss[l] = log_sum + (1 - u->smoothing) * right;
        if (u->smoothing > 0) u->loss[l] -= wrong * sums.depth[l];
        if (u->confidence > 0)
            u->loss[l] -= u->confidence * (log_sum - sums.mean_depth[l] / (sums.rest[l] + sums.own[l]));
    }
    if (!u->bar) return;
    if (u->confidence > 0)
        penalised_slope(u, &sums);
    else
        cross_entropy_slope(u, &sums);
}

static void squared(batch_block *u) {
    for (int l = 0; l < u->lanes; l++) u->loss[l] = 0;
    for (int64_t k = 0; k < u->outputs; k++)
        for (int l = 0; l < u->lanes; l++) {
            int64_t at = k * LANES + l;
            double off = (double)u->z[at] - u->t[l * u->outputs + k];
            u->loss[l] += 0.5 * off * off;
            if (u->bar) u->bar[at] = (real)(off * u->scale);
            if (u->z_dot) u->bar_dot[at] = (real)((double)u->z_dot[at] * u->scale);
        }
}

/* Means m are the first half of the outputs, v = ln variance the second: ((m − t)² e^{−v} + v + ln 2π)/2. */
static void gaussian(batch_block *u) {
    int64_t targets = u->outputs / 2;
    const double ln_2pi = 1.83787706640934548356;
    for (int l = 0; l < u->lanes; l++) u->loss[l] = 0;
    for (int64_t k = 0; k < targets; k++)
        for (int l = 0; l < u->lanes; l++) {
            int64_t m = k * LANES + l, v = (targets + k) * LANES + l;
            double off = (double)u->z[m] - u->t[l * targets + k], sharp = temper_exp(-(double)u->z[v]);
            u->loss[l] += 0.5 * (off * off * sharp + (double)u->z[v] + ln_2pi);
            if (u->bar) {
                u->bar[m] = (real)(off * sharp * u->scale);
                u->bar[v] = (real)(0.5 * (1 - off * off * sharp) * u->scale);
            }
            if (u->z_dot) {
                double m_dot = (double)u->z_dot[m], v_dot = (double)u->z_dot[v];
                u->bar_dot[m] = (real)(sharp * (m_dot - off * v_dot) * u->scale);
                u->bar_dot[v] = (real)(sharp * off * (0.5 * off * v_dot - m_dot) * u->scale);
            }
        }
}

/* Σ_{k≠y} max(0, 1 − z_y + z_k): linear between its kinks, so its tangent slopes are 0. */
static void hinge(batch_block *u) {
    double hits[LANES] = {0};
    for (int l = 0; l < u->lanes; l++) u->loss[l] = 0;
    for (int64_t k = 0; k < u->outputs; k++)
        for (int l = 0; l < u->lanes; l++) {
            double margin = 1 - (double)u->z[u->y[l] * LANES + l] + (double)u->z[k * LANES + l];
            bool hit = k != u->y[l] && margin > 0;
            u->loss[l] += hit ? margin : 0;
            hits[l] += hit;
            if (u->bar) u->bar[k * LANES + l] = (real)(hit ? u->scale : 0);
            if (u->z_dot) u->bar_dot[k * LANES + l] = 0;
        }
    for (int l = 0; l < u->lanes && u->bar; l++) u->bar[u->y[l] * LANES + l] = (real)(-hits[l] * u->scale);
}

static void clear_padding(const batch_block *u) {
    for (int64_t k = 0; k < u->outputs; k++)
        for (int l = u->lanes; l < LANES; l++) {
            u->bar[k * LANES + l] = 0;
            if (u->z_dot) u->bar_dot[k * LANES + l] = 0;
        }
}

void net_loss_blocks(const net_loss *loss, const temper_net_kernels *kernel, const net_batch *batch,
                     int64_t first, int64_t last, const real *z, const real *z_dot, double scale, real *z_bar,
                     real *z_bar_dot, double *losses) {
    static void (*const kinds[])(batch_block *) = {[TEMPER_CROSS_ENTROPY] = cross_entropy,
                                                   [TEMPER_SQUARED] = squared,
                                                   [TEMPER_GAUSSIAN_NLL] = gaussian,
                                                   [TEMPER_HINGE] = hinge};
    int64_t K = loss->outputs, targets = loss->kind == TEMPER_GAUSSIAN_NLL ? K / 2 : K;
    for (int64_t b = first; b < last; b++) {
        int64_t sample = b * LANES, left = batch->samples - sample;
        batch_block u = {.kernel = kernel,
                         .outputs = K,
                         .smoothing = loss->smoothing,
                         .confidence = loss->confidence,
                         .scale = scale};
        u.lanes = left >= LANES ? LANES : left > 0 ? (int)left : 0;
        u.y = batch->y ? batch->y + sample : NULL, u.t = batch->t ? batch->t + sample * targets : NULL;
        u.z = z + b * K * LANES, u.z_dot = z_dot && z_bar_dot ? z_dot + b * K * LANES : NULL;
        u.bar = z_bar ? z_bar + b * K * LANES : NULL;
        u.bar_dot = u.z_dot ? z_bar_dot + b * K * LANES : NULL;
        kinds[loss->kind](&u);
        if (u.bar) clear_padding(&u);
        for (int l = 0; l < u.lanes && losses; l++) losses[sample + l] = u.loss[l];
    }
}
