/* tr A from products with random vectors.
 *
 * Hutchinson (1990): E zᵀAz = tr A for independent entries ±1, variance 2(‖A‖_F² − Σ A_ii²): nothing for a diagonal matrix. Where a few eigenvalues
 * make up most of ‖A‖_F, those are better found and summed exactly: Hutch++ and XTrace, in trace_sketch.c and trace_exchange.c. `auto` makes a few
 * products, a quarter of all and ten at most, to see which case it is:
 *   - Hutchinson's variance per product, as the geometric mean of the scatter of the samples zᵀAz, which may be small by luck, and of 2 ‖A‖_F²,
 *     which may be large for nothing;
 *   - what sketches of a half and of all but one of them leave of ‖A‖_F², by leaving each vector out in turn;
 * and takes the method with the smallest predicted error for what is left to spend. The pilot's numbers decide, and are never averaged: Hutchinson
 * begins again with other vectors, Hutch++ and XTrace take the images over into their sketches (any sketch will do). So the estimate stays
 * unbiased. Hutch++ is for long work on long vectors, whose sketch memory limits; XTrace for most of the rest. */
#include "landscape/trace.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/errand.h"
#include "num/incomplete.h"

void temper_tally_one(temper_tally_of *t, double x) {
    if (t->n++ == 0) t->first = x;
    x -= t->first;
    t->sum += x, t->square += x * x, t->cube += x * x * x;
}

double temper_tally_mean(const temper_tally_of *t) { return t->first + t->sum / (double)t->n; }

double temper_tally_error(const temper_tally_of *t) {
    double n = (double)t->n, variance = (t->square - t->sum * t->sum / n) / (n - 1);
    return t->n < 2 ? NAN : sqrt(fmax(variance, 0) / n);
}

/* zᵀAz with few eigenvalues in it is as skew as χ² with few degrees: the mean of 30 samples of one is covered by Student's t in 91 % instead of 95.
 * Hall's transformation (J. R. Stat. Soc. B 54, 221 (1992)): with T = √n (x̄ − μ)/s and skewness γ,
 *     g(T) = T + γT²/(3√n) + γ²T³/(27n) + γ/(6√n)
 * is distributed as T is for γ = 0. g is a cubic that ascends, and is inverted. Few samples show less skewness than there is, by
 * about 8/n, and their scatter is less certain than that of normal ones, by about a degree. */
double temper_tally_reach(const temper_tally_of *t, int k) {
    const double n = (double)t->n, d = t->sum / n, m2 = t->square / n - d * d,
                 m3 = t->cube / n - 3 * d * t->square / n + 2 * d * d * d;
    double T = temper_student_quantile(0.975, fmax(1, n - 2)), skew = m3 / (m2 * sqrt(m2)) * (1 + 8 / n);
    double a = skew / (3 * sqrt(n)), y = (k ? -T : T) - a / 2, u = 1 + 3 * a * y;
    if (!(fabs(a) > 1e-6)) return T; /* no skewness, or no variance */
    double root = u == 0 ? 0 : copysign(temper_exp(temper_log(fabs(u)) / 3), u);
    return k ? -(root - 1) / a : (root - 1) / a;
}

void temper_trace_sampled(temper_trace *out, double known, const temper_tally_of *t, double beside) {
    double chance = temper_tally_error(t);
    out->value = known + temper_tally_mean(t);
    out->error = beside > 0 ? sqrt(chance * chance + beside * beside) : chance;
    double rounding = 1e-14 * fabs(out->value);
    out->low = out->value - temper_tally_reach(t, 0) * out->error - rounding;
    out->high = out->value + temper_tally_reach(t, 1) * out->error + rounding;
}

void temper_trace_interval(temper_trace *out, double freedom) {
    double half = out->error > 0 ? temper_student_quantile(0.975, freedom) * out->error : out->error;
    half += 1e-14 * fabs(out->value); /* what is exact but for rounding */
    out->low = out->value - half, out->high = out->value + half;
}

void temper_trace_norm(temper_trace *out, const temper_tally_of *square) {
    double mean = temper_tally_mean(square);
    out->frobenius = sqrt(fmax(mean, 0));
    out->frobenius_error = mean > 0 ? temper_tally_error(square) / (2 * out->frobenius) : 0;
}

