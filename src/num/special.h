/* Elementary combinations that must neither overflow nor cancel. */
#ifndef TEMPER_NUM_SPECIAL_H
#define TEMPER_NUM_SPECIAL_H

#include <stdint.h>

double temper_ln_2cosh(double x); /* ln(2 cosh x) = |x| + ln(1 + e^{−2|x|}) */
double temper_sech2(double x);    /* 1/cosh² x = 1 − tanh² x, to full relative precision for every x */
double temper_ln_factorial(int64_t n);
double temper_ln_binomial(int64_t n, int64_t k);

/* Complete elliptic integrals of modulus k, given the complementary modulus kc = √(1−k²) ≥ 0, which is what is
 * known precisely near k = 1. K(k = 1) is infinite. */
double temper_elliptic_K(double kc);
double temper_elliptic_E(double kc);

#endif
