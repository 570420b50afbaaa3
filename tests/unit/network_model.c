/* Models and graphs: text → tape. Parameter counts are the published ones, or counted by hand. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "network/model.h"
#include "network/network.h"
#include "temper/catalogue.h"
#include "temper/network.h"

static const temper_network_io digits = {64, 1, 8, 8, 10}, mnist = {784, 1, 28, 28, 10},
                               cifar = {3072, 3, 32, 32, 10}, vector = {13, 0, 0, 0, 3};

static temper_network *make(const char *model, const temper_network_io *io) {
    temper_network *network = NULL;
    CHECK_OK(temper_network_create(&network, model, io, &(temper_objective){0}));
    return network;
}

static void counts(void) {
    const struct {
        const char *model;
        const temper_network_io *io;
        int64_t parameters, statistics;
    } known[] = {
        {"mlp:100", &digits, 64 * 100 + 100 + 100 * 10 + 10, 0},
        {"mlp:256,128", &mnist, 235146, 0}, /* reference/engine.md */
        {"mlp:100,norm=batch", &digits, 7510 + 200, 200},
        {"mlp:20,norm=layer,dropout=0.5", &vector, 13 * 20 + 20 + 40 + 63, 0},
        {"perceptron", &vector, 42, 0},
        {"lenet5", &mnist, 61706, 0}, /* LeCun et al. with full connections */
        {"lenet5:pad=2", &digits, 156 + 2416 + 64 * 120 + 120 + 10164 + 850, 0},
        {"resnet20", &cifar, 269722, 1376}, /* He et al.: 0.27 million, option A; 688 channels of 19 norms */
        {"resnet:depth=32", &cifar, 464154, 2272},   /* 0.46 million */
        {"resnet:depth=110", &cifar, 1727962, 8096}, /* 1.7 million */
        {"transformer:blocks=1,width=8,heads=2,patch=4", &digits,
         /* patches, position, attention, mlp, norms, head */
         8 * 16 + 8 + 4 * 8 + (8 * 24 + 24 + 64 + 8) + (8 * 32 + 32 + 32 * 8 + 8) + 3 * 16 + 90, 0},
        {"mlp:4", &(temper_network_io){10, 2, 1, 5, 3}, 10 * 4 + 4 + 15,
         0}, /* an image of one row is no sequence */
        {"transformer:blocks=1,width=8,heads=2,patch=4,mlp=3", &digits,
         136 + 32 + (8 * 24 + 24 + 64 + 8) + (8 * 24 + 24 + 24 * 8 + 8) + 48 + 90, 0},
        {"graph:embedding 7 4; dense 5; relu; flatten; dense outputs", &vector, 28 + 25 + 65 * 3 + 3, 0},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        temper_network *network = make(known[k].model, known[k].io);
        if (!network) continue;
        CHECK(temper_network_parameters(network) == known[k].parameters, "%s: %lld", known[k].model,
              (long long)temper_network_parameters(network));
        CHECK(temper_network_statistics(network) == known[k].statistics, "%s: %lld", known[k].model,
              (long long)temper_network_statistics(network));
        CHECK(temper_network_outputs(network) == known[k].io->outputs, "%s", known[k].model);
        temper_network_free(network);
    }
}

/* What is spelled out builds the same network, and spells itself out as it is. */
static void texts(void) {
    const struct {
        const char *model, *spelled;
        const temper_network_io *io;
    } known[] = {
        {"mlp:100,50", "mlp:100,50,activation=relu,dropout=0,norm=none", &digits},
        {"mlp:widths=7x3,norm=layer,activation=tanh", "mlp:7,3,activation=tanh,dropout=0,norm=layer",
         &digits},
        {"lenet5", "lenet5:pad=0", &mnist},
        {"resnet20", "resnet20:width=16", &cifar},
        {"transformer", "transformer:blocks=2,width=128,heads=4,patch=4,mlp=4,dropout=0", &cifar},
        {"graph: conv 8 3 pad=1;relu ; save a;conv filters=8 size=3 pad=1;\nadd a; leaky;global_pool;dense",
         "graph:conv 8 3 stride=1 pad=1 plain=no; relu; save a; conv 8 3 stride=1 pad=1 plain=no; add a; "
         "leaky slope=0.01; global_pool; dense outputs",
         &digits},
        {"graph:dropout 0.25; dense 10;", "graph:dropout 0.25; dense 10", &digits},
        {"perceptron", "perceptron", &vector},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        temper_network *one = make(known[k].model, known[k].io);
        if (!one) continue;
        CHECK(!strcmp(temper_network_text(one), known[k].spelled), "%s", temper_network_text(one));
        temper_network *two = make(temper_network_text(one), known[k].io);
        if (two) {
            CHECK(!strcmp(temper_network_text(two), known[k].spelled), "%s", temper_network_text(two));
            CHECK(two->graph->nodes == one->graph->nodes && two->graph->parameters == one->graph->parameters,
                  "%s", known[k].model);
        }
        temper_network_free(one);
        temper_network_free(two);
    }
}

