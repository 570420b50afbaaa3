/* Models, graphs, nodes and their attributes. */
#include "data/onnx.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"

bool temper_onnx_is(temper_token text, const char *word) {
    size_t length = strlen(word);
    return text.length == length && !memcmp(text.at, word, length);
}

bool temper_onnx_same(temper_token a, temper_token b) {
    return a.length == b.length && (a.length == 0 || !memcmp(a.at, b.at, a.length));
}

const char *temper_onnx_spell(temper_token text, char room[64]) {
    size_t n = text.length < 60 ? text.length : 60;
    for (size_t k = 0; k < n; k++) room[k] = text.at[k] >= ' ' && text.at[k] <= '~' ? text.at[k] : '?';
    room[n] = 0;
    return room;
}

static temper_token text_of(const temper_wire_field *f) {
    return (temper_token){f->bytes.at, (size_t)(f->bytes.stop - f->bytes.at)};
}

static temper_status broken(const temper_onnx *onnx, const char *at, const char *what) {
    return temper_fail(TEMPER_BAD_DATA, "%s: byte %lld: expected %s (truncated, or not an ONNX file?)",
                       onnx->name, (long long)(at - onnx->start), what);
}

/* ---- nodes ---- */

static temper_status read_node(const temper_onnx *onnx, temper_wire wire, temper_onnx_node *node) {
    temper_wire_field f;
    bool bad = false;
    *node = (temper_onnx_node){.message = wire};
    while (temper_wire_next(&wire, &f, &bad)) {
        if (f.kind != 2) continue;
        int *count = f.number == 1 ? &node->inputs : f.number == 2 ? &node->outputs : NULL;
        if (count && *count == TEMPER_ONNX_LINKS) {
            char type[64], name[64];
            return temper_fail(
                TEMPER_CANNOT, "%s: operator %s of node '%s' has more than %d inputs or outputs", onnx->name,
                temper_onnx_spell(node->type, type), temper_onnx_spell(node->name, name), TEMPER_ONNX_LINKS);
        }
        if (count) (f.number == 1 ? node->input : node->output)[(*count)++] = text_of(&f);
        if (f.number == 3) node->name = text_of(&f);
        if (f.number == 4) node->type = text_of(&f);
        if (f.number == 7) node->domain = text_of(&f);
    }
    return bad ? broken(onnx, wire.at, "a field of a node") : TEMPER_OK;
}

static bool list_holds(const temper_wire_field *f, int field, int number) {
    return f->number == field && field == number;
}

/* Reads one attribute; false: its bytes are no attribute. */
static bool read_attribute(temper_wire wire, temper_token *name, temper_onnx_attribute *a) {
    temper_wire_field f;
    bool bad = false;
    *a = (temper_onnx_attribute){.message = wire};
    *name = (temper_token){0};
    while (temper_wire_next(&wire, &f, &bad)) {
        uint32_t low = (uint32_t)f.value;
        if (f.number == 1 && f.kind == 2) *name = text_of(&f);
        if (f.number == 2 && f.kind == 5) memcpy(&a->f, &low, sizeof a->f);
        if (f.number == 3 && f.kind == 0) a->i = (int64_t)f.value;
        if (f.number == 4 && f.kind == 2) a->s = text_of(&f);
        if (f.number == 20 && f.kind == 0) a->kind = f.value < 100 ? (int)f.value : 99;
        if (f.number == 5 && f.kind == 2 &&
            temper_onnx_tensor_view(
                &a->t, (temper_bytes){"attribute", f.bytes.at, (size_t)(f.bytes.stop - f.bytes.at)}))
            return false;
    }
    if (a->kind == 0) a->kind = 99; /* every writer since 2017 says what it is */
    return !bad;
}

static temper_status check_attributes(const temper_onnx *onnx, const temper_onnx_node *node) {
    temper_wire wire = node->message;
    temper_wire_field f;
    bool bad = false;
    while (temper_wire_next(&wire, &f, &bad)) {
        temper_token name;
        temper_onnx_attribute a;
        if (f.number == 5 && (f.kind != 2 || !read_attribute(f.bytes, &name, &a)))
            return broken(onnx, f.kind == 2 ? f.bytes.at : wire.at, "an attribute of a node");
    }
    return TEMPER_OK;
}

