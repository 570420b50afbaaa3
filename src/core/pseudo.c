/* With the fields x_j of the hidden units given the whole row, those with visible unit i at another level a differ by one row of W:
 *
 *     ln p(v_i = a | rest) = b_i(a) + Σ_j [ln z(x_j + ΔW_ij(a)) − ln z(x_j)] + const,
 *
 * so all V units cost V·(levels − 1) rows. With r(a) = [v_i = a] − p(a | rest) and means μ_j(a) of the hidden units the gradient is
 *
 *     ∂/∂b_i(a): r(a)     ∂/∂c_j: D_j = Σ_i Σ_a r_i(a) μ_ij(a)     ∂/∂W_kj(a): r_k(a) μ_kj(a) + v_k(a) (D_j − what unit k adds to D_j).
 *
 * Binary and spin hidden units: in odds, without exp or log (kernel/odds.h), where no field is too large for that. */
#include "core/pseudo.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/unit_law.h"
#include "kernel/kernel.h"
#include "kernel/odds.h"
#include "temper/parallel.h"

enum { CHUNKS = 16 }; /* of rows, whatever the threads */
static const double LN2 = 0.69314718055994530942, FIELD_MOST = 690;

typedef struct {  /* of one chunk of rows */
    double *x;    /* [width] hidden fields, or (odds) u */
    double *now;  /* [width] hidden means */
    double *to;   /* [levels][width] the same with one visible unit at another level */
    double *D;    /* [width] */
    double *ln_p; /* [levels] */
    double *grad; /* [parameters], or NULL */
    double ln_z;  /* Σ ln z at x */
} desk;

typedef struct {
    const temper_two_layers *of;
    const temper_rows_view *rows;
    double *out;
    int64_t levels, width, padded;
    double total;      /* Σ weights */
    int64_t group;     /* of kernel/odds.h; 0: not in odds */
    double slope;      /* odds are e^{slope·x}: of spins 2 */
    double *factor[2]; /* [V][padded] e^{∓ slope·ΔW}: unit i turns down or up */
    double *sum;       /* [V] Σ_j ΔW_ij */
    double *one;       /* [padded] ones */
    desk desks[CHUNKS];
} pseudo;

static double step(const pseudo *p) { return p->of->visible == TEMPER_SPIN ? 2 : 1; }

/* The level of a visible unit and, for those of one component, its value. */
static int64_t level_of(const pseudo *p, float x) {
    return p->of->visible == TEMPER_POTTS ? (int64_t)x : x > (p->of->visible == TEMPER_SPIN ? 0 : 0.5F);
}
static double value_of(const pseudo *p, int64_t level) {
    return p->of->visible == TEMPER_SPIN ? (double)(2 * level - 1) : (double)level;
}

static double logarithm(temper_scaled x) { return temper_log(x.mantissa) + (double)x.exponent * LN2; }

/* Hidden means of ±1 units from their chance to be up. */
static void spell(const pseudo *p, double *mean) {
    for (int64_t j = 0; p->slope == 2 && j < p->width; j++) mean[j] = 2 * mean[j] - 1;
}

/* Fields, Σ ln z and means of the hidden units given the whole row. */
static void begin(const pseudo *p, const float *v, desk *d) {
    const temper_two_layers *of = p->of;
    for (int64_t j = 0; j < p->width; j++) d->x[j] = of->c[j];
    for (int64_t i = 0; i < of->V; i++) {
        bool potts = of->visible == TEMPER_POTTS;
        const float *row = of->W + (potts ? i * p->levels + (int64_t)v[i] : i) * p->width;
        double s = potts ? 1 : v[i];
        if (s != 0)
            for (int64_t j = 0; j < p->width; j++) d->x[j] += s * (double)row[j];
    }
    if (!p->group) {
        d->ln_z = temper_unit_law(of->hidden, of->H, of->hidden_states, d->x, d->grad ? d->now : NULL);
        return;
    }
    for (int64_t j = 0; j < p->width; j++) d->x[j] = temper_exp(p->slope * d->x[j]);
    d->ln_z =
        logarithm(temper_odds_now()->one(d->x, p->one, p->padded, p->group)); /* without −Σ x_j of spins */
    if (d->grad) temper_odds_now()->chance(d->x, p->one, p->padded, d->now), spell(p, d->now);
}

