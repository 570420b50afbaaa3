#define _GNU_SOURCE /* syscall */
#include "temper/cpu.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include "base/text.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const char *const names[] = {"ref", "avx2", "avx512", "vnni", "amx", "auto"};
enum { AUTO = TEMPER_CPU_AMX + 1 };
static atomic_int cap = TEMPER_CPU_AMX;

#if defined(__x86_64__) && defined(__linux__)
enum { ASK = 0x1023, TILES = 18 }; /* arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) */
static atomic_bool granted;

static void ask_for_tiles(void) {
    unsigned a, b, c, d;
    const unsigned needed = 1u << 24 | 1u << 25; /* AMX-TILE and AMX-INT8, in edx of leaf 7 */
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & needed) == needed)
        atomic_store(&granted, syscall(SYS_arch_prctl, ASK, TILES) == 0);
}

/* Tiles are 8 KiB of state per thread that Linux saves for a process only after it has asked. The answer holds for all its threads, those
 * made later too; it is asked for once. */
static bool may_use_tiles(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ask_for_tiles);
    return atomic_load(&granted);
}
#elif defined(__x86_64__)
static bool may_use_tiles(void) { return false; }
#endif

/* __builtin_cpu_supports also asks whether the operating system saves the registers (xgetbv). */
temper_cpu temper_cpu_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("popcnt"))
        return TEMPER_CPU_REF;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
        return TEMPER_CPU_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return TEMPER_CPU_AVX512;
    return may_use_tiles() ? TEMPER_CPU_AMX : TEMPER_CPU_VNNI;
#else
    return TEMPER_CPU_REF;
#endif
}

temper_cpu temper_cpu_level(void) {
    temper_cpu best = temper_cpu_best(), most = (temper_cpu)atomic_load_explicit(&cap, memory_order_relaxed);
    return best < most ? best : most;
}

const char *temper_cpu_name(temper_cpu level) {
    return level >= TEMPER_CPU_REF && level <= TEMPER_CPU_AMX ? names[level] : "unknown";
}

temper_status temper_cpu_cap(const char *level) {
    temper_cpu best = temper_cpu_best();
    int wanted = 0;
    while (wanted <= AUTO && strcmp(level, names[wanted]) != 0) wanted++;
    if (wanted > AUTO) {
        const char *near = temper_nearest(level, names, AUTO + 1);
        return temper_fail(TEMPER_BAD_OPTION,
                           "cpu: '%s' is no level; legal are ref, avx2, avx512, vnni, amx and auto%s%s%s",
                           level, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (wanted == AUTO)
        wanted = TEMPER_CPU_AMX;
    else if (wanted > (int)best)
        return temper_fail(TEMPER_CANNOT, "cpu: this CPU cannot do %s; its best level is %s", level,
                           names[best]);
    atomic_store(&cap, wanted);
    return TEMPER_OK;
}
