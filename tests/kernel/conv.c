/* Convolutions of every level against scalar loops of fma, bit for bit, for all kinds of shapes. */
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 1 << 19, BLOCKS = 3 };

static _Alignas(64) real x[MOST], y[MOST], w[MOST], truth[MOST], found[MOST], bias[64], scratch[2 * MOST];

static uint64_t state = 12345;
static int below(int n) { /* 0 … n−1 */
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}
static void draw(real *to, int64_t n) {
    for (int64_t k = 0; k < n; k++) to[k] = (real)(below(20001) - 10000) / 9973;
}

static real fused(real a, real b, real c) {
    return sizeof(real) == 4 ? (real)fmaf((float)a, (float)b, (float)c)
                             : (real)fma((double)a, (double)b, (double)c);
}

/* ---- the judge: what kernel/net.h says, term by term ---- */

static bool inside(const temper_conv *s, int i, int j, int r, int q, int64_t *pixel) {
    int u = i * s->stride + r - s->pad, v = j * s->stride + q - s->pad;
    *pixel = (int64_t)u * s->width + v;
    return u >= 0 && u < s->height && v >= 0 && v < s->width;
}

static const real *weight(const temper_conv *s, int c, int r, int q, int o) {
    return w + ((int64_t)(c * s->kernel_h + r) * s->kernel_w + q) * s->filters + o;
}

static void judge_forward(const temper_conv *s, int64_t blocks, bool with_bias, bool add, real *out) {
    int64_t plane = (int64_t)s->height * s->width, pixel;
    for (int64_t b = 0; b < blocks; b++)
        for (int o = 0; o < s->filters; o++)
            for (int i = 0; i < s->out_h; i++)
                for (int j = 0; j < s->out_w; j++, out += LANES)
                    for (int l = 0; l < LANES; l++) {
                        real sum = add ? out[l] : with_bias ? bias[o] : 0;
                        for (int c = 0; c < s->channels; c++)
                            for (int r = 0; r < s->kernel_h; r++)
                                for (int q = 0; q < s->kernel_w; q++)
                                    if (inside(s, i, j, r, q, &pixel))
                                        sum = fused(*weight(s, c, r, q, o),
                                                    x[((b * s->channels + c) * plane + pixel) * LANES + l],
                                                    sum);
                        out[l] = sum;
                    }
}

/* The sum of pixel (u, v) over (o, i, j) in order. */
static real judge_pixel(const temper_conv *s, const real *dy, int c, int u, int v, real sum) {
    for (int o = 0; o < s->filters; o++)
        for (int i = 0; i < s->out_h; i++)
            for (int j = 0; j < s->out_w; j++, dy += LANES) {
                int r = u + s->pad - i * s->stride, q = v + s->pad - j * s->stride;
                if (r >= 0 && r < s->kernel_h && q >= 0 && q < s->kernel_w)
                    sum = fused(*weight(s, c, r, q, o), *dy, sum);
            }
    return sum;
}

static void judge_data(const temper_conv *s, int64_t blocks, const real *dy, bool add, real *dx) {
    int64_t size = (int64_t)s->filters * s->out_h * s->out_w * LANES;
    for (int64_t b = 0; b < blocks; b++)
        for (int c = 0; c < s->channels; c++)
            for (int u = 0; u < s->height; u++)
                for (int v = 0; v < s->width; v++, dx += LANES)
                    for (int l = 0; l < LANES; l++)
                        dx[l] = judge_pixel(s, dy + b * size + l, c, u, v, add ? dx[l] : 0);
}

