/* Probes: every kind against matrices written out from Jacobians in double; draws of the Fisher matrix; what is refused. */
#include "base/elementary.h"
#include "network_rig.h"
#include "temper/potential.h"
#include "temper/probe.h"

enum { ROWS = 21, D = 5, K = 3 };
static const char *const model = "graph:dense 6; tanh; dense 3";

typedef struct { /* a small network with its Jacobian */
    temper_network_io io;
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    int64_t row[ROWS], P, outputs;
    float *theta, *z; /* z: [ROWS][outputs] */
    double *J;        /* [ROWS][outputs][P] */
    double *g;        /* [ROWS][P] slopes of single losses */
} lab;

static temper_network_task task_of(const lab *l, const temper_network *network, const temper_samples *data) {
    return (temper_network_task){.network = network,
                                 .samples = data,
                                 .row = l->row,
                                 .rows = ROWS,
                                 .batch = ROWS,
                                 .prior = INFINITY,
                                 .init_scale = 1};
}

/* The slope of the loss of row i, in double. */
static void slope_of_row(const lab *l, temper_network_task task, int i, double *grad) {
    temper_potential *u;
    double *theta = calloc((size_t)l->P, sizeof *theta);
    task.row = l->row + i, task.rows = task.batch = 1;
    CHECK_OK(temper_network_potential(&u, &task));
    temper_look look = {.whole = true, .scratch = calloc(u->scratch, 1)};
    for (int64_t p = 0; p < l->P; p++) theta[p] = (double)l->theta[p];
    (void)u->type->slope(u->self, &look, theta, grad);
    free(theta), free(look.scratch), temper_potential_free(u);
}

/* Row k of J is the slope of Σ (z − t)²/2 at t − e_k, less that at t. */
static void jacobian(lab *l) {
    const temper_network_io io = {.features = D, .outputs = l->outputs};
    temper_network *plain;
    temper_samples data = rig_samples(ROWS, io, false);
    const size_t P = (size_t)l->P;
    double *a = calloc(P, sizeof *a);
    CHECK_OK(temper_network_create(&plain, l->outputs == K ? model : "graph:dense 6; tanh; dense 6", &io,
                                   &(temper_objective){.loss = TEMPER_SQUARED}));
    memcpy(data.X, l->data.X, ROWS * D * sizeof *data.X);
    for (int i = 0; i < ROWS; i++) {
        slope_of_row(l, task_of(l, plain, &data), i, a);
        for (int64_t k = 0; k < l->outputs; k++) {
            double *row = l->J + (i * l->outputs + k) * l->P;
            data.t[l->row[i] * l->outputs + k] -= 1;
            slope_of_row(l, task_of(l, plain, &data), i, row);
            data.t[l->row[i] * l->outputs + k] += 1;
            for (int64_t p = 0; p < l->P; p++) row[p] -= a[p];
        }
        slope_of_row(l, l->task, i, l->g + i * l->P);
    }
    free(a), temper_network_free(plain), rig_samples_free(&data);
}

static bool lab_open(lab *l, temper_objective objective) {
    memset(l, 0, sizeof *l);
    const bool labels = objective.loss == TEMPER_CROSS_ENTROPY || objective.loss == TEMPER_HINGE;
    l->io = rig_vector(D, K);
    l->data = rig_samples(ROWS, l->io, labels);
    for (int i = 0; i < ROWS; i++) l->row[i] = (8 * i + 3) % ROWS; /* each row once */
    CHECK_OK(temper_network_create(
        &l->network, objective.loss == TEMPER_GAUSSIAN_NLL ? "graph:dense 6; tanh; dense 6" : model, &l->io,
        &objective));
    if (!l->network) return false;
    l->task = task_of(l, l->network, &l->data);
    l->P = temper_network_parameters(l->network), l->outputs = temper_network_outputs(l->network);
    const size_t P = (size_t)l->P, z = (size_t)(ROWS * l->outputs);
    l->theta = calloc(P, sizeof(float)), l->z = calloc(z, sizeof(float));
    l->J = calloc(z * P, sizeof(double)), l->g = calloc(ROWS * P, sizeof(double));
    temper_network_start(l->network, TEMPER_INIT_AUTO, 1, rig_stream, l->theta);
    for (int64_t p = 0; p < l->P; p++) l->theta[p] += (float)(0.2 * rig_normal(4, p));
    jacobian(l);
    CHECK_OK(temper_network_predict(l->network, &l->data, NULL, l->row, ROWS, l->theta, NULL, l->z));
    return true;
}

