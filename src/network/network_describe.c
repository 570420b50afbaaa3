/* A network as a table: shapes, parameters, work and memory, layer by layer; the same as JSON ("temper.network/1"). Memory is that of
 * one thread in float; an evaluation on several threads needs a little more scratch. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "network/engine.h"
#include "network/layers.h"
#include "network/network.h"

static const char *const losses[] = {"cross-entropy", "squared error", "Gaussian, noise learned", "hinge"};
static const char *const functions[] = {"relu", "leaky", "tanh", "sigmoid", "gelu", "silu", "softplus"};

static bool is(const net_node *node, const char *op) { return !strcmp(node->op->name, op); }

/* A layer as one would write it, without what is the default anyway. */
static void name_layer(const net_node *node, char *text, size_t size) {
    const char *op = node->op ? node->op->name : "data";
    long long channels = (long long)node->shape.channels;
    int n = snprintf(text, size, "%s", op);
    if (!node->op) return;
    if (is(node, "pointwise")) n = snprintf(text, size, "%s", functions[node->pointwise]);
    if (is(node, "pointwise") && node->pointwise == TEMPER_LEAKY)
        n += snprintf(text + n, size - (size_t)n, " %g", node->slope);
    if (is(node, "dense")) n += snprintf(text + n, size - (size_t)n, " %lld", channels);
    if (is(node, "conv")) n += snprintf(text + n, size - (size_t)n, " %lld %d", channels, node->size);
    if (is(node, "shortcut")) n += snprintf(text + n, size - (size_t)n, " %lld", channels);
    if (is(node, "max_pool") || is(node, "avg_pool"))
        n += snprintf(text + n, size - (size_t)n, " %d", node->size);
    if (is(node, "dropout")) n += snprintf(text + n, size - (size_t)n, " %g", node->rate);
    if (is(node, "attention")) n += snprintf(text + n, size - (size_t)n, " %d", node->heads);
    if (is(node, "embedding"))
        n += snprintf(text + n, size - (size_t)n, " %d %lld", node->vocabulary, channels);
    int usual = is(node, "max_pool") || is(node, "avg_pool") ? node->size : 1;
    if (node->stride && node->stride != usual)
        n += snprintf(text + n, size - (size_t)n, " stride=%d", node->stride);
    if (node->pad) n += snprintf(text + n, size - (size_t)n, " pad=%d", node->pad);
    if (node->plain) n += snprintf(text + n, size - (size_t)n, " plain=yes");
    /* Who is read, where it is not the layer before. */
    if (node->in[0] != node->number - 1) n += snprintf(text + n, size - (size_t)n, " from %d", node->in[0]);
    for (int k = 1; k < node->inputs; k++) n += snprintf(text + n, size - (size_t)n, " of %d", node->in[k]);
}

/* A vector is its length alone. */
static void name_shape(const net_shape *s, char text[64]) {
    int n = snprintf(text, 64, "%lld", (long long)s->channels);
    if (s->height > 1 || s->width > 1)
        snprintf(text + n, 64 - (size_t)n, "x%lldx%lld", (long long)s->height, (long long)s->width);
}

static double flops_of(const net_node *node) {
    return node->op && node->op->flops ? node->op->flops(node) : 0;
}

static int64_t blocks_of(int64_t batch) { return (batch + LANES - 1) / LANES; }

/* Value and what is kept beside it, for this batch. */
static double bytes_of(const net_node *node, int64_t batch) {
    double value = node->in_place ? 0 : (double)node->features * LANES;
    return (double)sizeof(float) *
           ((double)blocks_of(batch) * (value + (double)node->kept) + (double)node->shared);
}

/* A count with its unit, three figures: 6.5 kB. */
static const char *short_number(double x, const char *unit, char text[32]) {
    static const char *const prefix[] = {"", "k", "M", "G", "T", "P"};
    int k = 0;
    while (x >= 999.5 && k < 5) x /= 1000, k++;
    snprintf(text, 32, "%.*f %s%s", k == 0 || x >= 99.95 ? 0 : x >= 9.995 ? 1 : 2, x, prefix[k], unit);
    return text;
}

typedef struct {
    double flops;
    net_plan look, learn, curve; /* outputs only, gradient, gradient and Hv */
} summary;

static summary sum_up(const net_graph *graph, int64_t batch) {
    summary s = {0};
    for (int i = 1; i < graph->nodes; i++) s.flops += flops_of(&graph->node[i]);
    net_engine_plan(graph, blocks_of(batch), false, false, 1, &s.look);
    net_engine_plan(graph, blocks_of(batch), true, false, 1, &s.learn);
    net_engine_plan(graph, blocks_of(batch), true, true, 1, &s.curve);
    return s;
}

static void plan_lines(temper_text *text, const summary *s) {
    const struct {
        const char *name;
        const net_plan *plan;
    } row[] = {{"outputs", &s->look}, {"gradient", &s->learn}, {"gradient and Hv", &s->curve}};
    temper_text_add(text, "\n  plan in bytes    %14s %14s %14s %14s %14s\n", "values", "adjoints", "kept",
                    "scratch", "together");
    for (int k = 0; k < 3; k++)
        temper_text_add(text, "  %-16s %14zu %14zu %14zu %14zu %14zu\n", row[k].name, row[k].plan->values,
                        row[k].plan->adjoints, row[k].plan->kept, row[k].plan->scratch, row[k].plan->total);
    temper_text_add(text, "  (together: memory that is used twice counts once)\n");
}

