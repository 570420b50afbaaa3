/* Planes through networks: losses point by point against the engine in double, errors and shares of wrong rows against sums by hand. */
#include "network/network.h"
#include "network/plan.h"
#include "scan_rig.h"

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
                if (g->task.scaling)
                    value = (value - (float)g->scaling.shift[f]) * (float)g->scaling.scale[f];
                input[(i / 16 * d + f) * 16 + i % 16] = (double)value;
            }
            if (g->data.y) y[i] = g->data.y[row];
            for (int64_t k = 0; k < outputs; k++)
                t[i * outputs + k] =
                    (g->data.t[row * outputs + k] - g->scaling.shift[d + k]) * g->scaling.scale[d + k];
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

/* All points of g->scan against the oracle, to `tolerance` of |loss| + 1; with products and plain. */
static void compare(ground *g, int64_t chunk, double tolerance) {
    const int64_t n = g->task.rows;
    double *at = calloc((size_t)n, 2 * sizeof *at), *here = at + n, zero[AXES] = {0}, u[POINTS],
           error[POINTS];
    oracle(g, zero, chunk, here);
    const double still = mean(here, n);
    for (int p = 0; p < g->scan.points; p++) {
        oracle(g, g->x + p * g->scan.axes, chunk, at);
        u[p] = mean(at, n), error[p] = 0;
        for (int64_t i = 0; i < n; i++) error[p] += pow(at[i] - here[i] - u[p] + still, 2);
        error[p] = sqrt(error[p] / (double)(n - 1) / (double)n);
    }
    for (int plain = 0; plain < 2; plain++) {
        g->scan.plain = plain;
        CHECK_OK(ask(g));
        for (int p = 0; p < g->scan.points; p++) {
            CHECK(fabs(g->loss[p] - u[p]) <= tolerance * (1 + fabs(u[p])),
                  "%s%s, %d axes, point %d: %.9g, want %.9g", g->network->text, plain ? " plain" : "",
                  g->scan.axes, p, g->loss[p], u[p]);
            CHECK(fabs(g->error[p] - error[p]) <= 2e-5 * (error[p] + 0.01),
                  "%s, %d axes, point %d: error %.9g, want %.9g", g->network->text, g->scan.axes, p,
                  g->error[p], error[p]);
            CHECK(g->network->io.outputs == 0 || g->data.y || isnan(g->wrong[p]),
                  "share of wrong targets: %g", g->wrong[p]);
        }
    }
    g->scan.plain = false;
    free(at);
}

/* 1, 2 and 4 axes; of slow networks the last alone. */
static void all_axes(ground *g, int64_t chunk, double tolerance) {
    for (int axes = g->P > 20000 ? AXES : 1; axes <= AXES; axes *= 2) {
        mark(g, axes);
        compare(g, chunk, tolerance);
    }
}

static void whole(const char *model, temper_network_io io, temper_objective objective, int64_t n) {
    ground g;
    if (settle(&g, model, io, objective, n)) all_axes(&g, n, 2e-6);
    leave(&g);
}

static void dense_nets(void) {
    whole("mlp:30,20", rig_vector(11, 4), entropy, 600); /* two chunks */
    whole("mlp:30", rig_vector(11, 4), (temper_objective){.loss = TEMPER_HINGE}, 50);
    whole("mlp:30", rig_vector(11, 3), (temper_objective){.loss = TEMPER_SQUARED}, 50);
    whole("mlp:30,activation=tanh", rig_vector(11, 2), (temper_objective){.loss = TEMPER_GAUSSIAN_NLL}, 50);
    whole("mlp:30", rig_vector(11, 4),
          (temper_objective){.loss = TEMPER_CROSS_ENTROPY, .smoothing = 0.1, .confidence = 0.2}, 50);
    whole("graph:dense outputs", rig_vector(11, 4), entropy, 20); /* nothing behind the first layer */
}

static void image_nets(void) {
    whole("lenet5", rig_image(1, 28, 10), entropy, 18);
    whole("transformer:blocks=1,width=16,heads=2,patch=4", rig_image(1, 8, 5), entropy, 40);
}

/* Norms as constants, and of each batch: all rows together, and three batches of which the last is small. */
static void norms(void) {
    static const char *const models[] = {
        "resnet:depth=8,width=4",
        "graph:conv 5 3 pad=1 plain=yes; batch_norm; relu; max_pool 2; flatten; dense outputs",
        "graph:batch_norm; conv 5 3; relu; flatten; dense outputs" /* moves before the first layer */};
    for (int m = 0; m < 3; m++) {
        ground g;
        if (!settle(&g, models[m], rig_image(2, 8, 5), entropy, 50)) return;
        all_axes(&g, 50, 4e-6);
        g.task.batch = 20;
        all_axes(&g, 20, 4e-6);
        g.task.statistics = g.statistics;
        all_axes(&g, 50, 4e-6);
        leave(&g);
    }
}

/* Every way in which a first layer can go on: into what is taken in with it, into several readers, from data that others read too. */
static void first_layers(void) {
    static const char *const models[] = {
        "graph:conv 4 3; relu; max_pool 2; flatten; dense outputs",
        "graph:conv 4 3; max_pool 2; relu; flatten; dense outputs",
        "graph:conv 4 3; max_pool 3 stride=2; flatten; dense outputs",
        "graph:conv 4 3; relu; relu; max_pool 2; flatten; dense outputs",
        "graph:conv 4 3; relu; max_pool 2; max_pool 2; flatten; dense outputs",
        "graph:conv 2 3 pad=1; save a; conv 2 1; save b; from a; relu; add b; flatten; dense outputs",
        "graph:conv 4 3; tanh; avg_pool 2; flatten; dense outputs",
        "graph:conv 2 3 pad=1; save a; relu; save b; max_pool 2; flatten; dense 8; relu; save c; from b; add a; global_pool; dense 8; add c; dense outputs",
        "graph:save a; conv 2 3 pad=1; relu; add a; flatten; dense outputs",
        "graph:max_pool 2; save a; conv 2 3 pad=1; save b; from a; conv 2 3 pad=1; add b; relu; flatten; dense outputs",
        "graph:tanh; save a; conv 2 1; add a; layer_norm; global_pool; dense outputs",
        "graph:flatten; dense 6; relu; dropout rate=0.5; dense outputs",
    };
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        whole(models[m], rig_image(2, 9, 4), entropy, 36);
}

