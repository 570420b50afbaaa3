/* Saddles that are known, the index against the whole Hessian, and the way down. */
#include <stdlib.h>
#include "base/memory.h"
#include "num/eigen.h"
#include "path_rig.h"
#include "temper/parallel.h"
#include "temper/path.h"

static temper_landscape *of(const temper_potential *potential) {
    temper_landscape *l = NULL;
    CHECK_OK(temper_landscape_of_potential(&l, potential));
    return l;
}

/* ---- on the plane ---- */

static void muller_brown(void) {
    temper_landscape *l = of(&brown_potential);
    for (int k = 0; k < 4; k++) {
        const double *truth = brown_saddle[k / 2];
        double r[2] = {truth[0] + (k % 2 ? 0.06 : -0.05), truth[1] + 0.04};
        temper_saddle s;
        CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, r, &s));
        CHECK(s.converged && s.index == 1 && s.counted, "slope %g, index %d", s.slope, (int)s.index);
        CHECK(s.descents > 0 && s.descents <= 20 && s.steps >= s.descents, "%d of %d steps", (int)s.descents,
              (int)s.steps);
        CHECK_NEAR(r[0], truth[0], 2e-6);
        CHECK_NEAR(r[1], truth[1], 2e-6);
        CHECK_NEAR(s.energy, truth[2], 1e-5);
        CHECK(s.slope <= 1e-9 * s.start_slope && s.moved > 0.01 && s.products > 0, "%g of %g", s.slope,
              s.start_slope);
        temper_saddle_clear(&s);
    }
    for (int k = 0; k < 3; k++) { /* minima are critical points as well */
        double r[2] = {brown_minimum[k][0] + 0.02, brown_minimum[k][1] - 0.02};
        temper_saddle s;
        CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, r, &s));
        CHECK(s.converged && s.index == 0 && s.lowest > 0, "index %d, lowest %g", (int)s.index, s.lowest);
        CHECK_NEAR(s.energy, brown_minimum[k][2], 1e-5);
        temper_saddle_clear(&s);
    }
    temper_landscape_free(l);
}

/* Down from each saddle on both sides; the parabola holds near it. */
static void down_from_a_saddle(void) {
    temper_landscape *l = of(&brown_potential);
    for (int k = 0; k < 2; k++) {
        double r[2] = {brown_saddle[k][0], brown_saddle[k][1]};
        temper_saddle s;
        temper_fall f;
        CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, r, &s));
        CHECK_OK(temper_fall_along(l, r, s.vector, s.lowest, 0.5, NULL, &f));
        CHECK(f.falls[0] && f.falls[1] && f.best_change < -1 && f.lambda < 0 && fabs(f.along) < 1e-6,
              "%g at %g", f.best_change, f.best_alpha);
        int tried = 0;
        for (int i = 0; i < TEMPER_FALL_POINTS; i++)
            if (fabs(f.alpha[i]) < 0.005 && fabs(f.expected[i]) > 1e-9) {
                CHECK_NEAR(f.change[i], f.expected[i], 0.1 * fabs(f.expected[i]));
                tried++;
            }
        CHECK(tried > 6, "%d points", tried);
        temper_saddle_clear(&s);
    }
    temper_landscape_free(l);
}

/* U = x³ − 3xy² + e(x² + y²): a minimum at 0 among three saddles at distance 2e/3; for e = 0 they meet in the monkey's saddle, where H = 0. */
static double monkey_e;
static double monkey_slope(const void *self, const temper_look *look, const double *r, double *g) {
    const double x = r[0], y = r[1], e = monkey_e;
    (void)self, (void)look;
    g[0] = 3 * x * x - 3 * y * y + 2 * e * x, g[1] = -6 * x * y + 2 * e * y;
    return x * x * x - 3 * x * y * y + e * (x * x + y * y);
}
static double monkey_energy(const void *self, const temper_look *look, const double *r) {
    double g[2];
    return monkey_slope(self, look, r, g);
}
static double monkey_curve(const void *self, const temper_look *look, const double *r, const double *v,
                           double *g, double *Hv) {
    const double a = 6 * r[0], b = -6 * r[1], e = 2 * monkey_e;
    Hv[0] = (a + e) * v[0] + b * v[1], Hv[1] = b * v[0] + (e - a) * v[1];
    return monkey_slope(self, look, r, g);
}
static const temper_potential_type monkey_type = {.about = {.name = "monkey"},
                                                  .dim = two,
                                                  .energy = monkey_energy,
                                                  .slope = monkey_slope,
                                                  .curve = monkey_curve};
