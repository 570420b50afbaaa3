/* A trained network of a run as a model that stands alone. */
#include "base/memory.h"
#include "run/networks.h"
#include "temper/onnx.h"

static temper_status take(temper_model *model, temper_networks *networks, int64_t member, int64_t sample) {
    const temper_model_file *file = &networks->file;
    if (member < 0 || member >= file->members)
        return temper_fail(TEMPER_BAD_OPTION, "convert: member=%lld is outside 0 ... %lld of this run",
                           (long long)member, (long long)file->members - 1);
    if (sample < 0 || sample >= file->samples)
        return temper_fail(TEMPER_BAD_OPTION, "convert: sample=%lld is outside 0 ... %lld of this run",
                           (long long)sample, (long long)file->samples - 1);
    model->theta = temper_alloc((size_t)networks->parameters, sizeof *model->theta);
    if (networks->statistics)
        model->statistics = temper_alloc((size_t)networks->statistics, sizeof *model->statistics);
    model->remarks = temper_strdup("");
    if (!model->theta || !model->remarks || (networks->statistics && !model->statistics))
        return TEMPER_NO_MEMORY;
    model->io = file->io, model->objective.loss = file->loss;
    model->network = networks->network, networks->network = NULL;
    const temper_networks view = {.file = *file, .network = model->network, .folder = networks->folder};
    temper_status bad = temper_networks_weights(&view, member, sample, model->theta, model->statistics);
    return bad ? bad : temper_model_unscale(model, &file->scaling);
}

temper_status temper_model_of_run(temper_model *model, const char *run, int64_t member, int64_t sample) {
    temper_networks networks = {0};
    *model = (temper_model){0};
    temper_status bad = temper_networks_open(&networks, run, "convert");
    if (!bad) bad = take(model, &networks, member, sample);
    temper_networks_clear(&networks);
    if (bad) temper_model_clear(model);
    return bad;
}
