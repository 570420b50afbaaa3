/* A slice: which points, what is computed at them, in which steps. The grid of the loss goes through temper_landscape_scan, which shares the
 * first layer's products among all points of a step; costly fields are computed point by point.
 *
 * Invariant: a point's numbers are a function of its coordinates alone, so that steps of any size, in any order, after any stop give equal bits. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/slice_parts.h"
#include "landscape/vectors.h"

static const char *const names[TEMPER_FIELDS] = {
    "loss",     "loss_error", "error",  "test_loss", "test_loss_error", "test_error",
    "gradient", "top",        "bottom", "upper",     "lower",           "mean"};
static const unsigned phase_of[TEMPER_FIELDS] = {
    SLICE_TRAINING, SLICE_TRAINING, SLICE_TRAINING, SLICE_TEST,      SLICE_TEST,      SLICE_TEST,
    SLICE_SLOPE,    SLICE_ENDS,     SLICE_ENDS,     SLICE_PROJECTED, SLICE_PROJECTED, SLICE_PROJECTED};

const char *temper_field_name(temper_field field) { return field < TEMPER_FIELDS ? names[field] : NULL; }

double temper_axis_at(const temper_axis *a, int64_t i) {
    return (a->from * (double)(a->n - 1 - i) + a->to * (double)i) / (double)(a->n - 1);
}

void temper_slice_place(const temper_slice *s, int64_t p, double *x) {
    for (int k = 0; k < s->axes; k++) x[k] = temper_axis_at(&s->axis[k], p / s->stride[k] % s->axis[k].n);
}

/* ---- made ---- */

static temper_status check(const temper_slice_plan *plan) {
    if (plan->axes < 1 || plan->axes > TEMPER_AXES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "slice: axes=%d is outside 1 ... %d", plan->axes,
                           TEMPER_AXES_MAX);
    if (plan->refine < 0 || plan->refine > 6)
        return temper_fail(TEMPER_BAD_OPTION, "slice: refine=%d is outside 0 ... 6", plan->refine);
    double points = 1;
    for (int k = 0; k < plan->axes; k++) {
        const temper_axis *a = &plan->axis[k];
        if (!isfinite(a->from) || !isfinite(a->to) || a->from == a->to || a->n < 2)
            return temper_fail(
                TEMPER_BAD_OPTION,
                "slice: axis %d is %g:%g:%lld; two different ends and 2 points at least are needed", k,
                a->from, a->to, (long long)a->n);
        points *= (double)(a->n - 1) * (double)(1 << plan->refine) + 1;
    }
    if (points > 1e8)
        return temper_fail(TEMPER_BAD_OPTION, "slice: %.3g points; at most 1e8 are possible", points);
    return TEMPER_OK;
}

static void lay_grid(temper_slice *s, const temper_slice_plan *plan) {
    s->axes = plan->axes, s->refine = plan->refine, s->points = 1;
    for (int k = 0; k < s->axes; k++) {
        s->axis[k] = plan->axis[k];
        s->axis[k].n = (plan->axis[k].n - 1) * ((int64_t)1 << s->refine) + 1;
        s->stride[k] = s->points;
        s->points *= s->axis[k].n;
    }
    s->fields = (plan->fields & ((1u << TEMPER_FIELDS) - 1)) | 1u << TEMPER_FIELD_LOSS;
    for (int f = 0; f < TEMPER_FIELDS; f++)
        if (s->fields >> f & 1) s->phases |= phase_of[f];
    s->stream = plan->stream;
}

static temper_status lay_state(temper_slice *s) {
    size_t n = (size_t)s->points, columns = 0;
    for (int f = 0; f < TEMPER_FIELDS; f++) columns += s->fields >> f & 1;
    s->bytes = sizeof *s->turn + n * (columns * sizeof(double) + 2);
    if (!(s->state = temper_alloc(s->bytes, 1))) return TEMPER_NO_MEMORY;
    s->turn = (int64_t *)(void *)s->state;
    double *column = (double *)(void *)(s->turn + 1);
    for (int f = 0; f < TEMPER_FIELDS; f++)
        if (s->fields >> f & 1) s->field[f] = column, column += n;
    s->level = (uint8_t *)column, s->done = s->level + n;
    memset(s->level, TEMPER_NOT_COMPUTED, n);
    int64_t step = (int64_t)1 << s->refine;
    for (int64_t p = 0; p < s->points; p++) {
        bool coarse = true;
        for (int k = 0; k < s->axes; k++) coarse &= p / s->stride[k] % s->axis[k].n % step == 0;
        if (coarse) s->level[p] = 0, s->wanted++;
    }
    return TEMPER_OK;
}

