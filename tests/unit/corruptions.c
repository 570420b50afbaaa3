/* What each corruption does, by hand and by its statistics; the frame around them: ranges, rows in files, short memory; and a
 * fingerprint that must be the same on every machine. */
#include <stdlib.h>
#include <unistd.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "check.h"
#include "core/catalogue.h"
#include "core/picture.h"

enum { SIDE = 20, D = SIDE * SIDE, ROWS = 40 };
static float X[ROWS * D];
static int32_t y[ROWS];
static int64_t all[ROWS];
static temper_samples images = {
    .n = ROWS, .features = D, .X = X, .channels = 1, .height = SIDE, .width = SIDE, .classes = 2, .y = y};

/* Rows 0 and 1 are black and white, so that the range is 0 … 1; the others are what one asks for. */
static void fill(double value) {
    for (int k = 0; k < ROWS * D; k++) X[k] = (float)(k < D ? 0 : k < 2 * D ? 1 : value);
}

static temper_samples spoil(const char *text, const temper_samples *s, const int64_t *fit, int64_t nfit) {
    temper_corruption *corruption;
    temper_samples out = {0};
    CHECK_OK(temper_corruption_create(&corruption, text));
    if (!corruption) return out;
    CHECK_OK(temper_corrupt(corruption, s, fit, nfit, all, s->n, 11, &out));
    temper_corruption_free(corruption);
    return out;
}

typedef struct { /* of the numbers of rows 2 …, per number */
    double n, mean, square;
} moments;

static moments moments_of(const char *text, double value) {
    fill(value);
    temper_samples out = spoil(text, &images, all, ROWS);
    moments m = {.n = (ROWS - 2) * D};
    for (int k = 2 * D; k < ROWS * D; k++) m.mean += (double)out.X[k] / m.n;
    for (int k = 2 * D; k < ROWS * D; k++) {
        double off = (double)out.X[k] - m.mean;
        m.square += off * off / m.n;
    }
    temper_samples_clear(&out);
    return m;
}

static void noises(void) { /* 4.5 standard errors; a variance has the error √((κ − 1)/n) times itself */
    moments m = moments_of("gaussian_noise:severity=2", 0.5); /* clipped at 4 σ: nothing to see */
    CHECK_NEAR(m.mean, 0.5, 4.5 * 0.12 / sqrt(m.n));
    CHECK_NEAR(sqrt(m.square), 0.12, 4.5 * 0.12 / sqrt(2 * m.n) + 2e-5);
    m = moments_of("shot_noise:severity=1",
                   0.3); /* λ = 30: mean 9 photons, κ = 3 + 1/9; clipped where 30 and more come: 7 σ */
    CHECK_NEAR(m.mean, 0.3, 4.5 * sqrt(0.3 / 30 / m.n));
    CHECK_NEAR(m.square, 0.3 / 30, 4.5 * 0.3 / 30 * sqrt(2.12 / m.n));
    m = moments_of("shot_noise:severity=5", 0); /* no light, no photons */
    CHECK(m.mean == 0 && m.square == 0, "%g", m.mean);
    m = moments_of("impulse_noise:severity=4", 0.5); /* p = 0.17: variance p/4 */
    CHECK_NEAR(m.mean, 0.5, 4.5 * sqrt(0.17 / 4 / m.n));
    CHECK_NEAR(m.square, 0.17 / 4, 4.5 / 4 * sqrt(0.17 * 0.83 / m.n));
    m = moments_of("missing:severity=3",
                   0.9); /* p = 0.2: becomes the mean over all rows, (1 + 38·0.9)/40 = 0.88 */
    CHECK_NEAR(m.mean, 0.9 - 0.2 * 0.02, 4.5 * 0.02 * sqrt(0.2 * 0.8 / m.n) + 1e-6);
}

static void light(void) {
    moments m = moments_of("brightness:severity=2", 0.25);
    CHECK_NEAR(m.mean, 0.41, 1e-7);
    m = moments_of("brightness:severity=5", 0.75); /* at most 1 */
    CHECK_NEAR(m.mean, 1, 1e-12);
    m = moments_of("occlusion:severity=4", 0); /* 0.42² of the area at one half */
    CHECK_NEAR(m.mean, 0.5 * 0.42 * 0.42, 1e-7);
    fill(0);
    temper_samples out = spoil("fog:severity=3", &images, all, ROWS);
    for (int i = 2; i < ROWS; i++) { /* from 0 to c/(1 + c), c = 0.7 */
        float low = 2, high = -1;
        for (int k = i * D; k < (i + 1) * D; k++)
            low = out.X[k] < low ? out.X[k] : low, high = out.X[k] > high ? out.X[k] : high;
        CHECK_NEAR((double)low, 0, 0);
        CHECK_NEAR((double)high, 0.7 / 1.7, 1e-7);
    }
    temper_samples_clear(&out);
    for (int k = 2 * D; k < ROWS * D; k++) X[k] = k % 2 ? 0.75F : 0.25F;
    out = spoil("contrast:severity=2", &images, all, ROWS);
    CHECK_NEAR((double)out.X[2 * D], 0.4, 1e-7);
    CHECK_NEAR((double)out.X[2 * D + 1], 0.6, 1e-7);
    temper_samples_clear(&out);
}

