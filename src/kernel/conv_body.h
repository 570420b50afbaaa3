/* Convolutions, samples in lanes. */
static size_t conv_scratch(const temper_conv *s) {
    (void)s;
    return 0;
}

static void conv_forward(const temper_conv *s, int64_t blocks, const real *x, const real *w, const real *bias,
                         real *y, bool add, real *scratch) {
    (void)scratch;
    for (int64_t b = 0; b < blocks; b++)
        for (int o = 0; o < s->filters; o++)
            for (int i = 0; i < s->out_h; i++)
                for (int j = 0; j < s->out_w; j++) {
                    real *out = y + (((b * s->filters + o) * s->out_h + i) * s->out_w + j) * LANES;
                    for (int l = 0; l < LANES; l++) {
                        real sum = add ? out[l] : bias ? bias[o] : 0;
                        for (int c = 0; c < s->channels; c++)
                            for (int r = 0; r < s->kernel_h; r++)
                                for (int q = 0; q < s->kernel_w; q++) {
                                    int u = i * s->stride + r - s->pad, v = j * s->stride + q - s->pad;
                                    bool in = u >= 0 && u < s->height && v >= 0 && v < s->width;
                                    real pixel =
                                        in ? x[(((b * s->channels + c) * s->height + u) * s->width + v) *
                                                   LANES +
                                               l]
                                           : 0;
                                    sum = fused(w[((c * s->kernel_h + r) * s->kernel_w + q) * s->filters + o],
                                                pixel, sum);
                                }
                        out[l] = sum;
                    }
                }
}

static void conv_data(const temper_conv *s, int64_t blocks, const real *dy, const real *w, real *dx, bool add,
                      real *scratch) {
    (void)scratch;
    for (int64_t b = 0; b < blocks; b++)
        for (int c = 0; c < s->channels; c++)
            for (int u = 0; u < s->height; u++)
                for (int v = 0; v < s->width; v++) {
                    real *out = dx + (((b * s->channels + c) * s->height + u) * s->width + v) * LANES;
                    for (int l = 0; l < LANES; l++) {
                        real sum = add ? out[l] : 0;
                        for (int o = 0; o < s->filters; o++)
                            for (int r = 0; r < s->kernel_h; r++)
                                for (int q = 0; q < s->kernel_w; q++) {
                                    int i = u + s->pad - r, j = v + s->pad - q;
                                    if (i < 0 || j < 0 || i % s->stride || j % s->stride) continue;
                                    i /= s->stride, j /= s->stride;
                                    if (i >= s->out_h || j >= s->out_w) continue;
                                    sum = fused(
                                        w[((c * s->kernel_h + r) * s->kernel_w + q) * s->filters + o],
                                        dy[(((b * s->filters + o) * s->out_h + i) * s->out_w + j) * LANES +
                                           l],
                                        sum);
                                }
                        out[l] = sum;
                    }
                }
}

static real lane_tree(const real *lane) {
    real sum[LANES];
    for (int l = 0; l < LANES; l++) sum[l] = lane[l];
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) sum[l] += sum[l + half];
    return sum[0];
}

static void conv_weights(const temper_conv *s, int64_t blocks, const real *x, const real *dy, real *dw,
                         real *db, int first, int last, real *scratch) {
    (void)scratch;
    int64_t out_pixels = (int64_t)s->out_h * s->out_w;
    for (int64_t group = 0; group < blocks; group += 2)
        for (int c = first; c < last; c++)
            for (int r = 0; r < s->kernel_h; r++)
                for (int q = 0; q < s->kernel_w; q++)
                    for (int o = 0; o < s->filters; o++) {
                        real lane[LANES] = {0};
                        for (int64_t b = group; b < blocks && b < group + 2; b++)
                            for (int i = 0; i < s->out_h; i++)
                                for (int j = 0; j < s->out_w; j++) {
                                    int u = i * s->stride + r - s->pad, v = j * s->stride + q - s->pad;
                                    bool in = u >= 0 && u < s->height && v >= 0 && v < s->width;
                                    for (int l = 0; l < LANES; l++)
                                        lane[l] = fused(
                                            in ? x[(((b * s->channels + c) * s->height + u) * s->width + v) *
                                                       LANES +
                                                   l]
                                               : 0,
                                            dy[((b * s->filters + o) * out_pixels + i * s->out_w + j) *
                                                   LANES +
                                               l],
                                            lane[l]);
                                }
                        dw[((c * s->kernel_h + r) * s->kernel_w + q) * s->filters + o] += lane_tree(lane);
                    }
    if (!db || first) return;
    for (int64_t group = 0; group < blocks; group += 2)
        for (int o = 0; o < s->filters; o++) {
            real lane[LANES] = {0};
            for (int64_t b = group; b < blocks && b < group + 2; b++)
                for (int64_t i = 0; i < out_pixels; i++)
                    for (int l = 0; l < LANES; l++)
                        lane[l] += dy[((b * s->filters + o) * out_pixels + i) * LANES + l];
            db[o] += lane_tree(lane);
        }
}
