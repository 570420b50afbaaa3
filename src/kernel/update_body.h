/* Elementwise updates of θ, in one pass, with the sums that a thermometer needs. g is ∇u as the potential gave it; ξ is standard
 * normal number first + k of (stream, TEMPER_FOR_NOISE, step), drawn only where noise > 0.
 *     sgd     g ← g + decay·θ;  v ← μ v + (1 − ν) g, or g where μ = 0;  θ ← θ − η (nesterov ? g + μ v : v) + noise·ξ
 *             memory_memory = Σ v²; the momentum is neither read nor written where μ = 0
 *     adam    decay added to g, or (decoupled) θ ← θ(1 − η·decay) first; m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
 *             θ ← θ − η m̂/(√v̂ + ε);  memory_memory = Σ m²
 *     baoab   p ← p − drift·g  [here memory_memory = Σ p²];  p ← p − drift·g;  θ ← θ + drift·p;  p ← keep·p + noise·ξ;  θ ← θ + drift·p
 * Sums are over the θ and (decayed) g at the start of the step.
 *
 * Order of the sums: lane l has the elements l modulo 16 of a chunk of 4096. A lane is a chain of fma in `real` over at most CHAIN
 * elements, then these are added in double; lanes are joined by a tree, and chunks by a binary counter. The chains cost less than the
 * memory; their error is at most CHAIN·2⁻²⁴ Σ|terms|, in practice 1e-9. The last group is filled up with zeros, which change no sum. */
enum { UPDATE_CHUNK = TEMPER_UPDATE_CHUNK, CHAIN = 8, STRIPS = LANES / WIDE };

static double tree_of(const double lane[LANES]) {
    double sum[LANES];
    for (int l = 0; l < LANES; l++) sum[l] = lane[l];
    for (int half = LANES / 2; half; half /= 2)
        for (int l = 0; l < half; l++) sum[l] += sum[l + half];
    return sum[0];
}

/* Products of floats are exact in double: here all of the sum is. */
static double dot(int64_t n, const real *x, const real *y) {
    joiner whole = {.count = 0};
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[LANES];
        doubles sum[LANES / DOUBLES] = {{0}};
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK, i = 0;
        for (; i + LANES <= m; i += LANES)
            for (int s = 0; s < LANES / DOUBLES; s++)
                sum[s] += doubles_of(x + k + i + s * DOUBLES) * doubles_of(y + k + i + s * DOUBLES);
        memcpy(lane, sum, sizeof lane);
        for (int l = 0; i + l < m; l++) lane[l] += (double)x[k + i + l] * (double)y[k + i + l];
        join(&whole, tree_of(lane));
    }
    return joined(&whole);
}

typedef enum { UPDATE_SGD, UPDATE_ADAM, UPDATE_BAOAB } update_kind;

typedef struct
{ /* the numbers of a step in `real`, and the arrays of θ, ∇u, and what the dynamics remembers (m, v; p) */
    wide rate, momentum, fresh, decay, noise, beta1, beta2, fresh1, fresh2, unbias1, unbias2, epsilon, shrink,
        drift, keep;
    bool nesterov, remembers, noisy;
} update_law;

typedef struct {
    real *theta, *first, *second;
    const real *grad, *xi;
} update_arrays;

static update_law law_of(update_kind kind, const temper_update *u) {
    real beta1 = (real)u->beta1, beta2 = (real)u->beta2;
    bool apart = kind == UPDATE_ADAM && u->decoupled; /* adamw */
    double decay_here = apart ? 0 : u->decay, decay_alone = apart ? u->rate * u->decay : 0;
    return (update_law){.rate = wide_all((real)u->rate),
                        .momentum = wide_all((real)u->momentum),
                        .fresh = wide_all((real)(1 - u->dampening)),
                        .decay = wide_all((real)decay_here),
                        .noise = wide_all((real)u->noise),
                        .beta1 = wide_all(beta1),
                        .beta2 = wide_all(beta2),
                        .fresh1 = wide_all(1 - beta1),
                        .fresh2 = wide_all(1 - beta2),
                        .unbias1 = wide_all((real)(u->rate / u->correction1)),
                        .unbias2 = wide_all((real)(1 / u->correction2)),
                        .epsilon = wide_all((real)u->epsilon),
                        .shrink = wide_all((real)(1 - decay_alone)),
                        .drift = wide_all((real)u->drift),
                        .keep = wide_all((real)u->keep),
                        .nesterov = u->nesterov,
                        .remembers = (real)u->momentum != 0,
                        .noisy = (real)u->noise > 0};
}

