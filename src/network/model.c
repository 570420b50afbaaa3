/* From text to graph: each layer becomes a node of the tape, checked by its op; then net_graph_finish says who reads whom.
 *
 * θ is dense: weight, then bias of node 1, of node 2, … Kernels load single weights or unaligned rows of them. */
#include "network/model.h"
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "network/layers.h"
#include "network/ops.h"

enum { NAMES = 256, NAME_LONG = 31 };

typedef struct {
    net_graph *graph;
    int64_t outputs;
    int now;      /* the node that the next layer reads */
    int number;   /* of the layer, from 1 */
    bool reshape; /* nothing has read the data yet: their shape may still become a vector */
    struct {
        char name[NAME_LONG + 1];
        int node;
    } saved[NAMES];
    int names;
} builder;

static const net_op *op_named(const char *name) {
    for (int k = 0; net_ops[k]; k++)
        if (!strcmp(net_ops[k]->name, name)) return net_ops[k];
    return NULL;
}

/* ---- places with names ---- */

static int place_named(const builder *b, const char *name) {
    for (int k = 0; k < b->names; k++)
        if (!strcmp(b->saved[k].name, name)) return k;
    return -1;
}

static temper_status no_such_place(const builder *b, const char *name) {
    const char *names[NAMES];
    for (int k = 0; k < b->names; k++) names[k] = b->saved[k].name;
    const char *near = temper_nearest(name, names, b->names);
    if (b->names == 0)
        return temper_fail(TEMPER_BAD_OPTION, "nothing is saved as '%.31s': there is no 'save' before it",
                           name);
    return temper_fail(TEMPER_BAD_OPTION, "nothing is saved as '%.31s'; did you mean '%s'?", name,
                       near ? near : names[b->names - 1]);
}

/* The last `save` of a name counts. */
static temper_status save(builder *b, const char *name) {
    int k = place_named(b, name);
    if (strlen(name) > NAME_LONG)
        return temper_fail(TEMPER_BAD_OPTION, "save: the name has more than %d letters", NAME_LONG);
    if (k < 0 && b->names == NAMES)
        return temper_fail(TEMPER_BAD_OPTION, "save: there are more than %d names", NAMES);
    if (k < 0) k = b->names++;
    memcpy(b->saved[k].name, name, strlen(name) + 1);
    b->saved[k].node = b->now;
    b->reshape = false;
    return TEMPER_OK;
}

/* ---- nodes ---- */

static temper_status append(builder *b, const net_op *op, int other, const net_layer *layer, int pointwise) {
    net_graph *graph = b->graph;
    if (graph->nodes == NET_NODES)
        return temper_fail(TEMPER_BAD_OPTION, "there are more than %d layers", NET_NODES - 1);
    net_node *node = &graph->node[graph->nodes];
    const net_node *inputs[NET_INPUTS];
    *node = (net_node){.op = op, .number = graph->nodes, .in[0] = b->now, .inputs = 1};
    if (other >= 0) node->in[node->inputs++] = other;
    for (int k = 0; k < node->inputs; k++) inputs[k] = &graph->node[node->in[k]];
    node->pointwise = (temper_pointwise)pointwise;
    if (layer) {
        bool last = op == &REAL(net_op_dense) && layer->outputs == 0;
        node->shape.channels = last ? b->outputs : layer->outputs;
        node->size = (int)layer->size, node->stride = (int)layer->stride, node->pad = (int)layer->pad;
        node->heads = (int)layer->heads, node->vocabulary = (int)layer->vocabulary;
        node->plain = layer->plain, node->slope = layer->slope, node->rate = layer->rate;
    }
    temper_status bad = op->shape(inputs, node);
    if (bad) return bad;
    if (node->features < 1 || node->features > INT32_MAX || node->weights > INT32_MAX)
        return temper_fail(TEMPER_BAD_OPTION,
                           "it gives %lld numbers and has %lld weights; legal are up to %d of each",
                           (long long)node->features, (long long)node->weights, INT32_MAX);
    b->now = graph->nodes++;
    b->reshape = false;
    return TEMPER_OK;
}

