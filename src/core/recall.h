/* Hopfield's network with Hebb's couplings and random patterns, in integers: no matrix, only the overlaps M_μ = Σ_i ξ_i^μ s_i. The field of a unit
 *
 *     N h_i = N Σ_{j≠i} J_ij s_j = Σ_μ ξ_i^μ M_μ − P s_i
 *
 * is exact, ties included; a look costs O(P), so N = 5000, P = 1000 relaxes in a fraction of a second. */
#ifndef TEMPER_CORE_RECALL_H
#define TEMPER_CORE_RECALL_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/status.h"
#include "temper/stream.h"

enum { TEMPER_RECALL_UNITS = 32000, TEMPER_RECALL_PATTERNS = 65536 }; /* M fits 16 bits, N h fits 32 */

typedef struct { /* zero it before the first use */
    int64_t n, P;
    int8_t *xi;       /* [P][n] */
    int16_t *columns; /* [n][P] the same, site by site */
    int16_t *M;       /* [P] */
} temper_recall_net;

temper_status temper_recall_build(temper_recall_net *net, int64_t n, int64_t P);
void temper_recall_clear(temper_recall_net *net);
/* ξ_i^μ is +1 where bit i%32 of word i/32 of (of, DISORDER, step μ) is set. */
void temper_recall_draw(temper_recall_net *net, temper_stream of);
/* The same numbers as rows of floats. */
void temper_recall_rows(temper_stream of, int64_t n, int64_t P, float *X);
/* Units of pattern μ that their field would turn over. */
int64_t temper_recall_unstable(temper_recall_net *net, int64_t mu);
/* T = 0 sweeps in order of units, at most `most`, until one moves nothing (*settled). A unit without field stays. Returns the sweeps made. */
int64_t temper_recall_relax(temper_recall_net *net, int8_t *s, int64_t most, bool *settled);

#endif
