/* couplings: a machine of discrete units seen as a plain list of pairs. Unit i has components first[i] … first[i+1]−1: one, its value, of a
 * binary or spin unit; q, of which one is 1, of a potts unit. With x the components of a configuration
 *
 *     E = −Σ_{a<b} C_ab x_a x_b − Σ_a b_a x_a,
 *
 * no pair inside a unit. Visible units come first. Weights are numbered: pairs in the order of the list, then fields. */
#ifndef TEMPER_CORE_COUPLINGS_H
#define TEMPER_CORE_COUPLINGS_H

#include "core/pairs.h"
#include "temper/machine.h"

typedef struct { /* zero it before the first use */
    int units, components;
    temper_unit *unit; /* [units] binary, spin or potts */
    int *first;        /* [units+1] */
    int *owner;        /* [components] */
    double *b;         /* [components] */
    temper_pair *list; /* [pairs] */
    int64_t pairs;
} temper_couplings;

/* Room for these numbers; unit, first, b and list are the caller's to fill, then temper_couplings_own fills owner. */
temper_status temper_couplings_make(temper_couplings *, int64_t units, int64_t components, int64_t pairs);
void temper_couplings_own(temper_couplings *);
void temper_couplings_clear(temper_couplings *);

/* Of a machine: rbm, dbm, boltzmann, maxent, hopfield. A temperature inside its energy is inside C and b. TEMPER_CANNOT where units are real
 * numbers or the machine has no pair couplings. */
temper_status temper_couplings_read(temper_couplings *, const temper_machine *machine);

#endif
