/* The Plefka expansion against exact sums: the error of order n falls as the (n + 1)-th power of the couplings. */
#include "check.h"
#include "two_layers_rig.h"
#include "base/memory.h"
#include "core/enumerate.h"
#include "core/plefka.h"
#include "temper/parallel.h"

static rig r;
static const temper_unit kinds[4][2] = {{TEMPER_BINARY, TEMPER_BINARY},
                                        {TEMPER_SPIN, TEMPER_SPIN},
                                        {TEMPER_BINARY, TEMPER_SPIN},
                                        {TEMPER_SPIN, TEMPER_BINARY}};

static temper_plefka_how precise(int order) {
    temper_plefka_how how = temper_plefka_usual(order);
    how.tolerance = 1e-15;
    how.most = 400;
    return how;
}

/* Couplings are scaled by ½ at a time: powers of two, so that all floats stay proportional. */
static void machine(int kind, double scale) {
    rig_make(&r, kinds[kind][0], 5, kinds[kind][1], 4);
    rig_fill(&r, 20 + kind, 1, 0.8);
    for (int k = 0; k < 20; k++) r.W[k] *= (float)scale;
}

static void error_of_order_n_is_the_next_power(void) {
    for (int kind = 0; kind < 4; kind++)
        for (int order = 1; order <= 3; order++) {
            double error[2], wrong[2];
            temper_plefka_how how = precise(order);
            for (int k = 0; k < 2; k++) {
                temper_plefka_result result;
                double exact, stat[64], truth[64];
                machine(kind, k ? 0x1p-6 : 0x1p-5);
                CHECK_OK(temper_enumerate(&r.of, 1, &exact, truth, NULL));
                CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &result, stat));
                CHECK(result.residual < 1e-14, "order %d: residual %g", order, result.residual);
                error[k] = fabs(result.log_z - exact), wrong[k] = 0;
                for (int i = 0; i < 29; i++) wrong[k] = fmax(wrong[k], fabs(stat[i] - truth[i]));
            }
            double power = log2(error[0] / error[1]), moments = log2(wrong[0] / wrong[1]);
            printf("  kind %d order %d: ln Z off by %.1e, power %.2f; moments off by %.1e, power %.2f\n",
                   kind, order, error[1], power, wrong[1], moments);
            CHECK(power > order + 0.7, "kind %d, order %d: ln Z, power %.2f", kind, order, power);
            CHECK(moments > order - 0.3, "kind %d, order %d: moments, power %.2f", kind, order, moments);
        }
}

/* ⟨v h⟩ is the slope of the approximate ln Z in W, at any coupling: steps of a float and solutions of their own. */
static void moments_are_slopes(void) {
    for (int kind = 0; kind < 4; kind++)
        for (int order = 1; order <= 3; order++) {
            temper_plefka_how how = precise(order);
            temper_plefka_result up, down, here;
            double stat[64];
            machine(kind, 0x1p-2);
            CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &here, stat));
            for (int k = 0; k < 29; k++) {
                float *theta = k < 20 ? r.W + k : k < 25 ? r.b + k - 20 : r.c + k - 25, before = *theta;
                float more = before + 0x1p-10F, less = before - 0x1p-10F;
                *theta = more;
                CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &up, NULL));
                *theta = less;
                CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &down, NULL));
                *theta = before;
                CHECK_NEAR(stat[k], (up.log_z - down.log_z) / ((double)more - (double)less), 1e-6);
            }
        }
}

/* Without couplings every order is exact; below the Curie point two starts find the two phases of a ferromagnet. */
static void limits(void) {
    for (int kind = 0; kind < 4; kind++)
        for (int order = 1; order <= 3; order++) {
            temper_plefka_result result;
            temper_plefka_how how = temper_plefka_usual(order);
            double exact;
            machine(kind, 0);
            CHECK_OK(temper_enumerate(&r.of, 1, &exact, NULL, NULL));
            CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &result, NULL));
            CHECK_NEAR(result.log_z, exact, 1e-13);
            CHECK(result.converged && result.iterations == 1, "rest is the solution");
        }
    rig_make(&r, TEMPER_SPIN, 30, TEMPER_SPIN, 30);
    for (int k = 0; k < 900; k++) r.W[k] = 1.5F / 30;
    for (int k = 0; k < 30; k++) r.b[k] = r.c[k] = 0;
    double m[2][60];
    temper_plefka_result result[2];
    temper_plefka_how how = temper_plefka_usual(1);
    for (int k = 0; k < 60; k++) m[0][k] = 0.3, m[1][k] = -0.3;
    CHECK_OK(temper_plefka(&r.of, &how, 2, m[0], result, NULL));
    CHECK_NEAR(m[0][7], 0.858559788, 1e-6); /* m = tanh(1.5 m) */
    CHECK_NEAR(m[1][7], -0.858559788, 1e-6);
    CHECK(result[0].log_z == result[1].log_z, "the phases are mirror images");
}

/* A spin glass at order 2, without damping: no convergence is told, and nothing fails. */
static void no_convergence_is_a_result(void) {
    temper_plefka_how how = temper_plefka_usual(2);
    temper_plefka_result result;
    rig_make(&r, TEMPER_SPIN, 20, TEMPER_SPIN, 20);
    rig_fill(&r, 5, 0.5, 0.1);
    how.most = 50, how.damping = 0;
    CHECK_OK(temper_plefka(&r.of, &how, 1, NULL, &result, NULL));
    CHECK(!result.converged && !(result.residual < 1e-3) && result.iterations == 50, "residual %g after %lld",
          result.residual, (long long)result.iterations);
}

static void bits_refusals_memory(void) {
    temper_plefka_how how = temper_plefka_usual(2);
    temper_plefka_result result[3];
    double m[2][3][64], stat[2][128];
    for (int threads = 1; threads <= 2; threads++) {
        rig_make(&r, TEMPER_BINARY, 7, TEMPER_SPIN, 5);
        rig_fill(&r, 8, 0.3, 0.5);
        for (int k = 0; k < 64; k++)
            for (int s = 0; s < 3; s++) m[threads - 1][s][k] = 0.1 * (s + 1);
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_plefka(&r.of, &how, 3, m[threads - 1][0], result, stat[threads - 1]));
    }
    CHECK(!memcmp(stat[0], stat[1], (35 + 12) * sizeof(double)), "threads");
    CHECK_OK(temper_threads(0));
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    CHECK(temper_plefka(&r.of, &how, 1, NULL, result, NULL) == TEMPER_NO_MEMORY, "first allocation");
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "blocks left");
    how.order = 4;
    CHECK_FAILS(temper_plefka(&r.of, &how, 1, NULL, result, NULL), TEMPER_BAD_OPTION, "order=4");
    r.of.hidden = TEMPER_GAUSSIAN;
    CHECK_FAILS(temper_plefka(&r.of, &how, 1, NULL, result, NULL), TEMPER_CANNOT, "gaussian");
}

int main(void) {
    RUN(error_of_order_n_is_the_next_power);
    RUN(moments_are_slopes);
    RUN(limits);
    RUN(no_convergence_is_a_result);
    RUN(bits_refusals_memory);
    return check_end();
}
