/* The table of each level. */
#include "kernel/gibbs.h"

extern const temper_gibbs_kernels temper_gibbs_ref, temper_gibbs_avx2, temper_gibbs_avx512, temper_gibbs_vnni,
    temper_gibbs_amx;

const temper_gibbs_kernels *temper_gibbs_kernel_of(temper_cpu level) {
    if (level == TEMPER_CPU_AMX && temper_gibbs_amx.sweep) return &temper_gibbs_amx;
    if (level >= TEMPER_CPU_VNNI) return &temper_gibbs_vnni;
    if (level == TEMPER_CPU_AVX512) return &temper_gibbs_avx512;
    if (level == TEMPER_CPU_AVX2) return &temper_gibbs_avx2;
    return &temper_gibbs_ref;
}
