/* Walkers of a response measurement. Inside src/landscape only. */
#ifndef TEMPER_LANDSCAPE_RESPONSE_H
#define TEMPER_LANDSCAPE_RESPONSE_H

#include "temper/response.h"

/* A potential with a field on top, U − h Σ ε_i θ_i. */
typedef struct {
    const temper_potential *below;
    double h;            /* changed between steps: 0 is the potential itself, to the bit */
    const int8_t *sign;  /* [dim] ε */
    temper_potential as; /* the potential that walkers are made of; as.self points here */
} temper_pushed;

void temper_pushed_make(temper_pushed *pushed, const temper_potential *below, const int8_t *sign);
/* sign[i]: bit i of (stream, TEMPER_FOR_DISORDER, step 0). */
void temper_pushed_signs(temper_stream stream, int64_t dim, int8_t *sign);
/* The walker goes on from where another one is: coordinates, memories, clock; same potential but for the field. */
void temper_walker_copy(temper_walker *to, const temper_walker *from);
/* The coordinates, in double. */
void temper_walker_read_out(const temper_walker *walker, double *theta);

#endif
