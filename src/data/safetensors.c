#include "data/safetensors.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

static const struct {
    const char *name;
    size_t size;
} kinds[] = {[TEMPER_TENSOR_F64] = {"F64", 8},
             [TEMPER_TENSOR_F32] = {"F32", 4},
             [TEMPER_TENSOR_F16] = {"F16", 2},
             [TEMPER_TENSOR_BF16] = {"BF16", 2},
             [TEMPER_TENSOR_I64] = {"I64", 8}};
enum { KINDS = sizeof kinds / sizeof *kinds };
static const char notes_name[] = "__metadata__";

/* ---- reading: one entry of the header ---- */

typedef struct {
    temper_bytes bytes;
    size_t numbers; /* bytes of them */
} source;

static temper_status refuse(const source *s, const temper_json_node *entry, const char *what) {
    return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%.60s': expected %s", s->bytes.name, entry->name, what);
}

/* A whole number of at least 0, as it stands in the text. */
static bool whole(const temper_json_node *node, int64_t *n) {
    return node->kind == TEMPER_JSON_NUMBER && temper_read_int(node->string, strlen(node->string), n) &&
           *n >= 0;
}

static temper_status read_shape(const source *s, const temper_json_node *entry, const temper_json_node *shape,
                                temper_tensor *tensor) {
    if (!shape || shape->kind != TEMPER_JSON_ARRAY || shape->count > TEMPER_TENSOR_DIMS)
        return refuse(s, entry, "a shape of at most 8 whole numbers");
    tensor->count = 1;
    for (const temper_json_node *extent = shape->child; extent; extent = extent->next) {
        int64_t n;
        if (!whole(extent, &n)) return refuse(s, entry, "a shape of at most 8 whole numbers");
        if (n > 0 && tensor->count > INT64_MAX / 8 / n)
            return refuse(s, entry, "a shape whose product is below 2^60");
        tensor->shape[tensor->dims++] = n;
        tensor->count *= n;
    }
    return TEMPER_OK;
}

static temper_status read_kind(const source *s, const temper_json_node *entry, const temper_json_node *kind,
                               temper_tensor *tensor) {
    for (int k = 0; kind && kind->kind == TEMPER_JSON_STRING && k < KINDS; k++)
        if (!strcmp(kind->string, kinds[k].name)) return tensor->kind = (temper_tensor_kind)k, TEMPER_OK;
    return refuse(s, entry, "a dtype of F64, F32, F16, BF16, I64; other numbers are not read");
}

static temper_status read_range(const source *s, const temper_json_node *entry, const temper_json_node *range,
                                temper_tensor *tensor) {
    int64_t from, to;
    if (!range || range->kind != TEMPER_JSON_ARRAY || range->count != 2 || !whole(range->child, &from) ||
        !whole(range->child->next, &to) || from > to)
        return refuse(s, entry, "data_offsets [from, to] with 0 ≤ from ≤ to");
    if ((uint64_t)to > s->numbers)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: tensor '%.60s' ends at byte %lld, there are %zu (truncated file?)",
                           s->bytes.name, entry->name, (long long)to, s->numbers);
    if ((uint64_t)(to - from) != (uint64_t)tensor->count * kinds[tensor->kind].size)
        return temper_fail(
            TEMPER_BAD_DATA, "%s: tensor '%.60s': its shape needs %lld bytes, its data_offsets span %lld",
            s->bytes.name, entry->name, (long long)tensor->count * (long long)kinds[tensor->kind].size,
            (long long)(to - from));
    tensor->from = (size_t)from, tensor->to = (size_t)to;
    return TEMPER_OK;
}

static temper_status read_entry(const source *s, const temper_json_node *entry, temper_tensor *tensor) {
    static const char *const fields[] = {"dtype", "shape", "data_offsets"};
    tensor->name = entry->name;
    if (entry->kind != TEMPER_JSON_OBJECT || entry->count != 3)
        return refuse(s, entry, "an object of dtype, shape and data_offsets");
    for (int k = 0; k < 3; k++)
        if (!temper_json_member(entry, fields[k]))
            return refuse(s, entry, "an object of dtype, shape and data_offsets");
    temper_status bad = read_shape(s, entry, temper_json_member(entry, "shape"), tensor);
    if (!bad) bad = read_kind(s, entry, temper_json_member(entry, "dtype"), tensor);
    return bad ? bad : read_range(s, entry, temper_json_member(entry, "data_offsets"), tensor);
}

