/* onnx: networks that others made, with their weights, and temper's for others.
 *
 *     net.onnx        graph and weights (ONNX, IR 3 … 10, operators up to set 21): read and written
 *     w.safetensors   weights; the graph is a note that temper writes, or the caller's text
 *     w.npz           weights; the graph is the caller's text
 *
 * What temper's layers cannot say is refused with the name of the operator and of the node; what is said another way than in the file
 * (folded, left out, put in another order) is told in `remarks`. */
#ifndef TEMPER_ONNX_H
#define TEMPER_ONNX_H

#include "temper/weights.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct { /* start from {0}; all of it is released by temper_model_clear */
    temper_network *network;
    temper_network_io io;
    temper_objective objective;
    float *theta;      /* [temper_network_parameters] */
    float *statistics; /* [temper_network_statistics]; NULL where there are none */
    char *
        remarks; /* lines that end with '\n': what one should know of the way here; "" where there is nothing */
} temper_model;

typedef struct {                 /* what the file may not know; NULL or 0: as in the file */
    const char *text;            /* "mlp:100,50", "graph:…": for .safetensors without a note and .npz */
    const temper_network_io *io; /* features, shape of an image, outputs: those of the data */
    const temper_objective
        *objective; /* else cross entropy for 2 outputs or more and for a last softmax; else squared */
} temper_model_how;

/* By the end of the path. `how` may be NULL. An image of ONNX is [batch][channels][height][width], a vector [batch][features]; the batch is 1 or
 * free, the other extents are fixed in the file or come from how->io. An io that contradicts the file: TEMPER_BAD_DATA. What the file lacks:
 * TEMPER_BAD_OPTION names it. On failure, too, the caller clears. */
TEMPER_API temper_status temper_model_open(temper_model *model, const char *path,
                                           const temper_model_how *how);
TEMPER_API void temper_model_clear(temper_model *model);
/* Member and sample, both from 0, of the directory of a finished `temper train --out RUN`, unscaled. */
TEMPER_API temper_status temper_model_of_run(temper_model *model, const char *run, int64_t member,
                                             int64_t sample);
/* A model of numbers x' = (x − shift)·scale, and of targets likewise, becomes one of the numbers themselves: folded into its first and last
 * layer. TEMPER_CANNOT names the layer where that is not exact (padding of shifted images, no bias, no dense layer or convolution). */
TEMPER_API temper_status temper_model_unscale(temper_model *model, const temper_scaling *scaling);
/* .onnx, .safetensors or .npz by the end of the path. */
TEMPER_API temper_status temper_model_write(const char *path, const temper_model *model);
/* Does this path end like a file that temper_model_open reads? */
TEMPER_API bool temper_model_named(const char *path);

/* Bytes of an ONNX file; `name` is for sentences. Weights outside the file (external data) are refused. */
TEMPER_API temper_status temper_onnx_parse(temper_model *model, const char *name, const void *bytes,
                                           size_t length, const temper_model_how *how);
/* Operators of set 13 (17 with layer norms), as PyTorch and onnxruntime read them: batch norms by their statistics, dropout as Dropout, the
 * losses left out. TEMPER_CANNOT names the layer that ONNX cannot say. */
TEMPER_API temper_status temper_onnx_write(const char *path, const temper_network *network,
                                           const float *theta, const float *statistics);

#ifdef __cplusplus
}
#endif
#endif
