/* Probes: the same bits on any number of threads, on any level of the processor, for one vector or many, kept or made again; memory. */
#include "network_rig.h"
#include "network/needle.h"
#include "temper/potential.h"
#include "temper/probe.h"

typedef struct {
    const char *model;
    int64_t channels, side, n, batch;
    bool constants;
} subject;

static const subject subjects[] = {
    {"mlp:24,12", 0, 20, 530, 530, false},
    {"graph:conv 5 3 pad=1; batch_norm; tanh; save a; conv 5 3 pad=1; batch_norm; add a; relu; avg_pool 2; flatten; "
     "dense 10",
     2, 6, 300, 100, true},
    {"graph:conv 5 3 pad=1; batch_norm; tanh; max_pool 2; flatten; dense 10", 2, 6, 270, 100, false},
    {"transformer:blocks=1,width=8,heads=2,patch=4", 1, 8, 270, 270, false},
    {"graph:embedding 9 4; position; save a; layer_norm; dense 8 plain=yes; tanh; dense 4; add a; gelu; "
     "global_pool; dense 10 plain=yes",
     0, 40, 257, 257, false}, /* two groups in a chunk */
    {"graph:conv 6 3 pad=1; relu; shortcut 9 2 front=2; silu; flatten; dropout rate=0.5; dense 10", 1, 12, 17,
     17, false},
    {"mlp:130,70,norm=layer,activation=softplus", 0, 12, 1, 1, false},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects, VECTORS = 3 };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    int64_t row[530];
    float *theta, *statistics;
} sitter;

static bool sit(sitter *s, const subject *of) {
    memset(s, 0, sizeof *s);
    temper_network_io io = of->channels ? rig_image(of->channels, of->side, 10) : rig_vector(of->side, 10);
    s->data = rig_samples(of->n, io, true);
    for (int64_t i = 0; i < of->n; i++) s->row[i] = i;
    for (int64_t i = 0; i < of->n * io.features && strstr(of->model, "embedding"); i++)
        s->data.X[i] = (float)(i * 5 % 9);
    CHECK_OK(temper_network_create(&s->network, of->model, &io, &(temper_objective){0}));
    if (!s->network) return false;
    s->task = (temper_network_task){.network = s->network,
                                    .samples = &s->data,
                                    .row = s->row,
                                    .rows = of->n,
                                    .batch = of->batch,
                                    .prior = 3,
                                    .init_scale = 1};
    s->theta = calloc((size_t)temper_network_parameters(s->network), sizeof(float));
    s->statistics = calloc((size_t)temper_network_statistics(s->network) + 1, sizeof(float));
    temper_network_start(s->network, TEMPER_INIT_AUTO, 1, rig_stream, s->theta);
    if (!of->constants) return true;
    CHECK_OK(temper_network_calibrate(&s->task, s->theta, s->statistics));
    s->task.statistics = s->statistics;
    return true;
}

static void leave(sitter *s) {
    temper_network_free(s->network), rig_samples_free(&s->data), free(s->theta), free(s->statistics);
}

/* n normals, drawn once. */
static const float *normals(int64_t n) {
    static float *v;
    static int64_t have;
    if (n > have) v = realloc(v, (size_t)n * sizeof *v);
    for (; have < n; have++) v[have] = (float)rig_normal(13, have);
    return v;
}

/* VECTORS products, `together` at a time. */
static float *answers(const sitter *s, temper_curvature kind, size_t memory, int together, int64_t *numbers) {
    temper_probe *probe;
    CHECK_OK(temper_probe_create(&probe, &s->task, kind, s->theta, rig_stream, memory));
    if (!probe) return NULL;
    const int64_t dim = temper_probe_dim(probe);
    const float *v = normals(VECTORS * dim);
    float *out = calloc((size_t)(VECTORS * dim), sizeof *out);
    for (int k = 0, n; k < VECTORS; k += n) {
        n = VECTORS - k < together ? VECTORS - k : together;
        CHECK_OK(temper_probe_apply(probe, n, v + k * dim, out + k * dim));
    }
    *numbers = VECTORS * dim;
    temper_probe_free(probe);
    return out;
}

