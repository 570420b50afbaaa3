/* Products of sums of odds with the instruction set of this level. */
#define ODDS_TABLE temper_odds_avx512
#include "kernel/odds_body.h"
