/* At fixed means m of all units, the free energy of units coupled by αW expands around α = 0 in the cumulants of the single units
 * (Plefka 1982; Georges and Yedidia 1991). In a bipartite machine no three units form a triangle, so with the variance κ2(m) and the
 * third cumulant κ3(m) of one unit of mean m and entropy S(m)
 *
 *     ln Z ≈ Σ_i [S(m_i) + b_i m_i] + Σ_j [S(m_j) + c_j m_j] + Σ W m_i m_j + ½ Σ W² κ2_i κ2_j + ⅙ Σ W³ κ3_i κ3_j,
 *
 * stationary in every m. The three terms in W are the three orders. Cumulants and their slopes κ2', κ3':
 *     0, 1:   κ2 = m(1 − m)   κ3 = m(1 − m)(1 − 2m)   κ2' = 1 − 2m   κ3' = 1 − 6m(1 − m)
 *     −1, 1:  κ2 = 1 − m²     κ3 = −2m(1 − m²)        κ2' = −2m      κ3' = 6m² − 2
 * (Gabrié, Tramel and Krzakala 2015 write the third order of 0/1 units as ⅔ W³ κ2_i κ2_j (½ − m_i)(½ − m_j): the same.)
 * Stationary means: m_i = the mean of a unit in the field b_i + Σ_j W m_j + ½ κ2'_i Σ_j W² κ2_j + ⅙ κ3'_i Σ_j W³ κ3_j. Since S'' = −1/κ2
 * the solutions are those of the layers in turn: all hidden means from the visible ones, then all visible means. */
#include "core/plefka.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/unit_law.h"
#include "temper/parallel.h"

temper_plefka_how temper_plefka_usual(int order) { return (temper_plefka_how){order, 0.5, 1e-10, 10000}; }

typedef struct {
    double mean, variance, skew; /* κ1, κ2, κ3 */
} cumulants;

typedef struct { /* a layer, with the couplings row by row of the other one */
    temper_unit unit;
    int64_t n;
    const float *field; /* [n] */
    const float *in;    /* [units of the other layer][n] */
    double *m;          /* [n] */
    cumulants *of;      /* [n] */
    double *sum[3];     /* [n] each: Σ W m, Σ W² κ2, Σ W³ κ3 over the other layer */
} side;

typedef struct {
    const temper_two_layers *of;
    const temper_plefka_how *how;
    int64_t n;
    double *m; /* [n][V + H] */
    temper_plefka_result *result;
    float *turned; /* [H][V] */
    double *scratch;
    size_t scratch_each;
} plefka;

static cumulants cumulants_of(temper_unit unit, double m) {
    if (unit == TEMPER_SPIN) return (cumulants){m, (1 - m) * (1 + m), -2 * m * (1 - m) * (1 + m)};
    return (cumulants){m, m * (1 - m), m * (1 - m) * (1 - 2 * m)};
}

static double x_ln_x(double x) { return x > 0 ? x * temper_log(x) : 0; }

static double entropy(temper_unit unit, double m) {
    if (unit == TEMPER_SPIN) return -x_ln_x(0.5 * (1 + m)) - x_ln_x(0.5 * (1 - m));
    return -x_ln_x(m) - x_ln_x(1 - m);
}

static void refresh(side *s) {
    for (int64_t k = 0; k < s->n; k++) s->of[k] = cumulants_of(s->unit, s->m[k]);
}

/* The three sums over the other layer, in its order. */
static void gather(side *to, const side *from, int order) {
    for (int power = 0; power < order; power++) memset(to->sum[power], 0, (size_t)to->n * sizeof(double));
    for (int64_t i = 0; i < from->n; i++) {
        const float *row = to->in + i * to->n;
        double m = from->of[i].mean, variance = from->of[i].variance, skew = from->of[i].skew;
        double *first = to->sum[0], *second = to->sum[1], *third = to->sum[2];
        for (int64_t j = 0; j < to->n; j++) {
            double w = row[j];
            first[j] += w * m;
            if (order > 1) second[j] += w * w * variance;
            if (order > 2) third[j] += w * w * w * skew;
        }
    }
}

/* One damped step of a layer; the largest distance of a mean from what its equation asks. */
static double turn(side *s, const side *other, const temper_plefka_how *how) {
    double residual = 0;
    gather(s, other, how->order);
    for (int64_t k = 0; k < s->n; k++) {
        double m = s->m[k], x = s->field[k] + s->sum[0][k], to;
        bool spin = s->unit == TEMPER_SPIN;
        if (how->order > 1) x += 0.5 * (spin ? -2 * m : 1 - 2 * m) * s->sum[1][k];
        if (how->order > 2) x += (spin ? 6 * m * m - 2 : 1 - 6 * m * (1 - m)) * s->sum[2][k] / 6;
        temper_unit_law(s->unit, 1, 1, &x, &to);
        double off = fabs(to - m);
        if (!(off <= residual)) residual = off; /* NaN stays */
        s->m[k] = how->damping * m + (1 - how->damping) * to;
    }
    refresh(s);
    return residual;
}

static double layer_alone(const side *s) {
    double sum = 0;
    for (int64_t k = 0; k < s->n; k++) sum += entropy(s->unit, s->m[k]) + (double)s->field[k] * s->m[k];
    return sum;
}

