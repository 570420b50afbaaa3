/* Straight lines and curves: losses along them, barriers and their errors, and curves that learn to go round. */
#include <stdlib.h>
#include "network_lab.h"
#include "path_rig.h"
#include "temper/path.h"

static void routes(void) {
    double knot[4 * 2] = {0, 0, 1, 2, 3, -1, 4, 1}, at[2];
    temper_route bezier = {TEMPER_BEZIER, 4, 2, knot}, polygon = {TEMPER_POLYGON, 4, 2, knot};
    for (double t = 0; t <= 1; t += 0.125) {
        const double s = 1 - t, w[4] = {s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t};
        temper_route_at(&bezier, t, at);
        for (int c = 0; c < 2; c++)
            CHECK_NEAR(at[c], w[0] * knot[c] + w[1] * knot[2 + c] + w[2] * knot[4 + c] + w[3] * knot[6 + c],
                       1e-14);
    }
    temper_route_at(&polygon, 0.5, at);
    CHECK_NEAR(at[0], 2, 1e-14);
    CHECK_NEAR(at[1], 0.5, 1e-14);
    temper_route_at(&polygon, 1, at);
    CHECK(at[0] == 4 && at[1] == 1, "the end");
}

/* U = h (x² − 1)² + tilt x along x = −1 … 1: x = 2t − 1. */
static void profile_of_two_wells(void) {
    temper_potential *potential = NULL;
    temper_landscape *l = NULL;
    temper_profile p;
    double knot[2] = {-1, 1};
    const temper_route line = {TEMPER_POLYGON, 2, 1, knot};
    CHECK_OK(temper_potential_create(&potential, "double_well:height=2,tilt=0.5"));
    CHECK_OK(temper_landscape_of_potential(&l, potential));
    CHECK_OK(temper_profile_find(l, &line, 101, NULL, &p));
    for (int k = 0; k <= 100; k++) {
        double x = 2 * k / 100. - 1;
        CHECK_NEAR(p.loss[k], 2 * (x * x - 1) * (x * x - 1) + 0.5 * x, 1e-12);
    }
    CHECK_NEAR(p.barrier, 2, 1e-12); /* the tilt is linear: the chord takes it away */
    CHECK_NEAR(p.barrier_t, 0.5, 1e-12);
    CHECK_NEAR(p.rise, p.loss[53] - 0.5, 1e-12); /* of the tilted well, near x = 0.063 */
    CHECK_NEAR(p.rise_t, 0.53, 1e-12);
    CHECK(p.length == 2 && p.straight == 2 && p.barrier_error == 0 && isnan(p.test_barrier), "%g", p.length);
    temper_profile_clear(&p);
    double down[2] = {-1, 0}; /* to the top: no barrier */
    const temper_route up = {TEMPER_POLYGON, 2, 1, down};
    CHECK_OK(temper_profile_find(l, &up, 3, NULL, &p));
    CHECK(p.rise == 0 && p.rise_t == 0 && p.barrier > 0, "%g", p.rise);
    temper_profile_clear(&p);
    temper_landscape_free(l);
    temper_potential_free(potential);
}

/* ---- a network: losses, and errors against those of row by row ---- */

static double loss_of_rows(const lab *l, const int64_t *row, int64_t rows, const double *theta) {
    temper_network_task task = l->task;
    temper_landscape *one = NULL;
    double u = NAN;
    task.row = row, task.rows = task.batch = rows;
    CHECK_OK(temper_landscape_of_network(&one, &task, NULL, true));
    CHECK_OK(temper_landscape_energy(one, theta, &u));
    temper_landscape_free(one);
    return u;
}

/* Mean over rows of Σ c_i loss_i, and its standard error. */
static void contrast(const lab *l, const double *const theta[3], const double c[3], double *mean,
                     double *error) {
    double sum = 0, square = 0;
    for (int r = 0; r < ROWS; r++) {
        double x = 0;
        for (int k = 0; k < 3; k++)
            if (c[k] != 0) x += c[k] * loss_of_rows(l, l->row + r, 1, theta[k]);
        sum += x, square += x * x;
    }
    *mean = sum / ROWS;
    *error = sqrt((square / ROWS - *mean * *mean) / (ROWS - 1));
}

