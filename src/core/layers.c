/* Layered machines: how θ and the chains lie, and what moves chains in and out. */
#include "core/layers.h"
#include <stdio.h>
#include <string.h>
#include "core/layers_parts.h"
#include "core/unit_law.h"
#include "kernel/units.h"
#include "temper/parallel.h"

enum { LANES_ = LAYERS_LANES };

void temper_layers_lay(temper_layers *of) {
    of->parameters = of->words = of->widest = of->total = 0;
    for (int l = 0; l < of->n; l++) {
        temper_layer *layer = &of->layer[l];
        layer->width = layer->units * layer->states;
        layer->words = of->words;
        of->words += layer->units * temper_unit_words(layer->unit);
        of->total += layer->width;
        if (layer->width > of->widest) of->widest = layer->width;
        layer->coupling = of->parameters;
        if (l > 0) of->parameters += of->layer[l - 1].width * layer->width;
    }
    for (int l = 0; l < of->n; l++) {
        of->layer[l].bias = of->parameters;
        of->parameters += of->layer[l].width;
    }
}

int temper_layers_arrays(const temper_layers *of) { return 2 * of->n - 1; }

void temper_layers_array(const temper_layers *of, int k, temper_machine_array *array) {
    const int l = k < of->n - 1 ? k + 1 : k - (of->n - 1);
    const temper_layer *layer = &of->layer[l];
    *array = (temper_machine_array){.dims = 1, .field = true, .shape = {layer->width}, .offset = layer->bias};
    if (k < of->n - 1)
        *array = (temper_machine_array){
            .dims = 2, .shape = {of->layer[l - 1].width, layer->width}, .offset = layer->coupling};
    if (k == of->n - 1)
        snprintf(array->name, sizeof array->name, "b");
    else if (of->n == 2)
        snprintf(array->name, sizeof array->name, "%c", k ? 'c' : 'W');
    else
        snprintf(array->name, sizeof array->name, "%c%d", k < of->n ? 'W' : 'c', l);
}

double temper_layers_log_base(const temper_layers *of, const float *base) {
    double sum = 0, x[TEMPER_STATES_MAX];
    for (int l = 0; l < of->n; l++) {
        const temper_layer *layer = &of->layer[l];
        for (int64_t i = 0; i < layer->units; i++) {
            for (int64_t a = 0; a < layer->states; a++)
                x[a] = l == 0 && base ? (double)base[i * layer->states + a] : 0;
            sum += temper_unit_law(layer->unit, 1, layer->states, x, NULL);
        }
    }
    return sum;
}

static int64_t padded(int64_t n) { return (n + LANES_ - 1) / LANES_ * LANES_; }

void temper_layers_sizes(const temper_layers *of, int64_t chains, size_t *state, size_t *scratch) {
    const size_t lanes = (size_t)layers_blocks(chains) * LANES_;
    const size_t hidden = (size_t)(of->total - of->layer[0].width), widest = (size_t)of->widest;
    *state = lanes * (size_t)of->total * sizeof(float);
    *scratch = lanes * (hidden + widest + (size_t)padded(of->widest) + LANES_) * sizeof(float) +
               lanes * widest * sizeof(double);
}

layers_view temper_layers_view_of(const temper_layers *of, const temper_flock *flock) {
    layers_view v = {.blocks = layers_blocks(flock->chains)};
    const int64_t lanes = v.blocks * LANES_;
    float *s = flock->state;
    v.sums = flock->scratch;
    float *room = (float *)(void *)(v.sums + lanes * of->widest);
    for (int l = 0; l < of->n; l++) {
        v.s[l] = s, s += lanes * of->layer[l].width;
        if (l > 0) v.mean[l] = room, room += lanes * of->layer[l].width;
    }
    v.x = room, room += lanes * of->widest;
    v.panel = room, room += lanes * padded(of->widest);
    v.column = room;
    return v;
}

int64_t temper_layers_group(int64_t blocks) {
    const int64_t most = 16, each = (blocks + temper_thread_count() - 1) / temper_thread_count();
    return each < most ? each : most;
}

/* ---- rows in and out ---- */

typedef struct {
    const temper_layers *of;
    layers_view view;
    const float *const *row;
    int64_t n;
} clamping;

/* The number or, of a category, its component. */
static temper_status clamp_block(void *context, int64_t b) {
    const clamping *c = context;
    const temper_layer *v = &c->of->layer[0];
    float *s = c->view.s[0] + b * v->width * LANES_;
    for (int l = 0; l < LANES_ && b * LANES_ + l < c->n; l++) {
        const float *row = c->row[b * LANES_ + l];
        if (v->unit != TEMPER_POTTS) {
            for (int64_t i = 0; i < v->units; i++) s[i * LANES_ + l] = row[i];
            continue;
        }
        for (int64_t i = 0; i < v->units; i++)
            for (int64_t a = 0; a < v->states; a++)
                s[(i * v->states + a) * LANES_ + l] = row[i] == (float)a ? 1 : 0;
    }
    return TEMPER_OK;
}

void temper_layers_clamp(const temper_layers *of, temper_flock *flock, const float *const *row, int64_t n) {
    clamping c = {of, temper_layers_view_of(of, flock), row, n};
    (void)temper_parallel(layers_blocks(n), clamp_block, &c);
}

void temper_layers_read(const temper_layers *of, const temper_flock *flock, int64_t chain, float *row) {
    const temper_layer *v = &of->layer[0];
    const float *s = (const float *)flock->state + chain / LANES_ * v->width * LANES_ + chain % LANES_;
    for (int64_t i = 0; i < v->units; i++) {
        row[i] = s[i * v->states * LANES_];
        if (v->unit == TEMPER_POTTS) row[i] = 0;
        for (int64_t a = 1; v->unit == TEMPER_POTTS && a < v->states; a++)
            if (s[(i * v->states + a) * LANES_] != 0) row[i] = (float)a;
    }
}

void temper_layers_swap(const temper_layers *of, temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    layers_view from = temper_layers_view_of(of, a), to = temper_layers_view_of(of, b);
    for (int l = 0; l < of->n; l++) {
        const int64_t width = of->layer[l].width;
        float *s = from.s[l] + i / LANES_ * width * LANES_ + i % LANES_;
        float *t = to.s[l] + j / LANES_ * width * LANES_ + j % LANES_;
        for (int64_t k = 0; k < width * LANES_; k += LANES_) {
            const float kept = s[k];
            s[k] = t[k], t[k] = kept;
        }
    }
}
