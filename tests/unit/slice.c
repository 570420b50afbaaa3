/* Slices: fields against closed forms on a quadratic with a bump, networks against their own loss and eigenvalues, refinement, stops and bits. */
#include <stdlib.h>
#include "network_rig.h"
#include "temper/slice.h"

/* ---- a potential that is known: u = ½ Σ λ_i θ_i² + c θ_0⁴ ---- */

enum { D = 6 };
static const double lambda[D] = {3, -2, 0.5, 0.25, 1, -0.125};
static double quartic;

static double known_slope(const void *self, const temper_look *look, const double *x, double *g) {
    double u = quartic * x[0] * x[0] * x[0] * x[0];
    (void)self, (void)look;
    for (int i = 0; i < D; i++) u += lambda[i] * x[i] * x[i] / 2, g[i] = lambda[i] * x[i];
    g[0] += 4 * quartic * x[0] * x[0] * x[0];
    return u;
}
static double known_energy(const void *self, const temper_look *look, const double *x) {
    double g[D];
    return known_slope(self, look, x, g);
}
static double known_curve(const void *self, const temper_look *look, const double *x, const double *v,
                          double *g, double *Hv) {
    for (int i = 0; i < D; i++) Hv[i] = lambda[i] * v[i];
    Hv[0] += 12 * quartic * x[0] * x[0] * v[0];
    return known_slope(self, look, x, g);
}
static const temper_potential_type known = {
    .energy = known_energy, .slope = known_slope, .curve = known_curve};
static const temper_potential potential = {
    .type = &known, .text = "known", .dim = D, .samples = 1, .batches = 1};

static const double origin[D] = {0.1, -0.2, 0.3, 0, 0, 1};
static const double plane[2 * D] = {1, 0, 0, 0, 0, 0, 0.5, 2, 0, 0, 0, 0};

static temper_slice_plan plan_of(int axes, int64_t n, unsigned fields, int refine) {
    temper_slice_plan p = {
        .theta = origin, .direction = plane, .axes = axes, .fields = fields, .refine = refine};
    for (int k = 0; k < axes; k++) p.axis[k] = (temper_axis){-1, 1, n};
    return p;
}

static temper_slice *run(temper_landscape *l, const temper_slice_plan *plan, int64_t most) {
    temper_slice *s = NULL;
    bool done = false;
    CHECK_OK(temper_slice_create(&s, l, plan));
    for (int turn = 0; s && !done && turn < 100000; turn++) {
        temper_status bad = temper_slice_step(s, most, NULL, &done);
        CHECK(!bad, "%s", temper_message());
        if (bad) break;
    }
    return s;
}

static const unsigned every = 1u << TEMPER_FIELD_LOSS | 1u << TEMPER_FIELD_GRADIENT | 1u << TEMPER_FIELD_TOP |
                              1u << TEMPER_FIELD_BOTTOM | 1u << TEMPER_FIELD_UPPER |
                              1u << TEMPER_FIELD_LOWER | 1u << TEMPER_FIELD_MEAN;

