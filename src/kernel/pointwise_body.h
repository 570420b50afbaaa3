/* Functions of single numbers, their slopes and bends, and plain arithmetic of long rows. */

FLAT bool from_output_of(temper_pointwise kind) { return kind <= TEMPER_SIGMOID; }
static bool from_output(temper_pointwise kind) { return from_output_of(kind); }

/* f, f' or f'' (order 0, 1, 2); from f' on, x is y = f(x) where from_output. Products x·s(x), x·φ(x) are 0 at infinity: beyond
 * `end` the factor x stands still. */
FLAT wide derivative(temper_pointwise kind, int order, wide leak, wide x) {
    const wide zero = wide_all(0), one = wide_all(1), two = wide_all(2),
               end = wide_all(sizeof(real) == 4 ? 110 : 800);
    wide near = wide_upto(end, wide_from(-end, x)), s, rest, law, density;
    switch (kind) {
    case TEMPER_RECTIFIER: return order == 0 ? wide_from(zero, x) : wide_pick(wide_below(zero, x), one, zero);
    case TEMPER_LEAKY:
        return order == 0 ? wide_pick(wide_below(x, zero), leak * x, x)
                          : wide_pick(wide_below(zero, x), one, leak);
    case TEMPER_TANH:
        s = wide_fma(-x, x, one);
        return order == 0 ? tanh_of(x) : order == 1 ? s : -two * x * s;
    case TEMPER_SIGMOID:
        s = wide_fma(-x, x, x);
        return order == 0 ? logistic(x, &rest) : order == 1 ? s : s * wide_fma(-two, x, one);
    case TEMPER_GELU:
        law = normal_law(x, &density);
        if (order == 0) return wide_from(-end, x) * law;
        return order == 1 ? wide_fma(near, density, law) : density * wide_fma(-near, near, two);
    case TEMPER_SILU:
        s = logistic(x, &rest);
        if (order == 0) return wide_from(-end, x) * s;
        if (order == 1) return s * wide_fma(near, rest, one);
        return s * rest * wide_fma(near, rest - s, two);
    default:
        if (order == 0) return softplus(x);
        s = logistic(x, &rest);
        return order == 1 ? s : s * rest;
    }
}

/* One loop per function: `kind` is a constant where these are called. */
FLAT void values(temper_pointwise kind, real leak, int64_t n, const real *x, real *y) {
    const wide slant = wide_all(leak);
    for (int64_t k = 0; k < n; k += WIDE) wide_store(y + k, derivative(kind, 0, slant, wide_load(x + k)));
}

FLAT void slopes(temper_pointwise kind, real leak, int64_t n, const real *x, const real *a, real *out,
                 bool add) {
    const wide slant = wide_all(leak);
    for (int64_t k = 0; k < n; k += WIDE) {
        wide f1 = derivative(kind, 1, slant, wide_load(x + k)), v = wide_load(a + k);
        wide_store(out + k, add ? wide_fma(f1, v, wide_load(out + k)) : f1 * v);
    }
}

FLAT void bends(temper_pointwise kind, int64_t n, const real *x, const real *a, const real *b, real *out) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide f2 = derivative(kind, 2, wide_all(0), wide_load(x + k));
        wide_store(out + k, wide_fma(f2 * wide_load(a + k), wide_load(b + k), wide_load(out + k)));
    }
}

static void value(temper_pointwise kind, real leak, int64_t n, const real *x, real *y) {
    switch (kind) {
    case TEMPER_RECTIFIER: values(TEMPER_RECTIFIER, leak, n, x, y); break;
    case TEMPER_LEAKY: values(TEMPER_LEAKY, leak, n, x, y); break;
    case TEMPER_TANH: values(TEMPER_TANH, leak, n, x, y); break;
    case TEMPER_SIGMOID: values(TEMPER_SIGMOID, leak, n, x, y); break;
    case TEMPER_GELU: values(TEMPER_GELU, leak, n, x, y); break;
    case TEMPER_SILU: values(TEMPER_SILU, leak, n, x, y); break;
    default: values(TEMPER_SOFTPLUS, leak, n, x, y); break;
    }
}

static void slope(temper_pointwise kind, real leak, int64_t n, const real *x, const real *y, const real *a,
                  real *out, bool add) {
    switch (kind) {
    case TEMPER_RECTIFIER: slopes(TEMPER_RECTIFIER, leak, n, y, a, out, add); break;
    case TEMPER_LEAKY: slopes(TEMPER_LEAKY, leak, n, y, a, out, add); break;
    case TEMPER_TANH: slopes(TEMPER_TANH, leak, n, y, a, out, add); break;
    case TEMPER_SIGMOID: slopes(TEMPER_SIGMOID, leak, n, y, a, out, add); break;
    case TEMPER_GELU: slopes(TEMPER_GELU, leak, n, x, a, out, add); break;
    case TEMPER_SILU: slopes(TEMPER_SILU, leak, n, x, a, out, add); break;
    default: slopes(TEMPER_SOFTPLUS, leak, n, x, a, out, add); break;
    }
}

static void bend(temper_pointwise kind, real leak, int64_t n, const real *x, const real *y, const real *a,
                 const real *b, real *out) {
    (void)leak;
    switch (kind) {
    case TEMPER_RECTIFIER:
    case TEMPER_LEAKY: break;
    case TEMPER_TANH: bends(TEMPER_TANH, n, y, a, b, out); break;
    case TEMPER_SIGMOID: bends(TEMPER_SIGMOID, n, y, a, b, out); break;
    case TEMPER_GELU: bends(TEMPER_GELU, n, x, a, b, out); break;
    case TEMPER_SILU: bends(TEMPER_SILU, n, x, a, b, out); break;
    default: bends(TEMPER_SOFTPLUS, n, x, a, b, out); break;
    }
}

static void blend(int64_t n, real a, const real *x, real b, const real *y, real *out) {
    const wide A = wide_all(a), B = wide_all(b);
    for (int64_t k = 0; k < n; k += WIDE) {
        wide v = wide_load(x + k);
        wide_store(out + k, y ? wide_fma(A, v, B * wide_load(y + k)) : A * v);
    }
}

static void multiply(int64_t n, const real *x, const real *y, real *out, bool add) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide v = wide_load(x + k), w = wide_load(y + k);
        wide_store(out + k, add ? wide_fma(v, w, wide_load(out + k)) : v * w);
    }
}

static void exp_lanes(int64_t n, const real *x, real *y) {
    for (int64_t k = 0; k < n; k += WIDE) wide_store(y + k, exp_of(wide_load(x + k)));
}

static void log_lanes(int64_t n, const real *x, real *y) {
    for (int64_t k = 0; k < n; k += WIDE) wide_store(y + k, log_of(wide_load(x + k)));
}

/* p = e^{z − max z} / Σ over the rows, lane by lane; the sum in the order of the rows. */
static void softmax(int64_t rows, const real *z, real *p) {
    for (int lane = 0; lane < LANES; lane += WIDE) {
        wide most = wide_load(z + lane), sum = wide_all(0);
        for (int64_t r = 1; r < rows; r++) most = wide_from(most, wide_load(z + r * LANES + lane));
        for (int64_t r = 0; r < rows; r++) {
            wide e = exp_of(wide_load(z + r * LANES + lane) - most);
            wide_store(p + r * LANES + lane, e);
            sum = sum + e;
        }
        for (int64_t r = 0; r < rows; r++)
            wide_store(p + r * LANES + lane, wide_load(p + r * LANES + lane) / sum);
    }
}
