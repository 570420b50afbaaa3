/* Norms. Batch norm works on planes, one channel of one block: [pixels][16]. Layer norm works on a whole block
 * [features][tokens][16], of which every (token, lane) is normalised over its features. */

enum { NORM_CHAIN = 64 }; /* longest sum in real before it is added up in double */

/* total[l] += Σ_p f_p of lane l: four chains (p modulo 4) over at most NORM_CHAIN pixels each, joined (0+1) + (2+3), then double.
 * f is x − shift, its square, or (x − shift)·g. */
typedef enum { NORM_PLAIN, NORM_SQUARE, NORM_PRODUCT } norm_term;

static inline __attribute__((always_inline)) void norm_total(norm_term kind, int64_t pixels, const real *x,
                                                             real shift, const real *g, double total[LANES]) {
    for (int64_t p = 0; p < pixels; p += 4 * NORM_CHAIN) {
        int64_t end = pixels - p < 4 * NORM_CHAIN ? pixels - p : 4 * NORM_CHAIN;
        real sum[4 * LANES] = {0};
        const real *a = x + p * LANES, *b = g + p * LANES;
        int64_t k = 0;
        for (; k + 4 <= end; k += 4)
            for (int i = 0; i < 4 * LANES; i++) {
                real d = a[k * LANES + i] - shift;
                sum[i] = kind == NORM_PLAIN    ? sum[i] + d
                         : kind == NORM_SQUARE ? fused(d, d, sum[i])
                                               : fused(d, b[k * LANES + i], sum[i]);
            }
        for (int i = 0; k * LANES + i < end * LANES; i++) {
            real d = a[k * LANES + i] - shift;
            sum[i] = kind == NORM_PLAIN    ? sum[i] + d
                     : kind == NORM_SQUARE ? fused(d, d, sum[i])
                                           : fused(d, b[k * LANES + i], sum[i]);
        }
        for (int l = 0; l < LANES; l++)
            total[l] += (double)((sum[l] + sum[LANES + l]) + (sum[2 * LANES + l] + sum[3 * LANES + l]));
    }
}

static double norm_join(const double total[LANES], int lanes) {
    double sum = 0;
    for (int l = 0; l < lanes; l++) sum += total[l];
    return sum;
}

static void moments(int64_t pixels, int lanes, const real *x, double out[2]) {
    double sum[LANES] = {0}, square[LANES] = {0};
    norm_total(NORM_PLAIN, pixels, x, 0, x, sum);
    out[0] = norm_join(sum, lanes);
    norm_total(NORM_SQUARE, pixels, x, (real)(out[0] / ((double)pixels * lanes)), x, square);
    out[1] = norm_join(square, lanes);
}

static void covary(int64_t pixels, int lanes, const real *x, real shift, const real *g, double out[2]) {
    double sum[LANES] = {0}, product[LANES] = {0};
    norm_total(NORM_PLAIN, pixels, g, 0, g, sum);
    norm_total(NORM_PRODUCT, pixels, x, shift, g, product);
    out[0] = norm_join(sum, lanes), out[1] = norm_join(product, lanes);
}

static inline __attribute__((always_inline)) real combined(const temper_combination *s, int terms,
                                                           int64_t k) {
    real v = fused(s->factor[0], s->row[0][k] - s->shift, s->constant);
    for (int j = 1; j < terms; j++) v = fused(s->factor[j], s->row[j][k], v);
    return v;
}

static inline __attribute__((always_inline)) void combine_row(const temper_combination *u, int terms,
                                                              int64_t n) {
    temper_combination s = *u;
    if (s.add)
        for (int64_t k = 0; k < n; k++) s.out[k] += combined(&s, terms, k);
    else
        for (int64_t k = 0; k < n; k++) s.out[k] = combined(&s, terms, k);
}

static void combine(int64_t pixels, int lanes, const temper_combination *s) {
    if (lanes < LANES) { /* the last block of a batch: no number enters the padding */
        for (int64_t k = 0; k < pixels * LANES; k++) {
            real v = k % LANES < lanes ? combined(s, s->terms, k) : 0;
            s->out[k] = s->add ? s->out[k] + v : v;
        }
        return;
    }
    switch (s->terms) {
    case 1: combine_row(s, 1, pixels * LANES); break;
    case 2: combine_row(s, 2, pixels * LANES); break;
    case 3: combine_row(s, 3, pixels * LANES); break;
    default: combine_row(s, 4, pixels * LANES); break;
    }
}

