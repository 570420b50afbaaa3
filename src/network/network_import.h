/* network_import: from the graph of an ONNX file to the text of a temper graph and its numbers.
 *
 * Nodes are read in the order of the file. What each name stands for is a `net_value`: numbers known beforehand, a short list of whole numbers
 * (shapes), or the output of an item. An `net_item` is a temper layer to be, with its parameters in PyTorch's order; item 0 is the data. Nodes
 * that only rename (Identity, Flatten, most Reshapes) make a value without an item.
 *
 * Where numbers lie: [batch] and the value's own extents in ONNX, channels x height x width in temper. As a rule both have the same order. A
 * sequence of T vectors of d numbers is d x 1 x T in temper and [batch][T][d] in ONNX: such a value is `turned`. */
#ifndef TEMPER_NETWORK_IMPORT_H
#define TEMPER_NETWORK_IMPORT_H

#include "base/text.h"
#include "data/onnx.h"
#include "temper/onnx.h"

enum { NET_ITEMS = 1023, NET_LIST = 16, NET_PARTS = 4 };
#define NET_BATCH INT64_MIN /* in a list of whole numbers: the extent of the batch */

typedef struct {
    int64_t channels, height, width;
} net_extent;

typedef struct { /* a layer to be */
    char text[80];
    int in, other;    /* items that it reads; other −1: one alone */
    net_extent shape; /* of its output */
    bool scalable,
        plain; /* scalable: rows of part 0 and part 1 are linear in the output (dense, conv, batch_norm) */
    float *part[NET_PARTS];    /* weight, bias, mean, variance; NULL: none, owned by the import */
    int64_t length[NET_PARTS]; /* numbers of each */
} net_item;

typedef enum { NET_UNKNOWN, NET_CONSTANT, NET_WHOLES, NET_ACTIVITY } net_value_kind;

typedef struct { /* what a name of the graph stands for */
    temper_token name;
    int uses;  /* inputs of nodes and outputs of the graph that read it */
    int maker; /* node that gives it; −1: an input, an initializer */
    net_value_kind kind;
    temper_onnx_tensor constant;
    float single;           /* the number of a constant scalar that has no tensor in the file */
    int64_t list[NET_LIST]; /* whole numbers */
    int listed, columns;    /* columns > 0: they are a matrix, row by row */
    /* an activity: */
    int item, dims;
    int64_t shape[TEMPER_ONNX_DIMS]; /* without the batch; −1: free */
    bool turned, shared;             /* shared: something else reads the item as well */
} net_value;

typedef struct { /* values of a node's inputs and outputs; −1: left out */
    int in[TEMPER_ONNX_LINKS], out[TEMPER_ONNX_LINKS];
    int pattern; /* 0: none; −1: inside a pattern, done with by its last node; else a net_pattern */
    int source, extra[3]; /* of a pattern: the value that it reads, values of parameters */
    double number;
} net_link;

typedef enum { NET_GELU = 1, NET_SILU, NET_LAYER_NORM, NET_SLICES } net_pattern;

typedef struct net_owned { /* numbers that the import made, released at its end */
    struct net_owned *next;
} net_owned;

typedef struct {
    const temper_model_how *how;
    temper_onnx file;
    net_value *value;
    int values;
    net_link *link; /* [nodes] */
    net_item *item;
    int items;
    int at;        /* the node that is being read */
    int64_t batch; /* −1: free */
    bool softmax;  /* the last node was one: left to the loss */
    net_owned *owned;
    temper_text remarks;
    temper_status bad; /* of the last function here that returned NULL */
} net_import;

/* ---- values ---- */

temper_status net_import_names(net_import *im);
void net_import_clear(net_import *im);
net_value *net_import_in(const net_import *im, int k); /* input k of the node; NULL: left out */
net_value *net_import_out(const net_import *im, int k);
/* A block of floats that lives as long as the import; NULL: im->bad says why. */
float *net_import_floats(net_import *im, int64_t n);
/* The numbers of a constant, as floats; NULL: im->bad says why. */
float *net_import_numbers(net_import *im, const net_value *value);
/* A constant of one number. */
bool net_import_scalar(const net_value *value, double *x);
/* Whole numbers of a constant or a list. −1: they are none, or more than NET_LIST. */
int net_import_wholes(const net_value *value, int64_t out[NET_LIST]);
/* Ints of an attribute, or else of input k; `otherwise` where there is neither. Returns their number, −1: not readable. */
int net_import_ints(const net_import *im, const char *name, int k, int64_t out[NET_LIST]);
int64_t net_import_int(const net_import *im, const char *name, int64_t otherwise);
double net_import_real(const net_import *im, const char *name, double otherwise);

/* TEMPER_CANNOT, which is im->bad from then on, "FILE: Conv of node 'NAME': …". */
temper_status net_import_refuse(net_import *im, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A line for the remarks, with the node in front. */
void net_import_remark(net_import *im, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- activities and items ---- */

int64_t net_import_features(const net_value *value); /* product of the extents */
net_item *net_import_item(const net_import *im, const net_value *value);
/* A new item that reads value's; NULL: im->bad. The output of the node stands for it, with the extents of `value`. */
net_item *net_import_add(net_import *im, const net_value *value, net_extent shape);
/* The node's output is the same numbers as `value`: other extents are up to the caller. */
net_value *net_import_alias(net_import *im, const net_value *value);
void net_import_shape(net_value *value, int dims, int64_t a, int64_t b, int64_t c);
/* The value as a vector F, an image C x H x W, or a sequence d x 1 x T: an item is put between where that is needed. */
temper_status net_import_vector(net_import *im, net_value *value);
temper_status net_import_image(net_import *im, net_value *value);
temper_status net_import_sequence(net_import *im, net_value *value);
/* Data [batch][channels][places] that nothing has read yet are channels x 1 x places. */
void net_import_columns(net_import *im, net_value *value);
/* Expands a constant to one number for each of the value's, in temper's order: out[features]. */
temper_status net_import_expand(net_import *im, const net_value *constant, const net_value *value,
                                float **out);

/* ---- nodes ---- */

typedef temper_status net_import_node(net_import *im);
net_import_node net_import_gemm, net_import_matmul, net_import_conv, net_import_batch_norm,
    net_import_layer_norm, net_import_sum, net_import_product, net_import_gather, net_import_pointwise,
    net_import_leaky, net_import_softmax, net_import_max_pool, net_import_average_pool,
    net_import_global_pool, net_import_mean, net_import_flatten, net_import_reshape, net_import_transpose,
    net_import_squeeze, net_import_pass, net_import_slice, net_import_pad, net_import_shape_of,
    net_import_concat, net_import_zeros;
/* The node's output is this list; and lists turned, cut. */
void net_import_list(net_import *im, const int64_t *list, int n);
temper_status net_import_turn_list(net_import *im, const net_value *x);
temper_status net_import_slice_list(net_import *im, const net_value *x);
/* Marks nodes that together are one layer: GELU, SiLU, layer norm, attention. */
void net_import_patterns(net_import *im);

/* Items to text, network and numbers. */
temper_status net_import_finish(net_import *im, temper_model *model);

#endif