static const temper_potential monkey = {
    .type = &monkey_type, .dim = 2, .samples = 1, .batches = 1, .scratch = 8};

static void monkeys(void) {
    temper_landscape *l = of(&monkey);
    temper_saddle s;
    double r[2] = {-0.8, 0.1}, q[2] = {0.3, 0.7};
    monkey_e = 1;
    CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, r, &s));
    CHECK_NEAR(r[0], -2. / 3, 1e-8);
    CHECK_NEAR(r[1], 0, 1e-8);
    CHECK(s.converged && s.index == 1 && s.level == 0, "index %d", (int)s.index);
    CHECK_NEAR(s.lowest, -2, 1e-7);
    CHECK_NEAR(s.highest, 6, 1e-7);
    temper_saddle_clear(&s);
    CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, q, &s));
    CHECK_NEAR(hypot(q[0] - 1. / 3, q[1] - 1 / sqrt(3)), 0, 1e-8);
    CHECK(s.index == 1, "index %d", (int)s.index);
    temper_saddle_clear(&s);
    monkey_e = 0; /* Newton halves the distance each time */
    r[0] = 0.5, r[1] = 0.4;
    CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){.threshold = 1e-3}, NULL, r, &s));
    CHECK(s.converged && hypot(r[0], r[1]) < 1e-4 && s.index == 0 && s.level == 2,
          "(%g, %g): index %d, level %d", r[0], r[1], (int)s.index, (int)s.level);
    temper_saddle_clear(&s);
    temper_landscape_free(l);
}

/* φ = ½|∇u|² has a minimum where ∇u ≠ 0 and H∇u = 0: u = x + x³/3 has no critical point, and is stuck at 0. */
static double slide_slope(const void *self, const temper_look *look, const double *r, double *g) {
    (void)self, (void)look;
    g[0] = 1 + r[0] * r[0], g[1] = 2 * r[1];
    return r[0] + r[0] * r[0] * r[0] / 3 + r[1] * r[1];
}
static double slide_energy(const void *self, const temper_look *look, const double *r) {
    double g[2];
    return slide_slope(self, look, r, g);
}
static double slide_curve(const void *self, const temper_look *look, const double *r, const double *v,
                          double *g, double *Hv) {
    Hv[0] = 2 * r[0] * v[0], Hv[1] = 2 * v[1];
    return slide_slope(self, look, r, g);
}
static const temper_potential_type slide_type = {.about = {.name = "slide"},
                                                 .dim = two,
                                                 .energy = slide_energy,
                                                 .slope = slide_slope,
                                                 .curve = slide_curve};
static const temper_potential slide = {
    .type = &slide_type, .dim = 2, .samples = 1, .batches = 1, .scratch = 8};

static void stuck_is_told(void) {
    temper_landscape *l = of(&slide);
    temper_saddle s;
    double r[2] = {0.7, 0.3};
    CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, r, &s));
    CHECK(!s.converged && s.slope >= 1 && s.flat < 0.05, "slope %g, flat %g at (%g, %g)", s.slope, s.flat,
          r[0], r[1]);
    temper_saddle_clear(&s);
    temper_landscape_free(l);
}

/* ---- many coordinates: u = Σ λ_i x_i²/2 + Σ x_i⁴/4, index known ---- */

enum { MANY = 900 };
static int64_t downward;
static double level_of(int64_t i) {
    return i < downward ? -1 - 0.5 * (double)i / MANY : 0.5 + (double)i / MANY;
}
static int64_t many(const void *self) {
    (void)self;
    return MANY;
}
static double bowl_slope(const void *self, const temper_look *look, const double *x, double *g) {
    double u = 0;
    (void)self, (void)look;
    for (int64_t i = 0; i < MANY; i++) {
        g[i] = level_of(i) * x[i] + x[i] * x[i] * x[i];
        u += x[i] * x[i] * (level_of(i) / 2 + x[i] * x[i] / 4);
    }
    return u;
}
static double bowl_energy(const void *self, const temper_look *look, const double *x) {
    double g[MANY];
    return bowl_slope(self, look, x, g);
}
static double bowl_curve(const void *self, const temper_look *look, const double *x, const double *v,
                         double *g, double *Hv) {
    for (int64_t i = 0; i < MANY; i++) Hv[i] = (level_of(i) + 3 * x[i] * x[i]) * v[i];
    return bowl_slope(self, look, x, g);
}
static const temper_potential_type bowl_type = {
    .about = {.name = "bowl"}, .dim = many, .energy = bowl_energy, .slope = bowl_slope, .curve = bowl_curve};
