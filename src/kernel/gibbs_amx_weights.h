/* Log weights, outer products and packing of gibbs_amx.c. */

/* Fields and fine fields of a block, [32 chains][Hp]. */
static void all_fields(const gibbs_weights *w, const uint8_t *states, int32_t *field, int32_t *fine) {
    _Alignas(64) wide_int sums[6][ROWS];
    const int64_t depth = w->Vp / ROW;
    for (int64_t tile = 0; tile < w->Hp / ROWS; tile++) {
        const uint8_t *coarse = w->hidden + tile * depth * 2 * TILE, *rest = w->fine + tile * depth * TILE;
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        _tile_zero(4);
        _tile_zero(5);
        for (int64_t k = 0; k < depth; k++) {
            const uint8_t *s = states + k * ROWS * 2 * ROW;
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
        _tile_stored(0, sums[0], ROW);
        _tile_stored(1, sums[1], ROW);
        _tile_stored(2, sums[2], ROW);
        _tile_stored(3, sums[3], ROW);
        _tile_stored(4, sums[4], ROW);
        _tile_stored(5, sums[5], ROW);
        for (int half = 0; half < 2; half++) {
            for (int r = 0; r < ROWS; r++) sums[half][r] = (sums[half][r] << 8) + sums[2 + half][r];
            turn_ints(sums[half]), turn_ints(sums[4 + half]);
            for (int c = 0; c < WIDE; c++) {
                const int64_t at = (half * WIDE + c) * w->Hp + tile * ROWS;
                memcpy(field + at, &sums[half][c], ROW), memcpy(fine + at, &sums[4 + half][c], ROW);
            }
        }
    }
}

static void weigh(const gibbs_weigh *s, int64_t first, int64_t blocks) {
    const gibbs_weights *w = s->weights;
    begin_tiles();
    for (int64_t block = first; block < first + blocks; block++) {
        const uint8_t *states = s->v + block * GIBBS_BLOCK * w->Vp;
        uint8_t *room = s->room + block * gibbs_room(w->Vp, w->Hp);
        int32_t *field = (int32_t *)room, *fine = field + GIBBS_BLOCK * w->Hp,
                *list = fine + GIBBS_BLOCK * w->Hp;
        mark *marks = (mark *)(list + w->Vp);
        all_fields(w, states, field, fine);
        for (int64_t lane = 0; lane < GIBBS_BLOCK && GIBBS_BLOCK * block + lane < s->chains; lane++) {
            read_marks(marks, w->Vp, states, lane);
            int64_t n = list_flips(list, marks, NULL, w->Vp);
            weigh_chain(s, GIBBS_BLOCK * block + lane, field + lane * w->Hp, fine + lane * w->Hp, list, n);
        }
    }
    _tile_release();
}

/* ---- packing ---- */

enum { HALF = 32, FOURS = HALF / 4 };
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

/* Four rows of 16 columns of θ move; sums: 32 rows of high parts, then of low ones. */
FLAT void move_four(moving *m, const int32_t *sums, int64_t tile, int quad, const bool centred,
                    const bool decays) {
    const gibbs_update *u = m->u;
    const int64_t column = tile * ROWS, n = u->H - column;
    wide lambda = wide_all(0), gain_c = lambda, column_dot = lambda, now[4];
    if (centred) {
        lambda = wide_load(u->lambda + column), gain_c = wide_load(u->gain_c + column);
        column_dot = wide_load(m->column_dot + column);
    }
    for (int j = 0; j < 4; j++) {
        const int row = 4 * quad + j;
        const int64_t i = m->half * HALF + row;
        now[j] = wide_all(0);
        if (i >= u->V) continue;
        stroke s = stroke_of(u, i, centred);
        s.decays = decays;
        wide_int high, low;
        memcpy(&high, sums + row * WIDE, sizeof high), memcpy(&low, sums + (HALF + row) * WIDE, sizeof low);
        wide g = __builtin_convertvector((high << 8) + low, wide) * s.per;
        if (centred) {
            g = centre(&s, g, lambda, gain_c);
            wide_store(m->dots[row], wide_fma(g, lambda, wide_load(m->dots[row])));
            column_dot = wide_fma(s.mu, g, column_dot);
        }
        float *theta = u->theta + i * u->H + column;
        now[j] = moved(&s, load_some(theta, n), g);
        store_some(theta, now[j], n);
        wide size = wide_size(now[j]), infinite = wide_all(__builtin_inff());
        m->most = wide_from(m->most, wide_pick(wide_below(size, infinite), size, infinite));
    }
    if (centred) wide_store(m->column_dot + column, column_dot);
    if (u->weights) pack_four(u->weights, &m->square, now, m->half, tile, quad);
}

/* 32 rows, whose states stay in the nearest cache while the means pass by: the products of a tile go with the moves of the one before. */
FLAT float update_half(const gibbs_update *u, int64_t half, float *column_dot, const bool centred,
                       const bool decays) {
    _Alignas(64) int32_t sums[2][2 * HALF * WIDE];
    _Alignas(64) float dots[HALF][GIBBS_DOTS] = {{0}}, largest[WIDE];
    moving m = {.u = u, .half = half, .dots = dots, .column_dot = column_dot, .most = wide_all(0)};
    const int64_t tiles = (u->H + ROWS - 1) / ROWS, depth = gibbs_pad(u->chains) / ROW * u->sides;
    for (int64_t t = 0; t <= tiles; t++) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        for (int part = 0; part < FOURS; part++) {
            if (t < tiles) multiply_means(u, half * 2, t, depth * part / FOURS, depth * (part + 1) / FOURS);
            if (t > 0) move_four(&m, sums[~t & 1], t - 1, part, centred, decays);
        }
        if (t > 0 && u->weights) store_square(u->weights, &m.square, half, t - 1);
        if (t == tiles) break;
        int32_t *to = sums[t & 1];
        _tile_stored(0, to, ROW);
        _tile_stored(1, to + ROWS * WIDE, ROW);
        _tile_stored(2, to + 2 * ROWS * WIDE, ROW);
        _tile_stored(3, to + 3 * ROWS * WIDE, ROW);
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