/* The layers of the text that describe prints are the model. */
static void expansion(void) {
    const char *const models[] = {"mlp:9,5,norm=batch,dropout=0.1", "lenet5", "resnet20:width=4",
                                  "transformer:width=16,dropout=0.1"};
    for (int k = 0; k < 4; k++) {
        char *text = NULL;
        temper_network *network = make(models[k], &cifar);
        CHECK_OK(temper_network_describe(network, 1, false, false, &text));
        char *graph = text ? strstr(text, "graph:") : NULL;
        CHECK(graph, "%s: no text of a graph", models[k]);
        temper_network *own = graph ? make(graph, &cifar) : NULL;
        if (own)
            CHECK(own->graph->parameters == network->graph->parameters &&
                      own->graph->nodes == network->graph->nodes,
                  "%s", models[k]);
        temper_network_free(own);
        temper_network_free(network);
        temper_free(text);
    }
}

static void shapes(void) {
    temper_network *network = make("lenet5", &mnist);
    static const int64_t want[][3] = {{1, 28, 28},  {6, 28, 28}, {6, 28, 28}, {6, 14, 14}, {16, 10, 10},
                                      {16, 10, 10}, {16, 5, 5},  {400, 1, 1}, {120, 1, 1}, {120, 1, 1},
                                      {84, 1, 1},   {84, 1, 1},  {10, 1, 1}};
    CHECK(network->graph->nodes == 13, "%d", network->graph->nodes);
    for (int i = 0; i < 13; i++) {
        const net_shape *s = &network->graph->node[i].shape;
        CHECK(s->channels == want[i][0] && s->height == want[i][1] && s->width == want[i][2],
              "node %d: %lldx%lldx%lld", i, (long long)s->channels, (long long)s->height,
              (long long)s->width);
    }
    temper_network_free(network);
    network = make("resnet20", &cifar);
    const net_shape *last =
        &network->graph->node[network->graph->nodes - 3].shape; /* before pool and dense */
    CHECK(last->channels == 64 && last->height == 8 && last->width == 8, "%lldx%lldx%lld",
          (long long)last->channels, (long long)last->height, (long long)last->width);
    temper_network_free(network);
    network = NULL;
    CHECK_OK(
        temper_network_create(&network, "mlp:4", &vector, &(temper_objective){.loss = TEMPER_GAUSSIAN_NLL}));
    CHECK(network && temper_network_outputs(network) == 6, "means and variances");
    temper_network_free(network);
}

/* ---- who reads whom ---- */

/* θ is dense and in order; both precisions have the same tape. */
static void places(void) {
    temper_network *network = make("resnet20:width=4", &cifar);
    const net_graph *g = network->graph, *h = network->graph_f64;
    int64_t theta = 0;
    CHECK(g->nodes == h->nodes && g->parameters == h->parameters, "two tapes");
    for (int i = 1; i < g->nodes; i++) {
        const net_node *a = &g->node[i], *b = &h->node[i];
        CHECK(a->weight == theta && a->bias == theta + a->weights, "node %d", i);
        theta += a->weights + a->biases;
        CHECK(!strcmp(a->op->name, b->op->name) && a->weight == b->weight && a->in[0] == b->in[0] &&
                  a->features == b->features && a->in_place == b->in_place && a->op != b->op,
              "node %d", i);
    }
    CHECK(theta == g->parameters, "%lld", (long long)theta);
    temper_network_free(network);
}

/* By definition: along the way back, each adjoint is stored once, by its last reader, and only where there are weights
 * before it. */
static void writers(const char *model, const temper_network_io *io) {
    temper_network *network = make(model, io);
    if (!network) return;
    const net_graph *g = network->graph;
    for (int p = 0; p < g->nodes; p++) {
        bool learns = false, before[NET_NODES] = {false};
        int stores = 0, last = -1;
        for (int i = 1; i <= p; i++) {
            before[i] = g->node[i].weights + g->node[i].biases > 0;
            for (int k = 0; k < g->node[i].inputs; k++) before[i] |= before[g->node[i].in[k]];
        }
        learns = before[p];
        for (int i = 1; i < g->nodes; i++)
            for (int k = 0; k < g->node[i].inputs; k++) {
                const net_node *node = &g->node[i];
                if (node->in[k] != p) continue;
                CHECK(node->needed[k] == learns && node->data_tangent[k] == learns, "%s: node %d", model, i);
                stores += node->first[k];
                last = i;
            }
        CHECK(stores == (learns && last >= 0), "%s: adjoint of node %d is stored %d times", model, p, stores);
        if (stores == 1)
            CHECK(g->node[last].first[0] || g->node[last].first[1], "%s: node %d stores", model, last);
    }
    temper_network_free(network);
}

