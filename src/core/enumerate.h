/* enumerate: the partition function of a two-layer machine as a sum over all states of one layer, the other summed or integrated
 * exactly, unit by unit. */
#ifndef TEMPER_CORE_ENUMERATE_H
#define TEMPER_CORE_ENUMERATE_H

#include "core/two_layers.h"

/* log2 of the number of terms: of the discrete layer with fewer states. Infinity where both layers are real-valued. */
double temper_enumerable(const temper_two_layers *of);

/* ln Z at inverse temperature β (any finite number; it multiplies linear and bilinear terms, not the halves of squares of real
 * units, whose reference measure stays), and unless NULL
 *     stat    [V·q·H·q' + V·q + H·q'], the means of −∂E/∂W, −∂E/∂b, −∂E/∂c (that is ⟨v h⟩, ⟨v⟩, ⟨h⟩) in this order,
 *     energy  the mean of E (with the halves of squares).
 * TEMPER_CANNOT above 2^30 terms or where both layers are real-valued; TEMPER_BAD_OPTION where β is not finite,
 * TEMPER_DIVERGED where a parameter is not; TEMPER_NO_MEMORY. Equal bits on every level and any number of threads. Cost: terms × width of the other layer; of binary and
 * spin layers about 0.1 ns each (0.7 with statistics), of others 30. Memory: up to 64 times the statistics where they are wanted. */
temper_status temper_enumerate(const temper_two_layers *of, double beta, double *log_z, double *stat,
                               double *energy);

#endif
