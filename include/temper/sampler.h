/* sampler: advances an array of chains by whole sweeps, each chain towards exp(−H/T) at its own T. */
#ifndef TEMPER_SAMPLER_H
#define TEMPER_SAMPLER_H

#include "temper/chain.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* checks combinations of options (may be NULL) */
    /* Refuses, in a sentence, a system that it cannot move (may be NULL: takes every system). */
    temper_status (*suits)(const void *self, const temper_system *system);
    size_t (*scratch)(const void *self,
                      const temper_system *system); /* bytes per chain (may be NULL: none) */
    /* Every chain makes `sweeps` sweeps; its clock advances by as many. No allocation. Parallel over chains.
     * Chain i's result depends on chain i alone; with group = 2, on its pair 2k, 2k+1 alone. */
    temper_status (*advance)(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps);
    int group;    /* 1, or 2 for moves on pairs of chains */
    bool partial; /* it conserves something: alone it does not sample, it needs another move beside it */
} temper_sampler_type;

enum { TEMPER_SAMPLER_PARTS = 4 };
typedef struct temper_sampler { /* one move, or several in turn: "metropolis+wolff" */
    int parts, group;
    struct {
        const temper_sampler_type *type;
        void *self;
    } part[TEMPER_SAMPLER_PARTS];
    char *text;
} temper_sampler;

/* From text: "metropolis:order=random", "metropolis+houdayer". One sweep of a sum is one of each part. */
TEMPER_API temper_status temper_sampler_create(temper_sampler **sampler, const char *text);
TEMPER_API void temper_sampler_free(temper_sampler *sampler);
/* TEMPER_CANNOT unless some part reaches every configuration: houdayer alone does not. Jobs ask this. */
TEMPER_API temper_status temper_sampler_whole(const temper_sampler *sampler);
/* TEMPER_CANNOT with a sentence if some part cannot move this system. */
TEMPER_API temper_status temper_sampler_suits(const temper_sampler *sampler, const temper_system *system);
TEMPER_API size_t temper_sampler_scratch(const temper_sampler *sampler, const temper_system *system);
/* Advances the chains; the array's length must be a multiple of group. */
TEMPER_API temper_status temper_sampler_advance(const temper_sampler *sampler, temper_chain *const *chains,
                                                int nchains, int64_t sweeps);

#ifdef __cplusplus
}
#endif
#endif
