/* pseudo: the exact pseudo-likelihood of a two-layer machine (Besag 1975), hidden units summed out. */
#ifndef TEMPER_CORE_PSEUDO_H
#define TEMPER_CORE_PSEUDO_H

#include "core/two_layers.h"

/* out[r] = Σ_i ln p(v_i | the other visible units) of each row r, over all V units (unless out is NULL), and, unless grad is NULL,
 * grad[V·q·H·q' + V·q + H·q'] += the weighted mean over rows of its gradient with respect to W, b, c.
 * Visible units binary, spin or potts (columns hold categories), hidden units of any kind. TEMPER_CANNOT for real visible units;
 * TEMPER_BAD_OPTION where the weights don't sum to a number above 0; TEMPER_DIVERGED where a parameter is not finite; TEMPER_NO_MEMORY.
 * Cost per row: V·q·H hidden units, each seen once. Equal bits on every level and any number of threads. */
temper_status temper_pseudo(const temper_two_layers *of, const temper_rows_view *rows, double *out,
                            float *grad);

#endif