static void lab_close(lab *l) {
    temper_network_free(l->network), rig_samples_free(&l->data);
    free(l->theta), free(l->z), free(l->J), free(l->g);
}

static void softmax(const lab *l, int i, double p[K]) {
    double sum = 0;
    for (int k = 0; k < K; k++) sum += p[k] = temper_exp((double)l->z[i * K + k]);
    for (int k = 0; k < K; k++) p[k] /= sum;
}

/* ---- the truth: A[dim][dim] ---- */

/* A += weight·Σ_kj J_k Λ_kj J_j of row i. */
static void sandwich(const lab *l, int i, const double *Lambda, double weight, double *A) {
    for (int64_t k = 0; k < l->outputs; k++)
        for (int64_t j = 0; j < l->outputs; j++) {
            const double *a = l->J + (i * l->outputs + k) * l->P, *b = l->J + (i * l->outputs + j) * l->P;
            for (int64_t p = 0; p < l->P; p++)
                for (int64_t q = 0; q < l->P; q++)
                    A[p * l->P + q] += weight * Lambda[k * l->outputs + j] * a[p] * b[q];
        }
}

static void outer_slopes(const lab *l, double *A, bool covariance) {
    double *mean = calloc((size_t)l->P, sizeof *mean);
    for (int i = 0; i < ROWS; i++)
        for (int64_t p = 0; p < l->P; p++) mean[p] += l->g[i * l->P + p] / ROWS;
    for (int64_t p = 0; p < l->P; p++)
        for (int64_t q = 0; q < l->P; q++) {
            for (int i = 0; i < ROWS; i++) A[p * l->P + q] += l->g[i * l->P + p] * l->g[i * l->P + q] / ROWS;
            if (covariance) A[p * l->P + q] -= mean[p] * mean[q];
        }
    free(mean);
}

/* The z̄ that a Fisher matrix draws: see the source; found again from their addresses. */
static void drawn(const lab *l, temper_stream stream, int i, temper_loss loss, double *bar) {
    const int64_t row = l->row[i];
    if (loss == TEMPER_CROSS_ENTROPY) {
        double p[K], below = 0, chance = temper_uniform(stream, TEMPER_FOR_NOISE, row, 0);
        int y = 0;
        softmax(l, i, p);
        while (y < K - 1 && (below += p[y]) <= chance) y++;
        for (int k = 0; k < K; k++) bar[k] = p[k] - (k == y);
    } else
        for (int k = 0; k < K; k++) {
            double xi = temper_normal(stream, TEMPER_FOR_NOISE, row, k);
            bar[k] = -xi;
            if (loss == TEMPER_SQUARED) continue;
            bar[k] *= temper_exp(-0.5 * (double)l->z[i * l->outputs + K + k]);
            bar[K + k] = 0.5 * (1 - xi * xi);
        }
}

static void truth(const lab *l, temper_curvature kind, temper_loss loss, double *A) {
    if (kind == TEMPER_NTK) {
        const int64_t n = ROWS * l->outputs;
        for (int64_t a = 0; a < n; a++)
            for (int64_t b = 0; b < n; b++)
                for (int64_t p = 0; p < l->P; p++) A[a * n + b] += l->J[a * l->P + p] * l->J[b * l->P + p];
    } else if (kind == TEMPER_GAUSS_NEWTON || kind == TEMPER_FISHER)
        for (int i = 0; i < ROWS; i++) {
            double p[K], bar[2 * K], Lambda[4 * K * K] = {0};
            const int64_t O = l->outputs;
            if (kind == TEMPER_FISHER) drawn(l, rig_stream, i, loss, bar);
            if (loss == TEMPER_CROSS_ENTROPY) softmax(l, i, p);
            for (int64_t k = 0; k < O; k++)
                for (int64_t j = 0; j < O; j++)
                    Lambda[k * O + j] = kind == TEMPER_FISHER    ? bar[k] * bar[j]
                                        : loss == TEMPER_SQUARED ? (k == j)
                                                                 : p[k] * ((k == j) - p[j]);
            sandwich(l, i, Lambda, 1.0 / ROWS, A);
        }
    else
        outer_slopes(l, A, kind == TEMPER_GRADIENT_COVARIANCE);
}

