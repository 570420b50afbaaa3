/* Slopes and curvatures of whole networks: float against double, double against central differences, and H = Hᵀ. Bars: those of
 * reference/engine.md, section 11.1. */
#include "network_rig.h"
#include "temper/potential.h"

static const struct {
    const char *model;
    int64_t channels, side, n;
    double float_bar, step;
} list[] = {
    {"mlp:64,32", 0, 30, 100, 2e-6, 1e-6},
    {"graph:dense 40; tanh; dense 30; gelu; dense 20; softplus; dense 10", 0, 30, 100, 2e-6, 1e-5},
    {"lenet5", 1, 28, 10, 2e-5, 1e-7},
    {"resnet20", 3, 8, 10, 2e-5, 1e-8},
    {"transformer:blocks=2,width=16,heads=2,patch=4", 1, 12, 10, 2e-5, 1e-5},
};
enum { MODELS = sizeof list / sizeof *list };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_potential *potential;
    temper_look look;
    int64_t P, row[100];
    float *single;
    double *theta, *v, *w;
} lab;

static double *vector(int64_t P) { return calloc((size_t)P, sizeof(double)); }

static bool lab_open(lab *l, int k) {
    memset(l, 0, sizeof *l);
    temper_network_io io =
        list[k].channels ? rig_image(list[k].channels, list[k].side, 10) : rig_vector(list[k].side, 10);
    l->data = rig_samples(list[k].n, io, true);
    for (int64_t i = 0; i < list[k].n; i++) l->row[i] = i;
    CHECK_OK(temper_network_create(&l->network, list[k].model, &io,
                                   &(temper_objective){TEMPER_CROSS_ENTROPY, 0.05, 0.3}));
    if (!l->network) return false;
    temper_network_task task = {.network = l->network,
                                .samples = &l->data,
                                .row = l->row,
                                .rows = list[k].n,
                                .batch = list[k].n,
                                .prior = INFINITY,
                                .init_scale = 1,
                                .threads = 1};
    CHECK_OK(temper_network_potential(&l->potential, &task));
    if (!l->potential) return false;
    l->look = (temper_look){.stream = rig_stream, .whole = true};
    l->look.scratch = calloc(l->potential->scratch, 1);
    int64_t P = l->P = l->potential->dim;
    l->single = calloc((size_t)P, sizeof(float)), l->theta = vector(P), l->v = vector(P), l->w = vector(P);
    l->potential->type->start_single(l->potential->self, rig_stream, l->single);
    for (int64_t i = 0; i < P; i++) { /* biases and gains too shall be generic */
        l->single[i] += (float)(0.01 * rig_normal(8, i));
        l->theta[i] = (double)l->single[i];
        l->v[i] = (double)(float)rig_normal(9, i), l->w[i] = rig_normal(10, i);
    }
    return true;
}

static void lab_close(lab *l) {
    temper_potential_free(l->potential), temper_network_free(l->network), rig_samples_free(&l->data);
    free(l->look.scratch), free(l->single), free(l->theta), free(l->v), free(l->w);
}

static double dot(int64_t n, const double *a, const double *b) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* |a − b|/|b| */
static double apart(int64_t n, const double *a, const double *b) {
    double off = 0;
    for (int64_t i = 0; i < n; i++) off += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(off / dot(n, b, b));
}

static double curve(const lab *l, const double *v, double *grad, double *Hv) {
    return l->potential->type->curve(l->potential->self, &l->look, l->theta, v, grad, Hv);
}

static void float_against_double(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!lab_open(&l, k)) continue;
        const temper_potential_type *type = l.potential->type;
        double *grad = vector(l.P), *Hv = vector(l.P), *g = vector(l.P), *h = vector(l.P);
        float *gs = calloc((size_t)l.P, 4), *hs = calloc((size_t)l.P, 4), *vs = calloc((size_t)l.P, 4);
        for (int64_t i = 0; i < l.P; i++) vs[i] = (float)l.v[i];
        double u = curve(&l, l.v, grad, Hv);
        double us = type->curve_single(l.potential->self, &l.look, l.single, vs, gs, hs);
        CHECK_NEAR(us, u, 2e-6 * fabs(u));
        for (int64_t i = 0; i < l.P; i++) g[i] = (double)gs[i], h[i] = (double)hs[i];
        double off = apart(l.P, g, grad), off_H = apart(l.P, h, Hv), bar = list[k].float_bar;
        CHECK(off <= bar && off_H <= bar, "%s: gradient %.2g, Hv %.2g, bar %.2g", list[k].model, off, off_H,
              bar);
        printf("  %s: P = %d, u = %.6f; float against double: gradient %.2g, Hv %.2g\n", list[k].model,
               (int)l.P, u, off, off_H);
        CHECK(type->slope_single(l.potential->self, &l.look, l.single, hs) == us, "%s: u", list[k].model);
        CHECK(!memcmp(gs, hs, (size_t)l.P * 4), "%s: slope and curve differ in the gradient", list[k].model);
        CHECK(type->energy_single(l.potential->self, &l.look, l.single) == us, "%s: energy", list[k].model);
        free(grad), free(Hv), free(g), free(h), free(gs), free(hs), free(vs), lab_close(&l);
    }
}

/* Steps of 1e-6 in every weight: kinks of a ReLU that lie within are few. */
static void double_against_differences(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        const double step = list[k].step;
        if (!lab_open(&l, k)) continue;
        const temper_potential_type *type = l.potential->type;
        double *grad = vector(l.P), *Hv = vector(l.P), *up = vector(l.P), *down = vector(l.P);
        double *moved = vector(l.P);
        curve(&l, l.v, grad, Hv);
        for (int64_t i = 0; i < l.P; i++) moved[i] = l.theta[i] + step * l.v[i];
        double u_up = type->slope(l.potential->self, &l.look, moved, up);
        for (int64_t i = 0; i < l.P; i++) moved[i] = l.theta[i] - step * l.v[i];
        double u_down = type->slope(l.potential->self, &l.look, moved, down);
        for (int64_t i = 0; i < l.P; i++) up[i] = (up[i] - down[i]) / (2 * step);
        double rate = (u_up - u_down) / (2 * step), truth = dot(l.P, grad, l.v), off = apart(l.P, up, Hv);
        CHECK(fabs(rate - truth) <= 1e-6 * fabs(truth), "%s: slope %.12g, difference %.12g", list[k].model,
              truth, rate);
        CHECK(off <= 1e-6, "%s: Hv is off by %.2g", list[k].model, off);
        free(grad), free(Hv), free(up), free(down), free(moved), lab_close(&l);
    }
}

static void symmetric(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!lab_open(&l, k)) continue;
        double *grad = vector(l.P), *Hv = vector(l.P), *Hw = vector(l.P);
        curve(&l, l.v, grad, Hv), curve(&l, l.w, grad, Hw);
        double a = dot(l.P, l.w, Hv), b = dot(l.P, l.v, Hw);
        double size = sqrt(dot(l.P, l.w, l.w) * dot(l.P, Hv, Hv));
        CHECK(fabs(a - b) <= 1e-12 * size, "%s: w·Hv = %.17g, v·Hw = %.17g", list[k].model, a, b);
        free(grad), free(Hv), free(Hw), lab_close(&l);
    }
}

int main(void) {
    RUN(float_against_double);
    RUN(double_against_differences);
    RUN(symmetric);
    return check_end();
}
