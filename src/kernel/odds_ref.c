/* Products of sums of odds with the instruction set of this level. */
#define ODDS_TABLE temper_odds_ref
#include "kernel/odds_body.h"
