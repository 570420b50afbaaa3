/* The layers of a graph text: names, options, ranges. `temper list layers` and `temper describe conv` print these tables. */
#include <ctype.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "kernel/net.h"
#include "network/layers.h"

#define WHOLE(option, field, value, least, most, words)                                                      \
    {                                                                                                        \
        .name = option, .kind = TEMPER_INT, .offset = offsetof(net_layer, field), .preset = value,           \
        .low = least, .high = most, .doc = words                                                             \
    }

static const temper_option none[] = {{0}};
static const temper_option dense[] = {
    WHOLE("outputs", outputs, "0", 0, 1 << 24,
          "numbers that it gives; 0, or the word outputs: as many as the data ask for"),
    {.name = "plain",
     .kind = TEMPER_FLAG,
     .offset = offsetof(net_layer, plain),
     .preset = "no",
     .doc = "without a bias"},
    {0}};
static const temper_option conv[] = {
    WHOLE("filters", outputs, NULL, 1, 1 << 20, "channels that it gives"),
    WHOLE("size", size, NULL, 1, 255, "its filters have size x size taps"),
    WHOLE("stride", stride, "1", 1, 255, "pixels from one output to the next"),
    WHOLE("pad", pad, "0", 0, 254, "rows and columns of zeros around the image"),
    {.name = "plain",
     .kind = TEMPER_FLAG,
     .offset = offsetof(net_layer, plain),
     .preset = "no",
     .doc = "without a bias, for the norm behind it has one"},
    {0}};
static const temper_option pool[] = {
    WHOLE("size", size, NULL, 1, 15, "windows of size x size pixels"),
    WHOLE("stride", stride, "0", 0, 255, "pixels from one window to the next; 0: as many as size"),
    {0}};
static const temper_option leaky[] = {{.name = "slope",
                                       .kind = TEMPER_REAL,
                                       .offset = offsetof(net_layer, slope),
                                       .preset = "0.01",
                                       .low = 0,
                                       .high = 1,
                                       .doc = "slope below 0"},
                                      {0}};
static const temper_option dropout[] = {{.name = "rate",
                                         .kind = TEMPER_REAL,
                                         .offset = offsetof(net_layer, rate),
                                         .low = 0,
                                         .high = 0.999,
                                         .doc = "probability that a number is 0 in training"},
                                        {0}};
static const temper_option attention[] = {
    WHOLE("heads", heads, "1", 1, 4096, "heads; a divisor of the width"), {0}};
static const temper_option embedding[] = {
    WHOLE("vocabulary", vocabulary, NULL, 1, 2147483647, "tokens are numbers 0 ... vocabulary-1"),
    WHOLE("width", outputs, NULL, 1, 1 << 20, "length of a token's vector"),
    {0}};
static const temper_option shortcut[] = {
    WHOLE("channels", outputs, NULL, 1, 1 << 20, "channels that it gives; those that the input lacks are 0"),
    WHOLE("stride", stride, "1", 1, 255, "takes every stride-th pixel"),
    WHOLE("front", pad, "0", 0, 1 << 20, "so many of the channels of 0 come first, the others last"),
    {0}};
static const temper_option joint[] = {{.name = "name",
                                       .kind = TEMPER_STRING,
                                       .offset = offsetof(net_layer, name),
                                       .doc = "letters, digits and _"},
                                      {0}};

#define LAYER(id, words, table, of, sample)                                                                  \
    {                                                                                                        \
        .about = {.name = id,                                                                                \
                  .brief = words,                                                                            \
                  .options = table,                                                                          \
                  .specimen = sample,                                                                        \
                  .size = sizeof(net_layer)},                                                                \
        .op = of                                                                                             \
    }
#define POINTWISE(id, words, table, kind)                                                                    \
    {                                                                                                        \
        .about = {.name = id, .brief = words, .options = table, .specimen = "", .size = sizeof(net_layer)},  \
        .op = "pointwise", .pointwise = kind                                                                 \
    }

