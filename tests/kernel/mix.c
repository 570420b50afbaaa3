/* A sum and what follows it at once, on every level, against the single steps: bit for bit. */
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 1 << 14 };

static _Alignas(64) real base[MOST], d[MOST], sum[MOST], truth[MOST], found[MOST];
static uint8_t which[MOST];

static uint64_t state = 7;
static int below(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

/* Few values, so that windows have equal ones; a NaN and infinities among them. */
static void draw(void) {
    for (int k = 0; k < MOST; k++) base[k] = (real)(below(9) - 4) / 3, d[k] = (real)(below(7) - 3) / 7;
    base[40] = NAN, base[16 * 3 + 5] = INFINITY, d[16 * 7 + 2] = -INFINITY;
}

static void expect(const char *name, int level, const char *what, int64_t n) {
    int64_t off = 0;
    for (int64_t k = 0; k < n; k++) {
        bool same = isnan(truth[k]) ? isnan(found[k]) : truth[k] == found[k];
        off += !same;
    }
    CHECK(off == 0, "%s, level %d, %s: %d of %d numbers differ", name, level, what, (int)off, (int)n);
}

static void rectified(void) {
    for (int level = 0; level <= (int)temper_cpu_level() && level < 3; level++) {
        const temper_net_kernels *kernel = temper_net_kernel_of(level);
        for (int64_t n = 16; n <= 16 * 33; n += 16) {
            draw();
            kernel->climb(n, (real)0.3, base, d, sum);
            kernel->value(TEMPER_RECTIFIER, 0, n, sum, truth);
            memset(found, 0x55, sizeof found);
            kernel->climb_rectified(n, (real)0.3, base, d, found);
            expect("rectified", level, "n", n);
            CHECK(found[n] == found[n + 1], "level %d writes beyond", level);
        }
    }
}

static void pooled(void) {
    static const temper_pool shapes[] = {{3, 8, 8, 2, 2, 2}, {2, 7, 9, 2, 2, 2}, {2, 7, 7, 3, 3, 2},
                                         {4, 6, 5, 2, 2, 1}, {1, 9, 4, 3, 2, 3}, {5, 4, 4, 4, 4, 4}};
    for (int level = 0; level <= (int)temper_cpu_level() && level < 3; level++) {
        const temper_net_kernels *kernel = temper_net_kernel_of(level);
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            const temper_pool *p = &shapes[k];
            int64_t in = p->channels * p->height * p->width * LANES;
            int64_t h = (p->height - p->size_h) / p->stride + 1, w = (p->width - p->size_w) / p->stride + 1;
            int64_t out = p->channels * h * w * LANES;
            char what[32];
            snprintf(what, sizeof what, "shape %d", (int)k);
            draw();
            kernel->climb(in, (real)0.3, base, d, sum);
            kernel->pool_max(p, sum, truth, which);
            kernel->climb_pool(p, (real)0.3, base, d, false, found);
            expect("pooled", level, what, out);
            kernel->value(TEMPER_RECTIFIER, 0, in, sum, sum);
            kernel->pool_max(p, sum, truth, which);
            kernel->climb_pool(p, (real)0.3, base, d, true, found);
            expect("rectified and pooled", level, what, out);
        }
    }
}

int main(void) {
    RUN(rectified);
    RUN(pooled);
    return check_end();
}
