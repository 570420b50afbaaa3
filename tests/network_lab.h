/* A network with its data and its task, for the tests of the public face. */
#ifndef TEMPER_TESTS_NETWORK_LAB_H
#define TEMPER_TESTS_NETWORK_LAB_H

#include "network_rig.h"
#include "temper/potential.h"

enum { ROWS = 50, SIDE = 6, F = SIDE * SIDE, K = 4 };

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    temper_potential *potential;
    int64_t row[ROWS], P;
    float *theta;
    void *scratch;
} lab;

/* Rows of odd number, in descending order, of twice as many. */
static inline void lab_data(lab *l, const char *model, temper_loss loss) {
    memset(l, 0, sizeof *l);
    temper_network_io io = rig_image(1, SIDE, K);
    l->data = rig_samples(2 * ROWS, io, loss == TEMPER_CROSS_ENTROPY || loss == TEMPER_HINGE);
    for (int i = 0; i < ROWS; i++) l->row[i] = 2 * (ROWS - i) - 1;
    CHECK_OK(temper_network_create(&l->network, model, &io, &(temper_objective){.loss = loss}));
    l->task = (temper_network_task){.network = l->network,
                                    .samples = &l->data,
                                    .row = l->row,
                                    .rows = ROWS,
                                    .batch = 20,
                                    .prior = INFINITY,
                                    .init_scale = 1,
                                    .threads = 1};
}

static inline bool lab_open(lab *l) {
    if (!l->network) return false;
    CHECK_OK(temper_network_potential(&l->potential, &l->task));
    if (!l->potential) return false;
    l->P = l->potential->dim;
    l->theta = calloc((size_t)l->P, sizeof *l->theta);
    l->potential->type->start_single(l->potential->self, rig_stream, l->theta);
    l->scratch = calloc(l->potential->scratch, 1);
    return true;
}

static inline void lab_shut(lab *l) {
    temper_potential_free(l->potential), free(l->theta), free(l->scratch);
    l->potential = NULL, l->theta = NULL, l->scratch = NULL;
}

static inline void lab_close(lab *l) {
    lab_shut(l);
    temper_network_free(l->network), rig_samples_free(&l->data);
}

#endif
