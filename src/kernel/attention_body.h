/* Attention, lane by lane: o = softmax(q kᵀ/√w) v for each head of width w; no sample meets another. A few rows t of the
 * T × T scores are made, used and forgotten; the way back makes them again, so that nothing of size T² is kept:
 *
 *     P = softmax(q kᵀ/√w)                            o_t = Σ_s P_ts v_s
 *     P̄ = ō vᵀ,  S̄ = P ⊙ (P̄ − Σ_s P P̄)/√w             q̄_t = Σ_s S̄_ts k_s,  k̄_s = Σ_t S̄_ts q_t,  v̄_s = Σ_t P_ts ō_t
 *
 * Three contractions make all of it, and their tangents, being bilinear: over the width (scores), over s (mix), over t (spread).
 * Every output is one chain of fma in index order, held in a register tile.
 *
 * As many samples as a register has lanes go through all of it, then the next ones. In the block their numbers are
 * LANES apart ("far"), in scratch WIDE ("near"). No bit depends on WIDE or TILE. */

enum {
    ROWS = 8,
    COLUMNS = 2
}; /* rows at hand: tangents of k and v are summed in this order; columns of a tile */
enum { TILE = WIDE == 16 ? 8 : 4 }; /* rows of a register tile */

FLAT wide far(const real *x, int64_t k) { return wide_load(x + k * LANES); }
FLAT wide near(const real *x, int64_t k) { return wide_load(x + k * WIDE); }
FLAT void put_far(real *x, int64_t k, wide v) { wide_store(x + k * LANES, v); }
FLAT void put_near(real *x, int64_t k, wide v) { wide_store(x + k * WIDE, v); }

/* out[r][s] (+)= Σ_i a[i][r] b[i][s]; near: a [w][ROWS], out [ROWS][T]; far: b [w][T]. */
FLAT void score_tile(int64_t w, int64_t T, int rows, int columns, const real *a, const real *b, real *out,
                     bool add) {
    wide sum[TILE][COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) sum[r][c] = add ? near(out, r * T + c) : wide_all(0);
    for (int64_t i = 0; i < w; i++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                sum[r][c] = wide_fma(near(a, i * ROWS + r), far(b, i * T + c), sum[r][c]);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) put_near(out, r * T + c, sum[r][c]);
}

/* out[i][r] += Σ_s p[r][s] b[i][s]; near: p [ROWS][T]; far: b [w][T], out [w][T] at column t. */
FLAT void mix_tile(int64_t T, int rows, int columns, const real *p, const real *b, real *out) {
    wide sum[TILE][COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) sum[r][c] = far(out, c * T + r);
    for (int64_t s = 0; s < T; s++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                sum[r][c] = wide_fma(near(p, r * T + s), far(b, c * T + s), sum[r][c]);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) put_far(out, c * T + r, sum[r][c]);
}

/* out[i][s] += Σ_r p[r][s] b[i][r]; near: p [ROWS][T]; far: b [w][T] at column t, out [w][T]. */
FLAT void spread_tile(int64_t T, int rows, int columns, const real *p, const real *b, real *out) {
    wide of[TILE][COLUMNS];
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) of[r][c] = far(b, c * T + r);
    for (int64_t s = 0; s < T; s++)
        for (int c = 0; c < columns; c++) {
            wide sum = far(out, c * T + s);
            for (int r = 0; r < rows; r++) sum = wide_fma(near(p, r * T + s), of[r][c], sum);
            put_far(out, c * T + s, sum);
        }
}

/* a begins at column t of a far [w][T]. Its rows are packed first: lines that lie a power of two apart share few places of a
 * cache. */
static void scores(int64_t w, int64_t T, int rows, const real *a, const real *b, real *out, bool add,
                   real *packed) {
    for (int64_t i = 0; i < w; i++)
        for (int r = 0; r < rows; r++) put_near(packed, i * ROWS + r, far(a, i * T + r));
    for (int r = 0; r < rows;) {
        const int step = r + TILE <= rows ? TILE : 1;
        const real *from = packed + r * WIDE;
        real *to = out + r * T * WIDE;
        int64_t s = 0;
        for (; s + COLUMNS <= T && step > 1; s += COLUMNS)
            score_tile(w, T, TILE, COLUMNS, from, b + s * LANES, to + s * WIDE, add);
        for (; s < T && step > 1; s++) score_tile(w, T, TILE, 1, from, b + s * LANES, to + s * WIDE, add);
        for (; s < T; s++) score_tile(w, T, 1, 1, from, b + s * LANES, to + s * WIDE, add);
        r += step;
    }
}

