/* x = base + a·d, and what stands behind a first layer at once, so that x itself is never written: rectified, y = max(0, x) for n numbers,
 * a multiple of 16; or the largest x of each window of a block, rectified or not. x is one fma, as in climb; a window's largest is found as in
 * pool_max, and rectified after that: with the same bits as the other way about. */
static void climb_rectified(int64_t n, real a, const real *base, const real *d, real *out) {
    const wide far = wide_all(a), zero = wide_all(0);
    for (int64_t k = 0; k < n; k += WIDE)
        wide_store(out + k, wide_from(zero, wide_fma(far, wide_load(d + k), wide_load(base + k))));
}

FLAT void climb_each_pool(const temper_pool *p, const int taps, const int width, real a, const real *base,
                          const real *d, bool rectified, real *out) {
    const pool_size s = pool_size_of(p);
    const wide far = wide_all(a), zero = wide_all(0);
    for (int64_t c = 0; c < s.planes; c++, base += s.in, d += s.in)
        for (int i = 0; i < s.h; i++)
            for (int j = 0; j < s.w; j++)
                for (int l = 0; l < LANES; l += WIDE, out += WIDE) {
                    const ptrdiff_t corner = pool_corner(p, i, j) + l;
                    wide best = wide_fma(far, wide_load(d + corner), wide_load(base + corner));
                    for (int tap = 1; tap < taps; tap++) {
                        const ptrdiff_t at = corner + pool_tap(p, width, tap);
                        wide v = wide_fma(far, wide_load(d + at), wide_load(base + at));
                        best = wide_pick(wide_below(best, v), v, best);
                    }
                    wide_store(out, rectified ? wide_from(zero, best) : best);
                }
}

static void climb_pool(const temper_pool *p, real a, const real *base, const real *d, bool rectified,
                       real *out) {
    if (p->size_h == 2 && p->size_w == 2)
        climb_each_pool(p, 4, 2, a, base, d, rectified, out);
    else
        climb_each_pool(p, p->size_h * p->size_w, p->size_w, a, base, d, rectified, out);
}
