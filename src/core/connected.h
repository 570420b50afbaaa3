/* Pairwise machines as machines of categories. The rest of connected.c is public: temper/machine.h. */
#ifndef TEMPER_CORE_CONNECTED_H
#define TEMPER_CORE_CONNECTED_H

#include "core/potts.h"
#include "temper/couplings.h"

/* A copy of θ of a machine with couplings of all pairs in the layout of core/potts.h and the zero-sum gauge, units of two values (0 or −1 first) being
 * categories of q = 2. Released by the caller; shape has no slabs. */
temper_status temper_potts_form(const temper_machine *machine, temper_potts *shape, float **theta);

/* temper_params_read of bytes that came from the file `name`. */
temper_status temper_params_parse(temper_machine **machine, const char *alphabet, const char *name,
                                  const char *bytes, size_t length);

#endif
