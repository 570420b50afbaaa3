/* The perceptron rule on plain arrays: one threshold unit that learns labelled rows (Rosenblatt), and N of them that learn to hold patterns
 * (Gardner). Rows of a unit are x and, in the last column, the label 0 or 1, y = −1 or +1. */
#ifndef TEMPER_CORE_PERCEPTRON_H
#define TEMPER_CORE_PERCEPTRON_H

#include "core/memories.h"

/* One epoch, rows in order. A row is a mistake where its stability y (w·x + b)/√(|w|² + b²) is not above κ; then w += η y x, b += η y.
 * Returns the number of mistakes. w[columns − 1]. Sums are doubles in eight lanes. */
int64_t temper_perceptron_epoch(const temper_rows_view *rows, double kappa, double rate, float *w, float *b);

/* One epoch of a network whose every unit is a perceptron on the others, from J[n][n] (Gardner, J. Phys. A 21, 257 (1988); no thresholds):
 * where ξ_i^μ Σ_j J_ij ξ_j^μ / |J_i| is not above κ, J_ij += ξ_i ξ_j/n. Unless `symmetric` each unit learns on its own; symmetric: the change of a
 * pair is the mean over its two units, so that J stays symmetric. Returns the number of (unit, pattern) mistakes. work[2n]. */
int64_t temper_perceptron_patterns(const temper_memories *memories, double kappa, bool symmetric, float *J,
                                   double *work);

#endif