/* An image becomes a vector; the data themselves, as long as nobody has seen them as an image, without a node. */
static temper_status flatten(builder *b) {
    net_node *node = &b->graph->node[b->now];
    if (!b->reshape) return append(b, &REAL(net_op_flatten), -1, NULL, 0);
    node->shape = (net_shape){node->features, 1, 1};
    return TEMPER_OK;
}

static temper_status add_layer(builder *b, const net_layer_type *type, const net_layer *layer) {
    const net_op *op = type->op ? op_named(type->op) : NULL;
    int other = -1;
    if (layer->name) {
        if (!strcmp(type->about.name, "save")) return save(b, layer->name);
        int place = place_named(b, layer->name);
        if (place < 0) return no_such_place(b, layer->name);
        other = b->saved[place].node;
        if (!op) return b->now = other, TEMPER_OK;
    }
    if (op == &REAL(net_op_flatten) && b->reshape) return flatten(b);
    if (op == &REAL(net_op_dense) && (b->reshape || b->graph->node[b->now].shape.height > 1)) {
        temper_status bad = flatten(b);
        if (bad) return bad;
    }
    return append(b, op, other, layer, type->pointwise);
}

/* A failure in the words of a layer, with the place where it stands. */
static temper_status blame(const builder *b, const char *model, const char *text, temper_status status) {
    char why[320];
    if (status == TEMPER_NO_MEMORY) return status;
    size_t length = strlen(temper_message());
    memcpy(why, temper_message(), length < sizeof why ? length + 1 : sizeof why);
    why[sizeof why - 1] = 0;
    const net_shape *s = &b->graph->node[b->now].shape;
    return temper_fail(status, "%.*s: layer %d '%.40s' (its input is %lldx%lldx%lld): %s",
                       (int)strcspn(model, ":"), model, b->number, text, (long long)s->channels,
                       (long long)s->height, (long long)s->width, why);
}

/* One layer of the text at p; its spelled-out form is added to *all. */
static temper_status read_layer(builder *b, const char *model, const char *p, size_t length,
                                temper_text *all) {
    const net_layer_type *type;
    net_layer *layer;
    char *spelled, *copy = temper_alloc(length + 1, 1);
    if (!copy) return TEMPER_NO_MEMORY;
    while (length > 0 && (p[length - 1] == ' ' || p[length - 1] == '\n')) length--;
    memcpy(copy, p, length);
    temper_status bad = net_layer_read(copy, &type, &layer, &spelled);
    if (!bad) {
        bad = add_layer(b, type, layer);
        temper_text_add(all, "%s%s", all->length ? "; " : "", spelled);
        net_layer_free(type, layer);
        temper_release(spelled);
    }
    if (bad) bad = blame(b, model, copy, bad);
    temper_release(copy);
    return bad;
}

static temper_status read_layers(builder *b, const char *model, const char *text, temper_text *all) {
    for (const char *p = text;; p++) {
        p += strspn(p, " \t\n");
        size_t length = strcspn(p, ";");
        b->number++;
        temper_status bad = read_layer(b, model, p, length, all);
        if (bad) return bad;
        p += length;
        if (!*p || !p[1 + strspn(p + 1, " \t\n")]) return TEMPER_OK; /* a last semicolon is allowed */
    }
}

/* ---- the whole ---- */

