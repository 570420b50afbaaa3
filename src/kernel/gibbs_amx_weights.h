/* Log weights, outer products and packing of gibbs_amx.c. */

/* ---- log weights: fields and fine fields of 16 hidden units × 32 chains, which are eight to a register of doubles ---- */

typedef struct
{ /* of a place and eight chains: sums of max(y, 0) and products, of j modulo 8, and logarithms so far */
    doubles upper[EIGHT], product[EIGHT];
    doubles logs;
} soft;

/* A part of the products: high bytes of chains 0 … 15 and 16 … 31, low bytes of both, fine bytes of both. */
FLAT void multiply_all(const gibbs_weights *w, const uint8_t *states, int64_t tile, int part, bool any) {
    const int64_t depth = w->Vp / ROW, whole = any ? depth : 0;
    const uint8_t *coarse = w->hidden + tile * depth * 2 * TILE, *rest = w->fine + tile * depth * TILE;
    for (int64_t k = whole * part / ROWS; k < whole * (part + 1) / ROWS; k++) {
        const uint8_t *s = states + k * ROWS * 2 * ROW; /* the states once, each byte of the weights twice */
        _tile_loadd(7, s, 2 * ROW);
        _tile_loadd(6, coarse + k * 2 * TILE, ROW);
        _tile_dpbsud(0, 6, 7);
        _tile_loadd(6, coarse + k * 2 * TILE + TILE, ROW);
        _tile_dpbuud(2, 6, 7);
        _tile_loadd(6, rest + k * TILE, ROW);
        _tile_dpbsud(4, 6, 7);
        _tile_loadd(7, s + ROW, 2 * ROW);
        _tile_dpbsud(5, 6, 7);
        _tile_loadd(6, coarse + k * 2 * TILE, ROW);
        _tile_dpbsud(1, 6, 7);
        _tile_loadd(6, coarse + k * 2 * TILE + TILE, ROW);
        _tile_dpbuud(3, 6, 7);
    }
}

FLAT void begin_all(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
}

FLAT void store_all(int32_t *sums) {
    _tile_stored(0, sums, ROW);
    _tile_stored(1, sums + SUMS / 2, ROW);
    _tile_stored(2, sums + SUMS, ROW);
    _tile_stored(3, sums + 3 * SUMS / 2, ROW);
    _tile_stored(4, sums + 2 * SUMS, ROW);
    _tile_stored(5, sums + 5 * SUMS / 2, ROW);
}

/* 256 field + fine of eight chains. */
FLAT doubles field_in_full(const int32_t *sums, int row, int eight) {
    const int32_t *at = sums + eight / 2 * (SUMS / 2) + row * WIDE + eight % 2 * DOUBLES;
    const __m256i high = _mm256_loadu_si256((const void *)at),
                  low = _mm256_loadu_si256((const void *)(at + SUMS)),
                  fine = _mm256_loadu_si256((const void *)(at + 2 * SUMS));
    const __m256i field = _mm256_add_epi32(_mm256_slli_epi32(high, 8), low);
    return doubles_fma((doubles)_mm512_cvtepi32_pd(field), doubles_all(256),
                       (doubles)_mm512_cvtepi32_pd(fine));
}

/* A row of a tile joins the sums of its 32 chains at every place. */
FLAT void join_row(const gibbs_weigh *s, soft (*at)[EIGHTS], const int32_t *sums, int64_t tile, int row) {
#pragma GCC unroll 4
    for (int eight = 0; eight < EIGHTS; eight++) {
        const doubles x = field_in_full(sums, row, eight);
        for (int p = 0; p < s->places; p++) {
            const doubles bias = doubles_all(s->hidden[p][tile * ROWS + row]);
            join(&at[p][eight].upper[row % EIGHT], &at[p][eight].product[row % EIGHT],
                 doubles_fma(x, doubles_all(s->scale[p]), bias));
        }
    }
}

static void begin_soft(soft *s) {
    s->logs = doubles_all(0);
    for (int l = 0; l < EIGHT; l++) s->upper[l] = doubles_all(0), s->product[l] = doubles_all(1);
}

