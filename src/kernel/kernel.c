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

/* What vnni and amx have beyond avx512 is of no use to these. */
const temper_kernels *temper_kernel_of(temper_cpu level) {
    return &levels[level < TEMPER_CPU_AVX512 ? level : TEMPER_CPU_AVX512];
}
const temper_kernels *temper_kernel(void) { return temper_kernel_of(temper_cpu_level()); }
