/* Elements of binary arrays, whatever their type, and arrays as the rows of a data set. */
#include "data/array.h"
#include <float.h>
#include <math.h>
#include <string.h>
#include "base/memory.h"

int64_t temper_number_size(temper_number type) {
    static const int8_t size[] = {1, 1, 2, 4, 8, 4, 8, 1};
    return size[type];
}

temper_status temper_array_fit(temper_array *array, size_t held) {
    int64_t size = temper_number_size(array->type), room = (int64_t)(held / (size_t)size);
    array->count = 1;
    /* Invariant: 1 ≤ count ≤ room, so that no product overflows. */
    for (int k = 0; k < array->rank; k++) {
        if (array->extent[k] < 1)
            return temper_fail(TEMPER_BAD_DATA, "%s: expected extents of at least 1, found %lld", array->name,
                               (long long)array->extent[k]);
        if (array->extent[k] > room / array->count)
            return temper_fail(
                TEMPER_BAD_DATA,
                "%s: expected as many bytes after the header as its extents say, found only %zu "
                "(truncated file?)",
                array->name, held);
        array->count *= array->extent[k];
    }
    if ((size_t)(array->count * size) != held)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected %lld bytes after the header, found %zu",
                           array->name, (long long)(array->count * size), held);
    return TEMPER_OK;
}

double temper_array_at(const temper_array *array, int64_t k) {
    int64_t size = temper_number_size(array->type);
    const unsigned char *p = array->at + k * size;
    uint64_t bits = 0;
    for (int64_t b = 0; b < size; b++) bits |= (uint64_t)p[b] << 8 * (array->big ? size - 1 - b : b);
    uint32_t low = (uint32_t)bits;
    float single;
    double real;
    switch (array->type) {
    case TEMPER_U1: return (double)bits;
    case TEMPER_B1: return bits != 0;
    case TEMPER_I1: return (int8_t)bits;
    case TEMPER_I2: return (int16_t)bits;
    case TEMPER_I4: return (int32_t)bits;
    case TEMPER_I8: return (double)(int64_t)bits;
    case TEMPER_F4: memcpy(&single, &low, sizeof single); return single;
    case TEMPER_F8: break;
    }
    memcpy(&real, &bits, sizeof real);
    return real;
}

void temper_array_shape(temper_samples *samples, const temper_array *x) {
    if (x->rank < 3) return;
    samples->channels = x->rank == 4 ? x->extent[1] : 1;
    samples->height = x->extent[x->rank - 2];
    samples->width = x->extent[x->rank - 1];
}

static temper_status take_rows(temper_samples *samples, const temper_array *x) {
    temper_bytes from = {x->name, NULL, 0};
    temper_status bad = temper_samples_room(samples, from, x->extent[0], x->count / x->extent[0]);
    if (bad) return bad;
    temper_array_shape(samples, x);
    for (int64_t k = 0; k < x->count; k++) {
        double value = temper_array_at(x, k);
        if (!(fabs(value) <= FLT_MAX))
            return temper_fail(TEMPER_BAD_DATA,
                               "%s: row %lld: expected numbers between -3.4e38 and 3.4e38, found %g", x->name,
                               (long long)(k / samples->features), value);
        samples->X[k] = (float)value;
    }
    return TEMPER_OK;
}

static temper_status take_classes(temper_samples *samples, const temper_array *y) {
    if (!(samples->y = temper_alloc((size_t)samples->n, sizeof *samples->y))) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < y->count; k++) {
        double value = temper_array_at(y, k);
        if (!(value >= 0 && value < TEMPER_CLASSES_MAX && value == floor(value)))
            return temper_fail(TEMPER_BAD_DATA,
                               "%s: row %lld: expected a class, a whole number in 0 … %d, found %g", y->name,
                               (long long)k, TEMPER_CLASSES_MAX - 1, value);
        samples->y[k] = (int32_t)value;
        if (samples->classes <= samples->y[k]) samples->classes = samples->y[k] + 1;
    }
    return TEMPER_OK;
}

static temper_status take_targets(temper_samples *samples, const temper_array *y) {
    if (!(samples->t = temper_alloc((size_t)y->count, sizeof *samples->t))) return TEMPER_NO_MEMORY;
    samples->outputs = y->count / samples->n;
    for (int64_t k = 0; k < y->count; k++) {
        samples->t[k] = temper_array_at(y, k);
        if (!(fabs(samples->t[k]) <= 1e100))
            return temper_fail(TEMPER_BAD_DATA,
                               "%s: row %lld: expected targets between -1e100 and 1e100, found %g", y->name,
                               (long long)(k / samples->outputs), samples->t[k]);
    }
    return TEMPER_OK;
}

temper_status temper_arrays_take(temper_samples *samples, const temper_array *x, const temper_array *y,
                                 temper_task task) {
    temper_status bad = take_rows(samples, x);
    return bad ? bad : temper_array_labels(samples, y, task);
}

temper_status temper_array_labels(temper_samples *samples, const temper_array *y, temper_task task) {
    if (!y) return TEMPER_OK;
    if (y->extent[0] != samples->n || y->rank > 2)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: expected one label for each of the %lld rows, found %lld (rank %d)", y->name,
                           (long long)samples->n, (long long)y->extent[0], y->rank);
    bool column = y->count == samples->n, whole = y->type != TEMPER_F4 && y->type != TEMPER_F8;
    if (task == TEMPER_TASK_CLASS && !column)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected one class in each row, found %lld numbers", y->name,
                           (long long)(y->count / samples->n));
    bool real = task == TEMPER_TASK_REGRESSION || (task == TEMPER_TASK_AUTO && !(column && whole));
    return real ? take_targets(samples, y) : take_classes(samples, y);
}