static const temper_potential bowl = {
    .type = &bowl_type, .dim = MANY, .samples = 1, .batches = 1, .scratch = 8};

static void index_of_many(void) {
    temper_landscape *l = of(&bowl);
    double x[MANY];
    for (int few = 0; few < 2; few++) {
        temper_saddle s;
        downward = few ? 5 : 300;
        for (int64_t i = 0; i < MANY; i++)
            x[i] = 0.02 * temper_normal((temper_stream){7, 7}, TEMPER_FOR_TESTS, 0, i);
        CHECK_OK(temper_saddle_find(l, &(temper_saddle_plan){0}, NULL, x, &s));
        CHECK(s.converged && fabs(s.energy) < 1e-12, "energy %g, slope %g", s.energy, s.slope);
        CHECK(s.counted == few && (few ? s.index == 5 : s.index == 8), "index %d", (int)s.index);
        CHECK_NEAR(s.lowest, level_of(downward - 1), 1e-3);
        CHECK(s.low <= s.share && s.share <= s.high && s.low <= (double)downward / MANY &&
                  s.high >= (double)downward / MANY,
              "share %g, interval %g … %g; truth %g", s.share, s.low, s.high, (double)downward / MANY);
        temper_saddle_clear(&s);
    }
    temper_landscape_free(l);
}

/* ---- a small tanh network: 1-10-10-1, 141 parameters, in double ---- */

enum { N = 40, P = 141 };
typedef struct {
    float X[N];
    double t[N], theta[P];
    int64_t row[N];
    temper_samples data;
    temper_network *network;
    temper_landscape *l;
} tiny;

static void tiny_open(tiny *n) {
    memset(n, 0, sizeof *n);
    for (int i = 0; i < N; i++) {
        n->row[i] = i, n->X[i] = (float)(-1 + 2. * i / (N - 1));
        n->t[i] = sin(3 * (double)n->X[i]);
    }
    n->data = (temper_samples){.n = N, .features = 1, .X = n->X, .outputs = 1, .t = n->t};
    CHECK_OK(temper_network_create(&n->network, "mlp:10x10,activation=tanh",
                                   &(temper_network_io){.features = 1, .outputs = 1},
                                   &(temper_objective){.loss = TEMPER_SQUARED}));
    const temper_network_task task = {.network = n->network,
                                      .samples = &n->data,
                                      .row = n->row,
                                      .rows = N,
                                      .batch = N,
                                      .prior = 1,
                                      .init_scale = 1};
    CHECK_OK(temper_landscape_of_network(&n->l, &task, NULL, true));
    for (int64_t i = 0; i < P; i++)
        n->theta[i] = 0.5 * temper_normal((temper_stream){11, 2}, TEMPER_FOR_TESTS, 0, i);
}

static void tiny_close(tiny *n) {
    temper_landscape_free(n->l);
    temper_network_free(n->network);
}

static int64_t dense_index(tiny *n, const double *theta, double threshold, double *lowest) {
    static double H[P * P], value[P], work[P], unit[P];
    temper_operator *A = NULL;
    CHECK_OK(temper_landscape_operator(n->l, TEMPER_HESSIAN, theta, (temper_stream){0}, &A));
    for (int64_t i = 0; i < P && A; i++) {
        memset(unit, 0, sizeof unit);
        unit[i] = 1;
        CHECK_OK(temper_operator_apply(A, 1, unit, H + i * P));
    }
    temper_operator_free(A);
    int64_t index = 0;
    CHECK(temper_eigen_symmetric(P, H, value, work) == P, "eigenvalues");
    for (int64_t i = 0; i < P; i++) index += value[i] < -threshold;
    *lowest = value[P - 1];
    return index;
}

