/* CD25(500) of Salakhutdinov and Murray (2008) and their binarised MNIST, from ../shared/data/rbm where it is there. MATLAB files: 128 bytes of head, then elements of (type, length, zlib
 * stream). The model is a MATLAB object, whose numbers lie at known places of its raw bytes, little-endian float64, W in column-major order. */
#ifndef TEMPER_CD25_H
#define TEMPER_CD25_H

#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/text.h"
#include "check.h"
#include "data/samples.h"

enum { CD25_VISIBLE = 784, CD25_HIDDEN = 500 };
#define CD25_FOLDER TEMPER_SOURCE_DIR "/../shared/data/rbm/"

static inline bool cd25_there(void) {
    FILE *file = fopen(CD25_FOLDER "rbm_CD25_500.mat", "rb");
    if (file) fclose(file);
    return file != NULL;
}

/* Element `number` of a file, unpacked to exactly `length` bytes; NULL after a failed check. To be released. */
static inline char *cd25_part(const char *path, int number, size_t length) {
    char *file = NULL;
    size_t size = 0, at = 128;
    if (temper_read_file(path, (size_t)1 << 30, &file, &size)) return NULL;
    char *out = temper_alloc(length, 1);
    for (; out && at + 8 <= size; number--) {
        uint32_t tag[2];
        memcpy(tag, file + at, sizeof tag);
        if (number == 0) { /* two bytes of zlib before the stream, four after it */
            temper_bytes packed = {path, file + at + 10, tag[1] - 6};
            temper_status bad = temper_inflate(packed, out, length);
            CHECK(bad == TEMPER_OK, "%s", temper_message());
            break;
        }
        at += 8 + tag[1];
    }
    temper_release(file);
    return out;
}

/* W[784][500], b[784], c[500]. */
static inline bool cd25_model(double *W, double *b, double *c) {
    char *bytes = cd25_part(CD25_FOLDER "rbm_CD25_500.mat", 1, 3154704), *w = bytes + 56;
    if (!bytes) return false;
    for (int j = 0; j < CD25_HIDDEN; j++)
        for (int i = 0; i < CD25_VISIBLE; i++)
            memcpy(W + i * CD25_HIDDEN + j, w + 832 + 8 * (j * CD25_VISIBLE + i), sizeof *W);
    memcpy(b, w + 3136888, CD25_VISIBLE * sizeof *b);
    memcpy(c, w + 3143216, CD25_HIDDEN * sizeof *c);
    temper_release(bytes);
    return true;
}

/* n = 60000 training or 10000 test images as float 0/1, [n][784]; to be released. */
static inline float *cd25_images(bool train) {
    int64_t n = train ? 60000 : 10000;
    char *bytes =
        cd25_part(CD25_FOLDER "randomly_binarized_mnist.mat", !train, (size_t)(64 + n * CD25_VISIBLE));
    float *X = bytes ? temper_alloc((size_t)(n * CD25_VISIBLE), sizeof *X) : NULL;
    for (int64_t i = 0; X && i < n * CD25_VISIBLE; i++) X[i] = (float)bytes[64 + i];
    temper_release(bytes);
    return X;
}

#endif
