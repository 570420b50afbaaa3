/* What is costly at a point of a slice: slope, ends of the spectrum, curvature within the plane. */
#include <math.h>
#include "landscape/slice_parts.h"
#include "landscape/vectors.h"
#include "num/eigen.h"

static void stand(temper_slice *s, int64_t p) {
    double x[TEMPER_AXES_MAX];
    temper_slice_place(s, p, x);
    for (int64_t i = 0; i < s->dim; i++) {
        double at = s->theta[i];
        for (int k = 0; k < s->axes; k++) at += x[k] * s->direction[k * s->dim + i];
        s->at[i] = at;
    }
}

static void put(temper_slice *s, temper_field field, int64_t p, double value) {
    if (s->field[field]) s->field[field][p] = isfinite(value) ? value : NAN;
}

static temper_status slope(temper_slice *s, int64_t p) {
    double u;
    temper_status bad = temper_landscape_slope(s->landscape, s->at, &u, s->grad);
    if (!bad) put(s, TEMPER_FIELD_GRADIENT, p, sqrt(temper_inner(s->dim, s->grad, s->grad)));
    return bad;
}

static temper_status ends(temper_slice *s, temper_operator *H, int64_t p, const temper_errand *errand) {
    temper_ends found = {0};
    temper_ends_plan plan = {
        .which = TEMPER_BOTH_ENDS, .pairs = s->dim > 1 ? 2 : 1, .tolerance = 1e-3, .most = 100};
    temper_errand inner = {.stream = s->stream, .stop = errand ? errand->stop : NULL};
    temper_status bad = temper_ends_find(H, &plan, &inner, &found);
    if (!bad) {
        put(s, TEMPER_FIELD_TOP, p, found.value[0]);
        put(s, TEMPER_FIELD_BOTTOM, p, found.value[found.pairs - 1]);
        temper_ends_clear(&found);
    }
    return bad;
}

static temper_status projected(temper_slice *s, temper_operator *H, int64_t p) {
    double A[TEMPER_AXES_MAX * TEMPER_AXES_MAX], value[TEMPER_AXES_MAX], room[TEMPER_AXES_MAX], trace = 0;
    int n = s->axes;
    temper_status bad = temper_operator_apply(H, n, s->direction, s->Hd);
    if (bad) return bad;
    for (int j = 0; j < n; j++)
        for (int k = 0; k < n; k++)
            A[j * n + k] = temper_inner(s->dim, s->direction + j * s->dim, s->Hd + k * s->dim);
    for (int j = 0; j < n; j++) {
        trace += A[j * n + j];
        for (int k = 0; k < j; k++) A[j * n + k] = (A[j * n + k] + A[k * n + j]) / 2;
    }
    bool found = temper_eigen_symmetric(n, A, value, room) == n;
    put(s, TEMPER_FIELD_UPPER, p, found ? value[0] : NAN);
    put(s, TEMPER_FIELD_LOWER, p, found ? value[n - 1] : NAN);
    put(s, TEMPER_FIELD_MEAN, p, trace / n);
    return TEMPER_OK;
}

/* A place where a product is not finite has no curvature; that is no failure of the slice. */
static temper_status forgive(temper_slice *s, int64_t p, unsigned phase, temper_status bad) {
    if (bad != TEMPER_DIVERGED) return bad;
    for (temper_field f = phase == SLICE_ENDS ? TEMPER_FIELD_TOP : TEMPER_FIELD_UPPER;
         f <= (phase == SLICE_ENDS ? TEMPER_FIELD_BOTTOM : TEMPER_FIELD_MEAN); f++)
        put(s, f, p, NAN);
    return TEMPER_OK;
}

temper_status temper_slice_point(temper_slice *s, int64_t p, unsigned phases, const temper_errand *errand) {
    temper_operator *H = NULL;
    stand(s, p);
    temper_status bad = phases & SLICE_SLOPE ? slope(s, p) : TEMPER_OK;
    if (bad || !(phases & (SLICE_ENDS | SLICE_PROJECTED))) return bad;
    bad = temper_landscape_operator(s->landscape, TEMPER_HESSIAN, s->at, s->stream, &H);
    if (!bad && phases & SLICE_ENDS) bad = forgive(s, p, SLICE_ENDS, ends(s, H, p, errand));
    if (!bad && phases & SLICE_PROJECTED) bad = forgive(s, p, SLICE_PROJECTED, projected(s, H, p));
    temper_operator_free(H);
    return bad;
}