static void wiring(void) {
    writers("mlp:5,5", &digits);
    writers("resnet:depth=8,width=2", &cifar);
    writers("transformer:blocks=2,width=8,heads=2", &digits);
    writers(
        "graph:tokens; position; save a; gelu; save b; add a; add b; add b; dense 3; global_pool; dense outputs",
        &digits);
    writers("graph:relu; max_pool 2; conv 3 3; global_pool; dense outputs", &digits);
}

/* A value may be written over when nobody needs it any more. */
static void in_place(void) {
    const struct {
        const char *model;
        int node;
        bool want;
    } known[] = {
        {"graph:dense 5; relu; dense outputs", 2, true},
        {"graph:dense 5; gelu; dense outputs", 2, false},                /* its slope needs x */
        {"graph:dense 5; relu; relu; dense outputs", 3, false},          /* the first needs its own value */
        {"graph:dense 5; save a; relu; add a; dense outputs", 2, false}, /* the sum reads it too */
        {"graph:dense 5; save a; relu; add a; dense outputs", 3, false}, /* relu needs its own value */
        {"graph:dense 5; save a; dense 5; add a; dense outputs", 3, true},
        {"graph:dense 5; save a; dense 5; add a; tanh; dense outputs", 4, true},
        {"graph:conv 2 3; relu; flatten; dense outputs", 3, false},
        {"graph:conv 2 3; flatten; relu; dense outputs", 2, true},
        {"graph:conv 2 3; flatten; relu; dense outputs", 3, true},
        {"graph:conv 2 3; relu; flatten; relu; dense outputs", 4, true}, /* flatten has a place of its own */
        {"graph:save x; relu; flatten; dense outputs", 1, false},        /* never over the data */
        {"graph:dense 5; layer_norm; relu; dense outputs", 3, false},
        {"graph:dense 5; batch_norm; relu; dense outputs", 3, true},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        temper_network *network = make(known[k].model, &digits);
        if (network)
            CHECK(network->graph->node[known[k].node].in_place == known[k].want, "%s: node %d",
                  known[k].model, known[k].node);
        temper_network_free(network);
    }
}

/* ---- sentences ---- */

