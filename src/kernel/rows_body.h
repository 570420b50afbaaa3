/* Between rows of samples and blocks of lanes: transposition of squares as wide as a register. */
/* The first n ≤ WIDE numbers; the others are zeros. */
FLAT wide some_floats(const float *x, int64_t n) {
    wide v = wide_all(0);
    if (sizeof(real) == sizeof(float) && n >= WIDE) return wide_load((const real *)(const void *)x);
    for (int i = 0; i < WIDE && i < n; i++) v[i] = x[i];
    return v;
}

/* Features f … of WIDE samples into the lanes at `to`. */
FLAT void gather_square(const float *const *from, int64_t f, int64_t features, const float *shift,
                        const float *scale, real *to) {
    const int64_t n = features - f < WIDE ? features - f : WIDE;
    wide r[WIDE];
#pragma GCC unroll 16
    for (int l = 0; l < WIDE; l++) {
        r[l] = from[l] ? some_floats(from[l] + f, n) : wide_all(0);
        if (from[l] && shift) r[l] = (r[l] - some_floats(shift + f, n)) * some_floats(scale + f, n);
    }
    turn(r);
    if (n == WIDE)
#pragma GCC unroll 16
        for (int j = 0; j < WIDE; j++) wide_store(to + j * LANES, r[j]);
    else
        for (int j = 0; j < n; j++) wide_store(to + j * LANES, r[j]);
}

static void gather(const float *const from[LANES], int64_t features, const float *shift, const float *scale,
                   real *block) {
    for (int64_t f = 0; f < features; f += WIDE)
        for (int l = 0; l < LANES; l += WIDE)
            gather_square(from + l, f, features, shift, scale, block + f * LANES + l);
}

/* WIDE lanes of features f … f+WIDE−1, as WIDE samples of so many features; zeros for features that are missing. */
FLAT void square_of(const real *block, ptrdiff_t step, int64_t f, int64_t features, wide r[WIDE]) {
#pragma GCC unroll 16
    for (int j = 0; j < WIDE; j++) r[j] = f + j < features ? wide_load(block + (f + j) * step) : wide_all(0);
    turn(r);
}

static void rows(const real *block, int64_t features, ptrdiff_t step, real *out, ptrdiff_t row,
                 ptrdiff_t panel) {
    for (int64_t f = 0; f < (features + LANES - 1) / LANES * LANES; f += WIDE)
        for (int l = 0; l < LANES; l += WIDE) {
            wide r[WIDE];
            square_of(block + l, step, f, features, r);
#pragma GCC unroll 16
            for (int i = 0; i < WIDE; i++)
                wide_store(out + (l + i) * row + f / LANES * panel + f % LANES, r[i]);
        }
}

/* The chains of WIDE features run side by side. */
static void sum_samples(int64_t blocks, int64_t features, const real *d, real *db) {
    for (int64_t f = 0; f < features; f += WIDE) {
        const size_t n = (size_t)(features - f < WIDE ? features - f : WIDE) * sizeof(real);
        wide sum = wide_all(0);
        memcpy(&sum, db + f, n);
        for (int64_t b = 0; b < blocks; b++)
            for (int l = 0; l < LANES; l += WIDE) {
                wide r[WIDE];
                square_of(d + b * features * LANES + l, LANES, f, features, r);
#pragma GCC unroll 16
                for (int i = 0; i < WIDE; i++) sum += r[i];
            }
        memcpy(db + f, &sum, n);
    }
}
