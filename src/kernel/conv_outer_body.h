/* The weight gradient of convolutions: an outer product of taps and filters, summed over pixels. For each of a few filters a strip of dy
 * stays in the first cache while every kernel row goes over it; the sums wait in scratch, [16] each, for the next strip. */

/* ---- tiles: sum[channel][s][o] += Σ over pixels in order of what the tap sees times dy of filter o, lane by lane ---- */

enum { CONV_ACROSS = 4, CONV_TAPS = CONV_SUMS / CONV_ACROSS, CONV_LONGEST = CONV_TAPS < 5 ? CONV_TAPS : 5 };

typedef struct {
    const real *x, *dy;
    ptrdiff_t origin; /* from x to what tap 0 sees at pixel (0, 0), in reals: may lie outside */
    ptrdiff_t x_row, x_step, x_plane, dy_plane, dy_row;
    int first_row, last_row;           /* rows whose taps lie inside the image */
    int columns, whole_from, whole_to; /* columns whole_from … whole_to−1 see all taps inside */
    int width, column,
        stride; /* tap s of column j sees column j·stride + column + s, outside unless 0 ≤ … < width */
    bool fresh; /* sums begin at 0 */
    real *sum;  /* [channels][taps][filters][16] */
} conv_outer;

typedef wide conv_across[CONV_TAPS][CONV_ACROSS];

/* Columns first … last−1 of a row, all of whose taps lie inside. */
FLAT void conv_outer_whole(const int CB, const int SB, const int OB, const conv_outer *u, const real *x,
                           const real *dy, int columns, conv_across sum) {
    ptrdiff_t plane = u->x_plane, dy_plane = u->dy_plane, step = u->x_step;
    for (const real *end = dy + (ptrdiff_t)columns * LANES; dy < end; dy += LANES, x += step) {
        wide v[CONV_TAPS];

#pragma GCC unroll 8
        for (int c = 0; c < CB; c++)
#pragma GCC unroll 8
            for (int s = 0; s < SB; s++) v[c * SB + s] = wide_load(x + c * plane + s * LANES);

#pragma GCC unroll 8
        for (int o = 0; o < OB; o++) {
            wide d = wide_load(dy + o * dy_plane);
            CONV_KEEP(d);

#pragma GCC unroll 8
            for (int t = 0; t < CB * SB; t++) sum[t][o] = wide_fma(v[t], d, sum[t][o]);
        }
    }
}

/* One column at the edge. */
FLAT void conv_outer_edge(const int CB, const int SB, const int OB, const conv_outer *u, ptrdiff_t at,
                          const real *dy, int column, conv_across sum) {

#pragma GCC unroll 8
    for (int s = 0; s < SB; s++)
        if (column + s >= 0 && column + s < u->width)

#pragma GCC unroll 8
            for (int c = 0; c < CB; c++) {
                wide v = wide_load(u->x + (at + c * u->x_plane + s * LANES));

#pragma GCC unroll 8
                for (int o = 0; o < OB; o++)
                    sum[c * SB + s][o] = wide_fma(v, wide_load(dy + o * u->dy_plane), sum[c * SB + s][o]);
            }
}

FLAT void conv_outer_tile(const int CB, const int SB, const int OB, const conv_outer *u) {
    conv_across sum;

#pragma GCC unroll 8
    for (int t = 0; t < CB * SB; t++)
#pragma GCC unroll 8
        for (int o = 0; o < OB; o++)
            sum[t][o] = u->fresh ? wide_all(0) : wide_load(u->sum + (t * OB + o) * LANES);
    for (int i = u->first_row; i < u->last_row; i++) {
        const real *dy = u->dy + i * u->dy_row;
        ptrdiff_t at = u->origin + i * u->x_row;
        for (int j = 0; j < u->columns;) {
            int n = j == u->whole_from ? u->whole_to - j : 1;
            if (j == u->whole_from)
                conv_outer_whole(CB, SB, OB, u, u->x + at, dy, n, sum);
            else
                conv_outer_edge(CB, SB, OB, u, at, dy, j * u->stride + u->column, sum);
            j += n, at += n * u->x_step, dy += (ptrdiff_t)n * LANES;
        }
    }

#pragma GCC unroll 8
    for (int t = 0; t < CB * SB; t++)
#pragma GCC unroll 8
        for (int o = 0; o < OB; o++) wide_store(u->sum + (t * OB + o) * LANES, sum[t][o]);
}

FLAT void conv_outer_filters(const int CB, const int SB, int filters, const conv_outer *u) {
    if (CB * SB > CONV_TAPS) return; /* no such tile on this level */
    const int C = CB * SB > CONV_TAPS ? 1 : CB, S = CB * SB > CONV_TAPS ? 1 : SB;
    if (filters == 1) conv_outer_tile(C, S, 1, u);
    if (filters == 2) conv_outer_tile(C, S, 2, u);
    if (filters == 3) conv_outer_tile(C, S, 3, u);
    if (filters == 4) conv_outer_tile(C, S, 4, u);
}

