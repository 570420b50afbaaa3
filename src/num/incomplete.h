/* Incomplete beta and gamma functions, the tails of the distributions that tests of significance need, and their quantiles. On
 * base/elementary.h alone: equal bits everywhere. Relative error below 1e-12 for arguments up to some hundreds. */
#ifndef TEMPER_NUM_INCOMPLETE_H
#define TEMPER_NUM_INCOMPLETE_H

double temper_ln_gamma(double x); /* ln Γ(x), x > 0 */
/* I_x(a, b), a, b > 0, with y = 1 − x given beside x, so that neither end loses digits. */
double temper_beta_share(double a, double b, double x, double y);
/* P(a, x) = γ(a, x)/Γ(a), a > 0, x ≥ 0. */
double temper_gamma_share(double a, double x);

/* Two-sided tail P(|t| > t₀) of Student's distribution with ν > 0 degrees of freedom, and its quantile, 0 < p < 1. */
double temper_student_tail(double t, double nu);
double temper_student_quantile(double p, double nu);
/* Quantiles of χ² with ν degrees of freedom, and of F with ν₁ and ν₂; 0 < p < 1. */
double temper_chi2_quantile(double p, double nu);
double temper_f_quantile(double p, double nu1, double nu2);

#endif
