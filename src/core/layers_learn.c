/* What layered machines learn from: statistics −∂E/∂θ of chains. */
#include <string.h>
#include "core/layers_parts.h"
#include "kernel/net.h"
#include "temper/parallel.h"

enum { ROWS = 64 }; /* of a coupling matrix in an item of work */

typedef struct {
    const temper_layers *of;
    layers_view view;
    float *value[TEMPER_LAYERS_MAX]; /* of all layers; those of odd ones times the weight of the chain */
    const double *weight;
    double scale;
    int64_t n;
    int l;
    float *stat;
} summing;

/* One end of every coupling lies in an odd layer: the weights of chains go there. */
static temper_status weigh_means(void *context, int64_t b) {
    const summing *s = context;
    float *column = s->view.column + b * LANES * LANES, weight[LANES] = {0};
    memset(column, 0, LANES * LANES * sizeof *column);
    for (int lane = 0; lane < LANES && b * LANES + lane < s->n; lane++) {
        weight[lane] = (float)((s->weight ? s->weight[b * LANES + lane] : 1) * s->scale);
        column[lane * LANES] = weight[lane];
    }
    for (int l = 1; l < s->of->n; l += 2) {
        float *mean = s->value[l] + b * s->of->layer[l].width * LANES;
        for (int64_t i = 0; i < s->of->layer[l].width; i++)
            for (int lane = 0; lane < LANES; lane++) mean[i * LANES + lane] *= weight[lane];
    }
    return TEMPER_OK;
}

/* Chains of layer l as rows, sixteen components to a panel. */
static temper_status turn_block(void *context, int64_t b) {
    const summing *s = context;
    const int64_t width = s->of->layer[s->l].width;
    temper_net_kernel()->rows(s->value[s->l] + b * width * LANES, width, LANES,
                              s->view.panel + b * LANES * LANES, LANES, s->view.blocks * LANES * LANES);
    return TEMPER_OK;
}

/* Σ over chains in order of A(i, chain) B(chain, j), for components i of layer l from `first` on. */
static temper_matmul over_chains(const summing *s, int l, int64_t first, int64_t m) {
    const int64_t width = s->of->layer[l].width;
    return (temper_matmul){.m = m,
                           .k = s->n,
                           .a = s->value[l] + first * LANES,
                           .a_row = LANES,
                           .a_k = 1,
                           .a_inner = LANES,
                           .a_outer = width * LANES,
                           .b_k = LANES,
                           .add = true};
}

/* Rows of W_l: components of the layer below. */
static temper_status add_coupling(void *context, int64_t item) {
    const summing *s = context;
    const temper_layer *here = &s->of->layer[s->l];
    const int64_t first = item * ROWS, below = here[-1].width;
    temper_matmul product = over_chains(s, s->l - 1, first, below - first < ROWS ? below - first : ROWS);
    product.n = here->width;
    product.b = s->view.panel, product.b_block = s->view.blocks * LANES * LANES;
    product.c = s->stat + here->coupling + first * here->width;
    product.c_row = here->width, product.c_block = LANES;
    temper_net_kernel()->matmul(&product);
    return TEMPER_OK;
}

/* Fields of layer l; means have their weights already, so the column holds ones for them. */
static temper_status add_field(void *context, int64_t item) {
    const summing *s = context;
    const temper_layer *here = &s->of->layer[s->l];
    const int64_t first = item * ROWS;
    temper_matmul product =
        over_chains(s, s->l, first, here->width - first < ROWS ? here->width - first : ROWS);
    static const float one[LANES] = {1};
    product.n = 1;
    product.b = s->l % 2 ? one : s->view.column;
    if (s->l % 2) product.b_k = 0;
    product.c = s->stat + here->bias + first;
    product.c_row = 1, product.c_block = LANES;
    temper_net_kernel()->matmul(&product);
    return TEMPER_OK;
}

