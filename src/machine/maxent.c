/* Maximum entropy (Jaynes 1957): of all distributions that give features f_k(x) the means they have in the data, the one with the largest
 * entropy is p(x) ∝ exp(Σ_k θ_k f_k(x)), and its θ maximises the likelihood. No hidden units; what the features are says what it is:
 *
 *     features=pairs    values and products of pairs of values: the inverse Ising problem for units of two values, and for categories the
 *                       Potts model of direct coupling analysis (Weigt et al. 2009), −E = Σ h_i(x_i) + Σ_{i<j} J_ij(x_i, x_j)
 *     features=fields   values alone: independent columns
 *     features=moments  of categories seen as numbers x = first + 0, 1, 2 …: x, x², …, x^order, independent columns. A die whose mean is
 *                       known is moments:order=1,first=1 on one column (Jaynes, Brandeis lectures 1962)
 *
 * Two-valued units lie and move as those of core/lateral.h, categories as those of core/potts.h. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/lateral.h"
#include "core/potts.h"

typedef struct {
    int features, units, zero_sum;
    int64_t order;
    double first;
    bool many; /* columns hold categories: potts, else lateral */
    temper_lateral lateral;
    temper_potts potts;
    float *wide; /* [V·q] fields of moments; else NULL */
} maxent;

enum { PAIRS, FIELDS, MOMENTS };
enum { COLUMNS_MOST = 16384 };

static const maxent *of(const temper_flock *flock) { return flock->machine->self; }

