/* A small network on rows of its own, trained to its minimum by Newton's method with the whole Hessian: what leave-one-out is judged by. */
#ifndef TEMPER_TEST_SMALL_NET_H
#define TEMPER_TEST_SMALL_NET_H

#include <stdlib.h>
#include "check.h"
#include "num/solve.h"
#include "temper/landscape.h"

typedef struct {
    temper_network *network;
    temper_samples data;
    int64_t *row; /* [n] 0 … n−1: the first `rows` to train on, the others to ask */
    int64_t rows, n, P;
    temper_network_task task;
    temper_landscape *landscape;
    double *theta; /* [P] */
} small_net;

/* y = a function of three features with noise of 0.3; classes: its sign, with mistakes. */
static inline void small_net_data(small_net *s, int64_t rows, int64_t asked, bool labels) {
    enum { IN = 3 };
    const temper_stream stream = {21, 0};
    s->rows = rows, s->n = rows + asked;
    s->data = (temper_samples){.n = s->n, .features = IN};
    s->data.X = calloc((size_t)(s->n * IN), sizeof(float));
    s->row = calloc((size_t)s->n, sizeof *s->row);
    if (labels)
        s->data.classes = 2, s->data.y = calloc((size_t)s->n, sizeof(int32_t));
    else
        s->data.outputs = 1, s->data.t = calloc((size_t)s->n, sizeof(double));
    for (int64_t i = 0; i < s->n; i++) {
        float *x = s->data.X + i * IN;
        s->row[i] = i;
        for (int f = 0; f < IN; f++) x[f] = (float)temper_normal(stream, TEMPER_FOR_TESTS, i, f);
        double t = tanh((double)x[0] + 0.5 * (double)x[1]) - 0.6 * (double)x[2] +
                   0.3 * temper_normal(stream, TEMPER_FOR_TESTS, i, 4);
        if (labels)
            s->data.y[i] = t > 0.2;
        else
            s->data.t[i] = t;
    }
}

static inline void small_net_begin(small_net *s, const char *model, bool labels, int64_t rows, int64_t asked,
                                   double prior) {
    *s = (small_net){0};
    small_net_data(s, rows, asked, labels);
    const temper_network_io io = {.features = 3, .outputs = labels ? 2 : 1};
    const temper_objective objective = {.loss = labels ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED};
    CHECK_OK(temper_network_create(&s->network, model, &io, &objective));
    s->P = temper_network_parameters(s->network);
    s->task = (temper_network_task){.network = s->network,
                                    .samples = &s->data,
                                    .row = s->row,
                                    .rows = rows,
                                    .batch = rows,
                                    .prior = prior,
                                    .init_scale = 1};
    float *start = calloc((size_t)s->P, sizeof *start);
    s->theta = calloc((size_t)s->P, sizeof *s->theta);
    temper_network_start(s->network, TEMPER_INIT_AUTO, 1, (temper_stream){22, 0}, start);
    for (int64_t i = 0; i < s->P; i++) s->theta[i] = (double)start[i];
    free(start);
    CHECK_OK(temper_landscape_of_network(&s->landscape, &s->task, NULL, true));
}

static inline void small_net_end(small_net *s) {
    temper_landscape_free(s->landscape);
    temper_network_free(s->network);
    free(s->data.X), free(s->data.y), free(s->data.t), free(s->row), free(s->theta);
}

/* To |∇u| < 1e-11: Newton's step on H + μ, μ grown until it is definite and goes down. Returns whether it got there. */
static inline bool small_net_minimise(temper_landscape *landscape, double *theta) {
    int64_t P = temper_landscape_dim(landscape);
    double *H = calloc((size_t)(P * P + 4 * P), sizeof *H), *grad = H + P * P, *v = grad + P, *place = v + P;
    double u, size = INFINITY, mu = 1e-3;
    for (int k = 0; k < 400 && size > 1e-11; k++) {
        temper_operator *A;
        CHECK_OK(temper_landscape_slope(landscape, theta, &u, grad));
        size = 0;
        for (int64_t i = 0; i < P; i++) size += grad[i] * grad[i];
        size = sqrt(size);
        CHECK_OK(temper_landscape_operator(landscape, TEMPER_HESSIAN, theta, (temper_stream){0, 0}, &A));
        for (bool better = false; !better && mu < 1e9;) {
            for (int64_t i = 0; i < P; i++) {
                memset(v, 0, (size_t)P * sizeof *v), v[i] = 1;
                CHECK_OK(temper_operator_apply(A, 1, v, H + i * P));
                H[i * P + i] += mu;
            }
            double down = INFINITY;
            memcpy(v, grad, (size_t)P * sizeof *v);
            if (temper_cholesky(P, H, 1e-14) == P) {
                temper_cholesky_solve(P, H, v);
                for (int64_t i = 0; i < P; i++) place[i] = theta[i] - v[i];
                CHECK_OK(temper_landscape_energy(landscape, place, &down));
            }
            better = down <= u + 1e-14;
            mu = better ? mu / 10 : 10 * mu + 1e-9;
        }
        memcpy(theta, place, (size_t)P * sizeof *theta);
        temper_operator_free(A);
    }
    free(H);
    return size < 1e-9;
}

/* Mean loss of asked rows once row `out` was left out and the network trained again from θ. */
static inline double small_net_without(const small_net *s, int64_t out) {
    temper_network_task less = s->task, ask = s->task;
    int64_t *row = calloc((size_t)s->rows, sizeof *row), n = 0;
    double *theta = calloc((size_t)s->P, sizeof *theta), u = NAN;
    for (int64_t i = 0; i < s->rows; i++)
        if (i != out) row[n++] = i;
    less.row = row, less.rows = less.batch = n;
    ask.row = s->row + s->rows, ask.rows = ask.batch = s->n - s->rows, ask.prior = INFINITY;
    temper_landscape *training = NULL, *test = NULL;
    CHECK_OK(temper_landscape_of_network(&training, &less, NULL, true));
    CHECK_OK(temper_landscape_of_network(&test, &ask, NULL, true));
    memcpy(theta, s->theta, (size_t)s->P * sizeof *theta);
    CHECK(small_net_minimise(training, theta), "row %lld: no minimum", (long long)out);
    CHECK_OK(temper_landscape_energy(test, theta, &u));
    temper_landscape_free(training), temper_landscape_free(test);
    free(row), free(theta);
    return u;
}

#endif
