/* corruption: what spoils the inputs of a network: noise, blur, shifts, occlusion …, in five severities. Defined in docs/robustness.md,
 * seeded, and the same on every machine: a network's accuracy under them is a number that two people can compare.
 *
 * Written as text like everything: "gaussian_noise", "rotation:severity=3". Inputs are scaled to 0 … 1 by the smallest and the largest
 * value of the training rows (of each feature; of an image's channel) before, and back after; images stay within 0 … 1. */
#ifndef TEMPER_CORRUPTION_H
#define TEMPER_CORRUPTION_H

#include <stdbool.h>
#include "temper/dataset.h"
#include "temper/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_SEVERITIES = 5 };

typedef struct {                               /* one example, on the way */
    int64_t features, channels, height, width; /* not an image: the last three are 0 */
    temper_stream stream;                      /* draws of row i: TEMPER_FOR_AUGMENTATION, step i */
    int64_t row;
    int severity; /* 1 … 5 */
    bool image;
    const float *mean; /* [features] of the training rows, in 0 … 1; NULL unless the type asks for it */
    float *room;       /* [2·features] to work in */
} temper_victim;

typedef struct {
    temper_about
        about; /* the private struct begins with `int64_t severity` (option "severity", 1 … 5, preset 3) */
    bool images; /* needs images; else any features will do */
    bool mean;   /* looks at victim->mean */
    /* from[features] in 0 … 1 to to[features]; they don't overlap. Images are clipped to 0 … 1 afterwards. */
    void (*apply)(const void *self, const temper_victim *victim, const float *from, float *to);
} temper_corruption_type;

typedef struct temper_corruption {
    const temper_corruption_type *type;
    void *self;
    char *text;
} temper_corruption;

TEMPER_API temper_status temper_corruption_create(temper_corruption **corruption, const char *text);
TEMPER_API void temper_corruption_free(temper_corruption *corruption);

/* Rows of a set, corrupted: *out has rows 0 … n−1 in memory, with their labels or targets, to be cleared by temper_samples_clear. The
 * range is that of the rows `fit` (training rows); a feature that does not vary over them, and an input that the corruption leaves alone,
 * keep their bits. TEMPER_CANNOT where the corruption needs images and these are none; TEMPER_BAD_OPTION for rows that are not there. Row i
 * draws from the stream {seed, FNV-1a of the corruption's name} at step row[i], its number in the set: the same whoever asks, and the same
 * numbers at every severity. Reads `fit` once; parallel over rows. */
TEMPER_API temper_status temper_corrupt(const temper_corruption *corruption, const temper_samples *samples,
                                        const int64_t *fit, int64_t nfit, const int64_t *row, int64_t n,
                                        uint64_t seed, temper_samples *out);

#ifdef __cplusplus
}
#endif
#endif
