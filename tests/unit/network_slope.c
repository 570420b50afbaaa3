/* Slopes of the loss in the inputs: against central differences in double, whoever else is asked, whatever memory there is. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "network/engine.h"
#include "network/network.h"
#include "network_rig.h"
#include "temper/parallel.h"

/* The engine in double, whose headers speak of float here. */
typedef struct {
    int64_t samples;
    const int32_t *y;
    const double *t;
    bool training;
    double *statistics;
    temper_stream stream;
    int64_t step;
} batch_f64;
void net_engine_plan_f64(const net_graph *, int64_t, bool, bool, int, net_plan *);
void *net_engine_place_f64(void *, const net_graph *, int64_t, bool, bool, int);
double *net_engine_input_f64(void *);
double net_gradient_f64(void *, const net_loss *, const batch_f64 *, const double *, double *, double *);

typedef struct {
    temper_network *network;
    temper_samples data;
    temper_scaling scaling;
    int64_t n, *row, P, S;
    float *theta, *statistics, *slope;
    double *loss;
} ground;

static bool settle(ground *g, const char *model, temper_network_io io, temper_objective objective,
                   int64_t n) {
    bool labels = objective.loss == TEMPER_CROSS_ENTROPY || objective.loss == TEMPER_HINGE;
    memset(g, 0, sizeof *g);
    g->data = rig_samples(n, io, labels), g->n = n;
    for (int64_t i = 0; i < n * io.features; i++) g->data.X[i] = 3 * g->data.X[i] + 1;
    CHECK_OK(temper_network_create(&g->network, model, &io, &objective));
    if (!g->network) return false;
    g->row = calloc((size_t)n, sizeof *g->row);
    for (int64_t i = 0; i < n; i++) g->row[i] = (i * 7 + 3) % n;
    CHECK_OK(temper_scaling_build(&g->scaling, TEMPER_SCALING_STANDARD, &g->data, g->row, n));
    g->P = temper_network_parameters(g->network), g->S = temper_network_statistics(g->network);
    g->theta = calloc((size_t)g->P, sizeof(float)), g->statistics = calloc((size_t)g->S + 1, sizeof(float));
    g->slope = calloc((size_t)(n * io.features), sizeof(float)), g->loss = calloc((size_t)n, sizeof(double));
    temper_network_start(g->network, TEMPER_INIT_AUTO, 1, rig_stream, g->theta);
    for (int64_t k = 0; k < g->P; k++) g->theta[k] += 0.05F * (float)rig_normal(4, k); /* biases, too */
    for (int64_t k = 0; k < g->S; k++) { /* means and variances of all kinds, both above 0 */
        double x = rig_normal(5, k);
        g->statistics[k] = (float)(0.3 + 0.2 * x * x);
    }
    return true;
}

static void leave(ground *g) {
    temper_network_free(g->network), rig_samples_free(&g->data), temper_scaling_clear(&g->scaling);
    free(g->row), free(g->theta), free(g->statistics), free(g->slope), free(g->loss);
}

static temper_status ask(ground *g, const int64_t *row, int64_t n, float *out, double *loss) {
    return temper_network_slope(g->network, &g->data, &g->scaling, row, n, g->theta, g->statistics, out,
                                loss);
}

