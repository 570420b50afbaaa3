/* A chain: configuration, cache and scratch in one allocation, owned by the caller. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "temper/sampler.h"

static size_t padded(size_t bytes) { return (bytes + 63) & ~(size_t)63; } /* whole cache lines */

/* s_i uniform on its alphabet, from word i of the chain's INITIAL draws. */
static void randomise(temper_chain *chain) {
    const temper_system *system = chain->system;
    uint32_t word[4] = {0};
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values);
        if (i % 4 == 0) temper_block(chain->stream, TEMPER_FOR_INITIAL, 0, i / 4, word);
        chain->s[i] = values[temper_below(word[i % 4], (uint32_t)q)];
    }
}

temper_status temper_chain_create(temper_chain **out, const temper_system *system,
                                  const temper_sampler *sampler, uint64_t seed, uint32_t number) {
    size_t head = padded(sizeof(temper_chain)), cache = padded((size_t)system->cached * sizeof(double));
    size_t spins = padded((size_t)system->n), scratch = sampler ? temper_sampler_scratch(sampler, system) : 0;
    *out = NULL;
    temper_status bad = sampler ? temper_sampler_suits(sampler, system) : TEMPER_OK;
    if (bad) return bad;
    char *block = temper_alloc(head + cache + spins + scratch, 1);
    if (!block) return TEMPER_NO_MEMORY;
    temper_chain *chain = (temper_chain *)block;
    chain->system = system;
    chain->cache = (double *)(block + head);
    chain->s = (int8_t *)(block + head + cache);
    chain->scratch = block + head + cache + spins;
    chain->scratch_bytes = scratch;
    chain->temperature = INFINITY;
    chain->stream = (temper_stream){seed, number};
    randomise(chain);
    temper_chain_refresh(chain);
    *out = chain;
    return TEMPER_OK;
}

void temper_chain_free(temper_chain *chain) { temper_release(chain); }

static bool ordered(const temper_chain *chain, int k) {
    const temper_system *system = chain->system;
    if (system->type->ordered) return system->type->ordered(system->self, k, chain->s);
    for (int i = 0; k == 0 && i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values);
        chain->s[i] = values[q - 1];
    }
    return k == 0;
}

temper_status temper_chain_start(temper_chain *chain, const char *how) {
    int64_t k = 0;
    if (!strcmp(how, "random")) {
        randomise(chain);
    } else if (strncmp(how, "ordered", 7) || (how[7] && how[7] != ':') ||
               (how[7] && !temper_read_int(how + 8, strlen(how + 8), &k))) {
        return temper_fail(TEMPER_BAD_OPTION, "start=%s is not random, ordered or ordered:k", how);
    } else if (k < 0 || k > INT32_MAX || !ordered(chain, (int)k)) {
        return temper_fail(TEMPER_BAD_OPTION, "start=%s: %s has no ordered configuration number %lld", how,
                           chain->system->text, (long long)k);
    }
    temper_chain_refresh(chain);
    return TEMPER_OK;
}

void temper_chain_refresh(temper_chain *chain) {
    const temper_system *system = chain->system;
    if (system->type->prime) system->type->prime(system->self, chain->s, chain->cache);
    chain->energy = system->type->energy(system->self, chain->s);
}

void temper_chain_set(temper_chain *chain, int i, int to) {
    const temper_system *system = chain->system;
    chain->energy += system->type->cost(system->self, chain->s, chain->cache, i, to);
    if (system->type->set)
        system->type->set(system->self, chain->s, chain->cache, i, to);
    else
        chain->s[i] = (int8_t)to;
}

void temper_chain_copy(temper_chain *to, const temper_chain *from) {
    memcpy(to->s, from->s, (size_t)from->system->n);
    if (from->system->cached)
        memcpy(to->cache, from->cache, (size_t)from->system->cached * sizeof *to->cache);
    to->energy = from->energy;
}

int8_t *temper_chain_spins(temper_chain *chain) { return chain->s; }
double temper_chain_energy(const temper_chain *chain) { return chain->energy; }
double temper_chain_temperature(const temper_chain *chain) { return chain->temperature; }
int64_t temper_chain_clock(const temper_chain *chain) { return chain->clock; }

temper_status temper_chain_heat(temper_chain *chain, double T) {
    if (!(T >= 0))
        return temper_fail(TEMPER_BAD_OPTION, "temperature=%g is not in the legal range 0 … inf", T);
    chain->temperature = T;
    return TEMPER_OK;
}