static void fields(void) {
    temper_landscape *l = NULL;
    quartic = 0.5;
    CHECK_OK(temper_landscape_of_potential(&l, &potential));
    temper_slice_plan plan = plan_of(2, 5, every, 0);
    temper_slice *s = run(l, &plan, 0);
    if (!s) return;
    temper_slice_view v = temper_slice_look(s);
    CHECK(v.points == 25 && v.computed == 25 && v.wanted == 25, "%lld points", (long long)v.computed);
    CHECK(!v.field[TEMPER_FIELD_TEST_LOSS] && !v.field[TEMPER_FIELD_WRONG], "what was not asked for");
    for (int64_t p = 0; p < 25; p++) {
        double a = temper_axis_at(&v.axis[0], p % 5), b = temper_axis_at(&v.axis[1], p / 5), x[D], g[D];
        for (int i = 0; i < D; i++) x[i] = origin[i] + a * plane[i] + b * plane[D + i];
        double u = known_slope(NULL, NULL, x, g), G = 0, h = lambda[0] + 12 * quartic * x[0] * x[0];
        for (int i = 0; i < D; i++) G += g[i] * g[i];
        CHECK_NEAR(v.field[TEMPER_FIELD_LOSS][p], u, 1e-12);
        CHECK_NEAR(v.field[TEMPER_FIELD_GRADIENT][p], sqrt(G), 1e-12);
        CHECK_NEAR(v.field[TEMPER_FIELD_TOP][p], h, 1e-9);
        CHECK_NEAR(v.field[TEMPER_FIELD_BOTTOM][p], -2, 1e-9);
        double A = h, B = h / 2, C = h / 4 - 8,
               R = sqrt((A - C) * (A - C) / 4 + B * B); /* d₁ = (½, 2, 0 …) */
        CHECK_NEAR(v.field[TEMPER_FIELD_UPPER][p], (A + C) / 2 + R, 1e-9);
        CHECK_NEAR(v.field[TEMPER_FIELD_LOWER][p], (A + C) / 2 - R, 1e-9);
        CHECK_NEAR(v.field[TEMPER_FIELD_MEAN][p], (A + C) / 2, 1e-9);
    }
    CHECK(temper_axis_at(&v.axis[0], 2) == 0 && temper_axis_at(&v.axis[0], 4) == 1,
          "the middle is 0 exactly");
    temper_slice_free(s);
    temper_operator *H = NULL;
    temper_beside beside[2];
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, origin, (temper_stream){0}, &H));
    CHECK_OK(temper_slice_beside(l, H, origin, 2, plane, beside));
    CHECK_NEAR(beside[1].length, sqrt(4.25), 1e-12);
    CHECK_NEAR(beside[1].curvature, 3.06 / 4 - 8, 1e-12);
    CHECK_NEAR(beside[1].value, (3.06 / 4 - 8) / 4.25, 1e-12);
    CHECK_NEAR(beside[1].slope, (0.3 + 2 * 0.001) / 2 + 2 * 0.4, 1e-12);
    CHECK_OK(temper_slice_beside(l, NULL, origin, 1, plane, beside));
    CHECK(isnan(beside[0].value), "without a Hessian");
    temper_operator_free(H);
    temper_landscape_free(l);
}

/* Refined where it bends; between computed points straight lines; every computed point equals the same point of a full grid. */
static void refined(void) {
    temper_landscape *l = NULL;
    quartic = 300;
    CHECK_OK(temper_landscape_of_potential(&l, &potential));
    for (int axes = 1; axes <= 3; axes++) {
        static double room[3 * D];
        memcpy(room, plane, sizeof plane);
        room[2 * D + 4] = 1;
        int64_t n = axes == 3 ? 5 : 9;
        temper_slice_plan coarse = plan_of(axes, n, 1u << TEMPER_FIELD_LOSS, 2), fine = coarse;
        coarse.direction = fine.direction = room;
        fine.refine = 0;
        for (int k = 0; k < axes; k++) fine.axis[k].n = 4 * (n - 1) + 1;
        temper_slice *s = run(l, &coarse, 0), *full = run(l, &fine, 0);
        if (!s || !full) return;
        temper_slice_view a = temper_slice_look(s), b = temper_slice_look(full);
        CHECK(a.points == b.points, "one grid");
        int64_t levels[3] = {0}, guessed = 0;
        double worst = 0, range = 0;
        for (int64_t p = 0; p < a.points; p++) {
            double want = b.field[0][p], got = a.field[0][p];
            range = fmax(range, fabs(want));
            if (a.level[p] == TEMPER_NOT_COMPUTED) {
                guessed++;
                worst = fmax(worst, fabs(want - got));
            } else {
                levels[a.level[p]]++;
                CHECK(got == want, "point %lld", (long long)p);
            }
        }
        CHECK(levels[0] > 0 && levels[1] > 0 && levels[2] > 0 && guessed > 0,
              "axes %d: %lld, %lld, %lld, %lld guessed", axes, (long long)levels[0], (long long)levels[1],
              (long long)levels[2], (long long)guessed);
        CHECK(levels[0] + levels[1] + levels[2] == a.computed, "counted");
        CHECK(worst < 0.15 * range, "interpolation is off by %g of %g", worst, range);
        temper_slice_free(s), temper_slice_free(full);
    }
    temper_landscape_free(l);
}

