/* networks: the trained networks of a finished `temper train --out RUN`, as its directory tells them: network.json and weights/. */
#ifndef TEMPER_RUN_NETWORKS_H
#define TEMPER_RUN_NETWORKS_H

#include "run/model_file.h"

typedef struct { /* start from {0} */
    temper_model_file file;
    temper_network *network;
    char *folder;                   /* RUN/weights */
    int64_t parameters, statistics; /* of one vector of weights */
} temper_networks;

/* `verb` names who asks, in sentences. On failure, too, the caller clears. */
temper_status temper_networks_open(temper_networks *networks, const char *run, const char *verb);
void temper_networks_clear(temper_networks *networks);
/* Sample k of member r, both from 0: theta[parameters], statistics[statistics]. */
temper_status temper_networks_weights(const temper_networks *networks, int64_t r, int64_t k, float *theta,
                                      float *statistics);
bool temper_networks_labels(const temper_networks *networks); /* classes, or else numbers */
/* TEMPER_BAD_DATA unless the set has the features that the networks were trained on, and no more classes. */
temper_status temper_networks_suit(const temper_networks *networks, const temper_dataset *data,
                                   const char *verb);
/* Has the set the labels or targets that the networks forecast? Without them forecasts cannot be judged. */
bool temper_networks_known(const temper_networks *networks, const temper_dataset *data);

#endif
