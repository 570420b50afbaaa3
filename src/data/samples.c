/* Room for the numbers of a data set, and their fingerprint. */
#include "data/array.h"
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"

static const int64_t NUMBERS_MAX = INT64_C(1) << 31;

void temper_samples_clear(temper_samples *samples) {
    temper_release(samples->X);
    temper_source_close(samples->source);
    temper_release(samples->y);
    temper_release(samples->t);
    temper_release(samples->weight);
    *samples = (temper_samples){0};
}

temper_status temper_samples_room(temper_samples *samples, temper_bytes from, int64_t n, int64_t features) {
    if (n < 1 || features < 1 || n > NUMBERS_MAX / features)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected 1 to 2^31 numbers, found %lld rows of %lld",
                           from.name, (long long)n, (long long)features);
    samples->n = n;
    samples->features = features;
    samples->X = temper_alloc((size_t)n * (size_t)features, sizeof *samples->X);
    return samples->X ? TEMPER_OK : TEMPER_NO_MEMORY;
}

temper_status temper_lines_feature(const temper_lines *lines, temper_token word, float *x) {
    double value;
    temper_status bad = temper_lines_real(lines, word, "number", &value);
    if (bad) return bad;
    if (fabs(value) > FLT_MAX)
        return temper_lines_fail(lines, "expected a number between -3.4e38 and 3.4e38, found %.6g", value);
    *x = (float)value;
    return TEMPER_OK;
}

static void add_whole(temper_sha256 *sha, uint64_t x) {
    uint8_t bytes[8];
    for (int k = 0; k < 8; k++) bytes[k] = (uint8_t)(x >> 8 * k);
    temper_sha256_add(sha, bytes, sizeof bytes);
}

void temper_samples_hash(const temper_samples *samples, char hex[65]) {
    temper_sha256 sha;
    const int64_t head[] = {samples->n, samples->features, samples->held, samples->classes, samples->outputs};
    temper_sha256_begin(&sha);
    for (int k = 0; k < 5; k++) add_whole(&sha, (uint64_t)head[k]);
    /* All machines that this library runs on are little-endian; a big-endian one would print another hash. */
    if (samples->X)
        temper_sha256_add(&sha, samples->X, (size_t)(samples->n * samples->features) * sizeof *samples->X);
    for (int64_t k = 0; !samples->X && k < samples->n * samples->features;
         k++) { /* one by one, so that no row needs room */
        float x = (float)temper_array_at(&samples->source->array, k);
        temper_sha256_add(&sha, &x, sizeof x);
    }
    if (samples->y) temper_sha256_add(&sha, samples->y, (size_t)samples->n * sizeof *samples->y);
    if (samples->t)
        temper_sha256_add(&sha, samples->t, (size_t)(samples->n * samples->outputs) * sizeof *samples->t);
    temper_sha256_end(&sha, hex);
}
