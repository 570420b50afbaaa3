/* Local entropy and the Franz–Parisi potential on landscapes whose integrals are known. */
#include "base/memory.h"
#include "check.h"
#include "simple_landscapes.h"
#include "temper/flatness.h"
#include "temper/parallel.h"

static const double SIGMAS = 4.5;
static const temper_errand errand = {.stream = {7, 200}};

/* −½ Σ kγ/(k+γ) (x − c)² − ½ Σ ln(1 + k/γ), k = N k_i: training.md 5.7. */
static double entropy_of(const simple *s, const double *x, double a, double gamma) {
    double S = 0;
    for (int64_t i = 0; i < s->self.dim; i++) {
        double k = a * s->self.k[i], d = x[i] - s->self.centre[i];
        S -= k * gamma / (k + gamma) * d * d / 2 + log(1 + k / gamma) / 2;
    }
    return S;
}

static void curvature_4_becomes_0p8(void) {
    simple s;
    const temper_walk_plan plan = {.steps = 4000, .walkers = 4};
    temper_walked at[3];
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 1, 1));
    s.self.k[0] = 4;
    for (int k = 0; k < 3; k++) {
        double x = 1.5 * k - 1.5;
        CHECK_OK(temper_local_entropy(s.landscape, &x, 0, 1, &plan, &errand, &at[k]));
        CHECK_NEAR(at[k].value, -0.4 * x * x - log(5) / 2, SIGMAS * at[k].error);
        CHECK(at[k].error < 0.05 && at[k].error > 1e-4, "error %g", at[k].error);
        CHECK_NEAR(at[k].energy, 2 * x * x, 1e-14);
    }
    double curvature = (2 * at[1].value - at[0].value - at[2].value) / (1.5 * 1.5);
    CHECK_NEAR(curvature, 0.8, SIGMAS * 2.5 * (at[0].error + at[1].error + at[2].error) / 3);
    /* ⟨x'⟩ and its distance at λ = 1: variance 1/5 about 0 from θ = 0 */
    CHECK_NEAR(at[1].distance, sqrt(0.2), 0.02);
    CHECK_NEAR(at[1].mean, 0.4, SIGMAS * at[1].mean_error);
    temper_landscape_free(s.landscape);
}

static void many_directions_stiff_and_soft(void) {
    enum { D = 20 };
    simple s;
    double x[D];
    temper_walked w;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, D, 50));
    for (int i = 0; i < D; i++)
        s.self.k[i] = 0.02 * (1 << i % 8), s.self.centre[i] = 0.1 * i, x[i] = 0.1 * (i % 3);
    CHECK_OK(temper_local_entropy(s.landscape, x, 0, 2, NULL, &errand, &w));
    double S = entropy_of(&s, x, 50, 2);
    CHECK_NEAR(w.value, S, SIGMAS * w.error);
    CHECK(w.error < 0.03 * fabs(S), "%g ± %g", w.value, w.error);
    CHECK(w.rhat < 1.2 && w.cost > 4 * 400 * 16, "rhat %g cost %g", w.rhat, w.cost);
    temper_landscape_free(s.landscape);
}

/* d = 4, k = (p, p, q, q): the share t = Ω₁² + Ω₂² is uniform on [0, 1], so with A = a r²/2
 * Z = ∫₀¹ exp(−A(pt + q(1 − t))) dt, and ⟨L⟩ = (r²/2)(p⟨t⟩ + q⟨1 − t⟩) = −∂ ln Z/∂a. */
static double sphere_log_z(double A, double p, double q) {
    return -A * q + log(-expm1(-A * (p - q)) / (A * (p - q)));
}

