/* The engine: what it computes, by hand where that is possible, and that neither its memory plan, nor groups, threads or
 * instruction sets show in the bits. */
#include "network_rig.h"
#include "network/plan.h"

enum { N = 75, BLOCKS = 5 }; /* the last block is not full */

static const struct {
    const char *model;
    int64_t channels, side;
    bool coupled;
} list[] = {
    {"mlp:40,24", 0, 9, false},
    {"graph:conv 16 3 pad=1; relu; max_pool 2; conv 8 3; gelu; flatten; dense 20; tanh; dense 7", 2, 16,
     false},
    {"graph:conv 6 3 pad=1; leaky; save a; conv 6 3 pad=1; silu; add a; relu; dropout rate=0.2; global_pool; "
     "dense 7",
     2, 8, false},
    {"graph:conv 6 3 pad=1; batch_norm; relu; save a; conv 6 3 pad=1; batch_norm; add a; relu; global_pool; "
     "dense 7",
     2, 8, true},
    {"transformer:blocks=2,width=16,heads=2,patch=4", 1, 8, false},
};
enum { MODELS = sizeof list / sizeof *list };
/* The second is so wide that a group has two blocks: cuts are seen there. */

typedef struct {
    net_graph *graph;
    char *text;
    temper_network_io io;
    temper_samples data;
    real *theta, *v;
    net_loss loss;
} lab;

static bool lab_open(lab *l, int k) {
    memset(l, 0, sizeof *l);
    l->io = list[k].channels ? rig_image(list[k].channels, list[k].side, 7) : rig_vector(list[k].side, 7);
    temper_status bad = net_graph_build(&l->graph, list[k].model, &l->io, 7, &l->text);
    CHECK(bad == TEMPER_OK, "%s: %s", list[k].model, temper_message());
    if (bad) return false;
    l->data = rig_samples(N, l->io, true);
    size_t P = (size_t)l->graph->parameters;
    l->theta = calloc(P, sizeof(real)), l->v = calloc(P, sizeof(real));
    for (size_t i = 0; i < P; i++)
        l->theta[i] = (real)(0.2 * rig_normal(4, (int64_t)i)), l->v[i] = (real)rig_normal(5, (int64_t)i);
    l->loss = (net_loss){TEMPER_CROSS_ENTROPY, 7, 0.1, 0};
    return true;
}

static void lab_close(lab *l) {
    temper_release(l->graph), temper_release(l->text);
    rig_samples_free(&l->data);
    free(l->theta), free(l->v);
}

typedef struct { /* an engine in memory full of `poison` */
    net_engine *engine;
    void *memory;
} machine;

static machine machine_make(const lab *l, bool learning, bool tangents, int threads, int poison) {
    net_plan plan;
    machine m;
    net_engine_plan(l->graph, BLOCKS, learning, tangents, threads, &plan);
    m.memory = aligned_alloc(64, (plan.total + 63) / 64 * 64);
    memset(m.memory, poison, plan.total);
    m.engine = net_engine_place(m.memory, l->graph, BLOCKS, learning, tangents, threads);
    return m;
}

/* Rows first … first+n−1 into the engine's blocks. */
static net_batch fill(const machine *m, const lab *l, int64_t first, int64_t n) {
    int64_t F = l->io.features;
    real *block = net_engine_input(m->engine);
    memset(block, 0, (size_t)(BLOCKS * F * LANES) * sizeof *block);
    for (int64_t i = 0; i < n; i++)
        for (int64_t f = 0; f < F; f++)
            block[(i / LANES * F + f) * LANES + i % LANES] = l->data.X[(first + i) * F + f];
    return (net_batch){
        .samples = n, .y = l->data.y + first, .training = true, .stream = rig_stream, .step = 11};
}

typedef struct { /* all that one evaluation gives */
    double u, u_curve, loss[N];
    real *grad, *grad_curve, *Hv, *z;
} answer;

