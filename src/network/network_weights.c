/* θ and statistics to files and back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "data/npz_write.h"
#include "network/network_match.h"
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

static temper_status check_array(const temper_named *file, const temper_named_array *found,
                                 const temper_array *array) {
    char want[128], have[256];
    spell_shape(array->dims, array->shape, want, sizeof want);
    if (!found)
        return temper_fail(TEMPER_BAD_DATA, "%s: there is no tensor '%s' (%s), which the network needs",
                           file->name, array->name, want);
    spell_shape(found->dims, found->shape, have, sizeof have);
    if (found->dims == array->dims &&
        !memcmp(found->shape, array->shape, (size_t)array->dims * sizeof *array->shape))
        return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%s' is %s, the network needs %s", file->name,
                       array->name, have, want);
}

/* Which array of the file is array k of the network, by name. */
static temper_status match_names(const temper_named *file, const temper_network *network, int *which) {
    temper_array array;
    for (int k = 0; temper_network_array(network, k, &array); k++) {
        const temper_named_array *found = temper_named_find(file, array.name);
        temper_status bad = check_array(file, found, &array);
        if (bad) return bad;
        which[k] = (int)(found - file->array);
    }
    for (int k = 0, n = count_arrays(network); k < file->arrays; k++) {
        const char *name = file->array[k].name;
        bool known = temper_named_counter(name);
        for (int i = 0; !known && i < n; i++) known = which[i] == k;
        if (!known)
            return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%.60s' belongs to no layer of %.200s",
                               file->name, name, network->text);
    }
    return TEMPER_OK;
}

static temper_status check_numbers(const temper_named *file, const temper_named_array *array, float *room) {
    temper_named_floats(file, array, room);
    for (int64_t i = 0; i < array->count; i++)
        if (!isfinite(room[i]))
            return temper_fail(TEMPER_BAD_DATA, "%s: number %lld of tensor '%s' is not finite", file->name,
                               (long long)i, array->name);
    return TEMPER_OK;
}

/* Twice through all arrays: judged, then taken. */
static temper_status take(const temper_named *file, const temper_network *network, const int *which,
                          float *const out[2]) {
    temper_array array;
    int64_t longest = 0;
    temper_status bad = TEMPER_OK;
    for (int k = 0; temper_network_array(network, k, &array); k++)
        if (array.length > longest) longest = array.length;
    float *room = temper_alloc((size_t)longest, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    for (int turn = 0; turn < 2; turn++)
        for (int k = 0; !bad && temper_network_array(network, k, &array); k++) {
            bad = check_numbers(file, &file->array[which[k]], room);
            if (!bad && turn) temper_network_import(network, k, room, out[array.statistic]);
        }
    temper_release(room);
    return bad;
}

temper_status net_weights_take(const temper_named *file, const temper_network *network, float *theta,
                               float *statistics, temper_text *remarks) {
    int *which = temper_alloc((size_t)count_arrays(network), sizeof *which);
    if (!which) return TEMPER_NO_MEMORY;
    temper_status bad = remarks && !net_weights_named(file, network)
                            ? net_weights_match(file, network, which, remarks)
                            : match_names(file, network, which);
    if (!bad) bad = take(file, network, which, (float *const[2]){theta, statistics});
    temper_release(which);
    return bad;
}

temper_status temper_weights_read(const char *path, const temper_network *network, float *theta,
                                  float *statistics) {
    temper_named file = {0};
    temper_status bad = temper_named_open(&file, path);
    if (!bad) bad = net_weights_take(&file, network, theta, statistics, NULL);
    temper_named_close(&file);
    return bad;
}

temper_status temper_weights_note(const char *path, const char *key, char **value) {
    temper_named file = {0};
    *value = NULL;
    temper_status bad = temper_named_open(&file, path);
    const char *note = bad ? NULL : temper_named_note(&file, key);
    if (note && !(*value = temper_strdup(note))) bad = TEMPER_NO_MEMORY;
    temper_named_close(&file);
    return bad;
}