static bool legal(const sitter *s, const subject *of, temper_curvature kind) {
    const bool couples = temper_network_statistics(s->network) > 0 && !of->constants;
    return kind == TEMPER_HESSIAN || !couples;
}

static void same_bits(void) {
    static const struct {
        const char *cpu;
        int threads, together;
        size_t memory;
    } ways[] = {{"ref", 1, 3, 0},  {"avx2", 2, 1, 0}, {"auto", 2, 3, 0},
                {"auto", 5, 2, 0}, {"auto", 2, 3, 1}, {"auto", 1, 1, 500000}};
    for (int k = 0; k < SUBJECTS; k++)
        for (temper_curvature kind = TEMPER_HESSIAN; kind <= TEMPER_NTK; kind++) {
            sitter s;
            int64_t n = 0;
            if (!sit(&s, &subjects[k])) continue;
            if (legal(&s, &subjects[k], kind)) {
                CHECK_OK(temper_threads(1));
                float *first = answers(&s, kind, 0, 1, &n);
                for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
                    CHECK_OK(temper_threads(ways[w].threads));
                    if (temper_cpu_cap(ways[w].cpu)) continue; /* not this machine's */
                    float *other = answers(&s, kind, ways[w].memory, ways[w].together, &n);
                    CHECK(first && other && !memcmp(first, other, (size_t)n * sizeof *first),
                          "%s, kind %d: other bits with cpu %s, %d threads, %d together, %zu bytes",
                          subjects[k].model, kind, ways[w].cpu, ways[w].threads, ways[w].together,
                          ways[w].memory);
                    free(other);
                }
                free(first);
            }
            CHECK_OK(temper_cpu_cap("auto"));
            CHECK_OK(temper_threads(0));
            leave(&s);
        }
}

static double apart(const float *a, const double *b, int64_t n) {
    double off = 0, all = 0;
    for (int64_t i = 0; i < n; i++) off += pow((double)a[i] - b[i], 2), all += b[i] * b[i];
    return sqrt(off / all);
}

/* Hessians are those of the potential in double, prior and all. */
static void hessians_in_double(void) {
    for (int k = 0; k < SUBJECTS; k++) {
        sitter s;
        int64_t n = 0;
        temper_potential *u;
        if (!sit(&s, &subjects[k])) continue;
        const int64_t P = temper_network_parameters(s.network);
        float *Hv = answers(&s, TEMPER_HESSIAN, 0, VECTORS, &n);
        CHECK_OK(temper_network_potential(&u, &s.task));
        temper_look look = {.whole = true, .scratch = calloc(u->scratch, 1)};
        double *at = calloc((size_t)(4 * P), sizeof *at), *v = at + P, *grad = v + P, *truth = grad + P;
        for (int64_t i = 0; i < P; i++)
            at[i] = (double)s.theta[i], v[i] = (double)normals(VECTORS * P)[P + i];
        (void)u->type->curve(u->self, &look, at, v, grad, truth);
        double off = apart(Hv + P, truth, P);
        CHECK(off <= 1e-5, "%s: off by %.2g", subjects[k].model, off);
        free(at), free(look.scratch), temper_potential_free(u), free(Hv), leave(&s);
    }
}

