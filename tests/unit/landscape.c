/* The one face of networks and potentials: against formulas, against the same network in double, part by part. */
#include "network_rig.h"
#include "temper/landscape.h"

static const temper_stream drawn = {5, 1};
static const temper_objective entropy = {.loss = TEMPER_CROSS_ENTROPY};

static bool open_potential(const char *text, temper_potential **potential, temper_landscape **l) {
    CHECK_OK(temper_potential_create(potential, text));
    if (*potential) CHECK_OK(temper_landscape_of_potential(l, *potential));
    return *potential && *l;
}

/* U = ½ Σ k_i θ_i²: its slope is k θ, its curvature k; at θ = (1, 1, 1) and from 1 to 10 the stiffnesses are read off the slope. */
static void gaussians(void) {
    temper_potential *potential;
    temper_landscape *l;
    if (!open_potential("gaussian:dim=3,condition=10", &potential, &l)) return;
    double one[3] = {1, 1, 1}, k[3], u, theta[3] = {0.5, -2, 3}, grad[3];
    CHECK(temper_landscape_dim(l) == 3 && temper_landscape_samples(l) == 1 && !temper_landscape_task(l),
          "dim %d", (int)temper_landscape_dim(l));
    CHECK_OK(temper_landscape_slope(l, one, &u, k));
    CHECK_NEAR(k[0], 1, 1e-12);
    CHECK_NEAR(k[2], 10, 1e-12);
    CHECK_NEAR(u, (k[0] + k[1] + k[2]) / 2, 1e-12);
    CHECK_OK(temper_landscape_slope(l, theta, &u, grad));
    for (int i = 0; i < 3; i++) CHECK_NEAR(grad[i], k[i] * theta[i], 1e-12);
    temper_operator *A = NULL, *B = NULL;
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, theta, drawn, &A));
    double v[6] = {1, 0, 2, 0, 3, 0}, out[6];
    CHECK_OK(temper_operator_apply(A, 2, v, out));
    for (int i = 0; i < 6; i++) CHECK_NEAR(out[i], k[i % 3] * v[i], 1e-12);
    CHECK(A->products == 2 && A->dim == 3, "%d products", (int)A->products);
    int64_t ends[2] = {0, 2};
    CHECK_OK(temper_operator_restrict(&B, A, 2, ends)); /* B owns A from here on */
    double w[4] = {1, 1, -1, 2};
    CHECK_OK(temper_operator_apply(B, 2, w, out));
    for (int i = 0; i < 4; i++) CHECK_NEAR(out[i], k[ends[i % 2]] * w[i], 1e-12);
    CHECK(B->dim == 2 && B->products == 2, "restricted: dim %d", (int)B->dim);
    temper_operator_free(B);
    const temper_part *part;
    CHECK(temper_landscape_parts(l, &part) == 1 && part->length == 3 && !strcmp(part->name, "theta"),
          "parts");
    temper_landscape_free(l), temper_potential_free(potential);
}

/* U = h (x² − 1)² + tilt·x */
static void double_wells(void) {
    temper_potential *potential;
    temper_landscape *l;
    if (!open_potential("double_well:height=2,tilt=0.3", &potential, &l)) return;
    for (double x = -1.5; x < 2; x += 0.7) {
        double u, g, H, v = 3;
        temper_operator *A = NULL;
        CHECK_OK(temper_landscape_energy(l, &x, &u));
        CHECK_NEAR(u, 2 * pow(x * x - 1, 2) + 0.3 * x, 1e-12);
        CHECK_OK(temper_landscape_slope(l, &x, &u, &g));
        CHECK_NEAR(g, 8 * x * (x * x - 1) + 0.3, 1e-12);
        CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, &x, drawn, &A));
        CHECK_OK(temper_operator_apply(A, 1, &v, &H));
        CHECK_NEAR(H, 3 * (24 * x * x - 8), 1e-11);
        temper_operator_free(A);
    }
    double theta = 0.5, d = 2, x[3] = {-0.25, 0, 1}, loss[3], error[3], wrong[3];
    temper_plane plane = {.theta = &theta, .direction = &d, .axes = 1, .points = 3, .x = x};
    CHECK_OK(temper_landscape_scan(l, &plane, NULL, &(temper_scanned){loss, error, wrong}));
    for (int p = 0; p < 3; p++) {
        double at = theta + x[p] * d;
        CHECK_NEAR(loss[p], 2 * pow(at * at - 1, 2) + 0.3 * at, 1e-12);
        CHECK(error[p] == 0 && isnan(wrong[p]), "error %g, wrong %g", error[p], wrong[p]);
    }
    x[1] = INFINITY;
    CHECK_OK(temper_landscape_scan(l, &plane, NULL, &(temper_scanned){.loss = loss}));
    CHECK(isfinite(loss[0]) && !isfinite(loss[1]) && isfinite(loss[2]), "%g %g %g", loss[0], loss[1],
          loss[2]);
    temper_operator *A = NULL;
    CHECK_FAILS(temper_landscape_operator(l, TEMPER_FISHER, &theta, drawn, &A), TEMPER_CANNOT,
                "Fisher: only networks");
    CHECK(!A, "an operator in spite of the failure");
    plane.axes = 5;
    CHECK_FAILS(temper_landscape_scan(l, &plane, NULL, &(temper_scanned){.loss = loss}), TEMPER_BAD_OPTION,
                "axes=5");
    plane.axes = 1, plane.test = true;
    CHECK_FAILS(temper_landscape_scan(l, &plane, NULL, &(temper_scanned){.loss = loss}), TEMPER_CANNOT,
                "no test rows");
    temper_landscape_free(l), temper_potential_free(potential);
}

