/* Every corruption: same example, same damage; more severity, more damage; within the range; answers untouched. */
#include <stdlib.h>
#include "core/catalogue.h"
#include "options.h"
#include "temper/corruption.h"
#include "temper/parallel.h"

enum { ROWS = 60, MOST = 3 * 32 * 32 };

/* Images with a bright shape before a dark ground, values −1 … 3; or vectors. */
static temper_samples examples(int64_t channels, int64_t height, int64_t width) {
    const temper_stream stream = {9, 1};
    int64_t pixels = height * width;
    temper_samples s = {.n = ROWS, .features = channels ? channels * pixels : width, .classes = 4};
    if (channels) s.channels = channels, s.height = height, s.width = width;
    s.X = calloc((size_t)(s.n * s.features), sizeof *s.X), s.y = calloc(ROWS, sizeof *s.y);
    for (int64_t i = 0; i < s.n; i++) {
        s.y[i] = (int32_t)(i % 4);
        for (int64_t k = 0; k < s.features; k++) {
            double y = (double)(k % pixels / width) / (double)height - 0.5,
                   x = (double)(k % width) / (double)width - 0.5;
            double u = temper_uniform(stream, TEMPER_FOR_TESTS, i, k);
            bool bright = fabs(x + 0.1 * (double)(i % 4) - 0.15) < 0.12 || (y > 0 && y < 0.2);
            s.X[i * s.features + k] = (float)(channels ? bright ? 3 - u : u * u * u - 1 : 4 * u - 1);
        }
    }
    return s;
}

static void clear(temper_samples *s) { free(s->X), free(s->y); }

static int64_t all[ROWS];

static temper_status spoil(const char *name, int severity, const temper_samples *s, const int64_t *row,
                           int64_t n, temper_samples *out) {
    char text[80];
    temper_corruption *corruption;
    snprintf(text, sizeof text, "%s:severity=%d", name, severity);
    temper_status bad = temper_corruption_create(&corruption, text);
    if (bad) return bad;
    CHECK(!strcmp(corruption->text, text), "%s", corruption->text);
    bad = temper_corrupt(corruption, s, all, ROWS, row, n, 3, out);
    temper_corruption_free(corruption);
    return bad;
}

static double distance(const temper_samples *a, const temper_samples *b) {
    double sum = 0;
    for (int64_t k = 0; k < ROWS * a->features; k++) sum += fabs((double)a->X[k] - (double)b->X[k]);
    return sum / (double)(ROWS * a->features);
}

static void degrades(const char *name, const temper_samples *s) {
    double before = 0;
    for (int severity = 1; severity <= TEMPER_SEVERITIES; severity++) {
        temper_samples out;
        CHECK_OK(spoil(name, severity, s, all, ROWS, &out));
        if (!out.X) return;
        double far = distance(s, &out);
        CHECK(far > before, "%s, %dx%dx%d: severity %d moves by %g, the one before by %g", name,
              (int)s->channels, (int)s->height, (int)s->width, severity, far, before);
        CHECK(!memcmp(out.y, s->y, ROWS * sizeof *s->y) && out.classes == s->classes && out.n == ROWS,
              "labels");
        for (int64_t k = 0; k < ROWS * s->features; k++) {
            float x = out.X[k];
            CHECK(isfinite(x) && (!s->channels || (x >= -1 && x <= 3)), "%s: %g", name, (double)x);
            if (check_bad) break;
        }
        before = far;
        temper_samples_clear(&out);
    }
}

static void every_shape(void) {
    static const int64_t shape[][3] = {{1, 8, 8}, {1, 28, 28}, {3, 32, 32}, {2, 9, 14}, {0, 1, 13}};
    for (int k = 0; k < 5; k++) {
        temper_samples s = examples(shape[k][0], shape[k][1], shape[k][2]), out;
        for (int c = 0; temper_list_corruption[c]; c++) {
            const temper_corruption_type *type = temper_list_corruption[c];
            if (s.channels || !type->images)
                degrades(type->about.name, &s);
            else
                CHECK_FAILS(spoil(type->about.name, 2, &s, all, ROWS, &out), TEMPER_CANNOT, "is of images");
        }
        clear(&s);
    }
    temper_samples one = examples(1, 1, 1), out; /* a single pixel breaks nothing */
    for (int c = 0; temper_list_corruption[c]; c++) {
        CHECK_OK(spoil(temper_list_corruption[c]->about.name, 5, &one, all, ROWS, &out));
        temper_samples_clear(&out);
    }
    clear(&one);
}

static void alone_or_together(void) {
    temper_samples s = examples(2, 9, 14);
    for (int c = 0; temper_list_corruption[c]; c++) {
        const char *name = temper_list_corruption[c]->about.name;
        const int64_t few[3] = {41, 7, 58};
        temper_samples whole = {0}, out = {0};
        for (int threads = 1; threads <= 3; threads++) {
            temper_threads(threads);
            CHECK_OK(spoil(name, 3, &s, all, ROWS, threads == 1 ? &whole : &out));
            if (threads == 1) continue;
            CHECK(!memcmp(whole.X, out.X, (size_t)(ROWS * s.features) * sizeof(float)), "%s: %d threads",
                  name, threads);
            temper_samples_clear(&out);
        }
        CHECK_OK(spoil(name, 3, &s, few, 3, &out));
        for (int i = 0; i < 3; i++)
            CHECK(!memcmp(out.X + i * s.features, whole.X + few[i] * s.features,
                          (size_t)s.features * sizeof(float)) &&
                      out.y[i] == s.y[few[i]],
                  "%s: row %d", name, (int)few[i]);
        temper_samples_clear(&whole), temper_samples_clear(&out);
    }
    temper_threads(0);
    clear(&s);
}

static void options(void) {
    for (int c = 0; temper_list_corruption[c]; c++) {
        const temper_about *about = &temper_list_corruption[c]->about;
        temper_corruption *corruption;
        refuses_bad_options(about);
        CHECK_OK(temper_corruption_create(&corruption, about->name));
        CHECK(corruption && strstr(corruption->text, "severity=3"), "%s: the preset is 3", about->name);
        temper_corruption_free(corruption);
    }
    temper_corruption *corruption;
    CHECK_FAILS(temper_corruption_create(&corruption, "rotatoin"), TEMPER_BAD_OPTION,
                "did you mean 'rotation'?");
}

int main(void) {
    for (int i = 0; i < ROWS; i++) all[i] = i;
    RUN(options);
    RUN(every_shape);
    RUN(alone_or_together);
    return check_end();
}
