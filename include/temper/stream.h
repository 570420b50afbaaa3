/* Random numbers with an address (Philox 4x32-10: Salmon, Moraes, Dror, Shaw, SC'11).
 *
 * A draw is a pure function of (seed, purpose, chain, step, index): never of a thread or of the order of calls.
 * The key is the 64-bit seed. The 128-bit counter is part of every file format and will not change:
 *
 *     word 0   index, low 32 bits          (index counts blocks of four words)
 *     word 1   step, low 32 bits
 *     word 2   chain
 *     word 3   purpose << 24 | step bits 32…47 << 8 | index bits 32…39 */
#ifndef TEMPER_STREAM_H
#define TEMPER_STREAM_H

#include <stdint.h>
#include "temper/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a draw is for. Numbers are fixed for ever; new purposes go to the end. */
typedef enum {
    TEMPER_FOR_INITIAL = 0,    /* the first configuration */
    TEMPER_FOR_DISORDER = 1,   /* couplings, fields, patterns */
    TEMPER_FOR_MOVES = 2,      /* accept or reject; the conditional of a heat bath */
    TEMPER_FOR_TAILS = 3,      /* the 32 bits below a draw for a move, looked at once in 2^32 */
    TEMPER_FOR_SITES = 4,      /* which site, in random order */
    TEMPER_FOR_VALUES = 5,     /* which new value of more than two */
    TEMPER_FOR_CLUSTERS = 6,   /* seeds of clusters, new values of clusters */
    TEMPER_FOR_BONDS = 7,      /* open or close a bond */
    TEMPER_FOR_SWAPS = 8,      /* exchange of temperatures */
    TEMPER_FOR_RESAMPLING = 9, /* population annealing */
    TEMPER_FOR_BOOTSTRAP = 10, /* error bars */
    TEMPER_FOR_MINIBATCH = 11,
    TEMPER_FOR_DROPOUT = 12,
    TEMPER_FOR_NOISE = 13,
    TEMPER_FOR_AUGMENTATION = 14,
    TEMPER_FOR_TESTS = 15,
    TEMPER_FOR_VARIATIONAL = 16, /* sums of layers whose weights are Gaussians */
    TEMPER_FOR_UNITS = 17,       /* units of learned machines */
    TEMPER_FOR_BINARISING = 18,  /* grey pixels that become 0 or 1 */
    TEMPER_FOR_DIRECTIONS = 19,  /* random directions through a landscape */
    TEMPER_FOR_PROBES = 20       /* vectors that an operator is asked about: traces, spectra */
} temper_purpose;

/* A stream is a value: whose draws these are. */
typedef struct {
    uint64_t seed;
    uint32_t chain;
} temper_stream;

/* The raw permutation: ten rounds on a counter under a key. */
TEMPER_API void temper_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* One block of four words at index `block`. */
TEMPER_API void temper_block(temper_stream of, temper_purpose purpose, int64_t step, int64_t block,
                             uint32_t out[4]);

/* Word `index` of the sequence (four to a block), uniform on 0 … 2^32−1. */
TEMPER_API uint32_t temper_word(temper_stream of, temper_purpose purpose, int64_t step, int64_t index);

/* Number `index` (two to a block), uniform on [0,1) with 53 bits. */
TEMPER_API double temper_uniform(temper_stream of, temper_purpose purpose, int64_t step, int64_t index);

/* Number `index` (two to a block), standard normal by Box–Muller. */
TEMPER_API double temper_normal(temper_stream of, temper_purpose purpose, int64_t step, int64_t index);

/* Integer on 0 … n−1 from one word, n ≥ 1; each value has its probability to 2^−32. */
TEMPER_API uint32_t temper_below(uint32_t word, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
