/* What norms, attention, embedding, dropout and the joints compute, in double, against their definitions written out sample by sample.
 * (network_ops.c asks whether an op agrees with itself, and would let a wrong ε pass.) */
#define TEMPER_F64
#include "ops_harness.h"
#include "temper/parallel.h"

/* Number of feature f of a sample. */
static double *at(real *x, int64_t features, int64_t sample, int64_t f) {
    return x + (sample / LANES * features + f) * LANES + sample % LANES;
}

typedef struct {
    bench u;
    numbers v;
    int64_t C, P, T; /* channels, features of the input, pixels or tokens */
} sheet;

static bool sheet_open(sheet *s, const op_case *of) {
    if (!bench_open(&s->u, of)) return false;
    s->v = numbers_drawn(&s->u, 0);
    s->C = of->channels, s->T = of->height * of->width, s->P = s->C * s->T;
    return true;
}

static void sheet_close(sheet *s) { numbers_free(&s->v), bench_close(&s->u); }

/* y against what `truth` says of sample and feature. */
static void compare(sheet *s, double (*truth)(sheet *, int64_t sample, int64_t f)) {
    forward(&s->u, &s->v, NULL), detach(&s->u);
    double worst = 0;
    for (int64_t i = 0; i < s->u.of->samples; i++)
        for (int64_t f = 0; f < s->u.node->features; f++) {
            double off = fabs(*at(s->v.y, s->u.node->features, i, f) - truth(s, i, f));
            if (!(off <= worst)) worst = off;
        }
    CHECK(worst <= 1e-12, "%s %s: %.3g", s->u.of->op, s->u.of->note, worst);
}

static double batch_moment(sheet *s, int64_t c, int power, double mean) {
    double sum = 0;
    for (int64_t i = 0; i < s->u.of->samples; i++)
        for (int64_t t = 0; t < s->T; t++) sum += pow(*at(s->v.x[0], s->P, i, c * s->T + t) - mean, power);
    return sum / (double)(s->u.of->samples * s->T);
}

static double batch_norm(sheet *s, int64_t i, int64_t f) {
    const int64_t c = f / s->T;
    double mean = batch_moment(s, c, 1, 0), variance = batch_moment(s, c, 2, mean);
    if (s->u.of->mode >= FIXED) mean = s->u.statistics[c], variance = s->u.statistics[s->C + c];
    double hat = (*at(s->v.x[0], s->P, i, f) - mean) / sqrt(variance + 1e-5);
    return s->v.theta[s->u.node->weight + c] * hat + s->v.theta[s->u.node->bias + c];
}

static double layer_norm(sheet *s, int64_t i, int64_t f) {
    double mean = 0, variance = 0;
    const int64_t t = f % s->T, c = f / s->T;
    for (int64_t k = 0; k < s->C; k++) mean += *at(s->v.x[0], s->P, i, k * s->T + t) / (double)s->C;
    for (int64_t k = 0; k < s->C; k++)
        variance += pow(*at(s->v.x[0], s->P, i, k * s->T + t) - mean, 2) / (double)s->C;
    double hat = (*at(s->v.x[0], s->P, i, f) - mean) / sqrt(variance + 1e-5);
    return s->v.theta[s->u.node->weight + c] * hat + s->v.theta[s->u.node->bias + c];
}

static double attention(sheet *s, int64_t i, int64_t f) {
    const int64_t T = s->T, d = s->C / 3, w = d / s->u.node->heads, head = f / T / w, t = f % T;
    double top = 0, below = 0;
    for (int64_t other = 0; other < T; other++) {
        double score = 0;
        for (int64_t k = head * w; k < (head + 1) * w; k++)
            score += *at(s->v.x[0], s->P, i, k * T + t) * *at(s->v.x[0], s->P, i, (d + k) * T + other);
        double e = exp(score / sqrt((double)w));
        top += e * *at(s->v.x[0], s->P, i, (2 * d + f / T) * T + other), below += e;
    }
    return top / below;
}

static double embedding(sheet *s, int64_t i, int64_t f) {
    const int64_t T = s->P, d = s->u.node->shape.channels;
    return s->v.theta[(int64_t)floor(*at(s->v.x[0], s->P, i, f % T) + 0.5) * d + f / T];
}

