/* Jobs that teach, draw from and measure machines when memory is short, and when their files were torn, altered or forged. */
#include "run_rig.h"
#include "temper/parallel.h"

static const char *job[] = {"system",     "rbm:hidden=3",
                            "data",       "bars-and-stripes:2",
                            "method",     "pt:rungs=3",
                            "epochs",     "6",
                            "batch",      "4",
                            "momentum",   "0.5",
                            "validation", "0.25",
                            "keep",       "best",
                            "moments",    "3",
                            "out",        rig_folder,
                            "force",      "yes",
                            NULL};
static const char *resume[] = {"run", rig_folder, NULL};
static char truth[17], *kept;
static size_t length;

static int dense = 40; /* fewer for jobs that take long */

/* k runs to the number of allocations: the first and last ones, and about as many between. */
static void each(const char *verb, const char *const *options, int64_t stride) {
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run(verb, options, NULL));
    int64_t all = temper_alloc_count(), live = temper_alloc_live();
    CHECK(all > 10, "%lld allocations", (long long)all);
    if (stride < all / dense) stride = all / dense;
    for (int64_t k = 1; k <= all; k += k < dense || k > all - dense ? 1 : stride) {
        temper_alloc_fail_at(k);
        temper_status bad = rig_run(verb, options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "%s %s, allocation %lld of %lld: status %d, %s",
              verb, options[1], (long long)k, (long long)all, bad, temper_message());
        CHECK(temper_alloc_live() == live, "%s %s, allocation %lld: %lld blocks left", verb, options[1],
              (long long)k, (long long)(temper_alloc_live() - live));
        if (check_bad) break;
    }
}

/* Every machine, and every method that keeps things of its own. */
static void machines(void) {
    static const char *const lessons[][3] = {
        {"rbm:hidden=3", "bars-and-stripes:2", "exact"},
        {"rbm:hidden=3", "bars-and-stripes:2", "fpcd"},
        {"rbm:hidden=3", "bars-and-stripes:2", "ptt:selves=2"},
        {"rbm:hidden=3,visible=spin", "parity:3", "mean_field"},
        {"rbm:hidden=3,hidden_units=relu", "parity:3", "pseudolikelihood"},
        {"rbm:hidden=3,visible=gaussian", "parity:3", "cd"},
        {"dbm:hidden=2x2", "parity:3", "pcd"},
        {"boltzmann:hidden=1", "parity:3", "annealed"},
        {"boltzmann", "parity:3", "pcd"},
        {"maxent", "bars-and-stripes:2", "newton"},
        {"maxent", "bars-and-stripes:2", "nmf:pseudocount=0.5"},
        {"maxent", "bars-and-stripes:2", "plm"},
        {"maxent:features=moments", "dice", "exact"},
        {"hopfield", "bars-and-stripes:2", "hebb"},
        {"hopfield", "bars-and-stripes:2", "storkey"},
        {"hopfield", "encoder:3", "pseudo_inverse"},
        {"memory:patterns=4", "parity:3", "store"},
        {"perceptron", "ising:L=2,points=2,each=4", "perceptron"},
        {"ebm:widths=2,steps=1", "parity:3", "replay:buffer=8"}};
    for (size_t k = 0; k < sizeof lessons / sizeof *lessons; k++) {
        const char *options[] = {"system",      lessons[k][0], "data",    lessons[k][1], "method",
                                 lessons[k][2], "epochs",      "2",       "batch",       "2",
                                 "chains",      "2",           "moments", "1",           "betas",
                                 "10",          "runs",        "4",       NULL};
        dense = strncmp(lessons[k][0], "ebm", 3) ? 40 : 8;
        each("learn", options, 23);
    }
    dense = 40;
}

static void directory(void) {
    each("learn", job, 31);
    each("resume", resume, 31);
    CHECK_OK(rig_run("learn", job, truth));
    each("report", resume, 97);
    CHECK_OK(rig_run("learn", job, truth));
}

