/* temper describe: a thing and its options; a model together with data, layer by layer. */
#include <stdio.h>
#include <string.h>
#include "flags.h"
#include "shape.h"

typedef struct {
    const char *thing, *data, *input, *outputs, *loss, *batch, *model;
    bool plan, json, help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    const struct {
        const char *name, **place;
    } text[] = {{"thing", &r->thing}, {"data", &r->data},   {"input", &r->input}, {"outputs", &r->outputs},
                {"loss", &r->loss},   {"batch", &r->batch}, {"model", &r->model}};
    for (int k = 0; k < 7; k++)
        if (!strcmp(name, text[k].name)) *text[k].place = value;
    r->plan |= !strcmp(name, "plan"), r->json |= !strcmp(name, "json"), r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

/* Layers of a network; of a model file with what was done on the way here. */
static temper_status describe_network(const request *r, char **text) {
    const temper_cli_shape shape = {"describe", r->data, r->input, r->outputs, r->loss, r->thing};
    const bool file = temper_model_named(r->thing), known = r->data || r->input;
    temper_network_io io;
    temper_model model = {0};
    temper_objective objective = {0};
    bool labels;
    int64_t batch = 64;
    temper_status bad = temper_cli_read_shape(&shape, &io, &labels);
    if (!bad && r->batch) bad = temper_cli_read_count("describe", "batch", r->batch, &batch);
    if (!bad) bad = temper_cli_read_loss(&shape, labels, &objective.loss);
    const temper_model_how how = {r->model, known ? &io : NULL, r->loss || r->data ? &objective : NULL};
    if (!bad)
        bad = file ? temper_model_open(&model, r->thing, &how)
                   : temper_network_create(&model.network, r->thing, &io, &objective);
    if (!bad && file) fputs(model.remarks, stderr);
    if (!bad) bad = temper_network_describe(model.network, batch, r->plan, r->json, text);
    temper_model_clear(&model);
    return bad;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    char *text = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    bool network = r.data || r.input || (r.thing && temper_model_named(r.thing));
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
    {"model", 0, "TEXT", "of a file that holds weights alone: mlp:100,50"},
    {"plan", 0, NULL, "and where the memory goes"},
    {"json", 0, NULL, "a model as one JSON object, schema temper.network/1"},
    {"help", 'h', NULL, "this page"},
    {0}};

const temper_cli_command temper_cli_describe = {
    .name = "describe",
    .brief = "what a thing is and what options it has, with defaults, ranges and units",
    .usage = "describe NAME[:options] | FILE [--data DATA | --input SHAPE] [--batch N] [--plan] [--json]",
    .examples =
        "  temper describe wolff\n  temper describe ising:dims=64x64\n"
        "  temper describe mlp:100 --data digits --plan\n  temper describe resnet20 --input 3x32x32\n",
    .positional = "thing",
    .flags = flags,
    .run = run};