/* Interpolation is exact for what is linear along each axis. */
static void straight(void) {
    temper_landscape *l = NULL;
    static double flat[2 * D];
    quartic = 0;
    CHECK_OK(temper_landscape_of_potential(&l, &potential));
    /* u along d₀ = e₁ bends, along d₁ = (e₃-like of λ = 0 only) would be linear: take the bilinear α β from λ_i λ_j with opposite signs */
    flat[2] = 1, flat[5] = 2, flat[D + 2] = 1,
    flat[D + 5] = 2; /* d²u = ½·1 − ⅛·4 = 0 along both, and crosswise */
    temper_slice_plan plan = plan_of(2, 3, 1u << TEMPER_FIELD_LOSS, 3);
    plan.direction = flat;
    temper_slice *s = run(l, &plan, 0);
    temper_slice_view v = temper_slice_look(s);
    for (int64_t p = 0; p < v.points; p++) {
        double t = temper_axis_at(&v.axis[0], p % v.axis[0].n) + temper_axis_at(&v.axis[1], p / v.axis[0].n);
        double u0 = (3 * 0.01 - 2 * 0.04 + 0.5 * 0.09 - 0.125) / 2;
        CHECK_NEAR(v.field[0][p], u0 + t * (0.5 * 0.3 - 0.125 * 2), 1e-12);
    }
    temper_slice_free(s);
    temper_landscape_free(l);
}

/* ---- stops ---- */

static void stops(void) {
    temper_landscape *l = NULL;
    quartic = 300;
    CHECK_OK(temper_landscape_of_potential(&l, &potential));
    temper_slice_plan plan = plan_of(2, 5, every, 2);
    temper_slice *whole = run(l, &plan, 0), *pieces = run(l, &plan, 3), *later = NULL;
    size_t n, m;
    void *a = temper_slice_state(whole, &n), *b = temper_slice_state(pieces, &m);
    CHECK(n == m && !memcmp(a, b, n), "the size of steps does not matter");
    /* stopped after some steps, saved, and taken up by another one */
    temper_slice *first = NULL;
    bool done = false;
    CHECK_OK(temper_slice_create(&first, l, &plan));
    for (int k = 0; k < 11; k++) CHECK_OK(temper_slice_step(first, 4, NULL, &done));
    CHECK(!done, "not yet");
    CHECK_OK(temper_slice_create(&later, l, &plan));
    void *from = temper_slice_state(first, &n), *to = temper_slice_state(later, &m);
    memcpy(to, from, n);
    CHECK_OK(temper_slice_restored(later));
    CHECK(temper_slice_look(later).computed >= 25, "what was there is there");
    while (!done)
        if (temper_slice_step(later, 0, NULL, &done)) break;
    CHECK(!memcmp(temper_slice_state(later, &m), a, n), "equal bits after a stop");
    memset((char *)to + n - 1, 0xff, 1);
    CHECK_FAILS(temper_slice_restored(later), TEMPER_BAD_DATA, "not those of this grid");
    int stop = 1;
    temper_errand errand = {.stop = &stop};
    temper_slice_free(later);
    CHECK_OK(temper_slice_create(&later, l, &plan));
    CHECK(temper_slice_step(later, 0, &errand, &done) == TEMPER_STOPPED, "stopped");
    temper_slice_free(whole), temper_slice_free(pieces), temper_slice_free(first), temper_slice_free(later);
    temper_landscape_free(l);
}

