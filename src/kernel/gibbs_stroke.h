/* The written order of an update (gibbs_update in kernel/gibbs.h), a register at a time, and how weights become integers. */
/* What every level writes in the same order: one register of a row of g, of its dot products and of θ. */
typedef struct {
    wide per, rate, l1, l2, gain_b, mu;
    bool centred, decays;
} stroke;

FLAT stroke stroke_of(const gibbs_update *u, int64_t i, const bool c) {
    return (stroke){wide_all(u->per),
                    wide_all(u->rate),
                    wide_all(u->l1),
                    wide_all(u->l2),
                    wide_all(c ? u->gain_b[i] : 0),
                    wide_all(c ? u->mu[i] : 0),
                    c,
                    u->l1 != 0 || u->l2 != 0};
}

FLAT wide centre(const stroke *s, wide g, wide lambda, wide gain_c) {
    g = wide_fma(-s->gain_b, lambda, g);
    return wide_fma(-s->mu, gain_c, g);
}

FLAT wide moved(const stroke *s, wide theta, wide g) {
    wide out = wide_fma(s->rate, g, theta);
    if (s->decays) {
        const wide zero = wide_all(0);
        wide sign = wide_pick(wide_below(zero, theta), s->l1, zero);
        sign = wide_pick(wide_below(theta, zero), -s->l1, sign);
        out = wide_fma(-s->rate, wide_fma(s->l2, theta, sign), out);
    }
    return out;
}

/* q and r of gibbs_weights: W 2^e = q + r/256 to 1/512; beyond 16 bits cut off, for then the caller packs with a new e. */
FLAT void quantise(wide theta, wide scale, wide_int *q, wide_int *r) {
    const wide magic = wide_all(0x1.8p23F), most = wide_all(GIBBS_MEAN);
    wide x = theta * scale;
    x = wide_upto(most, wide_from(-most, x));
    wide whole = (x + magic) - magic, rest = wide_fma(x - whole, wide_all(256), magic);
    const wide_int nearest = (wide_int)rest - (wide_int)magic,
                   carry = (nearest + 128) >> 8; /* +128 is none of 8 bits */
    *q = __builtin_convertvector(whole, wide_int) + carry;
    *r = nearest - (carry << 8);
}

FLAT float power_of(int e) {
    uint32_t bits = (uint32_t)(127 + e) << 23;
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* n ≤ WIDE numbers, zeros behind them. */
FLAT wide load_some(const float *x, int64_t n) {
    wide v = wide_all(0);
    if (n >= WIDE) return wide_load(x);
    memcpy(&v, x, (size_t)n * sizeof *x);
    return v;
}

FLAT void store_some(float *x, wide v, int64_t n) {
    if (n >= WIDE)
        wide_store(x, v);
    else
        memcpy(x, &v, (size_t)n * sizeof *x);
}

/* 16 sums as one: a tree, whose order is part of the result. */
static float joined(float sum[GIBBS_DOTS]) {
    for (int half = GIBBS_DOTS / 2; half; half /= 2)
        for (int l = 0; l < half; l++) sum[l] += sum[l + half];
    return sum[0];
}
