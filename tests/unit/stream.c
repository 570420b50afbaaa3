#include "temper/stream.h"
#include "check.h"

static const temper_stream stream = {42, 7};

/* Random123 1.09, kat_vectors: philox4x32 10. */
static void known_answers(void) {
    static const uint32_t counter[3][4] = {
        {0, 0, 0, 0}, {~0u, ~0u, ~0u, ~0u}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
    static const uint32_t key[3][2] = {{0, 0}, {~0u, ~0u}, {0xa4093822, 0x299f31d0}};
    static const uint32_t want[3][4] = {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                        {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        temper_philox(counter[i], key[i], out);
        CHECK(memcmp(out, want[i], sizeof out) == 0, "vector %d: %08x %08x %08x %08x", i, out[0], out[1],
              out[2], out[3]);
    }
}

/* The address as stream.h lays it out, written out by hand. */
static void layout(void) {
    const temper_stream of = {0x1122334455667788, 0xAABBCCDD};
    const uint32_t key[2] = {0x55667788, 0x11223344};
    const uint32_t counter[4] = {0x89ABCDEF, 0x0A0B0C0D, 0xAABBCCDD, 0x0CBEEF67};
    uint32_t want[4], out[4];
    temper_philox(counter, key, want);
    temper_block(of, TEMPER_FOR_DROPOUT, 0xBEEF0A0B0C0D, 0x6789ABCDEF, out);
    CHECK(memcmp(out, want, sizeof out) == 0, "%08x", out[0]);
    for (int i = 0; i < 4; i++) {
        uint32_t word = temper_word(of, TEMPER_FOR_DROPOUT, 0xBEEF0A0B0C0D, 4 * (int64_t)0x6789ABCDEF + i);
        CHECK(word == want[i], "word %d", i);
    }
    for (int i = 0; i < 2; i++) {
        double u = temper_uniform(of, TEMPER_FOR_DROPOUT, 0xBEEF0A0B0C0D, 2 * (int64_t)0x6789ABCDEF + i);
        double by_hand = ldexp((double)((uint64_t)want[2 * i] << 21 | want[2 * i + 1] >> 11), -53);
        CHECK(u == by_hand, "uniform %d: %a", i, u);
    }
}

/* All 53 bits, from two words. */
static void uniform_bits(void) {
    for (int64_t i = 0; i < 1000; i++) {
        uint64_t high = temper_word(stream, TEMPER_FOR_TESTS, 9, 2 * i),
                 low = temper_word(stream, TEMPER_FOR_TESTS, 9, 2 * i + 1);
        double u = temper_uniform(stream, TEMPER_FOR_TESTS, 9, i);
        CHECK(u == ldexp((double)high, -32) + ldexp((double)(low >> 11), -53) && u < 1, "number %d: %a",
              (int)i, u);
    }
}

/* Box–Muller with libm: the same numbers to rounding. */
static void normal_is_box_muller(void) {
    for (int64_t k = 0; k < 1000; k++) {
        double u = 1 - temper_uniform(stream, TEMPER_FOR_NOISE, 3, 2 * k),
               v = temper_uniform(stream, TEMPER_FOR_NOISE, 3, 2 * k + 1);
        double radius = sqrt(-2 * log(u)), angle = 2 * acos(-1) * v;
        CHECK_NEAR(temper_normal(stream, TEMPER_FOR_NOISE, 3, 2 * k), radius * cos(angle), 1e-14);
        CHECK_NEAR(temper_normal(stream, TEMPER_FOR_NOISE, 3, 2 * k + 1), radius * sin(angle), 1e-14);
    }
}

/* Means of x, x², x³, x⁴ and of neighbours' products, each within 4.5 σ of its own spread. */
static void moments(double draw(temper_stream, temper_purpose, int64_t, int64_t), const double truth[8],
                    double product) {
    enum { N = 1000000 };
    double sum[5] = {0}, before = draw(stream, TEMPER_FOR_TESTS, 1, N);
    for (int64_t i = 0; i < N; i++) {
        double x = draw(stream, TEMPER_FOR_TESTS, 1, i), power = x;
        for (int k = 0; k < 4; k++, power *= x) sum[k] += power;
        sum[4] += x * before;
        before = x;
    }
    for (int k = 0; k < 4; k++) {
        double sigma = sqrt((truth[2 * k + 1] - truth[k] * truth[k]) / N); /* moment 2(k+1) stands at 2k+1 */
        CHECK_NEAR(sum[k] / N, truth[k], 4.5 * sigma);
    }
    CHECK_NEAR(sum[4] / N, product, 4.5 * sqrt(truth[1] * truth[1] / N));
}

static void uniform_moments(void) {
    const double truth[8] = {1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9};
    moments(temper_uniform, truth, 0.25);
}
static void normal_moments(void) {
    const double truth[8] = {0, 1, 0, 3, 0, 15, 0, 105};
    moments(temper_normal, truth, 0);
}

/* One changed part of the address changes about half of the bits. */
static void addresses_differ(void) {
    const temper_stream seed = {43, 7}, chain = {42, 8};
    uint64_t bits[5] = {0};
    for (int64_t i = 0; i < 10000; i++) {
        uint32_t word = temper_word(stream, TEMPER_FOR_MOVES, 5, i);
        const uint32_t other[5] = {
            temper_word(seed, TEMPER_FOR_MOVES, 5, i), temper_word(chain, TEMPER_FOR_MOVES, 5, i),
            temper_word(stream, TEMPER_FOR_SITES, 5, i), temper_word(stream, TEMPER_FOR_MOVES, 6, i),
            temper_word(stream, TEMPER_FOR_MOVES, 5, i + 1)};
        for (int k = 0; k < 5; k++)
            for (uint32_t d = word ^ other[k]; d; d &= d - 1) bits[k]++;
    }
    for (int k = 0; k < 5; k++) CHECK_NEAR((double)bits[k], 160000, 4.5 * sqrt(80000));
}

static void below(void) {
    CHECK(temper_below(0, 1) == 0 && temper_below(UINT32_MAX, 1) == 0, "n = 1");
    CHECK(temper_below(UINT32_MAX, 3) == 2 && temper_below(UINT32_MAX, UINT32_MAX) == UINT32_MAX - 1,
          "the last value");
    CHECK(temper_below(0x7FFFFFFF, 2) == 0 && temper_below(0x80000000, 2) == 1, "halves");
}

int main(void) {
    RUN(known_answers);
    RUN(layout);
    RUN(uniform_bits);
    RUN(normal_is_box_muller);
    RUN(uniform_moments);
    RUN(normal_moments);
    RUN(addresses_differ);
    RUN(below);
    return check_end();
}