static temper_status check_whole(const net_graph *graph, const char *model, int64_t outputs) {
    const int name = (int)strcspn(model, ":");
    const net_node *last = &graph->node[graph->nodes - 1];
    bool read[NET_NODES] = {false};
    for (int i = 1; i < graph->nodes; i++)
        for (int k = 0; k < graph->node[i].inputs; k++) read[graph->node[i].in[k]] = true;
    for (int i = 0; i + 1 < graph->nodes; i++)
        if (!read[i])
            return temper_fail(TEMPER_BAD_OPTION,
                               "%.*s: nothing reads the values of node %d, %s; join them by 'add'", name,
                               model, i, i ? graph->node[i].op->name : "the data");
    if (last->features != outputs)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%.*s: the last layer gives %lldx%lldx%lld numbers, the data ask for %lld; "
                           "'dense outputs' as last layer does that",
                           name, model, (long long)last->shape.channels, (long long)last->shape.height,
                           (long long)last->shape.width, (long long)outputs);
    if (graph->parameters == 0)
        return temper_fail(TEMPER_BAD_OPTION, "%.*s: there is nothing to learn: no layer has weights", name,
                           model);
    if (graph->parameters > INT32_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "%.*s: %lld parameters; legal are up to %d", name, model,
                           (long long)graph->parameters, INT32_MAX);
    return TEMPER_OK;
}

static temper_status check_io(const temper_network_io *io, int64_t outputs) {
    bool vector = !io->channels && !io->height && !io->width;
    if (io->features < 1 || io->features > INT32_MAX || outputs < 1 || outputs > INT32_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "network: features=%lld, outputs=%lld; legal are 1 … %d",
                           (long long)io->features, (long long)outputs, INT32_MAX);
    if (vector) return TEMPER_OK;
    if (io->channels < 1 || io->height < 1 || io->width < 1 || io->channels > io->features ||
        io->height > io->features || io->width > io->features / io->height ||
        io->channels * (io->height * io->width) != io->features)
        return temper_fail(
            TEMPER_BAD_OPTION, "network: an image of %lldx%lldx%lld has not the %lld features of the data",
            (long long)io->channels, (long long)io->height, (long long)io->width, (long long)io->features);
    return TEMPER_OK;
}

static temper_status build(builder *b, const char *model, const temper_network_io *io, char **text) {
    char *layers = NULL;
    temper_text all = {0};
    net_node *data = &b->graph->node[0];
    data->shape =
        io->channels ? (net_shape){io->channels, io->height, io->width} : (net_shape){io->features, 1, 1};
    data->features = io->features;
    b->graph->nodes = 1;
    temper_status bad = net_model_read(model, io, text, &layers);
    if (!bad) bad = read_layers(b, model, layers, &all);
    if (!bad && all.failed) bad = TEMPER_NO_MEMORY;
    if (!bad && b->now != b->graph->nodes - 1)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "%.*s: the last layer is a 'from'; legal is any that gives the outputs",
                          (int)strcspn(model, ":"), model);
    if (!bad) net_graph_finish(b->graph);
    if (!bad) bad = check_whole(b->graph, model, b->outputs);
    if (!bad && !*text) { /* a graph of one's own: its layers, spelled out */
        temper_text own = {0};
        temper_text_add(&own, "graph:%s", all.data);
        if (!(*text = temper_text_take(&own))) bad = temper_fail(TEMPER_NO_MEMORY, "graph: out of memory");
    }
    temper_text_clear(&all);
    temper_release(layers);
    return bad;
}

temper_status net_graph_build(net_graph **graph, const char *model, const temper_network_io *io,
                              int64_t outputs, char **text) {
    *graph = NULL, *text = NULL;
    temper_status bad = check_io(io, outputs);
    if (bad) return bad;
    builder *b = temper_alloc(1, sizeof *b);
    if (!b) return TEMPER_NO_MEMORY;
    b->outputs = outputs, b->reshape = true;
    b->graph = temper_alloc(1, sizeof *b->graph);
    bad = b->graph ? build(b, model, io, text) : TEMPER_NO_MEMORY;
    if (!bad) {
        *graph = b->graph;
    } else {
        temper_release(b->graph);
        temper_release(*text);
        *text = NULL;
    }
    temper_release(b);
    return bad;
}
