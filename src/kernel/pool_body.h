/* Pooling of one block. */
static void pool_max(int64_t channels, int height, int width, int size, int stride, const real *x, real *y,
                     uint8_t *which) {
    int h = (height - size) / stride + 1, w = (width - size) / stride + 1;
    for (int64_t c = 0; c < channels; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                for (int l = 0; l < LANES; l++) {
                    int64_t out = ((c * h + i) * w + j) * LANES + l;
                    const real *from = x + ((c * height + i * stride) * width + j * stride) * LANES + l;
                    real best = *from;
                    int at = 0;
                    for (int tap = 1; tap < size * size; tap++) {
                        real v = from[(tap / size * width + tap % size) * LANES];
                        if (v > best) best = v, at = tap;
                    }
                    y[out] = best;
                    which[out] = (uint8_t)at;
                }
}

static void pool_take(int64_t channels, int height, int width, int size, int stride, const uint8_t *which,
                      const real *x, real *y) {
    int h = (height - size) / stride + 1, w = (width - size) / stride + 1;
    for (int64_t c = 0; c < channels; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                for (int l = 0; l < LANES; l++) {
                    int64_t out = ((c * h + i) * w + j) * LANES + l;
                    int tap = which[out];
                    y[out] =
                        x[((c * height + i * stride + tap / size) * width + j * stride + tap % size) * LANES +
                          l];
                }
}

static void pool_clear(int64_t n, real *dx, bool add) {
    for (int64_t k = 0; !add && k < n; k++) dx[k] = 0;
}

static void pool_give(int64_t channels, int height, int width, int size, int stride, const uint8_t *which,
                      const real *dy, real *dx, bool add) {
    int h = (height - size) / stride + 1, w = (width - size) / stride + 1;
    pool_clear(channels * height * width * LANES, dx, add);
    for (int64_t c = 0; c < channels; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                for (int l = 0; l < LANES; l++) {
                    int64_t out = ((c * h + i) * w + j) * LANES + l;
                    int tap = which[out];
                    dx[((c * height + i * stride + tap / size) * width + j * stride + tap % size) * LANES +
                       l] += dy[out];
                }
}

static void pool_mean(int64_t channels, int height, int width, int size, int stride, const real *x, real *y) {
    int h = (height - size) / stride + 1, w = (width - size) / stride + 1;
    real share = 1 / (real)(size * size);
    for (int64_t c = 0; c < channels; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                for (int l = 0; l < LANES; l++) {
                    const real *from = x + ((c * height + i * stride) * width + j * stride) * LANES + l;
                    real sum = 0;
                    for (int tap = 0; tap < size * size; tap++)
                        sum += from[(tap / size * width + tap % size) * LANES];
                    y[((c * h + i) * w + j) * LANES + l] = sum * share;
                }
}

static void pool_spread(int64_t channels, int height, int width, int size, int stride, const real *dy,
                        real *dx, bool add) {
    int h = (height - size) / stride + 1, w = (width - size) / stride + 1;
    real share = 1 / (real)(size * size);
    pool_clear(channels * height * width * LANES, dx, add);
    for (int64_t c = 0; c < channels; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                for (int tap = 0; tap < size * size; tap++)
                    for (int l = 0; l < LANES; l++)
                        dx[((c * height + i * stride + tap / size) * width + j * stride + tap % size) *
                               LANES +
                           l] += dy[((c * h + i) * w + j) * LANES + l] * share;
}
