/* Layers of 0/1 units with the instruction set of this level. */
#define GIBBS_TABLE temper_gibbs_avx512
#define GIBBS_WORDS temper_words_avx512
#include "kernel/levels.h"
#include "kernel/gibbs_body.h"
