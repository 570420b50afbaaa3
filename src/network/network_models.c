/* Models: short names for long graphs. Each is written out as the text of a graph, so that all of them go one way, and anyone
 * may take that text and change it: temper describe prints it. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "network/layers.h"

enum { NONE, BATCH, LAYER };

typedef struct { /* the options of every model; each has a few of them */
    char *widths, *layers;
    int activation, norm;
    double dropout;
    int64_t pad, depth, width, blocks, heads, patch, mlp;
} options;

typedef struct {
    temper_about about;
    bool image; /* it takes nothing else */
    temper_status (*write)(const options *of, const temper_network_io *io, temper_text *graph);
} model;

/* In the order of the choices. */
static const char *const activations[] = {"relu", "leaky", "tanh", "sigmoid", "gelu", "silu", "softplus"};

/* ---- perceptron, mlp ---- */

static temper_status write_perceptron(const options *of, const temper_network_io *io, temper_text *graph) {
    (void)of, (void)io;
    temper_text_add(graph, "dense outputs");
    return TEMPER_OK;
}

/* Dense, norm, activation, dropout for each width. */
static temper_status write_mlp(const options *of, const temper_network_io *io, temper_text *graph) {
    (void)io;
    for (const char *p = of->widths; *p;) {
        size_t length = strcspn(p, "x");
        int64_t width;
        if (!temper_read_int(p, length, &width) || width < 1 || width > 1 << 20)
            return temper_fail(
                TEMPER_BAD_OPTION,
                "mlp: a width of '%.*s'; legal are whole numbers 1 … 1048576, as in mlp:100,50",
                (int)(length < 40 ? length : 40), p);
        temper_text_add(graph, "dense %lld; ", (long long)width);
        if (of->norm != NONE) temper_text_add(graph, "%s; ", of->norm == BATCH ? "batch_norm" : "layer_norm");
        temper_text_add(graph, "%s; ", activations[of->activation]);
        if (of->dropout > 0) {
            temper_text_add(graph, "dropout ");
            temper_text_real(graph, of->dropout);
            temper_text_add(graph, "; ");
        }
        p += length;
        if (*p == 'x') p++;
    }
    temper_text_add(graph, "dense outputs");
    return TEMPER_OK;
}

/* ---- lenet5: LeCun, Bottou, Bengio & Haffner (1998), with ReLU, max-pooling and full connections between feature maps ---- */

static temper_status write_lenet5(const options *of, const temper_network_io *io, temper_text *graph) {
    int64_t side = io->height < io->width ? io->height : io->width, least = 12 - 4 * of->pad;
    char other[64] = "";
    if (side >= 4)
        snprintf(other, sizeof other, "; %lldx%lld fits with lenet5:pad=2", (long long)io->height,
                 (long long)io->width);
    if (side < least)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "lenet5: images of %lldx%lld pixels are too small for its filters; legal are %lldx%lld or "
            "more with pad=%lld%s",
            (long long)io->height, (long long)io->width, (long long)least, (long long)least,
            (long long)of->pad, other);
    temper_text_add(graph,
                    "conv 6 5 pad=2; relu; max_pool 2; conv 16 5 pad=%lld; relu; max_pool 2; "
                    "dense 120; relu; dense 84; relu; dense outputs",
                    (long long)of->pad);
    return TEMPER_OK;
}

/* ---- resnet: He, Zhang, Ren & Sun (2016), section 4.2: three stages of n blocks of two 3 × 3 convolutions, depth
 * 6n + 2, shortcuts without weights (option A) ---- */

static void write_block(int64_t from, int64_t to, int64_t stride, temper_text *graph) {
    const bool down = from != to || stride > 1;
    char step[32] = "";
    if (stride > 1) snprintf(step, sizeof step, " stride=%lld", (long long)stride);
    temper_text_add(graph, "save a; ");
    if (down) temper_text_add(graph, "shortcut %lld%s; save b; from a; ", (long long)to, step);
    temper_text_add(graph,
                    "conv %lld 3%s pad=1 plain=yes; batch_norm; relu; "
                    "conv %lld 3 pad=1 plain=yes; batch_norm; add %s; relu; ",
                    (long long)to, step, (long long)to, down ? "b" : "a");
}

static temper_status write_resnet(const options *of, const temper_network_io *io, temper_text *graph) {
    (void)io;
    int64_t n = (of->depth - 2) / 6, width = of->width;
    if (of->depth < 8 || n * 6 + 2 != of->depth)
        return temper_fail(TEMPER_BAD_OPTION,
                           "resnet: depth=%lld; legal are 6n + 2: 8, 14, 20, 32, 44, 56, 110",
                           (long long)of->depth);
    temper_text_add(graph, "conv %lld 3 pad=1 plain=yes; batch_norm; relu; ", (long long)width);
    for (int stage = 0; stage < 3; stage++)
        for (int64_t k = 0; k < n; k++) {
            bool down = stage > 0 && k == 0;
            write_block(width << (stage - down), width << stage, down ? 2 : 1, graph);
        }
    temper_text_add(graph, "global_pool; dense outputs");
    return TEMPER_OK;
}

