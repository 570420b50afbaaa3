/* Products of matrices: every output one chain of fma over k in index order. */
static real fused(real a, real b, real c) {
    return sizeof(real) == 4 ? (real)__builtin_fmaf((float)a, (float)b, (float)c)
                             : (real)__builtin_fma((double)a, (double)b, (double)c);
}

static void matmul(const temper_matmul *p) {
    for (int64_t j = 0; j < p->n; j++)
        for (int64_t i = 0; i < p->m; i++) {
            real *c = p->c + j / LANES * p->c_block + i * p->c_row + j % LANES;
            real sum = p->bias ? p->bias[i] : p->add ? *c : 0;
            for (int64_t k = 0; k < p->k; k++) {
                const real *a =
                    p->a + i * p->a_row +
                    (p->a_inner ? k / p->a_inner * p->a_outer + k % p->a_inner * p->a_k : k * p->a_k);
                sum = fused(*a, p->b[j / LANES * p->b_block + k * p->b_k + j % LANES], sum);
            }
            *c = sum;
        }
}

static void sum_samples(int64_t blocks, int64_t features, const real *d, real *db) {
    for (int64_t f = 0; f < features; f++)
        for (int64_t b = 0; b < blocks; b++)
            for (int l = 0; l < LANES; l++) db[f] += d[(b * features + f) * LANES + l];
}