/* ---- a network ---- */

typedef struct {
    temper_network *network;
    temper_samples data;
    int64_t row[60], P;
    temper_network_task task, test;
    double *theta, *v;
    temper_landscape *l, *exact;
} ground;

static bool settle(ground *g, const char *model, temper_network_io io) {
    memset(g, 0, sizeof *g);
    g->data = rig_samples(60, io, true);
    CHECK_OK(temper_network_create(&g->network, model, &io, &entropy));
    if (!g->network) return false;
    for (int64_t i = 0; i < 60; i++) g->row[i] = i;
    g->task = (temper_network_task){
        .network = g->network, .samples = &g->data, .row = g->row, .rows = 40, .batch = 40};
    g->task.prior = 2, g->task.init_scale = 1;
    g->test = g->task, g->test.row = g->row + 40, g->test.rows = g->test.batch = 20;
    g->P = temper_network_parameters(g->network);
    g->theta = calloc((size_t)g->P, sizeof *g->theta), g->v = calloc((size_t)g->P, 2 * sizeof *g->v);
    for (int64_t i = 0; i < g->P; i++)
        g->theta[i] = (double)(float)(0.3 * rig_normal(4, i)), g->v[i] = 0.1 * rig_normal(5, i);
    for (int64_t i = 0; i < g->P; i++) g->v[g->P + i] = 0.1 * rig_normal(6, i);
    CHECK_OK(temper_landscape_of_network(&g->l, &g->task, &g->test, false));
    CHECK_OK(temper_landscape_of_network(&g->exact, &g->task, &g->test, true));
    return g->l && g->exact;
}

static void leave(ground *g) {
    temper_landscape_free(g->l), temper_landscape_free(g->exact), temper_network_free(g->network);
    rig_samples_free(&g->data), free(g->theta), free(g->v);
}

static double far_from(const double *a, const double *b, int64_t n) {
    double off = 0, size = 0;
    for (int64_t i = 0; i < n; i++) off += pow(a[i] - b[i], 2), size += b[i] * b[i];
    return sqrt(off / size);
}

static void single_and_double(void) {
    ground g;
    if (!settle(&g, "mlp:9,activation=tanh", rig_vector(5, 3))) return;
    double u, v, *a = calloc((size_t)g.P, 2 * sizeof *a), *b = calloc((size_t)g.P, 2 * sizeof *b);
    CHECK(temper_landscape_samples(g.l) == 40 && temper_landscape_dim(g.l) == g.P, "samples");
    CHECK_OK(temper_landscape_slope(g.l, g.theta, &u, a));
    CHECK_OK(temper_landscape_slope(g.exact, g.theta, &v, b));
    CHECK_NEAR(u, v, 2e-6 * v);
    CHECK(far_from(a, b, g.P) < 2e-6, "slopes %g apart", far_from(a, b, g.P));
    for (int64_t i = 0; i < g.P; i += 17) { /* the exact one against differences of its energy */
        double up, down, kept = g.theta[i];
        g.theta[i] = kept + 1e-5;
        CHECK_OK(temper_landscape_energy(g.exact, g.theta, &up));
        g.theta[i] = kept - 1e-5;
        CHECK_OK(temper_landscape_energy(g.exact, g.theta, &down));
        g.theta[i] = kept;
        CHECK_NEAR(b[i], (up - down) / 2e-5, 1e-8);
    }
    temper_operator *A = NULL, *B = NULL;
    CHECK_OK(temper_landscape_operator(g.l, TEMPER_HESSIAN, g.theta, drawn, &A));
    CHECK_OK(temper_landscape_operator(g.exact, TEMPER_HESSIAN, g.theta, drawn, &B));
    if (A && B) {
        CHECK_OK(temper_operator_apply(A, 2, g.v, a));
        CHECK_OK(temper_operator_apply(B, 2, g.v, b));
        CHECK(far_from(a, b, 2 * g.P) < 5e-6, "products %g apart", far_from(a, b, 2 * g.P));
    }
    temper_operator_free(A), temper_operator_free(B);
    CHECK_FAILS(temper_landscape_operator(g.exact, TEMPER_GAUSS_NEWTON, g.theta, drawn, &A), TEMPER_CANNOT,
                "Gauss-Newton");
    free(a), free(b), leave(&g);
}

