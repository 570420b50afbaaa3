/* Standard normals by Box-Muller. */
static void normals(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t n,
                    real *out) {
    for (int64_t k = 0; k < n; k++) {
        uint32_t word[4];
        int64_t i = first + k;
        double s, c;
        temper_block(of, purpose, step, i / 4, word);
        double u = ((double)word[i % 4 / 2 * 2] + 0.5) * 0x1p-32,
               v = (double)word[i % 4 / 2 * 2 + 1] * 0x1p-32;
        temper_sincos2pi(v, &s, &c);
        out[k] = (real)(__builtin_sqrt(-2 * temper_log(u)) * (i % 2 ? s : c));
    }
}