/* Row i in double: feature f moved up in lane 0 and down in lane 1, the next one in lanes 2 and 3 … */
static void differences(const ground *g, int64_t i, double *slope, double *loss) {
    enum { AT_ONCE = 8, SIXTEEN = 16 };
    const double h = 1e-6;
    const int64_t d = g->data.features, row = g->row[i], targets = g->data.outputs;
    const net_graph *graph = g->network->graph_f64;
    const temper_objective *o = &g->network->objective;
    net_loss kind = {o->loss, graph->node[graph->nodes - 1].features, o->smoothing, o->confidence};
    double *theta = calloc((size_t)(g->P + g->S), sizeof *theta), lost[SIXTEEN];
    double *t = calloc((size_t)(SIXTEEN * targets + 1), sizeof *t);
    int32_t y[SIXTEEN];
    net_plan plan;
    for (int64_t k = 0; k < g->P; k++) theta[k] = (double)g->theta[k];
    for (int64_t k = 0; k < g->S; k++) theta[g->P + k] = (double)g->statistics[k];
    for (int64_t k = 0; k < SIXTEEN * targets; k++)
        t[k] = (g->data.t[row * targets + k % targets] - g->scaling.shift[d + k % targets]) *
               g->scaling.scale[d + k % targets];
    for (int l = 0; l < SIXTEEN && g->data.y; l++) y[l] = g->data.y[row];
    net_engine_plan_f64(graph, 1, false, false, 1, &plan);
    void *memory = aligned_alloc(64, (plan.total + 63) / 64 * 64);
    void *engine = net_engine_place_f64(memory, graph, 1, false, false, 1);
    double *input = net_engine_input_f64(engine);
    batch_f64 batch = {.samples = SIXTEEN, .y = g->data.y ? y : NULL, .t = g->data.t ? t : NULL};
    batch.statistics = theta + g->P;
    for (int64_t first = 0; first < d; first += AT_ONCE) {
        for (int64_t k = 0; k < d; k++)
            for (int l = 0; l < SIXTEEN; l++) {
                double off = k == first + l / 2 ? l % 2 ? -h : h : 0;
                input[k * SIXTEEN + l] =
                    (double)(((float)g->data.X[row * d + k] - (float)g->scaling.shift[k]) *
                             (float)g->scaling.scale[k]) +
                    off;
            }
        net_gradient_f64(engine, &kind, &batch, theta, NULL, lost);
        *loss = 0.5 * (lost[0] + lost[1]);
        for (int64_t k = first; k < d && k < first + AT_ONCE; k++)
            slope[k] = (lost[2 * (k - first)] - lost[2 * (k - first) + 1]) / (2 * h) * g->scaling.scale[k];
    }
    free(memory), free(theta), free(t);
}

static void compare(const char *model, temper_network_io io, temper_objective objective) {
    ground g;
    if (!settle(&g, model, io, objective, 40)) return;
    const int64_t d = io.features;
    double *want = calloc((size_t)d, sizeof *want), loss;
    CHECK_OK(ask(&g, g.row, g.n, g.slope, g.loss));
    for (int64_t i = 0; i < g.n; i += 27) {
        double worst = 0, size = 0;
        differences(&g, i, want, &loss);
        for (int64_t k = 0; k < d; k++) {
            worst = fmax(worst, fabs((double)g.slope[i * d + k] - want[k]));
            size = fmax(size, fabs(want[k]));
        }
        CHECK(size > 0 && worst < 2e-4 * size, "%s, row %d: %g of %g", model, (int)i, worst, size);
        CHECK_NEAR(g.loss[i], loss, 2e-5 * (1 + fabs(loss)));
    }
    free(want), leave(&g);
}

static const temper_objective entropy = {.loss = TEMPER_CROSS_ENTROPY};

static void dense_nets(void) {
    compare("mlp:30,20", rig_vector(11, 4), entropy);
    compare("mlp:30", rig_vector(11, 4), (temper_objective){.loss = TEMPER_HINGE});
    compare("mlp:30", rig_vector(11, 3), (temper_objective){.loss = TEMPER_SQUARED});
    compare("mlp:30,activation=tanh", rig_vector(11, 2), (temper_objective){.loss = TEMPER_GAUSSIAN_NLL});
    compare("mlp:30", rig_vector(11, 4), (temper_objective){.loss = TEMPER_CROSS_ENTROPY, .smoothing = 0.1});
}

static void image_nets(void) {
    compare("lenet5", rig_image(1, 28, 10), entropy);
    compare("resnet20", rig_image(3, 8, 10), entropy);
    compare("transformer:blocks=1,width=16,heads=2,patch=4", rig_image(1, 8, 5), entropy);
}