/* sum: the chains of Σ θg, Σ g², Σ memory², Σ θ² of these lanes. */
FLAT void count(wide t, wide g, wide memory, wide sum[4]) {
    sum[0] = wide_fma(t, g, sum[0]), sum[1] = wide_fma(g, g, sum[1]);
    sum[2] = wide_fma(memory, memory, sum[2]), sum[3] = wide_fma(t, t, sum[3]);
}

FLAT void step_sgd(const update_law *u, const update_arrays *a, int64_t k, wide sum[4]) {
    wide t = wide_load(a->theta + k), g = wide_fma(u->decay, t, wide_load(a->grad + k)), v = g;
    if (u->remembers) {
        v = wide_fma(u->momentum, wide_load(a->first + k), u->fresh * g);
        wide_store(a->first + k, v);
    }
    count(t, g, v, sum);
    wide next = wide_fma(-u->rate, u->nesterov ? wide_fma(u->momentum, v, g) : v, t);
    if (u->noisy) next = wide_fma(u->noise, wide_load(a->xi + k), next);
    wide_store(a->theta + k, next);
}

FLAT void step_adam(const update_law *u, const update_arrays *a, int64_t k, wide sum[4]) {
    wide t = wide_load(a->theta + k), g = wide_fma(u->decay, t, wide_load(a->grad + k));
    wide m = wide_fma(u->beta1, wide_load(a->first + k), u->fresh1 * g);
    wide v = wide_fma(u->beta2, wide_load(a->second + k), u->fresh2 * g * g);
    count(t, g, m, sum);
    wide_store(a->first + k, m), wide_store(a->second + k, v);
    wide_store(a->theta + k, u->shrink * t - u->unbias1 * m / (wide_root(v * u->unbias2) + u->epsilon));
}

FLAT void step_baoab(const update_law *u, const update_arrays *a, int64_t k, wide sum[4]) {
    wide t = wide_load(a->theta + k), g = wide_fma(u->decay, t, wide_load(a->grad + k));
    wide p = wide_fma(-u->drift, g, wide_load(a->first + k));
    count(t, g, p, sum);
    p = wide_fma(-u->drift, g, p);
    t = wide_fma(u->drift, p, t);
    p = u->noisy ? wide_fma(u->noise, wide_load(a->xi + k), u->keep * p) : u->keep * p;
    wide_store(a->theta + k, wide_fma(u->drift, p, t));
    wide_store(a->first + k, p);
}

FLAT void step_of(update_kind kind, const update_law *u, const update_arrays *a, int64_t k,
                  wide sum[STRIPS][4]) {
    for (int part = 0; part < STRIPS; part++, k += WIDE) {
        if (kind == UPDATE_SGD) step_sgd(u, a, k, sum[part]);
        if (kind == UPDATE_ADAM) step_adam(u, a, k, sum[part]);
        if (kind == UPDATE_BAOAB) step_baoab(u, a, k, sum[part]);
    }
}

/* The last m < 16 elements, in a group of their own. */
FLAT void last_step(update_kind kind, const update_law *u, const update_arrays *a, int64_t m,
                    wide sum[STRIPS][4]) {
    real theta[LANES] = {0}, first[LANES] = {0}, second[LANES] = {0}, grad[LANES] = {0}, xi[LANES] = {0};
    update_arrays own = {theta, first, second, grad, xi};
    size_t size = (size_t)m * sizeof(real);
    memcpy(theta, a->theta, size), memcpy(grad, a->grad, size);
    if (a->first) memcpy(first, a->first, size);
    if (a->second) memcpy(second, a->second, size);
    if (u->noisy) memcpy(xi, a->xi, size);
    step_of(kind, u, &own, 0, sum);
    memcpy(a->theta, theta, size);
    if (a->first) memcpy(a->first, first, size);
    if (a->second) memcpy(a->second, second, size);
}