static const net_layer_type types[] = {
    LAYER("dense", "y = W x + b of a vector, or of each token; an image is flattened first", dense, "dense",
          ""),
    LAYER("conv", "convolution of an image with `filters` filters of size x size taps, and a bias", conv,
          "conv", "filters=4,size=3"),
    LAYER("max_pool", "largest pixel of each window", pool, "max_pool", "size=2"),
    LAYER("avg_pool", "mean of each window", pool, "avg_pool", "size=2"),
    LAYER("global_pool", "mean over all pixels of a channel, or over all tokens", none, "global_pool", ""),
    POINTWISE("relu", "max(0, x)", none, TEMPER_RECTIFIER),
    POINTWISE("leaky", "x above 0, slope x below", leaky, TEMPER_LEAKY),
    POINTWISE("tanh", "tanh x", none, TEMPER_TANH),
    POINTWISE("sigmoid", "1/(1 + exp(-x))", none, TEMPER_SIGMOID),
    POINTWISE("gelu", "x Phi(x), Phi the law of a normal number, exact", none, TEMPER_GELU),
    POINTWISE("silu", "x/(1 + exp(-x))", none, TEMPER_SILU),
    POINTWISE("softplus", "ln(1 + exp x)", none, TEMPER_SOFTPLUS),
    LAYER("batch_norm", "each channel to mean 0 and variance 1 over the batch, then gain and bias", none,
          "batch_norm", ""),
    LAYER("layer_norm", "each token to mean 0 and variance 1 over its channels, then gain and bias", none,
          "layer_norm", ""),
    LAYER("dropout", "in training each number is 0 with probability `rate`, else divided by 1 - rate",
          dropout, "dropout", "rate=0.5"),
    LAYER("flatten", "an image as a vector", none, "flatten", ""),
    LAYER("tokens", "the pixels of an image as a sequence, its channels as their width", none, "tokens", ""),
    LAYER("position", "a learned number is added to each feature", none, "position", ""),
    LAYER("attention",
          "softmax(q kT/sqrt(width/heads)) v over tokens; its input is q, k, v: a dense layer of 3 x width",
          attention, "attention", ""),
    LAYER("embedding", "each token of the data, a number, as a learned vector", embedding, "embedding",
          "vocabulary=10,width=4"),
    LAYER("shortcut", "every stride-th pixel, more channels by zeros: option A of residual networks",
          shortcut, "shortcut", "channels=8"),
    LAYER("save", "remembers the values of this place under a name", joint, NULL, "name=a"),
    LAYER("from", "goes on from the values of that name", joint, NULL, "name=a"),
    LAYER("add", "adds the values of that name: a residual connection", joint, "add", "name=a"),
};
enum { TYPES = sizeof types / sizeof *types };

/* For the catalogue: `temper list layers`. */
const temper_about *temper_layer_entry(int k) { return k >= 0 && k < TYPES ? &types[k].about : NULL; }

static temper_status find(const char *name, const net_layer_type **type) {
    const char *names[TYPES];
    for (int k = 0; k < TYPES; k++) {
        names[k] = types[k].about.name;
        if (!strcmp(names[k], name)) return *type = &types[k], TEMPER_OK;
    }
    const char *near = temper_nearest(name, names, TYPES);
    return temper_fail(TEMPER_BAD_OPTION, "there is no layer '%.40s'; %s%s%s", name,
                       near ? "did you mean '" : "'temper list layers' shows what there is", near ? near : "",
                       near ? "'?" : "");
}

/* The words behind the name as "key=value,key=value". */
static temper_status name_values(const net_layer_type *type, const char *words, temper_text *options) {
    const temper_option *next = type->about.options;
    for (const char *p = words; *(p += strspn(p, " \t\n"));) {
        size_t length = strcspn(p, " \t\n"), key = strcspn(p, "= \t\n");
        if (options->length) temper_text_add(options, ",");
        if (key < length) {
            temper_text_bytes(options, p, length);
        } else if (!next->name || (next == dense + 1)) { /* plain needs its name */
            return temper_fail(TEMPER_BAD_OPTION, "'%.*s' is one value too many for %s",
                               (int)(length < 40 ? length : 40), p, type->about.name);
        } else {
            temper_text_add(options, "%s=", next->name);
            bool word = length == 7 && !memcmp(p, "outputs", 7);
            if (word && type->about.options == dense)
                temper_text_add(options, "0");
            else
                temper_text_bytes(options, p, length);
            next++;
        }
        p += length;
    }
    return options->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

/* What must be given stands without its name. */
static char *spell(const net_layer_type *type, const net_layer *layer) {
    temper_text text = {0};
    temper_text_add(&text, "%s", type->about.name);
    for (const temper_option *o = type->about.options; o->name; o++) {
        char value[128];
        if (!temper_option_print(o, layer, value, sizeof value)) text.failed = true;
        if (o == dense)
            temper_text_add(&text, " %s", layer->outputs ? value : "outputs");
        else if ((type->about.options == dense && !layer->plain) ||
                 (type->about.options == shortcut && o == shortcut + 2 && !layer->pad))
            continue; /* later options, left out as in texts from before them */
        else if (o->preset)
            temper_text_add(&text, " %s=%s", o->name, value);
        else
            temper_text_add(&text, " %s", value);
    }
    return temper_text_take(&text);
}

temper_status net_layer_read(const char *text, const net_layer_type **type, net_layer **layer,
                             char **spelled) {
    char name[64];
    size_t length = strcspn(text, " \t\n");
    void *self = NULL;
    char *ignored = NULL;
    temper_text options = {0};
    *layer = NULL, *spelled = NULL;
    if (length == 0) return temper_fail(TEMPER_BAD_OPTION, "there is nothing between two semicolons");
    size_t copied = length < sizeof name - 1 ? length : sizeof name - 1;
    memcpy(name, text, copied), name[copied] = 0;
    temper_status bad = find(name, type);
    if (!bad) bad = name_values(*type, text + length, &options);
    if (!bad) bad = temper_options_read(&(*type)->about, options.data ? options.data : "", &self, &ignored);
    temper_text_clear(&options);
    temper_release(ignored);
    if (bad) return bad;
    *layer = self;
    if ((*spelled = spell(*type, *layer))) return TEMPER_OK;
    net_layer_free(*type, *layer);
    *layer = NULL;
    return TEMPER_NO_MEMORY;
}

void net_layer_free(const net_layer_type *type, net_layer *layer) {
    if (layer) temper_options_free(&type->about, layer, NULL);
}