/* u·Av = v·Au. */
static void symmetric(void) {
    for (int k = 0; k < SUBJECTS; k++)
        for (temper_curvature kind = TEMPER_HESSIAN; kind <= TEMPER_NTK; kind++) {
            sitter s;
            int64_t n = 0;
            if (!sit(&s, &subjects[k])) continue;
            const bool nothing = kind == TEMPER_GRADIENT_COVARIANCE && s.task.rows == 1; /* rounding alone */
            if (legal(&s, &subjects[k], kind) && !nothing) {
                float *out = answers(&s, kind, 0, VECTORS, &n);
                const int64_t dim = n / VECTORS;
                double there = 0, back = 0, size[2] = {0, 0};
                for (int64_t i = 0; i < dim; i++) {
                    const double v[2] = {(double)normals(n)[i], (double)normals(n)[dim + i]};
                    there += v[1] * (double)out[i], back += v[0] * (double)out[dim + i];
                    size[0] += pow((double)out[i], 2), size[1] += v[1] * v[1];
                }
                CHECK(fabs(there - back) <= 1e-6 * sqrt(size[0] * size[1]), "%s, kind %d: %.9g and %.9g",
                      subjects[k].model, kind, there, back);
                free(out);
            }
            leave(&s);
        }
}

/* sum −= ∇L (∇L·v) for all vectors. */
static void take_mean_slope(const sitter *s, double *sum, int64_t P) {
    temper_probe *probe;
    double u;
    float *grad = calloc((size_t)P, sizeof *grad);
    CHECK_OK(temper_probe_create(&probe, &s->task, TEMPER_HESSIAN, s->theta, rig_stream, 0));
    CHECK_OK(temper_probe_slope(probe, &u, grad));
    for (int k = 0; k < VECTORS; k++) {
        double along = 0;
        for (int64_t i = 0; i < P; i++) along += (double)grad[i] * (double)normals(VECTORS * P)[k * P + i];
        for (int64_t i = 0; i < P; i++) sum[k * P + i] -= along * (double)grad[i];
    }
    free(grad), temper_probe_free(probe);
}

/* A product over all rows, in chunks and groups, is the mean of products over parts of them. Of the covariance that of single slopes is, from
 * which the product with the mean slope is taken. */
static void any_cut_into_rows(void) {
    for (int k = 0; k < SUBJECTS; k++)
        for (temper_curvature kind = TEMPER_HESSIAN; kind <= TEMPER_GRADIENT_COVARIANCE; kind++) {
            sitter s;
            int64_t n = 0;
            if (!sit(&s, &subjects[k])) continue;
            const int64_t rows = s.task.rows, *row = s.task.row, P = temper_network_parameters(s.network);
            const temper_curvature part_kind =
                kind == TEMPER_GRADIENT_COVARIANCE ? TEMPER_EMPIRICAL_FISHER : kind;
            s.task.prior = INFINITY;
            if (rows > 1 && legal(&s, &subjects[k], kind) && legal(&s, &subjects[k], TEMPER_NTK)) {
                float *whole = answers(&s, kind, 0, VECTORS, &n);
                double *sum = calloc((size_t)n, sizeof *sum);
                for (int64_t from = 0, to; from < rows; from = to) {
                    to = from + 37 + from / 8 < rows ? from + 37 + from / 8 : rows;
                    s.task.row = row + from, s.task.rows = s.task.batch = to - from;
                    float *part = answers(&s, part_kind, 0, VECTORS, &n);
                    for (int64_t i = 0; i < n; i++)
                        sum[i] += (double)part[i] * (double)(to - from) / (double)rows;
                    free(part);
                }
                s.task.row = row, s.task.rows = s.task.batch = rows;
                if (kind == TEMPER_GRADIENT_COVARIANCE) take_mean_slope(&s, sum, P);
                CHECK(apart(whole, sum, n) <= 8e-6, "%s, kind %d: off by %.2g", subjects[k].model, kind,
                      apart(whole, sum, n));
                free(whole), free(sum);
            }
            leave(&s);
        }
}

/* ---- memory ---- */

