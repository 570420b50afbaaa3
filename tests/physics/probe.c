/* Curvature of whole networks by probes, in float, against the exact curvature of the same networks in double; H = Hᵀ. Bars: those of
 * reference/engine.md, section 11.1. */
#include "network_rig.h"
#include "temper/potential.h"
#include "temper/probe.h"

static const struct {
    const char *model;
    int64_t channels, side, n, batch;
    double bar, prior;
    bool constants; /* of batch norms */
} list[] = {
    {"mlp:64,32", 0, 30, 300, 300, 2e-6, 0.5, false},
    {"graph:dense 40; tanh; dense 30; tanh; dense 10", 0, 30, 300, 300, 2e-6, INFINITY, false},
    {"graph:dense 40; gelu; dense 30; sigmoid; dense 20; softplus; dense 10; silu", 0, 30, 100, 100, 2e-6,
     INFINITY, false},
    {"lenet5", 1, 28, 36, 36, 2e-5, INFINITY, false},
    {"resnet20", 3, 8, 20, 10, 2e-5, INFINITY, false},
    {"resnet20", 3, 4, 20, 10, 2e-5, 2, true},
    {"graph:conv 8 3 pad=1; batch_norm; tanh; save a; conv 8 3 pad=1; batch_norm; add a; gelu; avg_pool 2; "
     "dropout 0.3; flatten; dense 10",
     3, 8, 120, 20, 2e-5, INFINITY, true},
    {"transformer:blocks=2,width=16,heads=2,patch=4", 1, 12, 8, 8, 2e-5, INFINITY, false},
};
enum { MODELS = sizeof list / sizeof *list, MOST = 300 };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    int64_t P, row[MOST];
    float *statistics, *single, *vs, *ws;
    double *theta, *v;
} lab;

static double *vector(int64_t P) { return calloc((size_t)P, sizeof(double)); }
static float *singles(int64_t P) { return calloc((size_t)P, sizeof(float)); }

static bool lab_open(lab *l, int k) {
    memset(l, 0, sizeof *l);
    temper_network_io io =
        list[k].channels ? rig_image(list[k].channels, list[k].side, 10) : rig_vector(list[k].side, 10);
    l->data = rig_samples(list[k].n, io, true);
    for (int64_t i = 0; i < list[k].n; i++) l->row[i] = i;
    CHECK_OK(temper_network_create(&l->network, list[k].model, &io,
                                   &(temper_objective){TEMPER_CROSS_ENTROPY, 0.05, 0.3}));
    if (!l->network) return false;
    l->task = (temper_network_task){.network = l->network,
                                    .samples = &l->data,
                                    .row = l->row,
                                    .rows = list[k].n,
                                    .batch = list[k].batch,
                                    .prior = list[k].prior,
                                    .init_scale = 1};
    int64_t P = l->P = temper_network_parameters(l->network), S = temper_network_statistics(l->network);
    l->single = singles(P), l->vs = singles(P), l->ws = singles(P), l->theta = vector(P), l->v = vector(P);
    l->statistics = singles(S);
    temper_network_start(l->network, TEMPER_INIT_AUTO, 1, rig_stream, l->single);
    for (int64_t i = 0; i < P; i++) { /* biases and gains too shall be generic */
        l->single[i] += (float)(0.01 * rig_normal(8, i));
        l->theta[i] = (double)l->single[i];
        l->vs[i] = (float)rig_normal(9, i), l->ws[i] = (float)rig_normal(10, i);
        l->v[i] = (double)l->vs[i];
    }
    if (!list[k].constants) return true;
    CHECK_OK(temper_network_calibrate(&l->task, l->single, l->statistics));
    l->task.statistics = l->statistics;
    return true;
}

static void lab_close(lab *l) {
    temper_network_free(l->network), rig_samples_free(&l->data);
    free(l->single), free(l->vs), free(l->ws), free(l->theta), free(l->v), free(l->statistics);
}

static double inner(int64_t n, const float *a, const float *b) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

/* |a − b|/|b| */
static double apart(int64_t n, const float *a, const double *b) {
    double off = 0, all = 0;
    for (int64_t i = 0; i < n; i++) off += ((double)a[i] - b[i]) * ((double)a[i] - b[i]), all += b[i] * b[i];
    return sqrt(off / all);
}

