/* The page of a training run, from an invented study of the digits: every chapter is there, every number that a reader could
 * check by hand is right, markup is balanced, and short memory is a sentence. `unit_study_page FILE` writes the page to look at. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "check.h"
#include "run/study_page.h"
#include "temper/stream.h"

enum { MEMBERS = 5, MOMENTS = 41, TESTS = 450, CLASSES = 10 };

typedef struct {
    temper_dataset *digits;
    temper_study study;
    temper_moment moment[MEMBERS * MOMENTS];
    double p[TESTS * CLASSES], spread[TESTS];
    int32_t y[TESTS];
    int64_t row[TESTS];
    int right;
} invented;

static double noise(int purpose, int64_t k) {
    return temper_normal((temper_stream){7, 1}, TEMPER_FOR_TESTS, purpose, k);
}

static void invent_moments(invented *v) {
    for (int r = 0; r < MEMBERS; r++)
        for (int k = 0; k < MOMENTS; k++) {
            temper_moment *m = &v->moment[r * MOMENTS + k];
            double wobble = 1 + 0.1 * noise(r, k);
            *m = (temper_moment){.step = 105 * k,
                                 .evaluations = 105 * k,
                                 .rate = 0.05 * (1 + cos(3.14159 * k / 40)) / 2,
                                 .temperature = 0,
                                 .train_energy = k ? 2.3 * exp(-k / 6.0) * wobble : NAN,
                                 .T_config = k ? 3 * exp(-k / 10.0) * wobble : NAN,
                                 .T_kinetic = NAN,
                                 .T_gradient = NAN,
                                 .fdr_left = k ? 0.1 * wobble * exp(-k / 9.0) : NAN,
                                 .fdr_right = k ? 0.1 * exp(-k / 8.0) : NAN,
                                 .noise_scale = k ? 50 * exp(k / 15.0) * wobble : NAN};
            m->validation[0] = 0.985 - 0.885 * exp(-k / 5.0) * wobble;
            m->validation[1] = 0.05 + 2.2 * exp(-k / 6.0) * wobble;
        }
}

static void invent_predictions(invented *v) {
    for (int64_t i = 0; i < TESTS; i++) {
        double sum = 0, *p = v->p + i * CLASSES;
        v->row[i] = i, v->y[i] = v->digits->data.y[i];
        for (int c = 0; c < CLASSES; c++)
            sum += p[c] = exp(1.5 * noise(100, i * CLASSES + c) + 6 * (c == v->y[i]));
        int best = 0;
        for (int c = 0; c < CLASSES; c++) p[c] /= sum, best = p[c] > p[best] ? c : best;
        v->right += best == v->y[i];
        v->spread[i] = fabs(0.1 * noise(101, i));
    }
}

static invented *invent(void) {
    static const char *const names[] = {"accuracy", "nll", "brier", "ece"};
    invented *v = calloc(1, sizeof *v);
    CHECK_OK(temper_dataset_create(&v->digits, "digits"));
    invent_moments(v);
    invent_predictions(v);
    v->study = (temper_study){.data = "digits",
                              .model = "mlp:100<b>",
                              .dynamics = "sgd:rate=0.05",
                              .ensemble = "seeds",
                              .command = "temper train --data digits --model 'mlp:100<b>'",
                              .members = MEMBERS,
                              .moments = MOMENTS,
                              .moment = v->moment,
                              .scores = 4,
                              .parameters = 7510,
                              .steps = 4200,
                              .epochs = 200,
                              .gradient_evaluations = 21000,
                              .seconds = 3.1,
                              .hash = "0123456789abcdef0123456789abcdef",
                              .tests = TESTS,
                              .classes = CLASSES,
                              .y = v->y,
                              .p = v->p,
                              .spread = v->spread,
                              .samples = &v->digits->data,
                              .row = v->row,
                              .verdict = "98.5 % of the test digits are right.\n! over-confident by 0.02\n"};
    for (int k = 0; k < 4; k++) {
        v->study.score[k] = (temper_score){.name = names[k],
                                           .unit = "",
                                           .mean = 0.98 / (k * k * 10 + 1),
                                           .error = 0.002,
                                           .ensemble = 0.984 / (k * k * 10 + 1),
                                           .ensemble_error = 0.006};
        for (int r = 0; r < MEMBERS; r++)
            v->study.score[k].member[r] = v->study.score[k].mean + 0.004 * noise(102, r);
    }
    return v;
}

static void dismiss(invented *v) {
    temper_dataset_free(v->digits);
    free(v);
}

static int count(const char *text, const char *what) {
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

static const char *path;

static void every_chapter_is_there(void) {
    invented *v = invent();
    temper_text page = {0};
    CHECK_OK(temper_study_html(&v->study, "accuracy 0.98 & more", &page));
    if (!page.data) return;
    static const char *const chapters[] = {"<h2>Test set",  "<h2>Learning",    "<h2>Calibration",
                                           "<h2>Confusion", "<h2>Test images", "<h2>Thermometer",
                                           "<h2>Numbers",   "<h2>Provenance"};
    for (size_t k = 0; k < sizeof chapters / sizeof *chapters; k++)
        CHECK(count(page.data, chapters[k]) == 1, "%s", chapters[k]);
    static const char *const tags[] = {"figure", "svg", "table", "details", "pre", "div", "h3", "p"};
    for (size_t k = 0; k < sizeof tags / sizeof *tags; k++) {
        char open[16], bare[16], closed[16];
        snprintf(open, sizeof open, "<%s ", tags[k]), snprintf(bare, sizeof bare, "<%s>", tags[k]);
        snprintf(closed, sizeof closed, "</%s>", tags[k]);
        CHECK(count(page.data, open) + count(page.data, bare) == count(page.data, closed), "%s", tags[k]);
    }
    CHECK(!strstr(page.data, "mlp:100<b>") && strstr(page.data, "mlp:100&lt;b&gt;"),
          "not escaped"); /* text is escaped */
    CHECK(count(page.data, "http://") == count(page.data, "http://www.w3.org/2000/svg"),
          "a page loads nothing");
    CHECK(count(page.data, "class=\"verdict bad\"") == 1 && count(page.data, "class=\"verdict\"") == 1,
          "verdicts");
    if (path) {
        FILE *file = fopen(path, "w");
        if (file) fwrite(page.data, 1, page.length, file), fclose(file);
    }
    temper_text_clear(&page);
    dismiss(v);
}

