/* picture: what the corruptions of images share. A picture is [channels][height][width] in 0 … 1, and beyond its border it is 0, the
 * smallest value of the training rows: black.
 *
 * Geometry is measured in fractions of the smaller side, so that one severity means the same for 8 × 8 digits and for 32 × 32 photographs. */
#ifndef TEMPER_CORE_PICTURE_H
#define TEMPER_CORE_PICTURE_H

#include "temper/corruption.h"

typedef struct { /* the private struct of a corruption that has no other option */
    int64_t severity;
} temper_spoiler;
extern const temper_option temper_spoiler_options[];

/* Uniform number k on [0, 1) of this example. */
double temper_picture_draw(const temper_victim *v, int64_t k);
/* The smaller side, in pixels. */
double temper_picture_size(const temper_victim *v);
/* A direction from one uniform number: (down, right), of length 1. */
void temper_picture_direction(double turn, double direction[2]);

/* Between the pixels of one channel, linearly in both directions. */
double temper_picture_at(const temper_victim *v, const float *channel, double y, double x);

/* to(y, x) += weight·from(y + down, x + right), in all channels. */
void temper_picture_add(const temper_victim *v, double weight, const double place[2], const float *from,
                        float *to);

/* to(y, x) = from(matrix·(y, x)), both measured from the centre. */
void temper_picture_warp(const temper_victim *v, const double matrix[2][2], const float *from, float *to);

#endif