static void take_logs(soft *s) {
    const doubles *x = s->product;
    s->logs += logs_of(((x[0] * x[1]) * (x[2] * x[3])) * ((x[4] * x[5]) * (x[6] * x[7])));
    for (int l = 0; l < EIGHT; l++) s->product[l] = doubles_all(1);
}

static doubles soft_total(const soft *s) {
    doubles sum = doubles_all(0);
    for (int l = 0; l < EIGHT; l++) sum += s->upper[l];
    return sum * doubles_all(LN_2) + s->logs;
}

static void weigh_block(const gibbs_weigh *s, int64_t block) {
    const gibbs_weights *w = s->weights;
    const int64_t tiles = w->Hp / ROWS;
    const uint8_t *states = s->v + block * GIBBS_BLOCK * w->Vp;
    _Alignas(64) int32_t sums[3 * SUMS];
    soft at[2][EIGHTS];
    doubles linear[2][EIGHTS];
    for (int p = 0; p < s->places; p++)
        for (int e = 0; e < EIGHTS; e++) begin_soft(&at[p][e]);
    begin_all();
    for (int part = 0; part < ROWS; part++) multiply_all(w, states, 0, part, true);
    store_all(sums);
    for (int64_t tile = 1; tile <= tiles; tile++) { /* products of a tile, while the one before is summed */
        begin_all();
#pragma GCC unroll 4
        for (int part = 0; part < ROWS; part++) {
            multiply_all(w, states, tile, part, tile < tiles);
            join_row(s, at, sums, tile - 1, part);
        }
        store_all(sums);
        if (tile * ROWS % BEFORE_LOG == 0 || tile == tiles)
            for (int p = 0; p < s->places; p++)
                for (int e = 0; e < EIGHTS; e++) take_logs(&at[p][e]);
    }
    linear_sums(s, block, linear);
    for (int p = 0; p < s->places; p++)
        for (int e = 0; e < EIGHTS; e++) {
            const doubles out = linear[p][e] + soft_total(&at[p][e]);
            memcpy(s->out[p] + block * GIBBS_BLOCK + e * DOUBLES, &out, sizeof out);
        }
}

static void weigh(const gibbs_weigh *s, int64_t first, int64_t blocks) {
    begin_tiles();
    for (int64_t block = first; block < first + blocks; block++) weigh_block(s, block);
    _tile_release();
}

/* ---- packing ---- */

enum {
    HALF = 32,
    FOURS = HALF / 4,
    AHEAD = 3 * ROWS
}; /* AHEAD: floats of θ that are fetched before their tile */
typedef struct
{ /* 32 visible × 16 hidden units: four visible units to a word, 16 hidden ones to a register; high bytes, then low ones */
    wide_int coarse[2 * FOURS], fine[2 * FOURS];
} square;

