/* Thermodynamics of a list of energy levels: Z = Σ_k g_k e^{−E_k/T}. */
#include "num/levels.h"
#include <math.h>

double temper_boltzmann_exponent(double E, double T) { return E == 0 || isinf(T) ? 0 : -E / T; }

/* F = E0 − T ln z, S = ln z + ⟨E − E0⟩/T, C = Var E/T². The limits: at T = 0 all weight lies on E0, so S = ln g_0 and
 * C = 0; at T = ∞ all weights are equal, S = ln Σg, F = −∞. */
temper_thermal temper_thermal_of(double E0, double ln_z, double mean_above, double variance, double T) {
    temper_thermal out = {E0 + mean_above, E0 - T * ln_z, ln_z, 0};
    if (T > 0 && mean_above > 0) out.entropy += mean_above / T;
    if (T > 0 && variance > 0) out.heat_capacity = variance / T / T;
    if (T == 0) out.free_energy = E0;
    if (isinf(T)) out.free_energy = ln_z > 0 ? -INFINITY : E0;
    return out;
}

temper_thermal temper_levels(int64_t n, const double *E, const double *ln_g, double T, double tie,
                             double *p) {
    double E0 = INFINITY, top = -INFINITY, sum = 0, mean = 0, variance = 0;
    for (int64_t k = 0; k < n; k++) E0 = fmin(E0, E[k]);
    for (int64_t k = 0; k < n; k++) {
        double above = T == 0 && E[k] - E0 <= tie ? 0 : E[k] - E0;
        p[k] = ln_g[k] + temper_boltzmann_exponent(above, T);
        top = fmax(top, p[k]);
    }
    for (int64_t k = 0; k < n; k++) sum += p[k] = exp(p[k] - top);
    for (int64_t k = 0; k < n; k++) mean += (p[k] /= sum) * (E[k] - E0);
    for (int64_t k = 0; k < n; k++) variance += p[k] * (E[k] - E0 - mean) * (E[k] - E0 - mean);
    return temper_thermal_of(E0, top + log(sum), mean, variance, T);
}