static void mix(int64_t w, int64_t T, int rows, const real *p, const real *b, real *out) {
    for (int r = 0; r < rows;) {
        const int step = r + TILE <= rows ? TILE : 1;
        const real *from = p + r * T * WIDE;
        real *to = out + r * LANES;
        int64_t i = 0;
        for (; i + COLUMNS <= w && step > 1; i += COLUMNS)
            mix_tile(T, TILE, COLUMNS, from, b + i * T * LANES, to + i * T * LANES);
        for (; i < w && step > 1; i++) mix_tile(T, TILE, 1, from, b + i * T * LANES, to + i * T * LANES);
        for (; i < w; i++) mix_tile(T, 1, 1, from, b + i * T * LANES, to + i * T * LANES);
        r += step;
    }
}

static void spread(int64_t w, int64_t T, int rows, const real *p, const real *b, real *out) {
    for (int r = 0; r < rows;) {
        const int step = r + TILE <= rows ? TILE : 1;
        const real *from = p + r * T * WIDE, *of = b + r * LANES;
        int64_t i = 0;
        for (; i + COLUMNS <= w && step > 1; i += COLUMNS)
            spread_tile(T, TILE, COLUMNS, from, of + i * T * LANES, out + i * T * LANES);
        for (; i < w && step > 1; i++) spread_tile(T, TILE, 1, from, of + i * T * LANES, out + i * T * LANES);
        for (; i < w; i++) spread_tile(T, 1, 1, from, of + i * T * LANES, out + i * T * LANES);
        r += step;
    }
}

/* p[T] from scores to probabilities; p_dot (unless NULL) from their tangents to Ṗ = P (Ṡ − Σ P Ṡ). */
static void softmax_row(int64_t T, real scale, real *p, real *p_dot) {
    const wide by = wide_all(scale);
    wide top = near(p, 0), sum = wide_all(0), drift = wide_all(0);
    for (int64_t s = 1; s < T; s++) top = wide_from(top, near(p, s));
    for (int64_t s = 0; s < T; s++) {
        wide e = exp_of((near(p, s) - top) * by);
        put_near(p, s, e), sum += e;
    }
    sum = wide_all(1) / sum;
    for (int64_t s = 0; s < T; s++) put_near(p, s, near(p, s) * sum);
    if (!p_dot) return;
    for (int64_t s = 0; s < T; s++) {
        put_near(p_dot, s, near(p_dot, s) * by);
        drift = wide_fma(near(p, s), near(p_dot, s), drift);
    }
    for (int64_t s = 0; s < T; s++) put_near(p_dot, s, near(p, s) * (near(p_dot, s) - drift));
}

/* bar[T] from P̄ to S̄; bar_dot (unless NULL) to its tangent (Ṗ (P̄ − Σ P P̄) + P (P̄̇ − Σ (Ṗ P̄ + P P̄̇)))/√w. */
static void softmax_row_reverse(int64_t T, real scale, const real *p, const real *p_dot, real *bar,
                                real *bar_dot) {
    const wide by = wide_all(scale);
    wide mean = wide_all(0), mean_dot = wide_all(0);
    for (int64_t s = 0; s < T; s++) mean = wide_fma(near(p, s), near(bar, s), mean);
    for (int64_t s = 0; s < T && bar_dot; s++)
        mean_dot = wide_fma(near(p_dot, s), near(bar, s), wide_fma(near(p, s), near(bar_dot, s), mean_dot));
    for (int64_t s = 0; s < T; s++) {
        wide off = near(bar, s) - mean;
        put_near(bar, s, near(p, s) * off * by);
        if (bar_dot)
            put_near(bar_dot, s,
                     wide_fma(near(p_dot, s), off, near(p, s) * (near(bar_dot, s) - mean_dot)) * by);
    }
}

typedef struct { /* one head of WIDE samples: its parts of the block, and rows of scores */
    int64_t w, T;
    real scale;
    const real *q, *k, *v, *q_dot, *k_dot, *v_dot, *g, *g_dot;
    real *y, *y_dot, *q_bar, *k_bar, *v_bar, *q_bar_dot, *k_bar_dot, *v_bar_dot;
    real *P, *P_dot, *bar, *bar_dot, *packed; /* [ROWS][T] each; [w][ROWS] */
} attention_head;

