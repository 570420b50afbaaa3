/* Products of matrices: every output is one chain of fma over k in index order, whatever the tile it is computed in.
 *
 * A tile of R rows × N blocks keeps its R·N·16 sums in registers while k runs. With samples in lanes a row of B is N·16 numbers
 * side by side, and a number of A is broadcast to all of them; so nothing need be packed. Tiles run along a panel of R rows: its
 * part of A stays in the first-level cache, B streams through from the second. Where k is long, chains stop after some
 * K_MOST terms, are put away in C and go on from there. */
static real fused(real a, real b, real c) {
    return sizeof(real) == 4 ? (real)__builtin_fmaf((float)a, (float)b, (float)c)
                             : (real)__builtin_fma((double)a, (double)b, (double)c);
}

/* The sums of a tile fill the registers, but for what a term needs: N blocks of B and one number of A. */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
enum { TILE_ROWS = 14, TILE_BLOCKS = 2 };
#elif defined(__AVX2__) && !defined(TEMPER_F64)
enum { TILE_ROWS = 6, TILE_BLOCKS = 1 };
#else
enum { TILE_ROWS = 2, TILE_BLOCKS = 1 };
#endif
enum {
    PARTS = LANES / WIDE, /* registers of a block */
    AHEAD = 12,           /* terms */
    K_MOST = 384,         /* terms */
    N_MOST = 32, /* blocks of B in use together: K_MOST·N_MOST·16 numbers lie in the second-level cache */
};

/* The tile whose corner p->a, p->b and p->c point at. Rows of A are reached from every third one, at most two strides on: that is
 * an addressing mode, fourteen pointers would be too many. R, N and crosswise are constants where this is inlined.
 *
 * crosswise: each term's numbers of A begin a cache line, and often end in the next; such lines tend to lie a power of two apart, where
 * the first-level cache keeps few of them. They are asked for some terms ahead. */
FLAT void tile(const int R, const int N, const bool crosswise, const temper_matmul *p) {
    wide sum[14][TILE_BLOCKS * PARTS]; /* R ≤ 14 on every level */
    const ptrdiff_t a_row = p->a_row, a_k = p->a_k, b_k = p->b_k, b_block = p->b_block;
    const int64_t inner = p->a_inner ? p->a_inner : p->k;
#pragma GCC unroll 14
    for (int i = 0; i < R; i++)
#pragma GCC unroll 8
        for (int j = 0; j < N * PARTS; j++)
            sum[i][j] = p->add ? wide_load(p->c + i * p->c_row + j / PARTS * p->c_block + j % PARTS * WIDE)
                               : wide_all(p->bias ? p->bias[i] : 0);
    const uintptr_t a_bytes = (uintptr_t)a_k * sizeof(real);
    const real *b = p->b, *corner = p->a;
    for (int64_t left = p->k; left > 0; left -= inner, corner += p->a_outer) {
        const real *a[5];
#pragma GCC unroll 5
        for (int i = 0; i < R; i += 3) a[i / 3] = corner + i * a_row;
        for (int64_t k = left < inner ? left : inner; k > 0; k--, b += b_k) {
            if (crosswise) {
                const uintptr_t soon = (uintptr_t)a[0] + AHEAD * a_bytes; /* perhaps beyond the end of A */
                __builtin_prefetch((const void *)soon);
                __builtin_prefetch((const void *)(soon + (R - 1) * sizeof(real)));
            }
            wide v[TILE_BLOCKS * PARTS];
#pragma GCC unroll 8
            for (int j = 0; j < N * PARTS; j++) v[j] = wide_load(b + j / PARTS * b_block + j % PARTS * WIDE);
#pragma GCC unroll 14
            for (int i = 0; i < R; i++) {
                const wide t = wide_all(a[i / 3][i % 3 * a_row]);
#pragma GCC unroll 8
                for (int j = 0; j < N * PARTS; j++) sum[i][j] = wide_fma(t, v[j], sum[i][j]);
            }
#pragma GCC unroll 5
            for (int i = 0; i < R; i += 3) a[i / 3] += a_k;
        }
    }
#pragma GCC unroll 14
    for (int i = 0; i < R; i++)
#pragma GCC unroll 8
        for (int j = 0; j < N * PARTS; j++)
            wide_store(p->c + i * p->c_row + j / PARTS * p->c_block + j % PARTS * WIDE, sum[i][j]);
}

