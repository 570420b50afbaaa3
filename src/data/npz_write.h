/* npz, NumPy's archive of arrays, written: a zip of stored (not compressed) members, each an npy file of version 1.0. */
#ifndef TEMPER_DATA_NPZ_WRITE_H
#define TEMPER_DATA_NPZ_WRITE_H

#include <stdint.h>
#include "base/text.h"

typedef struct {
    const char *name; /* the member becomes name.npy */
    int dims;
    const int64_t *shape;
    const float *numbers; /* row-major */
} temper_npz_array;

/* Writes the archive (new, fsynced, renamed). The numbers of all members together must stay below 4 GiB. */
temper_status temper_npz_write(const char *path, const temper_npz_array *array, int n);

#endif
