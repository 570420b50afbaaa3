/* network.json: what one must know to use the weights of a run, whatever became of its data: model, inputs and outputs, scaling.
 *
 *     {"schema": "temper.network.file/1", "model": "mlp:100", "loss": "cross_entropy",
 *      "features": 64, "channels": 1, "height": 8, "width": 8, "outputs": 10,      (classes, or numbers per target)
 *      "first": 0, "members": 5, "samples": 1,                                     (weights/member_0000.safetensors …)
 *      "shift": […], "scale": […],              x' = (x − shift)·scale: features, then targets of a regression
 *      "noise": […]}                            [members][outputs] variances of squared-loss forecasts */
#ifndef TEMPER_RUN_MODEL_FILE_H
#define TEMPER_RUN_MODEL_FILE_H

#include "base/text.h"
#include "temper/network.h"

typedef struct {
    char *model;
    temper_network_io io;
    temper_loss loss;
    int64_t first, members, samples;
    temper_scaling scaling;
    double *noise; /* [members][io.outputs]; NULL: the loss is not squared */
} temper_model_file;

temper_status temper_model_file_print(const temper_model_file *file, temper_text *json);
/* From bytes that somebody else made: TEMPER_BAD_DATA names `path` and what is wrong. On failure, too, the caller clears. */
temper_status temper_model_file_read(temper_model_file *file, const char *path, const char *text,
                                     size_t length);
void temper_model_file_clear(temper_model_file *file); /* of one that was read */

typedef struct { /* which weights */
    int64_t member, sample, samples;
} temper_model_place;

/* FOLDER/member_0000.safetensors and .npz; with several samples a member, member_0000_sample_0000.… */
temper_status temper_model_weights_write(const char *folder, const temper_network *network,
                                         temper_model_place place, const float *theta,
                                         const float *statistics);
temper_status temper_model_weights_read(const char *folder, const temper_network *network,
                                        temper_model_place place, float *theta, float *statistics);

#endif