static void profile_of_a_network(void) {
    lab l;
    temper_landscape *landscape = NULL;
    temper_profile p;
    lab_data(&l, "graph:flatten; dense 7; tanh; dense 4", TEMPER_CROSS_ENTROPY);
    const int64_t P = temper_network_parameters(l.network);
    temper_network_task test = l.task;
    int64_t other[10];
    for (int i = 0; i < 10; i++) other[i] = 2 * i;
    test.row = other, test.rows = test.batch = 10;
    double *knot = calloc((size_t)(3 * P), sizeof *knot), *at = knot + 2 * P;
    for (int64_t i = 0; i < 2 * P; i++) knot[i] = (double)(float)(0.4 * rig_normal(40, i));
    const temper_route line = {TEMPER_POLYGON, 2, P, knot};
    CHECK_OK(temper_landscape_of_network(&landscape, &l.task, &test, false));
    CHECK_OK(temper_profile_find(landscape, &line, 11, NULL, &p));
    for (int k = 0; k < 11 && p.loss; k++) {
        temper_route_at(&line, p.t[k], at);
        CHECK_NEAR(p.loss[k], loss_of_rows(&l, l.row, ROWS, at), 1e-5);
        CHECK_NEAR(p.test_loss[k], loss_of_rows(&l, other, 10, at), 1e-5);
        CHECK(p.wrong[k] >= 0 && p.wrong[k] <= 1 && p.test_wrong[k] >= 0, "%g", p.wrong[k]);
        double mean, error;
        contrast(&l, (const double *[]){at, knot, at}, (const double[]){1, -1, 0}, &mean, &error);
        CHECK_NEAR(p.error[k], error, 1e-3 * error + 1e-6);
    }
    temper_profile_clear(&p);
    /* over a hill: the knot in the middle is far out */
    double *bent = calloc((size_t)(3 * P), sizeof *bent), mean, error, halves[2], ignored;
    for (int64_t i = 0; i < 3 * P; i++)
        bent[i] = (double)(float)((i / P == 1 ? 1.0 : 0.1) * rig_normal(43, i));
    temper_route curve = {TEMPER_POLYGON, 3, P, bent};
    CHECK_OK(temper_profile_find(landscape, &curve, 12, NULL, &p));
    const double t = p.barrier_t;
    temper_route_at(&curve, t, at);
    contrast(&l, (const double *[]){at, bent, bent + 2 * P}, (const double[]){1, t - 1, -t}, &mean, &error);
    contrast(&l, (const double *[]){at, bent, at}, (const double[]){1, -1, 0}, &ignored, &halves[0]);
    contrast(&l, (const double *[]){at, bent + 2 * P, at}, (const double[]){1, -1, 0}, &ignored, &halves[1]);
    CHECK_NEAR(p.barrier, mean, 1e-5);
    CHECK_NEAR(p.barrier_error, (1 - t) * halves[0] + t * halves[1], 1e-3 * error);
    CHECK(p.barrier_error >= error * 0.999 && p.barrier > 0.1, "%g, true %g", p.barrier_error, error);
    CHECK_NEAR(p.rise_error, halves[p.loss[11] > p.loss[0]], 1e-3 * error);
    temper_profile_clear(&p);
    /* the same line as a curve of three knots goes point by point */
    memcpy(bent, knot, (size_t)P * sizeof *bent), memcpy(bent + 2 * P, knot + P, (size_t)P * sizeof *bent);
    for (int64_t i = 0; i < P; i++) bent[P + i] = (knot[i] + knot[P + i]) / 2;
    curve.kind = TEMPER_BEZIER;
    temper_profile q;
    CHECK_OK(temper_profile_find(landscape, &line, 11, NULL, &p));
    CHECK_OK(temper_profile_find(landscape, &curve, 11, NULL, &q));
    for (int k = 0; k < 11 && p.loss && q.loss; k++) CHECK_NEAR(q.loss[k], p.loss[k], 2e-6);
    CHECK_NEAR(q.length, p.length, 1e-9 * p.length);
    CHECK_NEAR(q.barrier, p.barrier, 4e-6);
    temper_profile_clear(&p), temper_profile_clear(&q);
    free(bent), free(knot);
    temper_landscape_free(landscape);
    lab_close(&l);
}

/* ---- a ring: U = (x² + y² − 1)² + 0.2 y; straight over the middle it is 1 high, round the lower half it is all but flat ---- */

