/* The kernels of Potts machines with the instruction set of this level. */
#define POTTS_TABLE temper_potts_avx512
#include "kernel/potts_body.h"