static double log_z(const side *v, side *h, int order) {
    double sum = layer_alone(v) + layer_alone(h);
    gather(h, v, order);
    for (int64_t j = 0; j < h->n; j++) {
        sum += h->sum[0][j] * h->of[j].mean;
        if (order > 1) sum += 0.5 * h->sum[1][j] * h->of[j].variance;
        if (order > 2) sum += h->sum[2][j] * h->of[j].skew / 6;
    }
    return sum;
}

static side side_of(temper_unit unit, int64_t n, const float *field, const float *in, double *m) {
    return (side){.unit = unit, .n = n, .field = field, .in = in, .m = m};
}

static void place(side *s, double **at) {
    for (int power = 0; power < 3; power++, *at += s->n) s->sum[power] = *at;
    s->of = (cumulants *)*at;
    *at += 3 * s->n;
}

static temper_status solve(void *context, int64_t i) {
    const plefka *p = context;
    const temper_two_layers *of = p->of;
    double *m = p->m + i * (of->V + of->H), *at = p->scratch + (size_t)i * p->scratch_each,
           residual = INFINITY;
    side v = side_of(of->visible, of->V, of->b, p->turned, m),
         h = side_of(of->hidden, of->H, of->c, of->W, m + of->V);
    int64_t turns = 0;
    place(&v, &at), place(&h, &at);
    refresh(&v), refresh(&h);
    while (turns < p->how->most && !(residual <= p->how->tolerance) && residual == residual) {
        double hidden = turn(&h, &v, p->how), visible = turn(&v, &h, p->how);
        residual = hidden > visible || hidden != hidden ? hidden : visible;
        turns++;
    }
    p->result[i] =
        (temper_plefka_result){log_z(&v, &h, p->how->order), residual, turns, residual <= p->how->tolerance};
    return TEMPER_OK;
}

/* ∂ ln Z/∂W, ∂b, ∂c at the solutions: ln Z is stationary in the means, so only what stands there explicitly counts. */
static void statistics(const plefka *p, double *stat) {
    const temper_two_layers *of = p->of;
    int64_t V = of->V, H = of->H, order = p->how->order;
    memset(stat, 0, (size_t)(V * H + V + H) * sizeof *stat);
    for (int64_t s = 0; s < p->n; s++) {
        const double *m = p->m + s * (V + H);
        for (int64_t k = 0; k < V + H; k++) stat[V * H + k] += m[k] / (double)p->n;
        for (int64_t i = 0; i < V; i++) {
            cumulants v = cumulants_of(of->visible, m[i]);
            for (int64_t j = 0; j < H; j++) {
                cumulants h = cumulants_of(of->hidden, m[V + j]);
                double w = of->W[i * H + j], sum = v.mean * h.mean;
                if (order > 1) sum += w * v.variance * h.variance;
                if (order > 2) sum += 0.5 * w * w * v.skew * h.skew;
                stat[i * H + j] += sum / (double)p->n;
            }
        }
    }
}

static temper_status check(const temper_two_layers *of, const temper_plefka_how *how, int64_t n) {
    bool plain = (of->visible == TEMPER_BINARY || of->visible == TEMPER_SPIN) &&
                 (of->hidden == TEMPER_BINARY || of->hidden == TEMPER_SPIN);
    if (!plain)
        return temper_fail(TEMPER_CANNOT, "mean field: units are %s and %s; it knows binary and spin units",
                           temper_unit_name(of->visible), temper_unit_name(of->hidden));
    if (how->order < 1 || how->order > 3)
        return temper_fail(TEMPER_BAD_OPTION, "mean field: order=%d is outside 1 ... 3", how->order);
    if (!(how->damping >= 0 && how->damping < 1) || how->most < 1 || n < 1)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "mean field: damping=%g, iterations=%lld, starts=%lld; they are in [0, 1), 1 and more, 1 and "
            "more",
            how->damping, (long long)how->most, (long long)n);
    if (!temper_two_layers_finite(of))
        return temper_fail(TEMPER_DIVERGED, "mean field: a parameter of the machine is not finite");
    return TEMPER_OK;
}

/* Means without couplings. */
static void rest(const temper_two_layers *of, double *m) {
    for (int64_t k = 0; k < of->V + of->H; k++) {
        double x = k < of->V ? of->b[k] : of->c[k - of->V];
        temper_unit_law(k < of->V ? of->visible : of->hidden, 1, 1, &x, m + k);
    }
}

temper_status temper_plefka(const temper_two_layers *of, const temper_plefka_how *how, int64_t n, double *m,
                            temper_plefka_result *result, double *stat) {
    plefka p = {.of = of, .how = how, .n = m ? n : 1, .m = m, .result = result};
    size_t units = (size_t)(of->V + of->H), couplings = (size_t)(of->V * of->H);
    temper_status bad = check(of, how, p.n);
    if (bad) return bad;
    p.scratch_each = 6 * units;
    size_t doubles = (size_t)p.n * p.scratch_each + (m ? 0 : units);
    double *block = temper_alloc(doubles + (couplings + 1) / 2, sizeof *block);
    if (!block) return TEMPER_NO_MEMORY;
    p.scratch = block;
    if (!m) rest(of, p.m = block + (size_t)p.n * p.scratch_each);
    p.turned = (float *)(block + doubles);
    for (int64_t i = 0; i < of->V; i++)
        for (int64_t j = 0; j < of->H; j++) p.turned[j * of->V + i] = of->W[i * of->H + j];
    bad = temper_parallel(p.n, solve, &p);
    if (!bad && stat) statistics(&p, stat);
    temper_release(block);
    return bad;
}