void temper_onnx_attribute_of(const temper_onnx_node *node, const char *word, temper_onnx_attribute *a) {
    temper_wire wire = node->message;
    temper_wire_field f;
    bool bad = false;
    while (temper_wire_next(&wire, &f, &bad)) {
        temper_token name;
        if (f.number == 5 && f.kind == 2 && read_attribute(f.bytes, &name, a) && temper_onnx_is(name, word))
            return;
    }
    *a = (temper_onnx_attribute){0};
}

static bool add_whole(uint64_t value, bool single, int64_t *x) {
    if (!single) return *x = (int64_t)value, true;
    uint32_t low = (uint32_t)value;
    float real;
    memcpy(&real, &low, sizeof real);
    if (!(fabsf(real) < 1e9f)) return false;
    return *x = llrintf(real), true;
}

int temper_onnx_list(const temper_onnx_attribute *a, int64_t *out, int most) {
    const bool single = a->kind == TEMPER_ONNX_FLOATS;
    temper_wire wire = a->message;
    temper_wire_field f;
    bool bad = false;
    int n = 0;
    if (!single && a->kind != TEMPER_ONNX_INTS) return 0;
    while (temper_wire_next(&wire, &f, &bad)) {
        if (!list_holds(&f, single ? 7 : 8, f.number)) continue;
        temper_wire row = f.bytes;
        uint64_t value = f.value;
        if (f.kind != 2 && (n == most || !add_whole(value, single, &out[n++]))) return -1;
        while (f.kind == 2 && row.at < row.stop) {
            if (single && row.stop - row.at < 4) return -1;
            if (single) {
                value = 0;
                for (int k = 3; k >= 0; k--) value = value << 8 | (unsigned char)row.at[k];
                row.at += 4;
            } else if (!temper_wire_varint(&row, &value)) {
                return -1;
            }
            if (n == most || !add_whole(value, single, &out[n++])) return -1;
        }
    }
    return n;
}

/* ---- inputs and outputs: ValueInfo ▸ Type ▸ Tensor ▸ Shape ▸ Dimension ---- */

/* The last inner message with this number. */
static bool inner(temper_wire wire, int number, temper_wire *found, bool *bad) {
    temper_wire_field f;
    bool there = false;
    while (temper_wire_next(&wire, &f, bad))
        if (f.number == number && f.kind == 2) *found = f.bytes, there = true;
    return there;
}

static uint64_t inner_number(temper_wire wire, int number, uint64_t otherwise, bool *bad) {
    temper_wire_field f;
    while (temper_wire_next(&wire, &f, bad))
        if (f.number == number && f.kind == 0) otherwise = f.value;
    return otherwise;
}

static temper_status read_value(const temper_onnx *onnx, temper_wire wire, temper_onnx_value *value) {
    temper_wire name = {0}, type, tensor, shape;
    temper_wire_field f;
    bool bad = false;
    *value = (temper_onnx_value){.dims = -1};
    if (inner(wire, 1, &name, &bad)) value->name = (temper_token){name.at, (size_t)(name.stop - name.at)};
    if (inner(wire, 2, &type, &bad) && inner(type, 1, &tensor, &bad)) {
        uint64_t kind = inner_number(tensor, 1, 0, &bad);
        value->kind = kind < 1000 ? (int)kind : 0;
        if (inner(tensor, 2, &shape, &bad)) {
            value->dims = 0;
            while (temper_wire_next(&shape, &f, &bad)) {
                if (f.number != 1 || f.kind != 2) continue;
                if (value->dims == TEMPER_ONNX_DIMS)
                    return broken(onnx, f.bytes.at, "an input of at most 8 extents");
                uint64_t extent = inner_number(f.bytes, 1, UINT64_MAX, &bad);
                value->shape[value->dims++] = extent > 0 && extent <= INT32_MAX ? (int64_t)extent : -1;
            }
        }
    }
    return bad ? broken(onnx, wire.at, "the name and type of an input or output") : TEMPER_OK;
}

/* ---- graph and model ---- */

enum { NODE = 1, TENSOR = 5, INPUT = 11, OUTPUT = 12, SPARSE = 15 };

