/* Sums over all states of units of two values, by division: half of the states has unit 0 low, half high, and so on down. A node of the tree over
 * k units hands up, of its 2^k states with weight w = exp(−E),
 *
 *     R = (Σ w;  of each of its units, the last one first: Σ w s_i and Σ w s_i s_j with the units after it)
 *
 * which is the sum of the R of its halves, one unit shorter, and a few products of its own unit. Fields are handed down. So a state costs a
 * bounded number of additions, however many pairs there are (Σ_k k²/2^k), and the order of sums is a tree. Two walks: the largest −E first. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/lateral.h"
#include "temper/parallel.h"

enum { DEEP = 16, MOST = 30, ROOM = 1 + DEEP * (DEEP + 1) / 2, SCORED = 20 };

static int64_t length_of(int k) { return 1 + (int64_t)k * (k + 1) / 2; }
static int64_t place_of(int rank) {
    return 1 + (int64_t)(rank - 1) * rank / 2;
} /* of the mean of the unit with rank−1 after it */

typedef struct { /* one chunk: units first … n−1 walk, those before are fixed */
    const temper_pairwise *of;
    int first;
    bool means;
    double most;                /* largest −E */
    double x[DEEP + 1][DEEP];   /* fields of units first … n−1 at each depth */
    double half[DEEP][2][ROOM]; /* R of the halves of the node at each depth */
} walk;

/* Fields after unit `first + d` took the value v. */
static void hand_down(walk *w, int d, double v) {
    const temper_pairwise *of = w->of;
    const double *J = of->J + (int64_t)(w->first + d) * of->n + w->first;
    for (int j = d + 1; j < of->n - w->first; j++) w->x[d + 1][j] = w->x[d][j] + v * J[j];
}

static double peak(walk *w, int d, double e) {
    const double low = e + w->of->low * w->x[d][d], high = e + w->of->high * w->x[d][d];
    if (d + 1 >= w->of->n - w->first) return low > high ? low : high;
    hand_down(w, d, w->of->low);
    double a = peak(w, d + 1, low);
    hand_down(w, d, w->of->high);
    double b = peak(w, d + 1, high);
    return a > b ? a : b;
}

/* R of the node at depth d, whose units before give −E = e. */
static void sum(walk *w, int d, double e, double *R) {
    const int rank = w->of->n - w->first - d;
    const double v[2] = {w->of->low, w->of->high};
    double(*half)[ROOM] = w->half[d];
    for (int b = 0; b < 2; b++) {
        double deeper = e + v[b] * w->x[d][d];
        if (rank == 1) {
            half[b][0] = temper_exp(deeper - w->most);
        } else {
            hand_down(w, d, v[b]);
            sum(w, d + 1, deeper, half[b]);
        }
    }
    const int64_t shared = w->means ? length_of(rank - 1) : 1;
    for (int64_t k = 0; k < shared; k++) R[k] = half[0][k] + half[1][k];
    if (!w->means) return;
    double *own = R + place_of(rank);
    own[0] = v[0] * half[0][0] + v[1] * half[1][0];
    for (int r = 1; r < rank; r++) own[r] = v[0] * half[0][place_of(r)] + v[1] * half[1][place_of(r)];
}

typedef struct {
    const temper_pairwise *of;
    int first;
    bool means;
    int64_t length;
    double *most, *R; /* [chunks], [chunks][length] */
} tree;

static double value(const temper_pairwise *of, int64_t chunk, int i) {
    return chunk >> i & 1 ? of->high : of->low;
}

