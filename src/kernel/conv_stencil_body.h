/* Forward and data gradient of convolutions: stencils. For a row of outputs, and a tile of filters × pixels in it, run over channels and
 * taps. What taps a pixel sees is worked out once for each dimension (conv_axis) and each tile of columns (conv_tap). */

/* ---- tiles: y[o][p] = start + Σ over channels and taps, in order, of w·x ---- */

enum { CONV_FILTERS = 6, CONV_PIXELS = CONV_SUMS / CONV_FILTERS };

typedef struct {   /* one tap of a kernel, for the pixels of one tile */
    int at;        /* its place in the input, in reals, from the origin of the tile's row */
    int weight;    /* its number in the packed kernel plane */
    int low, high; /* pixels low … high−1 of the tile see it inside the image */
} conv_tap;

typedef struct { /* for one row of outputs and one tile of pixels in it */
    const real *x;
    ptrdiff_t origin, x_plane,
        x_step;                  /* in reals: the tile's row, from channel to channel, from pixel to pixel */
    int channels, taps, weights; /* weights: kernel_h·kernel_w */
    const conv_tap *tap;
    const real *w,
        *window; /* [channels][weights][filters of the tile]; window: at the first row inside the image */
    const real *bias; /* [filters of the tile], or NULL */
    bool add;
    real *y;
    ptrdiff_t y_plane, y_step;
    /* for tiles of neighbouring pixels whose taps are neighbours too: */
    int rows, kernel_w; /* of the kernel, inside the image */
    ptrdiff_t x_row;    /* from row to row; `corner` from x to pixel 0, tap 0 of the first row */
    ptrdiff_t corner;
    int left, right; /* columns of the tile's window that lie outside the image */
} conv_stencil;

typedef wide conv_sums[CONV_FILTERS][CONV_PIXELS];

FLAT void conv_start(const int OB, const int PB, const conv_stencil *u, conv_sums sum) {

#pragma GCC unroll 8
    for (int o = 0; o < OB; o++)
#pragma GCC unroll 8
        for (int p = 0; p < PB; p++)
            sum[o][p] = u->add    ? wide_load(u->y + o * u->y_plane + p * u->y_step)
                        : u->bias ? wide_all(u->bias[o])
                                  : wide_all(0);
}

FLAT void conv_finish(const int OB, const int PB, const conv_stencil *u, conv_sums sum) {

#pragma GCC unroll 8
    for (int o = 0; o < OB; o++)
#pragma GCC unroll 8
        for (int p = 0; p < PB; p++) wide_store(u->y + o * u->y_plane + p * u->y_step, sum[o][p]);
}

/* Any stride and any edge: what each tap sees is in the list of taps. */
FLAT void conv_stencil_tile(const int OB, const int PB, const conv_stencil *u) {
    conv_sums sum;
    const real *w = u->w;
    ptrdiff_t origin = u->origin, step = u->x_step;
    conv_start(OB, PB, u, sum);
    for (int c = 0; c < u->channels; c++, origin += u->x_plane, w += (ptrdiff_t)u->weights * OB)
        for (const conv_tap *tap = u->tap, *end = tap + u->taps; tap < end; tap++) {
            const real *x = u->x + (origin + tap->at), *wt = w + tap->weight * OB;
            int low = tap->low, high = tap->high;
            if (low == 0 && high == PB) {
                wide v[CONV_PIXELS];

#pragma GCC unroll 8
                for (int p = 0; p < PB; p++) v[p] = wide_load(x + p * step);

#pragma GCC unroll 8
                for (int o = 0; o < OB; o++) {
                    wide t = wide_all(wt[o]);

#pragma GCC unroll 8
                    for (int p = 0; p < PB; p++) sum[o][p] = wide_fma(t, v[p], sum[o][p]);
                }
            } else

#pragma GCC unroll 8
                for (int p = 0; p < PB; p++)
                    if (p >= low && p < high) {
                        wide v = wide_load(x + p * step);

#pragma GCC unroll 8
                        for (int o = 0; o < OB; o++) sum[o][p] = wide_fma(wide_all(wt[o]), v, sum[o][p]);
                    }
        }
    conv_finish(OB, PB, u, sum);
}