static temper_status read_part(temper_onnx *onnx, const temper_wire_field *f) {
    temper_wire w = f->bytes;
    temper_bytes bytes = {onnx->name, w.at, (size_t)(w.stop - w.at)};
    temper_status bad = TEMPER_OK;
    if (f->number == NODE) {
        temper_onnx_node *node = &onnx->node[onnx->nodes++];
        bad = read_node(onnx, w, node);
        if (!bad) bad = check_attributes(onnx, node);
    }
    if (f->number == TENSOR) bad = temper_onnx_tensor_view(&onnx->tensor[onnx->tensors++], bytes);
    if (f->number == INPUT) bad = read_value(onnx, w, &onnx->input[onnx->inputs++]);
    if (f->number == OUTPUT) bad = read_value(onnx, w, &onnx->output[onnx->outputs++]);
    if (f->number == SPARSE)
        bad = temper_fail(TEMPER_CANNOT, "%s: the graph has sparse initializers, which are not read",
                          onnx->name);
    return bad;
}

/* Several graph fields are one graph: inner messages of one number are joined. count NULL: reads. */
static temper_status each_part(temper_onnx *onnx, temper_wire model, int64_t count[16]) {
    temper_wire_field f, part;
    bool bad = false;
    temper_status status = TEMPER_OK;
    while (!status && temper_wire_next(&model, &f, &bad)) {
        temper_wire graph = f.bytes;
        if (f.number != 7 || f.kind != 2) continue;
        while (!status && temper_wire_next(&graph, &part, &bad)) {
            if (part.kind != 2) continue;
            if (count && part.number < 16) count[part.number]++;
            if (!count) status = read_part(onnx, &part);
        }
        if (bad) return broken(onnx, graph.at, "a field of the graph");
    }
    if (bad) return broken(onnx, model.at, "a field of the model");
    return status;
}

static temper_status make_room(temper_onnx *onnx, const int64_t count[16]) {
    static const int parts[] = {NODE, TENSOR, INPUT, OUTPUT};
    static const char *const words[] = {"nodes", "initializers", "inputs", "outputs"};
    for (int k = 0; k < 4; k++)
        if (count[parts[k]] > TEMPER_ONNX_NODES)
            return temper_fail(TEMPER_CANNOT, "%s: the graph has %lld %s; read are up to %d", onnx->name,
                               (long long)count[parts[k]], words[k], TEMPER_ONNX_NODES);
    onnx->node = temper_alloc((size_t)count[NODE], sizeof *onnx->node);
    onnx->tensor = temper_alloc((size_t)count[TENSOR], sizeof *onnx->tensor);
    onnx->input = temper_alloc((size_t)count[INPUT], sizeof *onnx->input);
    onnx->output = temper_alloc((size_t)count[OUTPUT], sizeof *onnx->output);
    return onnx->node && onnx->tensor && onnx->input && onnx->output ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status read_sets(temper_onnx *onnx, temper_wire model) {
    temper_wire_field f;
    bool bad = false;
    while (temper_wire_next(&model, &f, &bad)) {
        temper_wire domain = {0};
        if (f.number != 8 || f.kind != 2) continue;
        bool named = inner(f.bytes, 1, &domain, &bad) && domain.at < domain.stop;
        if (!named) onnx->set = (int64_t)inner_number(f.bytes, 2, 1, &bad);
    }
    if (!bad && onnx->set < 1)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: expected the version of the operators, found none (truncated file?)",
                           onnx->name);
    return bad ? broken(onnx, model.at, "the versions of the operators") : TEMPER_OK;
}

temper_status temper_onnx_view(temper_onnx *onnx, temper_bytes bytes) {
    int64_t count[16] = {0};
    temper_wire model = {bytes.at, bytes.at + bytes.length};
    *onnx = (temper_onnx){.name = bytes.name, .start = bytes.at};
    temper_status bad = each_part(onnx, model, count);
    if (!bad && (count[NODE] == 0 || count[OUTPUT] == 0))
        bad = temper_fail(TEMPER_BAD_DATA,
                          "%s: expected an ONNX model with a graph of nodes and outputs, found none",
                          onnx->name);
    if (!bad) bad = make_room(onnx, count);
    if (!bad) bad = read_sets(onnx, model);
    if (!bad) bad = each_part(onnx, model, NULL);
    if (bad) temper_onnx_clear(onnx);
    return bad;
}

void temper_onnx_clear(temper_onnx *onnx) {
    temper_release(onnx->node);
    temper_release(onnx->tensor);
    temper_release(onnx->input);
    temper_release(onnx->output);
    *onnx = (temper_onnx){0};
}
