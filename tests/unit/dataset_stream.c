/* Rows that stay in their file are the rows that would be in memory: the same numbers, shapes, labels, scaling, fingerprint. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "temper/dataset.h"
#include "temper/run.h"
#include "temper/stream.h"

static char folder[64];

static void write_npy(const char *name, const char *descr, const char *shape, const void *data,
                      size_t bytes) {
    char path[128], head[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int length = snprintf(head + 10, sizeof head - 10,
                          "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    memcpy(head, "\x93NUMPY\x01\x00", 8);
    while ((10 + length) % 64 != 63) head[10 + length++] = ' ';
    head[10 + length++] = '\n';
    head[8] = (char)(length & 255), head[9] = (char)(length >> 8);
    FILE *file = fopen(path, "wb");
    fwrite(head, 1, (size_t)(10 + length), file);
    fwrite(data, 1, bytes, file);
    fclose(file);
}

static temper_status open_set(temper_dataset **set, const char *x, const char *y, const char *more) {
    char text[400];
    snprintf(text, sizeof text, "npy:x=%s/%s%s%s%s%s%s", folder, x, y ? ",y=" : "", y ? folder : "",
             y ? "/" : "", y ? y : "", more);
    return temper_dataset_create(set, text);
}

static void same_set(const char *x, const char *y) {
    temper_dataset *held, *streamed;
    char a[65], b[65];
    CHECK_OK(open_set(&held, x, y, ""));
    CHECK_OK(open_set(&streamed, x, y, ",stream=yes"));
    if (!held || !streamed) return;
    const temper_samples *h = &held->data, *s = &streamed->data;
    CHECK(!s->X && h->X, "streamed rows are in memory");
    CHECK(h->n == s->n && h->features == s->features && h->width == s->width && h->channels == s->channels &&
              h->classes == s->classes && h->outputs == s->outputs,
          "shapes differ");
    float *room = malloc((size_t)s->features * sizeof *room);
    for (int64_t i = 0; i < s->n; i++)
        CHECK(!memcmp(temper_samples_row(s, i, room), temper_samples_row(h, i, NULL),
                      (size_t)h->features * sizeof(float)),
              "row %d", (int)i);
    free(room);
    temper_samples_hash(h, a), temper_samples_hash(s, b);
    CHECK(!strcmp(a, b), "hashes %s and %s", a, b);
    CHECK(!strcmp(h->input[0].sha256, s->input[0].sha256), "fingerprints of the file");
    const int64_t row[] = {0, 2, 3};
    for (int kind = TEMPER_SCALING_UNIT; kind <= TEMPER_SCALING_STANDARD; kind++) {
        temper_scaling one, two;
        CHECK_OK(temper_scaling_build(&one, (temper_scaling_kind)kind, h, row, 3));
        CHECK_OK(temper_scaling_build(&two, (temper_scaling_kind)kind, s, row, 3));
        CHECK(!memcmp(one.shift, two.shift, (size_t)h->features * 8) &&
                  !memcmp(one.scale, two.scale, (size_t)h->features * 8),
              "scaling %d", kind);
        temper_scaling_clear(&one), temper_scaling_clear(&two);
    }
    temper_dataset_free(held), temper_dataset_free(streamed);
}

static void rows_are_the_same(void) {
    unsigned char pixel[5 * 2 * 3];
    float f[5 * 3];
    double t[5 * 2], d[5 * 3];
    int64_t y[5] = {0, 2, 1, 1, 0};
    int16_t word[5 * 2];
    for (int k = 0; k < 30; k++) pixel[k] = (unsigned char)(k * 37);
    for (int k = 0; k < 15; k++) f[k] = (float)k * 0.3f - 1, d[k] = k * 0.7 - 3;
    for (int k = 0; k < 10; k++) t[k] = k * 1.5, word[k] = (int16_t)(k * 4000 - 20000);
    write_npy("u.npy", "|u1", "(5, 2, 3)", pixel, sizeof pixel);
    write_npy("f.npy", "<f4", "(5, 3)", f, sizeof f);
    write_npy("d.npy", "<f8", "(5, 3)", d, sizeof d);
    write_npy("w.npy", "<i2", "(5, 2)", word, sizeof word);
    write_npy("y.npy", "<i8", "(5,)", y, sizeof y);
    write_npy("t.npy", "<f8", "(5, 2)", t, sizeof t);
    same_set("u.npy", "y.npy");
    same_set("f.npy", "t.npy");
    same_set("d.npy", "y.npy");
    same_set("w.npy", NULL);
}

/* The hash of a training run on images of random bytes, from memory or from the file. */
static void hash_of_training(const char *stream, const char *augment, char hash[32]) {
    temper_job *job;
    temper_report *report = NULL;
    char data[400];
    snprintf(data, sizeof data, "npy:x=%s/big.npy,y=%s/labels.npy,stream=%s", folder, folder, stream);
    const char *options[] = {"data", data,    "model", "mlp:8,norm=batch", "epochs", "2", "batch",
                             "20",   "seeds", "2",     "augment",          augment};
    CHECK_OK(temper_job_create(&job, "train"));
    for (int k = 0; k < 12; k += 2) CHECK_OK(temper_job_set(job, options[k], options[k + 1]));
    CHECK_OK(temper_job_run(job, NULL, &report));
    const char *at = report ? strstr(temper_report_json(report), "\"hash\": \"") : NULL;
    snprintf(hash, 32, "%.16s", at ? at + 9 : "none");
    temper_report_free(report);
    temper_job_free(job);
}

