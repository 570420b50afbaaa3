/* weights: θ and the statistics of a network as files that others read.
 *
 *     w.safetensors   named arrays in PyTorch's order and notes; read and written
 *     w.npz           the same arrays for numpy.load, without notes; read and written
 *
 * Names and shapes are those of temper_network_array: torch.nn.Sequential of the same layers loads them. */
#ifndef TEMPER_WEIGHTS_H
#define TEMPER_WEIGHTS_H

#include "temper/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct { /* one entry of a file's metadata */
    const char *key, *value;
} temper_note;

/* By the end of the path. statistics may be NULL where the network has none. notes: ends with a NULL key; or NULL. The notes
 * "format" (pt), "model" (temper_network_text) and "temper" (the version) are always there. TEMPER_BAD_FILE where the disk
 * refuses; what was at `path` is then untouched. */
TEMPER_API temper_status temper_weights_write(const char *path, const temper_network *network,
                                              const float *theta, const float *statistics,
                                              const temper_note *notes);
/* A safetensors file (F32; F64, F16 and BF16 are converted) or npz file (by the end of the path; members of up to 4 extents in C order) with exactly
 * the arrays of this network, all finite, else TEMPER_BAD_DATA with the name of the array; θ and statistics are then untouched. PyTorch's num_batches_tracked is let
 * pass. */
TEMPER_API temper_status temper_weights_read(const char *path, const temper_network *network, float *theta,
                                             float *statistics);
/* A note of a safetensors file: *value is released by temper_free, NULL where there is no such note. */
TEMPER_API temper_status temper_weights_note(const char *path, const char *key, char **value);

#ifdef __cplusplus
}
#endif
#endif
