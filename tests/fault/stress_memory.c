/* Every allocation of a stress test fails once: the job says so, leaves no block behind and no file, and the next one works. */
#include "run_rig.h"
#include "temper/parallel.h"

static void stress(void) {
    char truth[17], hash[17];
    const char *train[] = {"data",  "digits", "model", "mlp:4",    "epochs", "1",
                           "seeds", "2",      "out",   rig_folder, NULL};
    const char *options[] = {"run",
                             rig_folder,
                             "corruptions",
                             "gaussian_noise,blur",
                             "severities",
                             "2",
                             "epsilon",
                             "0.05",
                             "rows",
                             "20",
                             "weight_noise",
                             "0.1",
                             "draws",
                             "1",
                             "ood",
                             "digits",
                             "threads",
                             "1",
                             NULL};
    CHECK_OK(rig_run("train", train, NULL));
    CHECK_OK(rig_run("stress", options, truth));
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run("stress", options, truth));
    int64_t all = temper_alloc_count(), live = temper_alloc_live();
    CHECK(all > 100, "%lld allocations", (long long)all);
    char path[128];
    rig_path(path, sizeof path, "robustness.json");
    for (int64_t k = 1; k <= all && !check_bad; k += k < 200 ? 1 : 5) {
        unlink(path);
        temper_alloc_fail_at(k);
        temper_status bad = rig_run("stress", options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "allocation %lld: status %d, %s", (long long)k,
              bad, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %lld: %lld blocks left", (long long)k,
              (long long)(temper_alloc_live() - live));
        CHECK((access(path, F_OK) == 0) == (bad == TEMPER_OK), "allocation %lld: status %d, and a file",
              (long long)k, bad);
    }
    CHECK_OK(rig_run("stress", options, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
    unlink(path);
    rig_path(path, sizeof path, "robustness.html");
    unlink(path);
}

int main(void) {
    rig_begin();
    RUN(stress);
    rig_end();
    return check_end();
}
