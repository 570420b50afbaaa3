/* Rows of data sets in the units of machines: which values become 0 and 1, by threshold, by chance or as they are; parts, shares, weights. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "run/teaching.h"

static char path[] = "/tmp/temper_learn_data_XXXXXX";

typedef struct {
    temper_settings settings;
    temper_lesson_data data;
    temper_machine *machine;
    temper_status bad;
} taken;

/* A csv file of these lines for this machine; "name", "value", … are settings of learn, up to NULL. */
static taken take(const char *lines, const char *machine, const char *const *set) {
    taken t = {.bad = TEMPER_OK};
    char data[128];
    FILE *file = fopen(path, "w");
    if (lines && file) fputs(lines, file);
    if (file) fclose(file);
    snprintf(data, sizeof data, "csv:file=%s,label=none,header=no", path);
    t.bad = temper_settings_begin("learn", &t.settings);
    if (!t.bad) t.bad = temper_settings_set("learn", &t.settings, "data", data);
    for (int k = 0; set && set[k] && !t.bad; k += 2)
        t.bad = temper_settings_set("learn", &t.settings, set[k], set[k + 1]);
    if (!t.bad) t.bad = temper_lesson_data_open(&t.data, &t.settings, "learn");
    if (!t.bad) t.bad = temper_machine_create(&t.machine, machine, &t.data.io);
    if (!t.bad) t.bad = temper_lesson_data_take(&t.data, &t.settings, t.machine);
    temper_rows_view rows = temper_table_view(&t.data.part[TEMPER_TRAIN]);
    if (!t.bad) t.bad = temper_machine_legal(t.machine, &rows);
    return t;
}

static void release(taken *t) {
    temper_machine_free(t->machine);
    temper_lesson_data_clear(&t->data);
    temper_settings_clear(&t->settings);
}

static void check_rows(const char *what, const taken *t, const float *want, int n) {
    const temper_table_rows *part = &t->data.part[TEMPER_TRAIN];
    CHECK(!t->bad, "%s: %s", what, temper_message());
    CHECK(part->n * part->columns == n, "%s: %lld rows of %lld", what, (long long)part->n,
          (long long)part->columns);
    for (int k = 0; k < n && part->X && part->n * part->columns == n; k++)
        CHECK(fabs((double)part->X[k] - (double)want[k]) < 1e-6, "%s: number %d is %g, want %g", what, k,
              (double)part->X[k], (double)want[k]);
}

/* Data of two values are taken as they are, whatever the two are, in columns that never change too. */
static void two_values_are_known(void) {
    static const struct {
        const char *lines;
        bool told;
        float want[4];
    } cases[] = {{"0,1\n1,1\n", false, {0, 1, 1, 1}},       {"-1,1\n1,1\n", false, {0, 1, 1, 1}},
                 {"255,255\n0,255\n", false, {1, 1, 0, 1}}, {"3,7\n3,3\n", false, {0, 1, 0, 0}},
                 {"1,1\n1,1\n", false, {1, 1, 1, 1}},       {"0,0\n0,0\n", false, {0, 0, 0, 0}},
                 {"-1,-1\n-1,-1\n", false, {0, 0, 0, 0}},   {"0,1\n0.5,0\n", true, {0, 1, 1, 0}}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int spin = 0; spin < 2; spin++) {
            float want[4];
            taken t = take(cases[k].lines, spin ? "rbm:hidden=2,visible=spin" : "rbm:hidden=2",
                           (const char *const[]){"level", "0.4", NULL});
            for (int i = 0; i < 4; i++) want[i] = spin ? 2 * cases[k].want[i] - 1 : cases[k].want[i];
            check_rows(cases[k].lines, &t, want, 4);
            CHECK(t.data.presumed == cases[k].told &&
                      !strcmp(t.settings.binarise, cases[k].told ? "threshold" : "none"),
                  "%s: binarise=%s", cases[k].lines, t.settings.binarise);
            release(&t);
            /* what was found out is written down, and gives the same */
            t = take(cases[k].lines, spin ? "rbm:hidden=2,visible=spin" : "rbm:hidden=2",
                     (const char *const[]){"level", "0.4", "binarise", cases[k].told ? "threshold" : "none",
                                           NULL});
            check_rows("written down", &t, want, 4);
            CHECK(!t.data.presumed, "presumed what it was told");
            release(&t);
        }
}

