/* SHA-256 (FIPS 180-4): the fingerprint of final states, input files and recipes. */
#ifndef TEMPER_BASE_SHA256_H
#define TEMPER_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64];
} temper_sha256;

void temper_sha256_begin(temper_sha256 *sha);
void temper_sha256_add(temper_sha256 *sha, const void *data, size_t length);
void temper_sha256_end(temper_sha256 *sha, char hex[65]); /* 64 digits and a NUL */

#endif
