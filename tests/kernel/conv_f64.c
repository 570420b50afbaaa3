/* The double build of convolutions: the same scalar loops, in double. */
#define TEMPER_F64
#include "conv.c"
