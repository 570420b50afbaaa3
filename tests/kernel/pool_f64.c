/* The double build of pooling: the same scalar loops, in double. */
#define TEMPER_F64
#include "pool.c"
