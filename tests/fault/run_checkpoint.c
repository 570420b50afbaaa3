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

/* Somebody made the digest fit: nothing may be read outside, whatever the numbers are. (Not with an ensemble: what it
 * remembers is its own.) */
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

int main(void) {
    rig_begin();
    RUN(prepare);
    RUN(goes_on);
    RUN(altered);
    RUN(torn);
    RUN(previous);
    RUN(forged);
    temper_release(kept);
    temper_release(first);
    rig_end();
    return check_end();
}