static temper_status check_notes(const source *s, const temper_json_node *notes) {
    bool texts = notes->kind == TEMPER_JSON_OBJECT;
    for (const temper_json_node *note = notes->child; texts && note; note = note->next)
        texts = note->kind == TEMPER_JSON_STRING;
    return texts ? TEMPER_OK
                 : temper_fail(TEMPER_BAD_DATA, "%s: expected an object of texts as __metadata__",
                               s->bytes.name);
}

/* ---- reading: the whole ---- */

static int by_place(const void *a, const void *b) {
    const temper_tensor *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

/* In the order of the file each begins where the one before ends, and the last one ends with the file. */
static temper_status check_cover(const temper_tensors *t, size_t numbers) {
    size_t at = 0;
    for (int k = 0; k < t->tensors; k++) {
        if (t->tensor[k].from != at)
            return temper_fail(TEMPER_BAD_DATA,
                               "%s: tensor '%.60s' begins at byte %zu, the one before ends at %zu: %s",
                               t->name, t->tensor[k].name, t->tensor[k].from, at,
                               t->tensor[k].from < at ? "they overlap" : "there is a gap");
        at = t->tensor[k].to;
    }
    if (at == numbers) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA, "%s: the tensors end at byte %zu, but there are %zu", t->name, at,
                       numbers);
}

static temper_status read_tree(temper_tensors *t, const source *s) {
    const temper_json_node *root = t->tree;
    if (root->kind != TEMPER_JSON_OBJECT)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected a JSON object as header", t->name);
    if (!(t->tensor = temper_alloc((size_t)root->count, sizeof *t->tensor))) return TEMPER_NO_MEMORY;
    for (const temper_json_node *entry = root->child; entry; entry = entry->next) {
        temper_status bad = !strcmp(entry->name, notes_name) ? check_notes(s, entry)
                                                             : read_entry(s, entry, &t->tensor[t->tensors++]);
        if (bad) return bad;
    }
    if (t->tensors > 1) qsort(t->tensor, (size_t)t->tensors, sizeof *t->tensor, by_place);
    return check_cover(t, s->numbers);
}

static temper_status read_header(temper_tensors *t, source *s) {
    const unsigned char *head = (const unsigned char *)s->bytes.at;
    if (s->bytes.length < 8)
        return temper_fail(TEMPER_BAD_DATA, "%s: expected 8 bytes with the length of the header, found %zu",
                           t->name, s->bytes.length);
    uint64_t length = 0;
    for (int k = 7; k >= 0; k--) length = length << 8 | head[k];
    if (length > TEMPER_SAFETENSORS_HEADER)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: a header of %llu bytes; legal are up to %d (not a safetensors file?)",
                           t->name, (unsigned long long)length, TEMPER_SAFETENSORS_HEADER);
    if (length > s->bytes.length - 8)
        return temper_fail(TEMPER_BAD_DATA, "%s: a header of %llu bytes, found %zu (truncated file?)",
                           t->name, (unsigned long long)length, s->bytes.length - 8);
    if (length == 0 || s->bytes.at[8] != '{')
        return temper_fail(TEMPER_BAD_DATA, "%s: byte 8: expected '{'", t->name);
    s->numbers = s->bytes.length - 8 - (size_t)length;
    t->numbers = s->bytes.at + 8 + length;
    temper_status bad = temper_json_read(s->bytes.at + 8, (size_t)length, &t->tree);
    if (!bad || bad == TEMPER_NO_MEMORY) return bad;
    char why[300];
    size_t told = strlen(temper_message());
    if (told > sizeof why - 1) told = sizeof why - 1;
    memcpy(why, temper_message(), told), why[told] = 0;
    return temper_fail(bad, "%s: header: %s", t->name, why);
}

temper_status temper_tensors_view(temper_tensors *t, temper_bytes bytes) {
    source s = {.bytes = bytes};
    *t = (temper_tensors){.name = bytes.name};
    temper_status bad = read_header(t, &s);
    if (!bad) bad = read_tree(t, &s);
    if (bad) temper_tensors_clear(t);
    return bad;
}