static void drawing(void) {
    const char *draw[] = {"run", rig_folder, "chains", "5", "sweeps", "20", "start", "data", NULL};
    each("draw", draw, 7);
    const char *energy[] = {"system", "ebm:widths=2,steps=1",
                            "data",   "parity:3",
                            "epochs", "1",
                            "betas",  "10",
                            "runs",   "4",
                            "out",    rig_folder,
                            "force",  "yes",
                            NULL};
    const char *cold[] = {"run", rig_folder, "chains", "2", "sweeps", "3", NULL};
    dense = 10;
    CHECK_OK(rig_run("learn", energy, NULL)); /* a machine that allocates while it moves */
    each("draw", cold, 7);
    dense = 40;
    CHECK_OK(rig_run("learn", job, NULL));
}

static void measuring(void) {
    static const char *const ways[][2] = {{"logz", "exact"},    {"logz", "ais"},    {"logz", "reverse-ais"},
                                          {"logz", "bridge"},   {"logz", "mbar"},   {"logz", "integration"},
                                          {"logz", "tap"},      {"entropy", "ais"}, {"loglikelihood", "ais"},
                                          {"spectrum", "auto"}, {"mixing", "auto"}, {"quality", "auto"},
                                          {"landscape", "auto"}};
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        const char *options[] = {"run", rig_folder, "what", ways[k][0], "method", ways[k][1], "betas",
                                 "10",  "runs",     "4",    "sweeps",   "16",     NULL};
        each("measure", options, 29);
    }
}

static void without_previous(void) {
    char path[128];
    rig_path(path, sizeof path, "checkpoint.previous");
    unlink(path);
}

static void goes_on(void) { /* from before the first update, and from the end */
    char hash[17] = "", *first;
    size_t size;
    rig_stop = 1;
    CHECK_FAILS(rig_run("learn", job, NULL), TEMPER_STOPPED, "resume");
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
        for (size_t at = 0; at + 64 < length; at += at < 300 ? 3 : 1 + length / 150) {
            memcpy(copy, kept, length);
            copy[at] = (char)(copy[at] ^ 0x80);
            if (sealed) rig_seal(copy, length);
            rig_write("checkpoint", copy, length);
            without_previous();
            temper_status bad = rig_run("resume", resume, NULL);
            refused += sealed && bad == TEMPER_BAD_DATA;
            CHECK(bad == TEMPER_BAD_DATA || (sealed && (bad == TEMPER_OK || bad == TEMPER_DIVERGED)),
                  "byte %zu: status %d, %s", at, bad, temper_message());
        }
    CHECK(refused > 40, "%d forgeries were refused: head, sizes, clocks", refused);
    for (size_t at = 0; at < length; at += at < 300 ? 7 : 1 + length / 60) {
        rig_write("checkpoint", kept, at);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "checkpoint");
    }
    free(copy);
}

static void forged_numbers(void) { /* the mark of learn_checkpoint.c, then moments and weights */
    enum { BODY = 8 + 4 + 4 + 64 + 64 };
    static const struct {
        size_t at;
        int64_t value;
    } mark[] = {{0, -1}, {0, 99}, {16, 0}, {16, 99}, {24, -1}, {24, 50}, {40, -1}, {40, 99}};
    char *copy = malloc(length);
    for (size_t k = 0; k < sizeof mark / sizeof *mark; k++) { /* clock, seen, best, rollbacks */
        memcpy(copy, kept, length);
        memcpy(copy + BODY + mark[k].at, &mark[k].value, sizeof mark[k].value);
        rig_seal(copy, length);
        rig_write("checkpoint", copy, length);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "content does not fit");
    }
    free(copy);
}

int main(void) {
    temper_threads(1); /* so that the k-th allocation is always the same one */
    rig_begin();
    RUN(machines);
    RUN(directory);
    RUN(drawing);
    RUN(measuring);
    RUN(goes_on);
    RUN(altered);
    RUN(forged_numbers);
    temper_release(kept);
    rig_end();
    return check_end();
}
