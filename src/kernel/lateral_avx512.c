/* The kernels of pairwise machines with the instruction set of this level. */
#define LATERAL_TABLE temper_lateral_avx512
#include "kernel/lateral_body.h"