static temper_status build(void *self, const temper_machine_io *io) {
    maxent *m = self;
    m->many = io->states > 0;
    if (m->features == MOMENTS && !m->many)
        return temper_fail(TEMPER_BAD_OPTION, "maxent: features=moments, but the columns of the data hold no "
                                              "categories; legal: pairs, fields");
    if (io->columns > COLUMNS_MOST)
        return temper_fail(TEMPER_BAD_OPTION, "maxent: %lld columns; legal: at most %d",
                           (long long)io->columns, COLUMNS_MOST);
    if (!m->many) {
        const temper_lateral_wiring wiring = {
            m->features == PAIRS ? TEMPER_LATERAL_FULL : TEMPER_LATERAL_RESTRICTED, 0, NULL};
        m->lateral.spin = m->units == 1;
        m->lateral.T = 1;
        m->lateral.V = m->lateral.n = io->columns;
        return temper_lateral_build(&m->lateral, &wiring);
    }
    m->potts.V = io->columns, m->potts.q = io->states, m->potts.coupled = m->features == PAIRS;
    temper_status bad = temper_potts_build(&m->potts);
    if (bad || m->features != MOMENTS) return bad;
    m->wide = temper_alloc((size_t)(io->columns * io->states), sizeof *m->wide);
    return m->wide ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static void clear(void *self) {
    maxent *m = self;
    temper_lateral_clear(&m->lateral);
    temper_potts_clear(&m->potts);
    temper_release(m->wide);
}

static temper_unit visible(const void *self) {
    const maxent *m = self;
    return m->many ? TEMPER_POTTS : m->lateral.spin ? TEMPER_SPIN : TEMPER_BINARY;
}

static int64_t columns_of(const maxent *m) { return m->many ? m->potts.V : m->lateral.V; }

static int64_t components(const void *self) {
    const maxent *m = self;
    return m->many ? m->potts.V * m->potts.q : m->lateral.V;
}

static int64_t hidden(const void *self) {
    (void)self;
    return 0;
}

static int64_t pairs_of(const maxent *m) { return m->many ? m->potts.pairs : m->lateral.pairs; }
static int arrays(const void *self) { return pairs_of(self) > 0 ? 2 : 1; }

static void array(const void *self, int k, temper_machine_array *a) {
    const maxent *m = self;
    const int64_t pairs = pairs_of(m), q = m->potts.q;
    if (m->features == MOMENTS)
        *a = (temper_machine_array){.name = "lambda", .dims = 2, .shape = {m->potts.V, m->order}};
    else if (k == 0 && pairs > 0 && m->many)
        *a = (temper_machine_array){.name = "J", .dims = 3, .shape = {pairs, q, q}};
    else if (k == 0 && pairs > 0)
        *a = (temper_machine_array){.name = "J", .dims = 1, .shape = {pairs}};
    else if (m->many)
        *a = (temper_machine_array){
            .name = "h", .dims = 2, .field = true, .shape = {m->potts.V, q}, .offset = pairs * q * q};
    else
        *a = (temper_machine_array){
            .name = "h", .dims = 1, .field = true, .shape = {m->lateral.V}, .offset = pairs};
}

/* ---- moments: h_i(a) = Σ_k λ_ik x_a^k ---- */

static void spread(const maxent *m, const float *lambda, float *h) {
    for (int64_t i = 0; i < m->potts.V; i++)
        for (int64_t a = 0; a < m->potts.q; a++) {
            double x = m->first + (double)a, sum = 0;
            for (int64_t k = m->order - 1; k >= 0; k--) sum = (sum + (double)lambda[i * m->order + k]) * x;
            h[i * m->potts.q + a] = (float)sum;
        }
}

/* Σ_a x_a^k n_i(a), k = 1 … order, of one column. */
static double moment(const maxent *m, double (*count)(const void *, int64_t), const void *n, int64_t i,
                     int64_t k) {
    double sum = 0;
    for (int64_t a = 0; a < m->potts.q; a++) {
        double power = 1;
        for (int64_t p = 0; p < k; p++) power *= m->first + (double)a;
        sum += power * count(n, i * m->potts.q + a);
    }
    return sum;
}
static double in_float(const void *n, int64_t at) { return (double)((const float *)n)[at]; }
static double in_double(const void *n, int64_t at) { return ((const double *)n)[at]; }

static void fold(const maxent *m, const float *n, float *stat) {
    for (int64_t i = 0; i < m->potts.V; i++)
        for (int64_t k = 0; k < m->order; k++)
            stat[i * m->order + k] += (float)moment(m, in_float, n, i, k + 1);
}

/* ---- start ---- */

/* Fields give the columns the frequencies of the rows, as if every state had been seen half a time more; couplings are 0. */
static void start_many(const maxent *m, const temper_rows_view *rows, float *theta) {
    const int64_t q = m->potts.q;
    float *h = theta + m->potts.pairs * q * q;
    for (int64_t i = 0; i < m->potts.V; i++) {
        double count[TEMPER_POTTS_MOST], mean = 0;
        for (int64_t a = 0; a < q; a++) count[a] = 0.5;
        for (int64_t r = 0; r < rows->n; r++)
            count[(int64_t)rows->X[r * rows->columns + i]] += rows->weight ? rows->weight[r] : 1;
        for (int64_t a = 0; a < q; a++) mean += (count[a] = temper_log(count[a])) / (double)q;
        for (int64_t a = 0; a < q; a++) h[i * q + a] = (float)(count[a] - mean);
    }
}

static void start_two(const maxent *m, const temper_rows_view *rows, float *theta) {
    for (int64_t i = 0; i < m->lateral.V; i++) {
        double high = 0.5, low = 0.5;
        for (int64_t r = 0; r < rows->n; r++) {
            double w = rows->weight ? rows->weight[r] : 1;
            *(rows->X[r * rows->columns + i] > 0 ? &high : &low) += w;
        }
        theta[m->lateral.pairs + i] = (float)((m->lateral.spin ? 0.5 : 1) * temper_log(high / low));
    }
}

static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    const maxent *m = self;
    (void)stream;
    int64_t J = m->many ? m->potts.pairs * m->potts.q * m->potts.q : m->lateral.pairs;
    memset(theta, 0, (size_t)J * sizeof *theta);
    if (m->features == MOMENTS)
        memset(theta, 0, (size_t)(m->potts.V * m->order) * sizeof *theta);
    else if (m->many)
        start_many(m, rows, theta);
    else
        start_two(m, rows, theta);
}

