/* The instruction set that the kernels use. Results are equal on every level; only the speed differs. */
#ifndef TEMPER_CPU_H
#define TEMPER_CPU_H

#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TEMPER_CPU_REF,
    TEMPER_CPU_AVX2,
    TEMPER_CPU_AVX512,
    TEMPER_CPU_VNNI, /* and products of bytes and of 16-bit integers with sums */
    TEMPER_CPU_AMX   /* and byte products of whole tiles */
} temper_cpu;

TEMPER_API temper_cpu temper_cpu_best(void);  /* what this machine can do */
TEMPER_API temper_cpu temper_cpu_level(void); /* what is in use: the best, unless capped */
TEMPER_API temper_status
temper_cpu_cap(const char *level); /* "ref", "avx2", "avx512", "vnni", "amx" or "auto" */
TEMPER_API const char *temper_cpu_name(temper_cpu level); /* "ref", … */

#ifdef __cplusplus
}
#endif
#endif
