/* Elementwise updates of θ, in one pass, with the sums that a thermometer needs. g is ∇u as the potential gave it; ξ is standard
 * normal number k of (stream, TEMPER_FOR_NOISE, step), drawn only where noise > 0.
 *     sgd     g ← g + decay·θ;  v ← μ v + (1 − ν) g;  θ ← θ − η (nesterov ? g + μ v : v) + noise·ξ          memory_memory = Σ v²
 *     adam    decay added to g, or (decoupled) θ ← θ(1 − η·decay) first; m, v, θ ← θ − η m̂/(√v̂ + ε)
 *     baoab   p ← p − drift·g  [here memory_memory = Σ p²];  p ← p − drift·g;  θ ← θ + drift·p;  p ← keep·p + noise·ξ;  θ ← θ + drift·p
 * Sums are over the θ and (decayed) g at the start of the step. */
enum { UPDATE_CHUNK = 4096 };

static double tree_of(const double lane[LANES]) {
    double sum[LANES];
    for (int l = 0; l < LANES; l++) sum[l] = lane[l];
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) sum[l] += sum[l + half];
    return sum[0];
}

/* Joins the sums of chunks 0, 1, 2 … as a binary counter does: a fixed tree in constant memory. */
typedef struct {
    double level[64];
    uint64_t count;
} joiner;

static void join(joiner *j, double sum) {
    int at = 0;
    for (uint64_t c = j->count++; c & 1; c >>= 1) sum = j->level[at++] + sum;
    j->level[at] = sum;
}

static double joined(const joiner *j) {
    double sum = 0;
    int at = 0;
    for (uint64_t c = j->count; c; c >>= 1, at++)
        if (c & 1) sum = j->level[at] + sum;
    return sum;
}

static double dot(int64_t n, const real *x, const real *y) {
    joiner whole = {.count = 0};
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[LANES] = {0};
        for (int64_t i = k; i < n && i < k + UPDATE_CHUNK; i++)
            lane[i % LANES] += (double)x[i] * (double)y[i];
        join(&whole, tree_of(lane));
    }
    return joined(&whole);
}

static void update_sgd(const temper_update *u, int64_t n, const real *grad, real *theta, real *momentum,
                       temper_sums *sums) {
    joiner whole[4] = {{.count = 0}};
    real eta = (real)u->rate, mu = (real)u->momentum, rest = (real)(1 - u->dampening), decay = (real)u->decay,
         sigma = (real)u->noise;
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[4][LANES] = {{0}};
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK;
        real xi[UPDATE_CHUNK];
        if (sigma > 0) normals(u->stream, TEMPER_FOR_NOISE, u->step, k, m, xi);
        for (int64_t i = 0; i < m; i++) {
            real t = theta[k + i], g = fused(decay, t, grad[k + i]);
            real v = mu != 0 ? fused(mu, momentum[k + i], rest * g) : g;
            lane[0][i % LANES] += (double)t * (double)g;
            lane[1][i % LANES] += (double)g * (double)g;
            lane[2][i % LANES] += (double)v * (double)v;
            lane[3][i % LANES] += (double)t * (double)t;
            if (mu != 0) momentum[k + i] = v;
            real move = u->nesterov ? fused(mu, v, g) : v;
            real next = fused(-eta, move, t);
            theta[k + i] = sigma > 0 ? fused(sigma, xi[i], next) : next;
        }
        for (int s = 0; s < 4; s++) join(&whole[s], tree_of(lane[s]));
    }
    *sums = (temper_sums){joined(&whole[0]), joined(&whole[1]), joined(&whole[2]), joined(&whole[3])};
}

static void update_adam(const temper_update *u, int64_t n, const real *grad, real *theta, real *m, real *v,
                        temper_sums *sums) {
    joiner whole[4] = {{.count = 0}};
    real eta = (real)u->rate, b1 = (real)u->beta1, b2 = (real)u->beta2, decay = (real)u->decay,
         eps = (real)u->epsilon;
    real c1 = (real)(1 / u->correction1), c2 = (real)(1 / u->correction2);
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[4][LANES] = {{0}};
        for (int64_t i = k; i < n && i < k + UPDATE_CHUNK; i++) {
            real t = theta[i], g = u->decoupled ? grad[i] : fused(decay, t, grad[i]);
            m[i] = fused(b1, m[i], (1 - b1) * g);
            v[i] = fused(b2, v[i], (1 - b2) * g * g);
            lane[0][i % LANES] += (double)t * (double)g;
            lane[1][i % LANES] += (double)g * (double)g;
            lane[2][i % LANES] += (double)m[i] * (double)m[i];
            lane[3][i % LANES] += (double)t * (double)t;
            real from = u->decoupled ? t - eta * decay * t : t;
            real root = sizeof(real) == 4 ? (real)__builtin_sqrtf((float)(v[i] * c2))
                                          : (real)__builtin_sqrt((double)(v[i] * c2));
            theta[i] = from - eta * (m[i] * c1) / (root + eps);
        }
        for (int s = 0; s < 4; s++) join(&whole[s], tree_of(lane[s]));
    }
    *sums = (temper_sums){joined(&whole[0]), joined(&whole[1]), joined(&whole[2]), joined(&whole[3])};
}

static void update_baoab(const temper_update *u, int64_t n, const real *grad, real *theta, real *p,
                         temper_sums *sums) {
    joiner whole[4] = {{.count = 0}};
    real h = (real)u->drift, keep = (real)u->keep, sigma = (real)u->noise, decay = (real)u->decay;
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[4][LANES] = {{0}};
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK;
        real xi[UPDATE_CHUNK];
        if (sigma > 0) normals(u->stream, TEMPER_FOR_NOISE, u->step, k, m, xi);
        for (int64_t i = 0; i < m; i++) {
            real t = theta[k + i], g = fused(decay, t, grad[k + i]);
            real q = fused(-h, g, p[k + i]);
            lane[0][i % LANES] += (double)t * (double)g;
            lane[1][i % LANES] += (double)g * (double)g;
            lane[2][i % LANES] += (double)q * (double)q;
            lane[3][i % LANES] += (double)t * (double)t;
            q = fused(-h, g, q);
            t = fused(h, q, t);
            q = sigma > 0 ? fused(sigma, xi[i], keep * q) : keep * q;
            theta[k + i] = fused(h, q, t);
            p[k + i] = q;
        }
        for (int s = 0; s < 4; s++) join(&whole[s], tree_of(lane[s]));
    }
    *sums = (temper_sums){joined(&whole[0]), joined(&whole[1]), joined(&whole[2]), joined(&whole[3])};
}
