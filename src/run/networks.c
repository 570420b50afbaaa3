#include "run/networks.h"
#include "base/memory.h"

temper_status temper_networks_open(temper_networks *n, const char *run, const char *verb) {
    temper_text path = {0}, folder = {0};
    char *text = NULL;
    size_t length;
    temper_text_add(&path, "%s/network.json", run);
    temper_text_add(&folder, "%s/weights", run);
    n->folder = temper_text_take(&folder);
    temper_status bad =
        path.failed || !n->folder ? TEMPER_NO_MEMORY : temper_read_file(path.data, 1 << 28, &text, &length);
    if (bad == TEMPER_BAD_FILE)
        bad = temper_fail(bad, "%s (%s needs the directory of a finished 'temper train --out')",
                          temper_message(), verb);
    if (!bad) bad = temper_model_file_read(&n->file, path.data, text, length);
    if (!bad)
        bad = temper_network_create(&n->network, n->file.model, &n->file.io,
                                    &(temper_objective){.loss = n->file.loss});
    if (!bad) {
        n->parameters = temper_network_parameters(n->network);
        n->statistics = temper_network_statistics(n->network);
    }
    temper_text_clear(&path);
    temper_release(text);
    return bad;
}

void temper_networks_clear(temper_networks *n) {
    temper_network_free(n->network);
    temper_model_file_clear(&n->file);
    temper_release(n->folder);
    *n = (temper_networks){0};
}

temper_status temper_networks_weights(const temper_networks *n, int64_t r, int64_t k, float *theta,
                                      float *statistics) {
    temper_model_place place = {n->file.first + r, k, n->file.samples};
    return temper_model_weights_read(n->folder, n->network, place, theta, statistics);
}

bool temper_networks_labels(const temper_networks *n) {
    return n->file.loss == TEMPER_CROSS_ENTROPY || n->file.loss == TEMPER_HINGE;
}

temper_status temper_networks_suit(const temper_networks *n, const temper_dataset *data, const char *verb) {
    const temper_samples *s = &data->data;
    if (s->features != n->file.io.features)
        return temper_fail(TEMPER_BAD_DATA, "%s: %s has %lld features, the network was trained on %lld", verb,
                           data->text, (long long)s->features, (long long)n->file.io.features);
    if (temper_networks_labels(n) && s->y && s->classes > n->file.io.outputs)
        return temper_fail(TEMPER_BAD_DATA, "%s: %s has %lld classes, the network was trained on %lld", verb,
                           data->text, (long long)s->classes, (long long)n->file.io.outputs);
    return TEMPER_OK;
}

bool temper_networks_known(const temper_networks *n, const temper_dataset *data) {
    const temper_samples *s = &data->data;
    int64_t outputs = n->file.io.outputs;
    return temper_networks_labels(n) ? s->y && s->classes == outputs : s->t && s->outputs == outputs;
}
