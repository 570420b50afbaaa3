/* network_match: which array of a file is which of a network. */
#ifndef TEMPER_NETWORK_MATCH_H
#define TEMPER_NETWORK_MATCH_H

#include "base/text.h"
#include "data/named.h"
#include "network/network.h"

/* Does the file have an array with the name of each of the network's? */
bool net_weights_named(const temper_named *file, const temper_network *network);
/* Other names ("layer1.0.conv1.weight"): by shape, and by their numbers where several have one shape; see network_match.c. which[k] is the array of
 * the file for array k. TEMPER_BAD_DATA where that is not clear. */
temper_status net_weights_match(const temper_named *file, const temper_network *network, int *which,
                                temper_text *remarks);
/* Takes all numbers, by name; with remarks, else by net_weights_match. */
temper_status net_weights_take(const temper_named *file, const temper_network *network, float *theta,
                               float *statistics, temper_text *remarks);

#endif