static temper_status refresh(void *self, const float *theta) {
    maxent *m = self;
    if (m->features == MOMENTS) spread(m, theta, m->wide);
    if (m->many)
        temper_potts_pack(&m->potts, m->wide ? m->wide : theta);
    else
        temper_lateral_pack(&m->lateral, theta);
    return TEMPER_OK;
}

static void gauge(const void *self, float *theta) {
    const maxent *m = self;
    if (m->many && m->zero_sum == 0 && m->features != MOMENTS) temper_potts_gauge(&m->potts, theta);
}

/* ---- chains ---- */

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    const maxent *m = self;
    if (!m->many) {
        temper_lateral_sizes(&m->lateral, chains, state, scratch);
        return;
    }
    temper_potts_sizes(&m->potts, chains, state, scratch);
    if (m->wide) *scratch += (size_t)(m->potts.V * m->potts.q) * sizeof(float); /* counts of statistics */
}

static void scatter(temper_flock *f) {
    const maxent *m = of(f);
    if (m->many)
        temper_potts_scatter(&m->potts, f);
    else
        temper_lateral_scatter(&m->lateral, f);
}

static void clamp(temper_flock *f, const float *const *row, int64_t n) {
    const maxent *m = of(f);
    if (m->many)
        temper_potts_clamp(&m->potts, f, row, n);
    else
        temper_lateral_clamp(&m->lateral, f, row, n);
}

static void read_row(const temper_flock *f, int64_t chain, float *row) {
    const maxent *m = of(f);
    if (m->many)
        temper_potts_read(&m->potts, f, chain, row);
    else
        temper_lateral_read(&m->lateral, f, chain, row);
}

static void sweep(temper_flock *f, int64_t n) {
    const maxent *m = of(f);
    if (m->many)
        temper_potts_sweep(&m->potts, f, n);
    else
        temper_lateral_sweep(&m->lateral, f, n);
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    const maxent *m = of(a);
    if (m->many)
        temper_potts_swap(&m->potts, a, i, b, j);
    else
        temper_lateral_swap(&m->lateral, a, i, b, j);
}

static void log_weight(const temper_flock *f, const temper_place *at, double *out) {
    const maxent *m = of(f);
    if (m->many)
        temper_potts_log_weight(&m->potts, f, at, out);
    else
        temper_lateral_log_weight(&m->lateral, f, at, out);
}

static double log_base(const void *self, const float *base) {
    const maxent *m = self;
    return m->many ? temper_potts_log_base(&m->potts, base) : temper_lateral_log_base(&m->lateral, base);
}

static void statistics(const temper_flock *f, int64_t n, const double *weight, double scale, float *stat) {
    const maxent *m = of(f);
    if (m->wide) {
        size_t state, scratch, V = (size_t)(m->potts.V * m->potts.q);
        temper_potts_sizes(&m->potts, f->chains, &state, &scratch);
        float *count = (float *)((char *)f->scratch + scratch);
        memset(count, 0, V * sizeof *count);
        temper_potts_statistics(&m->potts, f, n, weight, scale, count);
        fold(m, count, stat);
    } else if (m->many)
        temper_potts_statistics(&m->potts, f, n, weight, scale, stat);
    else
        temper_lateral_statistics(&m->lateral, f, n, weight, scale, stat);
}

/* Centring has a meaning where there are products of units: −E(s − ⟨s⟩) of units of two values. */
static void centre(const void *self, const float *data, bool standardise, float *grad) {
    const maxent *m = self;
    if (!m->many) temper_lateral_centre(&m->lateral, data, standardise, grad);
}

/* ---- exact, pseudo-likelihood, mean field: of moments, by way of the fields they make ---- */