static real tree(real lane[LANES]) {
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

static void judge_weights(const temper_conv *s, int64_t blocks, const real *dy, real *dw) {
    int64_t plane = (int64_t)s->height * s->width, out = (int64_t)s->out_h * s->out_w, pixel;
    for (int64_t group = 0; group < blocks; group += 2)
        for (int tap = 0; tap < s->channels * s->kernel_h * s->kernel_w; tap++)
            for (int o = 0; o < s->filters; o++) {
                real lane[LANES] = {0};
                int q = tap % s->kernel_w, r = tap / s->kernel_w % s->kernel_h,
                    c = tap / s->kernel_w / s->kernel_h;
                for (int64_t b = group; b < blocks && b < group + 2; b++)
                    for (int k = 0; k < out; k++)
                        for (int l = 0; l < LANES; l++)
                            if (inside(s, k / s->out_w, k % s->out_w, r, q, &pixel))
                                lane[l] = fused(x[((b * s->channels + c) * plane + pixel) * LANES + l],
                                                dy[((b * s->filters + o) * out + k) * LANES + l], lane[l]);
                dw[(int64_t)tap * s->filters + o] += tree(lane);
            }
}

static void judge_bias(const temper_conv *s, int64_t blocks, const real *dy, real *db) {
    int64_t out = (int64_t)s->out_h * s->out_w;
    for (int64_t group = 0; group < blocks; group += 2)
        for (int o = 0; o < s->filters; o++) {
            real lane[LANES] = {0};
            for (int64_t b = group; b < blocks && b < group + 2; b++)
                for (int64_t k = 0; k < out * LANES; k++)
                    lane[k % LANES] += dy[(b * s->filters + o) * out * LANES + k];
            db[o] += tree(lane);
        }
}

/* ---- comparisons ---- */

static void same(const char *what, const temper_conv *s, int level, const real *a, const real *b, int64_t n) {
    int64_t k = 0;
    while (k < n && memcmp(a + k, b + k, sizeof *a) == 0) k++;
    CHECK(
        k == n,
        "%s, %s: number %lld is %.9g, not %.9g; channels %d, %d x %d, filters %d, kernel %d x %d, stride %d, pad %d",
        what, temper_cpu_name((temper_cpu)level), (long long)k, (double)a[k], (double)b[k], s->channels,
        s->height, s->width, s->filters, s->kernel_h, s->kernel_w, s->stride, s->pad);
}

#define EVERY_LEVEL for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++)

static void compare(const temper_conv *s, int64_t blocks, bool add) {
    int64_t in = blocks * s->channels * s->height * s->width * LANES,
            out = blocks * s->filters * s->out_h * s->out_w * LANES;
    int64_t weights = (int64_t)s->channels * s->kernel_h * s->kernel_w * s->filters;
    int rows = s->channels * s->kernel_h, cut = below(rows + 1);
    size_t room = temper_net_kernel_of(TEMPER_CPU_REF)->conv_scratch(s);
    bool with_bias = !add && below(2);
    CHECK(room < 2 * MOST - 1 && in <= MOST && out <= MOST && weights <= MOST, "test arrays are too small");
    if (check_bad) return;
    draw(x, in), draw(y, out), draw(w, weights), draw(bias, s->filters);
    for (int k = 0; k < 8; k++) w[below((int)weights)] = 0;
    scratch[room] = 42; /* the guard behind the scratch */

    memcpy(truth, y, (size_t)out * sizeof *y);
    judge_forward(s, blocks, with_bias, add, truth);
    EVERY_LEVEL {
        const temper_net_kernels *kernel = temper_net_kernel_of(level);
        CHECK(kernel->conv_scratch(s) == room, "scratch depends on the level");
        memcpy(found, y, (size_t)out * sizeof *y);
        kernel->conv_forward(s, blocks, x, w, with_bias ? bias : NULL, found, add, scratch);
        same("forward", s, level, found, truth, out);
    }
    memcpy(truth, x, (size_t)in * sizeof *x);
    judge_data(s, blocks, y, add, truth);
    EVERY_LEVEL {
        memcpy(found, x, (size_t)in * sizeof *x);
        temper_net_kernel_of(level)->conv_data(s, blocks, y, w, found, add, scratch);
        same("data", s, level, found, truth, in);
    }
    memcpy(truth, w, (size_t)weights * sizeof *w);
    judge_weights(s, blocks, y, truth);
    real b[64], db[64];
    memcpy(b, bias, sizeof b);
    judge_bias(s, blocks, y, b);
    EVERY_LEVEL { /* in two shares, as two threads would */
        const temper_net_kernels *kernel = temper_net_kernel_of(level);
        memcpy(found, w, (size_t)weights * sizeof *w);
        memcpy(db, bias, sizeof db);
        kernel->conv_weights(s, blocks, x, y, found, db, 0, cut ? cut : rows, scratch);
        if (cut && cut < rows) kernel->conv_weights(s, blocks, x, y, found, db, cut, rows, scratch);
        same("weights", s, level, found, truth, weights);
        same("bias", s, level, db, b, s->filters);
    }
    CHECK(scratch[room] == 42, "scratch overrun");
}

static bool settle(temper_conv *s) {
    if (s->height + 2 * s->pad < s->kernel_h || s->width + 2 * s->pad < s->kernel_w) return false;
    s->out_h = (s->height + 2 * s->pad - s->kernel_h) / s->stride + 1;
    s->out_w = (s->width + 2 * s->pad - s->kernel_w) / s->stride + 1;
    return true;
}

static void layers_of_known_networks(void) { /* few channels, the sizes and edges of LeNet-5 and ResNet-20 */
    temper_conv known[] = {{1, 28, 28, 6, 5, 5, 1, 2, 0, 0},  {6, 14, 14, 16, 5, 5, 1, 0, 0, 0},
                           {3, 16, 16, 16, 3, 3, 1, 1, 0, 0}, {16, 8, 8, 7, 3, 3, 1, 1, 0, 0},
                           {5, 16, 16, 12, 3, 3, 2, 1, 0, 0}, {16, 8, 8, 32, 1, 1, 2, 0, 0, 0},
                           {13, 6, 6, 20, 1, 1, 1, 0, 0, 0}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        settle(&known[k]);
        compare(&known[k], k ? 1 + below(2) : 3, false);
    }
}

static void every_shape_is_the_scalar_loop(void) {
    for (int k = 0; k < 400; k++) {
        temper_conv s = {.channels = 1 + below(9),
                         .height = 1 + below(11),
                         .width = 1 + below(14),
                         .filters = 1 + below(15),
                         .kernel_h = 1 + below(k % 5 ? 5 : 8),
                         .kernel_w = 1 + below(k % 5 ? 5 : 8),
                         .stride = 1 + below(4)};
        s.pad = below(s.kernel_h > s.kernel_w ? s.kernel_h : s.kernel_w);
        if (settle(&s)) compare(&s, 1 + below(BLOCKS), k % 2);
        if (check_bad) return;
    }
}

/* The first two blocks, then the third: the same bits as all at once. */
static void blocks_may_come_in_pairs(void) {
    temper_conv s = {3, 6, 7, 5, 3, 3, 1, 1, 0, 0};
    settle(&s);
    int64_t in = s.channels * s.height * s.width * LANES, out = s.filters * s.out_h * s.out_w * LANES;
    draw(x, 3 * in), draw(y, 3 * out);
    EVERY_LEVEL {
        const temper_net_kernels *kernel = temper_net_kernel_of(level);
        int rows = s.channels * s.kernel_h, weights = rows * s.kernel_w * s.filters;
        real a[2][64] = {{0}};
        memset(found, 0, sizeof found), memset(truth, 0, sizeof truth);
        kernel->conv_weights(&s, 3, x, y, truth, a[0], 0, rows, scratch);
        kernel->conv_weights(&s, 2, x, y, found, a[1], 0, rows, scratch);
        kernel->conv_weights(&s, 1, x + 2 * in, y + 2 * out, found, a[1], 0, rows, scratch);
        same("pairs", &s, level, found, truth, weights);
        same("pairs, bias", &s, level, a[1], a[0], s.filters);
    }
}

/* A weight that is infinite must not make NaN of pixels that it only meets outside the image. */
static void taps_outside_are_no_terms(void) {
    temper_conv s = {1, 2, 2, 1, 3, 3, 1, 1, 0, 0};
    settle(&s);
    EVERY_LEVEL {
        for (int k = 0; k < 4 * LANES; k++) x[k] = 1;
        for (int k = 0; k < 9; k++) w[k] = 1;
        w[0] = INFINITY; /* the upper left tap: only pixel (1, 1) sees it inside */
        temper_net_kernel_of(level)->conv_forward(&s, 1, x, w, NULL, found, false, scratch);
        CHECK(found[0] == 4 && found[LANES] == 4 && found[2 * LANES] == 4 && isinf(found[3 * LANES]),
              "level %d", level);
    }
}

int main(void) {
    RUN(layers_of_known_networks);
    RUN(every_shape_is_the_scalar_loop);
    RUN(blocks_may_come_in_pairs);
    RUN(taps_outside_are_no_terms);
    return check_end();
}