static void table(temper_text *text, const temper_network *network, int64_t batch) {
    const net_graph *graph = network->graph;
    temper_text_add(text, "%s\n  loss %s", network->text, losses[network->objective.loss]);
    if (network->objective.smoothing > 0)
        temper_text_add(text, ", labels smoothed by %g", network->objective.smoothing);
    if (network->objective.confidence > 0)
        temper_text_add(text, ", less %g times the entropy of the forecast", network->objective.confidence);
    temper_text_add(text, "\n\n     #  %-36s %12s %12s %14s %10s\n", "layer", "output", "parameters",
                    "FLOPs/sample", "memory");
    for (int i = 0; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        char name[128], shape[64], memory[32];
        name_layer(node, name, sizeof name);
        name_shape(&node->shape, shape);
        temper_text_add(text, "  %4d  %-36s %12s %12lld %14.0f %10s\n", i, name, shape,
                        (long long)(node->weights + node->biases), flops_of(node),
                        short_number(bytes_of(node, batch), "B", memory));
    }
}

static temper_status as_text(const temper_network *network, int64_t batch, bool plan, char **out) {
    const net_graph *graph = network->graph;
    temper_text text = {0};
    char memory[32], curve[32], *spelled = NULL, *layers = NULL;
    summary s = sum_up(graph, batch);
    table(&text, network, batch);
    temper_text_add(&text, "        %-36s %12s %12lld %14.0f\n", "together", "", (long long)graph->parameters,
                    s.flops);
    if (graph->statistics)
        temper_text_add(&text, "  beside the parameters: %lld measured means and variances\n",
                        (long long)graph->statistics);
    temper_text_add(&text, "  memory at a batch of %lld: %s for a gradient, %s with a Hessian product\n",
                    (long long)batch, short_number((double)s.learn.total, "B", memory),
                    short_number((double)s.curve.total, "B", curve));
    if (plan) plan_lines(&text, &s);
    bool own = !strncmp(network->text, "graph:", 6);
    temper_status bad = own ? TEMPER_OK : net_model_read(network->text, &network->io, &spelled, &layers);
    if (layers) temper_text_add(&text, "\n  as a graph of one's own:\n  graph:%s\n", layers);
    temper_release(spelled);
    temper_release(layers);
    *out = bad ? NULL : temper_text_take(&text);
    temper_text_clear(&text);
    return bad ? bad : *out ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "out of memory for the description");
}

static void json_plan(temper_json *json, const char *name, const net_plan *plan) {
    temper_json_open(json, name, '{');
    temper_json_int(json, "values", (int64_t)plan->values);
    temper_json_int(json, "adjoints", (int64_t)plan->adjoints);
    temper_json_int(json, "kept", (int64_t)plan->kept);
    temper_json_int(json, "scratch", (int64_t)plan->scratch);
    temper_json_int(json, "together", (int64_t)plan->total);
    temper_json_close(json, '}');
}

static void json_layer(temper_json *json, const net_node *node, int64_t batch) {
    char name[128];
    name_layer(node, name, sizeof name);
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "layer", name);
    temper_json_open(json, "inputs", '[');
    for (int k = 0; k < node->inputs; k++) temper_json_int(json, NULL, node->in[k]);
    temper_json_close(json, ']');
    temper_json_open(json, "shape", '[');
    temper_json_int(json, NULL, node->shape.channels);
    temper_json_int(json, NULL, node->shape.height);
    temper_json_int(json, NULL, node->shape.width);
    temper_json_close(json, ']');
    temper_json_int(json, "parameters", node->weights + node->biases);
    temper_json_real(json, "flops", flops_of(node));
    temper_json_real(json, "bytes", bytes_of(node, batch));
    temper_json_close(json, '}');
}

static temper_status as_json(const temper_network *network, int64_t batch, bool plan, char **out) {
    const net_graph *graph = network->graph;
    temper_json json = {0};
    summary s = sum_up(graph, batch);
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.network/1");
    temper_json_string(&json, "model", network->text);
    temper_json_string(&json, "loss", losses[network->objective.loss]);
    temper_json_real(&json, "smoothing", network->objective.smoothing);
    temper_json_real(&json, "confidence", network->objective.confidence);
    temper_json_int(&json, "outputs", temper_network_outputs(network));
    temper_json_int(&json, "parameters", graph->parameters);
    temper_json_int(&json, "statistics", graph->statistics);
    temper_json_real(&json, "flops", s.flops);
    temper_json_int(&json, "batch", batch);
    temper_json_open(&json, "layers", '[');
    for (int i = 0; i < graph->nodes; i++) json_layer(&json, &graph->node[i], batch);
    temper_json_close(&json, ']');
    if (plan) {
        temper_json_open(&json, "plan", '{');
        json_plan(&json, "outputs", &s.look);
        json_plan(&json, "gradient", &s.learn);
        json_plan(&json, "curvature", &s.curve);
        temper_json_close(&json, '}');
    }
    temper_json_close(&json, '}');
    *out = temper_text_take(&json.text);
    return *out ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "out of memory for the description");
}

temper_status temper_network_describe(const temper_network *network, int64_t batch, bool plan, bool json,
                                      char **text) {
    *text = NULL;
    if (batch < 1 || batch > INT32_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "describe: batch=%lld; legal are 1 … %d", (long long)batch,
                           INT32_MAX);
    return json ? as_json(network, batch, plan, text) : as_text(network, batch, plan, text);
}
