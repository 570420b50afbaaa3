/* temper describe: a thing and its options; a model together with data, layer by layer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "flags.h"

typedef struct {
    const char *thing, *data, *input, *outputs, *loss, *batch;
    bool plan, json, help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    const struct {
        const char *name, **place;
    } text[] = {{"thing", &r->thing},     {"data", &r->data}, {"input", &r->input},
                {"outputs", &r->outputs}, {"loss", &r->loss}, {"batch", &r->batch}};
    for (int k = 0; k < 6; k++)
        if (!strcmp(name, text[k].name)) *text[k].place = value;
    r->plan |= !strcmp(name, "plan"), r->json |= !strcmp(name, "json"), r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

/* A whole number of at least 1, up to `stop`. */
static bool whole(const char **text, char stop, int64_t *n) {
    char *end;
    if (**text < '0' || **text > '9') return false;
    *n = strtoll(*text, &end, 10);
    bool ok = *n >= 1 && *n <= INT32_MAX && *end == stop;
    *text = end + (*end != 0);
    return ok;
}

static temper_status read_count(const char *flag, const char *text, int64_t *n) {
    const char *at = text;
    if (whole(&at, 0, n)) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "describe: --%s %.60s is not a whole number of 1 or more", flag,
                       text);
}

/* 3x32x32, or 13. */
static temper_status read_input(const char *text, temper_network_io *io) {
    const char *at = text;
    if (!strchr(text, 'x')) return read_count("input", text, &io->features);
    if (!whole(&at, 'x', &io->channels) || !whole(&at, 'x', &io->height) || !whole(&at, 0, &io->width) ||
        io->channels * io->height > INT32_MAX)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "describe: --input %.60s; legal are CHANNELSxHEIGHTxWIDTH, as 3x32x32, and the length of a "
            "vector, as 13",
            text);
    io->features = io->channels * io->height * io->width;
    return TEMPER_OK;
}

static temper_status read_data(const request *r, temper_network_io *io, bool *labels) {
    temper_dataset *dataset;
    temper_status bad = temper_dataset_create(&dataset, r->data);
    if (bad) return bad;
    const temper_samples *s = &dataset->data;
    *io = (temper_network_io){s->features, s->channels, s->height, s->width, s->y ? s->classes : s->outputs};
    *labels = s->y != NULL;
    temper_dataset_free(dataset);
    return TEMPER_OK;
}

static temper_status read_loss(const char *text, bool labels, temper_loss *loss) {
    static const char *const names[] = {"cross_entropy", "squared", "gaussian", "hinge"};
    *loss = labels ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    if (!text) return TEMPER_OK;
    for (int k = 0; k < 4; k++)
        if (!strcmp(names[k], text)) return *loss = (temper_loss)k, TEMPER_OK;
    const char *near = temper_closest(text, names, 4);
    return temper_fail(TEMPER_BAD_OPTION,
                       "describe: --loss %.60s; legal are cross_entropy, squared, gaussian, hinge%s%s%s",
                       text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static temper_status describe_network(const request *r, char **text) {
    temper_network_io io = {.outputs = 10};
    temper_network *network = NULL;
    temper_loss loss;
    bool labels = true;
    int64_t batch = 64;
    if (r->data && (r->input || r->outputs))
        return temper_fail(TEMPER_BAD_OPTION,
                           "describe: --data says what --input and --outputs say; legal is one of them");
    temper_status bad = r->data ? read_data(r, &io, &labels) : TEMPER_OK;
    if (!bad && r->input) bad = read_input(r->input, &io);
    if (!bad && r->outputs) bad = read_count("outputs", r->outputs, &io.outputs);
    if (!bad && r->batch) bad = read_count("batch", r->batch, &batch);
    if (!bad) bad = read_loss(r->loss, labels, &loss);
    if (!bad) bad = temper_network_create(&network, r->thing, &io, &(temper_objective){.loss = loss});
    if (!bad) bad = temper_network_describe(network, batch, r->plan, r->json, text);
    temper_network_free(network);
    return bad;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    char *text = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    bool network = r.data || r.input;
    if (!bad && !r.thing)
        bad = temper_fail(TEMPER_BAD_OPTION, "describe: needs a name; 'temper list' shows what there is");
    if (!bad && !network && (r.outputs || r.loss || r.batch || r.plan || r.json))
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "describe: --outputs, --loss, --batch, --plan and --json are for a model on "
                          "data: --data or --input is missing");
    if (!bad) bad = network ? describe_network(&r, &text) : temper_describe_text(r.thing, &text);
    int code = temper_cli_print_free(bad, text);
    return !code && r.json ? temper_cli_print("\n") : code;
}

static const temper_cli_flag flags[] = {
    {"data", 0, "DATA", "a model on this data set: its layers, parameters, work and memory"},
    {"input", 0, "SHAPE", "the same without data: 3x32x32, or 13 for a vector"},
    {"outputs", 0, "N", "with --input: classes, or numbers per target (default 10)"},
    {"loss", 0, "LOSS", "cross_entropy, squared, gaussian or hinge (default: by the data)"},
    {"batch", 0, "N", "samples of a minibatch, for the memory (default 64)"},
    {"plan", 0, NULL, "and where the memory goes"},
    {"json", 0, NULL, "a model as one JSON object, schema temper.network/1"},
    {"help", 'h', NULL, "this page"},
    {0}};

const temper_cli_command temper_cli_describe = {
    .name = "describe",
    .brief = "what a thing is and what options it has, with defaults, ranges and units",
    .usage = "describe NAME[:options] [--data DATA | --input SHAPE] [--batch N] [--plan] [--json]",
    .examples =
        "  temper describe wolff\n  temper describe ising:dims=64x64\n"
        "  temper describe mlp:100 --data digits --plan\n  temper describe resnet20 --input 3x32x32\n",
    .positional = "thing",
    .flags = flags,
    .run = run};