/* Ends the chains. */
FLAT void gather_chains(wide sum[STRIPS][4], double lane[4][LANES]) {
    for (int s = 0; s < 4; s++) {
        real chain[LANES];
        for (int part = 0; part < STRIPS; part++) {
            wide_store(chain + part * WIDE, sum[part][s]);
            sum[part][s] = wide_all(0);
        }
        for (int l = 0; l < LANES; l += DOUBLES) {
            doubles total;
            memcpy(&total, lane[s] + l, sizeof total);
            total += doubles_of(chain + l);
            memcpy(lane[s] + l, &total, sizeof total);
        }
    }
}

FLAT void update(update_kind kind, const temper_update *given, int64_t n, update_arrays a,
                 temper_sums *sums) {
    const update_law u = law_of(kind, given);
    joiner whole[4] = {{.count = 0}};
    real xi[UPDATE_CHUNK];
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[4][LANES] = {{0}};
        wide sum[STRIPS][4];
        for (int part = 0; part < STRIPS; part++)
            for (int s = 0; s < 4; s++) sum[part][s] = wide_all(0);
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK, i = 0;
        update_arrays here = {a.theta + k, a.first ? a.first + k : NULL, a.second ? a.second + k : NULL,
                              a.grad + k, xi};
        if (u.noisy) normals(given->stream, TEMPER_FOR_NOISE, given->step, given->first + k, m, xi);
        for (; i + CHAIN * LANES <= m; i += CHAIN * LANES) {
            for (int c = 0; c < CHAIN; c++) step_of(kind, &u, &here, i + c * LANES, sum);
            gather_chains(sum, lane);
        }
        for (; i + LANES <= m; i += LANES) step_of(kind, &u, &here, i, sum);
        if (i < m) {
            update_arrays rest = {here.theta + i, here.first ? here.first + i : NULL,
                                  here.second ? here.second + i : NULL, here.grad + i, xi + i};
            last_step(kind, &u, &rest, m - i, sum);
        }
        gather_chains(sum, lane);
        for (int s = 0; s < 4; s++) join(&whole[s], tree_of(lane[s]));
    }
    *sums = (temper_sums){joined(&whole[0]), joined(&whole[1]), joined(&whole[2]), joined(&whole[3])};
}

static void update_sgd(const temper_update *u, int64_t n, const real *grad, real *theta, real *momentum,
                       temper_sums *sums) {
    update(UPDATE_SGD, u, n, (update_arrays){theta, momentum, NULL, grad, NULL}, sums);
}

static void update_adam(const temper_update *u, int64_t n, const real *grad, real *theta, real *m, real *v,
                        temper_sums *sums) {
    update(UPDATE_ADAM, u, n, (update_arrays){theta, m, v, grad, NULL}, sums);
}

static void update_baoab(const temper_update *u, int64_t n, const real *grad, real *theta, real *p,
                         temper_sums *sums) {
    update(UPDATE_BAOAB, u, n, (update_arrays){theta, p, NULL, grad, NULL}, sums);
}

/* x·0 is 0 where x is finite and NaN elsewhere, and NaN stays in a sum: the cheapest look at every element. */
static bool all_finite(int64_t n, const real *x) {
    VEC sum[4] = {{0}};
    int64_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (int k = 0; k < 4; k++) {
            VEC v;
            memcpy(&v, x + i + k * LANES, sizeof v);
            sum[k] += v * 0;
        }
    real rest = 0;
    for (; i < n; i++) rest += x[i] * 0;
    sum[0] += sum[1] + (sum[2] + sum[3]);
    for (int l = 0; l < LANES; l++) rest += sum[0][l];
    return rest == 0;
}
