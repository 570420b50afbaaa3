/* Arithmetic modulo primes below 2^62, and back to whole numbers. */
#include "num/modular.h"
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

__extension__ typedef unsigned __int128 wide;

/* ---- primes -------------------------------------------------------------------------------------------------- */

static uint64_t mulmod(uint64_t a, uint64_t b, uint64_t p) { return (uint64_t)((wide)a * b % p); }

static uint64_t powmod(uint64_t a, uint64_t exponent, uint64_t p) {
    uint64_t result = 1;
    for (; exponent; exponent >>= 1, a = mulmod(a, a, p))
        if (exponent & 1) result = mulmod(result, a, p);
    return result;
}

/* Miller–Rabin; the first twelve primes as bases decide every n below 3.3e24 (Sorenson & Webster 2017). */
static bool is_prime(uint64_t n) {
    static const uint64_t bases[12] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    uint64_t odd = n - 1;
    int twos = 0;
    for (int i = 0; i < 12; i++)
        if (n % bases[i] == 0) return n == bases[i];
    while (odd % 2 == 0) odd /= 2, twos++;
    for (int i = 0; i < 12; i++) {
        uint64_t x = powmod(bases[i], odd, n);
        if (x == 1) continue;
        int round = 0;
        while (x != n - 1 && round < twos) x = mulmod(x, x, n), round++;
        if (round == twos) return false;
    }
    return true;
}

uint64_t temper_prime(uint64_t m, int k) {
    uint64_t n = ((((uint64_t)1 << 62) - 2) / m) * m + 1;
    while (!is_prime(n) || k-- > 0) n -= m;
    return n;
}

/* ---- the field ----------------------------------------------------------------------------------------------- */

/* x·2^−64 mod p: adding the multiple of p that clears the low word makes the division a shift. x < p·2^64. */
static uint64_t reduce(const temper_field *f, wide x) {
    uint64_t multiple = (uint64_t)x * f->negative_inverse;
    uint64_t high = (uint64_t)((x + (wide)multiple * f->p) >> 64); /* < 2p < 2^63 */
    return high >= f->p ? high - f->p : high;
}

temper_field temper_field_of(uint64_t p) {
    uint64_t inverse = p; /* right to 3 bits; each Newton step doubles them */
    for (int i = 0; i < 5; i++) inverse *= 2 - p * inverse;
    uint64_t one = (uint64_t)(((wide)1 << 64) % p);
    return (temper_field){p, 0 - inverse, one, mulmod(one, one, p)};
}

uint64_t temper_field_in(const temper_field *f, uint64_t a) {
    return reduce(f, (wide)(a % f->p) * f->square);
}
uint64_t temper_field_out(const temper_field *f, uint64_t a) { return reduce(f, a); }
uint64_t temper_field_mul(const temper_field *f, uint64_t a, uint64_t b) { return reduce(f, (wide)a * b); }

uint64_t temper_field_add(const temper_field *f, uint64_t a, uint64_t b) {
    uint64_t sum = a + b;
    return sum >= f->p ? sum - f->p : sum;
}

uint64_t temper_field_sub(const temper_field *f, uint64_t a, uint64_t b) {
    return a >= b ? a - b : a + f->p - b;
}

uint64_t temper_field_power(const temper_field *f, uint64_t a, uint64_t exponent) {
    uint64_t result = f->one;
    for (; exponent; exponent >>= 1, a = temper_field_mul(f, a, a))
        if (exponent & 1) result = temper_field_mul(f, result, a);
    return result;
}

uint64_t temper_field_inverse(const temper_field *f, uint64_t a) {
    return temper_field_power(f, a, f->p - 2);
}

/* w = a^{(p−1)/m} has an order that divides m; it is m unless w^{m/r} = 1 for a prime r | m. */
uint64_t temper_field_root(const temper_field *f, uint64_t m) {
    for (uint64_t a = 2;; a++) {
        uint64_t w = temper_field_power(f, temper_field_in(f, a), (f->p - 1) / m), rest = m;
        bool exact = true;
        for (uint64_t r = 2; r <= rest && exact; r++) {
            if (rest % r) continue;
            while (rest % r == 0) rest /= r;
            exact = temper_field_power(f, w, m / r) != f->one;
        }
        if (exact) return w;
    }
}

/* ---- from residues to whole numbers -------------------------------------------------------------------------- */

/* Before round i, digits 0 … i−1 are final and residues[j] = (x − known part)/(p_0 … p_{i−1}) mod p_j for j ≥ i. */
void temper_garner(int k, const temper_field *fields, uint64_t *residues) {
    for (int i = 0; i + 1 < k; i++)
        for (int j = i + 1; j < k; j++) {
            const temper_field *f = &fields[j];
            uint64_t difference = temper_field_sub(f, residues[j], residues[i] % f->p);
            uint64_t inverse = temper_field_inverse(f, temper_field_in(f, fields[i].p));
            residues[j] =
                temper_field_mul(f, difference, inverse); /* a number times an element is a number */
        }
}

void temper_limbs_of_digits(int k, const temper_field *fields, const uint64_t *digits, size_t n,
                            uint64_t *limbs) {
    const uint64_t base = 1000000000000000000;
    for (size_t i = 0; i < n; i++) limbs[i] = 0;
    for (int d = k - 1; d >= 0; d--) { /* limbs ← limbs·p_d + digits[d] */
        uint64_t carry = digits[d], p = d < k - 1 ? fields[d].p : 0;
        for (size_t i = 0; i < n; i++) {
            wide x = (wide)limbs[i] * p + carry; /* < 10^18·2^62 + 2^64 */
            limbs[i] = (uint64_t)(x % base);
            carry = (uint64_t)(x / base);
        }
    }
}

static size_t length(size_t n, const uint64_t *limbs) {
    while (n > 0 && limbs[n - 1] == 0) n--;
    return n;
}

/* Three limbs hold more digits than a double does. */
double temper_limbs_ln(size_t n, const uint64_t *limbs) {
    const double base = 1e18, ln_10 = 2.302585092994045684017991454684364208;
    size_t top = length(n, limbs), used = top < 3 ? top : 3;
    double x = 0;
    for (size_t i = 0; i < used; i++) x = x * base + (double)limbs[top - 1 - i];
    return top == 0 ? -INFINITY : log(x) + (double)(top - used) * TEMPER_LIMB_DIGITS * ln_10;
}

void temper_limbs_print(size_t n, const uint64_t *limbs, char *buffer) {
    size_t top = length(n, limbs);
    if (top == 0) {
        snprintf(buffer, 2, "0");
        return;
    }
    buffer += snprintf(buffer, 20, "%" PRIu64, limbs[top - 1]);
    for (size_t i = top - 1; i-- > 0;) buffer += snprintf(buffer, 20, "%018" PRIu64, limbs[i]);
}
