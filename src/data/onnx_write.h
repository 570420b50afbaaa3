/* onnx_write: the messages of an ONNX file, written. */
#ifndef TEMPER_DATA_ONNX_WRITE_H
#define TEMPER_DATA_ONNX_WRITE_H

#include "base/text.h"

/* Fields of a message that grows in `to`. */
void temper_wire_int(temper_text *to, int number, uint64_t value);
void temper_wire_text(temper_text *to, int number, const char *text);
void temper_wire_real(temper_text *to, int number, float value);
/* An inner message, which is cleared. */
void temper_wire_inner(temper_text *to, int number, temper_text *inner);

typedef struct { /* what a graph is made of, as messages of GraphProto; start from {0} */
    temper_text graph;
} temper_onnx_graph;

typedef struct { /* an attribute: ints, or where `count` is 0 a real number */
    const char *name;
    int count;
    int64_t list[4];
    bool whole; /* list[0] alone, as a single int */
    float real;
} temper_onnx_setting;

/* inputs and outputs: names with blanks between. settings: n of them. */
void temper_onnx_put_node(temper_onnx_graph *g, const char *type, const char *inputs, const char *outputs,
                          const temper_onnx_setting *setting, int n);
void temper_onnx_put_floats(temper_onnx_graph *g, const char *name, int dims, const int64_t *shape,
                            const float *numbers);
void temper_onnx_put_wholes(temper_onnx_graph *g, const char *name, int n, const int64_t *numbers);
/* An input or output [N][shape …]; n is a free extent. */
void temper_onnx_put_value(temper_onnx_graph *g, bool output, const char *name, int dims,
                           const int64_t *shape);
/* The model around it, which is cleared. */
void temper_onnx_put_model(temper_onnx_graph *g, int64_t set, const char *producer, const char *version,
                           temper_text *model);

#endif
