/* Transposition and sums over samples on every level, against loops, bit for bit. */
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { FEATURES = 70, MOST = FEATURES * LANES * 12 };

static _Alignas(64) float x[MOST], truth[MOST], found[MOST];
static float shift[FEATURES], scale[FEATURES];

static void draw(float *to, int64_t n, uint32_t state) {
    for (int64_t k = 0; k < n; k++) {
        state = state * 1664525u + 1013904223u;
        to[k] = (float)((int)(state >> 12 & 0xfffff) - 500000) / 99991.0f;
    }
}

static void same(const char *what, int level, int64_t features) {
    int64_t at = 0;
    while (at < MOST && memcmp(found + at, truth + at, sizeof *found) == 0) at++;
    CHECK(at == MOST, "%s, %s: %lld features: number %lld is %.9g, not %.9g", what,
          temper_cpu_name((temper_cpu)level), (long long)features, (long long)at, (double)found[at],
          (double)truth[at]);
}

/* Some rows missing, and each at an odd place. */
static void gathers(void) {
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int64_t features = 1; features <= FEATURES; features++)
            for (int scaled = 0; scaled < 2; scaled++) {
                const float *row[LANES];
                for (int l = 0; l < LANES; l++)
                    row[l] = (l * 7 + features) % 5 == 0 ? NULL : x + l * (FEATURES + 3) + 1;
                memset(truth, 0x55, sizeof truth), memset(found, 0x55, sizeof found);
                for (int64_t f = 0; f < features; f++)
                    for (int l = 0; l < LANES; l++) {
                        float v = row[l] ? row[l][f] : 0;
                        truth[f * LANES + l] = row[l] && scaled ? (v - shift[f]) * scale[f] : v;
                    }
                temper_net_kernel_of(level)->gather(row, features, scaled ? shift : NULL,
                                                    scaled ? scale : NULL, found);
                same(scaled ? "gather, scaled" : "gather", level, features);
            }
}

static void rows(void) {
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int64_t features = 1; features <= FEATURES; features++)
            for (int kind = 0; kind < 3; kind++) { /* rows; panels; panels, of one token out of three */
                const ptrdiff_t row = kind ? LANES : 80, panel = kind ? LANES * LANES : LANES;
                const ptrdiff_t step = kind == 2 ? 3 * LANES : LANES;
                memset(truth, 0x55, sizeof truth), memset(found, 0x55, sizeof found);
                for (int64_t f = 0; f < (features + LANES - 1) / LANES * LANES; f++)
                    for (int l = 0; l < LANES; l++)
                        truth[l * row + f / LANES * panel + f % LANES] = f < features ? x[f * step + l] : 0;
                temper_net_kernel_of(level)->rows(x, features, step, found, row, panel);
                same("rows", level, features);
            }
}

static void sums(void) {
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int64_t features = 1; features <= FEATURES; features++)
            for (int64_t blocks = 0; blocks <= 4; blocks++) {
                draw(truth, MOST, 77);
                memcpy(found, truth, sizeof found);
                for (int64_t f = 0; f < features; f++)
                    for (int64_t k = 0; k < blocks * LANES; k++)
                        truth[f] += x[(k / LANES * features + f) * LANES + k % LANES];
                temper_net_kernel_of(level)->sum_samples(blocks, features, x, found);
                same("sum_samples", level, features);
            }
}

int main(void) {
    draw(x, MOST, 1), draw(shift, FEATURES, 2), draw(scale, FEATURES, 3);
    RUN(gathers);
    RUN(rows);
    RUN(sums);
    return check_end();
}