static void sentences(void) {
    const struct {
        const char *model;
        const temper_network_io *io;
        const char *words;
    } known[] = {
        {"mlq:100", &digits, "there is no model 'mlq'; did you mean 'mlp'?"},
        {"graph:dense 5; relu; cnov 8 3", &digits,
         "graph: layer 3 'cnov 8 3' (its input is 5x1x1): there is no layer 'cnov'; did you mean 'conv'?"},
        {"graph:conv 8 5; conv 8 5", &digits,
         "graph: layer 2 'conv 8 5' (its input is 8x4x4): conv: size=5 pad=0 does not fit into an image of 4 x 4 pixels"},
        {"graph:dense 5; add b; dense outputs", &digits, "there is no 'save' before it"},
        {"graph:save abc; dense 5; add abd; dense outputs", &digits,
         "nothing is saved as 'abd'; did you mean 'abc'?"},
        {"graph:save a; dense 5; add a; dense outputs", &digits,
         "the inputs have the shapes 5x1x1 and 1x8x8"},
        {"graph:dense 5; save a; relu; from a; dense outputs", &digits,
         "nothing reads the values of node 2, pointwise"},
        {"graph:dense 5; save a; dense 10; from a", &digits, "the last layer is a 'from'"},
        {"graph:dense 5", &digits, "gives 5x1x1 numbers, the data ask for 10"},
        {"graph:global_pool; tokens", &(temper_network_io){40, 10, 2, 2, 10}, "nothing to learn"},
        {"graph:dense 5;; dense outputs", &digits,
         "layer 2 '' (its input is 5x1x1): there is nothing between"},
        {"graph:", &digits, "needs a layers"},
        {"graph:dense 5 6", &digits, "'6' is one value too many for dense"},
        {"graph:dense -5", &digits, "outputs=-5 is not in the legal range 0 … 16777216"},
        {"graph:conv 8; dense outputs", &digits, "needs the option size"},
        {"graph:conv 8 3 pda=1; dense outputs", &digits, "there is no option 'pda'; did you mean 'pad'?"},
        {"graph:relu 3", &digits, "too many for relu"},
        {"graph:dropout 1; dense outputs", &digits, "legal range 0 … 0.999"},
        {"graph:dense 12; attention 5; dense outputs", &digits,
         "heads=5; legal are the divisors of the width 4"},
        {"mlp", &digits, "needs the option widths"},
        {"mlp:100,x", &digits, "a width of ''"},
        {"mlp:1e9", &digits, "legal are whole numbers 1 … 1048576"},
        {"mlp:100,activation=relv", &digits, "did you mean 'relu'?"},
        {"lenet5", &digits, "images of 8x8 pixels are too small"},
        {"lenet5", &digits, "lenet5:pad=2"},
        {"lenet5", &vector, "takes images; the data are vectors of 13 features"},
        {"resnet:depth=21", &cifar, "6n + 2"},
        {"transformer:patch=5", &cifar, "legal are divisors of both sides"},
        {"transformer:heads=3", &cifar, "legal are the divisors of width=128"},
        {"perceptron:3", &vector, "not of the form"},
        {"graph:shortcut 2; dense outputs", &cifar, "channels=2; legal are 3"},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        temper_network *network;
        CHECK_FAILS(temper_network_create(&network, known[k].model, known[k].io, &(temper_objective){0}),
                    TEMPER_BAD_OPTION, known[k].words);
        CHECK(!network, "%s", known[k].model);
    }
    temper_network *network;
    temper_network_io wrong = {65, 1, 8, 8, 10}, none = {64, 1, 8, 8, 1};
    CHECK_FAILS(temper_network_create(&network, "mlp:5", &wrong, &(temper_objective){0}), TEMPER_BAD_OPTION,
                "65 features");
    CHECK_FAILS(temper_network_create(&network, "mlp:5", &none, &(temper_objective){.loss = TEMPER_HINGE}),
                TEMPER_BAD_OPTION, "classes");
    CHECK_FAILS(
        temper_network_create(&network, "mlp:5", &digits, &(temper_objective){TEMPER_SQUARED, 0.1, 0}),
        TEMPER_BAD_OPTION, "cross-entropy alone");
    CHECK_FAILS(
        temper_network_create(&network, "mlp:5", &digits, &(temper_objective){TEMPER_CROSS_ENTROPY, 1, 0}),
        TEMPER_BAD_OPTION, "smoothing=1");
}

/* A text of 2000 layers, and one of names, end in a sentence. */
static void limits(void) {
    char *text = calloc(1, 64000);
    strcpy(text, "graph:");
    for (int k = 0; k < 2000; k++) strcat(text, "relu;");
    temper_network *network;
    CHECK_FAILS(temper_network_create(&network, text, &digits, &(temper_objective){0}), TEMPER_BAD_OPTION,
                "layer 1024 'relu'");
    strcpy(text, "graph:");
    for (int k = 0; k < 300; k++) sprintf(text + strlen(text), "save a%d;", k);
    CHECK_FAILS(temper_network_create(&network, text, &digits, &(temper_objective){0}), TEMPER_BAD_OPTION,
                "256 names");
    CHECK_FAILS(temper_network_create(&network, "graph:dense 16777216; dense 16777216; dense outputs",
                                      &digits, &(temper_objective){0}),
                TEMPER_BAD_OPTION, "legal are up to 2147483647");
    free(text);
}

static void memory(void) {
    static const char *const models[] = {"mlp:5,norm=batch", "transformer:blocks=1,width=8,heads=2",
                                         "graph:save a; conv 1 3 pad=1; add a; dense outputs"};
    for (int m = 0; m < 3; m++) {
        int64_t live = temper_alloc_live();
        for (int64_t k = 1;; k++) {
            temper_network *network;
            char *text = NULL;
            temper_alloc_fail_at(k);
            temper_status bad = temper_network_create(&network, models[m], &digits, &(temper_objective){0});
            if (!bad) bad = temper_network_describe(network, 16, true, k & 1, &text);
            bool failed = temper_alloc_count() >= k;
            temper_alloc_fail_at(0);
            temper_network_free(network);
            temper_free(text);
            if (!failed) break;
            CHECK(bad == TEMPER_NO_MEMORY, "allocation %lld: %d %s", (long long)k, bad, temper_message());
            CHECK(temper_alloc_live() == live, "allocation %lld leaks", (long long)k);
            if (k > 3000) break;
        }
    }
}

int main(void) {
    RUN(counts);
    RUN(texts);
    RUN(expansion);
    RUN(shapes);
    RUN(places);
    RUN(wiring);
    RUN(in_place);
    RUN(sentences);
    RUN(limits);
    RUN(memory);
    return check_end();
}