static answer ask(const lab *l, int threads, int64_t group, int poison) {
    size_t P = (size_t)l->graph->parameters * sizeof(real);
    answer a = {
        .grad = malloc(P), .grad_curve = malloc(P), .Hv = malloc(P), .z = malloc(N * 7 * sizeof(real))};
    memset(a.grad, poison, P), memset(a.grad_curve, poison, P), memset(a.Hv, poison, P);
    machine m = machine_make(l, true, false, threads, poison);
    net_batch batch = fill(&m, l, 0, N);
    real *z = malloc(N * 7 * sizeof(real));
    if (group && group < m.engine->group) m.engine->group = group;
    net_outputs(m.engine, &batch, l->theta, z);
    a.u = net_gradient(m.engine, &l->loss, &batch, l->theta, a.grad, a.loss);
    free(m.memory);
    m = machine_make(l, true, true, threads, poison);
    batch = fill(&m, l, 0, N);
    a.u_curve = net_curve(m.engine, &l->loss, &batch, l->theta, l->v, a.grad_curve, a.Hv);
    free(m.memory);
    m = machine_make(l, false, false, threads, poison);
    batch = fill(&m, l, 0, N);
    if (group && group < m.engine->group) m.engine->group = group;
    net_outputs(m.engine, &batch, l->theta, a.z);
    CHECK(!memcmp(z, a.z, N * 7 * sizeof(real)), "outputs depend on whether one learns");
    free(z);
    free(m.memory);
    return a;
}

static void answer_free(answer *a) { free(a->grad), free(a->grad_curve), free(a->Hv), free(a->z); }

static void compare(const lab *l, int k, const answer *a, const answer *b, const char *what, int number) {
    size_t P = (size_t)l->graph->parameters * sizeof(real);
    const char *model = list[k].model;
    CHECK(a->u == b->u && isfinite(a->u), "%s, %s %d: u = %.17g, not %.17g", model, what, number, b->u, a->u);
    CHECK(a->u_curve == b->u_curve, "%s, %s %d: u of the curve", model, what, number);
    CHECK(!memcmp(a->loss, b->loss, sizeof a->loss), "%s, %s %d: losses", model, what, number);
    CHECK(!memcmp(a->grad, b->grad, P), "%s, %s %d: gradient", model, what, number);
    CHECK(!memcmp(a->grad_curve, b->grad_curve, P), "%s, %s %d: gradient of the curve", model, what, number);
    CHECK(!memcmp(a->Hv, b->Hv, P), "%s, %s %d: Hv", model, what, number);
    CHECK(!memcmp(a->z, b->z, N * 7 * sizeof(real)), "%s, %s %d: outputs", model, what, number);
}

/* One gradient, three ways to it: alone, with a curvature, and whatever lay in memory before. */
static void one_gradient(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!lab_open(&l, k)) continue;
        answer a = ask(&l, 1, 0, 0xff), b = ask(&l, 1, 0, 0x3f);
        compare(&l, k, &a, &b, "poison", 0x3f);
        CHECK(a.u == a.u_curve, "%s", list[k].model);
        CHECK(!memcmp(a.grad, a.grad_curve, (size_t)l.graph->parameters * sizeof(real)),
              "%s: gradient beside Hv", list[k].model);
        answer_free(&a), answer_free(&b), lab_close(&l);
    }
}

static void threads_and_groups(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (!lab_open(&l, k)) continue;
        answer a = ask(&l, 1, 0, 0xff);
        for (int threads = 2; threads <= 4; threads++) {
            temper_threads(threads);
            answer b = ask(&l, threads, 0, 0xff);
            compare(&l, k, &a, &b, "threads", threads);
            answer_free(&b);
        }
        temper_threads(2);
        for (int64_t group = 2; group <= 4; group += 2) {
            answer b = ask(&l, 1, group, 0xff);
            compare(&l, k, &a, &b, "group", (int)group);
            answer_free(&b);
        }
        answer_free(&a), lab_close(&l);
    }
}

