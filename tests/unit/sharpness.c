/* Sharpness on landscapes whose maximum and mean are known; relative flatness against the whole Hessian. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "simple_landscapes.h"
#include "temper/flatness.h"
#include "temper/parallel.h"

static const double SIGMAS = 4.5;
static const temper_errand errand = {.stream = {5, 200}};

static void the_worst_of_a_ball(void) {
    simple s;
    temper_flat flat;
    double x[3] = {0};
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 3, 1));
    s.self.k[0] = 1, s.self.k[1] = 9, s.self.k[2] = 2;
    /* at the minimum ρ²λ1/2, by power iteration from a random direction: the slope is 0 */
    CHECK_OK(temper_sharpness_worst(s.landscape, x, TEMPER_BALL, 0.3, 20, &errand, &flat));
    CHECK_NEAR(flat.value, 0.09 * 9 / 2, 1e-9);
    CHECK(flat.error < 1e-9 && flat.cost > 20, "still %g, cost %g", flat.error, flat.cost);
    /* one step is SAM's: along the slope */
    x[0] = 2, x[1] = 0.5;
    double g[3] = {2, 4.5, 0}, size = sqrt(4 + 4.5 * 4.5), u = 0;
    for (int i = 0; i < 3; i++) {
        double y = x[i] + 0.3 * g[i] / size;
        u += s.self.k[i] * (y * y - x[i] * x[i]) / 2;
    }
    CHECK_OK(temper_sharpness_worst(s.landscape, x, TEMPER_BALL, 0.3, 1, &errand, &flat));
    CHECK_NEAR(flat.value, u, 1e-14);
    CHECK_NEAR(flat.cost, 4.0 / 3, 1e-14);
    /* the box: both sides of it are known for a sum of squares */
    CHECK_OK(temper_sharpness_worst(s.landscape, x, TEMPER_BOX, 0.1, 10, &errand, &flat));
    double box = 0;
    for (int i = 0; i < 3; i++) {
        double y = fabs(x[i]) + 0.1 * (fabs(x[i]) + 1);
        if (i < 2) box += s.self.k[i] * (y * y - x[i] * x[i]) / 2;
    }
    CHECK(flat.value >= box - 1e-12 && flat.value <= box + 2 * 0.01 / 2 + 1e-12, "%g, box %g", flat.value,
          box);
    /* adaptive: λ1 of TKT with T = |θ| where there is no slope of first order: centre at θ */
    for (int i = 0; i < 3; i++) s.self.centre[i] = x[i] = 0.5 + i;
    CHECK_OK(temper_sharpness_worst(s.landscape, x, TEMPER_BALL_ADAPTIVE, 0.2, 30, &errand, &flat));
    CHECK_NEAR(flat.value, 0.04 * fmax(9 * 1.5 * 1.5, 2 * 2.5 * 2.5) / 2, 1e-8);
    temper_landscape_free(s.landscape);
}

static void the_mean_and_its_sigma(void) {
    enum { D = 40 };
    simple s;
    double x[D], trace = 0, scaled = 0, square = 0;
    temper_flat flat;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, D, 1));
    for (int i = 0; i < D; i++) {
        s.self.k[i] = 1 + i % 5, s.self.centre[i] = 0.3, x[i] = 0.1 * i;
        trace += s.self.k[i], scaled += s.self.k[i] * x[i] * x[i], square += s.self.k[i] * s.self.k[i];
    }
    temper_scatter how = {.sigma = 0.1, .draws = 200};
    CHECK_OK(temper_sharpness_mean(s.landscape, x, &how, &errand, &flat));
    CHECK_NEAR(flat.value, 0.01 * trace / 2, SIGMAS * flat.error); /* the slope is odd: gone in pairs */
    CHECK_NEAR(flat.error, 0.01 / 2 * sqrt(2 * square / 200), 0.25 * flat.error);
    CHECK_NEAR(flat.cost, 401.0 / 3, 1e-12);
    how.scaled = true;
    CHECK_OK(temper_sharpness_mean(s.landscape, x, &how, &errand, &flat));
    CHECK_NEAR(flat.value, 0.01 * scaled / 2, SIGMAS * flat.error);
    how.scaled = false;
    CHECK_OK(temper_sharpness_sigma(s.landscape, x, &how, 0.7, &errand, &flat));
    CHECK_NEAR(flat.value, sqrt(2 * 0.7 / trace), SIGMAS * flat.error);
    CHECK_NEAR(flat.error, flat.value / 2 * sqrt(2 * square / 200) / trace, 0.3 * flat.error);
    for (int i = 0; i < D; i++) s.self.k[i] = 0;
    CHECK_OK(temper_sharpness_sigma(s.landscape, x, &how, 0.7, &errand, &flat));
    CHECK(flat.value == INFINITY, "flat: %g", flat.value);
    temper_landscape_free(s.landscape);
}

