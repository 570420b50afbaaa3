/* Sums over all q^V states, by division: the states are split by the state of the first unit, then of the second, and so on. A node of this
 * tree with k units below hands up, of its q^k states with weight w = exp(−E),
 *
 *     R = (Σ w;  of each of its units, the last one first:  Σ w [x_i = a]  and  Σ w [x_i = a][x_j = b] with every unit j after it),
 *
 * the sum of the R of its q parts plus what its own unit adds, which is a copy of those parts. So the work per state does not grow with V, and
 * the order of sums is a tree. Weights are taken relative to the largest of the chunk. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/potts.h"
#include "temper/parallel.h"

static const double LOG2_MOST = 30;
enum { CHUNKS_MOST = 1 << 12, CHUNKS_WANTED = 64 };

typedef struct {
    int64_t V, q, first; /* units before `first` are fixed in a chunk */
    bool coupled, means;
    const double *J, *h; /* slab order J[i][j][b][a], times β */
    int64_t chunks, length;
    double *most, *R; /* [chunks], [chunks][length] */
    int8_t *fixed;    /* [chunks][first] */
} tree;

typedef struct {
    const tree *t;
    double most;
    double *field; /* [V − first + 1][V][q] by depth */
    double *part;  /* [V − first][length] */
} walk;

/* Length of R with k units, and the place of the entries of the unit with k − 1 after it. */
static int64_t length_of(const tree *t, int64_t k) {
    return 1 + k * t->q + (t->coupled ? k * (k - 1) / 2 * t->q * t->q : 0);
}

static void hand_down(const walk *w, int64_t i, int64_t a) {
    const tree *t = w->t;
    const int64_t V = t->V, q = t->q, d = i - t->first;
    const double *from = w->field + d * V * q;
    double *to = w->field + (d + 1) * V * q;
    for (int64_t j = i + 1; j < V; j++) {
        const double *J = t->J + ((j * V + i) * q + a) * q;
        for (int64_t b = 0; b < q; b++) to[j * q + b] = from[j * q + b] + (t->coupled ? J[b] : 0);
    }
}

static double peak(walk *w, int64_t i, double gain) {
    const tree *t = w->t;
    const double *x = w->field + (i - t->first) * t->V * t->q + i * t->q;
    double most = -INFINITY;
    for (int64_t a = 0; a < t->q; a++) {
        double here = gain + x[a];
        if (i + 1 < t->V) hand_down(w, i, a), here = peak(w, i + 1, here);
        if (here > most) most = here;
    }
    return most;
}

/* R of the node before unit i. Entries of unit i: q of its own, then [j][a][b] for j = i + 1 … V − 1. */
static void sum(walk *w, int64_t i, double gain, double *R) {
    const tree *t = w->t;
    const int64_t q = t->q, below = t->V - i - 1, shared = t->means ? length_of(t, below) : 1;
    const double *x = w->field + (i - t->first) * t->V * q + i * q;
    double *part = w->part + (i - t->first) * t->length, *own = R + length_of(t, below);
    memset(R, 0, (size_t)shared * sizeof *R);
    for (int64_t a = 0; a < q; a++) {
        if (below == 0)
            part[0] = temper_exp(gain + x[a] - w->most);
        else
            hand_down(w, i, a), sum(w, i + 1, gain + x[a], part);
        for (int64_t k = 0; k < shared; k++) R[k] += part[k];
        if (!t->means) continue;
        own[a] = part[0];
        for (int64_t j = i + 1; t->coupled && j < t->V; j++)
            memcpy(own + q + ((j - i - 1) * q + a) * q, part + length_of(t, t->V - j - 1),
                   (size_t)q * sizeof *own);
    }
}

static temper_status sum_chunk(void *context, int64_t chunk) {
    const tree *t = context;
    const int64_t V = t->V, q = t->q, deep = V - t->first;
    const int8_t *fixed = t->fixed + chunk * t->first;
    walk w = {t, 0, temper_alloc((size_t)((deep + 1) * V * q), sizeof(double)),
              temper_alloc((size_t)(deep * t->length), sizeof(double))};
    double gain = 0;
    temper_status bad = w.field && w.part ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        memcpy(w.field, t->h, (size_t)(V * q) * sizeof(double));
        for (int64_t i = 0; i < t->first; i++) {
            gain += w.field[i * q + fixed[i]];
            for (int64_t j = i + 1; t->coupled && j < V; j++)
                for (int64_t b = 0; b < q; b++)
                    w.field[j * q + b] += t->J[((j * V + i) * q + fixed[i]) * q + b];
        }
        w.most = t->most[chunk] = peak(&w, t->first, gain);
        sum(&w, t->first, gain, t->R + chunk * t->length);
    }
    temper_release(w.field);
    temper_release(w.part);
    return bad;
}

