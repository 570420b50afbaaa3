/* The local learning coefficient where it is known (training.md 5.7): w² ½, w⁴ ¼, w₁²w₂² ½ with its logarithm, a regular model d/2. */
#include "base/memory.h"
#include "check.h"
#include "simple_landscapes.h"
#include "temper/flatness.h"
#include "temper/parallel.h"

static const double SIGMAS = 4.5;
static const temper_errand errand = {.stream = {11, 200}};
static const temper_walk_plan plan = {.steps = 6000, .walkers = 4, .step = 0.3};

static void a_square_and_a_fourth_power(void) {
    simple s;
    const double x = 0;
    temper_walked w;
    const double weight[] = {1, 30, 1000};
    for (int k = 0; k < 3; k++) {
        CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 1, 1));
        s.self.k[0] = 2;
        CHECK_OK(temper_learning_coefficient(s.landscape, &x, weight[k], 0, &plan, &errand, &w));
        CHECK_NEAR(w.value, 0.5, SIGMAS * w.error);
        CHECK(w.error < 0.03 && w.rhat < 1.02, "± %g rhat %g", w.error, w.rhat);
        temper_landscape_free(s.landscape);
        CHECK_OK(simple_make(&s, SIMPLE_QUARTIC, 1, 1));
        CHECK_OK(temper_learning_coefficient(s.landscape, &x, weight[k], 0, &plan, &errand, &w));
        CHECK_NEAR(w.value, 0.25, SIGMAS * w.error);
        CHECK(w.error < 0.03 && w.rhat < 1.05, "± %g rhat %g", w.error, w.rhat);
        temper_landscape_free(s.landscape);
    }
}

/* Z(a) = ∫∫ exp(−a x²y² − γ(x² + y²)/2) = const ∫ e^{−γx²/2} (2a x² + γ)^{−1/2} dx, and λ = −∂ ln Z/∂ ln a. */
static double product_log_z(double a, double gamma) {
    enum { POINTS = 40000 };
    double sum = 0, most = 12 / sqrt(gamma), h = 2 * most / POINTS;
    for (int k = 0; k < POINTS; k++) {
        double x = -most + (k + 0.5) * h;
        sum += h * exp(-gamma * x * x / 2) / sqrt(2 * a * x * x + gamma);
    }
    return log(sum);
}

static void a_product(void) {
    simple s;
    const double x[2] = {0, 0}, a = 400, gamma = 1, h = 1e-3;
    temper_walked w;
    double lambda = -(product_log_z(a * exp(h), gamma) - product_log_z(a * exp(-h), gamma)) / (2 * h);
    CHECK(lambda > 0.25 && lambda < 0.5, "%g", lambda); /* ½ − 1/ln a, from below */
    CHECK_OK(simple_make(&s, SIMPLE_PRODUCT, 2, 1));
    CHECK_OK(temper_learning_coefficient(s.landscape, x, a, gamma, &plan, &errand, &w));
    CHECK_NEAR(w.value, lambda, SIGMAS * w.error);
    CHECK(w.error < 0.03, "± %g", w.error);
    temper_landscape_free(s.landscape);
}

/* Every direction counts ½ ak/(ak + γ); free ones nothing. a = N/ln N by itself. */
static void a_regular_model(void) {
    enum { D = 12, FREE = 4, N = 5000 };
    simple s;
    double x[D] = {0}, a = N / log(N), lambda = 0;
    temper_walked w;
    const temper_walk_plan longer = {.steps = 3000};
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, D, N));
    for (int i = 0; i < D; i++) {
        s.self.k[i] = i < FREE ? 0 : 0.5 * i;
        lambda += 0.5 * a * s.self.k[i] / (a * s.self.k[i] + 5);
    }
    CHECK_OK(temper_learning_coefficient(s.landscape, x, 0, 5, &longer, &errand, &w));
    CHECK_NEAR(w.value, lambda, SIGMAS * w.error);
    CHECK_NEAR(lambda, (D - FREE) / 2.0, 0.05);
    temper_walked same;
    CHECK_OK(temper_learning_coefficient(s.landscape, x, a, 5, &longer, &errand, &same));
    CHECK_NEAR(same.value, w.value, 1e-6); /* N/ln N by itself */
    CHECK(w.error < 0.1, "± %g", w.error);
    for (int i = 0; i < D; i++) x[i] = 1; /* not at the minimum: below what it was, maybe below 0 */
    CHECK_OK(temper_learning_coefficient(s.landscape, x, 0, 5, &longer, &errand, &w));
    CHECK(w.value < 0, "%g", w.value);
    temper_landscape_free(s.landscape);
}

static void the_same_bits(void) {
    simple s;
    const double x[3] = {0.1, 0, 0};
    const temper_walk_plan few = {.steps = 50};
    temper_walked first = {0}, w;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 3, 100));
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_learning_coefficient(s.landscape, x, 0, 1, &few, &errand, &w));
        if (threads == 1) first = w;
        CHECK(!memcmp(&first, &w, sizeof w), "%d threads", threads);
    }
    CHECK_OK(temper_threads(0));
    temper_landscape_free(s.landscape);
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 1, 1));
    CHECK_FAILS(temper_learning_coefficient(s.landscape, x, 0, 1, NULL, NULL, &w), TEMPER_BAD_OPTION,
                "weight");
    int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    for (int64_t k = 1; bad && k < 100; k++) {
        temper_alloc_fail_at(k);
        bad = temper_learning_coefficient(s.landscape, x, 3, 1, &few, NULL, &w);
        temper_alloc_fail_at(0);
        CHECK(!bad || bad == TEMPER_NO_MEMORY, "allocation %lld: %d", (long long)k, bad);
        CHECK(temper_alloc_live() == live, "allocation %lld: leaks", (long long)k);
    }
    CHECK_OK(bad);
    temper_landscape_free(s.landscape);
}

int main(void) {
    RUN(a_square_and_a_fourth_power);
    RUN(a_product);
    RUN(a_regular_model);
    RUN(the_same_bits);
    return check_end();
}
