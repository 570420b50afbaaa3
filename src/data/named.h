/* named: a file of named arrays of numbers, safetensors or npz by the end of its path. */
#ifndef TEMPER_DATA_NAMED_H
#define TEMPER_DATA_NAMED_H

#include "base/map.h"
#include "data/safetensors.h"

typedef struct {
    char *name; /* of the array; of a member of an npz file without ".npy" */
    int dims;
    int64_t shape[TEMPER_TENSOR_DIMS], count;
    const temper_tensor *tensor;          /* safetensors */
    const struct temper_named_view *view; /* npz */
    char *owned;                          /* npz: unpacked bytes, or NULL */
} temper_named_array;

typedef struct {    /* start from {0} */
    char name[256]; /* of the file, for sentences */
    temper_map map;
    temper_tensors tensors;         /* safetensors */
    struct temper_named_view *view; /* npz: of each array */
    temper_named_array *array;
    int arrays;
} temper_named;

/* On failure, too, the caller closes. */
temper_status temper_named_open(temper_named *file, const char *path);
void temper_named_close(temper_named *file);
const temper_named_array *temper_named_find(const temper_named *file, const char *name); /* or NULL */
/* out[count], rounded to nearest where they were doubles or integers. */
void temper_named_floats(const temper_named *file, const temper_named_array *array, float *out);
const char *temper_named_note(const temper_named *file, const char *key); /* of safetensors, or NULL */
bool temper_named_counter(const char *name); /* PyTorch's num_batches_tracked, which nobody needs */

#endif
