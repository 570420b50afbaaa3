/* Between rows of samples and blocks of lanes. */
static void gather(const float *const from[LANES], int64_t features, const float *shift, const float *scale,
                   real *block) {
    for (int64_t f = 0; f < features; f++)
        for (int l = 0; l < LANES; l++) {
            float v = from[l] ? from[l][f] : 0;
            if (from[l] && shift) v = (v - shift[f]) * scale[f];
            block[f * LANES + l] = v;
        }
}

static void rows(const real *block, int64_t features, real *out, ptrdiff_t stride) {
    for (int l = 0; l < LANES; l++) {
        for (int64_t f = 0; f < features; f++) out[l * stride + f] = block[f * LANES + l];
        for (int64_t f = features; f % LANES; f++) out[l * stride + f] = 0;
    }
}