void temper_tensors_clear(temper_tensors *t) {
    temper_release(t->tensor);
    temper_release(t->tree);
    *t = (temper_tensors){0};
}

const temper_tensor *temper_tensors_find(const temper_tensors *t, const char *name) {
    for (int k = 0; k < t->tensors; k++)
        if (!strcmp(t->tensor[k].name, name)) return &t->tensor[k];
    return NULL;
}

const char *temper_tensors_note(const temper_tensors *t, const char *key) {
    const temper_json_node *notes = temper_json_member(t->tree, notes_name);
    const temper_json_node *note = notes ? temper_json_member(notes, key) : NULL;
    return note ? note->string : NULL;
}

/* ---- numbers ---- */

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* IEEE binary16: 1 sign, 5 exponent, 10 mantissa bits; exact in float. */
static float from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = half >> 10 & 31, mantissa = half & 1023;
    if (exponent == 31) return float_of(sign | 0x7f800000 | mantissa << 13);
    if (exponent > 0) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float x = (float)mantissa / 16777216; /* subnormal: units of 2^-24 */
    return sign ? -x : x;
}

void temper_tensor_floats(const temper_tensors *t, const temper_tensor *tensor, float *out) {
    const char *at = t->numbers + tensor->from;
    if (tensor->kind == TEMPER_TENSOR_F32 && tensor->count)
        memcpy(out, at, (size_t)tensor->count * sizeof *out);
    for (int64_t k = 0; k < tensor->count && tensor->kind == TEMPER_TENSOR_F64; k++) {
        double x;
        memcpy(&x, at + 8 * k, sizeof x);
        out[k] = (float)x;
    }
    for (int64_t k = 0; k < tensor->count && tensor->kind == TEMPER_TENSOR_I64; k++) {
        int64_t x;
        memcpy(&x, at + 8 * k, sizeof x);
        out[k] = (float)x;
    }
    for (int64_t k = 0; k < tensor->count && kinds[tensor->kind].size == 2; k++) {
        uint16_t x;
        memcpy(&x, at + 2 * k, sizeof x);
        out[k] = tensor->kind == TEMPER_TENSOR_F16 ? from_half(x) : float_of((uint32_t)x << 16);
    }
}

/* ---- writing ---- */

static void write_entry(temper_json *json, const temper_tensor *tensor) {
    temper_json_open(json, tensor->name, '{');
    temper_json_string(json, "dtype", kinds[TEMPER_TENSOR_F32].name);
    temper_json_open(json, "shape", '[');
    for (int k = 0; k < tensor->dims; k++) temper_json_int(json, NULL, tensor->shape[k]);
    temper_json_close(json, ']');
    temper_json_open(json, "data_offsets", '[');
    temper_json_int(json, NULL, (int64_t)tensor->from);
    temper_json_int(json, NULL, (int64_t)tensor->to);
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

temper_status temper_tensors_lay(temper_tensor *tensor, int n, const temper_tensor_note *note, int notes,
                                 char **file, size_t *length, size_t *start) {
    temper_json json = {0};
    size_t at = 0;
    *file = NULL;
    temper_json_open(&json, NULL, '{');
    if (notes > 0) {
        temper_json_open(&json, notes_name, '{');
        for (int k = 0; k < notes; k++) temper_json_string(&json, note[k].key, note[k].value);
        temper_json_close(&json, '}');
    }
    for (int k = 0; k < n; k++) {
        tensor[k].from = at;
        at = tensor[k].to = at + (size_t)tensor[k].count * sizeof(float);
        write_entry(&json, &tensor[k]);
    }
    temper_json_close(&json, '}');
    while (json.text.length % 8 && !json.text.failed) temper_text_bytes(&json.text, " ", 1);
    uint64_t header = json.text.length;
    char *head = temper_text_take(&json.text);
    if (head) {
        *start = 8 + (size_t)header, *length = *start + at;
        *file = temper_alloc(*length, 1);
    }
    for (int k = 0; *file && k < 8; k++) (*file)[k] = (char)(header >> 8 * k & 255);
    if (*file) memcpy(*file + 8, head, (size_t)header);
    temper_release(head);
    return *file ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "safetensors: out of memory");
}