static void planes(void) {
    ground g;
    if (!settle(&g, "mlp:9,activation=tanh", rig_vector(5, 3))) return;
    double x[6] = {1, 0.5, -1, 0.5, 0, 0}, u[3], v[3], error[3], wrong[3], at;
    for (int test = 0; test < 2; test++) {
        temper_plane plane = {
            .theta = g.theta, .direction = g.v, .axes = 2, .points = 3, .x = x, .test = test};
        CHECK_OK(temper_landscape_scan(g.l, &plane, NULL, &(temper_scanned){u, error, wrong}));
        CHECK_OK(temper_landscape_scan(g.exact, &plane, NULL, &(temper_scanned){.loss = v}));
        for (int p = 0; p < 3; p++) {
            CHECK_NEAR(u[p], v[p], 2e-6 * v[p]);
            CHECK(wrong[p] >= 0 && wrong[p] <= 1 && error[p] >= 0, "wrong %g, error %g", wrong[p], error[p]);
        }
        CHECK_OK(temper_landscape_energy(g.exact, g.theta, &at));
        CHECK((fabs(at - v[2]) < 1e-12) == !test, "test rows give %g, training rows %g", v[2], at);
    }
    leave(&g);
}

/* Every array in PyTorch's order: what belongs to filter f there is the slice [f], here entry i → i % filters. */
static void parts_and_filters(void) {
    ground g;
    if (!settle(&g, "graph:conv 4 3; batch_norm; relu; flatten; dense 6; layer_norm; relu; dense outputs",
                rig_image(2, 6, 3)))
        return;
    const temper_part *part;
    int parts = temper_landscape_parts(g.l, &part), seen = 0;
    int64_t next = 0;
    float *theta = calloc((size_t)g.P, sizeof *theta), *out = calloc((size_t)g.P, sizeof *out);
    temper_array a;
    for (int k = 0; temper_network_array(g.network, k, &a); k++) {
        if (a.statistic) continue;
        const temper_part *p = &part[seen++];
        if (seen > parts) break;
        CHECK(!strcmp(p->name, a.name) && p->offset == a.offset && p->length == a.length, "%s is %s", p->name,
              a.name);
        CHECK(p->layer == atoi(a.name), "%s: layer %d", p->name, p->layer);
        CHECK(p->offset == next, "%s begins at %d, want %d", p->name, (int)p->offset, (int)next);
        next = p->offset + p->length;
        bool bias = strstr(a.name, ".bias") != NULL;
        temper_part_kind want = bias ? TEMPER_PART_BIAS : a.dims == 1 ? TEMPER_PART_NORM : TEMPER_PART_WEIGHT;
        CHECK(p->kind == want, "%s is of kind %d", p->name, p->kind);
        if (want != TEMPER_PART_WEIGHT) {
            CHECK(p->filters == 1, "%s has %d filters", p->name, (int)p->filters);
            continue;
        }
        for (int64_t f = 0; f < p->filters; f++) {
            for (int64_t i = 0; i < p->length; i++) theta[p->offset + i] = i % p->filters == f;
            temper_network_export(g.network, k, theta, out);
            int off = 0;
            int64_t each = p->length / a.shape[0];
            for (int64_t i = 0; i < p->length; i++) off += (out[i] != 0) != (i / each == f);
            CHECK(p->filters == a.shape[0] && off == 0, "%s, filter %d: %d entries elsewhere", p->name,
                  (int)f, off);
        }
    }
    CHECK(seen == parts && next == g.P, "%d parts of %d, %d numbers of %d", seen, parts, (int)next, (int)g.P);
    free(theta), free(out), leave(&g);
}

