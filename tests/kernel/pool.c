/* Pooling of every level against scalar loops, bit for bit: windows that touch, overlap, leave pixels out, or are the whole image. */
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 1 << 15 };

static _Alignas(64) real x[MOST], y[MOST], truth[MOST], found[MOST];
static uint8_t which[MOST], seen[MOST];

static uint64_t state = 99;
static int below(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}
/* Few values, so that windows have equal ones; zeros of both signs. */
static void draw(real *to, int64_t n) {
    for (int64_t k = 0; k < n; k++) {
        int v = below(9) - 4;
        to[k] = v ? (real)v / 3 : below(2) ? (real)0.0 : (real)-0.0;
    }
}

typedef struct {
    temper_pool p;
    int h, w;
    int64_t in, out; /* numbers of the block */
} shape;

static bool settle(shape *s) {
    const temper_pool *p = &s->p;
    if (p->size_h > p->height || p->size_w > p->width) return false;
    s->h = (p->height - p->size_h) / p->stride + 1, s->w = (p->width - p->size_w) / p->stride + 1;
    s->in = p->channels * p->height * p->width * LANES, s->out = p->channels * s->h * s->w * LANES;
    return true;
}

/* The pixel that a tap of the window of output k reads; its lane is k's. */
static int64_t pixel(const shape *s, int64_t k, int tap) {
    int64_t lane = k % LANES, j = k / LANES % s->w, i = k / LANES / s->w % s->h, c = k / LANES / s->w / s->h;
    int64_t row = i * s->p.stride + tap / s->p.size_w, column = j * s->p.stride + tap % s->p.size_w;
    return ((c * s->p.height + row) * s->p.width + column) * LANES + lane;
}

static int taps_of(const shape *s) { return s->p.size_h * s->p.size_w; }

static void judge_max(const shape *s, real *out, uint8_t *at) {
    for (int64_t k = 0; k < s->out; k++) {
        out[k] = x[pixel(s, k, 0)], at[k] = 0;
        for (int tap = 1; tap < taps_of(s); tap++)
            if (x[pixel(s, k, tap)] > out[k]) out[k] = x[pixel(s, k, tap)], at[k] = (uint8_t)tap;
    }
}

static void judge_mean(const shape *s, real *out) {
    real share = 1 / (real)taps_of(s);
    for (int64_t k = 0; k < s->out; k++) {
        real sum = 0;
        for (int tap = 0; tap < taps_of(s); tap++) sum += x[pixel(s, k, tap)];
        out[k] = sum * share;
    }
}

static void judge_back(const shape *s, bool max, bool add, real *dx) {
    real share = 1 / (real)taps_of(s);
    for (int64_t k = 0; k < s->in && !add; k++) dx[k] = 0;
    for (int64_t k = 0; k < s->out; k++)
        for (int tap = 0; tap < taps_of(s); tap++)
            if (!max || which[k] == tap) dx[pixel(s, k, tap)] += max ? y[k] : y[k] * share;
}

static void same(const char *what, const shape *s, int level, int64_t n) {
    int64_t k = 0;
    while (k < n && memcmp(found + k, truth + k, sizeof *found) == 0) k++;
    CHECK(k == n, "%s, %s: number %lld is %.9g, not %.9g; %d x %d, window %d x %d, stride %d", what,
          temper_cpu_name((temper_cpu)level), (long long)k, (double)found[k], (double)truth[k], s->p.height,
          s->p.width, s->p.size_h, s->p.size_w, s->p.stride);
}

static void compare_level(const shape *s, int level, bool add) {
    const temper_net_kernels *kernel = temper_net_kernel_of(level);
    judge_max(s, truth, which);
    memset(seen, 77, sizeof seen);
    kernel->pool_max(&s->p, x, found, seen);
    same("max", s, level, s->out);
    CHECK(memcmp(seen, which, (size_t)s->out) == 0, "which, level %d", level);
    CHECK(seen[s->out] == 77, "which overrun, level %d", level);
    memset(found, 0, sizeof found);
    kernel->pool_take(&s->p, which, x, found); /* the largest pixels of x itself: max again */
    same("take", s, level, s->out);
    judge_mean(s, truth);
    kernel->pool_mean(&s->p, x, found);
    same("mean", s, level, s->out);
    memcpy(truth, x, sizeof truth), memcpy(found, x, sizeof found);
    judge_back(s, true, add, truth);
    kernel->pool_give(&s->p, which, y, found, add);
    same("give", s, level, MOST);
    memcpy(truth, x, sizeof truth), memcpy(found, x, sizeof found);
    judge_back(s, false, add, truth);
    kernel->pool_spread(&s->p, y, found, add);
    same("spread", s, level, MOST);
}

static void every_window_is_the_scalar_loop(void) {
    for (int k = 0; k < 600 && !check_bad; k++) {
        shape s = {.p = {1 + below(3), 1 + below(9), 1 + below(9), 1 + below(4), 1 + below(4), 1 + below(4)}};
        if (k % 3 == 0) s.p.size_h = s.p.size_w = s.p.stride = 2; /* the usual one */
        if (k % 7 == 0) s.p.size_h = s.p.height, s.p.size_w = s.p.width;
        if (!settle(&s)) continue;
        draw(x, MOST), draw(y, MOST);
        for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++)
            compare_level(&s, level, k & 1);
    }
}

/* The largest window an op allows, 15 × 15: its last tap is number 224, above what a signed byte holds. */
static void the_last_tap_of_a_large_window(void) {
    shape s = {.p = {1, 15, 15, 15, 15, 1}};
    settle(&s);
    for (int64_t k = 0; k < s.in; k++) x[k] = (real)(k / LANES);
    draw(y, s.out);
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
        compare_level(&s, level, false);
        CHECK(which[0] == 224, "tap %d", which[0]);
    }
}

/* NaN is never larger, and none is larger than NaN: a window that begins with it keeps it. */
static void a_nan_is_not_lost_at_the_corner(void) {
    shape s = {.p = {1, 2, 2, 2, 2, 2}};
    settle(&s);
    for (int64_t k = 0; k < s.in; k++) x[k] = k % LANES == 3 && k < LANES ? NAN : (real)k;
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
        temper_net_kernel_of(level)->pool_max(&s.p, x, found, which);
        CHECK(isnan(found[3]) && which[3] == 0 && which[2] == 3 && found[2] == x[3 * LANES + 2], "level %d",
              level);
    }
}

int main(void) {
    RUN(every_window_is_the_scalar_loop);
    RUN(the_last_tap_of_a_large_window);
    RUN(a_nan_is_not_lost_at_the_corner);
    return check_end();
}