static void instruction_sets(void) {
    for (int k = 0; k < MODELS; k++) {
        answer a[TEMPER_CPU_AMX + 1];
        lab l;
        int best = (int)temper_cpu_best();
        for (int level = 0; level <= best; level++) {
            CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
            if (!lab_open(&l, k)) return;
            a[level] = ask(&l, 1, 0, 0xff);
            if (level > 0) compare(&l, k, &a[0], &a[level], "level", level);
            if (level < best) lab_close(&l);
        }
        for (int level = 0; level <= best; level++) answer_free(&a[level]);
        lab_close(&l);
        temper_cpu_cap("auto");
    }
}

/* A sample does not know its batch (unless a batch norm tells it), and a small batch after a large one leaves no trace. */
static void samples_alone(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        if (list[k].coupled || strstr(list[k].model, "dropout") || !lab_open(&l, k)) continue;
        machine m = machine_make(&l, true, false, 1, 0xff);
        double loss[N], one, mean = 0;
        net_batch batch = fill(&m, &l, 0, N);
        double u = net_gradient(m.engine, &l.loss, &batch, l.theta, NULL, loss);
        for (int64_t i = 0; i < N; i++) {
            batch = fill(&m, &l, i, 1);
            double alone = net_gradient(m.engine, &l.loss, &batch, l.theta, NULL, &one);
            CHECK(one == loss[i] && alone == one, "%s: sample %d: %.17g, not %.17g", list[k].model, (int)i,
                  one, loss[i]);
            mean += one;
        }
        CHECK(u == mean / N, "%s: the mean is not the mean", list[k].model);
        free(m.memory), lab_close(&l);
    }
}

/* Least squares: with residuals r = W x + b − t, ∇_W = ⟨x r⟩, ∇_b = ⟨r⟩, and H v the same with v in place of r + t. */
static void by_hand(void) {
    enum { F = 5, K = 3, M = 37 };
    temper_network_io io = rig_vector(F, K);
    net_graph *graph;
    char *text;
    CHECK_OK(net_graph_build(&graph, "graph:dense 3", &io, K, &text));
    if (check_bad) return;
    CHECK(graph->parameters == F * K + K && graph->nodes == 2, "%d", (int)graph->parameters);
    lab l = {.graph = graph, .text = text, .io = io, .data = rig_samples(M, io, false)};
    real theta[F * K + K], v[F * K + K], grad[F * K + K], Hv[F * K + K];
    double truth[F * K + K] = {0}, curved[F * K + K] = {0}, u = 0;
    for (int i = 0; i < F * K + K; i++) theta[i] = (real)rig_normal(6, i), v[i] = (real)rig_normal(7, i);
    const real *W = theta + graph->node[1].weight, *b = theta + graph->node[1].bias;
    const real *W_v = v + graph->node[1].weight, *b_v = v + graph->node[1].bias;
    for (int i = 0; i < M; i++)
        for (int o = 0; o < K; o++) {
            const float *x = l.data.X + i * F;
            double r = (double)b[o] - l.data.t[i * K + o], c = (double)b_v[o];
            for (int f = 0; f < F; f++)
                r += (double)x[f] * (double)W[f * K + o], c += (double)x[f] * (double)W_v[f * K + o];
            u += 0.5 * r * r / M;
            for (int f = 0; f < F; f++) {
                truth[graph->node[1].weight + f * K + o] += (double)x[f] * r / M;
                curved[graph->node[1].weight + f * K + o] += (double)x[f] * c / M;
            }
            truth[graph->node[1].bias + o] += r / M, curved[graph->node[1].bias + o] += c / M;
        }
    machine m = machine_make(&l, true, true, 1, 0xff);
    net_batch batch = fill(&m, &l, 0, M);
    net_loss loss = {TEMPER_SQUARED, K, 0, 0};
    batch.y = NULL, batch.t = l.data.t;
    CHECK_NEAR(net_curve(m.engine, &loss, &batch, theta, v, grad, Hv), u, 1e-6 * u);
    for (int i = 0; i < F * K + K; i++) {
        CHECK_NEAR((double)grad[i], truth[i], 2e-6);
        CHECK_NEAR((double)Hv[i], curved[i], 2e-6);
    }
    free(m.memory), rig_samples_free(&l.data), temper_release(graph), temper_release(text);
}