static void refusals_and_memory(void) {
    temper_landscape *l = NULL;
    temper_slice *s = NULL;
    CHECK_OK(temper_landscape_of_potential(&l, &potential));
    temper_slice_plan plan = plan_of(2, 1, 1, 0);
    CHECK_FAILS(temper_slice_create(&s, l, &plan), TEMPER_BAD_OPTION, "2 points");
    plan = plan_of(2, 20000, 1, 0);
    CHECK_FAILS(temper_slice_create(&s, l, &plan), TEMPER_BAD_OPTION, "at most 1e8");
    plan = plan_of(2, 3, 1, 7);
    CHECK_FAILS(temper_slice_create(&s, l, &plan), TEMPER_BAD_OPTION, "refine=7");
    plan = plan_of(2, 3, 1u << TEMPER_FIELD_TEST_LOSS, 0);
    CHECK_OK(temper_slice_create(&s, l, &plan));
    bool done;
    CHECK_FAILS(temper_slice_step(s, 0, NULL, &done), TEMPER_CANNOT, "no test rows");
    temper_slice_free(s);
    for (int64_t k = 1;; k++) {
        int64_t live = temper_alloc_live();
        plan = plan_of(2, 3, every, 1);
        temper_alloc_fail_at(k);
        temper_status bad = temper_slice_create(&s, l, &plan);
        for (done = false; !bad && !done;) bad = temper_slice_step(s, 2, NULL, &done);
        bool failed = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (failed ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld: %d", (long long)k, bad);
        temper_slice_free(s);
        CHECK(temper_alloc_live() == live, "leak at %lld", (long long)k);
        if (!failed || k > 100000) break;
    }
    temper_landscape_free(l);
}

/* ---- networks ---- */

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task, test;
    int64_t row[60], P;
    double *theta, *direction;
    temper_landscape *single, *precise;
} lab;

static bool open_lab(lab *b) {
    memset(b, 0, sizeof *b);
    temper_network_io io = rig_vector(12, 3);
    b->data = rig_samples(60, io, true);
    for (int i = 0; i < 60; i++) b->row[i] = i;
    CHECK_OK(temper_network_create(&b->network, "graph:dense 9; tanh; dense 3", &io, &(temper_objective){0}));
    b->task = (temper_network_task){.network = b->network,
                                    .samples = &b->data,
                                    .row = b->row,
                                    .rows = 40,
                                    .batch = 40,
                                    .prior = INFINITY,
                                    .init_scale = 1};
    b->test = b->task, b->test.row = b->row + 40, b->test.rows = b->test.batch = 20;
    CHECK_OK(temper_landscape_of_network(&b->single, &b->task, &b->test, false));
    CHECK_OK(temper_landscape_of_network(&b->precise, &b->task, NULL, true));
    if (!b->single || !b->precise) return false;
    b->P = temper_landscape_dim(b->single);
    b->theta = calloc((size_t)b->P, sizeof(double)),
    b->direction = calloc((size_t)(2 * b->P), sizeof(double));
    for (int64_t i = 0; i < b->P; i++) b->theta[i] = (double)(float)(0.5 * rig_normal(90, i));
    return true;
}

static void close_lab(lab *b) {
    temper_landscape_free(b->single), temper_landscape_free(b->precise);
    temper_network_free(b->network), rig_samples_free(&b->data);
    free(b->theta), free(b->direction);
}