/* channels·taps ≤ CONV_TAPS, taps ≤ CONV_LONGEST, filters ≤ CONV_ACROSS; all lanes. */
static void conv_outer_run(int channels, int taps, int filters, conv_outer u) {
    for (int lane = 0; lane < LANES; lane += WIDE, u.x += WIDE, u.dy += WIDE, u.sum += WIDE)
        switch (channels * 8 + taps) {
        case 1 * 8 + 1: conv_outer_filters(1, 1, filters, &u); break;
        case 2 * 8 + 1: conv_outer_filters(2, 1, filters, &u); break;
        case 3 * 8 + 1: conv_outer_filters(3, 1, filters, &u); break;
        case 4 * 8 + 1: conv_outer_filters(4, 1, filters, &u); break;
        case 5 * 8 + 1: conv_outer_filters(5, 1, filters, &u); break;
        case 6 * 8 + 1: conv_outer_filters(6, 1, filters, &u); break;
        case 1 * 8 + 2: conv_outer_filters(1, 2, filters, &u); break;
        case 2 * 8 + 2: conv_outer_filters(2, 2, filters, &u); break;
        case 3 * 8 + 2: conv_outer_filters(3, 2, filters, &u); break;
        case 1 * 8 + 3: conv_outer_filters(1, 3, filters, &u); break;
        case 2 * 8 + 3: conv_outer_filters(2, 3, filters, &u); break;
        case 1 * 8 + 4: conv_outer_filters(1, 4, filters, &u); break;
        default: conv_outer_filters(1, 5, filters, &u); break;
        }
}
/* ---- shapes ---- */

/* Columns j of 0 … columns−1 with 0 ≤ j·stride + column and j·stride + column + taps ≤ width; none: whole_from = −1. */
static void conv_whole_columns(conv_outer *u, int taps) {
    int from = u->column < 0 ? (-u->column + u->stride - 1) / u->stride : 0;
    int room = u->width - taps - u->column, to = room < 0 ? 0 : room / u->stride + 1;
    u->whole_to = to < u->columns ? to : u->columns;
    u->whole_from = from < u->whole_to ? from : -1;
}

/* Rows i of from … to−1 with 0 ≤ i·stride + r − pad < height. */
static void conv_rows_inside(const temper_conv *s, int r, int from, int to, conv_outer *u) {
    int low = s->pad > r ? (s->pad - r + s->stride - 1) / s->stride : 0;
    int room = s->height - 1 + s->pad - r, high = room < 0 ? 0 : room / s->stride + 1;
    u->first_row = low > from ? low : from;
    u->last_row = high < to ? high : to;
}

/* Sums of sixteen lanes each, lane l with l+8, l+4, l+2, l+1. */
static real lane_tree(const real *lane) {
    real sum[LANES];
    for (int l = 0; l < LANES; l++) sum[l] = lane[l];
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) sum[l] += sum[l + half];
    return sum[0];
}

typedef struct
{ /* the weight gradient of filters o … o+filters−1, kernel rows r·channels + c = first … last−1 */
    const temper_conv *s;
    int first, last, o, filters;
    int channels, taps; /* of a tile, at most */
    real *sum;          /* tile after tile */
} conv_share;

static conv_share conv_share_of(const temper_conv *s, int first, int last, real *sum) {
    int tiles = (s->kernel_w + CONV_LONGEST - 1) / CONV_LONGEST, taps = (s->kernel_w + tiles - 1) / tiles;
    return (conv_share){
        .s = s, .first = first, .last = last, .channels = CONV_TAPS / taps, .taps = taps, .sum = sum};
}

typedef struct { /* one tile of a share: kernel row r, channels c …, taps q … */
    int r, c, channels, q, taps;
} conv_patch;

/* The first tile, and the one after; false: there is none. Rows of the kernel, then channels, then taps. */
static bool conv_patch_next(const conv_share *share, conv_patch *p) {
    const temper_conv *s = share->s;
    int row = p->channels ? p->r * s->channels + p->c : share->first;
    if (p->channels && p->q + p->taps < s->kernel_w) {
        p->q += p->taps;
    } else {
        row += p->channels;
        if (row >= share->last) return false;
        p->r = row / s->channels, p->c = row % s->channels, p->q = 0;
        p->channels = share->channels;
        if (p->channels > s->channels - p->c) p->channels = s->channels - p->c;
        if (p->channels > share->last - row) p->channels = share->last - row;
    }
    p->taps = s->kernel_w - p->q < share->taps ? s->kernel_w - p->q : share->taps;
    return true;
}

