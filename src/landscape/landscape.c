/* One face for networks and potentials: θ in double outside, in float inside where the energy is. */
#include "temper/landscape.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"

struct temper_landscape {
    const temper_potential *potential;
    temper_potential *own, *tests; /* of a network; tests: on the test rows, or NULL */
    temper_network_task task, test;
    bool network, single, precise;
    void *scratch; /* of the potential that looked last */
    const temper_potential *seated;
    float *theta, *grad, *v, *Hv;
    temper_part *part;
    int parts;
};

static const char *const kinds[] = {"Hessian",          "Gauss-Newton",        "Fisher",
                                    "empirical Fisher", "gradient covariance", "neural tangent kernel"};

/* ---- what θ is made of ---- */

static temper_part part_of(const temper_array *a) {
    temper_part p = {.kind = TEMPER_PART_WEIGHT, .offset = a->offset, .length = a->length, .filters = 1};
    snprintf(p.name, sizeof p.name, "%s", a->name);
    (void)sscanf(a->name, "%d", &p.layer);
    const char *last = strrchr(a->name, '.');
    if (last && !strcmp(last, ".bias"))
        p.kind = TEMPER_PART_BIAS;
    else if (a->dims == 1)
        p.kind = TEMPER_PART_NORM;
    else
        p.filters = a->shape[0];
    return p;
}

static temper_status find_parts(temper_landscape *l) {
    const temper_network *network = l->network ? l->task.network : NULL;
    temper_array a;
    int arrays = 0;
    while (network && temper_network_array(network, arrays, &a)) arrays++;
    l->part = temper_alloc((size_t)arrays + 1, sizeof *l->part);
    if (!l->part) return TEMPER_NO_MEMORY;
    for (int k = 0; k < arrays; k++)
        if (temper_network_array(network, k, &a) && !a.statistic) l->part[l->parts++] = part_of(&a);
    if (!network)
        l->part[l->parts++] = (temper_part){
            .name = "theta", .kind = TEMPER_PART_WEIGHT, .length = l->potential->dim, .filters = 1};
    return TEMPER_OK;
}

/* ---- one made, and released ---- */

static temper_status furnish(temper_landscape *l) {
    size_t P = (size_t)l->potential->dim;
    const temper_potential_type *type = l->potential->type;
    size_t scratch = l->potential->scratch;
    if (l->tests && l->tests->scratch > scratch) scratch = l->tests->scratch;
    l->single = type->slope_single && !(l->precise && type->slope);
    if (!l->single && !type->slope)
        return temper_fail(TEMPER_CANNOT, "%s has no slope",
                           l->potential->text ? l->potential->text : "the potential");
    l->scratch = temper_alloc(scratch, 1);
    l->theta = temper_alloc(4 * P, sizeof *l->theta);
    if (!l->scratch || !l->theta) return TEMPER_NO_MEMORY;
    l->grad = l->theta + P, l->v = l->grad + P, l->Hv = l->v + P;
    return find_parts(l);
}

static temper_status finish(temper_landscape **out, temper_landscape *l, temper_status bad) {
    if (!bad) bad = furnish(l);
    if (bad) {
        temper_landscape_free(l);
        return bad;
    }
    *out = l;
    return TEMPER_OK;
}

temper_status temper_landscape_of_potential(temper_landscape **out, const temper_potential *potential) {
    *out = NULL;
    temper_landscape *l = temper_alloc(1, sizeof *l);
    if (!l) return TEMPER_NO_MEMORY;
    l->potential = potential;
    return finish(out, l, TEMPER_OK);
}

temper_status temper_landscape_of_network(temper_landscape **out, const temper_network_task *task,
                                          const temper_network_task *test, bool precise) {
    *out = NULL;
    temper_landscape *l = temper_alloc(1, sizeof *l);
    if (!l) return TEMPER_NO_MEMORY;
    l->network = true, l->precise = precise, l->task = *task;
    temper_status bad = temper_network_potential(&l->own, task);
    if (!bad && test) {
        l->test = *test;
        bad = temper_network_potential(&l->tests, test);
    }
    l->potential = l->own;
    return finish(out, l, bad);
}

void temper_landscape_free(temper_landscape *l) {
    if (!l) return;
    temper_potential_free(l->own);
    temper_potential_free(l->tests);
    temper_release(l->scratch);
    temper_release(l->theta);
    temper_release(l->part);
    temper_release(l);
}

