/* Arrays in binary files, looked at where they lie: IDX (MNIST) and npy (NumPy). */
#ifndef TEMPER_DATA_ARRAY_H
#define TEMPER_DATA_ARRAY_H

#include "base/map.h"
#include "data/samples.h"

typedef enum {
    TEMPER_U1,
    TEMPER_I1,
    TEMPER_I2,
    TEMPER_I4,
    TEMPER_I8,
    TEMPER_F4,
    TEMPER_F8,
    TEMPER_B1
} temper_number;

enum { TEMPER_RANK_MAX = 4 };
typedef struct {
    const char *name;
    temper_number type;
    bool big; /* endian */
    int rank; /* 1 … 4 */
    int64_t extent[TEMPER_RANK_MAX], count;
    const unsigned char *at; /* all count elements lie here, in C order */
} temper_array;

/* IDX: 0 0 type rank, the extents as big-endian 32-bit numbers, the elements big-endian. */
temper_status temper_idx_view(temper_array *array, temper_bytes bytes);
/* npy 1.0 … 3.0 of <f4 <f8 <i2 <i4 <i8 |i1 |u1 |b1 in C order. */
temper_status temper_npy_view(temper_array *array, temper_bytes bytes);
/* The member `member`.npy of an npz file (zip: stored or deflated). *owned is the caller's to release. */
temper_status temper_zip_member(temper_bytes zip, const char *member, temper_bytes *bytes, char **owned);
/* Of a member of a zip file: reflected polynomial 0xedb88320. */
uint32_t temper_crc32(const char *at, size_t length);

/* Bytes of one element. */
int64_t temper_number_size(temper_number type);
/* Extents ≥ 1 whose product, times the size of an element, is what `held` bytes are; sets count. */
temper_status temper_array_fit(temper_array *array, size_t held);
double temper_array_at(const temper_array *array, int64_t k);

/* Rows of x become features: rank 3 is images [n][height][width], rank 4 [n][channels][height][width]. y (may be NULL) of
 * rank 1 and whole numbers are classes as they are numbered, unless `task` says otherwise; else targets [n] or
 * [n][outputs]. */
temper_status temper_arrays_take(temper_samples *samples, const temper_array *x, const temper_array *y,
                                 temper_task task);

/* Sets the shape of an image from the rank of x, as above. */
void temper_array_shape(temper_samples *samples, const temper_array *x);

typedef struct temper_source { /* rows that stay in their file */
    temper_map map;
    temper_array array;
} temper_source;
typedef temper_status temper_view(temper_array *array,
                                  temper_bytes bytes); /* temper_idx_view, temper_npy_view */
/* samples->source, n, features and shape; the file's fingerprint in samples->input. */
temper_status temper_source_open(temper_samples *samples, const char *path, temper_view *view);
void temper_source_close(temper_source *source); /* NULL is allowed */
/* Labels y, which may be NULL, for the rows that are there. */
temper_status temper_array_labels(temper_samples *samples, const temper_array *y, temper_task task);

/* The four files of MNIST and of the sets in its likeness, each packed with gzip or not. part 0: training files and
 * then the test files, which are held back; 1: training; 2: test. */
temper_status temper_idx_folder(temper_samples *samples, const char *thing, const char *folder, int part);

#endif
