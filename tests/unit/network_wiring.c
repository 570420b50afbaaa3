/* What net_graph_finish and the models' own op promise to the engine: writing over a value changes no bit, and the shortcut
 * is the linear map that it says. */
#include "network_rig.h"
#include "network/network.h"
#include "temper/potential.h"

enum { ROWS = 37 };

typedef struct {
    double loss;
    float *grad, *Hv;
} answer;

/* Gradient and Hessian product of the network as its graph is now. */
static answer ask(const temper_network *network, const temper_samples *samples) {
    const net_graph *graph = network->graph;
    const net_loss loss = {TEMPER_CROSS_ENTROPY, network->io.outputs, 0, 0};
    const size_t P = (size_t)graph->parameters;
    const int64_t blocks = (ROWS + LANES - 1) / LANES, features = samples->features;
    net_plan plan;
    net_engine_plan(graph, blocks, true, true, 1, &plan);
    void *memory = temper_alloc(plan.total, 1);
    net_engine *engine = net_engine_place(memory, graph, blocks, true, true, 1);
    float *theta = temper_alloc(2 * P, sizeof *theta), *v = theta + P;
    temper_network_start(network, TEMPER_INIT_AUTO, 1, rig_stream, theta);
    for (size_t k = 0; k < P; k++) v[k] = (float)rig_normal(9, (int64_t)k);
    for (int64_t i = 0; i < ROWS; i++)
        for (int64_t f = 0; f < features; f++)
            net_engine_input(engine)[(i / LANES * features + f) * LANES + i % LANES] =
                samples->X[i * features + f];
    answer a = {.grad = temper_alloc(P, sizeof *a.grad), .Hv = temper_alloc(P, sizeof *a.Hv)};
    const net_batch batch = {.samples = ROWS, .y = samples->y, .training = true, .stream = rig_stream};
    a.loss = net_curve(engine, &loss, &batch, theta, v, a.grad, a.Hv);
    temper_release(memory), temper_release(theta);
    return a;
}

static void overwriting(void) {
    static const char *const models[] = {
        "mlp:9,8,activation=tanh,norm=batch", "lenet5:pad=2", "resnet:depth=8,width=3",
        "transformer:blocks=1,width=8,heads=2",
        "graph:dense 9; save a; dense 9; add a; sigmoid; save b; relu; dense 9; add b; relu; sigmoid; dense 7; save c; relu; add c; dense outputs"};
    const temper_network_io io = rig_image(1, 8, 5);
    temper_samples samples = rig_samples(ROWS, io, true);
    for (int m = 0; m < 5; m++) {
        temper_network *network;
        CHECK_OK(temper_network_create(&network, models[m], &io, &(temper_objective){0}));
        answer over = ask(network, &samples);
        const size_t bytes = (size_t)network->graph->parameters * sizeof(float);
        int places = 0;
        for (int i = 0; i < network->graph->nodes; i++) {
            places += network->graph->node[i].in_place;
            network->graph->node[i].in_place = false;
        }
        answer beside = ask(network, &samples);
        CHECK(places > 0 && over.loss == beside.loss && isfinite(over.loss), "%s: %d places, loss %g, %g",
              models[m], places, over.loss, beside.loss);
        CHECK(!memcmp(over.grad, beside.grad, bytes), "%s: gradient", models[m]);
        CHECK(!memcmp(over.Hv, beside.Hv, bytes), "%s: Hv", models[m]);
        temper_release(over.grad), temper_release(over.Hv), temper_release(beside.grad),
            temper_release(beside.Hv);
        temper_network_free(network);
    }
    rig_samples_free(&samples);
}

/* Slope and curvature of u in double against central differences, in networks whose sums pass by shortcuts. */
static void differences(void) {
    static const char *const models[] = {
        "graph:conv 3 3; tanh; save a; shortcut 5 stride=2; save b; from a; conv 5 3 stride=2 pad=1; add b; tanh; dense outputs",
        "graph:shortcut 4 stride=3; conv 2 2; shortcut 3; gelu; dense outputs"}; /* first over data, then of what learns */
    const temper_network_io io = rig_image(2, 9, 3);
    temper_samples samples = rig_samples(ROWS, io, true);
    int64_t row[ROWS];
    for (int i = 0; i < ROWS; i++) row[i] = i;
    for (int m = 0; m < 2; m++) {
        temper_network *network;
        temper_potential *u;
        CHECK_OK(temper_network_create(&network, models[m], &io, &(temper_objective){0}));
        const temper_network_task task = {.network = network,
                                          .samples = &samples,
                                          .row = row,
                                          .rows = ROWS,
                                          .batch = ROWS,
                                          .prior = INFINITY,
                                          .init_scale = 1,
                                          .threads = 1};
        CHECK_OK(temper_network_potential(&u, &task));
        const size_t P = (size_t)u->dim;
        double *theta = calloc(8 * P, sizeof *theta), *v = theta + P, *grad = v + P, *Hv = grad + P,
               *up = Hv + P, *down = up + P, *there = down + P, *again = there + P;
        const temper_look look = {
            .stream = rig_stream, .whole = true, .scratch = temper_alloc(u->scratch, 1)};
        u->type->start(u->self, rig_stream, theta);
        for (size_t k = 0; k < P; k++) v[k] = rig_normal(4, (int64_t)k);
        u->type->curve(u->self, &look, theta, v, grad, Hv);
        const double h = 1e-5;
        double slope = 0, worst = 0, size = 0;
        for (size_t k = 0; k < P; k++) there[k] = theta[k] + h * v[k], again[k] = theta[k] - h * v[k];
        for (size_t k = 0; k < P; k++) slope += grad[k] * v[k];
        const double rise =
            u->type->slope(u->self, &look, there, up) - u->type->slope(u->self, &look, again, down);
        CHECK_NEAR(rise / (2 * h), slope, 1e-8 * (1 + fabs(slope)));
        for (size_t k = 0; k < P; k++) {
            worst = fmax(worst, fabs((up[k] - down[k]) / (2 * h) - Hv[k]));
            size = fmax(size, fabs(Hv[k]));
        }
        CHECK(worst < 1e-7 * size, "%s: Hv off by %g of %g", models[m], worst, size);
        temper_release(look.scratch);
        free(theta);
        temper_potential_free(u);
        temper_network_free(network);
    }
    rig_samples_free(&samples);
}

int main(void) {
    RUN(overwriting);
    RUN(differences);
    return check_end();
}
