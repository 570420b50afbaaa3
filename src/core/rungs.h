/* rungs: how far apart the temperatures of a ladder are, and where they should be. */
#ifndef TEMPER_CORE_RUNGS_H
#define TEMPER_CORE_RUNGS_H

/* d = 2 erfc⁻¹(a): for energies with a normal distribution a mean acceptance a of swaps means Δβ·σ_E = d (Predescu, Predescu &
 * Ciobanu 2004). To 0.4 % (Winitzki 2008), which is plenty for a ladder that is measured again. */
double temper_rungs_distance(double acceptance);

#endif