/* Head h, samples lane …. Pointers without a meaning in this call stay NULL. */
static attention_head head_of(const temper_attention *u, int64_t h, int lane) {
    const int64_t size = u->width * u->tokens * LANES, third = u->heads * size, at = h * size + lane;
    const int64_t rows = ROWS * u->tokens * WIDE;
    attention_head a = {.w = u->width, .T = u->tokens};
    wide root = wide_root(wide_all((real)u->width));
    a.scale = 1 / root[0];
    a.q = u->x + at, a.k = a.q + third, a.v = a.k + third;
    if (u->x_dot) a.q_dot = u->x_dot + at, a.k_dot = a.q_dot + third, a.v_dot = a.k_dot + third;
    if (u->g) a.g = u->g + at;
    if (u->g_dot) a.g_dot = u->g_dot + at;
    if (u->y) a.y = u->y + at;
    if (u->y_dot) a.y_dot = u->y_dot + at;
    if (u->x_bar) a.q_bar = u->x_bar + at, a.k_bar = a.q_bar + third, a.v_bar = a.k_bar + third;
    if (u->x_bar_dot)
        a.q_bar_dot = u->x_bar_dot + at, a.k_bar_dot = a.q_bar_dot + third, a.v_bar_dot = a.k_bar_dot + third;
    a.P = u->scratch, a.P_dot = a.P + rows, a.bar = a.P_dot + rows, a.bar_dot = a.bar + rows;
    a.packed = a.bar_dot + rows;
    return a;
}

/* P and Ṗ of rows t … t+rows−1. */
static void attend(const attention_head *a, int64_t t, int rows, bool tangents) {
    const int64_t T = a->T, w = a->w, at = t * LANES;
    scores(w, T, rows, a->q + at, a->k, a->P, false, a->packed);
    if (tangents) {
        scores(w, T, rows, a->q_dot + at, a->k, a->P_dot, false, a->packed);
        scores(w, T, rows, a->q + at, a->k_dot, a->P_dot, true, a->packed);
    }
    for (int r = 0; r < rows; r++)
        softmax_row(T, a->scale, a->P + r * T * WIDE, tangents ? a->P_dot + r * T * WIDE : NULL);
}

static void ahead(const attention_head *a, int64_t t, int rows) {
    const int64_t T = a->T, w = a->w, at = t * LANES;
    const bool tangents = a->y_dot && a->q_dot;
    attend(a, t, rows, tangents);
    if (a->y) mix(w, T, rows, a->P, a->v, a->y + at);
    if (!tangents) return;
    mix(w, T, rows, a->P_dot, a->v, a->y_dot + at);
    mix(w, T, rows, a->P, a->v_dot, a->y_dot + at);
}

static void back(const attention_head *a, int64_t t, int rows) {
    const int64_t T = a->T, w = a->w, at = t * LANES;
    const bool tangents = a->q_bar_dot;
    attend(a, t, rows, tangents);
    scores(w, T, rows, a->g + at, a->v, a->bar, false, a->packed);
    if (a->v_bar) spread(w, T, rows, a->P, a->g + at, a->v_bar);
    if (tangents) {
        scores(w, T, rows, a->g_dot + at, a->v, a->bar_dot, false, a->packed);
        scores(w, T, rows, a->g + at, a->v_dot, a->bar_dot, true, a->packed);
        spread(w, T, rows, a->P_dot, a->g + at, a->v_bar_dot);
        spread(w, T, rows, a->P, a->g_dot + at, a->v_bar_dot);
    }
    for (int r = 0; r < rows; r++) {
        const int64_t row = r * T * WIDE;
        softmax_row_reverse(T, a->scale, a->P + row, a->P_dot + row, a->bar + row,
                            tangents ? a->bar_dot + row : NULL);
    }
    if (a->q_bar)
        mix(w, T, rows, a->bar, a->k, a->q_bar + at), spread(w, T, rows, a->bar, a->q + at, a->k_bar);
    if (!tangents) return;
    mix(w, T, rows, a->bar_dot, a->k, a->q_bar_dot + at);
    mix(w, T, rows, a->bar, a->k_dot, a->q_bar_dot + at);
    spread(w, T, rows, a->bar_dot, a->q + at, a->k_bar_dot);
    spread(w, T, rows, a->bar, a->q_dot + at, a->k_bar_dot);
}

static void each_head(const temper_attention *u, void (*rows_of)(const attention_head *, int64_t, int)) {
    for (int64_t h = 0; h < u->heads; h++)
        for (int lane = 0; lane < LANES; lane += WIDE) {
            attention_head a = head_of(u, h, lane);
            for (int64_t t = 0; t < a.T; t += ROWS) rows_of(&a, t, a.T - t < ROWS ? (int)(a.T - t) : ROWS);
        }
}

static void attention_forward(const temper_attention *u) {
    const size_t size = (size_t)(u->heads * u->width * u->tokens) * LANES * sizeof(real);
    if (u->y) memset(u->y, 0, size);
    if (u->y_dot) memset(u->y_dot, 0, size);
    each_head(u, ahead);
}

static void attention_reverse(const temper_attention *u) {
    const size_t size = (size_t)(3 * u->heads * u->width * u->tokens) * LANES * sizeof(real);
    if (!u->add && u->x_bar) memset(u->x_bar, 0, size);
    if (!u->add && u->x_bar_dot) memset(u->x_bar_dot, 0, size);
    each_head(u, back);
}
