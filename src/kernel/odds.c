#include "kernel/odds.h"

const temper_odds *temper_odds_of(temper_cpu level) {
    return level >= TEMPER_CPU_AVX512 ? &temper_odds_avx512
           : level == TEMPER_CPU_AVX2 ? &temper_odds_avx2
                                      : &temper_odds_ref;
}

const temper_odds *temper_odds_now(void) { return temper_odds_of(temper_cpu_level()); }