FLAT void tile_of(const int N, const bool crosswise, const temper_matmul *p) { /* p->m rows */
    if (p->m == 1) tile(1, N, crosswise, p);
    if (p->m == 2) tile(2, N, crosswise, p);
    if (TILE_ROWS > 2) switch (p->m) {
        case 3: tile(3, N, crosswise, p); break;
        case 4: tile(4, N, crosswise, p); break;
        case 5: tile(5, N, crosswise, p); break;
        case 6: tile(6, N, crosswise, p); break;
        }
    if (TILE_ROWS > 6) switch (p->m) {
        case 7: tile(7, N, crosswise, p); break;
        case 8: tile(8, N, crosswise, p); break;
        case 9: tile(9, N, crosswise, p); break;
        case 10: tile(10, N, crosswise, p); break;
        case 11: tile(11, N, crosswise, p); break;
        case 12: tile(12, N, crosswise, p); break;
        case 13: tile(13, N, crosswise, p); break;
        case 14: tile(14, N, crosswise, p); break;
        }
}

static void tile_narrow(const temper_matmul *p) { tile_of(1, false, p); }
static void tile_broad(const temper_matmul *p) { tile_of(TILE_BLOCKS, false, p); }
static void tile_crosswise(const temper_matmul *p) { tile_of(TILE_BLOCKS, true, p); }

/* The first n lanes, n < WIDE; the others are neither read nor written. */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
FLAT wide load_some(const real *x, int64_t n) {
    return (wide)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), x);
}
FLAT void store_some(real *x, wide v, int64_t n) {
    _mm512_mask_storeu_ps(x, (__mmask16)((1u << n) - 1), (__m512)v);
}
#else
FLAT wide load_some(const real *x, int64_t n) {
    wide v = wide_all(0);
    for (int i = 0; i < WIDE; i++)
        if (i < n) v[i] = x[i];
    return v;
}
FLAT void store_some(real *x, wide v, int64_t n) {
    for (int i = 0; i < WIDE; i++)
        if (i < n) x[i] = v[i];
}
#endif

/* The last block, of which only p->n lanes are columns: its sums wait in whole blocks of their own. */
static void tile_cut(const temper_matmul *p) {
    _Alignas(64) real whole[TILE_ROWS * LANES];
    temper_matmul t = *p;
    t.c = whole, t.c_row = LANES;
    for (int64_t i = 0; i < p->m && p->add; i++)
        for (int64_t j = 0; j < LANES; j += WIDE) {
            const real *c = p->c + i * p->c_row + j;
            wide_store(whole + i * LANES + j, p->n >= j + WIDE ? wide_load(c) : load_some(c, p->n - j));
        }
    tile_narrow(&t);
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j += WIDE) {
            const wide v = wide_load(whole + i * LANES + j);
            real *c = p->c + i * p->c_row + j;
            p->n >= j + WIDE ? wide_store(c, v) : store_some(c, v, p->n - j);
        }
}

/* One panel of at most TILE_ROWS rows, along all its columns. */
static void panel(temper_matmul t) {
    const bool crosswise = TILE_ROWS > 2 && t.a_row == 1 && !t.a_inner && t.a_k >= LANES;
    for (; t.n >= TILE_BLOCKS * LANES; t.n -= TILE_BLOCKS * LANES) {
        crosswise ? tile_crosswise(&t) : tile_broad(&t);
        t.b += TILE_BLOCKS * t.b_block, t.c += TILE_BLOCKS * t.c_block;
    }
    for (; t.n >= LANES; t.n -= LANES, t.b += t.b_block, t.c += t.c_block) tile_narrow(&t);
    if (t.n > 0) tile_cut(&t);
}