/* Above `level` of each column's range: 2, 4, 6, 10 are 0, ¼, ½, 1 of it. */
static void thresholds(void) {
    static const char *const lines = "2,0\n4,5\n6,0\n10,1\n";
    static const struct {
        const char *level;
        float want[8];
    } cases[] = {{"0.5", {0, 0, 0, 1, 0, 0, 1, 0}},
                 {"0.2", {0, 0, 1, 1, 1, 0, 1, 0}},
                 {"0.19", {0, 0, 1, 1, 1, 0, 1, 1}},
                 {"0", {0, 0, 1, 1, 1, 0, 1, 1}},
                 {"1", {0}}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        taken t = take(lines, "rbm:hidden=2",
                       (const char *const[]){"binarise", "threshold", "level", cases[k].level, NULL});
        check_rows(cases[k].level, &t, cases[k].want, 8);
        CHECK(t.data.told && !t.data.presumed, "it is told, and was asked for");
        release(&t);
    }
    /* the range is that of the training rows: what lies beyond it is beyond */
    taken t = take(lines, "rbm:hidden=2", (const char *const[]){"rows", "2", "level", "0.9", NULL});
    check_rows("two rows", &t, (const float[]){0, 0, 1, 1}, 4);
    release(&t);
    t = take(lines, "rbm:hidden=2", (const char *const[]){"binarise", "none", NULL});
    CHECK(t.bad == TEMPER_BAD_DATA &&
              strstr(temper_message(), "row 0, column 0 is 2; legal for binary units: 0 or 1"),
          "%s", temper_message());
    release(&t);
    t = take(lines, "rbm:hidden=2", (const char *const[]){"binarise", "treshold", NULL});
    CHECK(t.bad == TEMPER_BAD_OPTION && strstr(temper_message(), "did you mean 'threshold'"), "%s",
          temper_message());
    release(&t);
}

/* A grey value as a probability: the mean over 2000 rows of 0.25 and 0.7, 4.5 σ; the same again for the same split_seed alone, and for each
 * row whichever part it is in. */
static void sampled(void) {
    enum { N = 2040, ENDS = 40 }; /* the first rows say what the range is, in either part */
    char *lines = malloc(N * 16), *at = lines;
    double mean[2] = {0, 0};
    static float first[N * 2];
    for (int k = 0; k < N; k++) at += sprintf(at, k >= ENDS ? "0.25,0.7\n" : k % 2 ? "1,1\n" : "0,0\n");
    for (int pass = 0; pass < 4; pass++) {
        taken t = take(lines, "rbm:hidden=2",
                       (const char *const[]){"binarise", "sample", "split_seed", pass == 2 ? "5" : "4",
                                             "test", pass == 3 ? "0.5" : "0", NULL});
        const temper_table_rows *part = &t.data.part[TEMPER_TRAIN];
        CHECK(!t.bad && part->n == (pass == 3 ? N / 2 : N), "%s", temper_message());
        if (t.bad) return;
        int same = 0;
        if (pass == 0) memcpy(first, part->X, sizeof first);
        for (int64_t k = 0; k < part->n; k++) {
            int64_t row = t.data.parts.row[TEMPER_TRAIN][k];
            same += !memcmp(part->X + 2 * k, first + 2 * row, 2 * sizeof(float));
            for (int j = 0; j < 2 && pass == 0; j++)
                mean[j] += row < ENDS ? 0 : (double)part->X[2 * k + j] / (N - ENDS);
        }
        CHECK(pass == 2 ? same < N * 3 / 4 : same == part->n, "pass %d: %d rows are the same", pass, same);
        release(&t);
    }
    CHECK(first[0] == 0 && first[1] == 0 && first[2] == 1 && first[3] == 1, "0 and 1 are certain");
    CHECK_NEAR(mean[0], 0.25, 4.5 * sqrt(0.25 * 0.75 / (N - ENDS)));
    CHECK_NEAR(mean[1], 0.7, 4.5 * sqrt(0.7 * 0.3 / (N - ENDS)));
    free(lines);
}

/* Real units: mean 0 and variance 1, or 0 … 1 where they are not negative; or as they stand. */
static void real_numbers_are_scaled(void) {
    static const char *const lines = "1,5\n3,5\n5,5\n";
    const float s = sqrtf(1.5F);
    taken t = take(lines, "rbm:hidden=2,visible=gaussian", NULL);
    check_rows("gaussian", &t, (const float[]){-s, 0, 0, 0, s, 0}, 6);
    release(&t);
    t = take(lines, "rbm:hidden=2,visible=relu", NULL);
    check_rows("relu", &t, (const float[]){0, 0, 0.5F, 0, 1, 0}, 6);
    CHECK(!t.data.told && !t.data.presumed, "nothing became 0 or 1");
    release(&t);
    t = take(lines, "ebm:widths=2,outputs=1", NULL);
    check_rows("ebm", &t, (const float[]){-s, 0, 0, 0, s, 0}, 6);
    release(&t);
}

