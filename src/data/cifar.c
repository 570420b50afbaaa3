/* The binary records of CIFAR-10 and CIFAR-100 (Krizhevsky 2009). They have no header: files may be put together with
 * `cat data_batch_*.bin`. */
#include "base/memory.h"
#include "data/binary.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE };

temper_status temper_cifar_take(temper_samples *samples, temper_bytes bytes, int labels, int label) {
    const unsigned char *p = (const unsigned char *)bytes.at;
    size_t record = (size_t)labels + PIXELS, n = bytes.length / record;
    int classes = labels == 1 ? 10 : label == 0 ? 20 : 100;
    if (n == 0 || n * record != bytes.length)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: expected records of %zu bytes, found %zu bytes (truncated file, or the "
                           "other set of CIFAR?)",
                           bytes.name, record, bytes.length);
    temper_status bad = temper_samples_room(samples, bytes, (int64_t)n, PIXELS);
    if (bad) return bad;
    if (!(samples->y = temper_alloc(n, sizeof *samples->y))) return TEMPER_NO_MEMORY;
    samples->channels = 3, samples->height = SIDE, samples->width = SIDE;
    samples->classes = classes;
    for (size_t i = 0; i < n; i++, p += record) {
        if (p[label] >= classes)
            return temper_fail(TEMPER_BAD_DATA, "%s: byte %zu: expected a label in 0 … %d, found %d",
                               bytes.name, i * record + (size_t)label, classes - 1, p[label]);
        samples->y[i] = p[label];
        for (size_t k = 0; k < PIXELS; k++) samples->X[i * PIXELS + k] = p[(size_t)labels + k];
    }
    return TEMPER_OK;
}
