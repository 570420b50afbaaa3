/* Losses of the network engine, in double: values by hand, slopes and their tangents against central differences, padding. */
#define TEMPER_F64
#include "base/memory.h"
#include "check.h"
#include "network/engine.h"

enum { MOST = 12, SAMPLES = 37, BLOCKS = 3 };

typedef struct {
    net_loss loss;
    net_batch batch;
    int32_t y[SAMPLES];
    double t[SAMPLES * MOST];
    _Alignas(64) real z[BLOCKS * MOST * LANES], z_dot[BLOCKS * MOST * LANES];
} setting;

typedef struct {
    double losses[SAMPLES];
    _Alignas(64) real bar[BLOCKS * MOST * LANES], bar_dot[BLOCKS * MOST * LANES];
} answer;

static const double SCALE = 0.37;

static void ask(const setting *s, const real *z, bool tangents, answer *a) {
    net_loss_blocks(&s->loss, temper_net_kernel(), &s->batch, 0, BLOCKS, z, tangents ? s->z_dot : NULL, SCALE,
                    a->bar, tangents ? a->bar_dot : NULL, a->losses);
}

static double normal(int64_t step, int64_t k) {
    return temper_normal((temper_stream){.seed = 11}, TEMPER_FOR_TESTS, step, k);
}

static void draw(setting *s, temper_loss kind, int64_t outputs, double smoothing) {
    s->loss = (net_loss){kind, outputs, smoothing, s->loss.confidence};
    s->batch = (net_batch){.samples = SAMPLES, .y = s->y, .t = s->t};
    for (int k = 0; k < SAMPLES; k++) s->y[k] = (int32_t)(k * 5 % outputs);
    for (int k = 0; k < SAMPLES * MOST; k++) s->t[k] = normal(0, k);
    for (int k = 0; k < BLOCKS * MOST * LANES; k++) s->z[k] = normal(1, k), s->z_dot[k] = normal(2, k);
}

static const struct {
    temper_loss kind;
    int64_t outputs;
    double smoothing, confidence;
} kinds[] = {{TEMPER_CROSS_ENTROPY, 10, 0, 0},
             {TEMPER_CROSS_ENTROPY, 3, 0.2, 0},
             {TEMPER_CROSS_ENTROPY, 1, 0, 0},
             {TEMPER_CROSS_ENTROPY, 10, 0, 0.7},
             {TEMPER_CROSS_ENTROPY, 3, 0.2, 2},
             {TEMPER_SQUARED, 1, 0, 0},
             {TEMPER_SQUARED, 5, 0, 0},
             {TEMPER_GAUSSIAN_NLL, 2, 0, 0},
             {TEMPER_GAUSSIAN_NLL, 6, 0, 0},
             {TEMPER_HINGE, 2, 0, 0},
             {TEMPER_HINGE, 7, 0, 0}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Loss of sample 0 with these outputs, and its adjoints. */
static double one(setting *s, temper_loss kind, int64_t outputs, const double *z, answer *a) {
    draw(s, kind, outputs, s->loss.smoothing);
    s->y[0] = 1;
    for (int64_t k = 0; k < outputs; k++) s->z[k * LANES] = z[k];
    ask(s, s->z, false, a);
    return a->losses[0];
}

static void by_hand(void) {
    static setting s;
    static answer a;
    const double thirds[] = {0, log(2), log(3)}; /* p = 1/6, 1/3, 1/2 */
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 3, thirds, &a), log(3), 1e-15);
    CHECK_NEAR(a.bar[0], SCALE / 6, 1e-15);
    CHECK_NEAR(a.bar[LANES], -SCALE * 2 / 3, 1e-15);
    s.loss.smoothing = 0.3; /* targets 0.1, 0.8, 0.1 */
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 3, thirds, &a), 0.1 * log(6) + 0.8 * log(3) + 0.1 * log(2),
               1e-15);
    CHECK_NEAR(a.bar[LANES], SCALE * (1. / 3 - 0.8), 1e-15);
    s.loss.smoothing = 0;
    const double pair[] = {2, log(4)};
    draw(&s, TEMPER_SQUARED, 2, 0);
    s.t[0] = 1, s.t[1] = log(4) + 2, s.z[0] = 2, s.z[LANES] = log(4);
    ask(&s, s.z, false, &a);
    CHECK_NEAR(a.losses[0], 0.5 + 2, 1e-15);
    draw(&s, TEMPER_GAUSSIAN_NLL, 2, 0); /* mean 2, variance 4, target 1 */
    s.t[0] = 1, s.z[0] = pair[0], s.z[LANES] = pair[1];
    ask(&s, s.z, false, &a);
    CHECK_NEAR(a.losses[0], (0.25 + log(4) + log(2 * 3.14159265358979323846)) / 2, 1e-15);
    CHECK_NEAR(a.bar[0], SCALE * 0.25, 1e-15);
    CHECK_NEAR(a.bar[LANES], SCALE * (1 - 0.25) / 2, 1e-15);
    const double margins[] = {0.5, 1, 2.5}; /* y = 1: max(0, 0.5) + max(0, 2.5) */
    CHECK_NEAR(one(&s, TEMPER_HINGE, 3, margins, &a), 3, 1e-15);
    CHECK_NEAR(a.bar[LANES], -2 * SCALE, 1e-15);
    const double clear[] = {-0.5, 1, 0.25}; /* only the third is too near */
    CHECK_NEAR(one(&s, TEMPER_HINGE, 3, clear, &a), 0.25, 1e-15);
    CHECK(a.bar[0] == 0 && a.bar[LANES] == -SCALE && a.bar[2 * LANES] == SCALE, "%g", a.bar[0]);
}