static double ring_slope(const void *self, const temper_look *look, const double *r, double *g) {
    const double a = r[0] * r[0] + r[1] * r[1] - 1;
    (void)self, (void)look;
    g[0] = 4 * a * r[0], g[1] = 4 * a * r[1] + 0.2;
    return a * a + 0.2 * r[1];
}
static double ring_energy(const void *self, const temper_look *look, const double *r) {
    double g[2];
    return ring_slope(self, look, r, g);
}
static const temper_potential_type ring_type = {
    .about = {.name = "ring"}, .dim = two, .energy = ring_energy, .slope = ring_slope};
static const temper_potential ring = {.type = &ring_type, .dim = 2, .samples = 1, .batches = 1, .scratch = 8};

static temper_route over_the_ring(temper_curve_kind kind, int64_t knots) {
    temper_route route = {kind, knots, 2, calloc((size_t)(2 * knots), sizeof(double))};
    for (int64_t k = 0; k < knots; k++) route.knot[2 * k] = -1 + 2 * (double)k / (double)(knots - 1);
    return route;
}

/* |∂/∂knots ∫ U dt| by the midpoint rule: what training makes vanish. */
static double slope_of_mean(const temper_route *route) {
    enum { M = 1000 };
    double sum = 0;
    for (int64_t j = 1; j + 1 < route->knots; j++) {
        double total[2] = {0};
        for (int m = 0; m < M; m++) {
            const double t = (m + 0.5) / M, n = (double)(route->knots - 1);
            double r[2], g[2], w = 1 - fabs(t * n - (double)j); /* polygon: a tent; Bezier: Bernstein's */
            if (w < 0) w = 0;
            if (route->kind == TEMPER_BEZIER)
                w = tgamma(n + 1) / tgamma((double)j + 1) / tgamma(n - (double)j + 1) * pow(t, (double)j) *
                    pow(1 - t, n - (double)j);
            temper_route_at(route, t, r);
            ring_slope(NULL, NULL, r, g);
            total[0] += w * g[0] / M, total[1] += w * g[1] / M;
        }
        sum += total[0] * total[0] + total[1] * total[1];
    }
    return sqrt(sum);
}

static void curves_go_round(void) {
    static const struct {
        temper_curve_kind kind;
        int64_t knots;
        double most;
    } trials[] = {{TEMPER_BEZIER, 3, 0.35},
                  {TEMPER_BEZIER, 5, 0.02},
                  {TEMPER_POLYGON, 3, 0.5},
                  {TEMPER_POLYGON, 7, 0.03}};
    temper_landscape *l = NULL;
    CHECK_OK(temper_landscape_of_potential(&l, &ring));
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++) {
        temper_route route = over_the_ring(trials[k].kind, trials[k].knots);
        temper_profile before, after;
        double last;
        CHECK_OK(temper_profile_find(l, &route, 101, NULL, &before));
        CHECK_OK(temper_curve_train(l, &(temper_curve_plan){.steps = 3000},
                                    &(temper_errand){.stream = {3, 200}}, &route, &last));
        CHECK_OK(temper_profile_find(l, &route, 101, NULL, &after));
        CHECK_NEAR(before.barrier, 1, 1e-3);
        CHECK(after.barrier < trials[k].most && after.mean < before.mean, "knots %d: barrier %g, mean %g",
              (int)route.knots, after.barrier, after.mean);
        CHECK_NEAR(after.mean, last, 0.05);
        CHECK(slope_of_mean(&route) < 0.05, "slope of the mean: %g", slope_of_mean(&route));
        CHECK(after.length > 2.3 && after.length < 4.2, "length %g", after.length);
        CHECK(route.knot[0] == -1 && route.knot[2 * route.knots - 2] == 1 &&
                  route.knot[2 * route.knots - 1] == 0,
              "the ends moved");
        printf("  %s, %d bends: barrier %.4f, mean %.4f, length %.3f\n",
               trials[k].kind == TEMPER_BEZIER ? "Bezier" : "polygon", (int)route.knots - 2, after.barrier,
               after.mean, after.length);
        temper_profile_clear(&before), temper_profile_clear(&after);
        free(route.knot);
    }
    temper_landscape_free(l);
}

/* ---- promises ---- */

typedef struct {
    lab l;
    temper_landscape *landscape;
    int64_t P;
    double *knot; /* [5][P] */
} bench;

static void bench_open(bench *b) {
    lab_data(&b->l, "graph:flatten; dense 5; relu; dense 4", TEMPER_CROSS_ENTROPY);
    b->P = temper_network_parameters(b->l.network);
    b->knot = calloc((size_t)(5 * b->P), sizeof *b->knot);
    CHECK_OK(temper_landscape_of_network(&b->landscape, &b->l.task, NULL, false));
}

