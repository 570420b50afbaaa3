/* ensemble: carries many chains through temperature: anneal, exchange, population; or many networks through their training: seeds.
 *
 * It is a small machine: plan says what it needs, begin sets it up, step makes one macro step (some sweeps of all
 * chains, then its own moves). All that it remembers is an array of doubles, so a run is saved by saving
 * the chains and that array. */
#ifndef TEMPER_ENSEMBLE_H
#define TEMPER_ENSEMBLE_H

#include "temper/dynamics.h"
#include "temper/sampler.h"
#include "temper/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {   /* what an ensemble asks for */
    int chains;    /* number of chains, a multiple of the sampler's group */
    int states;    /* doubles of memory */
    int rungs;     /* temperatures kept at once (exchange), or 1 */
    int64_t steps; /* macro steps until done, an upper bound for adaptive ones; progress is step/steps */
} temper_plan;

typedef struct { /* what it moves: the caller's arrays */
    const temper_system *system;
    const temper_sampler *sampler;
    temper_chain **chains; /* [n]; chain numbers 0 … n−1 are their stream numbers */
    int n;
    uint64_t seed;
    const double *temperatures; /* [ntemperatures] as asked for by the user, in the order given */
    int ntemperatures;
    int reads;     /* independent repetitions */
    int64_t step;  /* macro steps done */
    double *state; /* [states] */
} temper_team;

typedef struct { /* the walkers of one seed, and what their ensemble remembers of them: the caller's arrays */
    temper_walker *const *walker; /* [n] float; numbers of their streams are seed·n … seed·n + n − 1 */
    int n;
    int64_t seed;               /* number of the seed */
    int64_t step, steps, epoch; /* done by each walker; of the run; steps of an epoch */
    double T;                   /* asked for by the user, before cooling */
    temper_stream stream;       /* of its moves: TEMPER_FOR_SWAPS, TEMPER_FOR_NOISE … at step crew->step */
    double *state;              /* [states] 0 at the start */
    float *vector;              /* [vectors][dim] 0 at the start */
} temper_crew;

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */

    /* Of systems: all NULL where it cannot move any, otherwise as said.
     * team without chains and state: what do you need? Refuses bad combinations in a sentence. */
    temper_status (*plan)(const void *self, const temper_team *team, temper_plan *plan);
    temper_status (*begin)(const void *self, temper_team *team);
    /* One macro step; sets *done after the last. Does not allocate. The caller counts team->step. */
    temper_status (*step)(const void *self, temper_team *team, bool *done);
    /* After chains, step and state came back from a file: TEMPER_BAD_DATA, with a sentence, unless `state` is one that
     * step can go on from, and others read, without harm: indices in range, permutations, finite numbers. Not whether
     * it is what step would have left there (may be NULL: any state is harmless). */
    temper_status (*check)(const void *self, const temper_team *team);
    /* Chain that holds rung r of copy c now; −1 if there is none (may be NULL: no rungs). */
    int (*at)(const void *self, const temper_team *team, int rung, int copy);
    /* Temperature of rung r now; ladders may adapt (NULL exactly if at is). */
    double (*rung)(const void *self, const temper_team *team, int rung);
    /* Adds what it has to tell: swap rates, round trips, free energies with errors. */
    temper_status (*report)(const void *self, const temper_team *team, temper_table *table);

    /* Of networks (temper train): `walkers` NULL where it cannot train, the others where there is nothing to do. The walkers of one
     * seed are a crew; crews never meet. */
    int64_t (*walkers)(const void *self); /* networks that make one seed's */
    int (*states)(const void *self);      /* doubles, and vectors of weights, that it remembers of a crew */
    int (*vectors)(const void *self);
    temper_status (*muster)(const void *self,
                            temper_crew *crew); /* before the first step: refuses what it cannot join */
    int64_t (*stride)(const void *self,
                      int64_t epoch); /* steps between two calls of couple (NULL: an epoch) */
    temper_status (*couple)(
        const void *self, temper_crew *crew); /* all its walkers stand at crew->step, a multiple of stride */
    double (*temperature)(const void *self, const temper_crew *crew,
                          int j); /* factor on T for walker j (NULL: 1) */
    int (*lead)(const void *self,
                const temper_crew *crew); /* the walker whose learning curve is shown (NULL: 0) */
    /* The weights that stand for a crew now: vectors k = 0 … weights−1, of walker->dim coordinates. `late`: those of the end of the run
     * alone are used; else those of several moments, and they are taken at each (temper train --samples). */
    int64_t (*weights)(const void *self); /* (NULL: walkers) */
    void (*present)(const void *self, const temper_crew *crew, int64_t k,
                    float *theta); /* (NULL: walker k's) */
    bool late;
    /* What a crew has to tell at the end: rows into a table that has the column "seed" filled in by the caller. */
    temper_status (*tell)(const void *self, const temper_crew *crew, temper_table *table);
} temper_ensemble_type;

typedef struct temper_ensemble {
    const temper_ensemble_type *type;
    void *self;
    char *text;
} temper_ensemble;

TEMPER_API temper_status temper_ensemble_create(temper_ensemble **ensemble, const char *text);
TEMPER_API void temper_ensemble_free(temper_ensemble *ensemble);

#ifdef __cplusplus
}
#endif
#endif
