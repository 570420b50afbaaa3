/* Pooling of one block: windows at `stride` over planes [height][width][16]. The functions that begin with pool_each are written once
 * for any window and inlined a second time for 2 × 2, the usual one. */
typedef struct {             /* what all the loops need of temper_pool */
    int64_t planes, in, out; /* reals of one channel */
    int h, w;
    bool cover; /* every pixel lies in exactly one window */
} pool_size;

static pool_size pool_size_of(const temper_pool *p) {
    int h = (p->height - p->size_h) / p->stride + 1, w = (p->width - p->size_w) / p->stride + 1;
    bool one_h = h == 1 ? p->size_h == p->height : p->size_h == p->stride && h * p->stride == p->height;
    bool one_w = w == 1 ? p->size_w == p->width : p->size_w == p->stride && w * p->stride == p->width;
    return (pool_size){p->channels,   (int64_t)p->height * p->width * LANES, (int64_t)h * w * LANES, h, w,
                       one_h && one_w};
}

/* The first pixel of window (i, j), and a tap from there; width is that of a window. */
static inline ptrdiff_t pool_corner(const temper_pool *p, int i, int j) {
    return ((ptrdiff_t)i * p->width + j) * p->stride * LANES;
}
static inline ptrdiff_t pool_tap(const temper_pool *p, const int width, int tap) {
    return ((ptrdiff_t)(tap / width) * p->width + tap % width) * LANES;
}

/* Numbers of taps, as bytes in memory: stored; and compared with one tap. */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
FLAT void pool_mark(uint8_t *which, wide at) {
    _mm_storeu_si128((__m128i *)which, _mm512_cvtepi32_epi8(_mm512_cvttps_epi32((__m512)at)));
}
FLAT choice pool_is(const uint8_t *which, int tap) {
    return _mm_cmpeq_epi8_mask(_mm_loadu_si128((const __m128i *)which), _mm_set1_epi8((char)tap));
}
#else
FLAT void pool_mark(uint8_t *which, wide at) {
    for (int l = 0; l < WIDE; l++) which[l] = (uint8_t)(int)at[l];
}
FLAT choice pool_is(const uint8_t *which, int tap) {
    wide at;
    for (int l = 0; l < WIDE; l++) at[l] = (real)which[l];
    return (choice)(at == wide_all((real)tap));
}
#endif

FLAT void pool_each_max(const temper_pool *p, const int taps, const int width, const real *x, real *y,
                        uint8_t *which) {
    pool_size s = pool_size_of(p);
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, y += WIDE, which += WIDE) {
                    const real *from = x + pool_corner(p, i, j) + l;
                    wide best = wide_load(from), at = wide_all(0);
                    for (int tap = 1; tap < taps; tap++) {
                        wide v = wide_load(from + pool_tap(p, width, tap));
                        choice more = wide_below(best, v);
                        best = wide_pick(more, v, best);
                        at = wide_pick(more, wide_all((real)tap), at);
                    }
                    wide_store(y, best);
                    pool_mark(which, at);
                }
}

static void pool_max(const temper_pool *p, const real *x, real *y, uint8_t *which) {
    if (p->size_h == 2 && p->size_w == 2)
        pool_each_max(p, 4, 2, x, y, which);
    else
        pool_each_max(p, p->size_h * p->size_w, p->size_w, x, y, which);
}

FLAT void pool_each_take(const temper_pool *p, const int taps, const int width, const uint8_t *which,
                         const real *x, real *y) {
    pool_size s = pool_size_of(p);
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, y += WIDE, which += WIDE) {
                    const real *from = x + pool_corner(p, i, j) + l;
                    wide v = wide_load(from);
                    for (int tap = 1; tap < taps; tap++)
                        v = wide_pick(pool_is(which, tap), wide_load(from + pool_tap(p, width, tap)), v);
                    wide_store(y, v);
                }
}

static void pool_take(const temper_pool *p, const uint8_t *which, const real *x, real *y) {
    if (p->size_h == 2 && p->size_w == 2)
        pool_each_take(p, 4, 2, which, x, y);
    else
        pool_each_take(p, p->size_h * p->size_w, p->size_w, which, x, y);
}

/* Windows add to dx, unless each pixel has one window and no past: then they store. */
static bool pool_stores(const temper_pool *p, real *dx, bool add) {
    pool_size s = pool_size_of(p);
    if (add) return false;
    if (!s.cover) memset(dx, 0, (size_t)(s.planes * s.in) * sizeof *dx);
    return s.cover;
}

FLAT void pool_each_give(const temper_pool *p, const int taps, const int width, const uint8_t *which,
                         const real *dy, real *dx, const bool store) {
    pool_size s = pool_size_of(p);
    const wide zero = wide_all(0);
    for (int64_t c = 0; c < s.planes; c++, dx += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, dy += WIDE, which += WIDE) {
                    real *to = dx + pool_corner(p, i, j) + l;
                    wide d = wide_load(dy);
                    for (int tap = 0; tap < taps; tap++) {
                        real *pixel = to + pool_tap(p, width, tap);
                        wide before = store ? zero : wide_load(pixel);
                        wide_store(pixel, wide_pick(pool_is(which, tap), before + d, before));
                    }
                }
}

static void pool_give(const temper_pool *p, const uint8_t *which, const real *dy, real *dx, bool add) {
    bool store = pool_stores(p, dx, add), square = p->size_h == 2 && p->size_w == 2;
    int taps = p->size_h * p->size_w;
    if (square && store)
        pool_each_give(p, 4, 2, which, dy, dx, true);
    else if (square)
        pool_each_give(p, 4, 2, which, dy, dx, false);
    else if (store)
        pool_each_give(p, taps, p->size_w, which, dy, dx, true);
    else
        pool_each_give(p, taps, p->size_w, which, dy, dx, false);
}

static void pool_mean(const temper_pool *p, const real *x, real *y) {
    pool_size s = pool_size_of(p);
    const wide share = wide_all(1 / (real)(p->size_h * p->size_w));
    for (int64_t c = 0; c < s.planes; c++, x += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, y += WIDE) {
                    wide sum = wide_all(0);
                    for (int r = 0; r < p->size_h; r++) {
                        const real *from = x + pool_corner(p, i, j) + (ptrdiff_t)r * p->width * LANES + l;
                        for (int q = 0; q < p->size_w; q++) sum += wide_load(from + q * LANES);
                    }
                    wide_store(y, sum * share);
                }
}

static void pool_spread(const temper_pool *p, const real *dy, real *dx, bool add) {
    pool_size s = pool_size_of(p);
    const wide share = wide_all(1 / (real)(p->size_h * p->size_w)), zero = wide_all(0);
    bool store = pool_stores(p, dx, add);
    for (int64_t c = 0; c < s.planes; c++, dx += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, dy += WIDE) {
                    wide d = wide_load(dy) * share;
                    for (int r = 0; r < p->size_h; r++) {
                        real *to = dx + pool_corner(p, i, j) + (ptrdiff_t)r * p->width * LANES + l;
                        for (int q = 0; q < p->size_w; q++)
                            wide_store(to + q * LANES, (store ? zero : wide_load(to + q * LANES)) + d);
                    }
                }
}
