/* The functions of lanes against libm in double, and every level against the reference, bit by bit.
 * `kernel_pointwise 1` looks at every float there is (minutes) and gives the numbers that the headers state. */
#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"
#include "temper/stream.h"

enum { ROW = 4096 };
static uint32_t stride = 4099; /* of the floats that are looked at */
static _Alignas(64) float in[ROW], out[ROW];

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static const temper_net_kernels *best(void) { return temper_net_kernel_of((int)temper_cpu_best()); }

/* A NaN is the largest error of all. */
static double larger(double a, double b) { return b <= a ? a : b == b ? b : INFINITY; }

static bool there(int level) { return level <= (int)temper_cpu_best(); }

/* The same bits, where one NaN is as good as another. */
static bool same(const float *a, const float *b, int n) {
    for (int k = 0; k < n; k++)
        if (memcmp(a + k, b + k, sizeof *a) && !(isnan(a[k]) && isnan(b[k]))) return false;
    return true;
}

/* ---- accuracy ---- */

static double logistic(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }
static double Phi(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
static double phi(double x) { return 0.39894228040143267794 * exp(-0.5 * x * x); }

/* f, f', f'' as calculus has them. */
static double truth(temper_pointwise kind, int order, double leak, double x) {
    double s = logistic(x), t = tanh(x), c = 1 / cosh(x);
    switch (kind) {
    case TEMPER_RECTIFIER: leak = 0; /* fall through */
    case TEMPER_LEAKY: return order == 0 ? (x > 0 ? x : leak * x) : order == 1 ? (x > 0 ? 1 : leak) : 0;
    case TEMPER_TANH: return order == 0 ? t : order == 1 ? c * c : -2 * t * c * c;
    case TEMPER_SIGMOID:
        return order == 0 ? s : logistic(x) * logistic(-x) * (order == 1 ? 1 : logistic(-x) - s);
    case TEMPER_GELU:
        return order == 0 ? x * Phi(x) : order == 1 ? Phi(x) + x * phi(x) : phi(x) * (2 - x * x);
    case TEMPER_SILU:
        return order == 0   ? x * s
               : order == 1 ? s * (1 + x * logistic(-x))
                            : s * logistic(-x) * (2 + x * (logistic(-x) - s));
    default: return order == 0 ? (x > 0 ? x : 0) + log1p(exp(-fabs(x))) : order == 1 ? s : s * logistic(-x);
    }
}

/* Distance in units of the last place of a float near `right`; numbers below 2^least count as if they were that. */
static int least = -126;
static double ulps(float value, double right) {
    int e;
    if (isnan(right) || isnan(value)) return isnan(right) && isnan(value) ? 0 : INFINITY;
    if (fabs(right) >= 0x1.ffffffp127) return isinf(value) && (value > 0) == (right > 0) ? 0 : INFINITY;
    frexp(right, &e);
    return fabs((double)value - right) / ldexp(1, (e <= least ? least + 1 : e) - 24);
}

typedef struct {
    double ulp, absolute;
    float where;
} worst;

/* The largest errors among the floats of [low, high]. */
static worst sweep(void f(const float *x, float *y), double right(double), float low, float high) {
    worst w = {0, 0, 0};
    uint64_t bits = 0;
    while (bits <= UINT32_MAX) {
        int n = 0;
        for (; n < ROW && bits <= UINT32_MAX; bits += stride) {
            float x = float_of((uint32_t)bits);
            if (x >= low && x <= high) in[n++] = x;
        }
        for (int k = n; k < ROW; k++) in[k] = 0;
        f(in, out);
        for (int k = 0; k < n; k++) {
            double want = right((double)in[k]), u = ulps(out[k], want);
            if (u > w.ulp) w.ulp = u, w.where = in[k];
            if (fabs(want) < 1e30 && fabs((double)out[k] - want) > w.absolute)
                w.absolute = fabs((double)out[k] - want);
        }
    }
    return w;
}

static void report(const char *name, worst w, double most) {
    printf("  %-9s %.2f ulp (at %a), absolute %.2g\n", name, w.ulp, (double)w.where, w.absolute);
    CHECK(w.ulp <= most, "%s(%a): %.2f ulp", name, (double)w.where, w.ulp);
}

static temper_pointwise kind;
static void run_exp(const float *x, float *y) { best()->exp(ROW, x, y); }
static void run_log(const float *x, float *y) { best()->log(ROW, x, y); }
static void run_value(const float *x, float *y) { best()->value(kind, 0.25F, ROW, x, y); }
static double right_value(double x) { return truth(kind, 0, 0.25, x); }

static void exp_and_log_are_right(void) {
    report("exp", sweep(run_exp, exp, -200, 200), 1.1);
    report("log", sweep(run_log, log, 0, FLT_MAX), 1.1);
    report("log", sweep(run_log, log, 0.5F, 2), 1.1);
}

static void values_are_right(void) {
    static const char *names[] = {"relu", "leaky", "tanh", "sigmoid", "gelu", "silu", "softplus"};
    static const double most[] = {0, 0.5, 2, 3, 8, 4, 3};
    for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        least = kind == TEMPER_GELU || kind == TEMPER_SILU ? -118 : -126; /* x times a subnormal number */
        report(names[kind], sweep(run_value, right_value, -FLT_MAX, FLT_MAX), most[kind]);
    }
    least = -126;
}

