/* A machine as a file: safetensors with the arrays of θ, its text and its rows in the notes. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/map.h"
#include "base/memory.h"
#include "data/npz_write.h"
#include "data/safetensors.h"
#include "temper/catalogue.h"
#include "temper/machine.h"

enum { ARRAYS_MAX = 64 };
static const double COMPONENTS_MOST = 1e9; /* of the visible side: their squares are still numbers */

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length > tail && !strcmp(path + length - tail, end);
}

static int lay_arrays(const temper_machine *machine, temper_machine_array *array, temper_tensor *tensor) {
    int n = machine->type->arrays(machine->self);
    for (int k = 0; k < n && k < ARRAYS_MAX; k++) {
        machine->type->array(machine->self, k, &array[k]);
        tensor[k] = (temper_tensor){
            .name = array[k].name, .kind = TEMPER_TENSOR_F32, .dims = array[k].dims, .count = 1};
        for (int d = 0; d < array[k].dims; d++) {
            tensor[k].shape[d] = array[k].shape[d];
            tensor[k].count *= array[k].shape[d];
        }
    }
    return n;
}

static void print_io(const temper_machine_io *io, char *text, size_t size) {
    snprintf(
        text, size,
        "{\"columns\":%lld,\"states\":%lld,\"channels\":%lld,\"height\":%lld,\"width\":%lld,\"classes\":%lld}",
        (long long)io->columns, (long long)io->states, (long long)io->channels, (long long)io->height,
        (long long)io->width, (long long)io->classes);
}

static temper_status write_npz(const char *path, const temper_machine *machine,
                               const temper_machine_array *array, int n) {
    temper_npz_array out[ARRAYS_MAX];
    for (int k = 0; k < n; k++)
        out[k] = (temper_npz_array){array[k].name, array[k].dims, array[k].shape,
                                    machine->theta + array[k].offset};
    return temper_npz_write(path, out, n);
}

temper_status temper_machine_write(const temper_machine *machine, const char *path) {
    temper_machine_array array[ARRAYS_MAX];
    temper_tensor tensor[ARRAYS_MAX];
    char io[256], *file = NULL;
    size_t length, start;
    const int n = lay_arrays(machine, array, tensor);
    if (ends_with(path, ".npz")) return write_npz(path, machine, array, n);
    if (!ends_with(path, ".safetensors"))
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: machines are written to a path that ends in .safetensors or .npz", path);
    print_io(&machine->io, io, sizeof io);
    const temper_tensor_note notes[] = {{"machine", machine->text}, {"io", io}, {"temper", temper_version()}};
    temper_status bad = temper_tensors_lay(tensor, n, notes, 3, &file, &length, &start);
    if (bad) return bad;
    for (int k = 0; k < n; k++)
        memcpy(file + start + tensor[k].from, machine->theta + array[k].offset,
               (size_t)tensor[k].count * sizeof(float));
    bad = temper_write_file(path, file, length);
    temper_release(file);
    return bad;
}

/* What a note says cannot be: the sentence begins with the file. */
static temper_status blame(const temper_tensors *file, const char *note, temper_status bad) {
    char sentence[400];
    if (bad != TEMPER_BAD_OPTION && bad != TEMPER_BAD_DATA) return bad;
    snprintf(sentence, sizeof sentence, "%.399s", temper_message());
    return temper_fail(TEMPER_BAD_DATA, "%s: the note '%s': %s", file->name, note, sentence);
}

/* Every column has a weight of its own at least, so that a file which claims more is found out before there is room for them. */
static bool believable(const temper_tensors *file, const temper_machine_io *io) {
    int64_t numbers = 1;
    for (int k = 0; k < file->tensors; k++) numbers += file->tensor[k].count;
    return io->columns <= numbers && (double)io->columns * (double)(io->states + 1) <= COMPONENTS_MOST;
}

static temper_status read_io(const temper_tensors *file, const char *note, temper_machine_io *io) {
    temper_json_node *tree;
    temper_status bad = temper_json_read(note, strlen(note), &tree);
    if (bad) return blame(file, "io", bad);
    struct {
        const char *name;
        int64_t *place;
    } field[] = {{"columns", &io->columns}, {"states", &io->states}, {"channels", &io->channels},
                 {"height", &io->height},   {"width", &io->width},   {"classes", &io->classes}};
    *io = (temper_machine_io){0};
    for (int k = 0; k < 6 && !bad; k++) {
        const temper_json_node *node = temper_json_member(tree, field[k].name);
        double x = node && node->kind == TEMPER_JSON_NUMBER ? node->number : k ? 0 : -1;
        if (!(x >= (k ? 0 : 1) && x <= 1e9 && x == floor(x)))
            bad = temper_fail(TEMPER_BAD_DATA, "%s: the note 'io' has no legal '%s'", file->name,
                              field[k].name);
        else
            *field[k].place = (int64_t)x;
    }
    temper_release(tree);
    if (!bad && !believable(file, io))
        bad =
            temper_fail(TEMPER_BAD_DATA,
                        "%s: the note 'io' has %lld columns of %lld states, more than there are weights for",
                        file->name, (long long)io->columns, (long long)io->states);
    return bad;
}

static temper_status take_array(temper_machine *machine, const temper_tensors *file,
                                const temper_machine_array *array) {
    const temper_tensor *tensor = temper_tensors_find(file, array->name);
    if (!tensor)
        return temper_fail(TEMPER_BAD_DATA, "%s: there is no tensor '%s', which %s needs", file->name,
                           array->name, machine->text);
    bool fits = tensor->dims == array->dims;
    for (int d = 0; d < array->dims && fits; d++) fits = tensor->shape[d] == array->shape[d];
    if (!fits)
        return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%s' has not the shape that %s needs", file->name,
                           array->name, machine->text);
    float *to = machine->theta + array->offset;
    temper_tensor_floats(file, tensor, to);
    for (int64_t i = 0; i < tensor->count; i++)
        if (!isfinite(to[i]))
            return temper_fail(TEMPER_BAD_DATA, "%s: number %lld of tensor '%s' is not finite", file->name,
                               (long long)i, array->name);
    return TEMPER_OK;
}

static temper_status take(temper_machine **out, const temper_tensors *file) {
    const char *text = temper_tensors_note(file, "machine"), *note = temper_tensors_note(file, "io");
    temper_machine_io io;
    if (!text || !note)
        return temper_fail(TEMPER_BAD_DATA, "%s: this is no file of a machine: it has no note '%s'",
                           file->name, text ? "io" : "machine");
    temper_status bad = read_io(file, note, &io);
    if (!bad) bad = blame(file, "machine", temper_machine_create(out, text, &io));
    if (bad) return bad;
    for (int k = 0; k < (*out)->type->arrays((*out)->self) && !bad; k++) {
        temper_machine_array array;
        (*out)->type->array((*out)->self, k, &array);
        bad = take_array(*out, file, &array);
    }
    return bad ? bad : temper_machine_refresh(*out);
}

temper_status temper_machine_read(temper_machine **out, const char *path) {
    temper_map map;
    temper_tensors file;
    *out = NULL;
    temper_status bad = temper_map_file(&map, path);
    if (bad) return bad;
    bad = temper_tensors_view(&file, (temper_bytes){path, map.at, map.length});
    if (!bad) {
        bad = take(out, &file);
        temper_tensors_clear(&file);
    }
    temper_unmap(&map);
    if (bad) {
        temper_machine_free(*out);
        *out = NULL;
    }
    return bad;
}