static double enumerable(const void *self) {
    const maxent *m = self;
    return (double)columns_of(m) * (m->many ? temper_log((double)m->potts.q) / temper_log(2) : 1);
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const maxent *m = self;
    if (!m->many) return temper_lateral_exact(&m->lateral, beta, log_z, stat, energy);
    double *wide = m->wide && stat ? temper_alloc((size_t)(m->potts.V * m->potts.q), sizeof *wide) : NULL;
    if (m->wide && stat && !wide) return TEMPER_NO_MEMORY;
    temper_status bad =
        temper_potts_exact(&m->potts, m->potts.theta, beta, log_z, wide ? wide : stat, energy);
    for (int64_t i = 0; !bad && wide && i < m->potts.V; i++)
        for (int64_t k = 0; k < m->order; k++) stat[i * m->order + k] = moment(m, in_double, wide, i, k + 1);
    temper_release(wide);
    return bad;
}

static temper_status pseudo(const void *self, const temper_rows_view *rows, double *out, float *grad) {
    const maxent *m = self;
    if (!m->many) return temper_lateral_pseudo(&m->lateral, rows, out, grad);
    float *wide = m->wide && grad ? temper_alloc((size_t)(m->potts.V * m->potts.q), sizeof *wide) : NULL;
    if (m->wide && grad && !wide) return TEMPER_NO_MEMORY;
    temper_status bad = temper_potts_pseudo(&m->potts, rows, out, wide ? wide : grad);
    if (!bad && wide) fold(m, wide, grad);
    temper_release(wide);
    return bad;
}

static temper_status mean_field(const void *self, int order, const temper_flock *from, double *log_z,
                                float *stat, double *residual) {
    const maxent *m = self;
    if (!m->many) return temper_lateral_mean_field(&m->lateral, order, from, log_z, stat, residual);
    const int64_t P = m->potts.V * m->order;
    float *wide = m->wide && stat ? temper_alloc((size_t)(m->potts.V * m->potts.q), sizeof *wide) : NULL;
    if (m->wide && stat && !wide) return TEMPER_NO_MEMORY;
    temper_status bad = temper_potts_mean_field(&m->potts, order, from, log_z, wide ? wide : stat, residual);
    if (!bad && wide) memset(stat, 0, (size_t)P * sizeof *stat), fold(m, wide, stat);
    temper_release(wide);
    return bad;
}

static const temper_option options[] = {
    {"features", TEMPER_CHOICE, offsetof(maxent, features), "pairs", 0, 0, "pairs|fields|moments", NULL,
     "whose means the machine shares with the data"},
    {"units", TEMPER_CHOICE, offsetof(maxent, units), "binary", 0, 0, "binary|spin", NULL,
     "0/1 or -1/+1, of columns that hold numbers; columns of categories are potts units"},
    {"gauge", TEMPER_CHOICE, offsetof(maxent, zero_sum), "zero_sum", 0, 0, "zero_sum|none", NULL,
     "of potts fields and couplings: sums over the states of a unit are 0, or as learning leaves them"},
    {"order", TEMPER_INT, offsetof(maxent, order), "1", 1, 8, NULL, NULL, "highest power, of moments"},
    {"first", TEMPER_REAL, offsetof(maxent, first), "1", -1e3, 1e3, NULL, NULL,
     "number that state 0 stands for, of moments"},
    {0}};

const temper_machine_type temper_machine_maxent = {
    .about = {"maxent", "p ∝ exp(Σ θ_k f_k(x)): maximum entropy with given means; inverse Ising, Potts, dice",
              "E. T. Jaynes, Phys. Rev. 106, 620 (1957); M. Weigt et al., PNAS 106, 67 (2009)", "", options,
              sizeof(maxent)},
    .build = build,
    .clear = clear,
    .visible = visible,
    .components = components,
    .hidden = hidden,
    .arrays = arrays,
    .array = array,
    .start = start,
    .refresh = refresh,
    .sizes = sizes,
    .scatter = scatter,
    .clamp = clamp,
    .read = read_row,
    .sweep = sweep,
    .swap = swap,
    .log_weight = log_weight,
    .marginal = true,
    .log_base = log_base,
    .statistics = statistics,
    .centre = centre,
    .enumerable = enumerable,
    .exact = exact,
    .pseudo = pseudo,
    .mean_field = mean_field,
    .gauge = gauge,
};
