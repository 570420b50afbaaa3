#include "temper/cpu.h"
#include <stdatomic.h>
#include <string.h>
#include "base/text.h"

static const char *const names[] = {"ref", "avx2", "avx512", "auto"};
static atomic_int cap = TEMPER_CPU_AVX512;

/* __builtin_cpu_supports also asks whether the operating system saves the registers (xgetbv). */
temper_cpu temper_cpu_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("popcnt"))
        return TEMPER_CPU_REF;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return TEMPER_CPU_AVX512;
    return TEMPER_CPU_AVX2;
#else
    return TEMPER_CPU_REF;
#endif
}

temper_cpu temper_cpu_level(void) {
    temper_cpu best = temper_cpu_best(), most = (temper_cpu)atomic_load_explicit(&cap, memory_order_relaxed);
    return best < most ? best : most;
}

const char *temper_cpu_name(temper_cpu level) {
    return level >= TEMPER_CPU_REF && level <= TEMPER_CPU_AVX512 ? names[level] : "unknown";
}

temper_status temper_cpu_cap(const char *level) {
    temper_cpu best = temper_cpu_best();
    int wanted = 0;
    while (wanted < 4 && strcmp(level, names[wanted]) != 0) wanted++;
    if (wanted == 4) {
        const char *near = temper_nearest(level, names, 4);
        return temper_fail(TEMPER_BAD_OPTION,
                           "cpu: '%s' is no level; legal are ref, avx2, avx512 and auto%s%s%s", level,
                           near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (wanted == 3)
        wanted = TEMPER_CPU_AVX512;
    else if (wanted > (int)best)
        return temper_fail(TEMPER_CANNOT, "cpu: this CPU cannot do %s; its best level is %s", level,
                           names[best]);
    atomic_store(&cap, wanted);
    return TEMPER_OK;
}