/* All rows, in panels of nearly equal height. */
static void panels(const temper_matmul *p) {
    const int64_t count = (p->m + TILE_ROWS - 1) / TILE_ROWS;
    for (int64_t i = 0; i < count; i++) {
        const int64_t row = p->m * i / count;
        temper_matmul t = *p;
        t.m = p->m * (i + 1) / count - row;
        t.a += row * t.a_row, t.c += row * t.c_row;
        if (t.bias) t.bias += row;
        panel(t);
    }
}

/* All terms of the chains of some columns. A chunk begins where an inner stretch of A does. */
static void chunks(const temper_matmul *p) {
    const int64_t inner = p->a_inner ? p->a_inner : 1, stretches = (p->k + inner - 1) / inner;
    const int64_t most = K_MOST / inner > 1 ? K_MOST / inner : 1;
    const int64_t count = stretches > most ? (stretches + most - 1) / most : 1;
    for (int64_t i = 0; i < count; i++) {
        const int64_t from = stretches * i / count, to = stretches * (i + 1) / count;
        temper_matmul t = *p;
        t.a += from * (p->a_inner ? p->a_outer : p->a_k), t.b += from * inner * t.b_k;
        t.k = (to * inner < p->k ? to * inner : p->k) - from * inner;
        t.add = p->add || i > 0;
        panels(&t);
    }
}

/* Few columns, and A with its rows side by side: Cᵀ = BᵀA has full lanes where C has not. The same chains, so the same bits; squares
 * of C are turned on their way out. Whole blocks of rows; the others are left to `chunks`. */
static void lying(const temper_matmul *p) {
    enum { BROAD = TILE_BLOCKS * LANES };
    _Alignas(64) real flat[LANES * BROAD];
    const temper_matmul t = {.m = p->n,
                             .n = BROAD,
                             .k = p->k,
                             .a = p->b,
                             .a_row = 1,
                             .a_k = p->b_k,
                             .b_block = LANES,
                             .b_k = p->a_k,
                             .c = flat,
                             .c_row = BROAD,
                             .c_block = LANES};
    for (int64_t i = 0; i < p->m; i += BROAD) {
        temper_matmul part = t;
        part.b = p->a + i;
        panels(&part);
        for (int64_t s = 0; s < BROAD; s += WIDE)
            for (int64_t j = 0; j < p->n; j += WIDE) {
                wide r[WIDE];
                for (int l = 0; l < WIDE; l++)
                    r[l] = j + l < p->n ? wide_load(flat + (j + l) * BROAD + s) : wide_all(0);
                turn(r);
                for (int l = 0; l < WIDE; l++) {
                    real *c = p->c + (i + s + l) * p->c_row + j;
                    p->n >= j + WIDE ? wide_store(c, r[l]) : store_some(c, r[l], p->n - j);
                }
            }
    }
}

static void matmul(const temper_matmul *p) {
    if (p->n < LANES && p->a_row == 1 && !p->a_inner && !p->bias && !p->add && p->k <= K_MOST) {
        temper_matmul flat = *p, rest = *p;
        flat.m = p->m / (TILE_BLOCKS * LANES) * (TILE_BLOCKS * LANES);
        lying(&flat);
        rest.m -= flat.m, rest.a += flat.m, rest.c += flat.m * p->c_row;
        if (rest.m) chunks(&rest);
        return;
    }
    for (int64_t j = 0; j < p->n; j += N_MOST * LANES) {
        temper_matmul t = *p;
        t.n = p->n - j < N_MOST * LANES ? p->n - j : N_MOST * LANES;
        t.b += j / LANES * t.b_block, t.c += j / LANES * t.c_block;
        chunks(&t);
    }
}