static temper_status sum_chunk(void *context, int64_t chunk) {
    const tree *t = context;
    const temper_pairwise *of = t->of;
    walk *w = temper_alloc(1, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    w->of = of, w->first = t->first, w->means = t->means;
    double e = 0;
    for (int j = t->first; j < of->n; j++) w->x[0][j - t->first] = of->h[j];
    for (int i = 0; i < t->first; i++) { /* pairs of fixed units i > k, then fixed with walking ones */
        double v = value(of, chunk, i), field = of->h[i];
        for (int k = 0; k < i; k++) field += of->J[(int64_t)i * of->n + k] * value(of, chunk, k);
        e += v * field;
        for (int j = t->first; j < of->n; j++) w->x[0][j - t->first] += v * of->J[(int64_t)i * of->n + j];
    }
    w->most = peak(w, 0, e);
    sum(w, 0, e, t->R + chunk * t->length);
    t->most[chunk] = w->most;
    temper_release(w);
    return TEMPER_OK;
}

/* Means of a chunk of weight `factor`, in units of the largest of all. */
static void add_chunk(const tree *t, int64_t chunk, double factor, double *mean, double *product) {
    const int n = t->of->n, first = t->first;
    const double *R = t->R + chunk * t->length;
    for (int i = 0; i < first; i++) {
        double v = value(t->of, chunk, i) * factor;
        mean[i] += v * R[0];
        for (int k = i + 1; k < first; k++) product[i * n + k] += v * value(t->of, chunk, k) * R[0];
        for (int j = first; j < n; j++) product[i * n + j] += v * R[place_of(n - j)];
    }
    for (int j = first; j < n; j++) {
        const double *own = R + place_of(n - j);
        mean[j] += factor * own[0];
        for (int r = 1; r < n - j; r++) product[j * n + n - r] += factor * own[r];
    }
}

static void join(const tree *t, int64_t chunks, double *log_z, double *mean, double *product) {
    const int64_t n = t->of->n;
    double most = t->most[0], Z = 0;
    for (int64_t c = 1; c < chunks; c++)
        if (t->most[c] > most) most = t->most[c];
    if (mean)
        memset(mean, 0, (size_t)n * sizeof *mean), memset(product, 0, (size_t)(n * n) * sizeof *product);
    for (int64_t c = 0; c < chunks; c++) {
        double factor = temper_exp(t->most[c] - most);
        Z += factor * t->R[c * t->length];
        if (mean) add_chunk(t, c, factor, mean, product);
    }
    *log_z = most + temper_log(Z);
    for (int64_t i = 0; mean && i < n; i++) mean[i] /= Z;
    for (int64_t k = 0; mean && k < n * n; k++) product[k] /= Z;
}

temper_status temper_pairwise_sum(const temper_pairwise *of, double *log_z, double *mean, double *product) {
    if (of->n > MOST)
        return temper_fail(TEMPER_CANNOT, "boltzmann: 2^%d states are too many for an exact sum; legal: 2^%d",
                           of->n, MOST);
    tree t = {.of = of, .first = of->n > DEEP ? of->n - DEEP : 0, .means = mean != NULL};
    const int64_t chunks = (int64_t)1 << t.first;
    t.length = mean ? length_of(of->n - t.first) : 1;
    t.most = temper_alloc((size_t)chunks, sizeof *t.most);
    t.R = temper_alloc((size_t)(chunks * t.length), sizeof *t.R);
    temper_status bad = t.most && t.R ? temper_parallel(chunks, sum_chunk, &t) : TEMPER_NO_MEMORY;
    if (!bad) join(&t, chunks, log_z, mean, product);
    temper_release(t.most);
    temper_release(t.R);
    return bad;
}

/* ---- of a machine ------------------------------------------------------------------------------------------------ */

/* Couplings and fields of units first … n−1 times `factor`. */
static void lay(const temper_lateral *m, int64_t first, double factor, double *J, double *h) {
    const int64_t n = m->n - first;
    memset(J, 0, (size_t)(n * n) * sizeof *J);
    for (int64_t i = first; i < m->n; i++) {
        h[i - first] = factor * (double)m->h[i];
        for (int64_t k = m->start[i]; k < m->end[i]; k++)
            if (m->to[k] >= first) J[(i - first) * n + m->to[k] - first] = factor * (double)m->J[k];
    }
}

temper_status temper_lateral_exact(const temper_lateral *m, double beta, double *log_z, double *stat,
                                   double *energy) {
    if (m->n > MOST)
        return temper_fail(TEMPER_CANNOT,
                           "boltzmann: 2^%lld states are too many for an exact sum; legal: 2^%d",
                           (long long)m->n, MOST);
    const size_t n = (size_t)m->n;
    double *room = temper_alloc(2 * n * n + 2 * n, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    double *J = room, *product = J + n * n, *h = product + n * n, *mean = h + n;
    const bool means = stat || energy;
    lay(m, 0, beta / m->T, J, h);
    const temper_pairwise of = {(int)m->n, m->spin ? -1 : 0, 1, J, h};
    temper_status bad = temper_pairwise_sum(&of, log_z, means ? mean : NULL, means ? product : NULL);
    double E = 0;
    for (int64_t i = 0; means && !bad && i < m->n; i++) {
        for (int64_t k = m->above[i]; k < m->end[i]; k++) {
            double c = product[i * m->n + m->to[k]] / m->T;
            if (stat) stat[m->pair[k]] = c;
            E -= (double)m->J[k] * c;
        }
        if (stat) stat[m->pairs + i] = mean[i] / m->T;
        E -= (double)m->h[i] * mean[i] / m->T;
    }
    if (energy) *energy = E;
    temper_release(room);
    return bad;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const temper_lateral *m;
    const temper_rows_view *rows;
    const double *J; /* [H][H] of the hidden units, over T */
    double *out;
} scoring;

/* ln (e^{v₀ x} + e^{v₁ x}) */
static double log_two(bool spin, double x) {
    double a = fabs(x);
    return spin ? a + temper_log1p(temper_exp(-2 * a)) : (x > 0 ? x : 0) + temper_log1p(temper_exp(-a));
}

/* −E of the visible units alone, and the fields that they leave to the hidden ones. */
static double rest_fields(const temper_lateral *m, const float *v, double *h) {
    double e = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double x = (double)m->h[i];
        for (int64_t k = m->start[i]; k < m->end[i]; k++)
            if (m->to[k] < (i < m->V ? i : m->V)) x += (double)m->J[k] * (double)v[m->to[k]];
        if (i < m->V)
            e += x / m->T * (double)v[i];
        else
            h[i - m->V] = x / m->T;
    }
    return e;
}

static temper_status score_row(void *context, int64_t r) {
    const scoring *s = context;
    const temper_lateral *m = s->m;
    const int64_t H = m->n - m->V;
    double *h = temper_alloc((size_t)H, sizeof *h), log_z = 0;
    if (!h) return TEMPER_NO_MEMORY;
    double e = rest_fields(m, s->rows->X + r * s->rows->columns, h);
    temper_status bad = TEMPER_OK;
    if (m->apart) {
        for (int64_t j = 0; j < H; j++) log_z += log_two(m->spin, h[j]);
    } else {
        const temper_pairwise of = {(int)H, m->spin ? -1 : 0, 1, s->J, h};
        bad = temper_pairwise_sum(&of, &log_z, NULL, NULL);
    }
    s->out[r] = e + log_z;
    temper_release(h);
    return bad;
}

temper_status temper_lateral_score(const temper_lateral *m, const temper_rows_view *rows, double *out) {
    const int64_t H = m->n - m->V;
    if (!m->apart && H > SCORED)
        return temper_fail(TEMPER_CANNOT,
                           "boltzmann: %lld hidden units that are coupled cannot be summed out of a row; "
                           "legal: at most %d",
                           (long long)H, SCORED);
    const size_t kept = m->apart ? 0 : (size_t)H;
    double *J = temper_alloc(kept * kept, sizeof *J), *h = temper_alloc(kept, sizeof *h);
    temper_status bad = J && h ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        if (kept) lay(m, m->V, 1 / m->T, J, h);
        scoring s = {m, rows, J, out};
        bad = temper_parallel(rows->n, score_row, &s);
    }
    temper_release(J);
    temper_release(h);
    return bad;
}
