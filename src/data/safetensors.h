/* safetensors, a file of named arrays: the length of the header as 8 little-endian bytes; the header, a JSON object
 *
 *     {"__metadata__": {"key": "text", …}, "name": {"dtype": "F32", "shape": [10, 64], "data_offsets": [0, 2560]}, …}
 *
 * padded with blanks to a multiple of 8; then the numbers, little-endian and row-major, each byte of them in exactly one array.
 * https://github.com/huggingface/safetensors, section "Format". */
#ifndef TEMPER_DATA_SAFETENSORS_H
#define TEMPER_DATA_SAFETENSORS_H

#include "base/json.h"
#include "data/samples.h"

enum { TEMPER_TENSOR_DIMS = 8, TEMPER_SAFETENSORS_HEADER = 100000000 };

typedef enum {
    TEMPER_TENSOR_F64,
    TEMPER_TENSOR_F32,
    TEMPER_TENSOR_F16,
    TEMPER_TENSOR_BF16,
    TEMPER_TENSOR_I64
} temper_tensor_kind;

typedef struct {
    const char *name;
    temper_tensor_kind kind;
    int dims;
    int64_t shape[TEMPER_TENSOR_DIMS], count; /* count: their product */
    size_t from, to;                          /* bytes of the numbers */
} temper_tensor;

/* ---- reading ---- */

typedef struct {
    const char *name;       /* of the file */
    const char *numbers;    /* behind the header */
    temper_json_node *tree; /* the header; names of tensors lie in it */
    temper_tensor *tensor;  /* in the order of the file */
    int tensors;
} temper_tensors;

/* Looks at bytes that stay the caller's. Strict: refuses everything that the format forbids, gaps and overlaps included, and
 * kinds of numbers other than the five above. */
temper_status temper_tensors_view(temper_tensors *tensors, temper_bytes bytes);
void temper_tensors_clear(temper_tensors *tensors);
const temper_tensor *temper_tensors_find(const temper_tensors *tensors, const char *name); /* or NULL */
const char *temper_tensors_note(const temper_tensors *tensors,
                                const char *key); /* of __metadata__, or NULL */
/* Numbers of a tensor as floats, rounded to nearest where they were doubles or integers. */
void temper_tensor_floats(const temper_tensors *tensors, const temper_tensor *tensor, float *out);

/* ---- writing ---- */

typedef struct {
    const char *key, *value;
} temper_tensor_note;

/* Lays out a whole file for n arrays of floats: fills from and to, and *file, which the caller releases, with the header. The
 * numbers of tensor k go to *file + *start + tensor[k].from. */
temper_status temper_tensors_lay(temper_tensor *tensor, int n, const temper_tensor_note *note, int notes,
                                 char **file, size_t *length, size_t *start);

#endif