/* The wave is told by its two draws, which come from the stream whose chain is FNV-1a of "stripes". */
static void stripes(void) {
    const temper_stream stream = {11, UINT32_C(0x764aa2fd)};
    fill(0.5);
    temper_samples out = spoil("stripes:severity=2", &images, all, ROWS);
    for (int i = 2; i < ROWS; i += 7) {
        double angle = 2 * acos(-1) * temper_uniform(stream, TEMPER_FOR_AUGMENTATION, i, 0);
        double phase = temper_uniform(stream, TEMPER_FOR_AUGMENTATION, i, 1);
        for (int k = 0; k < D; k += 13) {
            double along = (k / SIDE) * sin(angle) + (k % SIDE) * cos(angle);
            CHECK_NEAR((double)out.X[i * D + k], 0.5 + 0.2 * sin(2 * acos(-1) * (3 * along / SIDE + phase)),
                       1e-6);
        }
    }
    temper_samples_clear(&out);
}

/* Mass, centre (y, x) and second moments (yy, xx, yx) of an image. */
static void shape_of(const float *x, double m[6]) {
    for (int k = 0; k < 6; k++) m[k] = 0;
    for (int k = 0; k < D; k++) {
        double u = k / SIDE - 9.5, v = k % SIDE - 9.5, w = (double)x[k];
        m[0] += w, m[1] += w * u, m[2] += w * v, m[3] += w * u * u, m[4] += w * v * v, m[5] += w * u * v;
    }
    for (int k = 1; k < 6; k++) m[k] /= m[0];
}

/* A bar about the centre, 12 pixels along x and 4 along y. */
static void bars(void) {
    fill(0);
    for (int k = 2 * D; k < ROWS * D; k++) {
        int i = k % D / SIDE, j = k % SIDE;
        X[k] = i >= 8 && i < 12 && j >= 4 && j < 16;
    }
}

static void geometry(void) {
    double m[6], was[6];
    int left = 0;
    bars(), shape_of(X + 2 * D, was); /* (4² − 1)/12 = 1.25 and (12² − 1)/12 */
    CHECK_NEAR(was[4], 143.0 / 12, 1e-12);
    temper_samples out = spoil("rotation:severity=4", &images, all, ROWS); /* the long axis lies at ±26° */
    for (int i = 2; i < ROWS; i++) {
        shape_of(out.X + i * D, m);
        CHECK_NEAR(0.5 * atan2(2 * m[5], m[4] - m[3]) * 180 / acos(-1), m[5] > 0 ? 26 : -26, 0.3);
        CHECK_NEAR(m[0], was[0], 0.5);
        left += m[5] > 0;
    }
    CHECK(left > 6 && left < 32, "%d of 38 to one side", left); /* 4.5 σ of a fair coin */
    temper_samples_clear(&out), out = spoil("shift:severity=3", &images, all, ROWS);
    for (int i = 2; i < ROWS; i++) { /* by 0.09·20 pixels, in some direction; no mass is lost */
        shape_of(out.X + i * D, m);
        CHECK_NEAR(m[0], was[0], 1e-4);
        CHECK_NEAR(sqrt(m[1] * m[1] + m[2] * m[2]), 1.8, 1e-5);
    }
    temper_samples_clear(&out),
        out = spoil("scale:severity=2", &images, all, ROWS); /* lengths times 1.16 or over it */
    for (int i = 2; i < ROWS; i++) {
        shape_of(out.X + i * D, m);
        double f = m[0] > was[0] ? 1.16 : 1 / 1.16;
        CHECK_NEAR(m[0] / was[0], f * f, 0.05);
        CHECK_NEAR(sqrt(m[4] / was[4]), f, 0.03);
    }
    temper_samples_clear(&out), out = spoil("shear:severity=3", &images, all, ROWS);
    for (int i = 2; i < ROWS; i++) { /* slides of 0.36: ⟨yx⟩ = ∓0.36 of ⟨yy⟩ (rows) or of ⟨xx⟩ (columns) */
        shape_of(out.X + i * D, m);
        bool rows = fabs(m[3] - was[3]) < 0.3;
        CHECK_NEAR(fabs(m[5]), 0.36 * (rows ? was[3] : was[4]), rows ? 0.15 : 0.1);
        CHECK_NEAR(m[0], was[0], 1.2);
    }
    temper_samples_clear(&out);
}

