/* onnx: the file of an ONNX model, looked at where it lies. It is a tree of Protocol Buffers messages: a message is a row of fields, each a
 * varint 8·number + kind, then by its kind
 *
 *     0   a varint: seven bits a byte, the lowest first, the top bit of a byte says that more follow
 *     1   8 bytes        5   4 bytes, little-endian
 *     2   a varint, and as many bytes: a text, an inner message, or numbers in a row ("packed")
 *
 * Read are Model, Graph, Node, Attribute, Tensor and ValueInfo (onnx/onnx.proto); fields that they don't need are passed over. Nothing is
 * unpacked: texts and numbers stay in the file. Inner graphs (of loops and branches) are not entered, so depth is bounded by the code. */
#ifndef TEMPER_DATA_ONNX_H
#define TEMPER_DATA_ONNX_H

#include "data/samples.h"

enum { TEMPER_ONNX_DIMS = 8, TEMPER_ONNX_LINKS = 16, TEMPER_ONNX_NODES = 8192 };

/* ---- fields of a message ---- */

typedef struct { /* what is left of a message */
    const char *at, *stop;
} temper_wire;

typedef struct {
    int number, kind;  /* kind 0, 1, 2, 5 */
    uint64_t value;    /* of kinds 0, 1, 5 */
    temper_wire bytes; /* of kind 2 */
} temper_wire_field;

/* Passes a field. False at the end, and where the bytes are no field: *bad is then set, else left alone. */
bool temper_wire_next(temper_wire *wire, temper_wire_field *field, bool *bad);
bool temper_wire_varint(temper_wire *wire, uint64_t *value);

/* ---- the messages ---- */

typedef enum { /* TensorProto.DataType, as far as they are read */
               TEMPER_ONNX_F32 = 1,
               TEMPER_ONNX_I32 = 6,
               TEMPER_ONNX_I64 = 7,
               TEMPER_ONNX_BOOL = 9,
               TEMPER_ONNX_F16 = 10,
               TEMPER_ONNX_F64 = 11,
               TEMPER_ONNX_BF16 = 16
} temper_onnx_kind;

typedef struct {
    temper_token name;
    int kind; /* temper_onnx_kind, or another one: such numbers can't be read */
    int dims;
    int64_t shape[TEMPER_ONNX_DIMS], count;
    temper_wire message;
    temper_token raw; /* little-endian, row-major; at NULL: the numbers are fields of the message */
} temper_onnx_tensor;

typedef struct {
    temper_token name, type, domain;
    int inputs, outputs; /* texts of length 0: left out */
    temper_token input[TEMPER_ONNX_LINKS], output[TEMPER_ONNX_LINKS];
    temper_wire message;
} temper_onnx_node;

typedef enum { /* AttributeProto.AttributeType */
               TEMPER_ONNX_FLOAT = 1,
               TEMPER_ONNX_INT = 2,
               TEMPER_ONNX_STRING = 3,
               TEMPER_ONNX_TENSOR = 4,
               TEMPER_ONNX_FLOATS = 6,
               TEMPER_ONNX_INTS = 7
} temper_onnx_attribute_kind;

typedef struct {
    int kind; /* temper_onnx_attribute_kind, or another one; 0: the node has no such attribute */
    float f;
    int64_t i;
    temper_token s;
    temper_onnx_tensor t;
    temper_wire message; /* lists are read by temper_onnx_list */
} temper_onnx_attribute;

typedef struct {
    temper_token name;
    int kind, dims;                  /* dims −1: not said */
    int64_t shape[TEMPER_ONNX_DIMS]; /* −1: free */
} temper_onnx_value;

typedef struct {
    const char *name; /* of the file */
    const char *start;
    int64_t set; /* version of the operators of domain "" */
    temper_onnx_node *node;
    temper_onnx_tensor *tensor; /* initializers */
    temper_onnx_value *input, *output;
    int nodes, tensors, inputs, outputs;
} temper_onnx;

/* Looks at bytes that stay the caller's. TEMPER_BAD_DATA with the file, and the byte or the name, for what is no ONNX model; a tensor has as many
 * numbers as its shape says. */
temper_status temper_onnx_view(temper_onnx *onnx, temper_bytes bytes);
void temper_onnx_clear(temper_onnx *onnx);
/* Reads one message of a tensor alone (input_0.pb). */
temper_status temper_onnx_tensor_view(temper_onnx_tensor *tensor, temper_bytes bytes);

/* out[count]: rounded to nearest where they were doubles or integers. False: the kind is none of temper_onnx_kind. */
bool temper_onnx_floats(const temper_onnx_tensor *tensor, float *out);
/* A tensor of whole numbers with at most `most` of them; returns how many, −1: it is not. */
int temper_onnx_ints(const temper_onnx_tensor *tensor, int64_t *out, int most);
/* kind 0 where there is none. */
void temper_onnx_attribute_of(const temper_onnx_node *node, const char *name,
                              temper_onnx_attribute *attribute);
/* The list of ints, or of floats rounded; returns how many there are, −1: more than `most`. */
int temper_onnx_list(const temper_onnx_attribute *attribute, int64_t *out, int most);
/* A text of the file fit for a sentence: printable, at most 60 characters. */
const char *temper_onnx_spell(temper_token text, char room[64]);
bool temper_onnx_is(temper_token text, const char *word);
bool temper_onnx_same(temper_token a, temper_token b);

#endif
