/* Fuzz target of the readers of data sets (clang -fsanitize=fuzzer,address,undefined). The first byte chooses the reader, the
 * second how it reads. Beyond not crashing: what is accepted obeys the invariants of temper_samples. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "data/array.h"
#include "data/binary.h"
#include "data/texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const labels[] = {"last", "first", "none", "b"};

static temper_status arrays(int reader, temper_samples *s, temper_bytes bytes, temper_task task) {
    temper_array x, y;
    char *owned[2] = {NULL, NULL};
    temper_bytes member = bytes, second = bytes;
    temper_status bad = TEMPER_OK;
    if (reader == 7) bad = temper_zip_member(bytes, "x", &member, &owned[0]);
    if (reader == 7 && !bad) bad = temper_zip_member(bytes, "y", &second, &owned[1]);
    if (!bad) bad = reader == 5 ? temper_idx_view(&x, member) : temper_npy_view(&x, member);
    if (!bad) bad = reader == 5 ? temper_idx_view(&y, second) : temper_npy_view(&y, second);
    if (!bad) bad = temper_arrays_take(s, &x, &y, task);
    temper_release(owned[0]);
    temper_release(owned[1]);
    return bad;
}

static temper_status take(int reader, int how, temper_samples *s, temper_bytes bytes) {
    const temper_task task = (temper_task)(how % 3);
    const temper_csv_how csv = {labels[how >> 2 & 3], how >> 4 & 1, (how >> 5) % 5, task};
    const temper_arff_how arff = {labels[how >> 2 & 3], how & 1};
    char *unpacked;
    size_t length;
    switch (reader) {
    case 0: return temper_csv_take(s, bytes, &csv);
    case 1: return temper_arff_take(s, bytes, &arff);
    case 2: return temper_libsvm_take(s, bytes, how >> 2 & 7, task);
    case 3: return temper_fann_take(s, bytes, task);
    case 4: return temper_cifar_take(s, bytes, 1 + (how & 1), how & 1 ? how >> 1 & 1 : 0);
    case 5:
    case 6:
    case 7: return arrays(reader, s, bytes, task);
    default: break;
    }
    temper_status bad = temper_gunzip(bytes, &unpacked, &length);
    temper_release(unpacked);
    return bad ? bad : TEMPER_BAD_DATA;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    temper_samples s = {0};
    int64_t live = temper_alloc_live();
    if (size < 2) return 0;
    if (!take(data[0] % 9, data[1], &s, (temper_bytes){"fuzz", (const char *)data + 2, size - 2})) {
        if (s.n < 1 || s.features < 1 || !s.X || (s.y && s.t)) abort();
        if (s.channels * s.height * s.width != (s.channels ? s.features : 0)) abort();
        for (int64_t k = 0; k < s.n * s.features; k++)
            if (!isfinite(s.X[k])) abort();
        for (int64_t i = 0; s.y && i < s.n; i++)
            if (s.y[i] < 0 || s.y[i] >= s.classes) abort();
        for (int64_t k = 0; s.t && k < s.n * s.outputs; k++)
            if (!(fabs(s.t[k]) <= 1e100)) abort();
    }
    temper_samples_clear(&s);
    if (temper_alloc_live() != live) abort();
    return 0;
}
