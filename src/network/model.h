/* model: from text to graph. Compiled twice like the engine: a graph knows the ops of its own precision. */
#ifndef TEMPER_NETWORK_MODEL_H
#define TEMPER_NETWORK_MODEL_H

#include "network/graph.h"
#include "temper/status.h"

/* Builds the graph of "mlp:100,50", "lenet5", "graph:…" for this input and number of outputs. *text: spelled out, released by the
 * caller. *graph is one allocation. */
#define net_graph_build REAL(net_graph_build)
temper_status net_graph_build(net_graph **graph, const char *model, const temper_network_io *io,
                              int64_t outputs, char **text);
/* Marks first writers, data tangents, offsets of θ and statistics, and what may lie in place. Called by net_graph_build. */
#define net_graph_finish REAL(net_graph_finish)
void net_graph_finish(net_graph *graph);

#endif
