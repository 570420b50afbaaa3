/* Run directories as a crash, a full disk or an enemy leaves them, given to compare; and every allocation that fails. */
#include "run_rig.h"

/* Two forged runs of three seeds, with forecasts and robustness. */
static const char recipe[] =
    "schema = \"temper.recipe/1\"\nverb = \"train\"\n[options]\ndata = \"digits\"\nmodel = \"mlp:4\"\nseeds = 3\n";
static const char results[] =
    "{\"schema\": \"temper.train/1\", \"test\": {\"accuracy\": {\"values\": [0.9, 0.91, 0.93]}, \"nll\": {\"values\": [1, null, 1.5]}},"
    " \"gradient_evaluations\": 300, \"rows\": {\"test\": 2}, \"hash\": \"0123\"}";
static const char robustness[] =
    "{\"schema\": \"temper.stress/1\", \"corruptions\": {\"fog\": {\"accuracy\": [{\"values\": [0.5, 0.6, 0.7]}], \"nll\": []},"
    " \"blur\": {\"accuracy\": [{\"values\": [0.7, 0.6, 0.5]}]}}}";
static const char forecasts[] = "row,label,class,p_0,p_1\n3,0,0,0.75,0.25\n8,1,0,0.5,0.5\n";
static const struct {
    const char *name, *text;
} files[] = {{"recipe.toml", recipe},
             {"results.json", results},
             {"robustness.json", robustness},
             {"predictions.csv", forecasts}};

static char list[160];

static void forge(void) {
    static const char *const runs[] = {"a", "b"};
    char path[128], name[64];
    for (int r = 0; r < 2; r++) {
        rig_path(path, sizeof path, runs[r]);
        mkdir(path, 0777);
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof name, "%s/%s", runs[r], files[k].name);
            rig_write(name, files[k].text, strlen(files[k].text));
        }
    }
    snprintf(list, sizeof list, "%s/a\n%s/b", rig_folder, rig_folder);
}

static void clear(void) {
    static const char *const names[] = {"recipe.toml", "results.json", "robustness.json", "predictions.csv",
                                        ""};
    char path[160];
    for (int k = 0; k < 10; k++) {
        snprintf(path, sizeof path, "%s/%s/%s", rig_folder, k < 5 ? "a" : "b", names[k % 5]);
        if (k % 5 < 4)
            unlink(path);
        else
            rmdir(path);
    }
}

static temper_status compare(void) { return rig_run("compare", (const char *[]){"run", list, NULL}, NULL); }

static void whole(void) { CHECK_OK(compare()); }

/* Cut at every other byte; and every other byte replaced by one that means something. */
static void damaged(void) {
    static const char strange[] = "\"9";
    int64_t live = temper_alloc_live();
    for (int f = 0; f < 4; f++) {
        char name[64], text[512];
        size_t length = strlen(files[f].text);
        snprintf(name, sizeof name, "b/%s", files[f].name);
        for (size_t k = 0; k < length * sizeof strange; k += 2) {
            size_t cut = k % length, put = k / length;
            memcpy(text, files[f].text, length);
            if (put < sizeof strange - 1) text[cut] = strange[put];
            rig_write(name, text, put < sizeof strange - 1 ? length : cut);
            temper_status bad = compare();
            CHECK(bad == TEMPER_OK || bad == TEMPER_BAD_DATA || bad == TEMPER_BAD_OPTION ||
                      bad == TEMPER_BAD_FILE || bad == TEMPER_NO_MEMORY,
                  "%s, byte %d: status %d, %s", name, (int)cut, bad, temper_message());
            CHECK(bad == TEMPER_OK || *temper_message(), "a failure without a sentence");
            if (check_bad) break;
        }
        rig_write(name, files[f].text, length);
    }
    CHECK(temper_alloc_live() == live, "%d blocks left", (int)(temper_alloc_live() - live));
    CHECK_OK(compare());
}

static void memory(void) {
    temper_alloc_fail_at(0);
    CHECK_OK(compare());
    int64_t all = temper_alloc_count(), live = temper_alloc_live();
    CHECK(all > 20, "%d allocations", (int)all);
    for (int64_t k = 1; k <= all; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = compare();
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: status %d, %s", (int)k, bad, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %d: %d blocks left", (int)k,
              (int)(temper_alloc_live() - live));
        if (check_bad) break;
    }
}

int main(void) {
    rig_begin();
    forge();
    RUN(whole);
    RUN(damaged);
    RUN(memory);
    clear();
    rig_end();
    return check_end();
}
