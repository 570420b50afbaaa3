/* IDX, the format of MNIST (LeCun, Cortes & Burges), and the four files of a set in that format. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "data/array.h"

static int64_t big_endian(const unsigned char *p) {
    return (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | (int64_t)p[3];
}

static bool type_of(unsigned char code, temper_number *type) {
    switch (code) {
    case 0x08: return *type = TEMPER_U1, true;
    case 0x09: return *type = TEMPER_I1, true;
    case 0x0b: return *type = TEMPER_I2, true;
    case 0x0c: return *type = TEMPER_I4, true;
    case 0x0d: return *type = TEMPER_F4, true;
    case 0x0e: return *type = TEMPER_F8, true;
    default: return false;
    }
}

temper_status temper_idx_view(temper_array *array, temper_bytes bytes) {
    const unsigned char *head = (const unsigned char *)bytes.at;
    *array = (temper_array){.name = bytes.name, .big = true};
    if (bytes.length < 4 || head[0] || head[1] || !type_of(head[2], &array->type))
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: byte 0: expected an IDX header, 0 0 and a type in 8 9 11 … 14", bytes.name);
    array->rank = head[3];
    size_t size = 4 + 4 * (size_t)array->rank;
    if (array->rank < 1 || array->rank > TEMPER_RANK_MAX || bytes.length < size)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: byte 3: expected an IDX header of 1 to %d extents, found %d in %zu bytes",
                           bytes.name, TEMPER_RANK_MAX, array->rank, bytes.length);
    for (int k = 0; k < array->rank; k++) array->extent[k] = big_endian(head + 4 + 4 * k);
    array->at = head + size;
    return temper_array_fit(array, bytes.length - size);
}

/* folder/name, or folder/name.gz where only that is there. */
static temper_status find(char *path, size_t size, const char *thing, const char *folder, const char *name) {
    int length = snprintf(path, size, "%s/%s", folder, name);
    if (length + 4 > (int)size)
        return temper_fail(TEMPER_BAD_OPTION, "%s: folder=%.40s… is too long", thing, folder);
    if (!access(path, R_OK)) return TEMPER_OK;
    memcpy(path + length, ".gz", 4);
    if (!access(path, R_OK)) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_FILE, "%s: there is no file %s, packed with gzip or not, in folder=%.200s",
                       thing, name, folder);
}

typedef struct { /* a file that is open */
    char path[1024], *data;
    temper_array array;
} opened;

static temper_status open_one(opened *file, temper_samples *samples, const char *thing, const char *folder,
                              const char *name) {
    temper_bytes bytes;
    temper_status bad = find(file->path, sizeof file->path, thing, folder, name);
    if (!bad) bad = temper_input_read(samples, file->path, &file->data, &bytes);
    return bad ? bad : temper_idx_view(&file->array, bytes);
}

static temper_status read_half(temper_samples *samples, const char *thing, const char *folder, bool test) {
    static const char *const names[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                            {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    opened image = {.data = NULL}, label = {.data = NULL};
    temper_status bad = open_one(&image, samples, thing, folder, names[test][0]);
    if (!bad) bad = open_one(&label, samples, thing, folder, names[test][1]);
    if (!bad) bad = temper_arrays_take(samples, &image.array, &label.array, TEMPER_TASK_CLASS);
    temper_release(image.data);
    temper_release(label.data);
    return bad;
}

/* The rows of `more` behind those of `samples`. */
static temper_status join(temper_samples *samples, const temper_samples *more, const char *thing) {
    if (more->features != samples->features || more->width != samples->width)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: the test images have %lld x %lld pixels, those for training %lld x %lld",
                           thing, (long long)more->height, (long long)more->width, (long long)samples->height,
                           (long long)samples->width);
    size_t n = (size_t)samples->n, m = (size_t)more->n, features = (size_t)samples->features;
    float *X = temper_regrow(samples->X, n * features, (n + m) * features, sizeof *X);
    if (!X) return TEMPER_NO_MEMORY;
    samples->X = X;
    int32_t *y = temper_regrow(samples->y, n, n + m, sizeof *y);
    if (!y) return TEMPER_NO_MEMORY;
    samples->y = y;
    memcpy(X + n * features, more->X, m * features * sizeof *X);
    memcpy(y + n, more->y, m * sizeof *y);
    samples->n += more->n;
    samples->held = more->n;
    if (samples->classes < more->classes) samples->classes = more->classes;
    for (int k = 0; k < more->inputs && samples->inputs < TEMPER_INPUTS_MAX; k++)
        samples->input[samples->inputs++] = more->input[k];
    return TEMPER_OK;
}

temper_status temper_idx_folder(temper_samples *samples, const char *thing, const char *folder, int part) {
    temper_samples test = {0};
    temper_status bad = read_half(samples, thing, folder, part == 2);
    if (!bad && part == 0) {
        bad = read_half(&test, thing, folder, true);
        if (!bad) bad = join(samples, &test, thing);
        temper_samples_clear(&test);
    }
    return bad;
}
