/* Full-batch gradient descent sharpens the loss until the largest eigenvalue of its Hessian is 2/η, and stays there (Cohen, Kaur, Li, Kolter & Talwalkar 2021): beyond it the
 * quadratic part of the loss would make the steps grow. A physical check of λ1 in absolute units: a factor of N or of 2 shows at once. */
#include "network_rig.h"
#include "temper/landscape.h"
#include "temper/potential.h"

enum { ROWS = 60, FEATURES = 8 };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    temper_landscape *landscape;
    int64_t row[ROWS], P;
    double *theta;
} lab;

static bool lab_open(lab *l, int64_t batch) {
    memset(l, 0, sizeof *l);
    temper_network_io io = rig_vector(FEATURES, 1);
    l->data = rig_samples(ROWS, io, false);
    for (int64_t i = 0; i < ROWS; i++) l->row[i] = i;
    CHECK_OK(temper_network_create(&l->network, "graph:dense 30; tanh; dense 30; tanh; dense 1", &io,
                                   &(temper_objective){.loss = TEMPER_SQUARED}));
    if (!l->network) return false;
    l->task = (temper_network_task){.network = l->network,
                                    .samples = &l->data,
                                    .row = l->row,
                                    .rows = ROWS,
                                    .batch = batch,
                                    .prior = INFINITY,
                                    .init_scale = 1,
                                    .threads = 1};
    CHECK_OK(temper_landscape_of_network(&l->landscape, &l->task, NULL, false));
    if (!l->landscape) return false;
    l->P = temper_landscape_dim(l->landscape);
    l->theta = calloc((size_t)(2 * l->P), sizeof(double));
    const temper_potential *potential = temper_landscape_potential(l->landscape);
    float *start = calloc((size_t)l->P, sizeof *start);
    potential->type->start_single(potential->self, rig_stream, start);
    for (int64_t i = 0; i < l->P; i++) l->theta[i] = (double)start[i];
    free(start);
    return true;
}

static void lab_close(lab *l) {
    temper_landscape_free(l->landscape);
    temper_network_free(l->network), rig_samples_free(&l->data), free(l->theta);
}

static double top(const lab *l) {
    temper_operator *A;
    temper_ends e;
    double value = NAN;
    CHECK_OK(temper_landscape_operator(l->landscape, TEMPER_HESSIAN, l->theta, rig_stream, &A));
    if (!A) return NAN;
    CHECK_OK(temper_ends_find(A, &(temper_ends_plan){.tolerance = 1e-6, .dense = -1}, NULL, &e));
    if (e.value) value = e.value[0];
    temper_ends_clear(&e), temper_operator_free(A);
    return value;
}

static double descend(lab *l, double eta, int steps) {
    double u = NAN, *grad = l->theta + l->P;
    for (int s = 0; s < steps; s++) {
        CHECK_OK(temper_landscape_slope(l->landscape, l->theta, &u, grad));
        for (int64_t i = 0; i < l->P; i++) l->theta[i] -= eta * grad[i];
    }
    return u;
}

static void two_over_eta(void) {
    enum { LOOKS = 20 };
    static const double eta[] = {0.12, 0.16, 0.2};
    for (int k = 0; k < 3; k++) {
        lab l;
        if (!lab_open(&l, ROWS)) return;
        double first = top(&l), mean = 0, u = descend(&l, eta[k], 6000);
        for (int look = 0; look < LOOKS; look++) {
            u = descend(&l, eta[k], 25);
            mean += top(&l) / LOOKS;
        }
        printf("  η = %.2f: λ1 from %.3f to %.3f, 2/η = %.3f, ratio %.4f; loss %.4f\n", eta[k], first, mean,
               2 / eta[k], mean * eta[k] / 2, u);
        CHECK(first < 0.7 * 2 / eta[k], "it began at the edge: %.3f", first);
        CHECK_NEAR(mean * eta[k] / 2, 1, 0.05);
        lab_close(&l);
    }
}

static void evaluation_batch(void) {
    double value[3];
    static const int64_t batch[] = {1, 7, ROWS};
    for (int k = 0; k < 3; k++) {
        lab l;
        if (!lab_open(&l, batch[k])) return;
        value[k] = top(&l);
        lab_close(&l);
    }
    for (int k = 0; k < 2; k++) CHECK_NEAR(value[k], value[2], 1e-6 * value[2]);
}

int main(void) {
    RUN(two_over_eta);
    RUN(evaluation_batch);
    return check_end();
}
