/* The laws of units with the instruction set of this level. */
#define UNITS_TABLE temper_units_avx512
#include "kernel/units_body.h"