static void parts_and_shares(void) {
    char lines[400], *at = lines;
    for (int k = 0; k < 40; k++) at += sprintf(at, "%d,%d,%d\n", k & 1, k >> 1 & 1, k >> 2 & 1);
    taken t = take(lines, "rbm:hidden=2", (const char *const[]){"validation", "0.25", "test", "0.1", NULL});
    CHECK(!t.bad && t.data.part[0].n == 26 && t.data.part[1].n == 10 && t.data.part[2].n == 4, "shares");
    for (int p = 0; p < TEMPER_PARTS && !t.bad; p++)
        for (int64_t i = 0; i < t.data.part[p].n; i++)
            for (int j = 0; j < 3; j++)
                CHECK(t.data.part[p].X[3 * i + j] == (float)(t.data.parts.row[p][i] >> j & 1),
                      "part %d, row %d", p, (int)i);
    release(&t);
    t = take(lines, "rbm:hidden=2", (const char *const[]){"validation", "0.25", "rows", "7", NULL});
    CHECK(!t.bad && t.data.part[0].n == 7 && t.data.part[1].n == 10 && t.data.part[2].n == 0,
          "the first rows");
    release(&t);
    t = take(lines, "rbm:hidden=2", NULL);
    CHECK(!t.bad && t.data.part[0].n == 40 && !strcmp(t.settings.watch_share, "0") &&
              !strcmp(t.settings.test_share, "0"),
          "few rows are all for training");
    release(&t);
    t = take(lines, "rbm:hidden=2", (const char *const[]){"test", "0.95", NULL});
    CHECK(t.bad == TEMPER_BAD_OPTION && strstr(temper_message(), "test=0.95"), "%s", temper_message());
    release(&t);
}

/* Weights of rows, here those of sequences that are alike (fasta), go with them into every part; categories stay what they are. */
static void weights_go_along(void) {
    FILE *file = fopen(path, "w");
    static const char *const sequence[] = {"ACGU", "ACGU", "UUGG", "GGGG", "ACGU", "CCUU"};
    for (int k = 0; k < 6 && file; k++) fprintf(file, ">s%d\n%s\n", k, sequence[k]);
    if (file) fclose(file);
    char text[128];
    taken t = {.bad = temper_settings_begin("learn", &t.settings)};
    snprintf(text, sizeof text, "fasta:file=%s", path);
    CHECK_OK(temper_settings_set("learn", &t.settings, "data", text));
    CHECK_OK(temper_settings_set("learn", &t.settings, "validation", "0.5"));
    CHECK_OK(temper_lesson_data_open(&t.data, &t.settings, "learn"));
    CHECK(t.data.io.states > 3 && t.data.io.columns == 4, "%lld states", (long long)t.data.io.states);
    CHECK_OK(temper_machine_create(&t.machine, "maxent", &t.data.io));
    if (t.machine) CHECK_OK(temper_lesson_data_take(&t.data, &t.settings, t.machine));
    const temper_samples *x = &t.data.data->data;
    CHECK(x->weight && x->weight[0] < x->weight[2], "no weights");
    for (int p = 0; p < 2 && x->weight; p++) {
        CHECK(t.data.part[p].n == 3 && t.data.part[p].weight, "part %d", p);
        for (int64_t i = 0; i < t.data.part[p].n && t.data.part[p].weight; i++) {
            const int64_t row = t.data.parts.row[p][i];
            CHECK(t.data.part[p].weight[i] == x->weight[row], "weight of row %d", (int)row);
            CHECK(!memcmp(t.data.part[p].X + 4 * i, x->X + 4 * row, 4 * sizeof(float)), "row %d", (int)row);
        }
    }
    release(&t);
}

static void memory_runs_out(void) {
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 400; k++) {
        temper_alloc_fail_at(k);
        taken t = take("0,3\n1,2\n0,1\n1,0\n", "rbm:hidden=2", (const char *const[]){"test", "0.25", NULL});
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(reached == (t.bad == TEMPER_NO_MEMORY), "allocation %lld: %d", (long long)k, (int)t.bad);
        release(&t);
        CHECK(temper_alloc_live() == live, "a block is lost after failure %lld", (long long)k);
        if (!reached) return;
    }
    CHECK(false, "no end");
}

int main(void) {
    int file = mkstemp(path);
    if (file < 0) return 1;
    close(file);
    RUN(two_values_are_known), RUN(thresholds), RUN(sampled), RUN(real_numbers_are_scaled);
    RUN(parts_and_shares), RUN(weights_go_along), RUN(memory_runs_out);
    unlink(path);
    return check_end();
}
