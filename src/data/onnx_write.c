/* The numbers of fields are those of onnx/onnx.proto; see onnx.h for the format of a field. */
#include "data/onnx_write.h"
#include <string.h>

static void varint(temper_text *to, uint64_t x) {
    do {
        char byte = (char)((x & 127) | (x > 127 ? 128 : 0));
        temper_text_bytes(to, &byte, 1);
        x >>= 7;
    } while (x);
}

static void piece(temper_text *to, int number, const char *bytes, size_t length) {
    varint(to, (uint64_t)number << 3 | 2);
    varint(to, length);
    temper_text_bytes(to, bytes, length);
}

void temper_wire_int(temper_text *to, int number, uint64_t value) {
    varint(to, (uint64_t)number << 3);
    varint(to, value);
}

void temper_wire_text(temper_text *to, int number, const char *text) {
    piece(to, number, text, strlen(text));
}

void temper_wire_real(temper_text *to, int number, float value) {
    char bytes[4];
    memcpy(bytes, &value, sizeof bytes);
    varint(to, (uint64_t)number << 3 | 5);
    temper_text_bytes(to, bytes, sizeof bytes);
}

void temper_wire_inner(temper_text *to, int number, temper_text *inner) {
    to->failed |= inner->failed;
    if (!to->failed) piece(to, number, inner->data ? inner->data : "", inner->length);
    temper_text_clear(inner);
}

/* Words with blanks between, each as a field. */
static void words(temper_text *to, int number, const char *text) {
    while (*(text += strspn(text, " "))) {
        size_t length = strcspn(text, " ");
        piece(to, number, text, length);
        text += length;
    }
}

void temper_onnx_put_node(temper_onnx_graph *g, const char *type, const char *inputs, const char *outputs,
                          const temper_onnx_setting *setting, int n) {
    enum { FLOAT = 1, INT = 2, INTS = 7 };
    temper_text node = {0};
    words(&node, 1, inputs);
    words(&node, 2, outputs);
    temper_wire_text(&node, 3, outputs);
    temper_wire_text(&node, 4, type);
    for (int k = 0; k < n; k++) {
        temper_text a = {0};
        temper_wire_text(&a, 1, setting[k].name);
        if (setting[k].count == 0) temper_wire_real(&a, 2, setting[k].real);
        if (setting[k].whole) temper_wire_int(&a, 3, (uint64_t)setting[k].list[0]);
        for (int i = 0; i < setting[k].count && !setting[k].whole; i++)
            temper_wire_int(&a, 8, (uint64_t)setting[k].list[i]);
        temper_wire_int(&a, 20, setting[k].count == 0 ? FLOAT : setting[k].whole ? INT : INTS);
        temper_wire_inner(&node, 5, &a);
    }
    temper_wire_inner(&g->graph, 1, &node);
}

static void put_tensor(temper_onnx_graph *g, const char *name, int kind, const int64_t *shape, int dims,
                       const void *raw, size_t size) {
    temper_text tensor = {0};
    for (int k = 0; k < dims; k++) temper_wire_int(&tensor, 1, (uint64_t)shape[k]);
    temper_wire_int(&tensor, 2, (uint64_t)kind);
    temper_wire_text(&tensor, 8, name);
    piece(&tensor, 9, raw, size);
    temper_wire_inner(&g->graph, 5, &tensor);
}

void temper_onnx_put_floats(temper_onnx_graph *g, const char *name, int dims, const int64_t *shape,
                            const float *numbers) {
    size_t count = 1;
    for (int k = 0; k < dims; k++) count *= (size_t)shape[k];
    put_tensor(g, name, 1, shape, dims, numbers, count * sizeof *numbers);
}

void temper_onnx_put_wholes(temper_onnx_graph *g, const char *name, int n, const int64_t *numbers) {
    const int64_t shape = n;
    put_tensor(g, name, 7, &shape, 1, numbers, (size_t)n * sizeof *numbers);
}

void temper_onnx_put_value(temper_onnx_graph *g, bool output, const char *name, int dims,
                           const int64_t *shape) {
    temper_text value = {0}, type = {0}, tensor = {0}, all = {0};
    for (int k = -1; k < dims; k++) {
        temper_text extent = {0};
        if (k < 0)
            temper_wire_text(&extent, 2, "n");
        else
            temper_wire_int(&extent, 1, (uint64_t)shape[k]);
        temper_wire_inner(&all, 1, &extent);
    }
    temper_wire_int(&tensor, 1, 1); /* float */
    temper_wire_inner(&tensor, 2, &all);
    temper_wire_inner(&type, 1, &tensor);
    temper_wire_text(&value, 1, name);
    temper_wire_inner(&value, 2, &type);
    temper_wire_inner(&g->graph, output ? 12 : 11, &value);
}

void temper_onnx_put_model(temper_onnx_graph *g, int64_t set, const char *producer, const char *version,
                           temper_text *model) {
    temper_text operators = {0};
    temper_wire_int(model, 1, set > 13 ? 8 : 7); /* version of the format */
    temper_wire_text(model, 2, producer);
    temper_wire_text(model, 3, version);
    temper_wire_text(&g->graph, 2, producer);
    temper_wire_inner(model, 7, &g->graph);
    temper_wire_text(&operators, 1, "");
    temper_wire_int(&operators, 2, (uint64_t)set);
    temper_wire_inner(model, 8, &operators);
}
