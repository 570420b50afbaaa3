/* network: what temper_network is made of. One graph in each precision; they differ in their ops alone. */
#ifndef TEMPER_NETWORK_NETWORK_H
#define TEMPER_NETWORK_NETWORK_H

#include "network/graph.h"

struct temper_network {
    net_graph *graph, *graph_f64;
    char *text; /* every option spelled out */
    temper_network_io io;
    temper_objective objective;
};

#endif
