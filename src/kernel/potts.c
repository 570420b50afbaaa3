/* Which kernels of Potts machines are in use: those of the cpu level. */
#include "kernel/potts.h"
#include "temper/cpu.h"

extern const temper_potts_kernels temper_potts_ref, temper_potts_avx2, temper_potts_avx512;

const temper_potts_kernels *temper_potts_kernel_of(int level) {
    if (level >= TEMPER_CPU_AVX512) return &temper_potts_avx512;
    if (level >= TEMPER_CPU_AVX2) return &temper_potts_avx2;
    return &temper_potts_ref;
}

const temper_potts_kernels *temper_potts_kernel(void) { return temper_potts_kernel_of(temper_cpu_level()); }
