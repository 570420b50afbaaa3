/* Which network kernels are in use: those of the cpu level; in double there is only the reference. */
#include "kernel/net.h"
#include "temper/cpu.h"

extern const temper_net_kernels REAL(temper_net_ref);
#ifndef TEMPER_F64
extern const temper_net_kernels temper_net_avx2, temper_net_avx512;
#endif

const temper_net_kernels *temper_net_kernel_of(int level) {
#ifndef TEMPER_F64
    if (level >= TEMPER_CPU_AVX512) return &temper_net_avx512;
    if (level == TEMPER_CPU_AVX2) return &temper_net_avx2;
#endif
    (void)level;
    return &REAL(temper_net_ref);
}

const temper_net_kernels *temper_net_kernel(void) { return temper_net_kernel_of(temper_cpu_level()); }