/* Below −1, where e^{−x²/2} falls steeply, the last digits go; absolutely that is nothing. */
static void gelu_is_right_where_it_matters(void) {
    kind = TEMPER_GELU;
    report("gelu", sweep(run_value, right_value, -1, FLT_MAX), 4);
    worst w = sweep(run_value, right_value, -FLT_MAX, -1);
    CHECK(w.absolute < 1e-7, "absolute %.2g", w.absolute);
}

/* f' and f'' on a fine grid, absolute; from y where that is the rule. */
static void slopes_and_bends_are_right(void) {
    static _Alignas(64) float y[ROW], one[ROW];
    const temper_net_kernels *k = best();
    for (int i = 0; i < ROW; i++) in[i] = 24 * ((float)i + 0.5F) / ROW - 12, one[i] = 1;
    for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        double error[3] = {0};
        k->value(kind, 0.25F, ROW, in, y);
        for (int order = 1; order <= 2; order++) {
            memset(out, 0, sizeof out);
            if (order == 1) k->slope(kind, 0.25F, ROW, in, y, one, out, false);
            if (order == 2) k->bend(kind, 0.25F, ROW, in, y, one, one, out);
            for (int i = 0; i < ROW; i++)
                error[order] =
                    larger(error[order], fabs((double)out[i] - truth(kind, order, 0.25, (double)in[i])));
        }
        printf("  kind %d: f' %.2g, f'' %.2g\n", (int)kind, error[1], error[2]);
        CHECK(error[1] < 2e-7 && error[2] < 4e-7, "kind %d: %.3g %.3g", (int)kind, error[1], error[2]);
    }
}

/* f'·a and f''·a·b stored and added: products of what slope and bend give for a = b = 1. */
static void factors_are_multiplied_and_added(void) {
    static _Alignas(64) float y[ROW], a[ROW], b[ROW], one[ROW], f1[ROW], f2[ROW];
    const temper_net_kernels *k = best();
    for (int i = 0; i < ROW; i++)
        in[i] = 3 * sinf((float)i), a[i] = 1 + cosf(3 * (float)i), b[i] = sinf(5 * (float)i), one[i] = 1;
    for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        int wrong = 0;
        memset(f2, 0, sizeof f2);
        k->value(kind, 0.25F, ROW, in, y);
        k->slope(kind, 0.25F, ROW, in, y, one, f1, false);
        k->bend(kind, 0.25F, ROW, in, y, one, one, f2);
        k->slope(kind, 0.25F, ROW, in, y, a, out, false);
        for (int i = 0; i < ROW; i++) wrong += out[i] != f1[i] * a[i];
        memcpy(out, b, sizeof out);
        k->slope(kind, 0.25F, ROW, in, y, a, out, true);
        for (int i = 0; i < ROW; i++) wrong += out[i] != fmaf(f1[i], a[i], b[i]);
        memcpy(out, one, sizeof out);
        k->bend(kind, 0.25F, ROW, in, y, a, b, out);
        for (int i = 0; i < ROW; i++) wrong += out[i] != fmaf(f2[i] * a[i], b[i], 1);
        CHECK(wrong == 0, "kind %d: %d numbers", (int)kind, wrong);
    }
}

/* ---- the ends of the line ---- */

static float value_of(temper_pointwise of, float x) {
    _Alignas(64) float row[LANES];
    for (int l = 0; l < LANES; l++) row[l] = x;
    best()->value(of, 0.25F, LANES, row, row);
    return row[0];
}

static float slope_of(temper_pointwise of, int order, float x) {
    _Alignas(64) float row[LANES], y[LANES], result[LANES] = {0}, one[LANES];
    for (int l = 0; l < LANES; l++) row[l] = x, one[l] = 1;
    best()->value(of, 0.25F, LANES, row, y);
    if (order == 1) best()->slope(of, 0.25F, LANES, row, y, one, result, false);
    if (order == 2) best()->bend(of, 0.25F, LANES, row, y, one, one, result);
    return result[0];
}

