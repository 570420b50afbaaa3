/* Thermodynamics of a list of energy levels: Z = Σ_k g_k e^{−E_k/T}. */
#ifndef TEMPER_NUM_LEVELS_H
#define TEMPER_NUM_LEVELS_H

#include <stdint.h>

typedef struct { /* extensive, k_B = 1 */
    double energy, free_energy, entropy, heat_capacity;
} temper_thermal;

/* p[k] = g_k e^{−E_k/T}/Z of n levels given as E_k and ln g_k, T in [0, inf]. At T = 0 only levels within `tie` of
 * the lowest count. Nothing overflows, and the sums are those of small numbers: E is measured from the lowest. */
temper_thermal temper_levels(int64_t n, const double *E, const double *ln_g, double T, double tie, double *p);

/* −E/T, with 0/0 = 0: what is on the ground level stays there at T = 0. E ≥ 0. */
double temper_boltzmann_exponent(double E, double T);

/* Finishes ln Z and moments taken from the lowest level E0: z = Σ g e^{−(E−E0)/T} = e^{ln_z}. */
temper_thermal temper_thermal_of(double E0, double ln_z, double mean_above, double variance, double T);

#endif
