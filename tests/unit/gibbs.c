/* The Gibbs engine of RBMs against sums that are done by hand: laws of single layers, log weights, statistics, updates, swaps. */
#include "gibbs_rig.h"
#include "temper/parallel.h"

static double W(const gibbs_rig *r, int64_t i, int64_t j) { return r->theta[i * r->H + j]; }
static double b(const gibbs_rig *r, int64_t i) { return r->theta[r->V * r->H + i]; }
static double c(const gibbs_rig *r, int64_t j) { return r->theta[r->V * r->H + r->V + j]; }
static double logistic(double x) { return 1 / (1 + exp(-x)); }

static double hidden_field(const gibbs_rig *r, const float *v, int64_t j) {
    double x = c(r, j);
    for (int64_t i = 0; i < r->V; i++) x += v[i] > 0 ? W(r, i, j) : 0;
    return x;
}

/* ln w of temper/machine.h, from the floats of θ. */
static double naive_weight(const gibbs_rig *r, const float *v, const temper_place *at) {
    double sum = 0;
    for (int64_t i = 0; i < r->V; i++)
        sum += v[i] * ((1 - at->beta) * (at->base ? (double)at->base[i] : 0) + at->beta * b(r, i));
    for (int64_t j = 0; j < r->H; j++) {
        double x = at->beta * hidden_field(r, v, j);
        sum += (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    }
    return sum;
}

/* θ whose couplings are exact in 24 bits: then log weights are exact too. */
static void round_weights(gibbs_rig *r, int bits) {
    for (int64_t k = 0; k < r->V * r->H; k++) r->theta[k] = ldexpf(roundf(ldexpf(r->theta[k], bits)), -bits);
    CHECK_OK(temper_gibbs_refresh(r->g, r->theta));
}

/* One sweep of many chains from one v: the joint law of the next v, 3 × 2 units, against the sum over h of p(h|v) p(v'|h). Total variation
 * of n draws over k cells is about √(k/(2πn)); four times that is never reached by chance. */
static void one_sweep_has_the_right_law(void) {
    enum { V = 3, H = 2, C = 512, ROUNDS = 400 };
    static float X[C * V];
    const float start[V] = {1, 0, 1}, base[V] = {0.7F, -0.2F, 0.1F};
    gibbs_rig r = gibbs_rig_of(V, H, 1.5, 21);
    temper_flock f = gibbs_flock(&r, C, 5);
    double truth[8] = {0}, seen[8] = {0}, distance = 0;
    f.place = (temper_place){0.8, base};
    for (int h = 0; h < 4; h++) {
        double p = 1;
        for (int j = 0; j < H; j++) {
            double on = logistic(0.8 * hidden_field(&r, start, j));
            p *= h >> j & 1 ? on : 1 - on;
        }
        for (int v = 0; v < 8; v++) {
            double q = p;
            for (int i = 0; i < V; i++) {
                double x = b(&r, i);
                for (int j = 0; j < H; j++) x += h >> j & 1 ? W(&r, i, j) : 0;
                double on = logistic(0.2 * (double)base[i] + 0.8 * x);
                q *= v >> i & 1 ? on : 1 - on;
            }
            truth[v] += q;
        }
    }
    for (int k = 0; k < C * V; k++) X[k] = start[k % V];
    for (int t = 0; t < ROUNDS; t++) {
        gibbs_fill(&r, &f, X);
        temper_gibbs_sweep(r.g, &f, 1);
        for (int k = 0; k < C; k++) {
            float v[V];
            temper_gibbs_read(r.g, &f, k, v);
            seen[(v[0] > 0) + 2 * (v[1] > 0) + 4 * (v[2] > 0)] += 1.0 / (C * ROUNDS);
        }
    }
    for (int v = 0; v < 8; v++) distance += 0.5 * fabs(truth[v] - seen[v]);
    CHECK(distance < 4 * sqrt(8 / (2 * 3.14159 * C * ROUNDS)), "total variation %g", distance);
    gibbs_flock_free(&f), gibbs_rig_free(&r);
}

/* Many sweeps have exp(ln w) as their law. */
static void sweeps_keep_the_law(void) {
    enum { V = 4, H = 3, C = 2048 };
    gibbs_rig r = gibbs_rig_of(V, H, 1, 22);
    temper_flock f = gibbs_flock(&r, C, 6);
    double truth[16], seen[16] = {0}, z = 0, distance = 0;
    for (int s = 0; s < 16; s++) {
        float v[V] = {(float)(s & 1), (float)(s >> 1 & 1), (float)(s >> 2 & 1), (float)(s >> 3)};
        z += truth[s] = exp(naive_weight(&r, v, &f.place));
    }
    temper_gibbs_sweep(r.g, &f, 30);
    for (int t = 0; t < 100; t++) {
        temper_gibbs_sweep(r.g, &f, 10);
        for (int k = 0; k < C; k++) {
            float v[V];
            temper_gibbs_read(r.g, &f, k, v);
            seen[(v[0] > 0) + 2 * (v[1] > 0) + 4 * (v[2] > 0) + 8 * (v[3] > 0)] += 1.0 / (C * 100);
        }
    }
    for (int s = 0; s < 16; s++) distance += 0.5 * fabs(truth[s] / z - seen[s]);
    CHECK(distance < 4 * sqrt(16 / (2 * 3.14159 * C * 100)), "total variation %g", distance);
    gibbs_flock_free(&f), gibbs_rig_free(&r);
}

static void log_weights(void) {
    enum { V = 150, H = 1100, C = 33 }; /* more hidden units than one logarithm holds */
    static float base[V];
    gibbs_rig r = gibbs_rig_of(V, H, 0.3, 23);
    temper_flock f = gibbs_flock(&r, C, 7);
    double out[C];
    float v[V];
    for (int i = 0; i < V; i++) base[i] = (float)(i % 7) / 3 - 1;
    const temper_place places[] = {{1, NULL}, {0.37, base}, {0, base}, {1.8, NULL}};
    for (int round = 0; round < 2; round++) {
        if (round == 1) round_weights(&r, 20);
        temper_gibbs_sweep(r.g, &f, 2);
        for (int p = 0; p < 4; p++) {
            temper_gibbs_log_weight(r.g, &f, &places[p], out);
            for (int k = 0; k < C; k++) {
                temper_gibbs_read(r.g, &f, k, v);
                CHECK_NEAR(out[k], naive_weight(&r, v, &places[p]), round ? 1e-9 : 2e-4);
            }
        }
    }
    gibbs_flock_free(&f), gibbs_rig_free(&r);
}

static void climbs(void) {
    enum { V = 30, H = 20, C = 40 };
    gibbs_rig r = gibbs_rig_of(V, H, 0.5, 24);
    temper_flock a = gibbs_flock(&r, C, 8), s = gibbs_flock(&r, C, 8);
    double log_w[C], now[C], then[C];
    const temper_place to = {0.6, NULL};
    a.place = s.place = (temper_place){0.5, NULL};
    for (int k = 0; k < C; k++) log_w[k] = 3;
    temper_gibbs_climb(r.g, &a, &to, log_w);
    temper_gibbs_log_weight(r.g, &s, &s.place, now), temper_gibbs_log_weight(r.g, &s, &to, then);
    s.place = to;
    temper_gibbs_sweep(r.g, &s, 1);
    for (int k = 0; k < C; k++) CHECK(log_w[k] == 3 + (then[k] - now[k]), "chain %d: %g", k, log_w[k]);
    CHECK(memcmp(a.state, s.state, a.bytes) == 0 && a.clock == s.clock && a.place.beta == 0.6, "the sweep");
    gibbs_flock_free(&a), gibbs_flock_free(&s), gibbs_rig_free(&r);
}

/* With weights and without, of fewer chains than there are. */
static void statistics(void) {
    enum { V = 23, H = 19, C = 70, N = 41, P = V * H + V + H };
    static float stat[P], weighted[P];
    double truth[2][P], weight[C];
    gibbs_rig r = gibbs_rig_of(V, H, 0.4, 25);
    temper_flock f = gibbs_flock(&r, C, 9);
    temper_gibbs_sweep(r.g, &f, 3);
    for (int k = 0; k < P; k++) stat[k] = weighted[k] = 0.5F, truth[0][k] = truth[1][k] = 0.5;
    for (int k = 0; k < N; k++) {
        float v[V];
        weight[k] = 0.1 + k % 3;
        temper_gibbs_read(r.g, &f, k, v);
        for (int t = 0; t < 2; t++) {
            const double by = 0.02 * (t ? weight[k] : 1);
            for (int i = 0; i < V; i++) truth[t][V * H + i] += by * v[i];
            for (int j = 0; j < H; j++) {
                double p = logistic(hidden_field(&r, v, j));
                truth[t][V * H + V + j] += by * p;
                for (int i = 0; i < V; i++) truth[t][i * H + j] += by * p * v[i];
            }
        }
    }
    temper_gibbs_statistics(r.g, &f, N, NULL, 0.02, stat);
    temper_gibbs_statistics(r.g, &f, N, weight, 0.02, weighted);
    for (int k = 0; k < P; k++) CHECK_NEAR(stat[k], truth[0][k], 5e-5);
    for (int k = 0; k < P; k++) CHECK_NEAR(weighted[k], truth[1][k], 1e-4);
    gibbs_flock_free(&f), gibbs_rig_free(&r);
}

static void features(void) {
    enum { V = 40, H = 21, C = 35 };
    static float out[C * H];
    gibbs_rig r = gibbs_rig_of(V, H, 1, 26);
    temper_flock f = gibbs_flock(&r, C, 10);
    temper_gibbs_features(r.g, &f, out);
    for (int k = 0; k < C; k++) {
        float v[V];
        temper_gibbs_read(r.g, &f, k, v);
        for (int j = 0; j < H; j++) CHECK_NEAR(out[k * H + j], logistic(hidden_field(&r, v, j)), 2e-4);
    }
    gibbs_flock_free(&f), gibbs_rig_free(&r);
}

/* The fused update against the same made of statistics, plain and centred, with penalties. */
static void updates(void) {
    enum { V = 90, H = 33, C = 50, P = V * H + V + H };
    static float X[C * V], d[P], m[P], before[P];
    gibbs_rows(X, C, V, 0.3, 27);
    for (int centred = 0; centred < 2; centred++) {
        gibbs_rig r = gibbs_rig_of(V, H, 0.2, 27);
        temper_flock data = gibbs_flock(&r, C, 11), model = gibbs_flock(&r, C, 12);
        const temper_stride stride = {0.1, 0.01, 0.03, centred};
        gibbs_fill(&r, &data, X);
        temper_gibbs_sweep(r.g, &model, 2);
        memset(d, 0, sizeof d), memset(m, 0, sizeof m), memcpy(before, r.theta, sizeof before);
        temper_gibbs_statistics(r.g, &data, C, NULL, 1.0 / C, d);
        temper_gibbs_statistics(r.g, &model, C, NULL, 1.0 / C, m);
        CHECK_OK(temper_gibbs_learn(r.g, &data, &model, r.theta, &stride));
        double gain_b[V], gain_c[H], row[V] = {0}, column[H] = {0};
        const float *mu = d + V * H, *lambda = mu + V;
        for (int i = 0; i < V; i++) gain_b[i] = (double)mu[i] - (double)m[V * H + i];
        for (int j = 0; j < H; j++) gain_c[j] = (double)lambda[j] - (double)m[V * H + V + j];
        for (int i = 0; i < V; i++)
            for (int j = 0; j < H; j++) {
                double g = (double)d[i * H + j] - (double)m[i * H + j], w = before[i * H + j];
                if (centred) g -= gain_b[i] * (double)lambda[j] + (double)mu[i] * gain_c[j];
                row[i] += centred ? g * (double)lambda[j] : 0, column[j] += centred ? g * (double)mu[i] : 0;
                CHECK_NEAR(r.theta[i * H + j],
                           w + 0.1 * (g -
                                      0.01 * (w > 0   ? 1
                                              : w < 0 ? -1
                                                      : 0) -
                                      0.03 * w),
                           1e-6);
            }
        for (int i = 0; i < V; i++)
            CHECK_NEAR(r.theta[V * H + i], (double)before[V * H + i] + 0.1 * (gain_b[i] - row[i]), 1e-6);
        for (int j = 0; j < H; j++)
            CHECK_NEAR(r.theta[V * H + V + j], (double)before[V * H + V + j] + 0.1 * (gain_c[j] - column[j]),
                       1e-6);
        gibbs_flock_free(&data), gibbs_flock_free(&model), gibbs_rig_free(&r);
    }
}

static void swaps_and_edits(void) {
    enum { V = 70 };
    gibbs_rig r = gibbs_rig_of(V, 9, 0.5, 28);
    temper_flock a = gibbs_flock(&r, 40, 13), d = gibbs_flock(&r, 70, 14);
    float x[V], y[V], z[V];
    temper_gibbs_read(r.g, &a, 39, x), temper_gibbs_read(r.g, &d, 66, y);
    temper_gibbs_swap(r.g, &a, 39, &d, 66);
    temper_gibbs_read(r.g, &a, 39, z);
    CHECK(memcmp(y, z, sizeof z) == 0, "a has what d had");
    temper_gibbs_read(r.g, &d, 66, z);
    CHECK(memcmp(x, z, sizeof z) == 0, "and the other way round");
    /* a state that is written from outside and woken goes on as the one it was copied from */
    temper_flock copy = gibbs_flock(&r, 40, 13);
    temper_gibbs_sweep(r.g, &a, 3);
    temper_gibbs_sweep(r.g, &copy, 1);
    memcpy(copy.state, a.state, a.bytes), copy.clock = a.clock;
    temper_gibbs_wake(r.g, &copy);
    temper_gibbs_sweep(r.g, &a, 4), temper_gibbs_sweep(r.g, &copy, 4);
    CHECK(memcmp(copy.state, a.state, a.bytes) == 0, "after a copy");
    a.pinned = true;
    temper_gibbs_sweep(r.g, &a, 2);
    CHECK(memcmp(copy.state, a.state, a.bytes) == 0 && a.clock == copy.clock + 2, "pinned");
    gibbs_flock_free(&a), gibbs_flock_free(&d), gibbs_flock_free(&copy), gibbs_rig_free(&r);
}

static void refusals(void) {
    temper_gibbs *g;
    CHECK_FAILS(temper_gibbs_create(&g, 0, 3), TEMPER_BAD_OPTION, "1 ... 65535");
    CHECK_FAILS(temper_gibbs_create(&g, 3, 65536), TEMPER_BAD_OPTION, "65536 hidden");
    gibbs_rig r = gibbs_rig_of(5, 4, 1, 29);
    float kept = r.theta[7];
    r.theta[7] = NAN;
    CHECK_FAILS(temper_gibbs_refresh(r.g, r.theta), TEMPER_DIVERGED, "weight 7");
    r.theta[7] = 3000;
    CHECK_FAILS(temper_gibbs_refresh(r.g, r.theta), TEMPER_DIVERGED, "3000");
    r.theta[7] = kept;
    temper_flock data = gibbs_flock(&r, 6, 1), model = gibbs_flock(&r, 6, 2), more = gibbs_flock(&r, 7, 3);
    const temper_stride stride = {1e30, 0, 0, false}, mild = {0.1, 0, 0, false};
    CHECK_FAILS(temper_gibbs_learn(r.g, &data, &more, r.theta, &mild), TEMPER_BAD_OPTION,
                "6 rows and 7 chains");
    CHECK_FAILS(temper_gibbs_learn(r.g, &data, &model, r.theta, &stride), TEMPER_DIVERGED, "weight");
    gibbs_flock_free(&data), gibbs_flock_free(&model), gibbs_flock_free(&more), gibbs_rig_free(&r);
    temper_alloc_fail_at(1);
    CHECK_FAILS(temper_gibbs_create(&g, 5, 4), TEMPER_NO_MEMORY, "memory");
    CHECK(!g, "nothing is made");
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == 0, "%lld blocks are left", (long long)temper_alloc_live());
}

int main(void) {
    RUN(one_sweep_has_the_right_law);
    RUN(sweeps_keep_the_law);
    RUN(log_weights);
    RUN(climbs);
    RUN(statistics);
    RUN(features);
    RUN(updates);
    RUN(swaps_and_edits);
    RUN(refusals);
    return check_end();
}
