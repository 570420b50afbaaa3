/* θ and statistics to files and back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/map.h"
#include "base/memory.h"
#include "data/npz_write.h"
#include "data/safetensors.h"
#include "network/network.h"
#include "temper/catalogue.h"
#include "temper/weights.h"

enum { NOTES = 32 };

static int count_arrays(const temper_network *network) {
    temper_array array;
    int n = 0;
    while (temper_network_array(network, n, &array)) n++;
    return n;
}

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length > tail && !strcmp(path + length - tail, end);
}

/* ---- writing ---- */

static void export_all(const temper_network *network, const float *theta, const float *statistics,
                       char *numbers, const temper_tensor *tensor) {
    temper_array array;
    for (int k = 0; temper_network_array(network, k, &array); k++)
        temper_network_export(network, k, array.statistic ? statistics : theta,
                              (float *)(void *)(numbers + tensor[k].from));
}

static void describe_arrays(const temper_network *network, temper_array *array, temper_tensor *tensor) {
    for (int k = 0; temper_network_array(network, k, &array[k]); k++) {
        tensor[k] = (temper_tensor){.name = array[k].name, .kind = TEMPER_TENSOR_F32, .dims = array[k].dims};
        tensor[k].count = array[k].length;
        memcpy(tensor[k].shape, array[k].shape, sizeof array[k].shape);
    }
}

static temper_status write_npz(const char *path, const temper_tensor *tensor, int n, const char *numbers) {
    temper_npz_array *array = temper_alloc((size_t)n, sizeof *array);
    if (!array) return TEMPER_NO_MEMORY;
    for (int k = 0; k < n; k++)
        array[k] = (temper_npz_array){tensor[k].name, tensor[k].dims, tensor[k].shape,
                                      (const float *)(const void *)(numbers + tensor[k].from)};
    temper_status bad = temper_npz_write(path, array, n);
    temper_release(array);
    return bad;
}

static int all_notes(const temper_network *network, const temper_note *notes, temper_tensor_note *all) {
    int n = 0;
    all[n++] = (temper_tensor_note){"format", "pt"};
    all[n++] = (temper_tensor_note){"model", network->text};
    all[n++] = (temper_tensor_note){"temper", temper_version()};
    for (; notes && notes->key && n < NOTES; notes++)
        all[n++] = (temper_tensor_note){notes->key, notes->value};
    return n;
}

temper_status temper_weights_write(const char *path, const temper_network *network, const float *theta,
                                   const float *statistics, const temper_note *notes) {
    const bool npz = ends_with(path, ".npz");
    if (!npz && !ends_with(path, ".safetensors"))
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: weights are written to a path that ends in .safetensors or .npz", path);
    const int n = count_arrays(network);
    temper_tensor_note all[NOTES];
    temper_array *array = temper_alloc((size_t)n, sizeof *array + sizeof(temper_tensor));
    if (!array) return TEMPER_NO_MEMORY;
    temper_tensor *tensor = (temper_tensor *)(void *)(array + n);
    char *file;
    size_t length, start;
    describe_arrays(network, array, tensor);
    temper_status bad =
        temper_tensors_lay(tensor, n, all, all_notes(network, notes, all), &file, &length, &start);
    if (!bad) {
        export_all(network, theta, statistics, file + start, tensor);
        bad = npz ? write_npz(path, tensor, n, file + start) : temper_write_file(path, file, length);
    }
    temper_release(file);
    temper_release(array);
    return bad;
}

/* ---- reading ---- */

static void spell_shape(int dims, const int64_t *shape, char *text, size_t size) {
    int n = snprintf(text, size, "%s", dims ? "" : "a number");
    for (int k = 0; k < dims && (size_t)n < size; k++)
        n += snprintf(text + n, size - (size_t)n, "%s%lld", k ? "x" : "", (long long)shape[k]);
}

static temper_status check_array(const temper_tensors *file, const temper_array *array) {
    char want[128], have[256];
    const temper_tensor *tensor = temper_tensors_find(file, array->name);
    spell_shape(array->dims, array->shape, want, sizeof want);
    if (!tensor)
        return temper_fail(TEMPER_BAD_DATA, "%s: there is no tensor '%s' (%s), which the network needs",
                           file->name, array->name, want);
    spell_shape(tensor->dims, tensor->shape, have, sizeof have);
    if (tensor->dims == array->dims &&
        !memcmp(tensor->shape, array->shape, (size_t)array->dims * sizeof *array->shape))
        return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%s' is %s, the network needs %s", file->name,
                       array->name, have, want);
}

static temper_status check_strangers(const temper_tensors *file, const temper_network *network) {
    for (int k = 0; k < file->tensors; k++) {
        const char *name = file->tensor[k].name;
        temper_array array;
        bool known = ends_with(name, ".num_batches_tracked");
        for (int i = 0; !known && temper_network_array(network, i, &array); i++)
            known = !strcmp(name, array.name);
        if (!known)
            return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%.60s' belongs to no layer of %.200s",
                               file->name, name, network->text);
    }
    return TEMPER_OK;
}

static temper_status check_numbers(const temper_tensors *file, const temper_tensor *tensor, float *room) {
    temper_tensor_floats(file, tensor, room);
    for (int64_t i = 0; i < tensor->count; i++)
        if (!isfinite(room[i]))
            return temper_fail(TEMPER_BAD_DATA, "%s: number %lld of tensor '%s' is not finite", file->name,
                               (long long)i, tensor->name);
    return TEMPER_OK;
}

/* Twice through all arrays: judged, then taken. */
static temper_status take(const temper_tensors *file, const temper_network *network, float *theta,
                          float *statistics) {
    temper_array array;
    int64_t longest = 0;
    for (int k = 0; temper_network_array(network, k, &array); k++) {
        temper_status bad = check_array(file, &array);
        if (bad) return bad;
        if (array.length > longest) longest = array.length;
    }
    temper_status bad = check_strangers(file, network);
    if (bad) return bad;
    float *room = temper_alloc((size_t)longest, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    for (int turn = 0; turn < 2; turn++)
        for (int k = 0; !bad && temper_network_array(network, k, &array); k++) {
            bad = check_numbers(file, temper_tensors_find(file, array.name), room);
            if (!bad && turn) temper_network_import(network, k, room, array.statistic ? statistics : theta);
        }
    temper_release(room);
    return bad;
}

static temper_status open_file(const char *path, temper_map *map, temper_tensors *file) {
    if (ends_with(path, ".npz"))
        return temper_fail(TEMPER_CANNOT,
                           "%s: weights are read from safetensors files; npz files are for NumPy", path);
    temper_status bad = temper_map_file(map, path);
    if (bad) return bad;
    bad = temper_tensors_view(file, (temper_bytes){path, map->at, map->length});
    if (bad) temper_unmap(map);
    return bad;
}

temper_status temper_weights_read(const char *path, const temper_network *network, float *theta,
                                  float *statistics) {
    temper_map map;
    temper_tensors file;
    temper_status bad = open_file(path, &map, &file);
    if (bad) return bad;
    bad = take(&file, network, theta, statistics);
    temper_tensors_clear(&file);
    temper_unmap(&map);
    return bad;
}

temper_status temper_weights_note(const char *path, const char *key, char **value) {
    temper_map map;
    temper_tensors file;
    *value = NULL;
    temper_status bad = open_file(path, &map, &file);
    if (bad) return bad;
    const char *note = temper_tensors_note(&file, key);
    if (note && !(*value = temper_strdup(note))) bad = TEMPER_NO_MEMORY;
    temper_tensors_clear(&file);
    temper_unmap(&map);
    return bad;
}