/* |A v − probe(v)|/|A v| for three vectors at once. */
static double off_truth(const lab *l, temper_curvature kind, temper_loss loss) {
    temper_probe *probe;
    CHECK_OK(temper_probe_create(&probe, &l->task, kind, l->theta, rig_stream, 0));
    if (!probe) return NAN;
    const int64_t n = temper_probe_dim(probe);
    CHECK(n == (kind == TEMPER_NTK ? ROWS * l->outputs : l->P), "dim %d", (int)n);
    double *A = calloc((size_t)(n * n), sizeof *A), off = 0, all = 0;
    float *v = calloc((size_t)(3 * n), sizeof *v), *out = calloc((size_t)(3 * n), sizeof *out);
    for (int64_t i = 0; i < 3 * n; i++) v[i] = (float)rig_normal(11, i);
    truth(l, kind, loss, A);
    CHECK_OK(temper_probe_apply(probe, 3, v, out));
    for (int64_t i = 0; i < 3 * n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < n; j++) sum += A[i % n * n + j] * (double)v[i / n * n + j];
        off += ((double)out[i] - sum) * ((double)out[i] - sum), all += sum * sum;
    }
    free(A), free(v), free(out), temper_probe_free(probe);
    return sqrt(off / all);
}

static void kinds_against_jacobians(void) {
    static const char *const names[] = {"hessian",          "gauss_newton",        "fisher",
                                        "empirical_fisher", "gradient_covariance", "ntk"};
    static const temper_objective all[] = {{.loss = TEMPER_CROSS_ENTROPY},
                                           {.loss = TEMPER_CROSS_ENTROPY, .smoothing = 0.1},
                                           {.loss = TEMPER_CROSS_ENTROPY, .confidence = 0.4},
                                           {.loss = TEMPER_SQUARED},
                                           {.loss = TEMPER_GAUSSIAN_NLL},
                                           {.loss = TEMPER_HINGE}};
    for (size_t o = 0; o < sizeof all / sizeof *all; o++) {
        lab l;
        if (!lab_open(&l, all[o])) continue;
        for (temper_curvature kind = TEMPER_GAUSS_NEWTON; kind <= TEMPER_NTK; kind++) {
            const bool convex = all[o].loss <= TEMPER_SQUARED && all[o].confidence == 0;
            if (kind == TEMPER_GAUSS_NEWTON && !convex) continue;
            if (kind == TEMPER_FISHER && all[o].loss == TEMPER_HINGE) continue;
            double off = off_truth(&l, kind, all[o].loss);
            CHECK(off <= 2e-6, "loss %d, %s: off by %.2g", all[o].loss, names[kind], off);
        }
        lab_close(&l);
    }
}

