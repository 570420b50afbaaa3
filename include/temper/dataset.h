/* dataset: examples to learn from, written as text like everything else ("digits", "csv:file=wine.csv,label=first"), with
 * splits that have a seed and scalings that are fitted on training rows alone.
 *
 * The rules that keep results honest: choices are made on the validation rows, the test rows are looked at once. A set is held
 * in memory, or (npy and idx with stream=yes) stays in its file, from which rows are read as they are needed. */
#ifndef TEMPER_DATASET_H
#define TEMPER_DATASET_H

#include "temper/option.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_INPUTS_MAX = 8 };
typedef struct {     /* a file that was read, for provenance */
    char path[256];  /* its last 255 bytes, where it is longer */
    char sha256[65]; /* of the file as it lies on the disk: what sha256sum prints */
    int64_t bytes;
} temper_input;

typedef struct {         /* the numbers of a set; all finite */
    int64_t n, features; /* n ≥ 1, features ≥ 1 */
    float *X; /* [n][features], or NULL where the rows stay in their file: ask temper_samples_row */
    struct temper_source *source;    /* that file, or NULL */
    int64_t channels, height, width; /* of an image, [channels][height][width] = features; else all 0 */
    int64_t classes;                 /* 0 where there are no labels */
    int32_t *y;                      /* [n] labels 0 … classes−1, or NULL */
    int64_t outputs;                 /* 0 where there are no targets */
    double *t;    /* [n][outputs] targets of a regression, or NULL; never together with y */
    int64_t held; /* the last `held` rows are the publisher's own test set */
    temper_input input[TEMPER_INPUTS_MAX];
    int inputs;
    int64_t states; /* q where features are categories 0 … q−1; else 0 */
    double *weight; /* [n] weights of the rows, or NULL: all 1 */
} temper_samples;

TEMPER_API void temper_samples_clear(temper_samples *samples);
/* The features of row i, in X or put into room[features]. Safe from many threads, each with its own room. */
TEMPER_API const float *temper_samples_row(const temper_samples *samples, int64_t i, float *room);

typedef struct {
    temper_about about;
    /* Fills *samples, which is all zero; what it leaves there on failure is cleared by the caller. */
    temper_status (*read)(const void *self, temper_samples *samples);
} temper_dataset_type;

typedef struct temper_dataset {
    const temper_dataset_type *type;
    void *self;
    char *text; /* every option spelled out */
    temper_samples data;
} temper_dataset;

TEMPER_API temper_status temper_dataset_create(temper_dataset **dataset, const char *text);
TEMPER_API void temper_dataset_free(temper_dataset *dataset);
/* SHA-256 of the numbers themselves, whatever file they came from: n, features, held, classes, outputs as little-endian
 * 64-bit integers, then X, y, t as they lie in memory, little-endian. */
TEMPER_API void temper_samples_hash(const temper_samples *samples, char hex[65]);

/* Which row serves what. Row numbers ascend within a part; every row is in exactly one. */
enum { TEMPER_TRAIN, TEMPER_VALIDATION, TEMPER_TEST, TEMPER_PARTS };
typedef struct {
    int64_t n[TEMPER_PARTS];
    int64_t *row[TEMPER_PARTS];
} temper_parts;

/* `validation` and `test` are shares in 0 … 1 of the rows that the publisher did not hold back; where he held rows back
 * they are the test set, and `test` is not used. Each share is rounded to whole rows, and so is each class's share of it
 * (largest remainder, ties to the lower class). At least one row must be left to train on. Who goes where is the Fisher–Yates shuffle of each class with the words
 * of stream {seed, 0}, TEMPER_FOR_INITIAL, at step 0x73706c6974 ("split"). */
TEMPER_API temper_status temper_parts_build(temper_parts *parts, const temper_samples *samples,
                                            double validation, double test, uint64_t seed);
TEMPER_API void temper_parts_clear(temper_parts *parts);

/* x' = (x − shift)·scale. */
typedef enum {
    TEMPER_SCALING_NONE,
    TEMPER_SCALING_UNIT,    /* smallest and largest value become 0 and 1; targets stay as they are */
    TEMPER_SCALING_STANDARD /* mean 0 and variance 1 (divided by n); targets as well */
} temper_scaling_kind;

typedef struct {
    int64_t features, outputs;
    double *shift, *scale; /* [features + outputs] */
} temper_scaling;

/* Fitted on these rows alone. All pixels of one channel of an image share one shift and scale, so that the noise of its
 * border is not blown up. What does not vary over the rows is shifted to 0 and not stretched. */
TEMPER_API temper_status temper_scaling_build(temper_scaling *scaling, temper_scaling_kind kind,
                                              const temper_samples *samples, const int64_t *row, int64_t n);
TEMPER_API void temper_scaling_apply(const temper_scaling *scaling,
                                     temper_samples *samples); /* to all rows, in place; X is not NULL */
TEMPER_API void temper_scaling_clear(temper_scaling *scaling);

#ifdef __cplusplus
}
#endif
#endif
