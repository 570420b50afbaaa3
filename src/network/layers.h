/* layers: what may stand between two semicolons of a graph text, with the option table of each. Free of precision: model.c, which is
 * compiled twice, finds the op of a layer by its name. */
#ifndef TEMPER_NETWORK_LAYERS_H
#define TEMPER_NETWORK_LAYERS_H

#include <stdbool.h>
#include "temper/network.h"
#include "temper/option.h"

typedef struct { /* the options of every layer; each layer has a few of them */
    int64_t outputs, size, stride, pad, heads, vocabulary;
    double slope, rate;
    bool plain; /* dense, conv: without a bias */
    char *name; /* of a joint */
} net_layer;

typedef struct {
    temper_about about;
    const char *op; /* the op that does it; NULL: save, from */
    int pointwise;  /* its temper_pointwise, where op is "pointwise" */
} net_layer_type;

/* Reads "conv 8 3 pad=1": values without a name are the first options in the order of the table. *layer is released by
 * net_layer_free. *spelled: every option written, "conv 8 3 stride=1 pad=1 plain=no". */
temper_status net_layer_read(const char *text, const net_layer_type **type, net_layer **layer,
                             char **spelled);
void net_layer_free(const net_layer_type *type, net_layer *layer);

/* "mlp:100,50" becomes the text of a graph. *spelled: the model with every option written, *graph its layers; both are
 * released by the caller. */
temper_status net_model_read(const char *model, const temper_network_io *io, char **spelled, char **graph);

#endif
