/* Directions that somebody else made: npy and npz files. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "data/numbers.h"
#include "temper/slice.h"

static const size_t FILE_LIMIT = (size_t)1 << 32;

static temper_status finite(temper_bytes file, int64_t dim, const double *d) {
    for (int64_t i = 0; i < dim; i++)
        if (!isfinite(d[i])) return temper_fail(TEMPER_BAD_DATA, "%s: a number is not finite", file.name);
    return TEMPER_OK;
}

/* [dim] or [rows][dim]. */
static temper_status take_flat(temper_bytes file, const temper_numbers *numbers, int64_t row, int64_t dim,
                               double *d) {
    int64_t rows = numbers->rank == 2 ? numbers->extent[0] : 1;
    if (numbers->rank > 2 || numbers->count != rows * dim)
        return temper_fail(TEMPER_BAD_DATA, "%s: %lld numbers; a direction here has %lld", file.name,
                           (long long)numbers->count, (long long)dim);
    if (row >= rows)
        return temper_fail(TEMPER_BAD_DATA, "%s: %lld directions; number %lld was asked for", file.name,
                           (long long)rows, (long long)row + 1);
    memcpy(d, numbers->at + row * dim, (size_t)dim * sizeof *d);
    return finite(file, dim, d);
}

/* An array by its PyTorch name: numbers in PyTorch's order. */
static temper_status take_array(const temper_network *network, int k, const temper_array *array,
                                const temper_numbers *numbers, float *room) {
    if (numbers->count != array->length)
        return temper_fail(TEMPER_BAD_DATA, "directions: %s has %lld numbers, not %lld", array->name,
                           (long long)numbers->count, (long long)array->length);
    float *in = temper_alloc((size_t)array->length, sizeof *in);
    if (!in) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < array->length; i++) in[i] = (float)numbers->at[i];
    temper_network_import(network, k, in, room);
    temper_release(in);
    return TEMPER_OK;
}

/* All arrays there are with this prefix; *found of them. */
static temper_status take_named(temper_bytes file, const temper_network *network, const char *prefix,
                                float *room, int *found) {
    temper_array array;
    temper_status bad = TEMPER_OK;
    *found = 0;
    for (int k = 0; !bad && temper_network_array(network, k, &array); k++) {
        char member[80];
        temper_numbers numbers;
        if (array.statistic) continue;
        snprintf(member, sizeof member, "%s%s", prefix, array.name);
        bad = temper_numbers_read(&numbers, file, member);
        if (bad == TEMPER_BAD_DATA && strstr(temper_message(), "expected a member")) {
            bad = TEMPER_OK;
            continue;
        }
        if (!bad) bad = take_array(network, k, &array, &numbers, room);
        *found += !bad;
        temper_numbers_clear(&numbers);
    }
    return bad;
}

static temper_status take_names(const temper_landscape *landscape, temper_bytes file, int k, double *d) {
    const temper_network_task *task = temper_landscape_task(landscape);
    int64_t dim = temper_landscape_dim(landscape);
    int found = 0;
    if (!task)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected a member 'direction_%d' of %lld numbers", file.name,
                           k, (long long)dim);
    float *room = temper_alloc((size_t)dim, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    char prefix[3] = {"xyzw"[k & 3], '.', 0};
    temper_status bad = take_named(file, task->network, prefix, room, &found);
    if (!bad && !found && k == 0) bad = take_named(file, task->network, "", room, &found);
    for (int64_t i = 0; i < dim && !bad; i++) d[i] = (double)room[i];
    temper_release(room);
    if (!bad && !found)
        bad = temper_fail(
            TEMPER_BAD_DATA,
            "%s: expected a member 'direction_%d' of %lld numbers, or arrays by their PyTorch names with "
            "'%s' in front",
            file.name, k, (long long)dim, prefix);
    return bad ? bad : finite(file, dim, d);
}

temper_status temper_direction_file(const temper_landscape *landscape, const char *path, int k, double *d) {
    char *data, member[24];
    temper_bytes file = {path, NULL, 0};
    temper_numbers numbers = {0};
    int64_t dim = temper_landscape_dim(landscape);
    if (k < 0 || k >= TEMPER_AXES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "directions: number %d is outside 0 ... %d", k,
                           TEMPER_AXES_MAX - 1);
    temper_status bad = temper_read_file(path, FILE_LIMIT, &data, &file.length);
    if (bad) return bad;
    file.at = data;
    snprintf(member, sizeof member, "direction_%d", k);
    bool zipped = temper_bytes_zipped(file);
    bad = temper_numbers_read(&numbers, file, zipped ? member : NULL);
    if (!bad)
        bad = take_flat(file, &numbers, zipped ? 0 : k, dim, d);
    else if (zipped && bad == TEMPER_BAD_DATA && strstr(temper_message(), "expected a member"))
        bad = take_names(landscape, file, k, d);
    temper_numbers_clear(&numbers);
    temper_release(data);
    return bad;
}
