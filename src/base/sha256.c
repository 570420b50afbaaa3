#include "base/sha256.h"
#include <stdio.h>
#include <string.h>

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }

/* FIPS 180-4, 6.2.2, with its letters. */
static void digest(uint32_t H[8], const uint8_t *M) {
    uint32_t W[64], a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    for (int t = 0; t < 16; t++)
        W[t] = (uint32_t)M[4 * t] << 24 | (uint32_t)M[4 * t + 1] << 16 | (uint32_t)M[4 * t + 2] << 8 |
               M[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t x = W[t - 15], y = W[t - 2];
        W[t] = (turn(y, 17) ^ turn(y, 19) ^ y >> 10) + W[t - 7] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) +
               W[t - 16];
    }
    for (int t = 0; t < 64; t++) {
        uint32_t T1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + W[t];
        uint32_t T2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + T1, d = c, c = b, b = a, a = T1 + T2;
    }
    H[0] += a, H[1] += b, H[2] += c, H[3] += d, H[4] += e, H[5] += f, H[6] += g, H[7] += h;
}

void temper_sha256_begin(temper_sha256 *sha) {
    *sha = (temper_sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                 0x1f83d9ab, 0x5be0cd19}};
}

void temper_sha256_add(temper_sha256 *sha, const void *data, size_t length) {
    const uint8_t *bytes = data;
    size_t held = sha->bytes % 64;
    sha->bytes += length;
    if (held + length >= 64 && held > 0) {
        memcpy(sha->block + held, bytes, 64 - held);
        digest(sha->h, sha->block);
        bytes += 64 - held, length -= 64 - held, held = 0;
    }
    for (; length >= 64; bytes += 64, length -= 64) digest(sha->h, bytes);
    if (length > 0) memcpy(sha->block + held, bytes, length);
}

/* One bit, zeros, and the number of bits as the last eight bytes of a block. */
void temper_sha256_end(temper_sha256 *sha, char hex[65]) {
    static const uint8_t pad[64] = {0x80};
    uint64_t bits = 8 * sha->bytes;
    uint8_t size[8];
    for (int i = 0; i < 8; i++) size[i] = (uint8_t)(bits >> (56 - 8 * i));
    temper_sha256_add(sha, pad, 1 + (119 - sha->bytes % 64) % 64);
    temper_sha256_add(sha, size, sizeof size);
    for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08x", (unsigned)sha->h[i]);
}
