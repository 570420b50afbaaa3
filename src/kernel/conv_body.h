/* Convolutions, samples in lanes: register tiles of filters × pixels or filters × taps, which a `wide` of lanes at a time goes
 * through. The OB + PB numbers that a step loads feed OB·PB fused multiply-adds; OB and PB are constants where the tiles are
 * inlined, so the loops over them unroll and the sums never see memory. */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
enum { CONV_REGISTERS = 32, CONV_SUMS = 24 }; /* sums leave registers for what they are made of */
#define CONV_KEEP(v)                                                                                         \
    __asm__("" : "+v"(v)) /* in its register: else the compiler loads it again for each use */
#else
enum { CONV_REGISTERS = 16, CONV_SUMS = 12 };
#define CONV_KEEP(v) (void)(v)
#endif

typedef struct { /* things in almost equal parts: `larger` of small + 1, then parts of `small` */
    int parts, small, larger;
} conv_cut;

static conv_cut conv_cut_of(int total, int most) {
    int parts = (total + most - 1) / most;
    return (conv_cut){parts, parts ? total / parts : 0, parts ? total % parts : 0};
}

static inline int conv_begin(const conv_cut *cut, int part) {
    return part * cut->small + (part < cut->larger ? part : cut->larger);
}

static inline int conv_length(const conv_cut *cut, int part) { return cut->small + (part < cut->larger); }

#include "kernel/conv_stencil_body.h"
#include "kernel/conv_outer_body.h"

/* Scratch: packed weights, then taps of one row of tiles; or the sums of the weight gradient. The same on every level, so that a
 * plan does not depend on the level. */
static size_t conv_scratch(const temper_conv *s) {
    size_t kernel = (size_t)s->kernel_h * (size_t)s->kernel_w, planes = (size_t)s->channels * kernel;
    size_t longest = (size_t)(s->width > s->out_w ? s->width : s->out_w);
    size_t packed = planes * (size_t)s->filters + LANES;
    size_t taps = longest * kernel * sizeof(conv_tap) / sizeof(real);
    size_t sums = planes * CONV_ACROSS * LANES;
    return packed + taps > sums ? packed + taps : sums;
}

static void conv_forward(const temper_conv *s, int64_t blocks, const real *x, const real *w, const real *bias,
                         real *y, bool add, real *scratch) {
    conv_plan plan = conv_plan_of(s, true, scratch);
    ptrdiff_t in = (ptrdiff_t)s->channels * s->height * s->width * LANES, out = s->filters * plan.y_plane;
    conv_pack(&plan, w, (ptrdiff_t)plan.weights * s->filters, s->filters, 1);
    conv_find_taps(&plan);
    for (int64_t b = 0; b < blocks; b++) conv_stencil_image(&plan, x + b * in, bias, y + b * out, add);
}

/* With a stride, pixels of dx fall into classes (row mod stride, column mod stride), each a stencil of its own. */
static void conv_data(const temper_conv *s, int64_t blocks, const real *dy, const real *w, real *dx, bool add,
                      real *scratch) {
    conv_plan plan = conv_plan_of(s, false, scratch);
    ptrdiff_t in = s->channels * plan.y_plane, out = (ptrdiff_t)s->filters * s->out_h * s->out_w * LANES;
    ptrdiff_t last = (ptrdiff_t)(plan.weights - 1) * s->filters;
    conv_pack(&plan, w + last, 1, -s->filters, (ptrdiff_t)plan.weights * s->filters);
    for (int a = 0; a < s->stride; a++)
        for (int b = 0; b < s->stride; b++) {
            plan.row = conv_axis_data(s->out_h, s->height, s->kernel_h, s->stride, s->pad, a);
            plan.column = conv_axis_data(s->out_w, s->width, s->kernel_w, s->stride, s->pad, b);
            plan.columns = conv_cut_of(plan.column.out, CONV_PIXELS);
            conv_find_taps(&plan);
            for (int64_t k = 0; k < blocks; k++)
                conv_stencil_image(&plan, dy + k * out, NULL, dx + k * in, add);
        }
}

static void conv_weights(const temper_conv *s, int64_t blocks, const real *x, const real *dy, real *dw,
                         real *db, int first, int last, real *scratch) {
    ptrdiff_t in = (ptrdiff_t)s->channels * s->height * s->width * LANES,
              plane = (ptrdiff_t)s->out_h * s->out_w * LANES, out = s->filters * plane;
    conv_cut filters = conv_cut_of(s->filters, CONV_ACROSS);
    conv_share share = conv_share_of(s, first, last, scratch);
    for (int64_t group = 0; group < blocks; group += 2) {
        int64_t end = group + 2 < blocks ? group + 2 : blocks;
        for (int tile = 0; tile < filters.parts; tile++) {
            share.o = conv_begin(&filters, tile);
            share.filters = conv_length(&filters, tile);
            int strip = conv_strip(s, share.filters);
            for (int64_t b = group; b < end; b++)
                for (int i = 0; i < s->out_h; i += strip)
                    conv_outer_rows(&share, x + b * in, dy + b * out + share.o * plane, i,
                                    i + strip < s->out_h ? i + strip : s->out_h, b == group && i == 0);
            conv_outer_harvest(&share, dw);
        }
        if (db && !first) conv_bias(s, end - group, dy + group * out, db);
    }
}
