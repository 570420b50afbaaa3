#include "data/named.h"
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "data/array.h"
#include "data/npz.h"

struct temper_named_view {
    temper_array numbers;
};

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

bool temper_named_counter(const char *name) { return ends_with(name, "num_batches_tracked"); }

static temper_status view_tensors(temper_named *file) {
    temper_status bad =
        temper_tensors_view(&file->tensors, (temper_bytes){file->name, file->map.at, file->map.length});
    if (bad) return bad;
    if (!(file->array = temper_alloc((size_t)file->tensors.tensors, sizeof *file->array)))
        return TEMPER_NO_MEMORY;
    for (int k = 0; k < file->tensors.tensors; k++) {
        const temper_tensor *tensor = &file->tensors.tensor[k];
        temper_named_array *array = &file->array[file->arrays++];
        array->tensor = tensor, array->dims = tensor->dims, array->count = tensor->count;
        memcpy(array->shape, tensor->shape, sizeof array->shape);
        if (!(array->name = temper_strdup(tensor->name))) return TEMPER_NO_MEMORY;
    }
    return TEMPER_OK;
}

/* The name of a member without ".npy", in one piece. */
static char *member_name(temper_token name) {
    if (name.length >= 4 && !memcmp(name.at + name.length - 4, ".npy", 4)) name.length -= 4;
    char *copy = memchr(name.at, 0, name.length) ? NULL : temper_alloc(name.length + 1, 1);
    if (copy) memcpy(copy, name.at, name.length);
    return copy;
}

static temper_status view_member(temper_named *file, temper_token name, temper_bytes bytes, char *owned) {
    temper_named_array *array = &file->array[file->arrays];
    array->owned = owned;
    file->arrays++;
    if (memchr(name.at, 0, name.length))
        return temper_fail(TEMPER_BAD_DATA, "%s: the name of member %d has a byte 0", file->name,
                           file->arrays - 1);
    if (!(array->name = member_name(name))) return TEMPER_NO_MEMORY;
    if (temper_named_counter(array->name)) return TEMPER_OK;
    char where[360];
    snprintf(where, sizeof where, "%s: member '%.60s'", file->name, array->name);
    temper_array *view = &file->view[file->arrays - 1].numbers;
    array->view = &file->view[file->arrays - 1];
    temper_status bad = temper_npy_view(view, (temper_bytes){where, bytes.at, bytes.length});
    view->name = file->name;
    if (bad) return bad;
    array->dims = view->rank, array->count = view->count;
    memcpy(array->shape, view->extent, (size_t)array->dims * sizeof *array->shape);
    for (int k = 0; k + 1 < file->arrays; k++)
        if (!strcmp(file->array[k].name, array->name))
            return temper_fail(TEMPER_BAD_DATA, "%s: two members have the name '%.60s'", file->name,
                               array->name);
    return TEMPER_OK;
}

static temper_status view_members(temper_named *file) {
    temper_zip_list list;
    temper_status bad = temper_zip_begin(&list, (temper_bytes){file->name, file->map.at, file->map.length});
    if (bad) return bad;
    /* An entry of the directory has at least 46 bytes: so many members the file can hold. */
    if ((uint64_t)list.left > file->map.length / 46 + 1) list.left = (int64_t)(file->map.length / 46 + 1);
    file->array = temper_alloc((size_t)list.left, sizeof *file->array);
    file->view = temper_alloc((size_t)list.left, sizeof *file->view);
    if (!file->array || !file->view) return TEMPER_NO_MEMORY;
    for (;;) {
        temper_token name = {0};
        temper_bytes bytes = {0};
        char *owned;
        bool more;
        bad = temper_zip_next(&list, &more, &name, &bytes, &owned);
        if (bad || !more) return bad;
        bad = view_member(file, name, bytes, owned);
        if (bad) return bad;
    }
}

temper_status temper_named_open(temper_named *file, const char *path) {
    size_t length = strlen(path);
    snprintf(file->name, sizeof file->name, "%s", length > 200 ? path + length - 200 : path);
    temper_status bad = temper_map_file(&file->map, path);
    if (bad) return bad;
    return ends_with(path, ".npz") ? view_members(file) : view_tensors(file);
}

void temper_named_close(temper_named *file) {
    for (int k = 0; k < file->arrays; k++)
        temper_release(file->array[k].name), temper_release(file->array[k].owned);
    temper_release(file->array);
    temper_release(file->view);
    temper_tensors_clear(&file->tensors);
    temper_unmap(&file->map);
    *file = (temper_named){0};
}

const temper_named_array *temper_named_find(const temper_named *file, const char *name) {
    for (int k = 0; k < file->arrays; k++)
        if (!strcmp(file->array[k].name, name)) return &file->array[k];
    return NULL;
}

void temper_named_floats(const temper_named *file, const temper_named_array *array, float *out) {
    if (array->tensor) {
        temper_tensor_floats(&file->tensors, array->tensor, out);
        return;
    }
    for (int64_t k = 0; k < array->count; k++) out[k] = (float)temper_array_at(&array->view->numbers, k);
}

const char *temper_named_note(const temper_named *file, const char *key) {
    return file->tensors.tree ? temper_tensors_note(&file->tensors, key) : NULL;
}
