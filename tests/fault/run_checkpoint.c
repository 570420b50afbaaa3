/* A checkpoint that was torn, altered, forged or swapped: the job says so, or goes on to the same bits. */
#include "run_rig.h"

/* An ensemble has every part in its checkpoint: chains with caches, memory, series. */
static const char *job[] = {"system",      "spin_glass:dims=5x5,couplings=gaussian",
                            "temperature", "0.5,1,1.5",
                            "ensemble",    "exchange:adapt=20",
                            "sweeps",      "200",
                            "chains",      "2",
                            "observe",     "energy,overlap",
                            "out",         rig_folder,
                            "force",       "yes",
                            NULL};
static const char *resume[] = {"run", rig_folder, NULL};
static char truth[17];
static char *kept; /* the last checkpoint of the job … */
static size_t length;
static char *first; /* … and one from before its first step */
static size_t first_length;

static void prepare(void) {
    rig_stop = 1;
    CHECK_FAILS(rig_run("sample", job, NULL), TEMPER_STOPPED, "resume");
    rig_stop = 0;
    first = rig_read("checkpoint", &first_length);
    CHECK_OK(rig_run("sample", job, truth));
    kept = rig_read("checkpoint", &length);
    CHECK(length > first_length && first_length > 1000, "%zu and %zu bytes", length, first_length);
}

static void goes_on(void) {
    char hash[17] = "";
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
    rig_write("checkpoint", first, first_length);
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
}

static void without_previous(void) {
    char path[128];
    rig_path(path, sizeof path, "checkpoint.previous");
    unlink(path);
}

/* One bit anywhere, without another checkpoint to go back to. */
static void altered(void) {
    char *copy = malloc(length);
    for (size_t at = 0; at < length; at += at < 160 || at + 66 > length ? 1 : length / 100) {
        memcpy(copy, kept, length);
        copy[at] = (char)(copy[at] ^ 1 << at % 8);
        rig_write("checkpoint", copy, length);
        without_previous();
        temper_status bad = rig_run("resume", resume, NULL);
        CHECK(bad == TEMPER_BAD_DATA, "byte %zu: status %d", at, bad);
    }
    free(copy);
}

static void torn(void) {
    for (size_t at = 0; at < length; at += at < 300 ? 3 : length / 50) {
        rig_write("checkpoint", kept, at);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "checkpoint");
    }
}

