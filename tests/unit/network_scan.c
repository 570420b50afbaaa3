/* Planes through networks: losses point by point against the engine in double, errors and shares of wrong rows against sums by hand, bits
 * that are a point's own. */
#include "network_rig.h"
#include "network/network.h"
#include "network/ops.h"
#include "network/scan_parts.h"
#include "temper/scan.h"

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

enum { AXES = 3, POINTS = 7 };

typedef struct {
    temper_network *network;
    temper_samples data;
    temper_scaling scaling;
    int64_t *row, P, S;
    float *theta, *direction[AXES], *statistics;
    temper_network_task task;
    temper_scan scan;
    double x[POINTS * AXES];
    double loss[POINTS], error[POINTS], wrong[POINTS];
} ground;

static bool settle(ground *g, const char *model, temper_network_io io, temper_objective objective, int64_t n) {
    bool labels = objective.loss == TEMPER_CROSS_ENTROPY || objective.loss == TEMPER_HINGE;
    memset(g, 0, sizeof *g);
    g->data = rig_samples(n, io, labels);
    for (int64_t i = 0; i < n * io.features; i++) g->data.X[i] = 3 * g->data.X[i] + 1;
    CHECK_OK(temper_network_create(&g->network, model, &io, &objective));
    if (!g->network) return false;
    g->row = calloc((size_t)n, sizeof *g->row);
    for (int64_t i = 0; i < n; i++) g->row[i] = (i * 7 + 3) % n;
    CHECK_OK(temper_scaling_build(&g->scaling, TEMPER_SCALING_STANDARD, &g->data, g->row, n));
    g->P = temper_network_parameters(g->network), g->S = temper_network_statistics(g->network);
    g->theta = calloc((size_t)g->P, sizeof(float)), g->statistics = calloc((size_t)g->S + 1, sizeof(float));
    temper_network_start(g->network, TEMPER_INIT_AUTO, 1, rig_stream, g->theta);
    for (int64_t k = 0; k < g->P; k++) g->theta[k] += 0.05F * (float)rig_normal(4, k); /* biases, too */
    for (int a = 0; a < AXES; a++) {
        g->direction[a] = calloc((size_t)g->P, sizeof(float));
        for (int64_t k = 0; k < g->P; k++) g->direction[a][k] = 0.1F * (float)rig_normal(6 + a, k);
        g->scan.direction[a] = g->direction[a];
    }
    for (int64_t k = 0; k < g->S; k++) { /* means and variances of all kinds, both above 0 */
        double x = rig_normal(5, k);
        g->statistics[k] = (float)(0.3 + 0.2 * x * x);
    }
    g->task = (temper_network_task){.network = g->network, .samples = &g->data, .scaling = &g->scaling};
    g->task.row = g->row, g->task.rows = n, g->task.batch = n, g->task.prior = INFINITY;
    g->scan.task = &g->task, g->scan.theta = g->theta, g->scan.x = g->x;
    return true;
}

static void leave(ground *g) {
    temper_network_free(g->network), rig_samples_free(&g->data), temper_scaling_clear(&g->scaling);
    for (int a = 0; a < AXES; a++) free(g->direction[a]);
    free(g->row), free(g->theta), free(g->statistics);
}

/* Points 0, 1, … of `axes` axes: (1, 0.3, …), then others of which some share their last coordinates; the last is θ itself. */
static void mark(ground *g, int axes) {
    static const double first[POINTS] = {1, -0.5, 0.25, 0.25, 2, 2, 0}, other[POINTS] = {0.3, 0.3, 0.3, -1, -1, 0, 0};
    g->scan.axes = axes, g->scan.points = POINTS;
    for (int p = 0; p < POINTS; p++)
        for (int k = 0; k < axes; k++) g->x[p * axes + k] = k == 0 ? first[p] : other[p] / k;
}

static temper_status ask(ground *g) {
    temper_scanned out = {g->loss, g->error, g->wrong};
    return temper_network_scan(&g->scan, &out);
}