static void bench_lay(bench *b) {
    for (int64_t k = 0; k < 5; k++)
        for (int64_t i = 0; i < b->P; i++)
            b->knot[k * b->P + i] =
                (0.3 * rig_normal(41, i) * (double)(4 - k) + 0.3 * rig_normal(42, i) * (double)k) / 4;
}

/* A curve, a band and a string, and a profile; what came out of them is in knot and p. */
static temper_status all(bench *b, temper_profile *p) {
    temper_route route = {TEMPER_BEZIER, 5, b->P, b->knot};
    const temper_errand errand = {.stream = {5, 200}};
    double last;
    temper_band band;
    memset(p, 0, sizeof *p);
    temper_status bad =
        temper_curve_train(b->landscape, &(temper_curve_plan){.steps = 8}, &errand, &route, &last);
    route.kind = TEMPER_POLYGON;
    for (int string = 0; string < 2 && !bad; string++) {
        bad = temper_band_relax(b->landscape, &(temper_band_plan){.string = string, .steps = 6}, &errand,
                                &route, &band);
        if (!bad) temper_band_clear(&band);
    }
    return bad ? bad : temper_profile_find(b->landscape, &route, 5, &errand, p);
}

static void bits_and_memory(void) {
    bench b;
    memset(&b, 0, sizeof b);
    bench_open(&b);
    const size_t bytes = (size_t)(5 * b.P) * sizeof *b.knot;
    double *first = calloc(1, bytes), losses[5] = {0};
    temper_profile p;
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        bench_lay(&b);
        CHECK_OK(all(&b, &p));
        if (!p.loss) break;
        if (threads == 1) memcpy(first, b.knot, bytes), memcpy(losses, p.loss, sizeof losses);
        CHECK(!memcmp(first, b.knot, bytes) && !memcmp(losses, p.loss, sizeof losses), "%d threads", threads);
        temper_profile_clear(&p);
    }
    temper_threads(1);
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        bench_lay(&b);
        temper_alloc_fail_at(k);
        temper_status bad = all(&b, &p);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        if (!bad) temper_profile_clear(&p);
        CHECK(temper_alloc_live() == live, "allocation %d: %d blocks left", (int)k,
              (int)(temper_alloc_live() - live));
        if (!reached || check_bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: %d", (int)k, bad);
    }
    temper_threads(0);
    free(first), free(b.knot);
    temper_landscape_free(b.landscape);
    lab_close(&b.l);
}

static void refusals(void) {
    temper_landscape *l = NULL;
    CHECK_OK(temper_landscape_of_potential(&l, &ring));
    temper_route route = over_the_ring(TEMPER_BEZIER, 3), wrong = route;
    temper_profile p;
    temper_band band;
    double last;
    int stop = 1;
    const temper_errand halt = {.stop = &stop};
    CHECK_FAILS(temper_profile_find(l, &route, 1, NULL, &p), TEMPER_BAD_OPTION, "points=1");
    wrong.dim = 3;
    CHECK_FAILS(temper_profile_find(l, &wrong, 5, NULL, &p), TEMPER_BAD_OPTION, "dim=3");
    wrong = route, wrong.knots = 2;
    CHECK_FAILS(temper_curve_train(l, &(temper_curve_plan){0}, NULL, &wrong, &last), TEMPER_BAD_OPTION,
                "knots=2");
    CHECK_FAILS(temper_band_relax(l, &(temper_band_plan){0}, NULL, &route, &band), TEMPER_BAD_OPTION,
                "polygon");
    CHECK_FAILS(temper_curve_train(l, &(temper_curve_plan){0}, &halt, &route, &last), TEMPER_STOPPED, "");
    CHECK_FAILS(temper_profile_find(l, &route, 5, &halt, &p), TEMPER_STOPPED, "");
    route.kind = TEMPER_POLYGON;
    CHECK_FAILS(temper_band_relax(l, &(temper_band_plan){0}, &halt, &route, &band), TEMPER_STOPPED, "");
    route.knot[2] = NAN;
    CHECK_FAILS(temper_profile_find(l, &route, 5, NULL, &p), TEMPER_BAD_DATA, "knot 1");
    free(route.knot);
    temper_landscape_free(l);
}

int main(void) {
    RUN(routes);
    RUN(profile_of_two_wells);
    RUN(profile_of_a_network);
    RUN(curves_go_round);
    RUN(bits_and_memory);
    RUN(refusals);
    return check_end();
}