/* ---- a network ---- */

typedef struct {
    temper_network *network;
    temper_samples data;
    int64_t *row;
    temper_network_task task;
    temper_landscape *landscape;
    double *theta;
    int64_t P;
} net;

static void build(net *n, const char *model, bool precise) {
    enum { ROWS = 60, IN = 5 };
    const temper_network_io io = {.features = IN, .outputs = 3};
    const temper_objective objective = {.loss = TEMPER_CROSS_ENTROPY};
    *n = (net){.data = {.n = ROWS, .features = IN, .classes = 3}};
    n->data.X = calloc(ROWS * IN, sizeof(float)), n->data.y = calloc(ROWS, sizeof(int32_t));
    n->row = calloc(ROWS, sizeof *n->row);
    for (int i = 0; i < ROWS; i++) {
        n->row[i] = i, n->data.y[i] = i % 3;
        for (int f = 0; f < IN; f++)
            n->data.X[i * IN + f] =
                (float)temper_normal((temper_stream){3, 0}, TEMPER_FOR_TESTS, i, f) + (f == i % 3 ? 1.5F : 0);
    }
    CHECK_OK(temper_network_create(&n->network, model, &io, &objective));
    n->P = temper_network_parameters(n->network);
    float *start = calloc((size_t)n->P, sizeof *start);
    n->theta = calloc((size_t)n->P, sizeof *n->theta);
    temper_network_start(n->network, TEMPER_INIT_AUTO, 1, (temper_stream){4, 0}, start);
    for (int64_t i = 0; i < n->P; i++) n->theta[i] = (double)start[i] + 0.01 * (double)(i % 7);
    free(start);
    n->task = (temper_network_task){.network = n->network,
                                    .samples = &n->data,
                                    .row = n->row,
                                    .rows = ROWS,
                                    .batch = ROWS,
                                    .prior = INFINITY,
                                    .init_scale = 1};
    CHECK_OK(temper_landscape_of_network(&n->landscape, &n->task, NULL, precise));
}

static void leave(net *n) {
    temper_landscape_free(n->landscape);
    temper_network_free(n->network);
    free(n->data.X), free(n->data.y), free(n->row), free(n->theta);
}

static int weights_of(const net *n, int layer, temper_part *out) {
    const temper_part *part;
    int parts = temper_landscape_parts(n->landscape, &part), seen = 0;
    for (int k = 0; k < parts; k++)
        if (part[k].kind == TEMPER_PART_WEIGHT && seen++ == layer) return *out = part[k], k;
    return -1;
}

/* Σ ⟨w_s, w_s'⟩ Tr H_ss' column by column: product with the unit vector (j, s'), looked at in (j, s). */
static double relative_of(net *n, int layer) {
    temper_part p = {0};
    temper_operator *H;
    (void)weights_of(n, layer, &p);
    CHECK_OK(temper_landscape_operator(n->landscape, TEMPER_HESSIAN, n->theta, errand.stream, &H));
    double *v = calloc((size_t)(2 * n->P), sizeof *v), *Hv = v + n->P, kappa = 0;
    int64_t F = p.filters, m = p.length / F;
    const double *w = n->theta + p.offset;
    for (int64_t j = 0; j < m; j++)
        for (int64_t b = 0; b < F; b++) {
            v[p.offset + j * F + b] = 1;
            CHECK_OK(temper_operator_apply(H, 1, v, Hv));
            v[p.offset + j * F + b] = 0;
            for (int64_t a = 0; a < F; a++) {
                double inner = 0;
                for (int64_t i = 0; i < m; i++) inner += w[i * F + a] * w[i * F + b];
                kappa += inner * Hv[p.offset + j * F + a];
            }
        }
    temper_operator_free(H);
    free(v);
    return kappa;
}