static temper_status plant(tree *t, const temper_potts *m, const float *theta, double beta) {
    const int64_t V = t->V, q = t->q;
    double *J = temper_alloc((size_t)(m->coupled ? V * V * q * q : 1), sizeof *J);
    double *h = temper_alloc((size_t)(V * q), sizeof *h);
    t->J = J, t->h = h;
    t->most = temper_alloc((size_t)t->chunks, sizeof *t->most);
    t->R = temper_alloc((size_t)(t->chunks * t->length), sizeof *t->R);
    t->fixed = temper_alloc((size_t)(t->chunks * (t->first + 1)), 1);
    if (!J || !h || !t->most || !t->R || !t->fixed) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < V * q; k++) h[k] = beta * (double)theta[m->pairs * q * q + k];
    for (int64_t i = 0; m->coupled && i < V; i++)
        for (int64_t j = i + 1; j < V; j++)
            for (int64_t s = 0; s < q * q; s++) {
                const double v = beta * (double)theta[temper_pair_number(V, i, j) * q * q + s];
                J[((i * V + j) * q + s % q) * q + s / q] = J[((j * V + i) * q + s / q) * q + s % q] = v;
            }
    for (int64_t c = 0; c < t->chunks; c++)
        for (int64_t i = 0, rest = c; i < t->first; i++, rest /= q)
            t->fixed[c * t->first + i] = (int8_t)(rest % q);
    return TEMPER_OK;
}

/* A chunk with relative weight `factor`: means of its own units, and products with the fixed ones. */
static void add_chunk(const tree *t, int64_t chunk, double factor, double *pair, double *one) {
    const int64_t V = t->V, q = t->q, n = t->first;
    const double *R = t->R + chunk * t->length;
    const int8_t *fixed = t->fixed + chunk * n;
    for (int64_t i = 0; i < V; i++) {
        const double *own = R + (i < n ? 0 : length_of(t, V - i - 1));
        for (int64_t a = 0; a < q; a++)
            one[i * q + a] += factor * (i < n ? (a == fixed[i] ? R[0] : 0) : own[a]);
        for (int64_t j = i + 1; t->coupled && j < V; j++) {
            double *to = pair + temper_pair_number(V, i, j) * q * q;
            const double *after = R + (j < n ? 0 : length_of(t, V - j - 1));
            if (i >= n)
                for (int64_t s = 0; s < q * q; s++) to[s] += factor * own[q + (j - i - 1) * q * q + s];
            else if (j >= n)
                for (int64_t b = 0; b < q; b++) to[fixed[i] * q + b] += factor * after[b];
            else
                to[fixed[i] * q + fixed[j]] += factor * R[0];
        }
    }
}

temper_status temper_potts_exact(const temper_potts *m, const float *theta, double beta, double *log_z,
                                 double *stat, double *energy) {
    const int64_t V = m->V, q = m->q, P = temper_potts_parameters(m);
    tree t = {.V = V, .q = q, .coupled = m->coupled, .means = stat || energy, .chunks = 1};
    if ((double)V * temper_log((double)q) / temper_log(2) > LOG2_MOST + 1e-9)
        return temper_fail(TEMPER_CANNOT, "maxent: %lld^%lld states are more than 2^30 to sum over",
                           (long long)q, (long long)V);
    while (t.first + 1 < V && t.chunks < CHUNKS_WANTED && t.chunks * q <= CHUNKS_MOST)
        t.chunks *= q, t.first++;
    t.length = t.means ? length_of(&t, V - t.first) : 1;
    double *mean = stat ? stat : temper_alloc((size_t)P, sizeof *mean);
    temper_status bad = mean ? plant(&t, m, theta, beta) : TEMPER_NO_MEMORY;
    if (!bad) bad = temper_parallel(t.chunks, sum_chunk, &t);
    if (!bad) {
        double top = t.most[0], z = 0, e = 0;
        memset(mean, 0, (size_t)P * sizeof *mean);
        for (int64_t c = 1; c < t.chunks; c++)
            if (t.most[c] > top) top = t.most[c];
        for (int64_t c = 0; c < t.chunks; c++) z += temper_exp(t.most[c] - top) * t.R[c * t.length];
        for (int64_t c = 0; t.means && c < t.chunks; c++)
            add_chunk(&t, c, temper_exp(t.most[c] - top) / z, mean, mean + m->pairs * q * q);
        for (int64_t k = 0; k < P; k++) e -= (double)theta[k] * mean[k];
        *log_z = top + temper_log(z);
        if (energy) *energy = e;
    }
    if (!stat) temper_release(mean);
    temper_release((void *)t.J);
    temper_release((void *)t.h);
    temper_release(t.most);
    temper_release(t.R);
    temper_release(t.fixed);
    return bad;
}