/* x̂ and its tangent x̂̇ = r (ẋ − mean ẋ − x̂ q), q = mean(x̂ ẋ), of the elements k … of a row [tokens][16]. */
FLAT wide unit(const temper_layer_norm *s, const real *x, int64_t k) {
    return (wide_load(x + k) - wide_load(s->mean + k)) * wide_load(s->r + k);
}

FLAT wide unit_dot(const temper_layer_norm *s, const real *x_dot, wide hat, int64_t k) {
    wide off = wide_load(x_dot + k) - wide_load(s->mean_dot + k);
    return wide_load(s->r + k) * wide_fma(-hat, wide_load(s->q + k), off);
}

FLAT void gain_wide(real *sum, wide a, wide b) { wide_store(sum, wide_fma(a, b, wide_load(sum))); }
FLAT void add_wide(real *sum, wide a) { wide_store(sum, wide_load(sum) + a); }
FLAT void scale_row(real *row, int64_t n, real by) {
    for (int64_t k = 0; k < n; k += WIDE) wide_store(row + k, wide_load(row + k) * wide_all(by));
}

static void layer_forward(const temper_layer_norm *s) {
    const int64_t n = s->tokens * LANES;
    const real share = 1 / (real)s->features;
    memset(s->mean, 0, (size_t)n * sizeof(real)), memset(s->r, 0, (size_t)n * sizeof(real));
    for (int64_t f = 0; f < s->features; f++)
        for (int64_t k = 0; k < n; k += WIDE) add_wide(s->mean + k, wide_load(s->x + f * n + k));
    scale_row(s->mean, n, share);
    for (int64_t f = 0; f < s->features; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide d = wide_load(s->x + f * n + k) - wide_load(s->mean + k);
            gain_wide(s->r + k, d, d);
        }
    for (int64_t k = 0; k < n; k += WIDE) {
        wide spread = wide_fma(wide_load(s->r + k), wide_all(share), wide_all(s->epsilon));
        wide_store(s->r + k, wide_all(1) / wide_root(spread));
    }
    for (int64_t f = 0; f < s->features; f++) {
        const wide gain = wide_all(s->gain[f]), bias = wide_all(s->bias[f]);
        for (int64_t k = 0; k < n; k += WIDE)
            wide_store(s->y + f * n + k, wide_fma(gain, unit(s, s->x + f * n, k), bias));
    }
}

/* After layer_forward. x_dot may be NULL: the input is data. */
static void layer_tangent(const temper_layer_norm *s) {
    const int64_t n = s->tokens * LANES;
    const real share = 1 / (real)s->features;
    memset(s->mean_dot, 0, (size_t)n * sizeof(real)), memset(s->q, 0, (size_t)n * sizeof(real));
    for (int64_t f = 0; f < s->features && s->x_dot; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide d = wide_load(s->x_dot + f * n + k);
            add_wide(s->mean_dot + k, d);
            gain_wide(s->q + k, unit(s, s->x + f * n, k), d);
        }
    scale_row(s->mean_dot, n, share), scale_row(s->q, n, share);
    for (int64_t f = 0; f < s->features; f++) {
        const wide gain = wide_all(s->gain[f]), gain_dot = wide_all(s->gain_dot[f]);
        const wide bias_dot = wide_all(s->bias_dot[f]);
        for (int64_t k = 0; k < n; k += WIDE) {
            wide hat = unit(s, s->x + f * n, k), v = wide_fma(gain_dot, hat, bias_dot);
            if (s->x_dot) v = wide_fma(gain, unit_dot(s, s->x_dot + f * n, hat, k), v);
            wide_store(s->y_dot + f * n + k, v);
        }
    }
}

FLAT void give(const temper_layer_norm *s, real *out, wide v) {
    wide_store(out, s->add ? wide_load(out) + v : v);
}