bool temper_trace_enough(const temper_trace_job *job, int64_t n, double value, double error) {
    if (!(job->relative > 0) || n < 10) return false;
    int64_t look = 10;
    while (look < n) look += look / 3;
    return look == n && error * sqrt(1 + 10 / (double)n) <= job->relative * fabs(value);
}

/* ---- Hutchinson ---- */

temper_status temper_trace_hutchinson(const temper_trace_job *job, temper_trace *out) {
    const int64_t dim = job->A->dim, N = job->products - (job->A->products - job->begun);
    double *z = temper_alloc(2 * TEMPER_TRACE_BLOCK, (size_t)dim * sizeof *z);
    if (!z) return TEMPER_NO_MEMORY;
    double *image = z + TEMPER_TRACE_BLOCK * dim;
    temper_tally_of quadratic = {0}, square = {0};
    temper_status bad = TEMPER_OK;
    bool enough = false;
    while (quadratic.n < N && !enough && !bad) {
        int64_t b = N - quadratic.n < TEMPER_TRACE_BLOCK ? N - quadratic.n : TEMPER_TRACE_BLOCK;
        for (int64_t i = 0; i < b; i++)
            temper_span_signs(temper_errand_stream(job->errand), TEMPER_ROLE_TRACE,
                              job->first + quadratic.n + i, dim, z + i * dim);
        bad = temper_operator_apply(job->A, b, z, image);
        for (int64_t i = 0; i < b && !enough && !bad; i++) {
            temper_tally_one(&quadratic, temper_span_dot(dim, z + i * dim, image + i * dim));
            temper_tally_one(&square, temper_span_dot(dim, image + i * dim, image + i * dim));
            enough = temper_trace_enough(job, quadratic.n, temper_tally_mean(&quadratic),
                                         temper_tally_error(&quadratic));
        }
        if (!bad) bad = temper_errand_step(job->errand, job->A->products - job->begun, job->products);
    }
    temper_release(z);
    if (bad) return bad;
    temper_trace_sampled(out, 0, &quadratic, 0);
    out->method = "Hutchinson";
    temper_trace_norm(out, &square);
    return TEMPER_OK;
}

/* ---- exactly ---- */

/* Column by column: nothing is kept but sums. */
static temper_status find_exact(const temper_trace_job *job, temper_trace *out) {
    const int64_t dim = job->A->dim, block = TEMPER_TRACE_BLOCK;
    double *unit = temper_alloc(2 * (size_t)block, (size_t)dim * sizeof *unit), sum = 0, square = 0;
    if (!unit) return TEMPER_NO_MEMORY;
    double *column = unit + block * dim;
    temper_status bad = TEMPER_OK;
    for (int64_t begin = 0; begin < dim && !bad; begin += block) {
        int64_t b = dim - begin < block ? dim - begin : block;
        memset(unit, 0, (size_t)(b * dim) * sizeof *unit);
        for (int64_t i = 0; i < b; i++) unit[i * dim + begin + i] = 1;
        bad = temper_operator_apply(job->A, b, unit, column);
        for (int64_t i = 0; i < b && !bad; i++) {
            sum += column[i * dim + begin + i];
            square += temper_span_dot(dim, column + i * dim, column + i * dim);
        }
        if (!bad) bad = temper_errand_step(job->errand, begin + b, dim);
    }
    temper_release(unit);
    *out =
        (temper_trace){.value = sum, .low = sum, .high = sum, .frobenius = sqrt(square), .method = "exact"};
    return bad;
}

/* ---- auto ---- */

enum { PILOT = 10 };

/* Of ‖A‖_F², what a sketch of k vectors leaves, known after two sizes; as far as it falls with the size, at most like 1/size, it is taken to go on
 * falling. */
typedef struct {
    double few, many, after_few, after_many;
} decay;

static double behind(const decay *d, double k) {
    if (!(d->after_many > 0)) return 0;
    double power = temper_log(d->after_few / d->after_many) / temper_log(d->many / d->few);
    return d->after_many * temper_exp(-fmin(1, fmax(0, power)) * temper_log(k / d->many));
}

