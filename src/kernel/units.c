#include "kernel/units.h"

enum { TILE = 16, RELU_TILES = 96 }; /* units_body.h: 32 rounds of three tiles */

int64_t temper_unit_words(temper_unit unit) { return unit == TEMPER_RELU ? TILE * RELU_TILES : TILE; }

const temper_unit_kernels *temper_unit_kernel_of(temper_cpu level) {
    return level >= TEMPER_CPU_AVX512 ? &temper_units_avx512
           : level == TEMPER_CPU_AVX2 ? &temper_units_avx2
                                      : &temper_units_ref;
}

const temper_unit_kernels *temper_unit_kernel(void) { return temper_unit_kernel_of(temper_cpu_level()); }