static double position(sheet *s, int64_t i, int64_t f) { return *at(s->v.x[0], s->P, i, f) + s->v.theta[f]; }
static double same(sheet *s, int64_t i, int64_t f) { return *at(s->v.x[0], s->P, i, f); }

static double add(sheet *s, int64_t i, int64_t f) {
    return *at(s->v.x[0], s->P, i, f) + *at(s->v.x[1], s->P, i, f);
}

static const struct {
    const char *op;
    double (*truth)(sheet *, int64_t, int64_t);
} truths[] = {{"batch_norm", batch_norm}, {"layer_norm", layer_norm},
              {"attention", attention},   {"embedding", embedding},
              {"position", position},     {"flatten", same},
              {"tokens", same},           {"add", add}};

static void definitions(void) {
    int compared = 0;
    for (int k = 0; k < CASES; k++)
        for (size_t j = 0; j < sizeof truths / sizeof *truths; j++) {
            sheet s;
            if (strcmp(cases[k].op, truths[j].op) || !sheet_open(&s, &cases[k])) continue;
            compare(&s, truths[j].truth), sheet_close(&s), compared++;
        }
    CHECK(compared >= 20, "%d cases", compared);
}

/* What batch norm measures: mean and variance of each channel, times weight, added; not of what lies in the padding. */
static void statistics(void) {
    const op_case of = {"batch_norm", "", 3, 5, 3, 37, {0}, TRAINING, false};
    sheet s;
    if (!sheet_open(&s, &of)) return;
    real measured[6] = {1, 1, 1, 1, 1, 1};
    attach(&s.u, false);
    s.u.arrays[0][1] = s.v.x[0];
    s.u.run.measured = measured, s.u.run.weight = 0.25, s.u.run.theta = s.v.theta;
    s.u.node->op->collect(s.u.node, &s.u.run);
    for (int64_t c = 0; c < 3; c++) {
        double mean = batch_moment(&s, c, 1, 0), variance = batch_moment(&s, c, 2, mean);
        CHECK_NEAR(measured[c], 1 + 0.25 * mean, 1e-13);
        CHECK_NEAR(measured[3 + c], 1 + 0.25 * variance, 1e-13);
        CHECK_NEAR(s.u.run.shared[s.u.node->number][c], mean, 1e-13);
        CHECK_NEAR(s.u.run.shared[s.u.node->number][3 + c], variance, 1e-13);
    }
    detach(&s.u), sheet_close(&s);
}

/* A large mean costs a small variance no figures. */
static void far_from_zero(void) {
    const op_case of = {"batch_norm", "far", 1, 9, 9, 37, {0}, TRAINING, false};
    sheet s;
    if (!sheet_open(&s, &of)) return;
    for (int64_t k = 0; k < s.u.in; k++) s.v.x[0][k] += 1e6;
    double mean = batch_moment(&s, 0, 1, 0), variance = batch_moment(&s, 0, 2, mean);
    forward(&s.u, &s.v, NULL);
    CHECK_NEAR(s.u.run.shared[s.u.node->number][1] / variance, 1,
               1e-8); /* naive Σx² − (Σx)² keeps 4 figures */
    detach(&s.u), sheet_close(&s);
}

/* Dropout: kept numbers are divided by 1 − rate, their frequency is 1 − rate, and the mask belongs to (step, block of the batch). */
static void dropout(void) {
    const op_case of = {"dropout", "", 50, 10, 1, 48, {.rate = 0.3}, TRAINING, false};
    sheet s;
    if (!sheet_open(&s, &of)) return;
    const int64_t n = s.u.out, block = n / 3;
    real *whole = room(n);
    fill(s.v.x[0], n, 1);
    forward(&s.u, &s.v, NULL), copy(whole, s.v.y, n);
    int64_t kept = 0;
    for (int64_t k = 0; k < n; k++) {
        CHECK(whole[k] == 0 || fabs(whole[k] - 1 / 0.7) < 1e-15, "%g", whole[k]);
        kept += whole[k] != 0;
    }
    CHECK_NEAR((double)kept / (double)n, 0.7, 4.5 * sqrt(0.21 / (double)n));
    s.u.run.offset = 1; /* the second and third block, as a run of their own */
    s.u.node->op->forward(s.u.node, &s.u.run, 0, 2, s.u.scratch);
    CHECK(!memcmp(s.u.arrays[0][s.u.node->number], whole + block, (size_t)(2 * block) * sizeof(real)), "cut");
    CHECK(memcmp(whole, whole + block, (size_t)block * sizeof(real)), "blocks share their mask");
    s.u.run.offset = 0, s.u.run.step++;
    s.u.node->op->forward(s.u.node, &s.u.run, 0, 3, s.u.scratch);
    CHECK(memcmp(s.u.arrays[0][s.u.node->number], whole, (size_t)n * sizeof(real)), "steps share their mask");
    detach(&s.u), sheet_close(&s), temper_release(whole);
}

