/* Log weights, outer products and packing of gibbs_amx.c. */

/* Fields and fine fields of a block, [32 chains][Hp]. */
static void all_fields(const gibbs_weights *w, const uint8_t *states, int32_t *field, int32_t *fine) {
    _Alignas(64) wide_int sums[6][ROWS];
    const int64_t depth = w->Vp / ROW;
    for (int64_t tile = 0; tile < w->Hp / ROWS; tile++) {
        const uint8_t *coarse = w->hidden + tile * depth * 2 * TILE, *rest = w->fine + tile * depth * TILE;
        _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3); _tile_zero(4); _tile_zero(5);
        for (int64_t k = 0; k < depth; k++) {
            const uint8_t *s = states + k * ROWS * 2 * ROW;
            _tile_loadd(7, s, 2 * ROW);
            _tile_loadd(6, coarse + k * 2 * TILE, ROW); _tile_dpbsud(0, 6, 7);
            _tile_loadd(6, coarse + k * 2 * TILE + TILE, ROW); _tile_dpbuud(2, 6, 7);
            _tile_loadd(6, rest + k * TILE, ROW); _tile_dpbsud(4, 6, 7);
            _tile_loadd(7, s + ROW, 2 * ROW);
            _tile_dpbsud(5, 6, 7);
            _tile_loadd(6, coarse + k * 2 * TILE, ROW); _tile_dpbsud(1, 6, 7);
            _tile_loadd(6, coarse + k * 2 * TILE + TILE, ROW); _tile_dpbuud(3, 6, 7);
        }
        _tile_stored(0, sums[0], ROW); _tile_stored(1, sums[1], ROW); _tile_stored(2, sums[2], ROW);
        _tile_stored(3, sums[3], ROW); _tile_stored(4, sums[4], ROW); _tile_stored(5, sums[5], ROW);
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
        int32_t *field = (int32_t *)room, *fine = field + GIBBS_BLOCK * w->Hp, *list = fine + GIBBS_BLOCK * w->Hp;
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

typedef struct { /* 64 visible × 16 hidden units: four visible units to a word, 16 hidden ones to a register */
    wide_int high[ROWS], low[ROWS], fine[ROWS];
} square;

/* The lowest bytes of four registers. */
FLAT wide_int bytes_of(wide_int a, wide_int b, wide_int c, wide_int d) {
    return (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
}

/* Rows 4 quad … 4 quad + 3 of a square and of the panel of visible units. */
FLAT void pack_four(gibbs_weights *w, square *s, const wide theta[4], int64_t strip, int64_t tile, int quad) {
    const wide scale = wide_all(power_of(w->e));
    wide_int q[4], r[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        quantise(theta[j], scale, &q[j], &r[j]);
        const int64_t row = 4 * quad + j, block = strip * 4 + row / ROWS;
        uint8_t *to = w->visible + (block * (w->Hp / ROW) + tile / 4) * 2 * TILE + row % ROWS * ROW + tile % 4 * ROWS;
        _mm_storeu_si128((void *)to, _mm512_cvtepi32_epi8(_mm512_srai_epi32((__m512i)q[j], 8)));
        _mm_storeu_si128((void *)(to + TILE), _mm512_cvtepi32_epi8((__m512i)q[j]));
    }
    s->high[quad] = bytes_of(q[0] >> 8, q[1] >> 8, q[2] >> 8, q[3] >> 8);
    s->low[quad] = bytes_of(q[0], q[1], q[2], q[3]);
    s->fine[quad] = bytes_of(r[0], r[1], r[2], r[3]);
}

FLAT void store_square(gibbs_weights *w, square *s, int64_t strip, int64_t tile) {
    const int64_t at = tile * (w->Vp / ROW) + strip;
    turn_ints(s->high), turn_ints(s->low), turn_ints(s->fine);
    memcpy(w->hidden + at * 2 * TILE, s->high, TILE), memcpy(w->hidden + at * 2 * TILE + TILE, s->low, TILE);
    memcpy(w->fine + at * TILE, s->fine, TILE);
}

static void pack(gibbs_weights *w, const float *theta, int64_t strip) {
    for (int64_t tile = 0; tile < (w->H + ROWS - 1) / ROWS; tile++) {
        square s;
        for (int quad = 0; quad < ROWS; quad++) {
            wide row[4];
            for (int j = 0; j < 4; j++) {
                const int64_t i = strip * GIBBS_PAD + 4 * quad + j, column = tile * ROWS;
                row[j] = i < w->V ? load_some(theta + i * w->H + column, w->H - column) : wide_all(0);
            }
            pack_four(w, &s, row, strip, tile, quad);
        }
        store_square(w, &s, strip, tile);
    }
}

/* ---- updates ---- */

typedef struct {
    const gibbs_update *u;
    int64_t strip;
    float (*dots)[GIBBS_DOTS]; /* [64] of the strip's rows */
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
FLAT void move_four(moving *m, const int32_t *sums, int64_t tile, int quad) {
    const gibbs_update *u = m->u;
    const int64_t column = tile * ROWS, n = u->H - column;
    wide lambda = wide_all(0), gain_c = lambda, column_dot = lambda, now[4];
    if (u->centred) {
        lambda = wide_load(u->lambda + column), gain_c = wide_load(u->gain_c + column);
        column_dot = wide_load(m->column_dot + column);
    }
    for (int j = 0; j < 4; j++) {
        const int row = 4 * quad + j;
        const int64_t i = m->strip * GIBBS_PAD + row;
        now[j] = wide_all(0);
        if (i >= u->V) continue;
        const stroke s = stroke_of(u, i);
        wide_int high, low;
        memcpy(&high, sums + row % 32 * WIDE, sizeof high), memcpy(&low, sums + (32 + row % 32) * WIDE, sizeof low);
        wide g = __builtin_convertvector((high << 8) + low, wide) * s.per;
        if (s.centred) {
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
    if (u->centred) wide_store(m->column_dot + column, column_dot);
    if (u->weights) pack_four(u->weights, &m->square, now, m->strip, tile, quad);
}

static void update(const gibbs_update *u, int64_t strip) {
    enum { HALVES = 2, PARTS = 8 }; /* of 64 rows; of 32 rows, four each */
    _Alignas(64) int32_t sums[2][64 * WIDE];
    _Alignas(64) float dots[GIBBS_PAD][GIBBS_DOTS] = {{0}}, largest[WIDE];
    moving m = {.u = u, .strip = strip, .dots = dots, .most = wide_all(0)};
    const int64_t tiles = (u->H + ROWS - 1) / ROWS, n = tiles * HALVES;
    const int64_t depth = gibbs_pad(u->chains) / ROW * u->sides;
    m.column_dot = u->centred ? u->column_dot + strip * u->Hp : NULL;
    if (u->centred) memset(m.column_dot, 0, (size_t)u->Hp * sizeof(float));
    begin_tiles();
    for (int64_t t = 0; t <= n; t++) { /* the products of half t go with the moves of half t − 1 */
        const int64_t before = t - 1;
        _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
        for (int part = 0; part < PARTS; part++) {
            if (t < n)
                multiply_means(u, strip * 4 + t % HALVES * 2, t / HALVES, depth * part / PARTS,
                               depth * (part + 1) / PARTS);
            if (t > 0)
                move_four(&m, sums[before & 1], before / HALVES, (int)(before % HALVES) * PARTS + part);
        }
        if (t > 0 && before % HALVES == 1 && u->weights)
            store_square(u->weights, &m.square, strip, before / HALVES);
        if (t == n) break;
        int32_t *to = sums[t & 1];
        _tile_stored(0, to, ROW); _tile_stored(1, to + ROWS * WIDE, ROW);
        _tile_stored(2, to + 2 * ROWS * WIDE, ROW); _tile_stored(3, to + 3 * ROWS * WIDE, ROW);
    }
    _tile_release();
    for (int row = 0; row < GIBBS_PAD && u->centred && strip * GIBBS_PAD + row < u->V; row++)
        u->row_dot[strip * GIBBS_PAD + row] = joined(dots[row]);
    memcpy(largest, &m.most, sizeof largest);
    for (int l = 1; l < WIDE; l++) largest[0] = largest[l] > largest[0] ? largest[l] : largest[0];
    u->most[strip] = largest[0];
}