static temper_status furnish(temper_slice *s, const temper_slice_plan *plan) {
    size_t P = (size_t)s->dim, axes = (size_t)s->axes,
           costly = s->phases & ~(unsigned)(SLICE_TRAINING | SLICE_TEST);
    s->theta = temper_alloc(costly ? 3 + 2 * axes : 1 + axes, P * sizeof *s->theta);
    if (!s->theta) return TEMPER_NO_MEMORY;
    s->direction = s->theta + P;
    if (costly) s->at = s->direction + axes * P, s->grad = s->at + P, s->Hd = s->grad + P;
    memcpy(s->theta, plan->theta, P * sizeof *s->theta);
    memcpy(s->direction, plan->direction, axes * P * sizeof *s->theta);
    return lay_state(s);
}

temper_status temper_slice_create(temper_slice **slice, temper_landscape *landscape,
                                  const temper_slice_plan *plan) {
    *slice = NULL;
    temper_status bad = check(plan);
    if (bad) return bad;
    temper_slice *s = temper_alloc(1, sizeof *s);
    if (!s) return TEMPER_NO_MEMORY;
    s->landscape = landscape, s->dim = temper_landscape_dim(landscape);
    lay_grid(s, plan);
    if ((bad = furnish(s, plan))) {
        temper_slice_free(s);
        return bad;
    }
    *slice = s;
    return TEMPER_OK;
}

void temper_slice_free(temper_slice *s) {
    if (!s) return;
    temper_release(s->theta);
    temper_release(s->state);
    temper_release(s);
}

/* ---- steps ---- */

typedef struct { /* one step */
    temper_slice *s;
    const temper_errand *errand;
    int64_t *point, n; /* the points it looks at */
    double *x, *out;   /* [n][axes], [3][n] */
    double share;      /* of a point, that one phase is */
    double before;     /* points' worth of work that was done before what is under way now */
    double now;        /* and points' worth of what is under way */
} step;

static int bits(unsigned x) {
    int n = 0;
    for (; x; x &= x - 1) n++;
    return n;
}

static void tell(void *context, int64_t done, int64_t total) {
    const step *w = context;
    double part = total > 0 ? w->now * (double)done / (double)total : 0;
    if (w->errand && w->errand->tell)
        w->errand->tell(w->errand->context, (int64_t)(w->before + part), w->s->wanted);
}

/* A plane's worth of loss, for those of the step's points that lack it. */
static temper_status scan(step *w, unsigned phase, int first) {
    temper_slice *s = w->s;
    int64_t m = 0, n = w->n;
    int64_t *of = w->point + n;
    for (int64_t k = 0; k < n; k++)
        if (!(s->done[w->point[k]] & phase)) {
            temper_slice_place(s, w->point[k], w->x + m * s->axes);
            of[m++] = w->point[k];
        }
    if (!m) return TEMPER_OK;
    temper_plane plane = {.theta = s->theta,
                          .direction = s->direction,
                          .axes = s->axes,
                          .points = m,
                          .x = w->x,
                          .test = phase == SLICE_TEST};
    temper_scanned out = {.loss = w->out};
    if (s->field[first + 1]) out.error = w->out + n;
    if (s->field[first + 2]) out.wrong = w->out + 2 * n;
    temper_errand inner = {
        .stream = s->stream, .stop = w->errand ? w->errand->stop : NULL, .tell = tell, .context = w};
    w->now = w->share * (double)m;
    temper_status bad = temper_landscape_scan(s->landscape, &plane, &inner, &out);
    if (bad) return bad;
    for (int64_t k = 0; k < m; k++) /* outputs that are no numbers have no largest one */
        if (!isfinite(w->out[k])) w->out[2 * n + k] = NAN;
    for (int c = 0; c < 3; c++)
        for (int64_t k = 0; k < m && s->field[first + c]; k++) s->field[first + c][of[k]] = w->out[c * n + k];
    for (int64_t k = 0; k < m; k++) s->done[of[k]] |= (uint8_t)phase;
    w->before += w->now;
    return TEMPER_OK;
}

static temper_status work(step *w) {
    temper_slice *s = w->s;
    unsigned costly = s->phases & ~(unsigned)(SLICE_TRAINING | SLICE_TEST);
    w->share = 1.0 / bits(s->phases);
    temper_status bad = s->phases & SLICE_TRAINING ? scan(w, SLICE_TRAINING, TEMPER_FIELD_LOSS) : TEMPER_OK;
    if (!bad && s->phases & SLICE_TEST) bad = scan(w, SLICE_TEST, TEMPER_FIELD_TEST_LOSS);
    for (int64_t k = 0; k < w->n && costly && !bad; k++) {
        int64_t p = w->point[k];
        if (w->errand && w->errand->stop && *w->errand->stop) return TEMPER_STOPPED;
        bad = temper_slice_point(s, p, costly & ~s->done[p], w->errand);
        if (bad) return bad;
        s->done[p] |= (uint8_t)costly;
        w->before += w->share * bits(costly);
        tell(w, 0, 0);
    }
    return bad;
}

