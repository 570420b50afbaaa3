/* What random planes show of a Hessian (Böttcher & Wheeler, "Visualizing high-dimensional loss landscapes with Hessian directions", J. Stat. Mech. 2024,
 * 023401; arXiv:2208.13219).
 *
 * For η, δ standard normal A = ηᵀHη, B = ηᵀHδ, C = δᵀHδ have means tr H, 0, tr H and, F = ‖H‖_F, variances 2F², F², 2F². With many comparable
 * eigenvalues they are normal, (A − C)/2 and B are then independent with deviation F, and so κ± = (A + C)/2 ± R with R of Rayleigh's law, mean
 * F√(π/2). A saddle is seen when |A + C|/2 < R: with (A + C)/2 of mean tr H and deviation F this has the probability 2^{−1/2} exp(−(tr H)²/4F²).
 *
 * F is measured as the mean of |Hη|², which is F² for any spectrum. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/vectors.h"
#include "temper/parallel.h"
#include "temper/slice.h"

enum { BLOCK_MAX = 16 }; /* pairs at a time */
#define PI 3.14159265358979323846

typedef struct {
    temper_operator *H;
    const temper_projections_plan *plan;
    int64_t dim, first;             /* of the block */
    double *v, *Hv;                 /* [2·block][dim]: η, δ, η, δ, … */
    double *trace, *square, *kappa; /* [draws], [draws], [draws][2] */
} drawing;

static temper_status draw_one(void *context, int64_t k) {
    drawing *w = context;
    double *v = w->v + k * w->dim;
    temper_direction_random(w->plan->stream, 2 * w->first + k, w->dim, v);
    if (!w->plan->unit) return TEMPER_OK;
    double length = sqrt(temper_inner(w->dim, v, v));
    for (int64_t i = 0; i < w->dim && length > 0; i++) v[i] /= length;
    return TEMPER_OK;
}

static temper_status look_at_one(void *context, int64_t k) {
    drawing *w = context;
    const double *eta = w->v + 2 * k * w->dim, *delta = eta + w->dim, *Heta = w->Hv + 2 * k * w->dim,
                 *Hdelta = Heta + w->dim;
    double A = temper_inner(w->dim, eta, Heta), C = temper_inner(w->dim, delta, Hdelta);
    double B = (temper_inner(w->dim, eta, Hdelta) + temper_inner(w->dim, delta, Heta)) / 2;
    double middle = (A + C) / 2, R = sqrt((A - C) * (A - C) / 4 + B * B);
    int64_t at = w->first + k;
    w->kappa[2 * at] = middle + R, w->kappa[2 * at + 1] = middle - R;
    w->trace[at] = middle;
    w->square[at] = (temper_inner(w->dim, Heta, Heta) + temper_inner(w->dim, Hdelta, Hdelta)) / 2;
    return TEMPER_OK;
}

static temper_status draw_all(drawing *w, int64_t block, const temper_errand *errand) {
    int64_t draws = w->plan->draws;
    for (w->first = 0; w->first < draws; w->first += block) {
        int64_t n = draws - w->first < block ? draws - w->first : block;
        if (errand && errand->stop && *errand->stop) return TEMPER_STOPPED;
        temper_status bad = temper_parallel(2 * n, draw_one, w);
        if (!bad) bad = temper_operator_apply(w->H, 2 * n, w->v, w->Hv);
        if (!bad) bad = temper_parallel(n, look_at_one, w);
        if (bad) return bad;
        if (errand && errand->tell) errand->tell(errand->context, w->first + n, draws);
    }
    return TEMPER_OK;
}

/* Mean of x[n] at this stride, and its standard error. */
static double mean_of(int64_t n, const double *x, int64_t stride, double *error) {
    double mean = 0, square = 0;
    for (int64_t k = 0; k < n; k++) mean += x[k * stride];
    mean /= (double)n;
    for (int64_t k = 0; k < n; k++) square += (x[k * stride] - mean) * (x[k * stride] - mean);
    *error = sqrt(square / (double)(n - 1) / (double)n);
    return mean;
}

/* Agresti and Coull's: never 0. */
static double share_of(int64_t n, int64_t hits, double *error) {
    double p = ((double)hits + 2) / ((double)n + 4);
    *error = sqrt(p * (1 - p) / ((double)n + 4));
    return (double)hits / (double)n;
}

static void judge(const drawing *w, temper_projections *out) {
    int64_t n = w->plan->draws, saddles = 0, minima = 0, maxima = 0;
    double square_error, unit = w->plan->unit ? 1 / (double)w->dim : 1;
    for (int64_t k = 0; k < n; k++) {
        double upper = w->kappa[2 * k], lower = w->kappa[2 * k + 1];
        saddles += upper > 0 && lower<0, minima += lower> 0, maxima += upper < 0;
    }
    out->upper = mean_of(n, w->kappa, 2, &out->upper_error);
    out->lower = mean_of(n, w->kappa + 1, 2, &out->lower_error);
    out->saddle = share_of(n, saddles, &out->saddle_error);
    out->minimum = share_of(n, minima, &out->minimum_error);
    out->maximum = share_of(n, maxima, &out->maximum_error);
    out->trace = mean_of(n, w->trace, 1, &out->trace_error) / unit, out->trace_error /= unit;
    double square = mean_of(n, w->square, 1, &square_error) / unit; /* F² */
    out->frobenius = sqrt(square);
    out->frobenius_error = square > 0 ? square_error / unit / (2 * out->frobenius) : 0;
    out->upper_theory = unit * (out->trace + out->frobenius * sqrt(PI / 2));
    out->lower_theory = unit * (out->trace - out->frobenius * sqrt(PI / 2));
    out->saddle_theory = square > 0 ? sqrt(0.5) * temper_exp(-out->trace * out->trace / (4 * square)) : 0;
}

temper_status temper_projections_find(temper_operator *H, const temper_projections_plan *plan,
                                      const temper_errand *errand, temper_projections *out) {
    *out = (temper_projections){.draws = plan->draws, .dim = H->dim};
    if (plan->draws < 2 || plan->draws > 1000000000)
        return temper_fail(TEMPER_BAD_OPTION, "projections: draws=%lld is outside 2 ... 1e9",
                           (long long)plan->draws);
    if (H->dim < 2) return temper_fail(TEMPER_CANNOT, "projections: in one dimension there are no planes");
    int64_t before = H->products, block = (1 << 22) / H->dim;
    block = block < 1 ? 1 : block > BLOCK_MAX ? BLOCK_MAX : block;
    drawing w = {.H = H, .plan = plan, .dim = H->dim};
    w.v = temper_alloc((size_t)(4 * block), (size_t)H->dim * sizeof *w.v);
    w.trace = temper_alloc((size_t)plan->draws, 2 * sizeof *w.trace);
    out->kappa = w.kappa = temper_alloc((size_t)plan->draws, 2 * sizeof *w.kappa);
    temper_status bad = w.v && w.trace && w.kappa ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        w.Hv = w.v + 2 * block * H->dim, w.square = w.trace + plan->draws;
        bad = draw_all(&w, block, errand);
    }
    if (!bad) judge(&w, out);
    out->products = H->products - before;
    temper_release(w.v);
    temper_release(w.trace);
    if (bad) temper_projections_clear(out);
    return bad;
}

void temper_projections_clear(temper_projections *p) {
    temper_release(p->kappa);
    *p = (temper_projections){0};
}
