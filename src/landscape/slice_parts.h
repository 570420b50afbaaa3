/* What the files of a slice share. */
#ifndef TEMPER_LANDSCAPE_SLICE_PARTS_H
#define TEMPER_LANDSCAPE_SLICE_PARTS_H

#include "temper/slice.h"

typedef enum { /* what is computed together; bits of done[] */
               SLICE_TRAINING = 1,
               SLICE_TEST = 2,
               SLICE_SLOPE = 4,
               SLICE_ENDS = 8,
               SLICE_PROJECTED = 16
} slice_phase;

struct temper_slice {
    temper_landscape *landscape;
    int64_t dim, points, computed, wanted;
    int axes, refine;
    temper_axis axis[TEMPER_AXES_MAX]; /* of the finest grid */
    int64_t stride[TEMPER_AXES_MAX];
    unsigned fields, phases;
    temper_stream stream;
    double *theta, *direction; /* [dim], [axes][dim] */
    double *at, *grad, *Hd; /* [dim], [dim], [axes][dim]: where expensive fields are asked for, else NULL */
    unsigned char *state;   /* one block: */
    size_t bytes;           /*   */
    int64_t *turn;          /*   halvings so far; refine + 1: everything is done */
    double *field[TEMPER_FIELDS]; /*   [points] each that was asked for */
    uint8_t *level, *done;        /*   [points] */
};

/* Coordinates of point p. */
void temper_slice_place(const temper_slice *slice, int64_t p, double *x);
/* Marks the points of the next halving. */
temper_status temper_slice_refine(temper_slice *slice);
/* Fills in what was not computed. */
void temper_slice_interpolate(temper_slice *slice);
/* Phases that look at one point at a time; numbers that are not finite become NaN. */
temper_status temper_slice_point(temper_slice *slice, int64_t p, unsigned phases,
                                 const temper_errand *errand);

#endif