/* E over labels of the Fisher matrix is Gauss–Newton (softmax, squared); with a learned variance diag(e^{−v}, ½) between Jᵀ and J. */
static void fisher_on_average(void) {
    enum { DRAWS = 400 };
    static const temper_loss losses[] = {TEMPER_CROSS_ENTROPY, TEMPER_SQUARED, TEMPER_GAUSSIAN_NLL};
    for (int o = 0; o < 3; o++) {
        lab l;
        if (!lab_open(&l, (temper_objective){.loss = losses[o]})) continue;
        float *v = calloc((size_t)l.P, sizeof *v), *Fv = calloc((size_t)l.P, sizeof *Fv);
        double sum = 0, squares = 0, expected = 0;
        for (int64_t p = 0; p < l.P; p++) v[p] = (float)rig_normal(12, p);
        for (int s = 0; s < DRAWS; s++) {
            temper_probe *probe;
            double x = 0;
            CHECK_OK(temper_probe_create(&probe, &l.task, TEMPER_FISHER, l.theta,
                                         (temper_stream){99, (uint32_t)s}, 0));
            CHECK_OK(temper_probe_apply(probe, 1, v, Fv));
            for (int64_t p = 0; p < l.P; p++) x += (double)v[p] * (double)Fv[p];
            sum += x / DRAWS, squares += x * x / DRAWS;
            temper_probe_free(probe);
        }
        for (int i = 0; i < ROWS; i++) {
            double dot[2 * K] = {0}, p[K], mean = 0;
            for (int64_t k = 0; k < l.outputs; k++)
                for (int64_t q = 0; q < l.P; q++) dot[k] += l.J[(i * l.outputs + k) * l.P + q] * (double)v[q];
            if (losses[o] == TEMPER_CROSS_ENTROPY) {
                softmax(&l, i, p);
                for (int k = 0; k < K; k++) mean += p[k] * dot[k];
                for (int k = 0; k < K; k++) expected += p[k] * (dot[k] - mean) * (dot[k] - mean) / ROWS;
            } else if (losses[o] == TEMPER_SQUARED)
                for (int k = 0; k < K; k++) expected += dot[k] * dot[k] / ROWS;
            else
                for (int k = 0; k < K; k++)
                    expected += (dot[k] * dot[k] * temper_exp(-(double)l.z[i * l.outputs + K + k]) +
                                 0.5 * dot[K + k] * dot[K + k]) /
                                ROWS;
        }
        double error = sqrt((squares - sum * sum) / DRAWS);
        printf("  loss %d: mean of v·Fv %.5g ± %.2g, expected %.5g\n", losses[o], sum, error, expected);
        CHECK_NEAR(sum, expected, 4.5 * error);
        free(v), free(Fv), lab_close(&l);
    }
}

static void refuse(const char *text, temper_objective objective, temper_curvature kind, const char *words) {
    const temper_network_io io = rig_image(1, 6, K);
    const bool labels = objective.loss == TEMPER_CROSS_ENTROPY || objective.loss == TEMPER_HINGE;
    temper_samples data = rig_samples(8, io, labels);
    temper_network *network;
    int64_t row[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    float *theta = calloc(10000, sizeof *theta);
    temper_probe *probe;
    CHECK_OK(temper_network_create(&network, text, &io, &objective));
    temper_network_task task = {
        .network = network, .samples = &data, .row = row, .rows = 8, .batch = 8, .prior = INFINITY};
    CHECK_FAILS(temper_probe_create(&probe, &task, kind, theta, rig_stream, 0), TEMPER_CANNOT, words);
    CHECK(!probe, "there is a probe");
    free(theta), temper_network_free(network), rig_samples_free(&data);
}

static void words(void) {
    const char *coupled = "graph:conv 4 3; batch_norm; relu; flatten; dense 3";
    refuse(coupled, (temper_objective){0}, TEMPER_GAUSS_NEWTON, "give constants");
    refuse(coupled, (temper_objective){0}, TEMPER_NTK, "ntk speaks of single rows");
    refuse("graph:flatten; dense 3", (temper_objective){.loss = TEMPER_HINGE}, TEMPER_FISHER, "no forecast");
    refuse("graph:flatten; dense 3", (temper_objective){.loss = TEMPER_HINGE}, TEMPER_GAUSS_NEWTON, "kinks");
    refuse("graph:flatten; dense 6", (temper_objective){.loss = TEMPER_GAUSSIAN_NLL}, TEMPER_GAUSS_NEWTON,
           "not convex");
    refuse("graph:flatten; dense 3", (temper_objective){.confidence = 0.5}, TEMPER_GAUSS_NEWTON,
           "confidence=0.5");
}

int main(void) {
    RUN(kinds_against_jacobians);
    RUN(fisher_on_average);
    RUN(words);
    return check_end();
}