void temper_layers_statistics(const temper_layers *of, const temper_flock *flock, int64_t n,
                              const double *weight, double scale, float *stat) {
    summing s = {.of = of,
                 .view = temper_layers_view_of(of, flock),
                 .weight = weight,
                 .scale = scale,
                 .n = n,
                 .stat = stat};
    const int64_t rounds = flock->pinned && of->n > 2 ? of->inference : 0;
    temper_layers_means(of, flock, rounds);
    for (int l = 0; l < of->n; l++)
        s.value[l] = l % 2 || (rounds > 0 && l > 0) ? s.view.mean[l] : s.view.s[l];
    (void)temper_parallel(layers_blocks(n), weigh_means, &s);
    for (s.l = 0; s.l < of->n; s.l++) {
        const int64_t here = (of->layer[s.l].width + ROWS - 1) / ROWS;
        (void)temper_parallel(here, add_field, &s);
        if (s.l == 0) continue;
        (void)temper_parallel(layers_blocks(n), turn_block, &s);
        (void)temper_parallel((of->layer[s.l - 1].width + ROWS - 1) / ROWS, add_coupling, &s);
    }
}

void temper_layers_features(const temper_layers *of, const temper_flock *flock, float *out) {
    const layers_view v = temper_layers_view_of(of, flock);
    const int64_t hidden = of->total - of->layer[0].width;
    int64_t place = 0;
    temper_layers_means(of, flock, of->n > 2 ? (of->inference > 0 ? of->inference : 1) : 0);
    for (int l = 1; l < of->n; l++) {
        const int64_t width = of->layer[l].width;
        for (int64_t c = 0; c < flock->chains; c++)
            for (int64_t i = 0; i < width; i++)
                out[c * hidden + place + i] = v.mean[l][(c / LANES * width + i) * LANES + c % LANES];
        place += width;
    }
}

/* ---- centring ----
 * With ŝ = s − μ in the place of s, μ the means of the data, the slope of the couplings is that of ⟨ŝ ŝ'ᵀ⟩ (data minus model):
 *     G_W ← G_W − μ⊗Δ' − Δ⊗μ',     Δ, Δ' the slopes of the fields of both layers,
 * and what the couplings then do to the mean field of a layer is taken from its own field: Δ ← Δ − G_W μ' − G_Wᵀ μ (of its two
 * neighbours). Signs and values of units no longer matter: 0/1 learns as ±1 does. */

/* At least a fifth of the largest there is: the gradient of a unit that hardly varies in the data is noise of the model's chains, and to
 * divide it by a small number makes learning run away. */
static float variance_of(temper_unit unit, float mean) {
    float v = unit == TEMPER_SPIN                             ? 1 - mean * mean
              : unit == TEMPER_BINARY || unit == TEMPER_POTTS ? mean * (1 - mean)
                                                              : 1; /* of real units, that of their measure */
    const float least = unit == TEMPER_SPIN ? 0.2F : 0.05F;
    return v < least ? least : v;
}

static void centre_coupling(const temper_layers *of, int l, const float *data, bool standardise,
                            float *grad) {
    const temper_layer *here = &of->layer[l], *below = here - 1;
    const float *mu = data + below->bias, *lambda = data + here->bias;
    const float *gb = grad + below->bias, *gc = grad + here->bias;
    for (int64_t i = 0; i < below->width; i++) {
        float *g = grad + here->coupling + i * here->width;
        const float of_i = standardise ? variance_of(below->unit, mu[i]) : 1;
        for (int64_t j = 0; j < here->width; j++) g[j] = g[j] - mu[i] * gc[j] - gb[i] * lambda[j];
        for (int64_t j = 0; standardise && j < here->width; j++)
            g[j] /= of_i * variance_of(here->unit, lambda[j]);
    }
}

static void centre_fields(const temper_layers *of, int l, const float *data, float *grad) {
    const temper_layer *here = &of->layer[l], *below = here - 1;
    const float *mu = data + below->bias, *lambda = data + here->bias;
    float *gb = grad + below->bias, *gc = grad + here->bias;
    for (int64_t i = 0; i < below->width; i++) {
        const float *g = grad + here->coupling + i * here->width;
        double sum = 0;
        for (int64_t j = 0; j < here->width; j++) {
            sum += (double)g[j] * (double)lambda[j];
            gc[j] -= mu[i] * g[j];
        }
        gb[i] -= (float)sum;
    }
}

void temper_layers_centre(const temper_layers *of, const float *data, bool standardise, float *grad) {
    for (int l = 1; l < of->n; l++) centre_coupling(of, l, data, standardise, grad);
    for (int l = 1; l < of->n; l++) centre_fields(of, l, data, grad);
}
