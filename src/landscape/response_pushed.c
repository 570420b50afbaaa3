/* A potential with a random field on top, and walkers that are copies of each other. */
#include <string.h>
#include "landscape/response.h"

void temper_pushed_signs(temper_stream stream, int64_t dim, int8_t *sign) {
    uint32_t word = 0;
    for (int64_t i = 0; i < dim; i++) {
        if (i % 32 == 0) word = temper_word(stream, TEMPER_FOR_DISORDER, 0, i / 32);
        sign[i] = word >> (i % 32) & 1 ? 1 : -1;
    }
}

/* The shift of u and, unless grad is NULL, of its gradient; per sample. */
static double shift(const temper_pushed *p, const double *theta, double *grad) {
    double sum = 0, h = p->h / (double)p->below->samples;
    if (p->h == 0) return 0;
    for (int64_t i = 0; i < p->below->dim; i++) {
        double e = p->sign[i];
        sum += e * theta[i];
        if (grad) grad[i] -= h * e;
    }
    return -h * sum;
}

static double shift_single(const temper_pushed *p, const float *theta, float *grad) {
    double sum = 0, h = p->h / (double)p->below->samples;
    if (p->h == 0) return 0;
    for (int64_t i = 0; i < p->below->dim; i++) {
        double e = p->sign[i];
        sum += e * (double)theta[i];
        if (grad) grad[i] -= (float)(h * e);
    }
    return -h * sum;
}

static void start(const void *self, temper_stream stream, double *theta) {
    const temper_potential *p = ((const temper_pushed *)self)->below;
    p->type->start(p->self, stream, theta);
}

static void start_single(const void *self, temper_stream stream, float *theta) {
    const temper_potential *p = ((const temper_pushed *)self)->below;
    p->type->start_single(p->self, stream, theta);
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    const temper_pushed *p = self;
    double u = p->below->type->energy(p->below->self, look, theta);
    return u + shift(p, theta, NULL);
}

static double energy_single(const void *self, const temper_look *look, const float *theta) {
    const temper_pushed *p = self;
    double u = p->below->type->energy_single(p->below->self, look, theta);
    return u + shift_single(p, theta, NULL);
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const temper_pushed *p = self;
    double u = p->below->type->slope(p->below->self, look, theta, grad);
    return u + shift(p, theta, grad);
}

static double slope_single(const void *self, const temper_look *look, const float *theta, float *grad) {
    const temper_pushed *p = self;
    double u = p->below->type->slope_single(p->below->self, look, theta, grad);
    return u + shift_single(p, theta, grad);
}

static const temper_potential_type both = {.about = {.name = "pushed"},
                                           .start = start,
                                           .energy = energy,
                                           .slope = slope,
                                           .start_single = start_single,
                                           .energy_single = energy_single,
                                           .slope_single = slope_single},
                                   single = {.about = {.name = "pushed"},
                                             .start_single = start_single,
                                             .energy_single = energy_single,
                                             .slope_single = slope_single},
                                   precise = {.about = {.name = "pushed"},
                                              .start = start,
                                              .energy = energy,
                                              .slope = slope};

void temper_pushed_make(temper_pushed *p, const temper_potential *below, const int8_t *sign) {
    const temper_potential_type *type = !below->type->slope_single ? &precise
                                        : below->type->slope       ? &both
                                                                   : &single;
    *p = (temper_pushed){.below = below, .sign = sign};
    p->as = (temper_potential){.type = type,
                               .self = p,
                               .text = below->text,
                               .dim = below->dim,
                               .samples = below->samples,
                               .batches = below->batches,
                               .scratch = below->scratch};
}

void temper_walker_copy(temper_walker *to, const temper_walker *from) {
    size_t bytes = (size_t)from->dim * (from->single ? sizeof(float) : sizeof(double));
    memcpy(to->theta, from->theta, bytes);
    for (int k = 0; k < from->dynamics->type->memories; k++) memcpy(to->memory[k], from->memory[k], bytes);
    to->stream = from->stream, to->noise = from->noise, to->clock = from->clock;
    to->rate = from->rate, to->temperature = from->temperature;
}

void temper_walker_read_out(const temper_walker *w, double *theta) {
    for (int64_t i = 0; i < w->dim; i++)
        theta[i] = w->single ? (double)((const float *)w->theta)[i] : ((const double *)w->theta)[i];
}
