/* Training jobs when memory is short, and when a checkpoint or a description was torn, altered or forged. */
#include "run_rig.h"
#include "temper/parallel.h"

static const char *job[] = {"data",  "digits", "model", "mlp:4",    "epochs", "2",   "batch", "600",
                            "seeds", "2",      "out",   rig_folder, "force",  "yes", NULL};
static const char *resume[] = {"run", rig_folder, NULL};
static const char *predict[] = {"run", rig_folder, "data", "digits", NULL};
static char truth[17], *kept;
static size_t length;

static void each(const char *verb, const char *const *options, int64_t stride) {
    char hash[17] = "";
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run(verb, options, strcmp(verb, "predict") ? hash : NULL));
    int64_t all = temper_alloc_count(), live = temper_alloc_live();
    CHECK(all > 10, "%lld allocations", (long long)all);
    for (int64_t k = 1; k <= all; k += k < 60 || k > all - 30 ? 1 : stride) {
        temper_alloc_fail_at(k);
        temper_status bad = rig_run(verb, options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "%s, allocation %lld: status %d, %s", verb,
              (long long)k, bad, temper_message());
        CHECK(temper_alloc_live() == live, "%s, allocation %lld: %lld blocks left", verb, (long long)k,
              (long long)(temper_alloc_live() - live));
        if (check_bad) break;
    }
}

static void memory(void) {
    const char *alone[] = {"data",  "digits", "model", "graph:dense 4; batch_norm; relu; dense 10",
                           "steps", "3",      "batch", "600",
                           NULL};
    each("train", alone, 2);
    each("train", job, 131);
    each("resume", resume, 131);
    CHECK_OK(rig_run("train", job, truth));
    each("predict", predict, 997);
}

static void without_previous(void) {
    char path[128];
    rig_path(path, sizeof path, "checkpoint.previous");
    unlink(path);
}

static void goes_on(void) { /* from before the first step, and from the end */
    char hash[17] = "", *first;
    size_t size;
    rig_stop = 1;
    CHECK_FAILS(rig_run("train", job, NULL), TEMPER_STOPPED, "resume");
    rig_stop = 0;
    first = rig_read("checkpoint", &size);
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
    kept = rig_read("checkpoint", &length);
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
    rig_write("checkpoint", kept, length / 2); /* torn: the one before is whole */
    rig_write("checkpoint.previous", first, size);
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth) && rig_sentences == 1, "%s, want %s; %d sentences", hash, truth,
          rig_sentences);
    temper_release(first);
}

static void altered(void) { /* one bit anywhere; and with a digest that was made to fit */
    char *copy = malloc(length);
    int refused = 0;
    for (int sealed = 0; sealed < 2; sealed++)
        for (size_t at = 0; at + 64 < length; at += at < 240 ? 3 : length / 40) {
            memcpy(copy, kept, length);
            copy[at] = (char)(copy[at] ^ 0x80);
            if (sealed) rig_seal(copy, length);
            rig_write("checkpoint", copy, length);
            without_previous();
            temper_status bad = rig_run("resume", resume, NULL);
            refused += sealed && bad == TEMPER_BAD_DATA;
            CHECK(bad == TEMPER_BAD_DATA || (sealed && bad == TEMPER_OK), "byte %zu: status %d, %s", at, bad,
                  temper_message());
        }
    CHECK(refused > 50, "%d forgeries were refused: head, seeds, clocks", refused);
    free(copy);
}

static void forged_numbers(void) { /* NaN or infinity as a weight; whole numbers that cannot be */
    enum { BODY = 8 + 4 + 4 + 64 + 64, STEP = 8, MARK = 16, PLAN = 168, THETA = 296 };
    /* head of saving.c, the seconds, the step of the crew, the mark of its walker, θ */
    char *copy = malloc(length);
    const double wrong[] = {NAN, INFINITY};
    for (int k = 0; k < 4; k++) {
        float x = (float)wrong[k % 2];
        memcpy(copy, kept, length);
        if (k < 2)
            memcpy(copy + BODY + MARK + THETA + 40, &x, sizeof x);
        else
            memcpy(copy + BODY + MARK + PLAN + 64, &wrong[k % 2], sizeof *wrong);
        rig_seal(copy, length);
        rig_write("checkpoint", copy, length);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "content does not fit");
    }
    const struct {
        ptrdiff_t at;
        int64_t value;
    } mark[] = {{0, 2},   {8, 5},   {16, -1},          {16, 100},        {24, -1},
                {56, -1}, {56, 99}, {STEP - MARK, -1}, {STEP - MARK, 99}};
    for (size_t k = 0; k < sizeof mark / sizeof *mark;
         k++) { /* seed, member, clock, evaluations, thermometer's steps, the crew's step */
        memcpy(copy, kept, length);
        memcpy(copy + BODY + MARK + mark[k].at, &mark[k].value, sizeof mark[k].value);
        rig_seal(copy, length);
        rig_write("checkpoint", copy, length);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "content does not fit");
    }
    free(copy);
}

static void torn_description(void) { /* network.json cut or altered anywhere */
    size_t size;
    rig_write("checkpoint", kept, length);
    char *text = rig_read("network.json", &size), *copy = malloc(size + 1);
    CHECK_OK(rig_run("predict", predict, NULL));
    for (size_t at = 0; at < size; at += 1 + size / 60) {
        rig_write("network.json", text, at);
        temper_status bad = rig_run("predict", predict, NULL);
        CHECK(bad == TEMPER_BAD_DATA, "cut at %zu: status %d", at, bad);
        memcpy(copy, text, size);
        copy[at] = (char)(copy[at] ^ 1);
        rig_write("network.json", copy, size);
        bad = rig_run("predict", predict, NULL);
        CHECK(bad == TEMPER_BAD_DATA || bad == TEMPER_OK || bad == TEMPER_BAD_OPTION ||
                  bad == TEMPER_BAD_FILE,
              "altered at %zu: status %d, %s", at, bad, temper_message());
    }
    memcpy(copy, text, size); /* one feature less than there are shifts */
    copy[size] = 0;
    char *features = strstr(copy, "\"features\": 64, \"channels\": 1");
    CHECK(features, "no features in the description");
    if (features) features[13] = '3', features[28] = '0'; /* and no image, so that nothing else is wrong */
    rig_write("network.json", copy, size);
    CHECK_FAILS(rig_run("predict", predict, NULL), TEMPER_BAD_DATA, "has 64 numbers");
    rig_write("network.json", text, size);
    temper_release(text);
    free(copy);
}

int main(void) {
    temper_threads(1); /* so that the k-th allocation is always the same one */
    rig_begin();
    RUN(memory);
    RUN(goes_on);
    RUN(altered);
    RUN(forged_numbers);
    RUN(torn_description);
    temper_release(kept);
    rig_end();
    return check_end();
}