int64_t temper_landscape_dim(const temper_landscape *l) { return l->potential->dim; }
int64_t temper_landscape_samples(const temper_landscape *l) { return l->potential->samples; }
bool temper_landscape_single(const temper_landscape *l) { return l->single; }
const temper_potential *temper_landscape_potential(const temper_landscape *l) { return l->potential; }
const temper_network_task *temper_landscape_task(const temper_landscape *l) {
    return l->network ? &l->task : NULL;
}
int temper_landscape_parts(const temper_landscape *l, const temper_part **part) {
    *part = l->part;
    return l->parts;
}

/* ---- value and slope ---- */

static void narrow(const double *x, int64_t n, float *out) {
    for (int64_t i = 0; i < n; i++) out[i] = (float)x[i];
}
static void widen(const float *x, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++) out[i] = (double)x[i];
}

static temper_look look_of(temper_landscape *l, const temper_potential *potential) {
    if (l->seated != potential) memset(l->scratch, 0, potential->scratch);
    l->seated = potential;
    return (temper_look){.whole = true, .scratch = l->scratch};
}

static double energy_of(temper_landscape *l, const temper_potential *potential, const double *theta) {
    temper_look look = look_of(l, potential);
    if (!l->single) return potential->type->energy(potential->self, &look, theta);
    narrow(theta, potential->dim, l->theta);
    return potential->type->energy_single(potential->self, &look, l->theta);
}

temper_status temper_landscape_energy(temper_landscape *l, const double *theta, double *u) {
    *u = energy_of(l, l->potential, theta);
    return TEMPER_OK;
}

temper_status temper_landscape_slope(temper_landscape *l, const double *theta, double *u, double *grad) {
    const temper_potential *potential = l->potential;
    temper_look look = look_of(l, potential);
    if (!l->single) {
        *u = potential->type->slope(potential->self, &look, theta, grad);
        return TEMPER_OK;
    }
    narrow(theta, potential->dim, l->theta);
    *u = potential->type->slope_single(potential->self, &look, l->theta, l->grad);
    widen(l->grad, potential->dim, grad);
    return TEMPER_OK;
}

/* ---- curvature ---- */

typedef struct { /* of a potential, by its own curve; in double */
    const temper_potential *potential;
    void *scratch;
    double *theta, *grad;
} bend;

static temper_status bend_apply(void *self, int64_t n, const double *v, double *out) {
    bend *b = self;
    temper_look look = {.whole = true, .scratch = b->scratch};
    for (int64_t k = 0, P = b->potential->dim; k < n; k++) {
        double u =
            b->potential->type->curve(b->potential->self, &look, b->theta, v + k * P, b->grad, out + k * P);
        if (isnan(u)) /* no place to be bent at, or no memory: out may be untouched */
            return temper_fail(TEMPER_DIVERGED,
                               "Hessian: the energy is not a number where its curvature is asked for");
    }
    return TEMPER_OK;
}

static void bend_release(void *self) {
    temper_release(((bend *)self)->scratch);
    temper_release(self);
}

static temper_status bend_create(const temper_landscape *l, const double *theta, temper_operator *A) {
    const temper_potential *potential = l->potential;
    size_t P = (size_t)potential->dim;
    if (!potential->type->curve)
        return temper_fail(TEMPER_CANNOT, "%s does not tell its curvature",
                           potential->text ? potential->text : "the potential");
    bend *b = temper_alloc(1, sizeof *b + 2 * P * sizeof(double));
    if (!b) return TEMPER_NO_MEMORY;
    *b = (bend){.potential = potential, .theta = (double *)(void *)(b + 1)};
    b->grad = b->theta + P;
    if (!(b->scratch = temper_alloc(potential->scratch, 1))) {
        temper_release(b);
        return TEMPER_NO_MEMORY;
    }
    memcpy(b->theta, theta, P * sizeof *theta);
    A->dim = (int64_t)P, A->self = b, A->apply = bend_apply, A->release = bend_release;
    return TEMPER_OK;
}

typedef struct { /* of a network, by a probe in float */
    temper_probe *probe;
    int64_t dim, room;
    float *v; /* [2][room][dim] */
} touch;

static temper_status touch_apply(void *self, int64_t n, const double *v, double *out) {
    touch *t = self;
    if (n > t->room) {
        float *more = temper_alloc((size_t)(2 * n), (size_t)t->dim * sizeof *more);
        if (!more) return TEMPER_NO_MEMORY;
        temper_release(t->v);
        t->v = more, t->room = n;
    }
    float *answer = t->v + n * t->dim;
    narrow(v, n * t->dim, t->v);
    temper_status bad = temper_probe_apply(t->probe, n, t->v, answer);
    if (!bad) widen(answer, n * t->dim, out);
    return bad;
}

