/* What this build is and what it found on this machine. */
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "temper/catalogue.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

const char *temper_version(void) { return TEMPER_VERSION; }

static const char *zlib(void) {
#ifdef TEMPER_ZLIB
    return "yes";
#else
    return "no";
#endif
}

temper_status temper_info(bool json, char **out) {
    const char *best = temper_cpu_name(temper_cpu_best()), *level = temper_cpu_name(temper_cpu_level());
    if (json) {
        temper_json j = {0};
        temper_json_open(&j, NULL, '{');
        temper_json_string(&j, "schema", "temper.info/1");
        temper_json_string(&j, "version", temper_version());
        temper_json_string(&j, "compiler", TEMPER_COMPILER);
        temper_json_string(&j, "cpu", level);
        temper_json_string(&j, "cpu_best", best);
        temper_json_int(&j, "threads", temper_thread_count());
        temper_json_int(&j, "threads_available", temper_thread_limit());
        temper_json_string(&j, "zlib", zlib());
        temper_json_close(&j, '}');
        *out = temper_text_take(&j.text);
    } else {
        temper_text t = {0};
        temper_text_add(&t, "temper %s, compiled by %s\n", temper_version(), TEMPER_COMPILER);
        temper_text_add(&t, "cpu level %s (this machine: %s)\n", level, best);
        temper_text_add(&t, "threads %d of %d\n", temper_thread_count(), temper_thread_limit());
        temper_text_add(&t, "zlib: %s (compressed data files)\n", zlib());
        *out = temper_text_take(&t);
    }
    return *out ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "out of memory for the version text");
}