/* ReLU: W₁ and b₁ times c, W₂ by c gives the same outputs. */
static void rescale(net *n, double c) {
    const temper_part *part;
    int parts = temper_landscape_parts(n->landscape, &part), first = part[0].layer;
    temper_part second = {0};
    (void)weights_of(n, 1, &second);
    for (int k = 0; k < parts; k++)
        for (int64_t i = part[k].offset; i < part[k].offset + part[k].length; i++)
            n->theta[i] *= part[k].layer == first ? c : part[k].offset == second.offset ? 1 / c : 1;
}

static double trace_of(net *n) {
    temper_operator *H;
    CHECK_OK(temper_landscape_operator(n->landscape, TEMPER_HESSIAN, n->theta, errand.stream, &H));
    double *v = calloc((size_t)(2 * n->P), sizeof *v), trace = 0;
    for (int64_t i = 0; i < n->P; i++) {
        v[i] = 1;
        CHECK_OK(temper_operator_apply(H, 1, v, v + n->P));
        v[i] = 0, trace += v[n->P + i];
    }
    temper_operator_free(H);
    free(v);
    return trace;
}

static void rescaled_networks_are_one(void) {
    net n;
    temper_flat flat;
    temper_part p = {0};
    double before, after, kappa[2];
    build(&n, "mlp:6", true);
    for (int layer = 0; layer < 2; layer++) {
        kappa[layer] = relative_of(&n, layer);
        temper_operator *H;
        CHECK_OK(temper_landscape_operator(n.landscape, TEMPER_HESSIAN, n.theta, errand.stream, &H));
        CHECK_OK(temper_sharpness_relative(n.landscape, n.theta, H, weights_of(&n, layer, &p), 3000, &errand,
                                           &flat));
        CHECK_NEAR(flat.value, kappa[layer], SIGMAS * flat.error);
        CHECK(flat.error < 0.05 * fabs(kappa[layer]), "%g ± %g", flat.value, flat.error);
        temper_operator_free(H);
    }
    double trace = trace_of(&n);
    CHECK_OK(temper_landscape_energy(n.landscape, n.theta, &before));
    rescale(&n, 3);
    CHECK_OK(temper_landscape_energy(n.landscape, n.theta, &after));
    CHECK_NEAR(after, before, 1e-6 * before);
    CHECK(fabs(trace_of(&n) - trace) > 0.5 * trace, "the trace should not know: %g and %g", trace_of(&n),
          trace);
    for (int layer = 0; layer < 2; layer++)
        CHECK_NEAR(relative_of(&n, layer), kappa[layer], 1e-9 * fabs(kappa[layer]));
    leave(&n);
}

/* Noise in units of each unit's weights: σ²/2 Σ H_ii rms², small and smooth enough for the second order. */
static void noise_of_filters(void) {
    net n;
    temper_flat flat;
    temper_operator *H;
    const temper_part *part;
    const temper_scatter how = {.sigma = 1e-2, .scaled = true, .draws = 1500};
    double second = 0;
    build(&n, "graph:dense 6; tanh; dense 3", true);
    temper_part last = {0};
    (void)weights_of(&n, 1, &last);
    n.theta[last.offset + 1] = 3; /* input 0, unit 1; unit 0 is hardly ever the answer, so it bends little */
    n.theta[last.offset + last.length] = -4;
    double *v = calloc((size_t)(2 * n.P), sizeof *v);
    CHECK_OK(temper_landscape_operator(n.landscape, TEMPER_HESSIAN, n.theta, errand.stream, &H));
    int parts = temper_landscape_parts(n.landscape, &part);
    for (int k = 0; k < parts; k++)
        for (int64_t i = 0; i < part[k].length; i++) {
            const double *w = n.theta + part[k].offset;
            double square = 0;
            int64_t F = part[k].filters, m = part[k].length / F;
            for (int64_t j = 0; j < m; j++) square += w[i % F + j * F] * w[i % F + j * F] / (double)m;
            if (part[k].kind != TEMPER_PART_WEIGHT) square = w[i] * w[i];
            v[part[k].offset + i] = 1;
            CHECK_OK(temper_operator_apply(H, 1, v, v + n.P));
            v[part[k].offset + i] = 0;
            second += v[n.P + part[k].offset + i] * square * 1e-4 / 2;
        }
    CHECK_OK(temper_sharpness_mean(n.landscape, n.theta, &how, &errand, &flat));
    CHECK_NEAR(flat.value, second, SIGMAS * flat.error);
    CHECK(flat.error < 0.05 * second, "%g ± %g", flat.value, flat.error);
    temper_operator_free(H);
    free(v);
    leave(&n);
}