static void touch_release(void *self) {
    touch *t = self;
    temper_probe_free(t->probe);
    temper_release(t->v);
    temper_release(t);
}

static temper_status touch_create(temper_landscape *l, temper_curvature kind, const double *theta,
                                  temper_stream stream, temper_operator *A) {
    touch *t = temper_alloc(1, sizeof *t);
    if (!t) return TEMPER_NO_MEMORY;
    narrow(theta, l->potential->dim, l->theta);
    temper_status bad = temper_probe_create(&t->probe, &l->task, kind, l->theta, stream, 0);
    if (bad) {
        temper_release(t);
        return bad;
    }
    t->dim = temper_probe_dim(t->probe);
    A->dim = t->dim, A->self = t, A->apply = touch_apply, A->release = touch_release;
    return TEMPER_OK;
}

temper_status temper_landscape_operator(temper_landscape *l, temper_curvature kind, const double *theta,
                                        temper_stream stream, temper_operator **out) {
    *out = NULL;
    bool probe = l->network && l->single;
    if (!probe && kind != TEMPER_HESSIAN)
        return temper_fail(TEMPER_CANNOT,
                           "%s: only networks in single precision have one, here is the Hessian alone",
                           kinds[kind]);
    temper_operator *A = temper_alloc(1, sizeof *A);
    if (!A) return TEMPER_NO_MEMORY;
    A->name = kinds[kind];
    temper_status bad = probe ? touch_create(l, kind, theta, stream, A) : bend_create(l, theta, A);
    if (bad)
        temper_release(A);
    else
        *out = A;
    return bad;
}

temper_status temper_landscape_operator_seeded(temper_landscape *l, int kind, const double *theta,
                                               uint64_t seed, temper_operator **A) {
    *A = NULL;
    if (kind < 0 || kind > TEMPER_NTK)
        return temper_fail(TEMPER_BAD_OPTION, "landscape: kind=%d of curvature is outside 0 ... %d", kind,
                           TEMPER_NTK);
    return temper_landscape_operator(l, (temper_curvature)kind, theta, (temper_stream){seed, 200}, A);
}

/* ---- planes ---- */

/* Point by point: of potentials, which are cheap, and in double. */
static temper_status scan_plainly(temper_landscape *l, const temper_plane *plane, const temper_errand *errand,
                                  const temper_scanned *out) {
    const temper_potential *potential = plane->test ? l->tests : l->potential;
    int64_t P = potential->dim;
    double *theta = temper_alloc((size_t)P, sizeof *theta);
    if (!theta) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    for (int64_t p = 0; p < plane->points && !bad; p++) {
        const double *x = plane->x + p * plane->axes;
        for (int64_t i = 0; i < P; i++) {
            theta[i] = plane->theta[i];
            for (int k = 0; k < plane->axes; k++) theta[i] += x[k] * plane->direction[k * P + i];
        }
        double u = energy_of(l, potential, theta);
        if (out->loss) out->loss[p] = u;
        if (out->error) out->error[p] = l->network ? NAN : 0;
        if (out->wrong) out->wrong[p] = NAN;
        bad = temper_errand_step(errand, p + 1, plane->points);
    }
    temper_release(theta);
    return bad;
}

temper_status temper_landscape_scan(temper_landscape *l, const temper_plane *plane,
                                    const temper_errand *errand, const temper_scanned *out) {
    if (plane->axes < 1 || plane->axes > TEMPER_AXES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "landscape: axes=%d is outside 1 ... %d", plane->axes,
                           TEMPER_AXES_MAX);
    if (plane->test && !l->tests)
        return temper_fail(TEMPER_CANNOT, "landscape: there are no test rows to look at");
    if (!l->network || !l->single) return scan_plainly(l, plane, errand, out);
    int64_t P = l->potential->dim;
    float *room = temper_alloc((size_t)(plane->axes + 1), (size_t)P * sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    temper_scan scan = {.task = plane->test ? &l->test : &l->task,
                        .theta = room,
                        .axes = plane->axes,
                        .points = plane->points,
                        .x = plane->x,
                        .stop = errand ? errand->stop : NULL,
                        .tell = errand ? errand->tell : NULL,
                        .context = errand ? errand->context : NULL};
    narrow(plane->theta, P, room);
    for (int k = 0; k < plane->axes; k++) {
        narrow(plane->direction + k * P, P, room + (k + 1) * P);
        scan.direction[k] = room + (k + 1) * P;
    }
    temper_status bad = temper_network_scan(&scan, out);
    temper_release(room);
    return bad;
}
