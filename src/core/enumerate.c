#include "core/enumerate.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/enumerate_parts.h"
#include "kernel/kernel.h"
#include "temper/parallel.h"

enum { CHUNKS = 64, LEAVES = 256, LOG2_TERMS = 30 };
static const double LN2 = 0.69314718055994530942, FIELD_MOST = 690; /* e^690 < 2^1000 */

/* 0/1 units s in place of the true ones, whose values are scale·s − shift: of ±1 units 2 s − 1. */
typedef struct {
    double scale, shift;
} spelling;

typedef struct {
    const temper_two_layers *of;
    double beta;
    bool flipped; /* the visible layer is the enumerated one */
    bool bits;    /* both layers are spelled in 0/1 units, for the fast sum */
    spelling enumerated, other;
    double offset; /* of ln Z, from the spelling */
    temper_states states;
    double *a, *x0, *R, *factors, *joined; /* within one block, as is the scratch memory of all chunks */
    double *scratch;
    size_t scratch_each;
    temper_sums sums[CHUNKS];
} enumeration;

static bool discrete(temper_unit unit) { return unit != TEMPER_GAUSSIAN && unit != TEMPER_RELU; }

static double log2_states(temper_unit unit, int64_t n, int64_t states) {
    if (!discrete(unit)) return INFINITY;
    return (double)n * (unit == TEMPER_POTTS && states != 2 ? temper_log((double)states) / LN2 : 1);
}

double temper_enumerable(const temper_two_layers *of) {
    double v = log2_states(of->visible, of->V, of->visible_states);
    double h = log2_states(of->hidden, of->H, of->hidden_states);
    return v < h ? v : h;
}

static temper_status check(const temper_two_layers *of, double beta) {
    if (!isfinite(beta)) return temper_fail(TEMPER_BAD_OPTION, "exact: beta=%g is not finite", beta);
    if (!temper_two_layers_finite(of))
        return temper_fail(TEMPER_DIVERGED, "exact: a parameter of the machine is not finite");
    double terms = temper_enumerable(of);
    if (isinf(terms))
        return temper_fail(TEMPER_CANNOT,
                           "exact: both layers hold real units (%s, %s); one must be binary, spin or potts",
                           temper_unit_name(of->visible), temper_unit_name(of->hidden));
    if (terms > LOG2_TERMS + 1e-9)
        return temper_fail(
            TEMPER_CANNOT,
            "exact: %lld visible and %lld hidden units need a sum of 2^%.1f terms, at most 2^%d",
            (long long)of->V, (long long)of->H, terms, LOG2_TERMS);
    return TEMPER_OK;
}

/* Which layer is enumerated, and in which chunks: they depend on the shapes alone. */
static void plan(enumeration *e, bool stat) {
    const temper_two_layers *of = e->of;
    temper_states *s = &e->states;
    e->flipped = log2_states(of->visible, of->V, of->visible_states) <
                 log2_states(of->hidden, of->H, of->hidden_states);
    *s = (temper_states){.unit = of->hidden,
                         .other = of->visible,
                         .K = of->H,
                         .comps = of->hidden_states,
                         .N = of->V,
                         .states = of->visible_states,
                         .stat = stat};
    if (e->flipped)
        *s = (temper_states){.unit = of->visible,
                             .other = of->hidden,
                             .K = of->V,
                             .comps = of->visible_states,
                             .N = of->H,
                             .states = of->hidden_states,
                             .stat = stat};
    s->L = s->unit == TEMPER_POTTS ? s->comps : 2;
    s->width = s->N * s->states;
    double leaves = 1;
    for (int64_t k = 0; k < s->K; k++) leaves *= (double)s->L;
    for (s->chunks = 1; s->chunks * s->L <= CHUNKS && leaves / (double)(s->chunks * s->L) >= LEAVES; s->top++)
        s->chunks *= s->L;
    e->bits = s->K >= 2 && (s->unit == TEMPER_BINARY || s->unit == TEMPER_SPIN) &&
              (s->other == TEMPER_BINARY || s->other == TEMPER_SPIN);
}

/* The parameters in double, times β, row by row of the enumerated layer. */
static void load(enumeration *e) {
    const temper_two_layers *of = e->of;
    int64_t rows = e->states.K * e->states.comps, width = e->states.width;
    const float *a = e->flipped ? of->b : of->c, *x0 = e->flipped ? of->c : of->b;
    for (int64_t d = 0; d < rows; d++) e->a[d] = e->beta * (double)a[d];
    for (int64_t k = 0; k < width; k++) e->x0[k] = e->beta * (double)x0[k];
    for (int64_t d = 0; d < rows; d++)
        for (int64_t k = 0; k < width; k++)
            e->R[d * width + k] = e->beta * (double)of->W[e->flipped ? d * width + k : k * rows + d];
    e->states.a = e->a, e->states.x0 = e->x0, e->states.R = e->R;
}

