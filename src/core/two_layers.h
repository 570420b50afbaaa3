/* two_layers: a restricted Boltzmann machine as plain arrays,
 *
 *     ln weight(v, h) = β (Σ b·v + Σ c·h + Σ v W h) + ln of the reference measures of real units,
 *
 * one layer of visible and one of hidden units, no coupling inside a layer. A binary, spin, gaussian or relu unit has one
 * component, its value; a potts unit of q states has q, of which one is 1. Components of unit i are i·q … i·q + q − 1. */
#ifndef TEMPER_CORE_TWO_LAYERS_H
#define TEMPER_CORE_TWO_LAYERS_H

#include "temper/machine.h"

typedef struct {
    temper_unit visible, hidden;
    int64_t V, H;                          /* units, ≥ 1 */
    int64_t visible_states, hidden_states; /* q of potts units, else 1 */
    const float *W;                        /* [V·q][H·q'] row-major */
    const float *b, *c;                    /* [V·q], [H·q'] */
} temper_two_layers;

int64_t temper_two_layers_parameters(const temper_two_layers *of); /* V·q·H·q' + V·q + H·q' */
bool temper_two_layers_finite(const temper_two_layers *of);        /* are all of them */

#endif