/* −β H(p) beside the loss; p = 1/6, 1/3, 1/2. */
static void entropy_by_hand(void) {
    static setting s;
    static answer a;
    const double thirds[] = {0, log(2), log(3)}, H = log(6) / 6 + log(3) / 3 + log(2) / 2;
    s.loss.confidence = 0.5;
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 3, thirds, &a), log(3) - 0.5 * H, 1e-15);
    CHECK_NEAR(a.bar[0], SCALE * (1. / 6 + 0.5 / 6 * (H - log(6))), 1e-15);
    CHECK_NEAR(a.bar[LANES], SCALE * (-2. / 3 + 0.5 / 3 * (H - log(3))), 1e-15);
    const double even[] = {3, 3, 3}; /* the entropy is at its maximum, and flat */
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 3, even, &a), 0.5 * log(3), 1e-15);
    CHECK_NEAR(a.bar[0], SCALE / 3, 1e-15);
    s.loss.confidence = 1; /* sure: ln(1 + e) − H = −40 e, e = e^−40 */
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 2, (double[]){0, 40}, &a) / (-40 * exp(-40)), 1, 1e-13);
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 2, (double[]){1e4, -1e4}, &a), 2e4, 1e-10);
}

/* Far from the middle: nothing cancels, nothing overflows. */
static void sure(void) {
    static setting s;
    static answer a;
    s.loss.smoothing = 0;
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 2, (double[]){0, 40}, &a) / exp(-40), 1, 1e-14);
    CHECK_NEAR(a.bar[LANES] / (-SCALE * exp(-40)), 1, 1e-14);
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 2, (double[]){1e4, -1e4}, &a), 2e4, 1e-10);
    CHECK_NEAR(a.bar[LANES], -SCALE, 1e-15);
    CHECK_NEAR(one(&s, TEMPER_CROSS_ENTROPY, 3, (double[]){1e4, 1e4, -1e4}, &a), log(2), 1e-14);
}

