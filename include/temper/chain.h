/* chain: one configuration with its cache, energy, temperature, random stream and clock. */
#ifndef TEMPER_CHAIN_H
#define TEMPER_CHAIN_H

#include "temper/stream.h"
#include "temper/system.h"

#ifdef __cplusplus
extern "C" {
#endif

struct temper_sampler;

typedef struct temper_chain { /* one allocation; s, cache and scratch point into it */
    const temper_system *system;
    int8_t *s;     /* [system->n] */
    double *cache; /* [system->cached] */
    void *scratch; /* working memory of the sampler; carries nothing from one step to the next */
    size_t scratch_bytes;
    double energy;              /* H(s), followed move by move, recomputed at every 1024th tick */
    double temperature;         /* T ≥ 0; 0 and INFINITY are legal */
    temper_stream stream;       /* seed, chain number */
    int64_t clock;              /* steps done; the step of the next draw. Every sampler's sweep is one tick */
    int64_t proposed, accepted; /* single-site proposals and acceptances; cluster moves count sites flipped */
} temper_chain;

/* A chain for this sampler (NULL: no scratch) in its random start configuration, at T = INFINITY. TEMPER_CANNOT when
 * the sampler cannot move the system. */
TEMPER_API temper_status temper_chain_create(temper_chain **chain, const temper_system *system,
                                             const struct temper_sampler *sampler, uint64_t seed,
                                             uint32_t number);
TEMPER_API void temper_chain_free(temper_chain *chain); /* NULL is allowed */

/* "random", "ordered" or "ordered:k"; also refreshes. */
TEMPER_API temper_status temper_chain_start(temper_chain *chain, const char *how);
/* Recomputes cache and energy from s. */
TEMPER_API void temper_chain_refresh(temper_chain *chain);
/* One site to one new value: cost, set, energy. For samplers and users alike. */
TEMPER_API void temper_chain_set(temper_chain *chain, int i, int to);
/* Accessors for callers that cannot see the struct (Python). The spins are the chain's own memory, [sites]: after
 * writing to them call temper_chain_refresh. T ≥ 0, else TEMPER_BAD_OPTION. */
TEMPER_API int8_t *temper_chain_spins(temper_chain *chain);
TEMPER_API double temper_chain_energy(const temper_chain *chain);
TEMPER_API double temper_chain_temperature(const temper_chain *chain);
TEMPER_API int64_t temper_chain_clock(const temper_chain *chain);
TEMPER_API temper_status temper_chain_heat(temper_chain *chain, double T);
/* Copies configuration, cache and energy (not stream and clock) between chains of one system. */
TEMPER_API void temper_chain_copy(temper_chain *to, const temper_chain *from);

#ifdef __cplusplus
}
#endif
#endif
