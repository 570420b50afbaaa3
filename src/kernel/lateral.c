/* Which kernels of pairwise machines are in use: those of the cpu level. */
#include "kernel/lateral.h"
#include "temper/cpu.h"

extern const temper_lateral_kernels temper_lateral_ref, temper_lateral_avx2, temper_lateral_avx512;

const temper_lateral_kernels *temper_lateral_kernel_of(int level) {
    if (level >= TEMPER_CPU_AVX512) return &temper_lateral_avx512;
    if (level >= TEMPER_CPU_AVX2) return &temper_lateral_avx2;
    return &temper_lateral_ref;
}

const temper_lateral_kernels *temper_lateral_kernel(void) {
    return temper_lateral_kernel_of(temper_cpu_level());
}