/* x̄ = r (G − mean G − x̂ A), G = γ g, A = mean(G x̂). scratch: [2][tokens][16]. */
static void layer_reverse(const temper_layer_norm *s) {
    const int64_t n = s->tokens * LANES;
    const real share = 1 / (real)s->features;
    real *G = s->scratch, *A = G + n;
    memset(G, 0, (size_t)(2 * n) * sizeof(real));
    for (int64_t f = 0; f < s->features; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide g = wide_all(s->gain[f]) * wide_load(s->g + f * n + k);
            add_wide(G + k, g);
            gain_wide(A + k, g, unit(s, s->x + f * n, k));
        }
    scale_row(G, 2 * n, share);
    for (int64_t f = 0; f < s->features && s->x_bar; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide off = wide_fma(wide_all(s->gain[f]), wide_load(s->g + f * n + k), -wide_load(G + k));
            off = wide_fma(-unit(s, s->x + f * n, k), wide_load(A + k), off);
            give(s, s->x_bar + f * n + k, wide_load(s->r + k) * off);
        }
}

/* Ġ = γ ġ + γ̇ g of feature f. */
FLAT wide slope_dot(const temper_layer_norm *s, int64_t f, int64_t n, int64_t k) {
    return wide_fma(wide_all(s->gain[f]), wide_load(s->g_dot + f * n + k),
                    wide_all(s->gain_dot[f]) * wide_load(s->g + f * n + k));
}

/* After layer_reverse, with mean G and A where it left them; B = mean(Ġ x̂ + G x̂̇):
 *     x̄̇ = −r q x̄ + r (Ġ − mean Ġ − x̂̇ A − x̂ B). scratch: [4][tokens][16]. */
static void layer_reverse_tangent(const temper_layer_norm *s) {
    const int64_t n = s->tokens * LANES;
    const real share = 1 / (real)s->features;
    real *G = s->scratch, *A = G + n, *G_dot = A + n, *B = G_dot + n;
    memset(G_dot, 0, (size_t)(2 * n) * sizeof(real));
    for (int64_t f = 0; f < s->features; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide hat = unit(s, s->x + f * n, k), d = slope_dot(s, f, n, k);
            wide g = wide_all(s->gain[f]) * wide_load(s->g + f * n + k);
            add_wide(G_dot + k, d);
            add_wide(B + k, wide_fma(d, hat, g * unit_dot(s, s->x_dot + f * n, hat, k)));
        }
    scale_row(G_dot, 2 * n, share);
    for (int64_t f = 0; f < s->features; f++)
        for (int64_t k = 0; k < n; k += WIDE) {
            wide hat = unit(s, s->x + f * n, k), hat_dot = unit_dot(s, s->x_dot + f * n, hat, k);
            wide r = wide_load(s->r + k), q = wide_load(s->q + k), a = wide_load(A + k);
            wide off = wide_fma(wide_all(s->gain[f]), wide_load(s->g + f * n + k), -wide_load(G + k));
            off = wide_fma(-hat, a, off); /* x̄/r */
            wide d = wide_fma(-hat_dot, a, slope_dot(s, f, n, k) - wide_load(G_dot + k));
            d = wide_fma(-hat, wide_load(B + k), d);
            give(s, s->x_bar_dot + f * n + k, r * wide_fma(-r * q, off, d));
        }
}

/* One sum of the block for each of γ and β: chains over tokens, then the lane tree. */
static void layer_weigh(const temper_layer_norm *s, int64_t first, int64_t last) {
    const int64_t n = s->tokens * LANES;
    for (int64_t f = first; f < last; f++) {
        const real *x = s->x + f * n, *g = s->g + f * n;
        real sum[4][LANES] = {{0}}; /* γ̄, β̄, and their tangents */
        for (int64_t k = 0; k < n; k += WIDE) {
            const int l = (int)(k % LANES);
            wide hat = unit(s, x, k), u = wide_load(g + k);
            gain_wide(sum[0] + l, u, hat), add_wide(sum[1] + l, u);
            if (!s->g_dot) continue;
            wide d = wide_load(s->g_dot + f * n + k) * hat;
            if (s->x_dot) d = wide_fma(u, unit_dot(s, s->x_dot + f * n, hat, k), d);
            add_wide(sum[2] + l, d), add_wide(sum[3] + l, wide_load(s->g_dot + f * n + k));
        }
        if (s->gain_bar) s->gain_bar[f] += lane_tree(sum[0]), s->bias_bar[f] += lane_tree(sum[1]);
        if (s->g_dot) s->gain_bar_dot[f] += lane_tree(sum[2]), s->bias_bar_dot[f] += lane_tree(sum[3]);
    }
}