/* The one before is whole: the job says so and gives the same bits. */
static void previous(void) {
    char hash[17];
    for (int how = 0; how < 3; how++) {
        rig_write("checkpoint", kept, how == 0 ? length / 2 : how == 1 ? 0 : length - 1);
        rig_write("checkpoint.previous", first, first_length);
        CHECK_OK(rig_run("resume", resume, hash));
        CHECK(!strcmp(hash, truth) && rig_sentences == 1, "%s, want %s; %d sentences", hash, truth,
              rig_sentences);
    }
    char path[128];
    rig_path(path, sizeof path, "checkpoint"); /* a crash between the two renames */
    unlink(path);
    rig_write("checkpoint.previous", kept, length);
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
    unlink(path);
    without_previous(); /* no checkpoint at all: from the beginning */
    CHECK_OK(rig_run("resume", resume, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
}

/* Somebody made the digest fit: nothing may be read outside, whatever the numbers are. */
static void forged(void) {
    const char *alone[] = {
        "system",  "spin_glass:dims=5x5",          "temperature", "0.5,1",    "sweeps", "100", "chains", "2",
        "observe", "energy,overlap,heat_capacity", "out",         rig_folder, "force",  "yes", NULL};
    CHECK_OK(rig_run("sample", alone, NULL));
    temper_release(kept);
    kept = rig_read("checkpoint", &length);
    char *copy = malloc(length + 100);
    for (size_t at = 0; at + 64 < length; at += at < 360 ? 1 : length / 60) {
        memcpy(copy, kept, length);
        copy[at] = (char)(copy[at] ^ 0x80);
        rig_seal(copy, length);
        rig_write("checkpoint", copy, length);
        without_previous();
        temper_status bad = rig_run("resume", resume, NULL);
        CHECK(bad == TEMPER_OK || bad == TEMPER_BAD_DATA, "byte %zu: status %d, %s", at, bad,
              temper_message());
    }
    for (size_t less = 1; less < 100; less += 7) {
        memset(copy, 0, length + 100);
        memcpy(copy, kept, length);
        size_t shorter = length - less, longer = length + less;
        rig_seal(copy, shorter);
        rig_write("checkpoint", copy, shorter);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "checkpoint");
        memcpy(copy, kept, length);
        rig_seal(copy, longer);
        rig_write("checkpoint", copy, longer);
        without_previous();
        CHECK_FAILS(rig_run("resume", resume, NULL), TEMPER_BAD_DATA, "checkpoint");
    }
    free(copy);
}

/* The memory of an ensemble, `states` doubles behind the chains: every one in turn becomes each of these numbers. The job
 * ends well or says what is wrong; under the sanitizers it also touches nothing that is not its own. */
static void forge_memory(const char *verb, const char *const *options, size_t states, int least, bool over) {
    static const double nonsense[] = {0.5, 1e18, NAN, -1, 1}; /* 1: an index that is there twice */
    int refused = 0;
    rig_stop = !over; /* before its first step, or after the last */
    temper_status first_run = rig_run(verb, options, NULL);
    CHECK(first_run == (over ? TEMPER_OK : TEMPER_STOPPED), "status %d, %s", first_run, temper_message());
    rig_stop = 0;
    char *whole = rig_read("checkpoint", &length), *copy = malloc(length);
    int64_t size[6]; /* chains, sites, cached, states, reads, numbers: see the head in checkpoint.c */
    memcpy(size, whole + 96, sizeof size);
    CHECK(size[3] == (int64_t)states, "%lld states, want %zu", (long long)size[3], states);
    size_t begin = 96 + sizeof size + (size_t)(size[0] * (56 + size[1] + 8 * size[2]));
    for (size_t k = 0; k < states && !check_bad; k += k < 56 ? 1 : states / 16)
        for (int v = over ? 1 : 0; v < (over ? 2 : 5); v++) {
            memcpy(copy, whole, length);
            memcpy(copy + begin + 8 * k, &nonsense[v], sizeof *nonsense);
            rig_seal(copy, length);
            rig_write("checkpoint", copy, length);
            without_previous();
            temper_status bad = rig_run("resume", resume, NULL);
            refused += bad == TEMPER_BAD_DATA;
            CHECK(bad == TEMPER_OK || bad == TEMPER_BAD_DATA || bad == TEMPER_CANNOT,
                  "double %zu = %g: status %d, %s", k, nonsense[v], bad, temper_message());
        }
    int want = over ? least : 5 * least - 2; /* 1 may be what was there */
    CHECK(refused >= want, "%d forgeries were refused, want %d", refused, want);
    free(copy);
    temper_release(whole);
}

static void forged_exchange(void) { /* 6·3 + 4·6 + 2 doubles; the 12 of at and slot are never free */
    const char *options[] = {"system",      "ising:dims=4x4",
                             "temperature", "1,2,3",
                             "ensemble",    "exchange:adapt=8",
                             "sweeps",      "20",
                             "chains",      "2",
                             "out",         rig_folder,
                             "force",       "yes",
                             NULL};
    for (int over = 0; over < 2; over++) forge_memory("sample", options, 44, 12, over);
}

static void forged_population(void) { /* 4 + 4·16 + 41·11 doubles; 16 of the order */
    const char *options[] = {"system",   "ising:dims=4x4",
                             "ensemble", "population:size=16,sweeps=2,steps=40,to=1",
                             "reads",    "1",
                             "out",      rig_folder,
                             "force",    "yes",
                             NULL};
    for (int over = 0; over < 2; over++) forge_memory("anneal", options, 519, 16, over);
}

static void forged_anneal(void) { /* 5 + 4 + 3·30 doubles; the head has 5 */
    const char *options[] = {"system",   "ising:dims=4x4",
                             "ensemble", "anneal:steps=30",
                             "reads",    "4",
                             "out",      rig_folder,
                             "force",    "yes",
                             NULL};
    for (int over = 0; over < 2; over++) forge_memory("anneal", options, 99, 2, over);
}

int main(void) {
    rig_begin();
    RUN(prepare);
    RUN(goes_on);
    RUN(altered);
    RUN(torn);
    RUN(previous);
    RUN(forged);
    RUN(forged_exchange);
    RUN(forged_population);
    RUN(forged_anneal);
    temper_release(kept);
    temper_release(first);
    rig_end();
    return check_end();
}
