/* Jobs in a directory of their own, stopped in the middle, for the tests of what may go wrong with them. */
#ifndef TEMPER_RUN_RIG_H
#define TEMPER_RUN_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"
#include "check.h"
#include "temper/run.h"

static char rig_folder[64];
static volatile int rig_stop;
static int rig_sentences; /* said on the way */

static void rig_say(void *context, const char *sentence) {
    (void)context, (void)sentence;
    rig_sentences++;
}

static const temper_watch rig_watch = {NULL, rig_say, NULL, &rig_stop};

/* "name", "value", …, NULL */
static temper_status rig_run(const char *verb, const char *const *options, char hash[17]) {
    temper_job *job;
    temper_report *report = NULL;
    temper_status bad = temper_job_create(&job, verb);
    for (int k = 0; !bad && options[k]; k += 2) bad = temper_job_set(job, options[k], options[k + 1]);
    rig_sentences = 0;
    if (!bad) bad = temper_job_run(job, &rig_watch, &report);
    if (report && hash) snprintf(hash, 17, "%s", strstr(temper_report_json(report), "\"hash\": \"") + 9);
    temper_report_free(report);
    temper_job_free(job);
    return bad;
}

static void rig_path(char *path, size_t size, const char *name) {
    snprintf(path, size, "%s/%s", rig_folder, name);
}

static inline void rig_write(const char *name, const void *data, size_t length) {
    char path[128];
    rig_path(path, sizeof path, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, length, file) != length) abort();
    fclose(file);
}

static inline char *rig_read(const char *name, size_t *length) {
    char path[128], *data;
    rig_path(path, sizeof path, name);
    if (temper_read_file(path, 1 << 28, &data, length)) abort();
    return data;
}

static void rig_begin(void) {
    const char *temporary = getenv("TMPDIR");
    snprintf(rig_folder, sizeof rig_folder, "%.40s/temperXXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(rig_folder)) abort();
}

static void rig_end(void) {
    static const char *const names[] = {"checkpoint",
                                        "checkpoint.previous",
                                        "checkpoint.new",
                                        "recipe.toml",
                                        "provenance.json",
                                        "status.json",
                                        "metrics.jsonl",
                                        "results.json",
                                        "results.txt",
                                        "report.html",
                                        "best.txt",
                                        "network.json",
                                        "model.safetensors",
                                        "model.npz",
                                        "curves.csv",
                                        "predictions.csv",
                                        "weights/member_0000.safetensors",
                                        "weights/member_0001.safetensors",
                                        "weights/member_0000.npz",
                                        "weights/member_0001.npz"};
    char path[128];
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        rig_path(path, sizeof path, names[k]);
        unlink(path);
    }
    rig_path(path, sizeof path, "weights");
    rmdir(path);
    rmdir(rig_folder);
}

/* Makes the SHA-256 at the end of a checkpoint fit its content again. */
static inline void rig_seal(char *data, size_t length) {
    char hex[65];
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, data, length - 64);
    temper_sha256_end(&sha, hex);
    memcpy(data + length - 64, hex, 64);
}

#endif
