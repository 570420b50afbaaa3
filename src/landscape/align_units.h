/* align_units: which hidden units of a network may change places, and which numbers move with them. */
#ifndef TEMPER_LANDSCAPE_ALIGN_UNITS_H
#define TEMPER_LANDSCAPE_ALIGN_UNITS_H

#include "network/network.h"

/* A unit is what one number stands for at every node that passes it on: channel c of a convolution, of the norm and the ReLU after it, the pixels
 * of that channel once it is flat, and, where a sum adds two branches, channel c of both. Units that occur at the same nodes in the same way
 * are interchangeable: a group. Data, outputs, and what attention reads and makes stay where they are.
 *
 * Option A of residual networks (channels of zeros are added) needs nothing more: channels 0 … 15 of the second stage are units of the
 * first one, the others a group of their own. */
typedef struct { /* an axis of an array: whose number lies at each place */
    int64_t n;
    const int32_t *unit; /* [n], or NULL: nothing moves along this axis */
    const int32_t
        *order; /* [n] places sorted by unit, then by place: occurrence q of u is order[first of u + q] */
} align_axis;

typedef struct { /* an array [in][reps][out] of θ, or of the statistics */
    int64_t offset, reps;
    align_axis in, out;
    bool statistic;
} align_block;

typedef struct {
    int groups;
    int64_t *first;  /* [groups + 1] where their members begin, groups in the order of the tape */
    int32_t *member; /* ascending within a group */
    int32_t *group;  /* [units] −1: stays */
    int32_t units;
    int blocks;
    align_block *block;
    int32_t *room; /* units and orders of all nodes lie here */
} align_units;

temper_status temper_align_units_find(const net_graph *graph, align_units *units);
void temper_align_units_clear(align_units *units);
/* Place of occurrence q of unit u on an axis, or −1: there are not so many. */
int64_t temper_align_place(const align_axis *axis, int32_t u, int64_t q);

#endif