static temper_status write_resnet20(const options *of, const temper_network_io *io, temper_text *graph) {
    options twenty = *of;
    twenty.depth = 20;
    return write_resnet(&twenty, io, graph);
}

/* ---- transformer: Dosovitskiy et al. (2021): patches as tokens; blocks with the norm first; the mean over tokens
 * instead of a class token ---- */

static temper_status write_transformer(const options *of, const temper_network_io *io, temper_text *graph) {
    long long width = (long long)of->width;
    if (io->height % of->patch || io->width % of->patch)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "transformer: patch=%lld; legal are divisors of both sides of the image, %lldx%lld",
            (long long)of->patch, (long long)io->height, (long long)io->width);
    if (of->width % of->heads)
        return temper_fail(TEMPER_BAD_OPTION, "transformer: heads=%lld; legal are the divisors of width=%lld",
                           (long long)of->heads, width);
    char drop[64] = "";
    if (of->dropout > 0) {
        temper_text rate = {0};
        temper_text_real(&rate, of->dropout);
        snprintf(drop, sizeof drop, "dropout %s; ", rate.data ? rate.data : "");
        graph->failed |= rate.failed;
        temper_text_clear(&rate);
    }
    temper_text_add(graph, "conv %lld %lld stride=%lld; tokens; position; %s", width, (long long)of->patch,
                    (long long)of->patch, drop);
    for (int64_t k = 0; k < of->blocks; k++)
        temper_text_add(graph,
                        "save a; layer_norm; dense %lld; attention %lld; dense %lld; %sadd a; "
                        "save b; layer_norm; dense %lld; gelu; dense %lld; %sadd b; ",
                        3 * width, (long long)of->heads, width, drop, width * (long long)of->mlp, width,
                        drop);
    temper_text_add(graph, "layer_norm; global_pool; dense outputs");
    return TEMPER_OK;
}

static temper_status write_graph(const options *of, const temper_network_io *io, temper_text *graph) {
    (void)io;
    temper_text_add(graph, "%s", of->layers);
    return TEMPER_OK;
}

/* ---- their options ---- */

#define WHOLE(option, value, least, most, words)                                                             \
    {                                                                                                        \
        .name = #option, .kind = TEMPER_INT, .offset = offsetof(options, option), .preset = value,           \
        .low = least, .high = most, .doc = words                                                             \
    }
#define CHOICE(option, value, names, words)                                                                  \
    {                                                                                                        \
        .name = #option, .kind = TEMPER_CHOICE, .offset = offsetof(options, option), .preset = value,        \
        .choices = names, .doc = words                                                                       \
    }
#define DROPOUT(words)                                                                                       \
    {                                                                                                        \
        .name = "dropout", .kind = TEMPER_REAL, .offset = offsetof(options, dropout), .preset = "0",         \
        .low = 0, .high = 0.999, .doc = words                                                                \
    }

static const temper_option none[] = {{0}};
static const temper_option of_mlp[] = {
    {.name = "widths",
     .kind = TEMPER_STRING,
     .offset = offsetof(options, widths),
     .doc = "widths of the hidden layers; mlp:100,50 is short for widths=100x50"},
    CHOICE(activation, "relu", "relu|leaky|tanh|sigmoid|gelu|silu|softplus", "between the layers"),
    DROPOUT("rate behind each activation"),
    CHOICE(norm, "none", "none|batch|layer", "norm before each activation"),
    {0}};
static const temper_option of_lenet5[] = {
    WHOLE(pad, "0", 0, 2, "zeros around the images of the second convolution; 2 for images below 12x12"),
    {0}};
static const temper_option of_resnet20[] = {WHOLE(width, "16", 1, 4096, "channels of the first stage"), {0}};
static const temper_option of_resnet[] = {WHOLE(depth, "20", 8, 332, "layers with weights: 6n + 2"),
                                          WHOLE(width, "16", 1, 4096, "channels of the first stage"),
                                          {0}};
static const temper_option of_transformer[] = {
    WHOLE(blocks, "2", 1, 64, "blocks of attention and two dense layers"),
    WHOLE(width, "128", 1, 65536, "numbers per token"),
    WHOLE(heads, "4", 1, 4096, "heads of the attention: a divisor of width"),
    WHOLE(patch, "4", 1, 255, "a token is patch x patch pixels"),
    WHOLE(mlp, "4", 1, 64, "the inner dense layer is so many times wider"),
    DROPOUT("rate behind position and before each sum"),
    {0}};
static const temper_option of_graph[] = {
    {.name = "layers",
     .kind = TEMPER_REST,
     .offset = offsetof(options, layers),
     .doc = "layers with ';' between: conv 8 3 pad=1; relu; dense outputs"},
    {0}};

