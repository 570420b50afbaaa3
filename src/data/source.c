/* Rows that stay in their file: an array of IDX or npy, mapped and converted row by row as it is asked for. */
#include <float.h>
#include <math.h>
#include "base/memory.h"
#include "data/array.h"

/* One pass over the file: its fingerprint, and that all numbers are what a float can hold. */
static temper_status check(temper_samples *samples, const char *path) {
    const temper_source *source = samples->source;
    temper_input_note(samples, path, source->map.at, source->map.length);
    if (source->array.type != TEMPER_F4 && source->array.type != TEMPER_F8) return TEMPER_OK;
    for (int64_t k = 0; k < source->array.count; k++) {
        double value = temper_array_at(&source->array, k);
        if (!(fabs(value) <= FLT_MAX))
            return temper_fail(TEMPER_BAD_DATA,
                               "%s: row %lld: expected numbers between -3.4e38 and 3.4e38, found %g",
                               source->array.name, (long long)(k / samples->features), value);
    }
    return TEMPER_OK;
}

temper_status temper_source_open(temper_samples *samples, const char *path, temper_view *view) {
    temper_source *source = samples->source = temper_alloc(1, sizeof *source);
    if (!source) return TEMPER_NO_MEMORY;
    temper_status bad = temper_map_file(&source->map, path);
    if (bad) return bad;
    const unsigned char *magic = (const unsigned char *)source->map.at;
    if (source->map.length > 2 && magic[0] == 0x1f && magic[1] == 0x8b)
        return temper_fail(TEMPER_BAD_DATA,
                           "%.200s is packed with gzip; only an unpacked file can be streamed", path);
    bad = view(&source->array, (temper_bytes){path, source->map.at, source->map.length});
    if (bad) return bad;
    const temper_array *x = &source->array;
    samples->n = x->extent[0];
    samples->features = x->count / x->extent[0];
    if (samples->n > INT32_MAX || samples->features > INT32_MAX)
        return temper_fail(TEMPER_BAD_DATA, "%.200s: expected at most 2^31 rows of 2^31 numbers", path);
    temper_array_shape(samples, x);
    return check(samples, path);
}

void temper_source_close(temper_source *source) {
    if (!source) return;
    temper_unmap(&source->map);
    temper_release(source);
}

const float *temper_samples_row(const temper_samples *samples, int64_t i, float *room) {
    if (samples->X) return samples->X + i * samples->features;
    const temper_array *x = &samples->source->array;
    const int64_t first = i * samples->features;
    if (x->type == TEMPER_U1)
        for (int64_t k = 0; k < samples->features; k++) room[k] = x->at[first + k];
    else
        for (int64_t k = 0; k < samples->features; k++) room[k] = (float)temper_array_at(x, first + k);
    return room;
}
