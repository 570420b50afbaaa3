/* Modular arithmetic, primes and whole numbers. */
#include "check.h"
#include "num/modular.h"

__extension__ typedef unsigned __int128 wide;

static void primes(void) {
    /* sympy: prevprime(2**62) = 2^62 − 57 */
    CHECK(temper_prime(2, 0) == ((uint64_t)1 << 62) - 57, "%llu", (unsigned long long)temper_prime(2, 0));
    for (uint64_t m = 4; m <= 64; m *= 2) {
        uint64_t last = (uint64_t)1 << 62;
        for (int k = 0; k < 5; k++) {
            uint64_t p = temper_prime(m, k);
            CHECK(p < last && p % m == 1, "prime %d of 1 mod %d", k, (int)m);
            for (uint64_t d = 3; d < 100000; d += 2) CHECK(p % d, "%llu divides it", (unsigned long long)d);
            last = p;
        }
    }
}

static void field(void) {
    temper_field f = temper_field_of(temper_prime(12, 0));
    uint64_t x = 88172645463325252u;
    for (int k = 0; k < 20000; k++) { /* xorshift; against division */
        uint64_t a = (x ^= x << 13, x ^= x >> 7, x ^= x << 17) % f.p,
                 b = (x ^= x << 13, x ^= x >> 7, x ^= x << 17) % f.p;
        uint64_t A = temper_field_in(&f, a), B = temper_field_in(&f, b);
        CHECK(temper_field_out(&f, A) == a, "in and out");
        CHECK(temper_field_out(&f, temper_field_mul(&f, A, B)) == (uint64_t)((wide)a * b % f.p), "product");
        CHECK(temper_field_out(&f, temper_field_add(&f, A, B)) == (a + b) % f.p, "sum");
        CHECK(temper_field_out(&f, temper_field_sub(&f, A, B)) == (a + f.p - b) % f.p, "difference");
    }
    uint64_t a = temper_field_in(&f, 123456789);
    CHECK(temper_field_mul(&f, a, temper_field_inverse(&f, a)) == f.one, "inverse");
    CHECK(temper_field_power(&f, a, f.p - 1) == f.one, "Fermat");
    CHECK(temper_field_power(&f, a, 0) == f.one, "power 0");
    uint64_t w = temper_field_root(&f, 12), power = f.one; /* order exactly 12 */
    for (int k = 1; k <= 12; k++) {
        power = temper_field_mul(&f, power, w);
        CHECK((power == f.one) == (k == 12), "w^%d", k);
    }
}

static void whole_numbers(void) {
    enum { K = 5, LIMBS = 7 };
    temper_field f[K];
    for (int k = 0; k < K; k++) f[k] = temper_field_of(temper_prime(4, k));
    /* 3^190 and 2^300 from their residues; decimals by Python */
    static const struct {
        uint64_t base, exponent;
        const char *decimal;
    } row[] = {
        {3, 190,
         "4498196224760364601242719132174628305800834098010033971355568455673974002968757862019419449"},
        {2, 300,
         "2037035976334486086268445688409378161051468393665936250636140449354381299763336706183397376"},
        {10, 36, "1000000000000000000000000000000000000"},
        {7, 1, "7"}};
    for (int i = 0; i < 4; i++) {
        uint64_t residues[K], limbs[LIMBS];
        char text[LIMBS * TEMPER_LIMB_DIGITS + 1];
        for (int k = 0; k < K; k++)
            residues[k] = temper_field_out(
                &f[k], temper_field_power(&f[k], temper_field_in(&f[k], row[i].base), row[i].exponent));
        temper_garner(K, f, residues);
        temper_limbs_of_digits(K, f, residues, LIMBS, limbs);
        temper_limbs_print(LIMBS, limbs, text);
        CHECK(!strcmp(text, row[i].decimal), "%s", text);
        double ln = (double)row[i].exponent * log((double)row[i].base);
        CHECK_NEAR(temper_limbs_ln(LIMBS, limbs), ln, 4e-16 * ln + 1e-16);
    }
    uint64_t zero[LIMBS] = {0};
    char text[LIMBS * TEMPER_LIMB_DIGITS + 1];
    temper_limbs_print(LIMBS, zero, text);
    CHECK(!strcmp(text, "0"), "%s", text);
    CHECK(temper_limbs_ln(LIMBS, zero) == -INFINITY, "ln 0");
}

int main(void) {
    RUN(primes);
    RUN(field);
    RUN(whole_numbers);
    return check_end();
}