static void count(temper_slice *s) {
    s->computed = s->wanted = 0;
    for (int64_t p = 0; p < s->points; p++) {
        bool wanted = s->level[p] != TEMPER_NOT_COMPUTED;
        s->wanted += wanted;
        s->computed += wanted && (s->done[p] & s->phases) == s->phases;
    }
}

static int64_t gather(const temper_slice *s, int64_t most, int64_t *point) {
    int64_t n = 0;
    for (int64_t p = 0; p < s->points && n < most; p++)
        if (s->level[p] != TEMPER_NOT_COMPUTED && (s->done[p] & s->phases) != s->phases) point[n++] = p;
    return n;
}

/* All points of this halving are there. */
static temper_status turn(temper_slice *s) {
    if (*s->turn < s->refine) {
        temper_status bad = temper_slice_refine(s);
        if (bad) return bad;
    } else {
        temper_slice_interpolate(s);
    }
    ++*s->turn;
    return TEMPER_OK;
}

temper_status temper_slice_step(temper_slice *s, int64_t most, const temper_errand *errand, bool *done) {
    temper_status bad = TEMPER_OK;
    count(s);
    while (!bad && s->computed == s->wanted && *s->turn <= s->refine) {
        bad = turn(s);
        count(s);
    }
    *done = *s->turn > s->refine;
    if (bad || *done) return bad;
    int64_t left = s->wanted - s->computed, room = most > 0 && most < left ? most : left;
    step w = {.s = s, .errand = errand, .before = (double)s->computed};
    w.point = temper_alloc(2 * (size_t)room, sizeof *w.point);
    w.x = temper_alloc((size_t)room, (size_t)(s->axes + 3) * sizeof *w.x);
    bad = w.point && w.x ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        w.out = w.x + room * s->axes;
        w.n = gather(s, room, w.point);
        bad = work(&w);
    }
    temper_release(w.point);
    temper_release(w.x);
    count(s);
    if (!bad && s->computed == s->wanted && *s->turn == s->refine) bad = turn(s);
    *done = !bad && *s->turn > s->refine;
    return bad;
}

/* ---- seen from outside ---- */

temper_slice_view temper_slice_look(const temper_slice *s) {
    temper_slice_view v = {.axes = s->axes,
                           .points = s->points,
                           .level = s->level,
                           .computed = s->computed,
                           .wanted = s->wanted};
    for (int k = 0; k < s->axes; k++) v.axis[k] = s->axis[k];
    for (int f = 0; f < TEMPER_FIELDS; f++) v.field[f] = s->field[f];
    return v;
}

void *temper_slice_state(temper_slice *s, size_t *bytes) {
    *bytes = s->bytes;
    return s->state;
}

temper_status temper_slice_restored(temper_slice *s) {
    bool good = *s->turn >= 0 && *s->turn <= s->refine + 1;
    for (int64_t p = 0; p < s->points && good; p++) {
        bool wanted = s->level[p] != TEMPER_NOT_COMPUTED;
        good = wanted ? s->level[p] <= s->refine && !(s->done[p] & ~s->phases) : s->done[p] == 0;
    }
    count(s);
    return good ? TEMPER_OK
                : temper_fail(TEMPER_BAD_DATA, "slice: the stored points are not those of this grid");
}

/* ---- beside ---- */

temper_status temper_slice_beside(temper_landscape *landscape, temper_operator *H, const double *theta,
                                  int axes, const double *direction, temper_beside *beside) {
    int64_t P = temper_landscape_dim(landscape);
    double u, *grad = temper_alloc((size_t)P, 2 * sizeof *grad);
    if (!grad) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(landscape, theta, &u, grad);
    for (int k = 0; k < axes && !bad; k++) {
        const double *d = direction + k * P;
        double square = temper_inner(P, d, d), *Hd = grad + P;
        beside[k] = (temper_beside){sqrt(square), temper_inner(P, grad, d), NAN, NAN};
        if (!H) continue;
        bad = temper_operator_apply(H, 1, d, Hd);
        if (bad) break;
        beside[k].curvature = temper_inner(P, d, Hd);
        beside[k].value = square > 0 ? beside[k].curvature / square : NAN;
    }
    temper_release(grad);
    return bad;
}
