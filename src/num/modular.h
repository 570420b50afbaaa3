/* Arithmetic modulo primes below 2^62, and back to whole numbers: exact counting without a bignum library. */
#ifndef TEMPER_NUM_MODULAR_H
#define TEMPER_NUM_MODULAR_H

#include <stddef.h>
#include <stdint.h>

/* The field F_p. Elements are kept as a·2^64 mod p, so that a product needs no division (Montgomery 1985). */
typedef struct {
    uint64_t p;
    uint64_t negative_inverse; /* −1/p mod 2^64 */
    uint64_t one, square;      /* 2^64 and 2^128 mod p */
} temper_field;

/* The k-th largest prime p < 2^62 with p = 1 (mod m), k = 0 …; m < 2^32. */
uint64_t temper_prime(uint64_t m, int k);

temper_field temper_field_of(uint64_t p);                     /* p an odd prime below 2^62 */
uint64_t temper_field_in(const temper_field *f, uint64_t a);  /* a mod p, as an element */
uint64_t temper_field_out(const temper_field *f, uint64_t a); /* an element as a number 0 … p−1 */
uint64_t temper_field_add(const temper_field *f, uint64_t a, uint64_t b);
uint64_t temper_field_sub(const temper_field *f, uint64_t a, uint64_t b);
uint64_t temper_field_mul(const temper_field *f, uint64_t a, uint64_t b);
uint64_t temper_field_power(const temper_field *f, uint64_t a, uint64_t exponent);
uint64_t temper_field_inverse(const temper_field *f, uint64_t a);
/* An element of order exactly m, where m divides p − 1. */
uint64_t temper_field_root(const temper_field *f, uint64_t m);

/* Garner: x = digit[0] + p_0 (digit[1] + p_1 (digit[2] + …)) from x mod p_i. Turns residues into digits in place. */
void temper_garner(int k, const temper_field *fields, uint64_t *residues);

/* Whole numbers in base 10^18, lowest limb first. */
enum { TEMPER_LIMB_DIGITS = 18 };
/* Horner's rule on Garner's digits into limbs[0 … n). */
void temper_limbs_of_digits(int k, const temper_field *fields, const uint64_t *digits, size_t n,
                            uint64_t *limbs);
double temper_limbs_ln(size_t n, const uint64_t *limbs);                /* −inf for zero */
void temper_limbs_print(size_t n, const uint64_t *limbs, char *buffer); /* needs 18 n + 1 bytes */

#endif