/* L6: along v_max and v_min the slice bends by λ_max and λ_min; its centre is the loss. */
static void along_eigenvectors(void) {
    lab b;
    if (!open_lab(&b)) return;
    temper_operator *H = NULL;
    temper_ends ends = {0};
    temper_ends_plan plan = {.which = TEMPER_BOTH_ENDS, .pairs = 2, .tolerance = 1e-6};
    CHECK_OK(temper_landscape_operator(b.single, TEMPER_HESSIAN, b.theta, (temper_stream){1, 1}, &H));
    CHECK_OK(temper_ends_find(H, &plan, &(temper_errand){.stream = {1, 1}}, &ends));
    if (!ends.vector) return;
    CHECK(ends.value[0] > 0 && ends.value[1] < 0, "a saddle: %g, %g", ends.value[0], ends.value[1]);
    memcpy(b.direction, ends.vector, (size_t)(2 * b.P) * sizeof(double));
    for (int precise = 0; precise < 2; precise++) {
        double h = precise ? 1e-2 : 0.1;
        temper_slice_plan cut = {.theta = b.theta, .direction = b.direction, .axes = 2, .fields = 1};
        cut.axis[0] = cut.axis[1] = (temper_axis){-2 * h, 2 * h, 5};
        temper_slice *s = run(precise ? b.precise : b.single, &cut, 0);
        const double *L = temper_slice_look(s).field[0];
        double u, first;
        CHECK_OK(temper_landscape_energy(b.precise, b.theta, &u));
        CHECK_NEAR(L[12] / u, 1, 1e-6);
        for (int k = 0; k < 2 && precise; k++) { /* second difference of fourth order */
            int64_t d = k ? 5 : 1;
            first = (-L[12 - 2 * d] + 16 * L[12 - d] - 30 * L[12] + 16 * L[12 + d] - L[12 + 2 * d]) /
                    (12 * h * h);
            CHECK_NEAR(first / ends.value[k], 1, 1e-3);
        }
        temper_slice_free(s);
    }
    temper_beside beside[2];
    CHECK_OK(temper_slice_beside(b.single, H, b.theta, 2, b.direction, beside));
    CHECK_NEAR(beside[0].value / ends.value[0], 1, 1e-4);
    CHECK_NEAR(beside[1].value / ends.value[1], 1, 1e-4);
    temper_ends_clear(&ends);
    temper_operator_free(H);
    close_lab(&b);
}

/* Equal bits for threads, for sizes of steps, and for the same point in another grid; test rows are other rows. */
static void network_bits(void) {
    lab b;
    if (!open_lab(&b)) return;
    for (int k = 0; k < 2; k++) {
        temper_direction_random((temper_stream){4, 4}, k, b.P, b.direction + k * b.P);
        temper_direction_normalise(b.single, b.theta, TEMPER_NORM_FILTER, TEMPER_BIAS_ZERO,
                                   b.direction + k * b.P);
    }
    temper_slice_plan plan = {.theta = b.theta, .direction = b.direction, .axes = 2, .refine = 1};
    plan.axis[0] = plan.axis[1] = (temper_axis){-1, 1, 5};
    plan.fields = every | 1u << TEMPER_FIELD_LOSS_ERROR | 1u << TEMPER_FIELD_WRONG |
                  1u << TEMPER_FIELD_TEST_LOSS | 1u << TEMPER_FIELD_TEST_WRONG;
    void *first = NULL;
    size_t n = 0, m;
    temper_slice *kept = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        temper_slice *s = run(b.single, &plan, threads == 2 ? 7 : 0);
        if (!first) {
            kept = s, first = temper_slice_state(s, &n);
            continue;
        }
        CHECK(!memcmp(first, temper_slice_state(s, &m), n) && n == m, "%d threads", threads);
        temper_slice_free(s);
    }
    CHECK_OK(temper_threads(0));
    temper_slice_view v = temper_slice_look(kept);
    double u;
    CHECK_OK(temper_landscape_energy(b.single, b.theta, &u));
    CHECK_NEAR(v.field[TEMPER_FIELD_LOSS][40] / u, 1, 1e-6);
    CHECK(v.field[TEMPER_FIELD_TEST_LOSS][40] != v.field[TEMPER_FIELD_LOSS][40], "test rows are other rows");
    CHECK(v.field[TEMPER_FIELD_WRONG][40] >= 0 && v.field[TEMPER_FIELD_WRONG][40] <= 1, "a share");
    CHECK(v.field[TEMPER_FIELD_LOSS_ERROR][40] < 1e-12 && v.field[TEMPER_FIELD_LOSS_ERROR][0] > 0,
          "differences to the centre have errors");
    temper_slice_free(kept);
    close_lab(&b);
}

int main(void) {
    RUN(fields);
    RUN(refined);
    RUN(straight);
    RUN(stops);
    RUN(refusals_and_memory);
    RUN(along_eigenvectors);
    RUN(network_bits);
    return check_end();
}