/* Predicted squared errors, for what is left to spend after the pilot. */
static temper_trace_method best(const temper_trace_job *job, int64_t pilot, double variance, const decay *d) {
    const int64_t dim = job->A->dim;
    double third = (double)temper_trace_sketch_size(job->products, dim, 3),
           half = (double)temper_trace_sketch_size(job->products, dim, 2),
           samples = (double)job->products - 2 * third, shared = half - (double)pilot;
    double hutchinson = variance / (double)(job->products - pilot);
    double hutchpp = samples < 10 ? INFINITY : 2 * behind(d, third) / samples; /* fewer make no interval */
    double xtrace = shared > 3 ? 2 * behind(d, half - 1) / shared : INFINITY;
    if (hutchinson < hutchpp && hutchinson < xtrace) return TEMPER_HUTCHINSON;
    return hutchpp < xtrace ? TEMPER_HUTCHPP
                            : TEMPER_XTRACE; /* equal where nothing is left: XTrace ends then */
}

/* z[3][m][dim], R[…]: room. */
static temper_status pilot(const temper_trace_job *job, int64_t m, double *z, double *R, temper_trace *out) {
    const int64_t dim = job->A->dim;
    double *Y = z + m * dim, *copy = Y + m * dim;
    temper_tally_of quadratic = {0};
    for (int64_t i = 0; i < m; i++)
        temper_span_signs(temper_errand_stream(job->errand), TEMPER_ROLE_PILOT, i, dim, z + i * dim);
    temper_status bad = temper_operator_apply(job->A, m, z, Y);
    if (!bad) bad = temper_errand_step(job->errand, m, job->products);
    if (bad) return bad;
    double size = 0, left[2] = {0};
    for (int64_t i = 0; i < m; i++) {
        temper_tally_one(&quadratic, temper_span_dot(dim, z + i * dim, Y + i * dim));
        size += temper_span_dot(dim, Y + i * dim, Y + i * dim) / (double)m;
    }
    memcpy(copy, Y, (size_t)(m * dim) * sizeof *Y);
    double variance = sqrt(2 * size) * temper_tally_error(&quadratic) * sqrt((double)m);
    (void)temper_trace_remainders(dim, m, copy, R, R + m * m, left);
    const decay d = {(double)(m / 2 - 1), (double)(m - 1), left[0], left[1]};
    switch (best(job, m, variance, &d)) {
    case TEMPER_HUTCHPP: return temper_trace_hutchpp(job, m, Y, out);
    case TEMPER_XTRACE: return temper_trace_xtrace(job, m, Y, out);
    default: return temper_trace_hutchinson(job, out);
    }
}

/* A pilot of a quarter of the products, 4 ... 10; with fewer than 16 it would not leave enough. */
static temper_status find_auto(const temper_trace_job *job, temper_trace *out) {
    const int64_t dim = job->A->dim, m = job->products / 4 < PILOT ? job->products / 4 : PILOT;
    if (dim <= job->products) return find_exact(job, out);
    if (m < 4) return temper_trace_hutchinson(job, out);
    const size_t pieces = (size_t)temper_span_pieces(dim), M = (size_t)m;
    double *z = temper_alloc(3 * M, (size_t)dim * sizeof *z);
    double *R = temper_alloc(M * (M + pieces + 3), sizeof *R);
    temper_status bad = z && R ? pilot(job, m, z, R, out) : TEMPER_NO_MEMORY;
    temper_release(z);
    temper_release(R);
    return bad;
}

temper_status temper_trace_find(temper_operator *A, const temper_trace_plan *plan,
                                const temper_errand *errand, temper_trace *out) {
    *out = (temper_trace){.value = NAN};
    temper_trace_job job = {.A = A, .errand = errand, .begun = A->products, .products = 100};
    if (plan && plan->products) job.products = plan->products;
    if (plan) job.relative = plan->relative;
    if (job.products < 2 || !(job.relative >= 0))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "%s: products=%lld must be 2 or more for a trace with an error, relative=%g not negative",
            A->name, (long long)job.products, job.relative);
    temper_status bad;
    switch (plan ? plan->method : TEMPER_TRACE_AUTO) {
    case TEMPER_HUTCHINSON: bad = temper_trace_hutchinson(&job, out); break;
    case TEMPER_HUTCHPP: bad = temper_trace_hutchpp(&job, 0, NULL, out); break;
    case TEMPER_XTRACE: bad = temper_trace_xtrace(&job, 0, NULL, out); break;
    default: bad = find_auto(&job, out);
    }
    if (!bad && isfinite(out->frobenius)) { /* |Σ A_ii| is rounded by no more than that */
        double rounding = 1e-15 * sqrt((double)A->dim) * out->frobenius;
        out->low -= rounding, out->high += rounding;
    }
    out->products = A->products - job.begun;
    return bad;
}