static void layers_and_bad_questions(void) {
    net n;
    simple s;
    temper_flat all, one, flat;
    temper_part p = {0};
    double x[2] = {0};
    temper_operator *H;
    build(&n, "mlp:6", false);
    CHECK_OK(temper_landscape_operator(n.landscape, TEMPER_HESSIAN, n.theta, errand.stream, &H));
    CHECK_OK(temper_sharpness_relative(n.landscape, n.theta, H, -1, 20, &errand, &all));
    double sum = 0;
    for (int layer = 0; layer < 2; layer++) {
        CHECK_OK(
            temper_sharpness_relative(n.landscape, n.theta, H, weights_of(&n, layer, &p), 20, &errand, &one));
        sum += one.value;
    }
    CHECK_NEAR(all.value, sum, 1e-12);
    CHECK_FAILS(temper_sharpness_relative(n.landscape, n.theta, H, 1, 20, &errand, &one), TEMPER_BAD_OPTION,
                "part=1"); /* a bias */
    temper_operator_free(H);
    leave(&n);
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 2, 1));
    CHECK_OK(temper_landscape_operator(s.landscape, TEMPER_HESSIAN, x, errand.stream, &H));
    CHECK_FAILS(temper_sharpness_relative(s.landscape, x, H, -1, 20, &errand, &one), TEMPER_CANNOT,
                "network");
    temper_operator_free(H);
    CHECK_FAILS(temper_sharpness_worst(s.landscape, x, TEMPER_BALL, NAN, 1, NULL, &flat), TEMPER_BAD_OPTION,
                "radius");
    CHECK_FAILS(temper_sharpness_mean(s.landscape, x, &(temper_scatter){.sigma = -1}, NULL, &flat),
                TEMPER_BAD_OPTION, "sigma=-1");
    CHECK_FAILS(temper_sharpness_sigma(s.landscape, x, &(temper_scatter){0}, 0, NULL, &flat),
                TEMPER_BAD_OPTION, "bound=0");
    temper_landscape_free(s.landscape);
}

static void whoever_works_with_whatever(void) {
    net n;
    temper_flat first[3] = {{0, 0, 0, 0}}, flat[3];
    const temper_scatter how = {.sigma = 0.01, .draws = 4};
    build(&n, "mlp:6", false);
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_sharpness_worst(n.landscape, n.theta, TEMPER_BALL, 0.1, 4, &errand, &flat[0]));
        CHECK_OK(temper_sharpness_mean(n.landscape, n.theta, &how, &errand, &flat[1]));
        CHECK_OK(temper_sharpness_sigma(n.landscape, n.theta, &how, 0.1, &errand, &flat[2]));
        if (threads == 1) memcpy(first, flat, sizeof flat);
        CHECK(!memcmp(first, flat, sizeof flat), "%d threads", threads);
    }
    CHECK_OK(temper_threads(0));
    int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    temper_operator *H;
    CHECK_OK(temper_landscape_operator(n.landscape, TEMPER_HESSIAN, n.theta, errand.stream, &H));
    int64_t probe = temper_alloc_live() - live;
    for (int64_t k = 1; bad && k < 200; k++) {
        temper_alloc_fail_at(k);
        bad = temper_sharpness_worst(n.landscape, n.theta, TEMPER_BALL, 0.1, 2, NULL, &flat[0]);
        if (!bad) bad = temper_sharpness_mean(n.landscape, n.theta, &how, NULL, &flat[1]);
        if (!bad) bad = temper_sharpness_relative(n.landscape, n.theta, H, -1, 2, NULL, &flat[2]);
        temper_alloc_fail_at(0);
        CHECK(!bad || bad == TEMPER_NO_MEMORY, "allocation %lld: %d", (long long)k, bad);
    }
    CHECK_OK(bad);
    temper_operator_free(H);
    CHECK(temper_alloc_live() == live, "leaks: %lld blocks, %lld of the operator",
          (long long)(temper_alloc_live() - live), (long long)probe);
    leave(&n);
}

int main(void) {
    RUN(the_worst_of_a_ball);
    RUN(the_mean_and_its_sigma);
    RUN(rescaled_networks_are_one);
    RUN(noise_of_filters);
    RUN(layers_and_bad_questions);
    RUN(whoever_works_with_whatever);
    return check_end();
}
