/* Traces with the large eigenvalues taken out: a sketch Y = AΩ spans them nearly, its orthonormal basis Q gives tr QᵀAQ exactly, and only what is
 * left over, (1 − QQᵀ)A(1 − QQᵀ), is sampled.
 *
 * Hutch++ (Meyer, Musco, Musco & Woodruff 2021): a third of the products for Y, a third for AQ, a third for samples with vectors that Q has not
 * seen. Samples are normal and made equally long within the complement of Q: its dimension is known, so their length would be noise (Epperly, Tropp
 * & Webber 2024). */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/trace.h"

double temper_trace_left_out(int64_t n, int64_t k, const double *R, int64_t i, double *s) {
    double square = 0;
    for (int64_t j = 0; j < n; j++) {
        double sum = j == i;
        for (int64_t l = i; l < j; l++) sum -= R[j * k + l] * s[l];
        s[j] = j < i ? 0 : sum / R[j * k + j];
        square += s[j] * s[j];
    }
    double length = sqrt(square);
    for (int64_t j = 0; j < n; j++) s[j] /= length;
    return 1 / length;
}

bool temper_trace_remainders(int64_t dim, int64_t k, double *Y, double *R, double *room,
                             double remainder[2]) {
    double *s = room;
    memset(R, 0, (size_t)(k * k) * sizeof *R);
    for (int64_t i = 0; i < k; i++) {
        double *y = Y + i * dim, length = temper_span_orthogonal(dim, i, Y, y, R + i * k, room);
        if (!(length > 0)) return false;
        R[i * k + i] = length;
        temper_span_add(dim, 0, y, 1 / length, y);
    }
    for (int whole = 0; whole < 2; whole++) {
        const int64_t n = whole ? k : k / 2;
        remainder[whole] = 0;
        for (int64_t i = 0; i < n; i++) {
            double r = temper_trace_left_out(n, k, R, i, s);
            remainder[whole] += r * r / (double)n;
        }
    }
    return true;
}

/* ---- Hutch++ ---- */

typedef struct {
    const temper_trace_job *job;
    int64_t dim, rank;
    double *Q, *x, *image, *c, *room; /* [sketch][dim]; [block][dim] twice; [sketch] */
    temper_tally_of square;
} deflation;

int64_t temper_trace_spent(const temper_trace_job *job) { return job->A->products - job->begun; }

/* Takes b images at d->image into the basis. */
static void take(deflation *d, int64_t b) {
    for (int64_t i = 0; i < b; i++) {
        double *y = d->image + i * d->dim;
        temper_tally_one(&d->square, temper_span_dot(d->dim, y, y));
        double length = temper_span_orthogonal(d->dim, d->rank, d->Q, y, d->c, d->room);
        if (length > 0) temper_span_add(d->dim, 1 / length, y, 0, d->Q + d->rank++ * d->dim);
    }
}

static temper_status sketch(deflation *d, int64_t pilot, const double *Y, int64_t k) {
    const int64_t block = TEMPER_TRACE_BLOCK;
    for (int64_t i = 0; i < pilot; i++) {
        memcpy(d->image, Y + i * d->dim, (size_t)d->dim * sizeof *Y);
        take(d, 1);
    }
    for (int64_t i = pilot; i < k; i += block) {
        int64_t b = k - i < block ? k - i : block;
        for (int64_t j = 0; j < b; j++)
            temper_span_normals(temper_errand_stream(d->job->errand), TEMPER_ROLE_SKETCH, i + j, d->dim,
                                d->x + j * d->dim);
        temper_status bad = temper_operator_apply(d->job->A, b, d->x, d->image);
        if (!bad) bad = temper_errand_step(d->job->errand, temper_trace_spent(d->job), d->job->products);
        if (bad) return bad;
        take(d, b);
    }
    return TEMPER_OK;
}