/* A point spreads: blur to σ in both directions, motion blur to L²(s + 2)/(12 s) along one (s + 1 places on a length L). */
static void blurs(void) {
    double m[6];
    fill(0);
    for (int i = 2; i < ROWS; i++) X[i * D + 10 * SIDE + 10] = 1;
    temper_samples out = spoil("blur:severity=3", &images, all,
                               ROWS); /* σ = 1.2 pixels, cut off at 4: 0.9995 of it is there */
    shape_of(out.X + 2 * D, m);
    CHECK_NEAR(m[0], 1, 1e-5);
    CHECK_NEAR(m[3] - m[1] * m[1], 1.44, 0.02);
    CHECK_NEAR(m[4] - m[2] * m[2], 1.44, 0.02);
    CHECK_NEAR((double)out.X[2 * D + 10 * SIDE + 10], 1 / (2 * acos(-1) * 1.44), 1e-3);
    temper_samples_clear(&out);
    out = spoil("motion_blur:severity=5", &images, all,
                ROWS); /* L = 9.2 pixels; sub-pixel places add up to 1/4 to each direction */
    for (int i = 2; i < ROWS; i++) {
        shape_of(out.X + i * D, m);
        CHECK_NEAR(m[0], 1, 1e-5);
        CHECK_NEAR(m[3] + m[4] - m[1] * m[1] - m[2] * m[2], 9.2 * 9.2 * 12 / (12 * 10), 0.5);
    }
    temper_samples_clear(&out);
    fill(0.5); /* a grey wall stays grey, at its border as well */
    out = spoil("blur:severity=5", &images, all, ROWS);
    for (int k = 2 * D; k < ROWS * D; k++) CHECK_NEAR((double)out.X[k], 0.5, 1e-6);
    temper_samples_clear(&out);
}