/* Σ ln z(alternative) − Σ ln z(row) with visible unit i at level a in place of `level`; means to d->to[a]. */
static double turn(const pseudo *p, int64_t i, int64_t level, int64_t a, desk *d) {
    const temper_two_layers *of = p->of;
    double *to = d->to + a * p->padded;
    if (p->group) {
        const double *f = p->factor[a] + i * p->padded;
        double change = logarithm(temper_odds_now()->one(d->x, f, p->padded, p->group)) - d->ln_z;
        if (d->grad) temper_odds_now()->chance(d->x, f, p->padded, to), spell(p, to);
        return p->slope == 2 ? change - (a ? p->sum[i] : -p->sum[i]) : change;
    }
    if (of->visible == TEMPER_POTTS) {
        const float *off = of->W + (i * p->levels + level) * p->width,
                    *on = of->W + (i * p->levels + a) * p->width;
        for (int64_t j = 0; j < p->width; j++) to[j] = d->x[j] + ((double)on[j] - (double)off[j]);
    } else {
        double s = value_of(p, a) - value_of(p, level);
        for (int64_t j = 0; j < p->width; j++) to[j] = d->x[j] + s * (double)of->W[i * p->width + j];
    }
    return temper_unit_law(of->hidden, of->H, of->hidden_states, to, d->grad ? to : NULL) - d->ln_z;
}

/* ln_p becomes normalised. */
static void normalise(double *ln_p, int64_t n) {
    double top = ln_p[0], sum = 0;
    for (int64_t a = 1; a < n; a++) top = ln_p[a] > top ? ln_p[a] : top;
    for (int64_t a = 0; a < n; a++) sum += temper_exp(ln_p[a] - top);
    sum = top + temper_log(sum);
    for (int64_t a = 0; a < n; a++) ln_p[a] -= sum;
}

/* What unit i adds to the gradient, apart from the common D. */
static void slope_of_unit(const pseudo *p, int64_t i, int64_t level, double weight, desk *d) {
    const temper_kernels *kernel = temper_kernel();
    int64_t width = p->width;
    bool potts = p->of->visible == TEMPER_POTTS;
    double *W = d->grad, *b = W + p->of->V * p->of->visible_states * width, rest = 0;
    for (int64_t a = 0; a < p->levels; a++) {
        if (a == level) continue;
        double r = -weight * temper_exp(d->ln_p[a]), s = value_of(p, a) - value_of(p, level);
        const double *mean = d->to + a * p->padded;
        rest -= r;
        kernel->lanes_add(d->D, r, mean, width);
        if (potts) {
            kernel->lanes_add(W + (i * p->levels + a) * width, r, mean, width);
            kernel->lanes_add(W + (i * p->levels + level) * width, -r, mean, width);
            b[i * p->levels + a] += r;
        } else {
            kernel->lanes_add(W + i * width, r * s, mean, width);
            b[i] += r * s;
        }
    }
    if (potts) b[i * p->levels + level] += rest;
    kernel->lanes_add(d->D, rest, d->now, width);
}

static double row_sum(const pseudo *p, const float *v, double weight, desk *d) {
    const temper_two_layers *of = p->of;
    double sum = 0;
    begin(p, v, d);
    memset(d->D, 0, (size_t)p->width * sizeof *d->D);
    for (int64_t i = 0; i < of->V; i++) {
        int64_t level = level_of(p, v[i]);
        for (int64_t a = 0; a < p->levels; a++) {
            double b =
                of->visible == TEMPER_POTTS ? of->b[i * p->levels + a] : value_of(p, a) * (double)of->b[i];
            d->ln_p[a] = b + (a == level ? 0 : turn(p, i, level, a, d));
        }
        normalise(d->ln_p, p->levels);
        sum += d->ln_p[level];
        if (d->grad) slope_of_unit(p, i, level, weight, d);
    }
    if (!d->grad) return sum;
    for (int64_t i = 0; i < of->V; i++) {
        bool potts = of->visible == TEMPER_POTTS;
        int64_t row = potts ? i * p->levels + (int64_t)v[i] : i;
        if (potts || v[i] != 0)
            temper_kernel()->lanes_add(d->grad + row * p->width, potts ? 1 : v[i], d->D, p->width);
    }
    double *c = d->grad + temper_two_layers_parameters(of) - p->width;
    temper_kernel()->lanes_add(c, 1, d->D, p->width);
    return sum;
}

static temper_status rows_of_chunk(void *context, int64_t chunk) {
    const pseudo *p = context;
    desk d = p->desks[chunk];
    int64_t n = p->rows->n;
    for (int64_t k = n * chunk / CHUNKS; k < n * (chunk + 1) / CHUNKS; k++) {
        double weight = (p->rows->weight ? p->rows->weight[k] : 1) / p->total;
        double sum = row_sum(p, p->rows->X + k * p->rows->columns, weight, &d);
        if (p->out) p->out[k] = sum;
    }
    return TEMPER_OK;
}

