/* potential: an energy U(θ) with its gradient on a real vector; density ∝ exp(−U/T). A network's loss on data will be
 * one: U = N·(mean loss) − log prior, so that T = 1 is Bayes and T = 0 plain optimisation. Immutable, shared. */
#ifndef TEMPER_POTENTIAL_H
#define TEMPER_POTENTIAL_H

#include "temper/option.h"
#include "temper/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */
    int64_t (*dim)(const void *self);
    void (*start)(const void *self, temper_stream stream,
                  double *theta);                            /* where a chain of this stream begins */
    double (*energy)(const void *self, const double *theta); /* U(θ) */
    double (*slope)(const void *self, const double *theta, double *grad); /* fills ∇U, returns U */
    void (*curve)(const void *self, const double *theta, const double *v,
                  double *Hv); /* ∇²U·v (may be NULL) */
    /* Which share of the data the next slope sees: minibatch number `step` of this stream (may be NULL: all of it). */
    void (*batch)(void *self, temper_stream stream, int64_t step);
} temper_potential_type;

typedef struct temper_potential {
    const temper_potential_type *type;
    void *self;
    char *text;
    int64_t dim;
} temper_potential;

TEMPER_API temper_status temper_potential_create(temper_potential **potential, const char *text);
TEMPER_API void temper_potential_free(temper_potential *potential);

#ifdef __cplusplus
}
#endif
#endif