static void franz_parisi_on_an_ellipsoid(void) {
    simple s;
    const double distance[] = {0.5, 1, 1.5, 2, 2.5}, theta[4] = {0.3, -0.2, 0.1, 0.4}, p = 3, q = 0.5, a = 4;
    const temper_walk_plan plan = {.steps = 1500, .walkers = 4};
    temper_far far[5];
    double cost;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 4, 1));
    for (int i = 0; i < 4; i++) s.self.k[i] = i < 2 ? p : q, s.self.centre[i] = theta[i];
    CHECK_OK(temper_franz_parisi(s.landscape, theta, a, 5, distance, &plan, &errand, far, &cost));
    for (int k = 0; k < 5; k++) {
        double r = distance[k], A = a * r * r / 2, h = 1e-4;
        double V = -sphere_log_z(A, p, q);
        double loss = -(sphere_log_z(A * (1 + h), p, q) - sphere_log_z(A * (1 - h), p, q)) / (2 * h * a);
        CHECK_NEAR(far[k].loss, loss, SIGMAS * far[k].loss_error);
        CHECK_NEAR(far[k].potential, V, SIGMAS * far[k].potential_error + 0.02); /* 0.02: Simpson's rule */
        CHECK_NEAR(far[k].entropy, a * loss - V, SIGMAS * far[k].entropy_error + 0.02);
        CHECK(far[k].loss_error < 0.02 * loss && far[k].potential_error < 0.05, "errors %g %g",
              far[k].loss_error, far[k].potential_error);
        CHECK(far[k].entropy < 3 * far[k].entropy_error, "a share above 1: %g", far[k].entropy);
    }
    CHECK(cost > 2 * 5 * 4 * 1500, "cost %g", cost);
    temper_landscape_free(s.landscape);
}

/* All directions alike: nothing fluctuates, V = a k r²/2 to rounding. Displaced: the walkers find the side that is low. */
static void spheres_that_are_alike(void) {
    simple s;
    const double distance[] = {1, 3}, theta[6] = {0};
    temper_far far[2];
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 6, 10));
    for (int i = 0; i < 6; i++) s.self.k[i] = 0.3;
    CHECK_OK(temper_franz_parisi(s.landscape, theta, 0, 2, distance, NULL, &errand, far, NULL));
    for (int k = 0; k < 2; k++) {
        CHECK_NEAR(far[k].potential, 10 * 0.3 * distance[k] * distance[k] / 2, 1e-9);
        CHECK_NEAR(far[k].entropy, 0, 1e-9);
    }
    /* d = 3, L = k|x − c|²/2: Z = e^{−ak(r² + c²)/2} sinh(akrc)/(akrc) */
    temper_landscape_free(s.landscape);
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 3, 10));
    for (int i = 0; i < 3; i++) s.self.k[i] = 0.3;
    s.self.centre[1] = 1;
    const temper_walk_plan plan = {.steps = 1500};
    CHECK_OK(temper_franz_parisi(s.landscape, theta, 0, 2, distance, &plan, &errand, far, NULL));
    for (int k = 0; k < 2; k++) {
        double r = distance[k], z = 3 * r;
        CHECK_NEAR(far[k].potential, 3 * r * r / 2 - log(sinh(z) / z),
                   SIGMAS * far[k].potential_error + 0.03);
    }
    temper_landscape_free(s.landscape);
}

/* Walks of a hundred steps are what a table of many networks can pay for: their errors must still hold. Over seeds the deviations in units of the error
 * have a mean square of about 1; a bias, of walkers that begin far from where they belong, would show in their mean. */
static void short_walks(void) {
    enum { D = 20, SEEDS = 40 };
    simple s, t;
    double x[D], theta[40] = {0}, sum[3] = {0}, square[3] = {0};
    const double distance[] = {0.5, 1, 1.5, 2, 2.5, 3};
    const temper_walk_plan plan = {.steps = 100, .states = 8};
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, D, 50));
    for (int i = 0; i < D; i++)
        s.self.k[i] = 0.02 * (1 << i % 8), s.self.centre[i] = 0.1 * i, x[i] = 0.1 * (i % 3);
    CHECK_OK(simple_make(&t, SIMPLE_QUADRATIC, 4, 1));
    for (int i = 0; i < 4; i++) t.self.k[i] = i < 2 ? 20 : 0.02;
    for (int seed = 0; seed < SEEDS; seed++) {
        const temper_errand own = {.stream = {(uint64_t)seed, 200}};
        temper_walked w;
        temper_far far[6];
        CHECK_OK(temper_local_entropy(s.landscape, x, 0, 2, &plan, &own, &w));
        CHECK_OK(temper_franz_parisi(t.landscape, theta, 4, 6, distance, &plan, &own, far, NULL));
        double r = distance[5], A = 4 * r * r / 2, h = 1e-4;
        double loss =
            -(sphere_log_z(A * (1 + h), 20, 0.02) - sphere_log_z(A * (1 - h), 20, 0.02)) / (2 * h * 4);
        double off[] = {(w.value - entropy_of(&s, x, 50, 2)) / w.error,
                        (far[5].loss - loss) / far[5].loss_error,
                        (far[5].potential + sphere_log_z(A, 20, 0.02)) / far[5].potential_error};
        for (int k = 0; k < 3; k++) sum[k] += off[k] / SEEDS, square[k] += off[k] * off[k] / SEEDS;
    }
    for (int k = 0; k < 3; k++)
        CHECK(fabs(sum[k]) < 0.8 && square[k] < 2.5,
              "question %d: deviations of %.2f errors, mean square %.2f", k, sum[k], square[k]);
    temper_landscape_free(s.landscape);
    temper_landscape_free(t.landscape);
}