/* Data that several nodes read, a norm or a function right behind them: every way in which their adjoint can begin. */
static void first_nodes(void) {
    compare("graph:batch_norm; relu; save a; conv 1 3 pad=1; add a; flatten; dense 4", rig_image(1, 6, 4),
            entropy);
    compare("graph:tanh; flatten; dense 4", rig_image(2, 4, 4), entropy);
    compare("graph:save a; conv 2 3 pad=1; dropout rate=0.5; add a; flatten; dense 4", rig_image(2, 6, 4),
            entropy);
    compare("graph:max_pool 2; conv 3 2; flatten; dense 4", rig_image(2, 6, 4), entropy);
}

/* 300 rows are three chunks. */
static void alone_or_together(void) {
    enum { MANY = 300 };
    ground g;
    if (!settle(&g, "resnet20", rig_image(1, 6, 4), entropy, MANY)) return;
    size_t bytes = MANY * (size_t)g.data.features * sizeof(float);
    float *again = malloc(bytes);
    double *loss = calloc(MANY, sizeof *loss);
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        CHECK_OK(ask(&g, g.row, MANY, threads == 1 ? g.slope : again, threads == 1 ? g.loss : loss));
        if (threads == 1) continue;
        CHECK(!memcmp(again, g.slope, bytes) && !memcmp(loss, g.loss, sizeof *loss * MANY), "%d threads",
              threads);
    }
    temper_threads(0);
    for (int i = 5; i < MANY; i += 61) {
        CHECK_OK(ask(&g, g.row + i, 1, again, NULL));
        CHECK(!memcmp(again, g.slope + i * g.data.features, (size_t)g.data.features * sizeof(float)),
              "row %d", i);
    }
    free(again), free(loss), leave(&g);
}

static void refusals(void) {
    ground g;
    if (!settle(&g, "mlp:5", rig_vector(3, 4), entropy, 9)) return;
    int64_t far = 9;
    CHECK_FAILS(ask(&g, &far, 1, g.slope, NULL), TEMPER_BAD_DATA, "row 9 is outside 0 ... 8");
    g.data.y[g.row[2]] = 4;
    CHECK_FAILS(ask(&g, g.row, 9, g.slope, NULL), TEMPER_BAD_DATA, "label 4 is outside 0 ... 3");
    g.data.y[g.row[2]] = 0;
    g.scaling.features = 2;
    CHECK_FAILS(ask(&g, g.row, 9, g.slope, NULL), TEMPER_BAD_DATA, "the scaling is of 2 features");
    g.scaling.features = 3;
    int32_t *y = g.data.y;
    g.data.y = NULL;
    CHECK_FAILS(ask(&g, g.row, 9, g.slope, NULL), TEMPER_BAD_DATA, "needs labels");
    g.data.y = y, g.data.features = 2;
    CHECK_FAILS(ask(&g, g.row, 9, g.slope, NULL), TEMPER_BAD_DATA, "2 features, the network takes 3");
    g.data.features = 3;
    leave(&g);
    if (!settle(&g, "graph:embedding 9 4; global_pool; dense 4", rig_vector(3, 4), entropy, 9)) return;
    CHECK_FAILS(ask(&g, g.row, 9, g.slope, NULL), TEMPER_CANNOT, "numbers of tokens");
    leave(&g);
}

static void short_of_memory(void) {
    ground g;
    if (!settle(&g, "mlp:5", rig_vector(3, 4), entropy, 9)) return;
    int64_t live = temper_alloc_live(), k = 1;
    for (temper_status bad = TEMPER_NO_MEMORY; bad; k++) {
        temper_alloc_fail_at(k);
        bad = ask(&g, g.row, 9, g.slope, g.loss);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "allocation %d: %s", (int)k, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %d leaves blocks", (int)k);
    }
    temper_alloc_fail_at(0);
    CHECK(k > 2, "%d allocations", (int)k);
    leave(&g);
}

int main(void) {
    RUN(dense_nets);
    RUN(image_nets);
    RUN(first_nodes);
    RUN(alone_or_together);
    RUN(refusals);
    RUN(short_of_memory);
    return check_end();
}
