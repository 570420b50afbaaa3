#include "temper/cpu.h"
#include "check.h"
#include "kernel/kernel.h"

static void caps(void) {
    temper_cpu best = temper_cpu_best();
    CHECK(temper_cpu_level() == best, "nothing is capped at first");
    for (temper_cpu level = TEMPER_CPU_REF; level <= TEMPER_CPU_AMX; level++) {
        const char *name = temper_cpu_name(level);
        if (level <= best) {
            CHECK_OK(temper_cpu_cap(name));
            CHECK(temper_cpu_level() == level && temper_kernel() == temper_kernel_of(level), "%s", name);
        } else {
            CHECK_FAILS(temper_cpu_cap(name), TEMPER_CANNOT, temper_cpu_name(best));
        }
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK(temper_cpu_level() == best, "auto is the best");
}

static void unknown(void) {
    CHECK_FAILS(temper_cpu_cap("avx52"), TEMPER_BAD_OPTION, "did you mean avx2?");
    CHECK_FAILS(temper_cpu_cap("sse"), TEMPER_BAD_OPTION, "ref, avx2, avx512, vnni, amx and auto");
    CHECK_FAILS(temper_cpu_cap(""), TEMPER_BAD_OPTION, "''");
    CHECK(strcmp(temper_cpu_name((temper_cpu)17), "unknown") == 0, "name");
}

int main(void) {
    RUN(caps);
    RUN(unknown);
    return check_end();
}