/* Losses of all rows at x, in double: row by row of the task in chunks of `chunk`. */
static void oracle(const ground *g, const double *x, int64_t chunk, double *losses) {
    const int64_t d = g->data.features, outputs = g->data.outputs, n = g->task.rows;
    const net_graph *graph = g->network->graph_f64;
    const temper_objective *o = &g->network->objective;
    net_loss kind = {o->loss, graph->node[graph->nodes - 1].features, o->smoothing, o->confidence};
    double *theta = calloc((size_t)(g->P + g->S + 1), sizeof *theta), *statistics = theta + g->P;
    double *t = calloc((size_t)(chunk * outputs + 1), sizeof *t);
    int32_t *y = calloc((size_t)chunk, sizeof *y);
    for (int64_t i = 0; i < g->P; i++) {
        theta[i] = (double)g->theta[i];
        for (int k = 0; k < g->scan.axes; k++) theta[i] += x[k] * (double)g->direction[k][i];
    }
    for (int64_t k = 0; k < g->S; k++) statistics[k] = (double)g->statistics[k];
    net_plan plan;
    net_engine_plan_f64(graph, (chunk + 15) / 16, false, false, 1, &plan);
    void *memory = aligned_alloc(64, (plan.total + 63) / 64 * 64);
    for (int64_t from = 0; from < n; from += chunk) {
        int64_t m = n - from < chunk ? n - from : chunk;
        void *engine = net_engine_place_f64(memory, graph, (chunk + 15) / 16, false, false, 1);
        double *input = net_engine_input_f64(engine);
        for (int64_t i = 0; i < m; i++) {
            int64_t row = g->row[from + i];
            for (int64_t f = 0; f < d; f++) {
                float value = g->data.X[row * d + f];
                if (g->task.scaling) value = (value - (float)g->scaling.shift[f]) * (float)g->scaling.scale[f];
                input[(i / 16 * d + f) * 16 + i % 16] = (double)value;
            }
            if (g->data.y) y[i] = g->data.y[row];
            for (int64_t k = 0; k < outputs; k++)
                t[i * outputs + k] = (g->data.t[row * outputs + k] - g->scaling.shift[d + k]) * g->scaling.scale[d + k];
        }
        batch_f64 batch = {.samples = m, .y = g->data.y ? y : NULL, .t = g->data.t ? t : NULL};
        batch.statistics = g->task.statistics ? statistics : NULL;
        net_gradient_f64(engine, &kind, &batch, theta, NULL, losses + from);
    }
    free(memory), free(theta), free(t), free(y);
}

static double mean(const double *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

/* All points of g->scan against the oracle, to `tolerance` of |loss| + 1. */
static void compare(ground *g, int64_t chunk, double tolerance) {
    const int64_t n = g->task.rows;
    double *at = calloc((size_t)n, 2 * sizeof *at), *here = at + n, zero[AXES] = {0};
    oracle(g, zero, chunk, here);
    for (int plain = 0; plain < 2; plain++) {
        g->scan.plain = plain;
        CHECK_OK(ask(g));
        for (int p = 0; p < g->scan.points; p++) {
            oracle(g, g->x + p * g->scan.axes, chunk, at);
            double u = mean(at, n), square = 0, off = u - mean(here, n);
            for (int64_t i = 0; i < n; i++) square += pow(at[i] - here[i] - off, 2);
            double error = sqrt(square / (double)(n - 1) / (double)n);
            CHECK(fabs(g->loss[p] - u) <= tolerance * (1 + fabs(u)), "%s%s, %d axes, point %d: %.9g, want %.9g",
                  g->network->text, plain ? " plain" : "", g->scan.axes, p, g->loss[p], u);
            CHECK(fabs(g->error[p] - error) <= 2e-5 * (error + 0.01), "%s, %d axes, point %d: error %.9g, want %.9g",
                  g->network->text, g->scan.axes, p, g->error[p], error);
            CHECK(g->network->io.outputs == 0 || g->data.y || isnan(g->wrong[p]), "share of wrong targets: %g",
                  g->wrong[p]);
        }
    }
    g->scan.plain = false;
    free(at);
}

static void all_axes(ground *g, int64_t chunk, double tolerance) {
    for (int axes = 1; axes <= AXES; axes++) {
        mark(g, axes);
        compare(g, chunk, tolerance);
    }
}

static void whole(const char *model, temper_network_io io, temper_objective objective, int64_t n) {
    ground g;
    if (settle(&g, model, io, objective, n)) all_axes(&g, n, 2e-6);
    leave(&g);
}

static const temper_objective entropy = {.loss = TEMPER_CROSS_ENTROPY};

static void dense_nets(void) {
    whole("mlp:30,20", rig_vector(11, 4), entropy, 600); /* two chunks */
    whole("mlp:30", rig_vector(11, 4), (temper_objective){.loss = TEMPER_HINGE}, 50);
    whole("mlp:30", rig_vector(11, 3), (temper_objective){.loss = TEMPER_SQUARED}, 50);
    whole("mlp:30,activation=tanh", rig_vector(11, 2), (temper_objective){.loss = TEMPER_GAUSSIAN_NLL}, 50);
    whole("mlp:30", rig_vector(11, 4), (temper_objective){.loss = TEMPER_CROSS_ENTROPY, .smoothing = 0.1, .confidence = 0.2}, 50);
    whole("graph:dense outputs", rig_vector(11, 4), entropy, 20); /* nothing behind the first layer */
}

static void image_nets(void) {
    whole("lenet5", rig_image(1, 28, 10), entropy, 40);
    whole("transformer:blocks=1,width=16,heads=2,patch=4", rig_image(1, 8, 5), entropy, 40);
}

int main(void) {
    RUN(dense_nets);
    RUN(image_nets);
    return check_end();
}
