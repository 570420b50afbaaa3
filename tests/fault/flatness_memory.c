/* Flatness, sensitivity and a monitored training when memory is short: the job says so and leaves no block behind. */
#include "run_rig.h"
#include "temper/parallel.h"

static void each(const char *verb, const char *const *options) {
    enum { DENSE = 60 };
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run(verb, options, NULL));
    int64_t all = temper_alloc_count(), live = temper_alloc_live(), stride = all / DENSE + 1;
    CHECK(all > 10, "%lld allocations", (long long)all);
    for (int64_t k = 1; k <= all; k += k < DENSE || k > all - DENSE ? 1 : stride) {
        temper_alloc_fail_at(k);
        temper_status bad = rig_run(verb, options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "%s, allocation %lld of %lld: status %d, %s",
              options[3], (long long)k, (long long)all, bad, temper_message());
        CHECK(temper_alloc_live() == live, "%s, allocation %lld: %lld blocks left", options[3], (long long)k,
              (long long)(temper_alloc_live() - live));
        if (check_bad) break;
    }
    CHECK_OK(rig_run(verb, options, NULL));
}

static const char *job[] = {"data",  "spirals", "model", "mlp:2",    "epochs", "2",   "batch", "100",
                            "seeds", "2",       "out",   rig_folder, "force",  "yes", NULL};

static void monitored(void) {
    const char *options[] = {"data", "spirals", "model", "mlp:2",   "epochs",
                             "2",    "batch",   "100",   "monitor", "sensitivity,curvature,fdr",
                             NULL};
    each("train", options);
}

static void measured(void) {
    CHECK_OK(rig_run("train", job, NULL));
    const char *flat[] = {"run",  rig_folder, "what",     "flatness", "rows", "20",
                          "walk", "8",        "products", "12",       NULL};
    const char *llc[] = {"run", rig_folder, "what", "llc", "rows", "20", "walk", "8", NULL};
    const char *sense[] = {"run", rig_folder, "what", "sensitivity", "rows", "20", NULL};
    each("measure", flat);
    each("measure", llc);
    each("measure", sense);
}

int main(void) {
    rig_begin();
    CHECK_OK(temper_threads(1));
    RUN(monitored);
    RUN(measured);
    rig_end();
    return check_end();
}