/* With α = A s − p and β = B t − r for the units of the two layers,
 *     Σ a α + Σ x β + Σ α R β = Σ A(a − r Σ_k R) s + Σ B(x − p Σ_d R) t + Σ s (A B R) t − p Σ a − r Σ x + p r Σ R. */
static void spell(enumeration *e) {
    int64_t K = e->states.K, width = e->states.width;
    spelling s = e->enumerated, t = e->other;
    double sum_a = 0, sum_x = 0, sum_R = 0;
    for (int64_t d = 0; d < K; d++) sum_a += e->a[d];
    for (int64_t k = 0; k < width; k++) sum_x += e->x0[k];
    for (int64_t d = 0; d < K; d++)
        for (int64_t k = 0; k < width; k++) {
            double R = e->R[d * width + k];
            sum_R += R;
            e->a[d] -= t.shift * R;
            e->x0[k] -= s.shift * R;
            e->R[d * width + k] = s.scale * t.scale * R;
        }
    for (int64_t d = 0; d < K; d++) e->a[d] *= s.scale;
    for (int64_t k = 0; k < width; k++) e->x0[k] *= t.scale;
    e->offset = s.shift * t.shift * sum_R - s.shift * sum_a - t.shift * sum_x;
}

/* How many factors 1 + e^x may be multiplied before the exponent must be taken off; 0: a field is too large for that. */
static int64_t group(const temper_states *s) {
    double most = 0, least = 0;
    for (int64_t k = 0; k < s->width; k++) {
        double high = s->x0[k], low = high;
        for (int64_t d = 0; d < s->K; d++) {
            double R = s->R[d * s->width + k];
            *(R > 0 ? &high : &low) += R;
            if (!(fabs(R) < FIELD_MOST)) return 0; /* e^R is a factor by itself */
        }
        most = high > most ? high : most;
        least = low < least ? low : least;
    }
    if (!(most + LN2 < FIELD_MOST && least > -FIELD_MOST)) return 0;
    int64_t factors = (int64_t)(FIELD_MOST / (most + LN2));
    return factors < 32 ? factors : 32;
}

/* The spelling is taken back where a field is too large. */
static void choose(enumeration *e) {
    e->enumerated = e->other = (spelling){1, 0};
    e->offset = 0;
    if (!e->bits) return;
    temper_states as_given = e->states;
    if (e->states.unit == TEMPER_SPIN) e->enumerated = (spelling){2, 1};
    if (e->states.other == TEMPER_SPIN) e->other = (spelling){2, 1};
    spell(e);
    e->states.unit = e->states.other = TEMPER_BINARY;
    e->states.group = group(&e->states);
    if (e->states.group) return;
    e->states = as_given;
    e->enumerated = e->other = (spelling){1, 0};
    e->offset = 0;
    load(e);
}

