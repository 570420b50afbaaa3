/* scene: what `temper landscape` and `temper measure` look at, made from text: networks of a run or of a model file on rows of data, or a
 * potential. */
#ifndef TEMPER_RUN_SCENE_H
#define TEMPER_RUN_SCENE_H

#include "run/desk.h"
#include "run/networks.h"
#include "temper/landscape.h"
#include "temper/onnx.h"

typedef struct { /* start from {0} */
    const char *verb;
    temper_settings *settings;
    temper_landscape *landscape;
    double *theta; /* [dim] where one stands: member and sample of the settings, or the potential's start */
    int64_t dim;
    /* of networks; else NULL and 0 */
    temper_network *network;
    temper_networks networks; /* of a run; folder NULL where the weights are of a model file */
    temper_model model;       /* of a model file */
    float *
        statistics; /* [statistics] of the weights where one stands: constants of batch norms with bn=eval or frozen */
    temper_dataset *data;
    temper_scaling scaling;
    bool scaled;
    temper_parts parts; /* of the data: training, validation and test rows as the run had them */
    int64_t *row, rows; /* what is looked at */
    int64_t *test, tests;
    int64_t members, samples; /* weights there are: members of the run, samples of each */
    bool labels;              /* classes, or else numbers */
    temper_network_task task;
    /* of a potential; else NULL */
    temper_potential *potential;
} temper_scene;

/* settings: run or potential, data, rows, member, bn, batch, precise. On failure, too, the caller clears. */
temper_status temper_scene_open(temper_scene *scene, temper_settings *settings, const char *verb);
void temper_scene_clear(temper_scene *scene);
/* Other weights of the same run: theta[dim], statistics[…] or NULL; member and sample from 0. */
temper_status temper_scene_weights(const temper_scene *scene, int64_t member, int64_t sample, double *theta,
                                   float *statistics);
/* The weights of another run or model file of the same network: temper_landscape_of_network's parts must agree, else TEMPER_BAD_DATA. */
temper_status temper_scene_other(const temper_scene *scene, const char *run, int64_t member, double *theta,
                                 float *statistics);
/* One goes to stand elsewhere: theta is copied; statistics (may be NULL: measured on the rows, where there are batch norms) too. */
temper_status temper_scene_move(temper_scene *scene, const double *theta, const float *statistics);
/* Part of θ that the settings' `layers` names ("all", "0,2", "weights"): index[*n] ascending, to be released; NULL: all of it. */
temper_status temper_scene_part(const temper_scene *scene, int64_t **index, int64_t *n);

#endif
