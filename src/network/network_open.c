/* Model files by the end of their path. */
#include <string.h>
#include "base/map.h"
#include "base/memory.h"
#include "network/network_match.h"
#include "temper/onnx.h"

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length > tail && !strcmp(path + length - tail, end);
}

bool temper_model_named(const char *path) {
    return ends_with(path, ".onnx") || ends_with(path, ".safetensors") || ends_with(path, ".npz");
}

void temper_model_clear(temper_model *model) {
    temper_network_free(model->network);
    temper_release(model->theta);
    temper_release(model->statistics);
    temper_release(model->remarks);
    *model = (temper_model){0};
}

static temper_status open_onnx(temper_model *model, const char *path, const temper_model_how *how) {
    temper_map map;
    temper_status bad = temper_map_file(&map, path);
    if (bad) return bad;
    const size_t length = strlen(path);
    bad = temper_onnx_parse(model, length > 200 ? path + length - 200 : path, map.at, map.length, how);
    temper_unmap(&map);
    return bad;
}

/* The graph: the caller's text, or the note that temper writes. */
static temper_status make(temper_model *model, const temper_named *file, const temper_model_how *how) {
    const char *text = how && how->text ? how->text : temper_named_note(file, "model");
    if (!text)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: holds weights alone; say which model they are of, as mlp:100,50", file->name);
    if (!how || !how->io)
        return temper_fail(TEMPER_BAD_OPTION, "%s: holds weights alone; say what the data are", file->name);
    model->io = *how->io;
    model->objective.loss = how->io->outputs > 1 ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    if (how->objective) model->objective = *how->objective;
    temper_status bad = temper_network_create(&model->network, text, &model->io, &model->objective);
    if (bad) return bad;
    const size_t P = (size_t)temper_network_parameters(model->network),
                 S = (size_t)temper_network_statistics(model->network);
    model->theta = temper_alloc(P, sizeof *model->theta);
    if (S) model->statistics = temper_alloc(S, sizeof *model->statistics);
    return model->theta && (!S || model->statistics) ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status open_weights(temper_model *model, const char *path, const temper_model_how *how) {
    temper_named file = {0};
    temper_text remarks = {0};
    temper_status bad = temper_named_open(&file, path);
    if (!bad) bad = make(model, &file, how);
    if (!bad) bad = net_weights_take(&file, model->network, model->theta, model->statistics, &remarks);
    if (!bad && !(model->remarks = temper_strdup(remarks.data ? remarks.data : ""))) bad = TEMPER_NO_MEMORY;
    temper_text_clear(&remarks);
    temper_named_close(&file);
    return bad;
}

temper_status temper_model_open(temper_model *model, const char *path, const temper_model_how *how) {
    *model = (temper_model){0};
    if (ends_with(path, ".onnx")) return open_onnx(model, path, how);
    if (temper_model_named(path)) return open_weights(model, path, how);
    return temper_fail(TEMPER_BAD_OPTION, "%s: model files end in .onnx, .safetensors or .npz", path);
}

temper_status temper_model_write(const char *path, const temper_model *model) {
    if (ends_with(path, ".onnx"))
        return temper_onnx_write(path, model->network, model->theta, model->statistics);
    return temper_weights_write(path, model->network, model->theta, model->statistics, NULL);
}