/* z̄ is the slope of scale·loss, z̄̇ that of z̄ along ż. Slopes are relative to the largest. */
static void slopes(void) {
    static setting s;
    static answer a, plus, minus;
    static real near[BLOCKS * MOST * LANES];
    const double h = 1e-5;
    for (int i = 0; i < KINDS; i++) {
        s.loss.confidence = kinds[i].confidence;
        draw(&s, kinds[i].kind, kinds[i].outputs, kinds[i].smoothing);
        int64_t K = kinds[i].outputs;
        ask(&s, s.z, true, &a);
        memcpy(near, s.z, sizeof near);
        for (int sample = 0; sample < SAMPLES; sample++)
            for (int64_t k = 0; k < K; k++) {
                int64_t at = (sample / LANES * K + k) * LANES + sample % LANES;
                near[at] = s.z[at] + h, ask(&s, near, false, &plus);
                near[at] = s.z[at] - h, ask(&s, near, false, &minus);
                near[at] = s.z[at];
                double slope = (plus.losses[sample] - minus.losses[sample]) / (2 * h) * SCALE;
                CHECK_NEAR(a.bar[at], slope, 1e-8);
            }
        for (int64_t k = 0; k < BLOCKS * K * LANES; k++) near[k] = s.z[k] + h * s.z_dot[k];
        ask(&s, near, false, &plus);
        for (int64_t k = 0; k < BLOCKS * K * LANES; k++) near[k] = s.z[k] - h * s.z_dot[k];
        ask(&s, near, false, &minus);
        for (int64_t k = 0; k < BLOCKS * K * LANES; k++)
            CHECK_NEAR(a.bar_dot[k], (plus.bar[k] - minus.bar[k]) / (2 * h), 1e-7);
    }
}

/* Adjoints of the padding are exactly 0, whatever lies there. Losses do not need adjoints, and blocks do not need each other. */
static void padding_and_parts(void) {
    static setting s;
    static answer a, b;
    for (int i = 0; i < KINDS; i++) {
        int64_t K = kinds[i].outputs;
        s.loss.confidence = kinds[i].confidence;
        draw(&s, kinds[i].kind, K, kinds[i].smoothing);
        for (int64_t k = 0; k < K; k++)
            for (int l = SAMPLES % LANES; l < LANES; l++)
                s.z[(2 * K + k) * LANES + l] = s.z_dot[(2 * K + k) * LANES + l] = (real)NAN;
        ask(&s, s.z, true, &a);
        for (int64_t k = 0; k < K; k++)
            for (int l = SAMPLES % LANES; l < LANES; l++) {
                int64_t at = (2 * K + k) * LANES + l;
                CHECK(a.bar[at] == 0 && a.bar_dot[at] == 0, "kind %d: %g", i, a.bar[at]);
            }
        for (int64_t block = BLOCKS - 1; block >= 0; block--)
            net_loss_blocks(&s.loss, temper_net_kernel(), &s.batch, block, block + 1, s.z, s.z_dot, SCALE,
                            b.bar, b.bar_dot, b.losses);
        size_t size = (size_t)(BLOCKS * K * LANES) * sizeof(real);
        CHECK(!memcmp(a.bar, b.bar, size) && !memcmp(a.bar_dot, b.bar_dot, size), "kind %d", i);
        CHECK(!memcmp(a.losses, b.losses, sizeof a.losses), "kind %d", i);
        memset(b.losses, 0, sizeof b.losses);
        net_loss_blocks(&s.loss, temper_net_kernel(), &s.batch, 0, BLOCKS, s.z, NULL, SCALE, NULL, NULL,
                        b.losses);
        CHECK(!memcmp(a.losses, b.losses, sizeof a.losses), "kind %d", i);
        net_loss_blocks(&s.loss, temper_net_kernel(), &s.batch, 0, BLOCKS, s.z, NULL, SCALE, b.bar, NULL,
                        NULL);
        CHECK(!memcmp(a.bar, b.bar, size), "kind %d", i);
    }
}

int main(void) {
    RUN(by_hand);
    RUN(entropy_by_hand);
    RUN(sure);
    RUN(slopes);
    RUN(padding_and_parts);
    return check_end();
}