static int64_t padded(int64_t width) { return (width + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES; }

static void exponentiate(enumeration *e) {
    int64_t width = e->states.width;
    for (int64_t d = 0; d < e->states.K; d++)
        for (int64_t k = 0; k < width; k++)
            e->factors[d * padded(width) + k] = temper_exp(e->R[d * width + k]);
}

static temper_status sum_chunk(void *context, int64_t i) {
    enumeration *e = context;
    double *scratch = e->scratch + (size_t)i * e->scratch_each;
    if (e->states.group)
        temper_odds_sum(&e->states, e->factors, i, &e->sums[i], scratch);
    else
        temper_tree_sum(&e->states, i, &e->sums[i], scratch);
    return TEMPER_OK;
}

/* One table from those of the chunks, in their order; its sums are then means. Returns ln Z. */
static double join(enumeration *e) {
    const temper_states *s = &e->states;
    int64_t columns = e->sums[0].columns, rows = e->sums[0].rows, all = (rows - 1) * columns;
    double reference = e->sums[0].reference;
    for (int64_t i = 1; i < s->chunks; i++)
        reference = e->sums[i].reference > reference ? e->sums[i].reference : reference;
    for (int64_t i = 0; i < s->chunks; i++) {
        double scale = temper_exp(e->sums[i].reference - reference);
        const double *part = e->sums[i].at;
        temper_kernel()->lanes_add(e->joined, scale, part, rows * columns);
        for (int64_t d = s->K - s->top; d < s->K; d++)
            temper_kernel()->lanes_add(e->joined + (d * s->L + temper_states_level(s, i, d)) * columns, scale,
                                       part + all, columns);
    }
    double Z = e->joined[all + e->sums[0].weight];
    for (int64_t k = 0; k < rows * columns; k++) e->joined[k] /= Z;
    return reference + temper_log(Z) + e->offset;
}

/* ⟨component c of the enumerated layer × column k⟩; k = weight: its own mean. */
static double moment(const enumeration *e, int64_t c, int64_t k) {
    const temper_states *s = &e->states;
    const double *row = e->joined + (s->comps > 1 ? c : 2 * c + 1) * e->sums[0].columns;
    return s->unit == TEMPER_SPIN ? row[k] - row[k - e->sums[0].columns] : row[k];
}

/* From the moments of the spelling to those of the units, and to the layout of θ. Returns ⟨E⟩. */
static double means(const enumeration *e, double *stat) {
    const temper_two_layers *of = e->of;
    const temper_states *s = &e->states;
    int64_t rows = s->K * s->comps, width = s->width, weight = e->sums[0].weight;
    const double *all = e->joined + (e->sums[0].rows - 1) * e->sums[0].columns;
    double *own = stat + rows * width + (e->flipped ? 0 : width),
           *rest = stat + rows * width + (e->flipped ? rows : 0);
    const float *a = e->flipped ? of->b : of->c, *x0 = e->flipped ? of->c : of->b;
    spelling A = e->enumerated, B = e->other;
    double energy = 0, real = 0;
    for (int64_t k = 0; k < width; k++) {
        rest[k] = B.scale * all[k] - B.shift;
        real += (double)x0[k] * rest[k];
    }
    for (int64_t d = 0; d < rows; d++) {
        double alone = moment(e, d, weight);
        own[d] = A.scale * alone - A.shift;
        energy -= (double)a[d] * own[d];
        for (int64_t k = 0; k < width; k++) {
            int64_t at = e->flipped ? d * width + k : k * rows + d;
            double both = A.scale * (B.scale * moment(e, d, k) - B.shift * alone);
            stat[at] = both - A.shift * rest[k];
            real += (double)of->W[at] * stat[at];
        }
    }
    energy -= real; /* real units: ⟨x²⟩ = 1 + ⟨field · x⟩, by parts */
    return discrete(s->other) ? energy : energy + 0.5 * ((double)s->N + e->beta * real);
}

static temper_status place(enumeration *e, double **block) {
    temper_states *s = &e->states;
    size_t rows = (size_t)(s->K * s->comps), width = (size_t)s->width, wide = (size_t)padded(s->width);
    temper_sums sums = {.rows = s->K * s->L + 1};
    size_t scratch = 0;
    bool odds = e->bits;
    if (odds)
        temper_odds_sizes(s, &sums, &scratch);
    else
        temper_tree_sizes(s, &sums, &scratch);
    size_t table = (size_t)(sums.rows * sums.columns);
    /* A fast sum that turns out impossible falls back to the tree, which needs no more room. */
    e->scratch_each = (scratch + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES;
    size_t chunks = (size_t)s->chunks;
    size_t fixed = rows + width + rows * width + 4 * TEMPER_LANES + (odds ? rows * wide : 0);
    double *at = *block = temper_alloc(fixed + table + chunks * (table + e->scratch_each), sizeof *at);
    if (!at) return TEMPER_NO_MEMORY;
    e->factors = at, at += odds ? rows * wide : 0;
    e->scratch = at, at += chunks * e->scratch_each;
    e->joined = at, at += table;
    for (size_t i = 0; i < chunks; i++, at += table) e->sums[i] = sums, e->sums[i].at = at;
    e->a = at, at += rows;
    e->x0 = at, at += width;
    e->R = at;
    return TEMPER_OK;
}

temper_status temper_enumerate(const temper_two_layers *of, double beta, double *log_z, double *stat,
                               double *energy) {
    enumeration e = {.of = of, .beta = beta};
    double *block, *own = stat;
    temper_status bad = check(of, beta);
    if (bad) return bad;
    plan(&e, stat || energy);
    size_t parameters = (size_t)temper_two_layers_parameters(of);
    if (!stat && energy && !(own = temper_alloc(parameters, sizeof *own))) return TEMPER_NO_MEMORY;
    bad = place(&e, &block);
    if (!bad) {
        load(&e);
        choose(&e);
        if (e.states.group)
            exponentiate(&e);
        else if (e.bits) { /* the tree in the place of the fast sum */
            size_t unused;
            for (int64_t i = 0; i < e.states.chunks; i++) temper_tree_sizes(&e.states, &e.sums[i], &unused);
        }
        bad = temper_parallel(e.states.chunks, sum_chunk, &e);
        *log_z = join(&e);
        double mean = own ? means(&e, own) : 0;
        if (energy) *energy = mean;
        if (!isfinite(*log_z))
            bad = temper_fail(TEMPER_DIVERGED, "exact: ln Z is not finite (fields too large)");
    }
    temper_release(block);
    if (own != stat) temper_release(own);
    return bad;
}