/* Kernels KW wide, stride 1. Of the window's columns q = p + s only the first and last EDGE can lie outside: KW/2 in a
 * convolution that keeps the width, KW − 1 in the transpose of one without padding. */
FLAT void conv_window_tile(const int KW, const int EDGE, const int OB, const int PB, const conv_stencil *u) {
    conv_sums sum;
    const real *w = u->window;
    int left = u->left, end = PB + KW - 1 - u->right;
    ptrdiff_t corner = u->corner, skip = (ptrdiff_t)u->weights * OB - (ptrdiff_t)u->rows * KW * OB;
    conv_start(OB, PB, u, sum);
    for (int c = 0; c < u->channels; c++, corner += u->x_plane, w += skip) {
        ptrdiff_t at = corner;
        for (int r = 0; r < u->rows; r++, at += u->x_row, w += KW * OB) {
            const real *x = u->x + at;

#pragma GCC unroll 8
            for (int s = 0; s < KW; s++) {
                wide t[CONV_FILTERS];

#pragma GCC unroll 8
                for (int o = 0; o < OB; o++) t[o] = wide_all(w[s * OB + o]);

#pragma GCC unroll 8
                for (int p = 0; p < PB; p++) {
                    if ((p + s < EDGE && p + s < left) || (p + s >= PB + KW - 1 - EDGE && p + s >= end))
                        continue;
                    wide v = wide_load(x + (p + s) * LANES);
                    CONV_KEEP(v);

#pragma GCC unroll 8
                    for (int o = 0; o < OB; o++) sum[o][p] = wide_fma(t[o], v, sum[o][p]);
                }
            }
        }
    }
    conv_finish(OB, PB, u, sum);
}

FLAT void conv_window_filters(const int KW, const int EDGE, int filters, const int PB,
                              const conv_stencil *u) {
    if (filters == 4)
        conv_window_tile(KW, EDGE, 4, PB, u);
    else if (filters == 5)
        conv_window_tile(KW, EDGE, 5, PB, u);
    else
        conv_window_tile(KW, EDGE, 6, PB, u);
}

FLAT void conv_window_pixels(const int KW, const int EDGE, int filters, int pixels, const conv_stencil *u) {
    if (pixels == 3)
        conv_window_filters(KW, EDGE, filters, CONV_PIXELS - 1, u);
    else
        conv_window_filters(KW, EDGE, filters, CONV_PIXELS, u);
}

FLAT void conv_window_run(const int KW, int filters, int pixels, const conv_stencil *u) {
    if (u->left <= KW / 2 && u->right <= KW / 2)
        conv_window_pixels(KW, KW / 2, filters, pixels, u);
    else
        conv_window_pixels(KW, KW - 1, filters, pixels, u);
}

/* The shapes that conv_window_tile is compiled for: where registers abound, the usual kernels and full tiles. */
static bool conv_window_suits(int filters, int pixels, const conv_stencil *u) {
    return filters >= 4 && pixels >= CONV_PIXELS - 1 && u->left < u->kernel_w && u->right < u->kernel_w &&
           (u->kernel_w == 1 || u->kernel_w == 3 || u->kernel_w == 5);
}

FLAT void conv_stencil_pixels(const int OB, int pixels, const conv_stencil *u) {
    if (pixels == 1) conv_stencil_tile(OB, 1, u);
    if (pixels == 2) conv_stencil_tile(OB, 2, u);
    if (CONV_PIXELS > 2 && pixels == 3) conv_stencil_tile(OB, CONV_PIXELS > 2 ? 3 : 1, u);
    if (CONV_PIXELS > 2 && pixels == 4) conv_stencil_tile(OB, CONV_PIXELS > 2 ? 4 : 1, u);
}