/* A batch that is large enough to be shared out to threads: the bits of statistics and gradients stay. */
static void threads(void) {
    const op_case of = {"batch_norm", "", 5, 40, 40, 35, {0}, TRAINING, false};
    real first[30], now[30]; /* shared: [5][channels], and γ̄ */
    for (int n = 1; n <= 3; n++) {
        sheet s;
        if (!sheet_open(&s, &of)) return;
        numbers bar = numbers_new(&s.u), point = s.v;
        point.y = room(s.u.out);
        CHECK_OK(temper_threads(n));
        forward(&s.u, &point, NULL), reverse(&s.u, &s.v, NULL, &bar, NULL, plainly);
        copy(now, s.u.run.shared[s.u.node->number], 25), copy(now + 25, bar.theta, 5);
        if (n == 1) memcpy(first, now, sizeof now);
        CHECK(!memcmp(first, now, sizeof now), "%d threads", n);
        detach(&s.u), temper_release(point.y), numbers_free(&bar), sheet_close(&s);
    }
    CHECK_OK(temper_threads(0));
}

/* Options that make no sense are refused in words. */
static temper_status ask(const char *op, net_shape in, net_node options) {
    net_node input = {.shape = in, .features = in.channels * in.height * in.width};
    const net_node *inputs[2] = {&input, &input};
    options.op = op_named(net_ops, op), options.inputs = 1;
    return options.op->shape(inputs, &options);
}

static void refusals(void) {
    const net_shape image = {4, 3, 3}, sequence = {12, 1, 5}, words = {7, 1, 1};
    CHECK_FAILS(ask("dropout", image, (net_node){.rate = 1}), TEMPER_BAD_OPTION, "rate=1");
    CHECK_FAILS(ask("attention", image, (net_node){.heads = 1}), TEMPER_BAD_OPTION, "4x3x3");
    CHECK_FAILS(ask("attention", sequence, (net_node){.heads = 3}), TEMPER_BAD_OPTION, "heads=3");
    CHECK_FAILS(ask("attention", sequence, (net_node){.heads = 0}), TEMPER_BAD_OPTION, "heads=0");
    CHECK_OK(ask("attention", sequence, (net_node){.heads = 4}));
    CHECK_FAILS(ask("embedding", words, (net_node){.shape = {4, 0, 0}}), TEMPER_BAD_OPTION, "vocabulary=0");
    CHECK_FAILS(ask("embedding", image, (net_node){.shape = {4, 0, 0}, .vocabulary = 3}), TEMPER_BAD_OPTION,
                "4x3x3");
    CHECK_FAILS(ask("embedding", words, (net_node){.shape = {4, 0, 0}, .vocabulary = 3, .in = {1}}),
                TEMPER_BAD_OPTION, "data");
    CHECK_OK(ask("embedding", words, (net_node){.shape = {4, 0, 0}, .vocabulary = 3}));
    net_node a = {.shape = image, .features = 36}, b = {.shape = words, .features = 7}, sum = {.inputs = 2};
    CHECK_FAILS(op_named(net_ops, "add")->shape((const net_node *[]){&a, &b}, &sum), TEMPER_BAD_OPTION,
                "4x3x3 and 7x1x1");
}

static void nothing_leaks(void) {
    CHECK(temper_alloc_live() == 0, "%lld blocks", (long long)temper_alloc_live());
}

int main(void) {
    RUN(definitions);
    RUN(statistics);
    RUN(far_from_zero);
    RUN(dropout);
    RUN(threads);
    RUN(refusals);
    RUN(nothing_leaks);
    return check_end();
}
