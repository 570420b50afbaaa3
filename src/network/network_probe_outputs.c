/* Between J and Jᵀ: what becomes of a push of the outputs, ż = Jv, before it is pulled back.
 *
 * Fisher matrices are sums of g gᵀ, g_i = J_iᵀ z̄_i the slope of a row's loss: pushed once and pulled once they need no g_i for itself,
 *
 *     Σ_i g_i (g_i·v) = Jᵀ a,     a_i = z̄_i (z̄_i·ż_i).
 *
 * With labels (targets) drawn from the forecast, z̄ = p − e_y, y ~ p; −ξ, ξ ~ N(0, 1), where the loss is the energy of Gaussian noise; and
 * (−ξ e^{−v/2}, (1 − ξ²)/2) where outputs are means and ln variances v. Draws have the address (stream, TEMPER_FOR_NOISE, row of the data). */
#include "base/elementary.h"
#include "network/probe_parts.h"

static net_batch view_of(const net_seen *seen, const net_needle_eye *eye) {
    net_batch view = *seen->batch;
    const int64_t targets = seen->loss->kind == TEMPER_GAUSSIAN_NLL ? eye->outputs / 2 : eye->outputs;
    view.samples = eye->samples;
    if (view.y) view.y += eye->first;
    if (view.t) view.t += eye->first * targets;
    return view;
}

/* e_y of y ~ p is taken from p, which lies in `slope`. */
static void draw_label(const net_needle_eye *eye, float *slope, int lane, double chance) {
    double sum = 0, below = 0;
    int64_t y = 0;
    for (int64_t k = 0; k < eye->outputs; k++) sum += (double)slope[k * LANES + lane];
    while (y < eye->outputs - 1 && (below += (double)slope[y * LANES + lane]) <= chance * sum) y++;
    slope[y * LANES + lane] -= 1;
}

static void draw_target(const temper_probe *probe, const float *z, float *slope, int lane, int64_t row) {
    const int64_t K = probe->outputs, targets = probe->loss.kind == TEMPER_GAUSSIAN_NLL ? K / 2 : K;
    for (int64_t k = 0; k < targets; k++) {
        const int64_t m = k * LANES + lane, v = (targets + k) * LANES + lane;
        double xi = temper_normal(probe->stream, TEMPER_FOR_NOISE, row, k);
        slope[m] = (float)-xi;
        if (targets == K) continue;
        slope[m] = (float)(-xi * temper_exp(-0.5 * (double)z[v]));
        slope[v] = (float)(0.5 * (1 - xi * xi));
    }
}

/* Slopes of one block, with labels or targets of the forecast; row: of its samples. */
static void forecast(const temper_probe *probe, const net_needle_eye *eye, int64_t b, const int64_t *row) {
    const int64_t at = b * eye->outputs * LANES, left = eye->samples - b * LANES;
    float *slope = eye->slope + at;
    if (probe->loss.kind == TEMPER_CROSS_ENTROPY)
        temper_net_kernel()->softmax(eye->outputs, eye->z + at, slope);
    for (int l = 0; l < LANES; l++)
        if (l >= left)
            for (int64_t k = 0; k < eye->outputs; k++) slope[k * LANES + l] = 0;
        else if (probe->loss.kind == TEMPER_CROSS_ENTROPY)
            draw_label(eye, slope, l, temper_uniform(probe->stream, TEMPER_FOR_NOISE, row[l], 0));
        else
            draw_target(probe, eye->z + at, slope, l, row[l]);
}

void net_probe_project(const temper_probe *probe, net_needle *needle, const net_seen *seen,
                       const int64_t *row) {
    net_needle_eye eye = net_needle_look(needle);
    net_batch view = view_of(seen, &eye);
    const double share = 1 / (double)seen->batch->samples;
    if (probe->kind != TEMPER_FISHER)
        net_loss_blocks(seen->loss, needle->engine.run.kernel, &view, 0, eye.blocks, eye.z, NULL, 1,
                        eye.slope, NULL, NULL);
    for (int64_t b = 0; b < eye.blocks; b++) {
        const int64_t at = b * eye.outputs * LANES;
        double along[LANES] = {0};
        if (probe->kind == TEMPER_FISHER) forecast(probe, &eye, b, row + eye.first + b * LANES);
        for (int64_t k = 0; k < eye.outputs * LANES; k++)
            along[k % LANES] += (double)eye.slope[at + k] * (double)eye.z_dot[at + k];
        for (int64_t k = 0; k < eye.outputs * LANES; k++)
            eye.bar[at + k] =
                eye.slope[at + k] == 0 ? 0 : (float)((double)eye.slope[at + k] * along[k % LANES] * share);
    }
}

void net_probe_slope(const temper_probe *probe, net_needle *needle, const net_seen *seen) {
    net_needle_eye eye = net_needle_look(needle);
    net_batch view = view_of(seen, &eye);
    (void)probe;
    net_loss_blocks(seen->loss, needle->engine.run.kernel, &view, 0, eye.blocks, eye.z, NULL,
                    1 / (double)seen->batch->samples, eye.bar, NULL, NULL);
}

void net_probe_lift(const net_needle *needle, const float *rows) {
    net_needle_eye eye = net_needle_look(needle);
    const float *from = rows + eye.first * eye.outputs;
    for (int64_t i = 0; i < eye.blocks * LANES; i++)
        for (int64_t k = 0; k < eye.outputs; k++)
            eye.bar[(i / LANES * eye.outputs + k) * LANES + i % LANES] =
                i < eye.samples ? from[i * eye.outputs + k] : 0;
}

void net_probe_spread(const net_needle *needle, float *rows) {
    net_needle_eye eye = net_needle_look(needle);
    float *to = rows + eye.first * eye.outputs;
    for (int64_t i = 0; i < eye.samples; i++)
        for (int64_t k = 0; k < eye.outputs; k++)
            to[i * eye.outputs + k] = eye.z_dot[(i / LANES * eye.outputs + k) * LANES + i % LANES];
}