static void hessian(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!lab_open(&l, k)) continue;
        temper_potential *u;
        temper_probe *probe;
        CHECK_OK(temper_network_potential(&u, &l.task));
        CHECK_OK(temper_probe_create(&probe, &l.task, TEMPER_HESSIAN, l.single, rig_stream, 0));
        if (!u || !probe) continue;
        temper_look look = {.stream = rig_stream, .whole = true, .scratch = calloc(u->scratch, 1)};
        double *grad = vector(l.P), *truth = vector(l.P), us = 0;
        float *Hv = singles(l.P), *Hw = singles(l.P), *g = singles(l.P);
        double ud = u->type->curve(u->self, &look, l.theta, l.v, grad, truth);
        CHECK_OK(temper_probe_apply(probe, 1, l.vs, Hv));
        CHECK_OK(temper_probe_apply(probe, 1, l.ws, Hw));
        CHECK_OK(temper_probe_slope(probe, &us, g));
        double off = apart(l.P, Hv, truth), off_g = apart(l.P, g, grad);
        double a = inner(l.P, l.ws, Hv), b = inner(l.P, l.vs, Hw);
        double size = sqrt(inner(l.P, l.ws, l.ws) * inner(l.P, Hv, Hv));
        printf("  %s%s: Hv %.2g, gradient %.2g, |w·Hv − v·Hw|/(|w||Hv|) %.2g\n", list[k].model,
               list[k].constants ? " (norms are constants)" : "", off, off_g, fabs(a - b) / size);
        CHECK(off <= list[k].bar, "%s: Hv is off by %.2g, bar %.2g", list[k].model, off, list[k].bar);
        CHECK(off_g <= list[k].bar, "%s: gradient is off by %.2g", list[k].model, off_g);
        CHECK_NEAR(us, ud, 2e-6 * fabs(ud));
        CHECK(fabs(a - b) <= 1e-5 * size, "%s: w·Hv = %.9g, v·Hw = %.9g", list[k].model, a, b);
        free(grad), free(truth), free(Hv), free(Hw), free(g), free(look.scratch);
        temper_probe_free(probe), temper_potential_free(u), lab_close(&l);
    }
}

/* Norms that are constants: the curvature in double is the difference quotient of slopes in double. */
static void constants_in_double(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!list[k].constants || !lab_open(&l, k)) continue;
        temper_potential *u;
        CHECK_OK(temper_network_potential(&u, &l.task));
        if (!u) continue;
        const double step = 1e-9;
        temper_look look = {.stream = rig_stream, .whole = true, .scratch = calloc(u->scratch, 1)};
        double *grad = vector(l.P), *Hv = vector(l.P), *up = vector(l.P), *down = vector(l.P);
        float *quotient = singles(l.P);
        (void)u->type->curve(u->self, &look, l.theta, l.v, grad, Hv);
        for (int64_t i = 0; i < l.P; i++) l.theta[i] += step * l.v[i];
        double rate = u->type->slope(u->self, &look, l.theta, up);
        for (int64_t i = 0; i < l.P; i++) l.theta[i] -= 2 * step * l.v[i];
        rate = (rate - u->type->slope(u->self, &look, l.theta, down)) / (2 * step);
        double truth = 0;
        for (int64_t i = 0; i < l.P; i++) {
            quotient[i] = (float)((up[i] - down[i]) / (2 * step));
            truth += grad[i] * l.v[i];
        }
        double off = apart(l.P, quotient, Hv);
        CHECK(fabs(rate - truth) <= 1e-6 * fabs(truth), "%s: slope %.12g, difference %.12g", list[k].model,
              truth, rate);
        printf("  %s: %.2g from differences\n", list[k].model, off);
        CHECK(off <= 2e-6, "%s: Hv is off by %.2g", list[k].model, off);
        free(grad), free(Hv), free(up), free(down), free(quotient), free(look.scratch);
        temper_potential_free(u), lab_close(&l);
    }
}

int main(void) {
    RUN(hessian);
    RUN(constants_in_double);
    return check_end();
}
