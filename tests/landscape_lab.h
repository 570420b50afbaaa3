/* A small network that has learned a little, as a landscape. */
#ifndef TEMPER_TESTS_LANDSCAPE_LAB_H
#define TEMPER_TESTS_LANDSCAPE_LAB_H

#include "network_rig.h"
#include "temper/landscape.h"
#include "temper/potential.h"

enum { ROWS = 200 };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    temper_landscape *landscape;
    int64_t row[ROWS], P;
    double *theta, u;
} lab;

/* Labels from a random linear teacher, so that there is something to learn; full-batch descent with momentum. */
static inline bool lab_open(lab *l, const char *model, int64_t features, int64_t classes, bool precise,
                            int steps) {
    memset(l, 0, sizeof *l);
    temper_network_io io = rig_vector(features, classes);
    l->data = rig_samples(ROWS, io, true);
    for (int64_t i = 0; i < ROWS; i++) {
        double best = -1e300;
        l->row[i] = i;
        for (int64_t c = 0; c < classes; c++) {
            double sum = 0.3 * rig_normal(30 + c, 1000 + i);
            for (int64_t k = 0; k < features; k++)
                sum += (double)l->data.X[i * features + k] * rig_normal(30 + c, k);
            if (sum > best) best = sum, l->data.y[i] = (int32_t)c;
        }
    }
    CHECK_OK(
        temper_network_create(&l->network, model, &io, &(temper_objective){.loss = TEMPER_CROSS_ENTROPY}));
    if (!l->network) return false;
    l->task = (temper_network_task){.network = l->network,
                                    .samples = &l->data,
                                    .row = l->row,
                                    .rows = ROWS,
                                    .batch = ROWS,
                                    .prior = INFINITY,
                                    .init_scale = 1,
                                    .threads = 1};
    CHECK_OK(temper_landscape_of_network(&l->landscape, &l->task, NULL, precise));
    if (!l->landscape) return false;
    l->P = temper_landscape_dim(l->landscape);
    l->theta = calloc((size_t)(3 * l->P), sizeof(double));
    const temper_potential *potential = temper_landscape_potential(l->landscape);
    float *start = calloc((size_t)l->P, sizeof *start);
    potential->type->start_single(potential->self, rig_stream, start);
    for (int64_t i = 0; i < l->P; i++) l->theta[i] = (double)start[i];
    free(start);
    double *grad = l->theta + l->P, *speed = grad + l->P;
    for (int s = 0; s < steps; s++) {
        CHECK_OK(temper_landscape_slope(l->landscape, l->theta, &l->u, grad));
        for (int64_t i = 0; i < l->P; i++) speed[i] = 0.9 * speed[i] - 0.1 * grad[i], l->theta[i] += speed[i];
    }
    return true;
}

static inline void lab_close(lab *l) {
    temper_landscape_free(l->landscape);
    temper_network_free(l->network), rig_samples_free(&l->data), free(l->theta);
}

#endif