/* From nothing, tangents double the memory; through a point that is known, a thread takes what a gradient takes. */
static void hessian_takes_twice_a_gradient(void) {
    static const char *const models[] = {"mlp:256,128", "lenet5", "resnet20",
                                         "transformer:blocks=2,width=32,heads=4,patch=4"};
    for (int k = 0; k < 4; k++) {
        temper_network *network;
        const temper_network_io io = rig_image(1, 28, 10);
        CHECK_OK(temper_network_create(&network, models[k], &io, &(temper_objective){0}));
        temper_network_free(network);
        for (int64_t rows = 32; rows <= 512; rows *= 4) {
            net_graph *graph;
            char *text;
            net_plan one, two;
            net_needle_plan needle;
            CHECK_OK(net_graph_build(&graph, models[k], &io, 10, &text));
            net_engine_plan(graph, rows / LANES, true, false, 1, &one);
            net_engine_plan(graph, rows / LANES, true, true, 1, &two);
            net_needle_lay_out(graph, rows / LANES, true, &needle);
            CHECK((double)needle.needle <= 1.05 * (double)one.total,
                  "%s, %d rows: %zu bytes of tangents for %zu", models[k], (int)rows, needle.needle,
                  one.total);
            CHECK((double)two.total <= 2.1 * (double)one.total, "%s, %d rows: %zu bytes for %zu", models[k],
                  (int)rows, two.total, one.total);
            temper_release(graph), temper_release(text);
        }
    }
}

static void memory_runs_out(void) {
    sitter s;
    if (!sit(&s, &subjects[1])) return;
    const int64_t before = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_probe *probe = NULL;
        temper_alloc_fail_at(k);
        temper_status bad =
            temper_probe_create(&probe, &s.task, TEMPER_GRADIENT_COVARIANCE, s.theta, rig_stream, 0);
        double u = 0;
        if (!bad) bad = temper_probe_slope(probe, &u, NULL);
        temper_alloc_fail_at(0);
        temper_probe_free(probe);
        CHECK(temper_alloc_live() == before, "allocation %d: something stays", (int)k);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: status %d", (int)k, bad);
        CHECK(k < 50, "there is no end");
        if (k >= 50) break;
    }
    temper_probe *probe;
    CHECK_OK(temper_probe_create(&probe, &s.task, TEMPER_HESSIAN, s.theta, rig_stream, 0));
    float *v = calloc(2 * (size_t)temper_probe_dim(probe), sizeof *v);
    temper_alloc_fail_at(1000);
    CHECK_OK(temper_probe_apply(probe, 1, v, v + temper_probe_dim(probe)));
    CHECK(temper_alloc_count() == 0, "a product allocates");
    temper_alloc_fail_at(0);
    free(v), temper_probe_free(probe), leave(&s);
}

/* Constants of batch norms are for looks at everything. */
static void minibatches_ignore_constants(void) {
    sitter s;
    if (!sit(&s, &subjects[1])) return;
    const size_t P = (size_t)temper_network_parameters(s.network);
    float *grad = calloc(3 * P, sizeof *grad);
    for (int whole = 0; whole < 2; whole++) {
        double u[2] = {0, 0};
        for (int with = 0; with < 2; with++) {
            temper_potential *potential;
            s.task.statistics = with ? s.statistics : NULL;
            CHECK_OK(temper_network_potential(&potential, &s.task));
            temper_look look = {.stream = rig_stream, .step = 4, .whole = whole};
            look.scratch = calloc(potential->scratch, 1);
            u[with] = potential->type->slope_single(potential->self, &look, s.theta, grad + (size_t)with * P);
            free(look.scratch), temper_potential_free(potential);
        }
        const bool same = u[0] == u[1] && !memcmp(grad, grad + P, P * sizeof *grad);
        CHECK(same == !whole, "%s: u = %.9g without constants, %.9g with", whole ? "whole" : "minibatch",
              u[0], u[1]);
    }
    s.statistics[0] = NAN, s.task.statistics = s.statistics;
    temper_potential *potential;
    CHECK_FAILS(temper_network_potential(&potential, &s.task), TEMPER_BAD_DATA, "statistic 0");
    free(grad), leave(&s);
}

int main(void) {
    RUN(same_bits);
    RUN(minibatches_ignore_constants);
    RUN(hessians_in_double);
    RUN(symmetric);
    RUN(any_cut_into_rows);
    RUN(hessian_takes_twice_a_gradient);
    RUN(memory_runs_out);
    return check_end();
}
