/* temper_network: from text to the two graphs, one for each precision. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "network/model.h"
#include "network/network.h"

temper_status net_graph_build_f64(net_graph **graph, const char *model, const temper_network_io *io,
                                  int64_t outputs, char **text);

static temper_status check(const temper_network_io *io, const temper_objective *objective) {
    double smoothing = objective->smoothing, confidence = objective->confidence;
    temper_loss loss = objective->loss;
    if (!(smoothing >= 0 && smoothing < 1))
        return temper_fail(TEMPER_BAD_OPTION, "network: smoothing=%g is outside 0 ≤ smoothing < 1",
                           smoothing);
    if (!(confidence >= 0 && confidence <= 10))
        return temper_fail(TEMPER_BAD_OPTION, "network: confidence=%g is outside 0 … 10", confidence);
    if ((smoothing > 0 || confidence > 0) && loss != TEMPER_CROSS_ENTROPY)
        return temper_fail(TEMPER_BAD_OPTION, "network: %s=%g is for cross-entropy alone; legal here is 0",
                           smoothing > 0 ? "smoothing" : "confidence",
                           smoothing > 0 ? smoothing : confidence);
    bool labels = loss == TEMPER_CROSS_ENTROPY || loss == TEMPER_HINGE;
    int64_t least = labels ? 2 : 1;
    if (io->outputs < least || io->outputs > INT32_MAX / 2)
        return temper_fail(TEMPER_BAD_OPTION, "network: outputs=%lld; legal are %lld … %d %s",
                           (long long)io->outputs, (long long)least, INT32_MAX / 2,
                           labels ? "classes" : "numbers per target");
    return TEMPER_OK;
}

temper_status temper_network_create(temper_network **out, const char *model, const temper_network_io *io,
                                    const temper_objective *objective) {
    *out = NULL;
    temper_status bad = check(io, objective);
    if (bad) return bad;
    temper_network *network = temper_alloc(1, sizeof *network);
    if (!network) return TEMPER_NO_MEMORY;
    int64_t outputs = objective->loss == TEMPER_GAUSSIAN_NLL ? 2 * io->outputs : io->outputs;
    char *again = NULL;
    network->io = *io, network->objective = *objective;
    bad = net_graph_build(&network->graph, model, io, outputs, &network->text);
    if (!bad) bad = net_graph_build_f64(&network->graph_f64, model, io, outputs, &again);
    temper_release(again);
    if (!bad)
        *out = network;
    else
        temper_network_free(network);
    return bad;
}

void temper_network_free(temper_network *network) {
    if (!network) return;
    temper_release(network->graph);
    temper_release(network->graph_f64);
    temper_release(network->text);
    temper_release(network);
}

const char *temper_network_text(const temper_network *network) { return network->text; }

int64_t temper_network_parameters(const temper_network *network) { return network->graph->parameters; }

int64_t temper_network_statistics(const temper_network *network) { return network->graph->statistics; }

int64_t temper_network_outputs(const temper_network *network) {
    return network->graph->node[network->graph->nodes - 1].features;
}