/* filters ≤ CONV_FILTERS, pixels ≤ CONV_PIXELS; all lanes. */
static void conv_stencil_run(int filters, int pixels, const conv_stencil *u) {
    if (CONV_REGISTERS > 16 && conv_window_suits(filters, pixels, u)) {
        if (u->kernel_w == 1) conv_window_run(1, filters, pixels, u);
        if (u->kernel_w == 3) conv_window_run(3, filters, pixels, u);
        if (u->kernel_w == 5) conv_window_run(5, filters, pixels, u);
        return;
    }
    conv_stencil part = *u;
    for (int lane = 0; lane < LANES; lane += WIDE, part.x += WIDE, part.y += WIDE) {
        if (filters == 1) conv_stencil_pixels(1, pixels, &part);
        if (filters == 2) conv_stencil_pixels(2, pixels, &part);
        if (filters == 3) conv_stencil_pixels(3, pixels, &part);
        if (filters == 4) conv_stencil_pixels(4, pixels, &part);
        if (filters == 5) conv_stencil_pixels(5, pixels, &part);
        if (filters == 6) conv_stencil_pixels(6, pixels, &part);
    }
}

/* ---- shapes ---- */

/* One dimension of a stencil. Output number n lies at out_first + n·out_step; its tap number k has kernel element first + k·every of
 * the packed kernel and sees input shift + k + n·in_step.
 *     forward: input i·stride + r − pad, all taps r.
 *     data:    of the outputs u ≡ a (mod stride), those taps r ≡ a + pad; they see (u + pad − r)/stride, which ascends when r
 *              descends: the packed kernel is turned round. */
typedef struct {
    int in, out, out_first, out_step, in_step;
    int taps, first, every, shift;
} conv_axis;

static conv_axis conv_axis_forward(int in, int out, int kernel, int stride, int pad) {
    return (conv_axis){
        .in = in, .out = out, .out_step = 1, .in_step = stride, .taps = kernel, .every = 1, .shift = -pad};
}

static conv_axis conv_axis_data(int in, int out, int kernel, int stride, int pad, int a) {
    int lowest = (a + pad) % stride, taps = lowest < kernel ? (kernel - lowest + stride - 1) / stride : 0;
    int highest = lowest + (taps - 1) * stride;
    return (conv_axis){.in = in,
                       .out = a < out ? (out - a + stride - 1) / stride : 0,
                       .out_first = a,
                       .out_step = stride,
                       .in_step = 1,
                       .taps = taps,
                       .first = kernel - 1 - highest,
                       .every = stride,
                       .shift = (a + pad - highest) / stride};
}

static int conv_axis_sees(const conv_axis *a, int k, int n) { return a->shift + k + n * a->in_step; }

/* Taps *from … *to−1 of output n lie inside the image. */
static void conv_axis_inside(const conv_axis *a, int n, int *from, int *to) {
    *from = 0, *to = a->taps;
    while (*from < *to && conv_axis_sees(a, *from, n) < 0) ++*from;
    while (*from < *to && conv_axis_sees(a, *to - 1, n) >= a->in) --*to;
}

typedef struct { /* a stencil over an image, all but the data */
    conv_axis row, column;
    conv_cut columns, tiles;                  /* of columns, of filters */
    int channels, filters, weights, kernel_w; /* channels: summed over */
    ptrdiff_t y_row, y_plane;                 /* of the output, in reals */
    const real *packed;
    conv_tap *tap; /* [tiles of columns][row.taps·column.taps] */
} conv_plan;

static conv_plan conv_plan_of(const temper_conv *s, bool forward, real *scratch) {
    size_t packed = (size_t)s->channels * (size_t)(s->kernel_h * s->kernel_w) * (size_t)s->filters;
    return (conv_plan){.row = conv_axis_forward(s->height, s->out_h, s->kernel_h, s->stride, s->pad),
                       .column = conv_axis_forward(s->width, s->out_w, s->kernel_w, s->stride, s->pad),
                       .columns = conv_cut_of(s->out_w, CONV_PIXELS),
                       .tiles = conv_cut_of(forward ? s->filters : s->channels, CONV_FILTERS),
                       .channels = forward ? s->channels : s->filters,
                       .filters = forward ? s->filters : s->channels,
                       .weights = s->kernel_h * s->kernel_w,
                       .kernel_w = s->kernel_w,
                       .y_row = (ptrdiff_t)(forward ? s->out_w : s->width) * LANES,
                       .y_plane = (ptrdiff_t)(forward ? s->out_h * s->out_w : s->height * s->width) * LANES,
                       .packed = scratch,
                       .tap = (conv_tap *)(void *)(scratch + (packed + LANES - 1) / LANES * LANES)};
}