/* Some layers stand still: the first one, the last one, some along one axis only, all of them. */
static void layers_that_rest(void) {
    for (int which = 0; which < 6; which++) {
        ground g;
        temper_array a;
        if (!settle(&g,
                    "graph:conv 3 3; relu; max_pool 2; conv 4 2; relu; flatten; dense 9; relu; dense outputs",
                    rig_image(1, 9, 4), entropy, 40))
            return;
        for (int k = 0; temper_network_array(g.network, k, &a); k++) {
            int layer = atoi(a.name);
            for (int axis = 0; axis < AXES; axis++) {
                bool rests = which == 0   ? layer < 3
                             : which == 1 ? layer > 3
                             : which == 2 ? axis == 0 && layer < 4
                             : which == 3 ? axis > 0 && layer < 4
                             : which == 4 ? true
                                          : axis != 1;
                for (int64_t i = 0; i < a.length && rests; i++) g.direction[axis][a.offset + i] = 0;
            }
        }
        all_axes(&g, 40, 2e-6);
        leave(&g);
    }
}

/* Values that stand still, of more blocks than go through the network together. */
static void kept_in_windows(void) {
    ground g;
    if (!settle(
            &g,
            "graph:conv 12 3 pad=1; relu; max_pool 4; save a; conv 12 3 pad=1; add a; relu; global_pool; dense outputs",
            rig_image(1, 20, 4), entropy, 60))
        return;
    for (int axis = 0; axis < AXES; axis++) memset(g.direction[axis], 0, 12 * 10 * sizeof(float));
    all_axes(&g, 60, 2e-6);
    leave(&g);
}

/* Tokens, whose rows are no vectors. */
static void embeddings(void) {
    ground g;
    if (!settle(&g, "graph:embedding 9 4; dense 5; relu; flatten; dense outputs", rig_vector(6, 4), entropy,
                40))
        return;
    for (int64_t i = 0; i < 40 * 6; i++) g.data.X[i] = (float)(i * 5 % 9);
    g.task.scaling = NULL;
    all_axes(&g, 40, 2e-6);
    leave(&g);
}

/* The same number as the potential's, prior and all. */
static void priors(void) {
    ground g;
    if (!settle(&g, "mlp:20", rig_vector(7, 3), entropy, 70)) return;
    temper_potential *potential;
    g.task.prior = 0.5;
    CHECK_OK(temper_network_potential(&potential, &g.task));
    temper_look look = {.whole = true, .scratch = calloc(potential->scratch, 1)};
    double *theta = calloc((size_t)g.P, sizeof *theta);
    for (int axes = 1; axes <= AXES; axes++) {
        mark(&g, axes);
        CHECK_OK(ask(&g));
        for (int p = 0; p < POINTS; p++) {
            for (int64_t i = 0; i < g.P; i++) {
                theta[i] = (double)g.theta[i];
                for (int k = 0; k < axes; k++) theta[i] += g.x[p * axes + k] * (double)g.direction[k][i];
            }
            double u = potential->type->energy(potential->self, &look, theta);
            CHECK_NEAR(g.loss[p], u, 2e-6 * (1 + fabs(u)));
        }
    }
    free(theta), free(look.scratch), temper_potential_free(potential), leave(&g);
}

/* Rows whose largest output is not their label, as the forecast counts them. */
static void wrong_rows(void) {
    enum { N = 90, K = 4 };
    ground g;
    if (!settle(&g, "mlp:20", rig_vector(7, K), entropy, N)) return;
    float *theta = calloc((size_t)g.P, sizeof *theta), z[N * K];
    mark(&g, 2);
    CHECK_OK(ask(&g));
    for (int p = 0; p < POINTS; p++) {
        int wrong = 0;
        for (int64_t i = 0; i < g.P; i++)
            theta[i] = g.theta[i] + (float)(g.x[2 * p] * (double)g.direction[0][i] +
                                            g.x[2 * p + 1] * (double)g.direction[1][i]);
        CHECK_OK(temper_network_predict(g.network, &g.data, &g.scaling, g.row, N, theta, NULL, z));
        for (int i = 0; i < N; i++) {
            int top = 0;
            for (int k = 1; k < K; k++)
                if (z[i * K + k] > z[i * K + top]) top = k;
            wrong += top != g.data.y[g.row[i]];
        }
        CHECK_NEAR(g.wrong[p], wrong / (double)N, 1e-12);
        CHECK(g.wrong[p] > 0.1, "point %d: %g are wrong, that is no test", p, g.wrong[p]);
    }
    CHECK(g.error[6] == 0 && g.error[0] > 0, "errors at θ %g, elsewhere %g", g.error[6], g.error[0]);
    free(theta), leave(&g);
}

int main(void) {
    RUN(dense_nets);
    RUN(image_nets);
    RUN(norms);
    RUN(first_layers);
    RUN(layers_that_rest);
    RUN(kept_in_windows);
    RUN(embeddings);
    RUN(priors);
    RUN(wrong_rows);
    return check_end();
}
