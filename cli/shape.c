#include "shape.h"
#include <stdlib.h>
#include <string.h>

/* A whole number of at least 1, up to `stop`. */
static bool whole(const char **text, char stop, int64_t *n) {
    char *end;
    if (**text < '0' || **text > '9') return false;
    *n = strtoll(*text, &end, 10);
    bool ok = *n >= 1 && *n <= INT32_MAX && *end == stop;
    *text = end + (*end != 0);
    return ok;
}

temper_status temper_cli_read_count(const char *verb, const char *flag, const char *text, int64_t *n) {
    const char *at = text;
    if (whole(&at, 0, n)) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "%s: --%s %.60s is not a whole number of 1 or more", verb, flag,
                       text);
}

/* 3x32x32, or 13. */
static temper_status read_input(const temper_cli_shape *shape, temper_network_io *io) {
    const char *at = shape->input;
    if (!strchr(at, 'x')) return temper_cli_read_count(shape->verb, "input", at, &io->features);
    if (!whole(&at, 'x', &io->channels) || !whole(&at, 'x', &io->height) || !whole(&at, 0, &io->width) ||
        io->channels * io->height > INT32_MAX)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "%s: --input %.60s; legal are CHANNELSxHEIGHTxWIDTH, as 3x32x32, and the length of a vector, as 13",
            shape->verb, shape->input);
    io->features = io->channels * io->height * io->width;
    return TEMPER_OK;
}

static temper_status read_data(const char *data, temper_network_io *io, bool *labels) {
    temper_dataset *dataset;
    temper_status bad = temper_dataset_create(&dataset, data);
    if (bad) return bad;
    const temper_samples *s = &dataset->data;
    *io = (temper_network_io){s->features, s->channels, s->height, s->width, s->y ? s->classes : s->outputs};
    *labels = s->y != NULL;
    temper_dataset_free(dataset);
    return TEMPER_OK;
}

temper_status temper_cli_read_shape(const temper_cli_shape *shape, temper_network_io *io, bool *labels) {
    const size_t length = shape->file ? strlen(shape->file) : 0;
    const bool knows = length > 5 && !strcmp(shape->file + length - 5, ".onnx");
    *io = (temper_network_io){.outputs = knows ? 0 : 10};
    *labels = true;
    if (shape->data && (shape->input || shape->outputs))
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: --data says what --input and --outputs say; legal is one of them",
                           shape->verb);
    temper_status bad = shape->data ? read_data(shape->data, io, labels) : TEMPER_OK;
    if (!bad && shape->input) bad = read_input(shape, io);
    if (!bad && shape->outputs)
        bad = temper_cli_read_count(shape->verb, "outputs", shape->outputs, &io->outputs);
    return bad;
}

temper_status temper_cli_read_loss(const temper_cli_shape *shape, bool labels, temper_loss *loss) {
    static const char *const names[] = {"cross_entropy", "squared", "gaussian", "hinge"};
    const char *text = shape->loss;
    *loss = labels ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    if (!text) return TEMPER_OK;
    for (int k = 0; k < 4; k++)
        if (!strcmp(names[k], text)) return *loss = (temper_loss)k, TEMPER_OK;
    const char *near = temper_closest(text, names, 4);
    return temper_fail(TEMPER_BAD_OPTION,
                       "%s: --loss %.60s; legal are cross_entropy, squared, gaussian, hinge%s%s%s",
                       shape->verb, text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