/* tr QᵀAQ */
static temper_status inside(deflation *d, double *sum) {
    const int64_t block = TEMPER_TRACE_BLOCK;
    *sum = 0;
    for (int64_t i = 0; i < d->rank; i += block) {
        int64_t b = d->rank - i < block ? d->rank - i : block;
        const double *q = d->Q + i * d->dim;
        temper_status bad = temper_operator_apply(d->job->A, b, q, d->image);
        if (!bad) bad = temper_errand_step(d->job->errand, temper_trace_spent(d->job), d->job->products);
        if (bad) return bad;
        for (int64_t j = 0; j < b; j++)
            *sum += temper_span_dot(d->dim, q + j * d->dim, d->image + j * d->dim);
    }
    return TEMPER_OK;
}

static temper_status outside(deflation *d, double sum, temper_tally_of *rest) {
    const temper_trace_job *job = d->job;
    const double degrees = (double)(d->dim - d->rank);
    bool enough = degrees == 0;
    while (temper_trace_spent(job) < job->products && !enough) {
        int64_t left = job->products - temper_trace_spent(job),
                b = left < TEMPER_TRACE_BLOCK ? left : TEMPER_TRACE_BLOCK;
        for (int64_t i = 0; i < b; i++) {
            double *x = d->x + i * d->dim;
            temper_span_normals(temper_errand_stream(job->errand), TEMPER_ROLE_TRACE, rest->n + i, d->dim, x);
            double length = temper_span_orthogonal(d->dim, d->rank, d->Q, x, d->c, d->room);
            temper_span_add(d->dim, 0, x, sqrt(degrees) / length, x);
        }
        temper_status bad = temper_operator_apply(job->A, b, d->x, d->image);
        if (!bad) bad = temper_errand_step(job->errand, temper_trace_spent(job), job->products);
        if (bad) return bad;
        for (int64_t i = 0; i < b && !enough; i++) {
            temper_tally_one(rest, temper_span_dot(d->dim, d->x + i * d->dim, d->image + i * d->dim));
            enough =
                temper_trace_enough(job, rest->n, sum + temper_tally_mean(rest), temper_tally_error(rest));
        }
    }
    return TEMPER_OK;
}

int64_t temper_trace_sketch_size(int64_t products, int64_t dim, int64_t share) {
    int64_t k = products / share, fits = ((int64_t)1 << 30) / 8 / dim;
    if (k > fits) k = fits;
    if (k > dim) k = dim;
    return k < 1 ? 1 : k;
}

temper_status temper_trace_hutchpp(const temper_trace_job *job, int64_t pilot, const double *Y,
                                   temper_trace *out) {
    deflation d = {.job = job, .dim = job->A->dim};
    if (job->products < 4)
        return temper_fail(TEMPER_BAD_OPTION, "%s: products=%lld, Hutch++ needs 4 or more", job->A->name,
                           (long long)job->products);
    int64_t k = temper_trace_sketch_size(job->products, d.dim, 3);
    if (pilot > k) pilot = k;
    const size_t dim = (size_t)d.dim, pieces = (size_t)temper_span_pieces(d.dim), K = (size_t)k;
    d.Q = temper_alloc(K + 2 * TEMPER_TRACE_BLOCK, dim * sizeof *d.Q);
    d.c = temper_alloc(K * (pieces + 2), sizeof *d.c);
    temper_status bad = d.Q && d.c ? TEMPER_OK : TEMPER_NO_MEMORY;
    double sum = 0;
    temper_tally_of rest = {0};
    if (!bad) {
        d.x = d.Q + K * dim, d.image = d.x + TEMPER_TRACE_BLOCK * dim, d.room = d.c + K;
        bad = sketch(&d, pilot, Y, k);
    }
    if (!bad) bad = inside(&d, &sum);
    if (!bad) bad = outside(&d, sum, &rest);
    temper_release(d.Q);
    temper_release(d.c);
    if (bad) return bad;
    out->method = "Hutch++";
    out->value = out->low = out->high = sum, out->error = 0; /* what is left of a whole space: nothing */
    if (d.rank < d.dim) temper_trace_sampled(out, sum, &rest, 0);
    temper_trace_norm(out, &d.square);
    return TEMPER_OK;
}
