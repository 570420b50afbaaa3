/* The network kernels with the instruction set of this level. */
#define NET_TABLE REAL(temper_net_avx512)
#include "kernel/net_body.h"