static void restrictions(void) {
    temper_potential *potential;
    temper_landscape *l;
    if (!open_potential("gaussian:dim=3", &potential, &l)) return;
    static const int64_t bad[][2] = {{0, 3}, {-1, 1}, {1, 1}, {2, 0}};
    double theta[3] = {0, 0, 0};
    int64_t live = temper_alloc_live();
    for (int k = 0; k < 4; k++) {
        temper_operator *A = NULL, *B = NULL;
        CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, theta, drawn, &A));
        CHECK_FAILS(temper_operator_restrict(&B, A, 2, bad[k]), TEMPER_BAD_OPTION, "ascending order");
        CHECK(!B && temper_alloc_live() == live, "case %d: blocks are left", k);
    }
    temper_operator *A = NULL, *B = NULL;
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, theta, drawn, &A));
    CHECK_FAILS(temper_operator_restrict(&B, A, 0, NULL), TEMPER_BAD_OPTION, "no coordinate");
    CHECK(!B && temper_alloc_live() == live, "nothing to keep: blocks are left");
    static const int64_t outer[] = {0, 2};
    double v[2 * 21], w[2 * 21];
    for (int i = 0; i < 2 * 21; i++) v[i] = i - 20.5;
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, theta, drawn, &A));
    CHECK_OK(temper_operator_restrict(&B, A, 2, outer)); /* many vectors are cut into blocks */
    CHECK_OK(temper_operator_apply(B, 21, v, w));
    for (int i = 0; i < 2 * 21; i++) CHECK_NEAR(w[i] / v[i], w[i % 2] / v[i % 2], 1e-12);
    CHECK(B->products == 21, "%d products", (int)B->products);
    temper_operator_free(B);
    temper_landscape_free(l), temper_potential_free(potential);
}

/* A product that is no number is said to be one. */
static void not_finite(void) {
    temper_potential *potential;
    temper_landscape *l;
    if (!open_potential("double_well", &potential, &l)) return;
    double x = 1e200, u, v = 1, out;
    CHECK_OK(temper_landscape_energy(l, &x, &u));
    CHECK(!isfinite(u), "U(1e200) = %g", u);
    temper_operator *A = NULL;
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, &x, drawn, &A));
    CHECK_FAILS(temper_operator_apply(A, 1, &v, &out), TEMPER_DIVERGED, "not finite");
    temper_operator_free(A), temper_landscape_free(l), temper_potential_free(potential);
}

static temper_status everything(const ground *g) {
    temper_landscape *l = NULL;
    temper_operator *A = NULL, *B = NULL;
    int64_t some[2] = {1, 4};
    double x[2] = {1, 0}, u[1], *out = calloc((size_t)g->P, 2 * sizeof *out);
    temper_status bad = temper_landscape_of_network(&l, &g->task, &g->test, false);
    if (!bad) bad = temper_landscape_operator(l, TEMPER_HESSIAN, g->theta, drawn, &A);
    if (!bad) bad = temper_operator_apply(A, 2, g->v, out);
    if (!bad) {
        bad = temper_operator_restrict(&B, A, 2, some), A = NULL;
        if (!bad) bad = temper_operator_apply(B, 1, g->v, out);
    }
    temper_plane plane = {.theta = g->theta, .direction = g->v, .axes = 2, .points = 1, .x = x};
    if (!bad) bad = temper_landscape_scan(l, &plane, NULL, &(temper_scanned){.loss = u});
    temper_operator_free(A), temper_operator_free(B), temper_landscape_free(l), free(out);
    return bad;
}

static void short_of_memory(void) {
    ground g;
    if (!settle(&g, "mlp:4", rig_vector(3, 3))) return;
    int64_t live = temper_alloc_live(), k = 1;
    for (temper_status bad = TEMPER_NO_MEMORY; bad && k < 200; k++) {
        temper_alloc_fail_at(k);
        bad = everything(&g);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "allocation %d: status %d, %s", (int)k, bad,
              temper_message());
        CHECK(temper_alloc_live() == live, "allocation %d leaves blocks", (int)k);
    }
    temper_alloc_fail_at(0);
    CHECK(k > 15 && k < 200, "%d allocations", (int)k);
    leave(&g);
}

int main(void) {
    RUN(gaussians);
    RUN(double_wells);
    RUN(single_and_double);
    RUN(planes);
    RUN(parts_and_filters);
    RUN(restrictions);
    RUN(not_finite);
    RUN(short_of_memory);
    return check_end();
}
