/* The table of flatness on a trained network against its whole Hessian; and that ReLU's rescaling fools what it is known to fool, only. */
#include "num/eigen.h"
#include "small_net.h"
#include "temper/flatness.h"
#include "temper/parallel.h"

static const temper_errand errand = {.stream = {3, 200}};
static const double SIGMAS = 4.5;

/* ReLU has kinks, whose curvature the noise of neighbourhoods sees and the Hessian does not: tanh where they are compared. */
static void trained(small_net *s, const char *model) {
    small_net_begin(s, model, true, 60, 20, INFINITY);
    /* some way down: Newton would run to a kink */
    double *grad = calloc((size_t)s->P, sizeof *grad), u;
    for (int k = 0; k < 300; k++) {
        CHECK_OK(temper_landscape_slope(s->landscape, s->theta, &u, grad));
        for (int64_t i = 0; i < s->P; i++) s->theta[i] -= 0.5 * grad[i];
    }
    free(grad);
    temper_landscape_free(s->landscape);
    CHECK_OK(temper_landscape_of_network(&s->landscape, &s->task, NULL, false));
}

static void against_the_whole_hessian(void) {
    small_net s;
    temper_flat flat[TEMPER_FLATS];
    trained(&s, "graph:dense 4; tanh; dense 2");
    const temper_flatness_plan plan = {.radius = 0.01, .draws = 300, .gamma = 400, .walk = {.steps = 300}};
    CHECK_OK(temper_flatness_find(s.landscape, s.theta, &plan, &errand, flat));
    temper_operator *A;
    CHECK_OK(temper_landscape_operator(s.landscape, TEMPER_HESSIAN, s.theta, errand.stream, &A));
    double *H = calloc((size_t)(s.P * s.P + 3 * s.P), sizeof *H), *value = H + s.P * s.P, *v = value + s.P,
           trace = 0, square = 0;
    for (int64_t i = 0; i < s.P; i++) {
        memset(v, 0, (size_t)s.P * sizeof *v), v[i] = 1;
        CHECK_OK(temper_operator_apply(A, 1, v, H + i * s.P));
        trace += H[i * s.P + i];
        for (int64_t j = 0; j < s.P; j++) square += H[i * s.P + j] * H[i * s.P + j];
    }
    CHECK(temper_eigen_symmetric(s.P, H, value, v) == s.P, "no eigenvalues");
    CHECK_NEAR(flat[TEMPER_FLAT_TOP].value, value[0], 1e-3 * value[0]);
    CHECK_NEAR(flat[TEMPER_FLAT_TRACE].value, trace, SIGMAS * flat[TEMPER_FLAT_TRACE].error + 1e-4 * trace);
    CHECK_NEAR(flat[TEMPER_FLAT_FROBENIUS].value, sqrt(square),
               SIGMAS * flat[TEMPER_FLAT_FROBENIUS].error + 1e-3);
    /* small neighbourhoods: second order; SAM's step is ρ|∇L| to first */
    double d = (double)s.P;
    CHECK_NEAR(flat[TEMPER_FLAT_MEAN].value, 1e-4 / d * trace / 2, SIGMAS * flat[TEMPER_FLAT_MEAN].error);
    CHECK_NEAR(flat[TEMPER_FLAT_SAM].value, 0.01 * flat[TEMPER_FLAT_SLOPE].value, 1e-4 * value[0] / 2 + 1e-6);
    CHECK(flat[TEMPER_FLAT_WORST].value >= flat[TEMPER_FLAT_SAM].value - 1e-7,
          "ascent goes down: %g, one step %g", flat[TEMPER_FLAT_WORST].value, flat[TEMPER_FLAT_SAM].value);
    /* entropy where the spring is stiff: S ≈ −N L + (N|∇L|)²/2γ − ½ ln det(1 + N H/γ) */
    double S = pow(60 * flat[TEMPER_FLAT_SLOPE].value, 2) / 800;
    for (int64_t i = 0; i < s.P; i++) S -= log1p(60 * value[i] / 400) / 2;
    CHECK_NEAR(flat[TEMPER_FLAT_ENTROPY].value, -S / d,
               SIGMAS * flat[TEMPER_FLAT_ENTROPY].error + 0.05 * fabs(S / d));
    for (int k = 0; k < TEMPER_FLATS; k++)
        CHECK(!isnan(flat[k].value), "%s was not measured", temper_flatness_name(k));
    temper_operator_free(A);
    free(H);
    small_net_end(&s);
}

static void what_is_fooled(void) {
    small_net s;
    temper_flat before[TEMPER_FLATS], after[TEMPER_FLATS];
    const temper_flatness_plan plan = {
        .draws = 100, .probes = 2000, .skip = 1U << TEMPER_FLAT_ENTROPY | 1U << TEMPER_FLAT_LEARNING};
    const temper_part *part;
    double u, v;
    trained(&s, "mlp:4");
    CHECK_OK(temper_landscape_energy(s.landscape, s.theta, &u));
    CHECK_OK(temper_flatness_find(s.landscape, s.theta, &plan, &errand, before));
    int parts = temper_landscape_parts(s.landscape, &part), first = part[0].layer,
        last = part[parts - 1].layer;
    for (int k = 0; k < parts; k++)
        for (int64_t i = part[k].offset; i < part[k].offset + part[k].length; i++)
            s.theta[i] *= part[k].layer == first                                        ? 4
                          : part[k].layer == last && part[k].kind == TEMPER_PART_WEIGHT ? 0.25
                                                                                        : 1;
    CHECK_OK(temper_landscape_energy(s.landscape, s.theta, &v));
    CHECK_NEAR(u, v, 1e-6 * u);
    CHECK_OK(temper_flatness_find(s.landscape, s.theta, &plan, &errand, after));
    static const int fooled[] = {TEMPER_FLAT_TOP, TEMPER_FLAT_TRACE, TEMPER_FLAT_MEAN, TEMPER_FLAT_SIGMA},
                     wise[] = {TEMPER_FLAT_RELATIVE, TEMPER_FLAT_RELATIVE_LAST, TEMPER_FLAT_MEAN_SCALED,
                               TEMPER_FLAT_SIGMA_SCALED};
    for (int i = 0; i < 4; i++) {
        const temper_flat *a = &before[fooled[i]], *b = &after[fooled[i]];
        CHECK(fabs(a->value - b->value) > 0.3 * fabs(a->value), "%s should differ: %g, %g",
              temper_flatness_name(fooled[i]), a->value, b->value);
        a = &before[wise[i]], b = &after[wise[i]];
        CHECK_NEAR(b->value, a->value, SIGMAS * sqrt(a->error * a->error + b->error * b->error));
    }
    small_net_end(&s);
}

static void the_same_bits(void) {
    small_net s;
    temper_flat first[TEMPER_FLATS], flat[TEMPER_FLATS];
    const temper_flatness_plan plan = {
        .draws = 4, .probes = 2, .products = 10, .walk = {.steps = 16, .states = 3}};
    trained(&s, "mlp:4");
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_flatness_find(s.landscape, s.theta, &plan, &errand, flat));
        if (threads == 1) memcpy(first, flat, sizeof flat);
        CHECK(!memcmp(first, flat, sizeof flat), "%d threads", threads);
    }
    CHECK_OK(temper_threads(0));
    small_net_end(&s);
}

int main(void) {
    RUN(against_the_whole_hessian);
    RUN(what_is_fooled);
    RUN(the_same_bits);
    return check_end();
}
