/* Networks, rows and points for the tests of scans. */
#ifndef TEMPER_TESTS_SCAN_RIG_H
#define TEMPER_TESTS_SCAN_RIG_H

#include "network_rig.h"
#include "temper/scan.h"

enum { AXES = 4, POINTS = 7 };

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

static inline bool settle(ground *g, const char *model, temper_network_io io, temper_objective objective,
                          int64_t n) {
    bool labels = objective.loss == TEMPER_CROSS_ENTROPY || objective.loss == TEMPER_HINGE;
    memset(g, 0, sizeof *g);
    g->data = rig_samples(n, io, labels);
    for (int64_t i = 0; i < n * io.features; i++) g->data.X[i] = 3 * g->data.X[i] + 1;
    CHECK_OK(temper_network_create(&g->network, model, &io, &objective));
    if (!g->network) return false;
    g->row = calloc((size_t)n, sizeof *g->row);
    for (int64_t i = 0; i < n; i++) g->row[i] = (i * 31 + 3) % n; /* each row once */
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

static inline void leave(ground *g) {
    temper_network_free(g->network), rig_samples_free(&g->data), temper_scaling_clear(&g->scaling);
    for (int a = 0; a < AXES; a++) free(g->direction[a]);
    free(g->row), free(g->theta), free(g->statistics);
}

/* Points 0, 1, … of `axes` axes: (1, 0.3, …), then others of which some share their last coordinates; the last is θ itself. */
static inline void mark(ground *g, int axes) {
    static const double first[POINTS] = {1, -0.5, 0.25, 0.25, 2, 2, 0},
                        other[POINTS] = {0.3, 0.3, 0.3, -1, -1, 0, 0},
                        last[POINTS] = {0.2, 0.2, -0.3, -0.3, -0.3, 0.1, 0};
    g->scan.axes = axes, g->scan.points = POINTS;
    for (int p = 0; p < POINTS; p++)
        for (int k = 0; k < axes; k++)
            g->x[p * axes + k] = k == 0 ? first[p] : k == 3 ? last[p] : other[p] / k;
}

static inline temper_status ask(ground *g) {
    temper_scanned out = {g->loss, g->error, g->wrong};
    return temper_network_scan(&g->scan, &out);
}

static const temper_objective entropy = {.loss = TEMPER_CROSS_ENTROPY};

#endif