static void training_reads_the_file(void) {
    static unsigned char pixel[120 * 5 * 4];
    int64_t y[120];
    for (int k = 0; k < 120 * 20; k++)
        pixel[k] = (unsigned char)temper_word((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, k);
    for (int k = 0; k < 120; k++) y[k] = k % 3;
    write_npy("big.npy", "|u1", "(120, 5, 4)", pixel, sizeof pixel);
    write_npy("labels.npy", "<i8", "(120,)", y, sizeof y);
    static const char *const augments[] = {"", "shift=1,mirror=yes,blur=0.1"};
    char held[2][32], streamed[2][32];
    for (int a = 0; a < 2; a++) {
        hash_of_training("no", augments[a], held[a]), hash_of_training("yes", augments[a], streamed[a]);
        CHECK(!strcmp(held[a], streamed[a]) && strcmp(held[a], "none"), "%s in memory, %s from the file",
              held[a], streamed[a]);
    }
    CHECK(strcmp(held[0], held[1]), "augmentation changes nothing");
}

static void bad_files_are_refused(void) {
    temper_dataset *set;
    float f[6] = {1, 2, 3, 4, NAN, 6};
    write_npy("nan.npy", "<f4", "(2, 3)", f, sizeof f);
    CHECK_FAILS(open_set(&set, "nan.npy", NULL, ",stream=yes"), TEMPER_BAD_DATA, "row 1");
    write_npy("cut.npy", "<f4", "(3, 3)", f, sizeof f);
    CHECK_FAILS(open_set(&set, "cut.npy", NULL, ",stream=yes"), TEMPER_BAD_DATA, "truncated");
    write_npy("label.npy", "<f4", "(6,)", f, sizeof f);
    f[4] = 5;
    write_npy("good.npy", "<f4", "(2, 3)", f, sizeof f);
    CHECK_FAILS(open_set(&set, "good.npy", "label.npy", ",stream=yes"), TEMPER_BAD_DATA,
                "one label for each");
    CHECK_FAILS(open_set(&set, "none.npy", NULL, ",stream=yes"), TEMPER_BAD_FILE, "none.npy");
    char path[128];
    snprintf(path, sizeof path, "%s/packed.npy", folder);
    FILE *file = fopen(path, "wb");
    fwrite("\x1f\x8b\x08\0\0\0", 1, 6, file);
    fclose(file);
    CHECK_FAILS(open_set(&set, "packed.npy", NULL, ",stream=yes"), TEMPER_BAD_DATA, "gzip");
    snprintf(path, sizeof path, "%s/empty.npy", folder);
    fclose(fopen(path, "wb"));
    CHECK_FAILS(open_set(&set, "empty.npy", NULL, ",stream=yes"), TEMPER_BAD_FILE, "empty");
}

static void short_memory_leaks_nothing(void) {
    temper_dataset *set;
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 40; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = open_set(&set, "u.npy", "y.npy", ",stream=yes");
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "status %d", bad);
        if (!bad) temper_dataset_free(set);
        CHECK(temper_alloc_live() == live, "allocation %d leaks", (int)k);
    }
}

static void hyphens_are_underscores(void) {
    temper_dataset *set;
    CHECK_FAILS(temper_dataset_create(&set, "fashion-mnist:folder=/nowhere"), TEMPER_BAD_FILE,
                "fashion_mnist");
}

int main(void) {
    snprintf(folder, sizeof folder, "/tmp/temper_stream_XXXXXX");
    if (!mkdtemp(folder)) return 1;
    RUN(rows_are_the_same);
    RUN(training_reads_the_file);
    RUN(bad_files_are_refused);
    RUN(short_memory_leaks_nothing);
    RUN(hyphens_are_underscores);
    char clean[96];
    snprintf(clean, sizeof clean, "rm -r %s", folder);
    return system(clean) ? 1 : check_end();
}