static void whoever_works(void) {
    simple s;
    const double theta[4] = {0.3, -0.2, 0.1, 0.4}, distance[] = {1};
    const temper_walk_plan plan = {.steps = 40, .states = 4};
    temper_walked first = {0}, w;
    temper_far one = {0}, far;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 4, 3));
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_local_entropy(s.landscape, theta, 0, 2, &plan, &errand, &w));
        CHECK_OK(temper_franz_parisi(s.landscape, theta, 0, 1, distance, &plan, &errand, &far, NULL));
        if (threads == 1) first = w, one = far;
        CHECK(!memcmp(&first, &w, sizeof w) && !memcmp(&one, &far, sizeof far), "%d threads", threads);
    }
    CHECK_OK(temper_threads(0));
    temper_landscape_free(s.landscape);
}

static void questions_that_make_no_sense(void) {
    simple s;
    const double x = 0, down[] = {2, 1}, theta[2] = {0};
    temper_walked w;
    temper_far far[2];
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 1, 1));
    CHECK_FAILS(temper_local_entropy(s.landscape, &x, 0, 0, NULL, NULL, &w), TEMPER_BAD_OPTION, "gamma=0");
    const temper_walk_plan long_step = {.step = 2}, lonely = {.walkers = 1};
    CHECK_FAILS(temper_local_entropy(s.landscape, &x, 0, 1, &long_step, NULL, &w), TEMPER_BAD_OPTION,
                "step=2");
    CHECK_FAILS(temper_local_entropy(s.landscape, &x, 0, 1, &lonely, NULL, &w), TEMPER_BAD_OPTION,
                "walkers=1");
    CHECK_FAILS(temper_franz_parisi(s.landscape, &x, 0, 1, down, NULL, NULL, far, NULL), TEMPER_CANNOT,
                "one dimension");
    /* not bounded below: the walkers leave */
    s.self.kind = SIMPLE_QUARTIC, s.self.k[0] = -8;
    CHECK_FAILS(temper_local_entropy(s.landscape, &x, 0, 1, NULL, NULL, &w), TEMPER_DIVERGED, "gamma");
    temper_landscape_free(s.landscape);
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 2, 1));
    CHECK_FAILS(temper_franz_parisi(s.landscape, theta, 0, 2, down, NULL, NULL, far, NULL), TEMPER_BAD_OPTION,
                "ascend");
    int stop = 1;
    const temper_errand stopped = {.stop = &stop};
    CHECK_FAILS(temper_local_entropy(s.landscape, theta, 0, 1, NULL, &stopped, &w), TEMPER_STOPPED,
                "stopped");
    temper_landscape_free(s.landscape);
}

static void without_memory(void) {
    simple s;
    const double theta[2] = {0.1, 0.2}, distance[] = {1};
    const temper_walk_plan plan = {.steps = 16, .walkers = 2, .states = 2};
    temper_walked w;
    temper_far far;
    CHECK_OK(simple_make(&s, SIMPLE_QUADRATIC, 2, 1));
    int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    for (int64_t k = 1; bad && k < 200; k++) {
        temper_alloc_fail_at(k);
        bad = temper_local_entropy(s.landscape, theta, 0, 1, &plan, NULL, &w);
        if (!bad) bad = temper_franz_parisi(s.landscape, theta, 0, 1, distance, &plan, NULL, &far, NULL);
        temper_alloc_fail_at(0);
        CHECK(!bad || bad == TEMPER_NO_MEMORY, "allocation %lld: %d", (long long)k, bad);
        CHECK(temper_alloc_live() == live, "allocation %lld: leaks", (long long)k);
    }
    CHECK_OK(bad);
    temper_landscape_free(s.landscape);
}

int main(void) {
    RUN(curvature_4_becomes_0p8);
    RUN(many_directions_stiff_and_soft);
    RUN(franz_parisi_on_an_ellipsoid);
    RUN(spheres_that_are_alike);
    RUN(short_walks);
    RUN(whoever_works);
    RUN(questions_that_make_no_sense);
    RUN(without_memory);
    return check_end();
}