/* Mean and variance of each channel of the data, as a batch norm in front of everything sees them. */
static void statistics(void) {
    temper_network_io io = rig_image(3, 6, 7);
    lab l = {.io = io, .data = rig_samples(N, io, true)};
    CHECK_OK(net_graph_build(&l.graph, "graph:batch_norm; flatten; dense 7", &io, 7, &l.text));
    if (check_bad) return;
    l.theta = calloc((size_t)l.graph->parameters, sizeof(real));
    machine m = machine_make(&l, false, false, 1, 0xff);
    net_batch batch = fill(&m, &l, 0, N);
    real got[6] = {1, 2, 3, 4, 5, 6};
    batch.training = false;
    net_measure(m.engine, &batch, l.theta, 0.25, got);
    for (int c = 0; c < 3; c++) {
        double mean = 0, variance = 0;
        for (int i = 0; i < N * 36; i++) mean += (double)l.data.X[i / 36 * 108 + c * 36 + i % 36] / (N * 36);
        for (int i = 0; i < N * 36; i++) {
            double off = (double)l.data.X[i / 36 * 108 + c * 36 + i % 36] - mean;
            variance += off * off / (N * 36);
        }
        CHECK_NEAR((double)got[c], 1 + c + 0.25 * mean, 1e-6);
        CHECK_NEAR((double)got[3 + c], 4 + c + 0.25 * variance, 1e-6);
    }
    free(m.memory), lab_close(&l);
}

/* A plan says what it costs, an evaluation allocates nothing, and an engine that only looks needs less. */
static void memory(void) {
    for (int k = 0; k < MODELS; k++) {
        lab l;
        net_plan looks, learns, curves;
        if (!lab_open(&l, k)) continue;
        net_engine_plan(l.graph, BLOCKS, false, false, 1, &looks);
        net_engine_plan(l.graph, BLOCKS, true, false, 1, &learns);
        net_engine_plan(l.graph, BLOCKS, true, true, 1, &curves);
        CHECK(looks.total <= learns.total, "%s: %zu, %zu", list[k].model, looks.total, learns.total);
        CHECK(curves.total < 2.05 * (double)learns.total + 4096, "%s: %zu for a curve, %zu for a slope",
              list[k].model, curves.total, learns.total);
        CHECK(learns.total <= learns.values + learns.adjoints + learns.kept + learns.scratch + 16384,
              "%s: %zu in all, values %zu, adjoints %zu", list[k].model, learns.total, learns.values,
              learns.adjoints);
        if (list[k].coupled) /* adjoints of one segment take the place of those of another */
            CHECK(learns.total < learns.values + learns.adjoints + learns.kept, "%s: nothing is used twice",
                  list[k].model);
        machine m = machine_make(&l, true, false, 1, 0xff);
        net_batch batch = fill(&m, &l, 0, N);
        real *grad = calloc((size_t)l.graph->parameters, sizeof *grad);
        int64_t count = temper_alloc_count();
        net_gradient(m.engine, &l.loss, &batch, l.theta, grad, NULL);
        CHECK(temper_alloc_count() == count, "%s: allocates in a step", list[k].model);
        free(grad), free(m.memory), lab_close(&l);
    }
}

int main(void) {
    RUN(by_hand);
    RUN(one_gradient);
    RUN(threads_and_groups);
    RUN(instruction_sets);
    RUN(samples_alone);
    RUN(statistics);
    RUN(memory);
    return check_end();
}