static temper_status fill_unit(void *context, int64_t i) {
    pseudo *p = context;
    double sum = 0;
    for (int64_t j = 0; j < p->width; j++) {
        double w = step(p) * (double)p->of->W[i * p->width + j];
        sum += w;
        p->factor[0][i * p->padded + j] = temper_exp(-p->slope * w);
        p->factor[1][i * p->padded + j] = temper_exp(p->slope * w);
    }
    p->sum[i] = sum;
    return TEMPER_OK;
}

/* Factors between two looks at the exponent, from the largest field that any row could give; 0: not in odds. */
static int64_t group(const temper_two_layers *of) {
    if (of->visible == TEMPER_POTTS || (of->hidden != TEMPER_BINARY && of->hidden != TEMPER_SPIN)) return 0;
    double most = 0, slope = of->hidden == TEMPER_SPIN ? 2 : 1;
    for (int64_t j = 0; j < of->H; j++) {
        double size = fabs((double)of->c[j]);
        for (int64_t i = 0; i < of->V; i++) {
            double w = fabs((double)of->W[i * of->H + j]); /* a ±1 unit that turns changes the field by 2 w */
            size += w;
            most = 2 * slope * w > most ? 2 * slope * w : most;
        }
        most = slope * size > most ? slope * size : most;
    }
    if (!(most + LN2 < FIELD_MOST)) return 0;
    int64_t factors = (int64_t)(FIELD_MOST / (most + LN2));
    return factors < 32 ? factors : 32;
}

static temper_status place(pseudo *p, bool grad, double **block) {
    size_t padded = (size_t)p->padded, V = (size_t)p->of->V, odds = p->group ? 1 : 0;
    size_t parameters = grad ? (size_t)temper_two_layers_parameters(p->of) : 0, levels = (size_t)p->levels;
    size_t each = (3 + levels) * padded + levels + parameters;
    each = (each + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES;
    double *at = *block = temper_alloc(CHUNKS * each + odds * (2 * V * padded + padded + V), sizeof *at);
    if (!at) return TEMPER_NO_MEMORY;
    for (int k = 0; k < CHUNKS; k++, at += each) {
        desk *d = &p->desks[k];
        d->x = at, d->now = d->x + padded, d->D = d->now + padded, d->to = d->D + padded;
        d->ln_p = d->to + levels * padded;
        d->grad = grad ? d->ln_p + levels : NULL;
    }
    if (!odds) return TEMPER_OK;
    p->factor[0] = at, p->factor[1] = at + V * padded;
    p->one = at + 2 * V * padded, p->sum = p->one + padded;
    for (size_t j = 0; j < padded; j++) p->one[j] = 1;
    return temper_parallel(p->of->V, fill_unit, p);
}

static temper_status check(const temper_two_layers *of, const temper_rows_view *rows, double total) {
    if (of->visible == TEMPER_GAUSSIAN || of->visible == TEMPER_RELU)
        return temper_fail(
            TEMPER_CANNOT,
            "pseudolikelihood: visible units are %s; only binary, spin or potts units have a sum "
            "over their values",
            temper_unit_name(of->visible));
    if (!temper_two_layers_finite(of))
        return temper_fail(TEMPER_DIVERGED, "pseudolikelihood: a parameter of the machine is not finite");
    if (rows->n && !(total > 0 && isfinite(total)))
        return temper_fail(TEMPER_BAD_OPTION,
                           "pseudolikelihood: the weights of the rows sum to %g, not above 0", total);
    return TEMPER_OK;
}

temper_status temper_pseudo(const temper_two_layers *of, const temper_rows_view *rows, double *out,
                            float *grad) {
    pseudo p = {.of = of, .rows = rows, .out = out, .total = (double)rows->n};
    double *block;
    for (int64_t k = 0; rows->weight && k < rows->n; k++) p.total = (k ? p.total : 0) + rows->weight[k];
    temper_status bad = check(of, rows, p.total);
    if (bad || !rows->n) return bad;
    p.levels = of->visible == TEMPER_POTTS ? of->visible_states : 2;
    p.width = of->H * of->hidden_states;
    p.padded = (p.width + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES;
    p.slope = of->hidden == TEMPER_SPIN ? 2 : 1;
    p.group = group(of);
    bad = place(&p, grad, &block);
    if (!bad) bad = temper_parallel(CHUNKS, rows_of_chunk, &p);
    for (int64_t k = 0; !bad && grad && k < temper_two_layers_parameters(of); k++) {
        double sum = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++) sum += p.desks[chunk].grad[k];
        grad[k] += (float)sum;
    }
    temper_release(block);
    return bad;
}