/* Energies of a density go below zero: their figure then is not logarithmic, which would hide them. */
static void negative_energies_are_drawn(void) {
    invented *v = invent();
    temper_text page = {0};
    temper_study_curves(&v->study, &page);
    CHECK(page.data && strstr(page.data, "data-y=\"u = U/N\" data-logy"),
          "positive energies: not logarithmic");
    temper_text_clear(&page);
    for (int k = 0; k < MEMBERS * MOMENTS; k++) v->moment[k].train_energy -= 1;
    temper_study_curves(&v->study, &page);
    CHECK(page.data && strstr(page.data, "data-y=\"u = U/N\" data-curves"), "negative energies: logarithmic");
    temper_text_clear(&page);
    dismiss(v);
}

/* The green cells of the confusion matrix add up to the number of right answers, all cells to that of the rows. */
static void confusion_adds_up(void) {
    invented *v = invent();
    temper_text page = {0};
    temper_study_confusion(&v->study, &page);
    int right = 0, all = 0;
    for (const char *p = page.data; p && (p = strstr(p, "rgba(")); p++) {
        int n = atoi(strchr(p, '>') + 1);
        all += n, right += strncmp(p, "rgba(0,158", 10) ? 0 : n;
    }
    CHECK(right == v->right, "%d, want %d", right, v->right);
    CHECK(all == TESTS, "%d", all);
    temper_text_clear(&page);
    dismiss(v);
}

/* Bins of the reliability figure: confidence-weighted sums over bins give the mean confidence and accuracy back. */
static void reliability_adds_up(void) {
    invented *v = invent();
    temper_text page = {0};
    double rows = 0, right = 0, y[TEMPER_BINS], n[TEMPER_BINS];
    int bins = 0, counts = 0;
    temper_study_calibration(&v->study, &page);
    for (const char *p = page.data; p && (p = strstr(p, "\nmeasured\t")) && bins < TEMPER_BINS; bins++) {
        char *end;
        strtod(p + 10, &end), y[bins] = strtod(end, NULL);
        p += 10;
    }
    for (const char *p = page.data ? strstr(page.data, "Test rows in each bin") : NULL;
         p && (p = strstr(p, "\n\t")) && counts < TEMPER_BINS; counts++) {
        char *end;
        strtod(p + 2, &end), n[counts] = strtod(end, NULL);
        p += 2;
    }
    CHECK(bins == counts && bins > 3, "%d bins, %d counts", bins, counts);
    for (int b = 0; b < bins; b++) rows += n[b], right += n[b] * y[b];
    CHECK_NEAR(rows, TESTS, 1e-6);
    CHECK_NEAR(right, v->right, 1e-4);
    temper_text_clear(&page);
    dismiss(v);
}

static void short_memory_is_a_sentence(void) {
    invented *v = invent();
    int64_t k = 1, failed = 0;
    for (bool done = false; !done && k < 4000; k += 7) {
        temper_text page = {0};
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status bad = temper_study_html(&v->study, "text", &page);
        done = temper_alloc_count() < k;
        temper_alloc_fail_at(0);
        CHECK(bad == (done ? TEMPER_OK : TEMPER_NO_MEMORY), "status %d at allocation %d", bad, (int)k);
        failed += bad != TEMPER_OK;
        temper_text_clear(&page);
        CHECK(temper_alloc_live() == live, "allocation %d leaks", (int)k);
    }
    CHECK(failed > 3, "%d failures only", (int)failed);
    dismiss(v);
}

int main(int argc, char **argv) {
    path = argc > 1 ? argv[1] : NULL;
    RUN(every_chapter_is_there);
    RUN(negative_energies_are_drawn);
    RUN(confusion_adds_up);
    RUN(reliability_adds_up);
    RUN(short_memory_is_a_sentence);
    return check_end();
}