static void extremes(void) {
    static const float plus[] = {INFINITY, INFINITY, 1, 1, INFINITY, INFINITY, INFINITY};
    static const float minus[] = {0, -INFINITY, -1, 0, 0, 0, 0};
    for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        float up = value_of(kind, INFINITY), down = value_of(kind, -INFINITY);
        CHECK(up == plus[kind] && down == minus[kind], "kind %d: %g %g", (int)kind, (double)up, (double)down);
        CHECK(isnan(value_of(kind, NAN)), "kind %d of NaN", (int)kind);
        CHECK(value_of(kind, FLT_MAX) == (plus[kind] == 1 ? 1 : FLT_MAX), "kind %d of FLT_MAX", (int)kind);
        for (int sign = -1; sign <= 1; sign += 2) {
            double far = sign * 1e30, want = truth(kind, 1, 0.25, sign * 200.0);
            CHECK(slope_of(kind, 1, (float)far) == (float)want, "kind %d: f'(%g)", (int)kind, far);
            CHECK(slope_of(kind, 1, (float)sign * INFINITY) == (float)want, "kind %d: f'(inf)", (int)kind);
            CHECK(slope_of(kind, 2, (float)far) == 0, "kind %d: f''(%g)", (int)kind, far);
            CHECK(slope_of(kind, 2, (float)sign * INFINITY) == 0, "kind %d: f''(inf)", (int)kind);
        }
    }
    static const float from[LANES] = {INFINITY, -INFINITY, NAN, 0, 88.8F, -104, 0x1.62e42ep6F, -88, -103.9F};
    float y[LANES];
    best()->exp(LANES, from, y);
    CHECK(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[3] == 1, "exp: %g %g", (double)y[0],
          (double)y[1]);
    CHECK(y[4] == INFINITY && y[5] == 0 && y[6] < INFINITY, "exp: %g %g", (double)y[4], (double)y[6]);
    CHECK(ulps(y[7], exp(-88)) < 1 && y[8] == 0x1p-149F, "subnormal exp: %a %a", (double)y[7], (double)y[8]);
    static const float to[LANES] = {INFINITY, -INFINITY, NAN, 0,           -0.0F,
                                    -1,       0x1p-149F, 1,   0x1.8p-130F, -0x1p-149F};
    best()->log(LANES, to, y);
    CHECK(y[0] == INFINITY && isnan(y[1]) && isnan(y[2]) && isnan(y[5]) && isnan(y[9]), "log outside");
    CHECK(y[3] == -INFINITY && y[4] == -INFINITY && y[7] == 0, "log: %g %g", (double)y[3], (double)y[7]);
    CHECK(ulps(y[6], log(0x1p-149)) < 1 && ulps(y[8], log(0x1.8p-130)) < 1, "log of subnormal numbers");
}

/* ---- softmax, and rows of numbers ---- */

static void softmax_is_right(void) {
    for (int rows = 1; rows <= 200; rows += rows < 12 ? 1 : 47) {
        double error = 0, off = 0;
        for (int k = 0; k < rows * LANES; k++) in[k] = 8 * sinf((float)(k * k));
        in[0] = 300, in[1] = -300; /* far ends: two lanes of their own */
        best()->softmax(rows, in, out);
        for (int l = 0; l < LANES; l++) {
            double Z = 0, whole = 0, most = -INFINITY;
            for (int r = 0; r < rows; r++) most = fmax(most, (double)in[r * LANES + l]);
            for (int r = 0; r < rows; r++) Z += exp((double)in[r * LANES + l] - most);
            for (int r = 0; r < rows; r++) {
                double p = exp((double)in[r * LANES + l] - most) / Z;
                error = larger(error, fabs((double)out[r * LANES + l] - p) / (p + 1e-30)),
                whole += (double)out[r * LANES + l];
            }
            off = larger(off, fabs(whole - 1));
        }
        CHECK(error < 3e-6 && off < 1e-6, "%d rows: %g, sum %g", rows, error, off);
        best()->softmax(rows, in, in);
        CHECK(same(in, out, rows * LANES), "in place, %d rows", rows);
    }
    for (int k = 0; k < 2 * LANES; k++) in[k] = k < LANES ? -INFINITY : 1;
    in[3] = NAN;
    best()->softmax(2, in, out);
    CHECK(out[0] == 0 && out[LANES] == 1, "a masked row: %g", (double)out[0]);
    CHECK(isnan(out[3]) && isnan(out[LANES + 3]) && out[4] == 0, "NaN fills its lane and no other");
}

