/* Sweeps of layered machines: odd layers given even ones, then even layers given odd ones; and means in place of draws. */
#include <string.h>
#include "core/layers_parts.h"
#include "kernel/net.h"
#include "kernel/units.h"
#include "temper/parallel.h"

/* x ← β x + (1 − β) base, nothing to do at β = 1. */
static void temper_field(const layers_fields *f, int l, int64_t blocks) {
    const double beta = f->place->beta;
    const float *base = l == 0 ? f->place->base : NULL;
    const int64_t width = f->of->layer[l].width;
    if (beta == 1) return;
    for (int64_t b = 0; b < blocks; b++)
        for (int64_t i = 0; i < width; i++) {
            float *x = f->x + (b * width + i) * LANES, shift = base ? (float)((1 - beta) * base[i]) : 0;
            for (int lane = 0; lane < LANES; lane++) x[lane] = (float)beta * x[lane] + shift;
        }
}

void temper_layers_field(const layers_fields *f, int l, int64_t first, int64_t last) {
    const temper_layer *here = &f->of->layer[l];
    const float *theta = f->of->theta;
    temper_matmul product = {.m = here->width,
                             .n = (last - first) * LANES,
                             .b_k = LANES,
                             .c = f->x,
                             .c_row = LANES,
                             .c_block = here->width * LANES,
                             .bias = theta + here->bias};
    if (l > 0) {
        product.k = f->of->layer[l - 1].width;
        product.a = theta + here->coupling, product.a_row = 1, product.a_k = here->width;
        product.b_block = product.k * LANES, product.b = f->value[l - 1] + first * product.b_block;
        temper_net_kernel()->matmul(&product);
        product.bias = NULL, product.add = true;
    }
    if (l + 1 < f->of->n) {
        const temper_layer *above = &f->of->layer[l + 1];
        product.k = above->width;
        product.a = theta + above->coupling, product.a_row = above->width, product.a_k = 1;
        product.b_block = product.k * LANES, product.b = f->value[l + 1] + first * product.b_block;
        temper_net_kernel()->matmul(&product);
    }
    temper_field(f, l, last - first);
}

typedef struct {
    const temper_layers *of;
    const temper_flock *flock;
    layers_view view;
    int64_t n, group; /* sweeps, or rounds; blocks of an item */
} sweeping;

static void draw_layer(const sweeping *w, int l, int64_t first, int64_t last, const float *x,
                       temper_draw draw) {
    const temper_layer *layer = &w->of->layer[l];
    draw.unit = layer->unit, draw.n = layer->units, draw.states = layer->states;
    draw.stream = w->flock->stream;
    for (int64_t b = first; b < last; b++) {
        draw.x = x + (b - first) * layer->width * LANES;
        draw.s = w->view.s[l] + b * layer->width * LANES;
        draw.first = b * w->of->words + layer->words;
        temper_unit_kernel()->draw(&draw);
    }
}

static temper_status sweep_group(void *context, int64_t item) {
    const sweeping *w = context;
    const int64_t first = item * w->group,
                  last = first + w->group < w->view.blocks ? first + w->group : w->view.blocks;
    const layers_fields f = {w->of, &w->flock->place, w->view.s, w->view.x + first * w->of->widest * LANES};
    for (int64_t k = 0; k < w->n; k++)
        for (int half = 1; half >= 0; half--)
            for (int l = half; l < w->of->n; l += 2) {
                if (l == 0 && w->flock->pinned) continue;
                temper_layers_field(&f, l, first, last);
                draw_layer(w, l, first, last, f.x,
                           (temper_draw){.purpose = TEMPER_FOR_UNITS, .step = w->flock->clock + k});
            }
    return TEMPER_OK;
}

static int64_t items_of(const sweeping *w) { return (w->view.blocks + w->group - 1) / w->group; }

static sweeping sweeping_of(const temper_layers *of, const temper_flock *flock, int64_t n) {
    sweeping w = {of, flock, temper_layers_view_of(of, flock), n, 1};
    w.group = temper_layers_group(w.view.blocks);
    return w;
}

void temper_layers_sweep(const temper_layers *of, temper_flock *flock, int64_t n) {
    sweeping w = sweeping_of(of, flock, n);
    (void)temper_parallel(items_of(&w), sweep_group, &w);
    flock->clock += n;
}

/* Fields without couplings: those of the base for visible units, none for hidden ones. */
static temper_status scatter_block(void *context, int64_t b) {
    const sweeping *w = context;
    const float *base = w->flock->place.base;
    float *x = w->view.x + b * w->of->widest * LANES;
    for (int l = w->flock->pinned; l < w->of->n; l++) {
        for (int64_t i = 0; i < w->of->layer[l].width; i++)
            for (int lane = 0; lane < LANES; lane++) x[i * LANES + lane] = l == 0 && base ? base[i] : 0;
        draw_layer(w, l, b, b + 1, x, (temper_draw){.purpose = TEMPER_FOR_INITIAL, .step = w->flock->clock});
    }
    return TEMPER_OK;
}

void temper_layers_scatter(const temper_layers *of, temper_flock *flock) {
    sweeping w = sweeping_of(of, flock, 0);
    (void)temper_parallel(w.view.blocks, scatter_block, &w);
}

/* ---- means ---- */

static void mean_layer(const sweeping *w, const layers_fields *f, int l, int64_t first, int64_t last) {
    const temper_layer *layer = &w->of->layer[l];
    temper_layers_field(f, l, first, last);
    for (int64_t b = first; b < last; b++)
        temper_unit_kernel()->mean(layer->unit, layer->units, layer->states,
                                   f->x + (b - first) * layer->width * LANES,
                                   w->view.mean[l] + b * layer->width * LANES);
}

/* The mean field of hidden layers, visible ones fixed. At rest every hidden unit has the mean that it has alone and without field. */
static void infer_group(const sweeping *w, int64_t first, int64_t last) {
    float *value[TEMPER_LAYERS_MAX] = {w->view.s[0]};
    const layers_fields f = {w->of, &w->flock->place, value, w->view.x + first * w->of->widest * LANES};
    for (int l = 1; l < w->of->n; l++) {
        const temper_layer *layer = &w->of->layer[l];
        value[l] = w->view.mean[l];
        memset(f.x, 0, (size_t)(layer->width * LANES) * sizeof *f.x);
        for (int64_t b = first; b < last; b++)
            temper_unit_kernel()->mean(layer->unit, layer->units, layer->states, f.x,
                                       value[l] + b * layer->width * LANES);
    }
    for (int64_t round = 0; round < w->n; round++)
        for (int half = 1; half <= 2; half++)
            for (int l = half; l < w->of->n; l += 2) mean_layer(w, &f, l, first, last);
}

static temper_status mean_group(void *context, int64_t item) {
    const sweeping *w = context;
    const int64_t first = item * w->group,
                  last = first + w->group < w->view.blocks ? first + w->group : w->view.blocks;
    const layers_fields f = {w->of, &w->flock->place, w->view.s, w->view.x + first * w->of->widest * LANES};
    if (w->n > 0)
        infer_group(w, first, last);
    else
        for (int l = 1; l < w->of->n; l += 2) mean_layer(w, &f, l, first, last);
    return TEMPER_OK;
}

void temper_layers_means(const temper_layers *of, const temper_flock *flock, int64_t rounds) {
    sweeping w = sweeping_of(of, flock, rounds);
    (void)temper_parallel(items_of(&w), mean_group, &w);
}
