/* potential: an energy U(θ) with its gradient on a real vector; density ∝ exp(−U/T). A network's loss on data is one:
 * U = N·(mean loss) − log prior, so that T = 1 is Bayes and T = 0 plain optimisation. Immutable, shared by all chains.
 *
 * All functions speak of u = U/N, the energy per sample, because that is what an optimiser's learning rate refers to; N is
 * 1 where there are no data. Dynamics therefore run at the temperature T/N. */
#ifndef TEMPER_POTENTIAL_H
#define TEMPER_POTENTIAL_H

#include <stdbool.h>
#include "temper/option.h"
#include "temper/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {          /* how an evaluation looks at a potential */
    temper_stream stream; /* whose minibatches, dropout and augmentation */
    int64_t step;         /* number of the minibatch */
    bool whole;           /* all samples, no dropout, no augmentation: u itself */
    void *
        scratch; /* [potential->scratch] bytes, zeroed once before the first use; one per concurrent caller */
} temper_look;

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */
    int64_t (*dim)(const void *self);
    int64_t (*samples)(const void *self); /* N (NULL: 1) */
    int64_t (*batches)(const void *self); /* looks that make one epoch (NULL: 1) */
    size_t (*scratch)(const void *self);  /* bytes a look needs (NULL: 0) */
    void (*start)(const void *self, temper_stream stream,
                  double *theta); /* where a chain of this stream begins */
    double (*energy)(const void *self, const temper_look *look, const double *theta); /* u(θ) */
    double (*slope)(const void *self, const temper_look *look, const double *theta,
                    double *grad); /* fills ∇u, returns u */
    double (*curve)(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv); /* fills ∇u and ∇²u·v, returns u (may be NULL) */
    /* The same in float, for networks (all NULL, or all there). */
    void (*start_single)(const void *self, temper_stream stream, float *theta);
    double (*energy_single)(const void *self, const temper_look *look, const float *theta);
    double (*slope_single)(const void *self, const temper_look *look, const float *theta, float *grad);
    double (*curve_single)(const void *self, const temper_look *look, const float *theta, const float *v,
                           float *grad, float *Hv);
} temper_potential_type;

typedef struct temper_potential {
    const temper_potential_type *type;
    void *self;
    char *text;
    int64_t dim, samples, batches;
    size_t scratch;
    void (*release)(struct temper_potential *); /* of one that was not made from text; NULL: was */
} temper_potential;

TEMPER_API temper_status temper_potential_create(temper_potential **potential, const char *text);
TEMPER_API void temper_potential_free(temper_potential *potential);

#ifdef __cplusplus
}
#endif
#endif
