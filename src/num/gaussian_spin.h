/* One ±1 spin in a Gaussian field x = μ + √v z, z ~ N(0,1): every replica-symmetric theory of ±1 spins reduces to
 * averages ⟨·⟩ = ∫Dz of t = tanh βx and s = 1 − t² = sech² βx. */
#ifndef TEMPER_NUM_GAUSSIAN_SPIN_H
#define TEMPER_NUM_GAUSSIAN_SPIN_H

typedef struct { /* derivatives follow from integration by parts, ∂⟨g⟩/∂v = ½⟨g″⟩ */
    double m, s; /* ⟨t⟩ and ⟨s⟩ = 1 − q, with q = ⟨t²⟩ */
    double q;
    double ss;                /* ⟨s²⟩, of the replicon */
    double ln_2cosh;          /* ⟨ln 2cosh βx⟩ */
    double entropy;           /* ⟨ln 2cosh βx − βx t⟩, without cancellation at low T */
    double m_mu, m_v, m_beta; /* derivatives of m */
    double q_mu, q_v, q_beta; /* derivatives of q */
} temper_gaussian_spin;

/* β > 0 finite, v ≥ 0. `all` = 0 fills m, s, q only, which is what the inner loop of a root-finder needs. */
temper_gaussian_spin temper_spin_average(double beta, double mu, double v, int all);

#endif