/* The warp itself: quarter turns and half pixels. */
static void warps(void) {
    const float from[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, turned[9] = {7, 4, 1, 8, 5, 2, 9, 6, 3};
    float to[9];
    temper_victim v = {.features = 9, .channels = 1, .height = 3, .width = 3, .image = true};
    temper_picture_warp(&v, (const double[2][2]){{0, -1}, {1, 0}}, from, to);
    CHECK(!memcmp(to, turned, sizeof to), "a quarter turn: %g %g %g", (double)to[0], (double)to[1],
          (double)to[2]);
    memset(to, 0, sizeof to);
    temper_picture_add(&v, 1, (const double[]){0.5, -0.25}, from, to);
    CHECK_NEAR((double)to[4], 0.75 * 6.5 + 0.25 * 5.5, 1e-6);
    CHECK_NEAR((double)to[6], 0.75 * 3.5,
               1e-6); /* half of it lies below the border, a quarter of it to the left */
}

/* Vectors: their own ranges, of the training rows; nothing is clipped; what the corruption leaves alone and what does not vary keeps its
 * bits. */
static void ranges(void) {
    float x[4 * 3] = {0, 7, 0.1F, 10, 7, 0.3F, 4, 9, 0.7F, 100, 7, 0.9F};
    double t[4] = {1, 2, 3, 4};
    temper_samples s = {.n = 4, .features = 3, .X = x, .outputs = 1, .t = t};
    int stuck = 0;
    temper_samples out = spoil("gaussian_noise:severity=1", &s, all, 2); /* ranges 10, 0, 0.2 */
    for (int i = 0; i < 4; i++) {
        CHECK(out.X[3 * i + 1] == x[3 * i + 1], "a constant input is left alone: %g",
              (double)out.X[3 * i + 1]);
        double a = fabs((double)(out.X[3 * i] - x[3 * i])),
               b = fabs((double)(out.X[3 * i + 2] - x[3 * i + 2]));
        CHECK(a > 0 && a < 4.5 * 0.8 && b > 0 && b < 4.5 * 0.016, "%g %g", a, b);
        CHECK(out.t[i] == t[i], "targets");
    }
    temper_samples_clear(&out);
    out = spoil("impulse_noise:severity=5", &s, all, 2);
    for (int k = 0; k < 12; k++)
        if (out.X[k] != x[k]) {
            CHECK(k % 3 == 0 ? out.X[k] == 0 || out.X[k] == 10 : k % 3 == 2, "%g", (double)out.X[k]);
            stuck++;
        }
    CHECK(stuck < 12 && out.outputs == 1 && out.n == 4, "%d", stuck);
    temper_samples_clear(&out);
}

/* Both pixels of a channel have its range, 0 … 4; the second channel has its own, 0 … 2. */
static void channels(void) {
    float x[2 * 4] = {0, 0, 0, 0, 1, 4, 2, 1}, want[8] = {0.64F, 0.64F, 0.32F, 0.32F, 1.64F, 4, 2, 1.32F};
    temper_samples s = {.n = 2, .features = 4, .X = x, .channels = 2, .height = 1, .width = 2};
    temper_samples out = spoil("brightness:severity=2", &s, all, 2);
    for (int k = 0; k < 8; k++) CHECK_NEAR((double)out.X[k], (double)want[k], 1e-6);
    temper_samples_clear(&out);
}

static void refusals(void) {
    temper_corruption *corruption;
    temper_samples out;
    int64_t far = ROWS, live = temper_alloc_live(), k = 1;
    bars();
    CHECK_OK(temper_corruption_create(&corruption, "missing"));
    CHECK_FAILS(temper_corrupt(corruption, &images, all, 0, all, 1, 1, &out), TEMPER_BAD_OPTION,
                "0 training rows");
    CHECK_FAILS(temper_corrupt(corruption, &images, all, 3, &far, 1, 1, &out), TEMPER_BAD_OPTION,
                "row 40 is outside 0 ... 39");
    CHECK_FAILS(temper_corrupt(corruption, &images, all, 3, all, 0, 1, &out), TEMPER_BAD_OPTION,
                "0 asked-for rows");
    for (temper_status bad = TEMPER_NO_MEMORY; bad; k++) {
        temper_alloc_fail_at(k);
        bad = temper_corrupt(corruption, &images, all, ROWS, all, ROWS, 1, &out);
        CHECK(bad == TEMPER_OK || (bad == TEMPER_NO_MEMORY && !out.X), "allocation %d: %s", (int)k,
              temper_message());
        temper_samples_clear(&out);
    }
    temper_alloc_fail_at(0);
    temper_corruption_free(corruption);
    CHECK(k == 5 && temper_alloc_live() == live, "%d allocations, %d blocks left", (int)k - 2,
          (int)(temper_alloc_live() - live));
}

/* Rows that stay in their file. */
static void streamed(void) {
    char path[] = "/tmp/temper_corruptions_XXXXXX", text[128];
    const char head[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 1, 20, 20), }";
    int file = mkstemp(path);
    CHECK(file >= 0, "no file");
    if (file < 0) return;
    FILE *f = fdopen(file, "wb");
    fprintf(f, "\x93NUMPY%c%c%c%c%-117s\n", 1, 0, 118, 0, head);
    bars();
    fwrite(X, sizeof(float), ROWS * D, f), fclose(f);
    snprintf(text, sizeof text, "npy:x=%s,stream=yes", path);
    temper_dataset *set;
    CHECK_OK(temper_dataset_create(&set, text));
    if (set) {
        CHECK(!set->data.X, "the rows stay in their file");
        temper_samples held = spoil("missing:severity=4", &images, all, ROWS),
                       read = spoil("missing:severity=4", &set->data, all, ROWS);
        CHECK(read.X && !memcmp(held.X, read.X, sizeof X), "rows from a file");
        temper_samples_clear(&held), temper_samples_clear(&read);
        temper_dataset_free(set);
    }
    unlink(path);
}

/* Forty digits under everything, at severities 1 … 5. A change of any definition changes this, and docs/robustness.md with it. */
static void fingerprint(void) {
    temper_dataset *digits;
    temper_sha256 sha;
    char hex[65], text[80];
    CHECK_OK(temper_dataset_create(&digits, "digits"));
    if (!digits) return;
    digits->data.n = ROWS;
    temper_sha256_begin(&sha);
    for (int c = 0; temper_list_corruption[c]; c++)
        for (int severity = 1; severity <= 5; severity++) {
            snprintf(text, sizeof text, "%s:severity=%d", temper_list_corruption[c]->about.name, severity);
            temper_samples out = spoil(text, &digits->data, all, ROWS);
            temper_sha256_add(&sha, out.X, (size_t)ROWS * 64 * sizeof(float));
            temper_samples_clear(&out);
        }
    temper_sha256_end(&sha, hex);
    CHECK(!strncmp(hex, "1587b32095e553e4", 16), "%.16s", hex);
    digits->data.n = 1797;
    temper_dataset_free(digits);
}

int main(void) {
    for (int i = 0; i < ROWS; i++) all[i] = i;
    RUN(warps);
    RUN(noises);
    RUN(light);
    RUN(stripes);
    RUN(geometry);
    RUN(blurs);
    RUN(ranges);
    RUN(channels);
    RUN(refusals);
    RUN(streamed);
    RUN(fingerprint);
    return check_end();
}
