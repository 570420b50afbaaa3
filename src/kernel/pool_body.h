/* Pooling of one block: windows at `stride` over planes [height][width][16]. */
typedef struct {             /* what all the loops need of temper_pool */
    int64_t planes, in, out; /* reals of one channel */
    int h, w;
} pool_size;

static pool_size pool_size_of(const temper_pool *p) {
    int h = (p->height - p->size_h) / p->stride + 1, w = (p->width - p->size_w) / p->stride + 1;
    return (pool_size){p->channels, (int64_t)p->height * p->width * LANES, (int64_t)h * w * LANES, h, w};
}

/* The first pixel of window (i, j), and the pixel of a tap from there. */
static ptrdiff_t pool_corner(const temper_pool *p, int i, int j) {
    return ((ptrdiff_t)i * p->stride * p->width + (ptrdiff_t)j * p->stride) * LANES;
}

static ptrdiff_t pool_tap(const temper_pool *p, int tap) {
    return ((ptrdiff_t)(tap / p->size_w) * p->width + tap % p->size_w) * LANES;
}

static void pool_max(const temper_pool *p, const real *x, real *y, uint8_t *which) {
    pool_size s = pool_size_of(p);
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++, y += LANES, which += LANES) {
                const real *from = x + pool_corner(p, i, j);
                for (int l = 0; l < LANES; l++) y[l] = from[l], which[l] = 0;
                for (int tap = 1; tap < p->size_h * p->size_w; tap++)
                    for (int l = 0; l < LANES; l++) {
                        real v = from[pool_tap(p, tap) + l];
                        if (v > y[l]) y[l] = v, which[l] = (uint8_t)tap;
                    }
            }
}

static void pool_take(const temper_pool *p, const uint8_t *which, const real *x, real *y) {
    pool_size s = pool_size_of(p);
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++, y += LANES, which += LANES)
                for (int l = 0; l < LANES; l++) y[l] = x[pool_corner(p, i, j) + pool_tap(p, which[l]) + l];
}

static void pool_clear(int64_t n, real *dx, bool add) {
    for (int64_t k = 0; !add && k < n; k++) dx[k] = 0;
}

static void pool_give(const temper_pool *p, const uint8_t *which, const real *dy, real *dx, bool add) {
    pool_size s = pool_size_of(p);
    pool_clear(s.planes * s.in, dx, add);
    for (int64_t c = 0; c < s.planes; c++, dx += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++, dy += LANES, which += LANES)
                for (int l = 0; l < LANES; l++) dx[pool_corner(p, i, j) + pool_tap(p, which[l]) + l] += dy[l];
}

static void pool_mean(const temper_pool *p, const real *x, real *y) {
    pool_size s = pool_size_of(p);
    real share = 1 / (real)(p->size_h * p->size_w);
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++, y += LANES) {
                real sum[LANES] = {0};
                for (int tap = 0; tap < p->size_h * p->size_w; tap++)
                    for (int l = 0; l < LANES; l++) sum[l] += x[pool_corner(p, i, j) + pool_tap(p, tap) + l];
                for (int l = 0; l < LANES; l++) y[l] = sum[l] * share;
            }
}

static void pool_spread(const temper_pool *p, const real *dy, real *dx, bool add) {
    pool_size s = pool_size_of(p);
    real share = 1 / (real)(p->size_h * p->size_w);
    pool_clear(s.planes * s.in, dx, add);
    for (int64_t c = 0; c < s.planes; c++, dx += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++, dy += LANES)
                for (int tap = 0; tap < p->size_h * p->size_w; tap++)
                    for (int l = 0; l < LANES; l++)
                        dx[pool_corner(p, i, j) + pool_tap(p, tap) + l] += dy[l] * share;
}
