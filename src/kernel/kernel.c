#include "kernel/kernel.h"
#include "kernel/levels.h"

static const temper_kernels levels[] = {
    [TEMPER_CPU_REF] = {temper_words_ref, temper_lattice_row_ref, temper_differing_ref, temper_lanes_add_ref,
                        temper_lanes_dot_ref},
    [TEMPER_CPU_AVX2] = {temper_words_avx2, temper_lattice_row_avx2, temper_differing_avx2,
                         temper_lanes_add_avx2, temper_lanes_dot_avx2},
    [TEMPER_CPU_AVX512] = {temper_words_avx512, temper_lattice_row_avx512, temper_differing_avx512,
                           temper_lanes_add_avx512, temper_lanes_dot_avx512},
};

const temper_kernels *temper_kernel_of(temper_cpu level) { return &levels[level]; }
const temper_kernels *temper_kernel(void) { return &levels[temper_cpu_level()]; }
