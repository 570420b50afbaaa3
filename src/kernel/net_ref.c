/* The network kernels with the instruction set of this level. */
#define NET_TABLE REAL(temper_net_ref)
#include "kernel/net_body.h"
