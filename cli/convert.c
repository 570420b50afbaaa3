/* temper convert: a model file, or a network of a run, as another model file. */
#include <stdio.h>
#include <string.h>
#include "flags.h"
#include "shape.h"

typedef struct {
    char files[8192]; /* "IN\nOUT", as the command line joins them */
    const char *data, *input, *outputs, *loss, *model, *member, *sample;
    bool help;
} request;

static temper_status set(void *context, const char *name, const char *value, bool of_job) {
    request *r = context;
    (void)of_job;
    const struct {
        const char *name, **place;
    } text[] = {{"data", &r->data},   {"input", &r->input},   {"outputs", &r->outputs}, {"loss", &r->loss},
                {"model", &r->model}, {"member", &r->member}, {"sample", &r->sample}};
    for (int k = 0; k < 7; k++)
        if (!strcmp(name, text[k].name)) *text[k].place = value;
    if (!strcmp(name, "files") && snprintf(r->files, sizeof r->files, "%s", value) >= (int)sizeof r->files)
        return temper_fail(TEMPER_BAD_OPTION, "convert: paths of more than %zu letters", sizeof r->files - 1);
    r->help |= !strcmp(name, "help");
    return TEMPER_OK;
}

static temper_status split(char *files, const char **out) {
    char *end = strchr(files, '\n');
    if (!end || strchr(end + 1, '\n'))
        return temper_fail(TEMPER_BAD_OPTION,
                           "convert: needs two files, as in temper convert net.onnx net.safetensors");
    *end = 0, *out = end + 1;
    return TEMPER_OK;
}

static temper_status open_file(const request *r, const char *in, temper_model *model) {
    const temper_cli_shape shape = {"convert", r->data, r->input, r->outputs, r->loss, in};
    temper_network_io io;
    temper_objective objective = {0};
    bool labels;
    if (r->member || r->sample)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "convert: --member and --sample are for the directory of a run; %.200s is one network", in);
    temper_status bad = temper_cli_read_shape(&shape, &io, &labels);
    if (!bad) bad = temper_cli_read_loss(&shape, labels, &objective.loss);
    const bool known = r->data || r->input;
    const temper_model_how how = {r->model, known ? &io : NULL, r->data || r->loss ? &objective : NULL};
    return bad ? bad : temper_model_open(model, in, &how);
}

/* From 0; absent: 0. */
static temper_status read_place(const char *flag, const char *text, int64_t *n) {
    *n = 0;
    return !text || !strcmp(text, "0") ? TEMPER_OK : temper_cli_read_count("convert", flag, text, n);
}

static temper_status open_run(const request *r, const char *in, temper_model *model) {
    int64_t member, sample;
    if (r->data || r->input || r->outputs || r->loss || r->model)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "convert: the directory of a run knows its model and data; --data, --input, --outputs, "
            "--loss and --model are for files");
    temper_status bad = read_place("member", r->member, &member);
    if (!bad) bad = read_place("sample", r->sample, &sample);
    return bad ? bad : temper_model_of_run(model, in, member, sample);
}

static temper_status convert(const request *r, const char *in, const char *out) {
    temper_model model = {0};
    temper_status bad = TEMPER_OK;
    if (!temper_model_named(out))
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "convert: %.200s: model files end in .onnx, .safetensors or .npz", out);
    if (!bad) bad = temper_model_named(in) ? open_file(r, in, &model) : open_run(r, in, &model);
    if (!bad) bad = temper_model_write(out, &model);
    if (!bad) {
        fputs(model.remarks, stderr);
        printf("%s\n%lld parameters, %lld statistics\n", temper_network_text(model.network),
               (long long)temper_network_parameters(model.network),
               (long long)temper_network_statistics(model.network));
    }
    temper_model_clear(&model);
    return bad;
}

static int run(const temper_cli_command *command, int argc, char **argv) {
    request r = {0};
    const char *out = NULL;
    temper_status bad = temper_cli_parse(command, argc, argv, (temper_cli_sink){&r, set});
    if (!bad && r.help) return temper_cli_usage(command);
    if (!bad) bad = split(r.files, &out);
    if (!bad) bad = convert(&r, r.files, out);
    return bad ? temper_cli_failed(bad) : temper_cli_print("");
}

static const temper_cli_flag flags[] = {
    {"model", 0, "TEXT", "what weights alone belong to: mlp:100,50"},
    {"data", 0, "DATA", "what goes in and comes out: as in this data set"},
    {"input", 0, "SHAPE", "the same without data: 3x32x32, or 13 for a vector"},
    {"outputs", 0, "N", "with --input: classes, or numbers per target (default 10)"},
    {"loss", 0, "LOSS", "cross_entropy, squared, gaussian or hinge (default: by the data)"},
    {"member", 0, "K", "of a run, from 0 (default 0); what scales its data is folded into its weights"},
    {"sample", 0, "K", "of a member that was sampled, from 0 (default 0)"},
    {"help", 'h', NULL, "this page"},
    {0}};

const temper_cli_command temper_cli_convert = {
    .name = "convert",
    .brief = "a model file (ONNX, safetensors, npz) or a trained run as another model file",
    .usage = "convert IN | RUN OUT [--member K] [--model TEXT] [--data DATA | --input SHAPE]",
    .examples = "  temper convert net.onnx net.safetensors\n"
                "  temper convert run1 net.onnx --member 2\n"
                "  temper convert weights.npz net.onnx --model mlp:100,50 --data digits\n",
    .positional = "files",
    .many = true,
    .flags = flags,
    .run = run};