static void network(void) {
    tiny n;
    tiny_open(&n);
    temper_saddle s;
    temper_fall f;
    double lowest;
    CHECK(temper_landscape_dim(n.l) == P, "%d", (int)temper_landscape_dim(n.l));
    double theta[P];
    memcpy(theta, n.theta, sizeof theta);
    CHECK_OK(
        temper_saddle_find(n.l, &(temper_saddle_plan){.steps = 100, .tolerance = 1e-9}, NULL, theta, &s));
    printf(
        "  1-10-10-1: |g| %.3g → %.3g in %d steps, %d products; energy %.6g → %.6g, index %d, λ from %.4g to %.4g, flat %.2g\n",
        s.start_slope, s.slope, (int)s.steps, (int)s.products, s.start_energy, s.energy, (int)s.index,
        s.lowest, s.highest, s.flat);
    CHECK(s.converged && s.slope < 1e-9, "slope %g", s.slope);
    CHECK(s.index == dense_index(&n, theta, s.threshold, &lowest), "index %d", (int)s.index);
    CHECK_NEAR(s.lowest, lowest, 1e-8 * s.highest);
    CHECK(s.index > 0, "a saddle");
    CHECK_OK(temper_fall_along(n.l, theta, s.vector, s.lowest, 0, NULL, &f));
    CHECK(f.falls[0] && f.falls[1] && f.best_change < 0, "%g", f.best_change);
    int tried = 0;
    for (int i = 0; i < TEMPER_FALL_POINTS; i++)
        if (fabs(f.alpha[i]) < 1e-2 && fabs(f.expected[i]) > 1e-11) {
            CHECK_NEAR(f.change[i], f.expected[i], 0.1 * fabs(f.expected[i]));
            tried++;
        }
    CHECK(tried > 3, "%d", tried);
    temper_saddle_clear(&s);
    /* away from critical points the slope has its say: g·v α + λα²/2 */
    CHECK_OK(temper_saddle_look(n.l, &(temper_saddle_plan){0}, NULL, n.theta, &s));
    CHECK_OK(temper_fall_along(n.l, n.theta, s.vector, s.lowest, 0, NULL, &f));
    CHECK(fabs(f.along) > 1e-6 && s.lowest < 0, "g·v = %g", f.along);
    for (int i = 0; i < TEMPER_FALL_POINTS; i++)
        if (fabs(f.alpha[i]) < 1e-3 && f.alpha[i] != 0)
            CHECK_NEAR(f.change[i], f.expected[i], 0.1 * fabs(f.expected[i]) + 1e-12);
    temper_saddle_clear(&s);
    tiny_close(&n);
}

static void bits_and_memory(void) {
    tiny n;
    tiny_open(&n);
    double first[P], theta[P];
    const temper_saddle_plan plan = {.steps = 6, .descents = 3};
    temper_saddle s;
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        memcpy(theta, n.theta, sizeof theta);
        CHECK_OK(temper_saddle_find(n.l, &plan, NULL, theta, &s));
        if (threads == 1) memcpy(first, theta, sizeof first);
        CHECK(!memcmp(first, theta, sizeof first), "%d threads", threads);
        temper_saddle_clear(&s);
    }
    temper_threads(0);
    temper_landscape *l = of(&brown_potential);
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        double r[2] = {-0.8, 0.6}, v[2] = {1, 0};
        temper_fall f;
        temper_alloc_fail_at(k);
        temper_status bad = temper_saddle_find(l, &plan, NULL, r, &s);
        if (!bad) temper_saddle_clear(&s);
        if (!bad) bad = temper_fall_along(l, r, v, -1, 0, NULL, &f);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "allocation %d: %d blocks left", (int)k,
              (int)(temper_alloc_live() - live));
        if (!reached || check_bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: %d", (int)k, bad);
    }
    int stop = 1;
    double r[2] = {-0.8, 0.6};
    CHECK_FAILS(temper_saddle_find(l, &plan, &(temper_errand){.stop = &stop}, r, &s), TEMPER_STOPPED, "");
    CHECK(r[0] == -0.8 && !s.vector, "moved");
    temper_landscape_free(l);
    tiny_close(&n);
}

int main(void) {
    RUN(muller_brown);
    RUN(down_from_a_saddle);
    RUN(monkeys);
    RUN(stuck_is_told);
    RUN(index_of_many);
    RUN(network);
    RUN(bits_and_memory);
    return check_end();
}