static void rows_of_numbers(void) {
    static _Alignas(64) float y[ROW];
    const temper_net_kernels *k = best();
    int wrong = 0;
    for (int i = 0; i < ROW; i++) in[i] = sinf((float)i), y[i] = cosf((float)i);
    k->blend(ROW, 0.3F, in, 1.7F, y, out);
    for (int i = 0; i < ROW; i++) wrong += out[i] != fmaf(0.3F, in[i], 1.7F * y[i]);
    k->blend(ROW, 0.3F, in, 1.7F, NULL, out);
    for (int i = 0; i < ROW; i++) wrong += out[i] != 0.3F * in[i];
    k->multiply(ROW, in, y, out, false);
    for (int i = 0; i < ROW; i++) wrong += out[i] != in[i] * y[i];
    memcpy(out, y, sizeof out);
    k->multiply(ROW, in, y, out, true);
    for (int i = 0; i < ROW; i++) wrong += out[i] != fmaf(in[i], y[i], y[i]);
    CHECK(wrong == 0, "%d numbers", wrong);
}

/* ---- every level gives the bits of the reference ---- */

static void fill(int round) {
    for (int k = 0; k < ROW; k++) {
        uint32_t word = temper_word((temper_stream){11, 0}, TEMPER_FOR_TESTS, round, k);
        in[k] =
            round < 2 ? float_of(word) : (float)(int32_t)word * 0x1p-27F; /* any float at all; or −16 … 16 */
    }
}

typedef struct {
    float value[ROW], slope[ROW], added[ROW], bend[ROW], inside[ROW];
} answers;

static void ask(const temper_net_kernels *k, answers *of) {
    static _Alignas(64) float a[ROW];
    for (int i = 0; i < ROW; i++) a[i] = in[ROW - 1 - i];
    k->value(kind, 0.25F, ROW, in, of->value);
    k->slope(kind, 0.25F, ROW, in, of->value, a, of->slope, false);
    memcpy(of->added, a, sizeof a), memcpy(of->bend, a, sizeof a), memcpy(of->inside, in, sizeof in);
    k->slope(kind, 0.25F, ROW, in, of->value, a, of->added, true);
    k->bend(kind, 0.25F, ROW, in, of->value, a, a, of->bend);
    k->value(kind, 0.25F, ROW, of->inside, of->inside);
}

static void levels_agree(void) {
    static _Alignas(64) answers ref, got;
    for (int round = 0; round < 4; round++)
        for (int level = TEMPER_CPU_AVX2; there(level); level++) {
            const temper_net_kernels *k = temper_net_kernel_of(level),
                                     *r = temper_net_kernel_of(TEMPER_CPU_REF);
            fill(round);
            for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
                ask(k, &got), ask(r, &ref);
                CHECK(same((float *)&got, (float *)&ref, 5 * ROW), "kind %d, level %d", (int)kind, level);
                CHECK(same(got.inside, got.value, ROW), "kind %d in place", (int)kind);
                CHECK(k->from_output(kind) == r->from_output(kind), "kind %d", (int)kind);
            }
            k->exp(ROW, in, got.value), r->exp(ROW, in, ref.value);
            k->log(ROW, in, got.slope), r->log(ROW, in, ref.slope);
            k->softmax(ROW / LANES, in, got.added), r->softmax(ROW / LANES, in, ref.added);
            k->blend(ROW, 0.3F, in, 3, ref.value, got.bend), r->blend(ROW, 0.3F, in, 3, ref.value, ref.bend);
            k->multiply(ROW, in, ref.value, got.inside, false),
                r->multiply(ROW, in, ref.value, ref.inside, false);
            CHECK(same((float *)&got, (float *)&ref, 5 * ROW), "exp, log, softmax or rows, level %d", level);
        }
}

/* A promise to old checkpoints: compilers and levels may come and go. */
static void bits_are_frozen(void) {
    static _Alignas(64) answers a;
    uint64_t hash = 0xCBF29CE484222325; /* FNV-1a over the bits */
    fill(2);
    for (kind = 0; kind <= TEMPER_POINTWISE_KINDS; kind++) {
        if (kind < TEMPER_POINTWISE_KINDS) ask(best(), &a);
        if (kind == TEMPER_POINTWISE_KINDS) {
            best()->exp(ROW, in, a.value), best()->softmax(ROW / LANES, in, a.added);
            best()->log(ROW, a.value, a.slope);
        }
        const unsigned char *bytes = (const unsigned char *)&a;
        for (size_t k = 0; k < sizeof a; k++) hash = (hash ^ bytes[k]) * 0x100000001B3;
    }
    CHECK(hash == 0xE838DED6B663679A, "bits changed: 0x%016llX", (unsigned long long)hash);
}

int main(int argc, char **argv) {
    if (argc > 1) stride = (uint32_t)atoi(argv[1]);
    RUN(exp_and_log_are_right);
    RUN(values_are_right);
    RUN(gelu_is_right_where_it_matters);
    RUN(slopes_and_bends_are_right);
    RUN(factors_are_multiplied_and_added);
    RUN(extremes);
    RUN(softmax_is_right);
    RUN(rows_of_numbers);
    RUN(levels_agree);
    RUN(bits_are_frozen);
    return check_end();
}
