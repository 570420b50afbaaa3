/* Log weights of layered machines: odd layers summed out unit by unit, in double from the couplings on. */
#include "core/layers_parts.h"
#include "core/unit_law.h"
#include "kernel/units.h"
#include "temper/parallel.h"

enum { LANES_ = LAYERS_LANES };

typedef struct {
    const temper_layers *of;
    const temper_flock *flock;
    layers_view view;
    const temper_place *at, *less; /* out = (+)= weight at `at` minus that at `less` (unless NULL) */
    double *out;
} weighing;

/* Fields of odd layer l in block b, untempered. */
static void wide_field(const weighing *w, int l, int64_t b, double *y) {
    const temper_layer *here = &w->of->layer[l], *below = here - 1, *above = here + 1;
    const float *theta = w->of->theta;
    temper_wide_sums sums = {.m = here->width,
                             .k = below->width,
                             .a = theta + here->coupling,
                             .a_row = 1,
                             .a_k = here->width,
                             .s = w->view.s[l - 1] + b * below->width * LANES_,
                             .bias = theta + here->bias,
                             .y = y};
    temper_unit_kernel()->sums(&sums);
    if (l + 1 >= w->of->n) return;
    sums.k = above->width, sums.bias = NULL;
    sums.a = theta + above->coupling, sums.a_row = above->width, sums.a_k = 1;
    sums.s = w->view.s[l + 1] + b * above->width * LANES_;
    temper_unit_kernel()->sums(&sums);
}

/* sum[lane] += sign · Σ over units of ln z in their fields β y. */
static void add_odd(const temper_layer *layer, double beta, const double *y, double sign,
                    double sum[LANES_]) {
    double x[TEMPER_STATES_MAX];
    for (int64_t i = 0; i < layer->units; i++)
        for (int lane = 0; lane < LANES_; lane++) {
            for (int64_t a = 0; a < layer->states; a++)
                x[a] = beta * y[(i * layer->states + a) * LANES_ + lane];
            sum[lane] += sign * temper_unit_law(layer->unit, 1, layer->states, x, NULL);
        }
}

/* The units that are kept: fields, and halves of squares of real ones. */
static void add_even(const weighing *w, const temper_place *at, int l, int64_t b, double sign,
                     double sum[LANES_]) {
    const temper_layer *layer = &w->of->layer[l];
    const float *field = w->of->theta + layer->bias, *base = l == 0 ? at->base : NULL;
    const float *s = w->view.s[l] + b * layer->width * LANES_;
    const double half = layer->unit == TEMPER_GAUSSIAN || layer->unit == TEMPER_RELU ? 0.5 : 0;
    for (int64_t i = 0; i < layer->width; i++) {
        const double x = at->beta * (double)field[i] + (base ? (1 - at->beta) * (double)base[i] : 0);
        for (int lane = 0; lane < LANES_; lane++) {
            const double value = (double)s[i * LANES_ + lane];
            sum[lane] += sign * value * (x - half * value);
        }
    }
}

static temper_status weigh_block(void *context, int64_t b) {
    const weighing *w = context;
    double sum[LANES_] = {0}, *y = w->view.sums + b * w->of->widest * LANES_;
    for (int l = 1; l < w->of->n; l += 2) {
        wide_field(w, l, b, y);
        add_odd(&w->of->layer[l], w->at->beta, y, 1, sum);
        if (w->less) add_odd(&w->of->layer[l], w->less->beta, y, -1, sum);
    }
    for (int l = 0; l < w->of->n; l += 2) {
        add_even(w, w->at, l, b, 1, sum);
        if (w->less) add_even(w, w->less, l, b, -1, sum);
    }
    for (int lane = 0; lane < LANES_ && b * LANES_ + lane < w->flock->chains; lane++)
        w->out[b * LANES_ + lane] = sum[lane] + (w->less ? w->out[b * LANES_ + lane] : 0);
    return TEMPER_OK;
}

void temper_layers_log_weight(const temper_layers *of, const temper_flock *flock, const temper_place *at,
                              double *out) {
    weighing w = {of, flock, temper_layers_view_of(of, flock), at, NULL, out};
    (void)temper_parallel(w.view.blocks, weigh_block, &w);
}

void temper_layers_climb(const temper_layers *of, temper_flock *flock, const temper_place *to,
                         double *log_w) {
    weighing w = {of, flock, temper_layers_view_of(of, flock), to, &flock->place, log_w};
    (void)temper_parallel(w.view.blocks, weigh_block, &w);
    flock->place = *to;
    temper_layers_sweep(of, flock, 1);
}