static const model models[] = {
    {{.name = "perceptron",
      .brief = "one dense layer",
      .specimen = "",
      .options = none,
      .size = sizeof(options)},
     false,
     write_perceptron},
    {{.name = "mlp",
      .brief = "dense layers with an activation between; the last one, to the outputs, is added",
      .specimen = "widths=5",
      .options = of_mlp,
      .size = sizeof(options)},
     false,
     write_mlp},
    {{.name = "lenet5",
      .brief = "conv 6 5, pool, conv 16 5, pool, dense 120, 84, outputs; ReLU, max-pooling",
      .reference = "Y. LeCun, L. Bottou, Y. Bengio & P. Haffner, Proc. IEEE 86, 2278 (1998)",
      .specimen = "",
      .options = of_lenet5,
      .size = sizeof(options)},
     true,
     write_lenet5},
    {{.name = "resnet20",
      .brief = "the residual network of 20 layers for CIFAR, shortcuts without weights (option A)",
      .reference = "K. He, X. Zhang, S. Ren & J. Sun, CVPR 2016, section 4.2",
      .specimen = "width=2",
      .options = of_resnet20,
      .size = sizeof(options)},
     true,
     write_resnet20},
    {{.name = "resnet",
      .brief = "residual network of 6n + 2 layers for small images",
      .reference = "K. He, X. Zhang, S. Ren & J. Sun, CVPR 2016, section 4.2",
      .specimen = "depth=8,width=2",
      .options = of_resnet,
      .size = sizeof(options)},
     true,
     write_resnet},
    {{.name = "transformer",
      .brief = "vision transformer: patches as tokens, norm first, mean over tokens",
      .reference = "A. Dosovitskiy et al., ICLR 2021",
      .specimen = "blocks=1,width=8,heads=2",
      .options = of_transformer,
      .size = sizeof(options)},
     true,
     write_transformer},
    {{.name = "graph",
      .brief = "layers of one's own; 'temper list layers' shows them",
      .specimen = "dense 5; relu; dense outputs",
      .options = of_graph,
      .size = sizeof(options)},
     false,
     write_graph},
};
enum { MODELS = sizeof models / sizeof *models };

const temper_about *temper_model_entry(int k) { return k >= 0 && k < MODELS ? &models[k].about : NULL; }

static temper_status find(const char *text, const model **found) {
    const char *names[MODELS];
    char name[64];
    size_t length = strcspn(text, ":");
    snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text);
    for (int k = 0; k < MODELS; k++) {
        names[k] = models[k].about.name;
        if (!strcmp(names[k], name)) return *found = &models[k], TEMPER_OK;
    }
    const char *near = temper_nearest(name, names, MODELS);
    return temper_fail(TEMPER_BAD_OPTION, "there is no model '%.40s'; %s%s%s", name,
                       near ? "did you mean '" : "'temper list models' shows what there is", near ? near : "",
                       near ? "'?" : "");
}

/* mlp:100,50,norm=batch is widths=100x50,norm=batch. */
static void name_widths(const char *given, temper_text *named) {
    int n = 0;
    while (*given && *given != '=' && given[strcspn(given, ",=")] != '=') {
        size_t length = strcspn(given, ",");
        temper_text_add(named, "%s", n++ ? "x" : "widths=");
        temper_text_bytes(named, given, length);
        given += length;
        if (*given == ',') given++;
    }
    temper_text_add(named, "%s%s", n && *given ? "," : "", given);
}

/* Back again: mlp:100,50,activation=relu,… */
static void short_widths(char *spelled) {
    char *from = strstr(spelled, "widths="), *to = from;
    if (!from) return;
    from += strlen("widths=");
    for (; *from && *from != ','; from++) *to++ = *from == 'x' ? ',' : *from;
    memmove(to, from, strlen(from) + 1);
}

temper_status net_model_read(const char *text, const temper_network_io *io, char **spelled, char **graph) {
    const model *m = NULL;
    void *self = NULL;
    temper_text given = {0}, layers = {0};
    *spelled = *graph = NULL;
    temper_status bad = find(text, &m);
    if (bad) return bad;
    const char *rest = text + strcspn(text, ":");
    rest += *rest == ':';
    if (m->write == write_mlp)
        name_widths(rest, &given);
    else
        temper_text_add(&given, "%s", rest);
    bad = given.failed ? TEMPER_NO_MEMORY : temper_options_read(&m->about, given.data, &self, spelled);
    temper_text_clear(&given);
    if (!bad && m->image && io->channels == 0)
        bad = temper_fail(TEMPER_BAD_OPTION, "%s: takes images; the data are vectors of %lld features",
                          m->about.name, (long long)io->features);
    if (!bad) bad = m->write(self, io, &layers);
    if (!bad && !(*graph = temper_text_take(&layers))) bad = TEMPER_NO_MEMORY;
    temper_text_clear(&layers);
    if (self) temper_options_free(&m->about, self, NULL);
    if (!bad && m->write == write_mlp) short_widths(*spelled);
    if (bad || m->write == write_graph) { /* a graph spells out its layers itself */
        temper_release(*spelled);
        *spelled = NULL;
    }
    return bad;
}