/* The lowest bytes of four registers. */
FLAT wide_int bytes_of(wide_int a, wide_int b, wide_int c, wide_int d) {
    return (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
}

/* Rows 4 quad … 4 quad + 3 of a square and of the panel of visible units; half: 32 visible units. */
FLAT void pack_four(gibbs_weights *w, square *s, const wide theta[4], int64_t half, int64_t tile, int quad) {
    const wide scale = wide_all(power_of(w->e));
    wide_int q[4], r[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        quantise(theta[j], scale, &q[j], &r[j]);
        const int64_t row = 4 * quad + j, block = half * 2 + row / ROWS;
        uint8_t *to =
            w->visible + (block * (w->Hp / ROW) + tile / 4) * 2 * TILE + row % ROWS * ROW + tile % 4 * ROWS;
        _mm_storeu_si128((void *)to, _mm512_cvtepi32_epi8(_mm512_srai_epi32((__m512i)q[j], 8)));
        _mm_storeu_si128((void *)(to + TILE), _mm512_cvtepi32_epi8((__m512i)q[j]));
    }
    s->coarse[quad] = bytes_of(q[0] >> 8, q[1] >> 8, q[2] >> 8, q[3] >> 8);
    s->coarse[FOURS + quad] = bytes_of(q[0], q[1], q[2], q[3]);
    s->fine[quad] = bytes_of(r[0], r[1], r[2], r[3]);
}

FLAT void store_square(gibbs_weights *w, square *s, int64_t half, int64_t tile) {
    const int64_t at = tile * (w->Vp / ROW) + half / 2, within = half % 2 * HALF;
    uint8_t *to = w->hidden + at * 2 * TILE + within, *rest = w->fine + at * TILE + within;
    turn_ints(s->coarse), turn_ints(s->fine);
    for (int r = 0; r < ROWS; r++) {
        memcpy(to + r * ROW, &s->coarse[r], HALF);
        memcpy(to + TILE + r * ROW, (const uint8_t *)&s->coarse[r] + HALF, HALF);
        memcpy(rest + r * ROW, &s->fine[r], HALF);
    }
}

static void pack(gibbs_weights *w, const float *theta, int64_t strip) {
    for (int64_t half = 2 * strip; half < 2 * strip + 2; half++)
        for (int64_t tile = 0; tile < (w->H + ROWS - 1) / ROWS; tile++) {
            square s = {.coarse = {{0}}};
            for (int quad = 0; quad < FOURS; quad++) {
                wide row[4];
                for (int j = 0; j < 4; j++) {
                    const int64_t i = half * HALF + 4 * quad + j, column = tile * ROWS;
                    row[j] = i < w->V ? load_some(theta + i * w->H + column, w->H - column) : wide_all(0);
                }
                pack_four(w, &s, row, half, tile, quad);
            }
            store_square(w, &s, half, tile);
        }
}

/* ---- updates ---- */

typedef struct {
    const gibbs_update *u;
    int64_t half;
    float (*dots)[GIBBS_DOTS]; /* [32] of the half's rows */
    float *column_dot;
    wide most;
    square square;
} moving;

/* Σ v M for 32 visible × 16 hidden units, over a part of the chains of both sides. */
FLAT void multiply_means(const gibbs_update *u, int64_t block, int64_t tile, int64_t from, int64_t to) {
    const int64_t depth = gibbs_pad(u->chains) / ROW;
    for (int64_t k = from; k < to; k++) {
        const int64_t side = k >= depth, chain = k - side * depth;
        const uint8_t *a = u->A[side] + (block * depth + chain) * TILE, *b = a + depth * TILE;
        const uint8_t *m = u->M[side] + (tile * depth + chain) * 2 * TILE;
        _tile_loadd(6, m, ROW);
        _tile_loadd(4, a, ROW);
        _tile_dpbusd(0, 4, 6);
        _tile_loadd(5, b, ROW);
        _tile_dpbusd(1, 5, 6);
        _tile_loadd(7, m + TILE, ROW);
        _tile_dpbuud(2, 4, 7);
        _tile_dpbuud(3, 5, 7);
    }
}

/* What a tile of 16 columns needs of them. */
typedef struct {
    int64_t tile, left; /* columns from the first of the tile to the end of a row */
    wide lambda, gain_c, column_dot, now[4];
} columns;

FLAT void begin_columns(columns *c, const moving *m, int64_t tile, const bool centred) {
    const int64_t first = tile * ROWS;
    c->tile = tile, c->left = m->u->H - first;
    c->lambda = c->gain_c = c->column_dot = wide_all(0);
    if (!centred) return;
    c->lambda = wide_load(m->u->lambda + first), c->gain_c = wide_load(m->u->gain_c + first);
    c->column_dot = wide_load(m->column_dot + first);
}

/* A row of 16 columns of θ moves; sums: 32 rows of high parts, then of low ones. Every fourth row four of them are packed. */
FLAT void move_row(moving *m, columns *c, const int32_t *sums, int row, const bool centred,
                   const bool decays) {
    const gibbs_update *u = m->u;
    const int64_t i = m->half * HALF + row;
    wide *now = &c->now[row % 4];
    *now = wide_all(0);
    if (i < u->V) {
        stroke s = stroke_of(u, i, centred);
        s.decays = decays;
        wide_int high, low;
        memcpy(&high, sums + row * WIDE, sizeof high), memcpy(&low, sums + (HALF + row) * WIDE, sizeof low);
        wide g = __builtin_convertvector((high << 8) + low, wide) * s.per;
        if (centred) {
            g = centre(&s, g, c->lambda, c->gain_c);
            wide_store(m->dots[row], wide_fma(g, c->lambda, wide_load(m->dots[row])));
            c->column_dot = wide_fma(s.mu, g, c->column_dot);
        }
        float *theta = u->theta + i * u->H + c->tile * ROWS;
        __builtin_prefetch(theta + AHEAD, 1);
        *now = moved(&s, load_some(theta, c->left), g);
        store_some(theta, *now, c->left);
        wide size = wide_size(*now), infinite = wide_all(__builtin_inff());
        m->most = wide_from(m->most, wide_pick(wide_below(size, infinite), size, infinite));
    }
    if (u->weights && row % 4 == 3) pack_four(u->weights, &m->square, c->now, m->half, c->tile, row / 4);
}

FLAT void store_products(int32_t *to) {
    _tile_stored(0, to, ROW);
    _tile_stored(1, to + ROWS * WIDE, ROW);
    _tile_stored(2, to + 2 * ROWS * WIDE, ROW);
    _tile_stored(3, to + 3 * ROWS * WIDE, ROW);
}

/* 32 rows, whose states stay in the nearest cache while the means pass by: the products of a tile go with the moves of the one before. */
FLAT float update_half(const gibbs_update *u, int64_t half, float *column_dot, const bool centred,
                       const bool decays) {
    _Alignas(64) int32_t sums[2 * HALF * WIDE];
    _Alignas(64) float dots[HALF][GIBBS_DOTS] = {{0}}, largest[WIDE];
    moving m = {.u = u, .half = half, .dots = dots, .column_dot = column_dot, .most = wide_all(0)};
    const int64_t tiles = (u->H + ROWS - 1) / ROWS, all = gibbs_pad(u->chains) / ROW * u->sides;
    begin_sums();
    multiply_means(u, half * 2, 0, 0, all);
    store_products(sums);
    for (int64_t t = 1; t <= tiles; t++) {
        const int64_t depth = t < tiles ? all : 0;
        columns c;
        begin_columns(&c, &m, t - 1, centred);
        begin_sums();
#pragma GCC unroll 4
        for (int row = 0; row < HALF; row++) {
            if (row % 2 == 0) multiply_means(u, half * 2, t, depth * row / HALF, depth * (row + 2) / HALF);
            move_row(&m, &c, sums, row, centred, decays);
        }
        if (centred) wide_store(column_dot + (t - 1) * ROWS, c.column_dot);
        if (u->weights) store_square(u->weights, &m.square, half, t - 1);
        store_products(sums);
    }
    for (int row = 0; row < HALF && centred && half * HALF + row < u->V; row++)
        u->row_dot[half * HALF + row] = joined(dots[row]);
    memcpy(largest, &m.most, sizeof largest);
    for (int l = 1; l < WIDE; l++) largest[0] = largest[l] > largest[0] ? largest[l] : largest[0];
    return largest[0];
}

static __attribute__((noinline)) float half_plain(const gibbs_update *u, int64_t half, float *column_dot) {
    return update_half(u, half, column_dot, false, false);
}
static __attribute__((noinline)) float half_centred(const gibbs_update *u, int64_t half, float *column_dot) {
    return update_half(u, half, column_dot, true, false);
}
static __attribute__((noinline)) float half_of_any(const gibbs_update *u, int64_t half, float *column_dot) {
    return update_half(u, half, column_dot, u->centred, true);
}

static void update(const gibbs_update *u, int64_t strip) {
    const bool decays = u->l1 != 0 || u->l2 != 0;
    float *column_dot = u->centred ? u->column_dot + strip * u->Hp : NULL;
    u->most[strip] = 0;
    if (column_dot) memset(column_dot, 0, (size_t)u->Hp * sizeof *column_dot);
    begin_tiles();
    for (int64_t half = 2 * strip; half < 2 * strip + 2 && half * HALF < u->V; half++) {
        float most = (decays ? half_of_any : u->centred ? half_centred : half_plain)(u, half, column_dot);
        if (most > u->most[strip]) u->most[strip] = most;
    }
    _tile_release();
}