/* packed[tile of filters][channel][tap][filter of the tile], from w with these strides. */
static void conv_pack(const conv_plan *plan, const real *w, ptrdiff_t channel, ptrdiff_t tap,
                      ptrdiff_t filter) {
    real *packed = (real *)plan->packed;
    for (int tile = 0; tile < plan->tiles.parts; tile++) {
        int from = conv_begin(&plan->tiles, tile), to = conv_begin(&plan->tiles, tile + 1);
        for (int c = 0; c < plan->channels; c++)
            for (int k = 0; k < plan->weights; k++)
                for (int o = from; o < to; o++) *packed++ = w[c * channel + k * tap + o * filter];
    }
}

/* For each tile of columns, its taps. */
static void conv_find_taps(const conv_plan *plan) {
    const conv_axis *row = &plan->row, *column = &plan->column;
    conv_tap *tap = plan->tap;
    for (int tile = 0; tile < plan->columns.parts; tile++) {
        int from = conv_begin(&plan->columns, tile), to = conv_begin(&plan->columns, tile + 1);
        for (int k = 0; k < row->taps; k++)
            for (int m = 0; m < column->taps; m++, tap++) {
                int sees = conv_axis_sees(column, m, from), low = 0, high = to - from;
                while (low < high && sees + low * column->in_step < 0) low++;
                while (high > low && sees + (high - 1) * column->in_step >= column->in) high--;
                int weight =
                    (row->first + k * row->every) * plan->kernel_w + column->first + m * column->every;
                *tap = (conv_tap){(k * column->in + sees) * LANES, weight, low, high};
            }
    }
}

/* All tiles of filters for one tile of columns of one row; kernel rows begin at `from`. */
static void conv_stencil_filters(const conv_plan *plan, conv_stencil *u, int pixels, const real *bias,
                                 int from) {
    real *y = u->y;
    for (int tile = 0; tile < plan->tiles.parts; tile++) {
        int o = conv_begin(&plan->tiles, tile), filters = conv_length(&plan->tiles, tile);
        u->w = plan->packed + (ptrdiff_t)o * plan->channels * plan->weights;
        u->window = u->w + (ptrdiff_t)from * plan->kernel_w * filters;
        u->bias = bias ? bias + o : NULL;
        u->y = y + o * u->y_plane;
        conv_stencil_run(filters, pixels, u);
    }
}

/* Rows, then tiles of columns, whose input stays near, then tiles of filters. */
static void conv_stencil_image(const conv_plan *plan, const real *x, const real *bias, real *y, bool add) {
    const conv_axis *row = &plan->row, *column = &plan->column;
    conv_stencil u = {.x = x,
                      .x_plane = (ptrdiff_t)row->in * column->in * LANES,
                      .x_row = (ptrdiff_t)column->in * LANES,
                      .x_step = column->in_step * LANES,
                      .channels = plan->channels,
                      .weights = plan->weights,
                      .add = add,
                      .y_plane = plan->y_plane,
                      .y_step = column->out_step * LANES};
    u.kernel_w = column->in_step == 1 && column->every == 1 ? plan->kernel_w : 0;
    for (int i = 0; i < row->out; i++) {
        int from, to, taps = row->taps * column->taps;
        real *y_row = y + (row->out_first + i * row->out_step) * plan->y_row + column->out_first * LANES;
        conv_axis_inside(row, i, &from, &to);
        u.rows = to - from, u.taps = u.rows * column->taps;
        u.origin = conv_axis_sees(row, 0, i) * u.x_row;
        for (int tile = 0; tile < plan->columns.parts; tile++) {
            int first = conv_begin(&plan->columns, tile), pixels = conv_length(&plan->columns, tile);
            int sees = conv_axis_sees(column, 0, first),
                beyond = sees + pixels + plan->kernel_w - 1 - column->in;
            u.tap = plan->tap + (ptrdiff_t)tile * taps + (ptrdiff_t)from * column->taps;
            u.corner = u.origin + from * u.x_row + sees * LANES;
            u.left = sees < 0 ? -sees : 0, u.right = beyond > 0 ? beyond : 0;
            u.y = y_row + first * u.y_step;
            conv_stencil_filters(plan, &u, pixels, bias, from);
        }
    }
}