/* Adds rows from … to−1 of a block. */
static void conv_outer_rows(const conv_share *share, const real *x, const real *dy, int from, int to,
                            bool fresh) {
    const temper_conv *s = share->s;
    conv_outer u = {.x = x,
                    .dy = dy,
                    .x_row = (ptrdiff_t)s->stride * s->width * LANES,
                    .x_step = s->stride * LANES,
                    .x_plane = (ptrdiff_t)s->height * s->width * LANES,
                    .dy_plane = (ptrdiff_t)s->out_h * s->out_w * LANES,
                    .dy_row = (ptrdiff_t)s->out_w * LANES,
                    .columns = s->out_w,
                    .width = s->width,
                    .stride = s->stride,
                    .fresh = fresh,
                    .sum = share->sum};
    for (conv_patch p = {0}; conv_patch_next(share, &p);
         u.sum += (ptrdiff_t)p.channels * p.taps * share->filters * LANES) {
        conv_rows_inside(s, p.r, from, to, &u);
        if (!fresh && u.first_row >= u.last_row) continue;
        u.column = p.q - s->pad;
        u.origin = p.c * u.x_plane + ((ptrdiff_t)(p.r - s->pad) * s->width + u.column) * LANES;
        conv_whole_columns(&u, p.taps);
        conv_outer_run(p.channels, p.taps, share->filters, u);
    }
}

#if defined(__AVX512F__) && !defined(TEMPER_F64)
/* The lane trees of four sums [4][16] at once. A register has four quarters of four lanes; sums A, B, C, D share it from the first
 * step on: A + its other half and B likewise, then all four, a quarter each, then within the quarters. */
static void conv_trees(const real *sum, real to[4]) {
    wide a = wide_load(sum), b = wide_load(sum + LANES), c = wide_load(sum + 2 * LANES),
         d = wide_load(sum + 3 * LANES);
    __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4((__m512)a, (__m512)b, 0x44),
                              _mm512_shuffle_f32x4((__m512)a, (__m512)b, 0xEE));
    __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4((__m512)c, (__m512)d, 0x44),
                              _mm512_shuffle_f32x4((__m512)c, (__m512)d, 0xEE));
    __m512 all = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xDD));
    all = _mm512_add_ps(all, _mm512_permute_ps(all, 0x4E));
    all = _mm512_add_ps(all, _mm512_permute_ps(all, 0xB1));
    _mm_storeu_ps(to, _mm512_castps512_ps128(_mm512_maskz_compress_ps(0x1111, all)));
}
#else
static void conv_trees(const real *sum, real to[4]) {
    for (int k = 0; k < 4; k++) to[k] = lane_tree(sum + k * LANES);
}
#endif

/* Adds the sums to dw. */
static void conv_outer_harvest(const conv_share *share, real *dw) {
    const temper_conv *s = share->s;
    const real *sum = share->sum;
    int filters = share->filters;
    for (conv_patch p = {0}; conv_patch_next(share, &p);)
        for (int c = p.c; c < p.c + p.channels; c++)
            for (int q = p.q; q < p.q + p.taps; q++, sum += filters * LANES) {
                real *to =
                    dw + (((ptrdiff_t)c * s->kernel_h + p.r) * s->kernel_w + q) * s->filters + share->o;
                real tree[CONV_ACROSS];
                if (filters == CONV_ACROSS)
                    conv_trees(sum, tree);
                else
                    for (int o = 0; o < filters; o++) tree[o] = lane_tree(sum + o * LANES);
                for (int o = 0; o < filters; o++) to[o] += tree[o];
            }
}

/* The gradient of the bias: filters side by side, so that their chains of adds overlap. */
static void conv_bias(const temper_conv *s, int64_t blocks, const real *dy, real *db) {
    ptrdiff_t plane = (ptrdiff_t)s->out_h * s->out_w * LANES;
    for (int from = 0; from < s->filters; from += CONV_ACROSS) {
        int filters = s->filters - from < CONV_ACROSS ? s->filters - from : CONV_ACROSS;
        real lane[CONV_ACROSS][LANES];
        for (int l = 0; l < LANES; l += WIDE) {
            wide sum[CONV_ACROSS];
            for (int o = 0; o < CONV_ACROSS; o++) sum[o] = wide_all(0);
            for (int64_t b = 0; b < blocks; b++) {
                const real *d = dy + (b * s->filters + from) * plane + l;
                for (const real *end = d + plane; d < end; d += LANES)
#pragma GCC unroll 4
                    for (int o = 0; o < CONV_ACROSS; o++)
                        sum[o] += wide_load(d + (o < filters ? o : 0) * plane);
            }
            for (int o = 0; o < CONV_ACROSS; o++) wide_store(lane[o] + l, sum[o]);
        }
        for (int o = 0; o < filters; o++) db[from + o] += lane_tree(lane[o]);
    }
}

/* Rows at a time, so that their dy stays in the first cache while all kernel rows go over it. */
static int conv_strip(const temper_conv *s, int filters) {
    int near = 24576, strip = near / (filters * s->out_w * LANES * (int)sizeof(real));
    return strip < 1 ? 1 : strip;
}
