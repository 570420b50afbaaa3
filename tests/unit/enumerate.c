/* The exact sum over states against brute force in long double, for every pair of unit kinds. */
#include "check.h"
#include "two_layers_rig.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "core/enumerate.h"
#include "core/unit_law.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

static rig r;
static double stat[RIG_MOST + 128], truth[RIG_MOST + 128];

static int64_t parameters(void) {
    int64_t v = r.of.V * r.of.visible_states, h = r.of.H * r.of.hidden_states;
    return v * h + v + h;
}

static void compare(double beta, double tolerance) {
    double log_z, energy, mean, worst = 0;
    long double exact = rig_sums(&r, beta, truth, &mean);
    CHECK_OK(temper_enumerate(&r.of, beta, &log_z, stat, &energy));
    CHECK_NEAR(log_z, (double)exact, tolerance * fmax(1, fabs((double)exact)));
    CHECK_NEAR(energy, mean, tolerance * fmax(10, fabs(mean)));
    for (int64_t k = 0; k < parameters(); k++)
        worst = fmax(worst, fabs(stat[k] - truth[k]) / fmax(1, fabs(truth[k])));
    CHECK(worst <= tolerance, "%s %s: a moment is wrong by %g", temper_unit_name(r.of.visible),
          temper_unit_name(r.of.hidden), worst);
    double alone;
    CHECK_OK(temper_enumerate(&r.of, beta, &alone, NULL, NULL));
    CHECK_NEAR(alone, log_z, 1e-13 * fmax(1, fabs(log_z)));
}

static int64_t units_of(temper_unit unit, int64_t discrete) {
    return rig_real(unit) ? 4 : unit == TEMPER_POTTS ? discrete / 2 + 1 : discrete;
}

static void every_pair_is_brute_force(void) {
    for (int v = TEMPER_BINARY; v <= TEMPER_RELU; v++)
        for (int h = TEMPER_BINARY; h <= TEMPER_RELU; h++) {
            if (rig_real((temper_unit)v) && rig_real((temper_unit)h)) continue;
            for (int turn = 0; turn < 4; turn++) {
                rig_make(&r, (temper_unit)v, units_of((temper_unit)v, turn & 1 ? 6 : 3), (temper_unit)h,
                         units_of((temper_unit)h, turn & 1 ? 4 : 7));
                rig_fill(&r, 100 * v + 10 * h + turn, turn & 2 ? 1.5 : 0.3, 0.7);
                compare(turn & 2 ? 0.6 : 1, 1e-12);
            }
        }
}

/* Sixteen units and a single one; at β = 0, at a negative β, and where fields are too large for products of odds. */
static void corners(void) {
    static const double beta[] = {0, -0.8, 1, 30};
    for (int k = 0; k < 4; k++)
        for (int kind = 0; kind < 4; kind++) {
            rig_make(&r, kind & 1 ? TEMPER_SPIN : TEMPER_BINARY, 9, kind & 2 ? TEMPER_SPIN : TEMPER_BINARY,
                     7);
            rig_fill(&r, 40 + kind, 1, 1);
            compare(beta[k], 1e-12);
            r.of.H = 1;
            compare(beta[k], 1e-12);
            r.of.V = 1, r.of.H = 9;
            compare(beta[k], 1e-12);
        }
    rig_make(&r, TEMPER_BINARY, 6, TEMPER_BINARY, 5);
    rig_fill(&r, 50, 300, 50);
    compare(1, 1e-12);
    rig_make(&r, TEMPER_SPIN, 4, TEMPER_SPIN, 4);
    rig_fill(&r, 51, 400, 50);
    compare(1, 1e-12);
    /* Fields between −600 and 600, but one factor of e^1200. */
    rig_make(&r, TEMPER_BINARY, 3, TEMPER_BINARY, 3);
    rig_fill(&r, 52, 1, 1);
    r.b[0] = -600, r.W[0] = 1200;
    compare(1, 1e-12);
}

/* d ln Z/dθ = β ⟨−∂E/∂θ⟩: central differences of two widths, extrapolated. Parameters are floats, so steps are powers of two. */
static void moments_are_slopes(void) {
    static const temper_unit pairs[][2] = {{TEMPER_BINARY, TEMPER_BINARY},
                                           {TEMPER_GAUSSIAN, TEMPER_BINARY},
                                           {TEMPER_POTTS, TEMPER_RELU},
                                           {TEMPER_SPIN, TEMPER_POTTS}};
    for (int pair = 0; pair < 4; pair++) {
        rig_make(&r, pairs[pair][0], 4, pairs[pair][1], 3);
        rig_fill(&r, 60 + pair, 0.5, 0.5);
        for (int64_t k = 0; k < RIG_MOST; k++) r.W[k] = (float)rint(r.W[k] * 1024) / 1024;
        for (int64_t k = 0; k < 64; k++)
            r.b[k] = (float)rint(r.b[k] * 1024) / 1024, r.c[k] = (float)rint(r.c[k] * 1024) / 1024;
        int64_t v = r.of.V * r.of.visible_states, h = r.of.H * r.of.hidden_states;
        double unused;
        CHECK_OK(temper_enumerate(&r.of, 0.9, &unused, stat, NULL));
        for (int64_t k = 0; k < parameters(); k += k < v * h ? 5 : 1) {
            float *theta = k < v * h ? r.W + k : k < v * h + v ? r.b + k - v * h : r.c + k - v * h - v;
            float before = *theta;
            double slope[2];
            for (int width = 0; width < 2; width++) {
                double step = width ? 1.0 / 64 : 1.0 / 128, up, down;
                *theta = before + (float)step;
                CHECK_OK(temper_enumerate(&r.of, 0.9, &up, NULL, NULL));
                *theta = before - (float)step;
                CHECK_OK(temper_enumerate(&r.of, 0.9, &down, NULL, NULL));
                slope[width] = (up - down) / (2 * step);
            }
            *theta = before;
            CHECK_NEAR(0.9 * stat[k], (4 * slope[0] - slope[1]) / 3, 3e-7);
        }
    }
}

/* Fourteen units of the smaller layer: 64 chunks. */
static void bits_are_equal_on_threads_and_levels(void) {
    static double first[RIG_MOST + 128];
    static const temper_unit pairs[][2] = {{TEMPER_BINARY, TEMPER_SPIN}, {TEMPER_GAUSSIAN, TEMPER_SPIN}};
    for (int pair = 0; pair < 2; pair++) {
        double log_z[2], energy[2];
        rig_make(&r, pairs[pair][0], 20, pairs[pair][1], 12);
        rig_fill(&r, 70, 0.6, 1);
        CHECK_OK(temper_threads(1));
        CHECK_OK(temper_cpu_cap("ref"));
        CHECK_OK(temper_enumerate(&r.of, 1, &log_z[0], first, &energy[0]));
        for (int threads = 1; threads <= 3; threads++)
            for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
                CHECK_OK(temper_threads(threads));
                CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
                CHECK_OK(temper_enumerate(&r.of, 1, &log_z[1], stat, &energy[1]));
                CHECK(!memcmp(&log_z[0], &log_z[1], sizeof *log_z), "ln Z: %d threads, level %d", threads,
                      level);
                CHECK(!memcmp(&energy[0], &energy[1], sizeof *log_z), "energy: %d threads, level %d", threads,
                      level);
                CHECK(!memcmp(first, stat, (size_t)parameters() * sizeof *stat),
                      "moments: %d threads, level %d", threads, level);
            }
        CHECK_OK(temper_cpu_cap("auto"));
        CHECK_OK(temper_threads(0));
    }
}

/* Many chunks, with several units fixed in each: the tree against brute force, and binary units in odds against the tree, to which they are
 * potts units of two states. */
static void chunks_of_several_fixed_units(void) {
    double log_z[2], energy[2];
    rig_make(&r, TEMPER_GAUSSIAN, 2, TEMPER_SPIN, 11);
    rig_fill(&r, 90, 0.3, 0.7);
    compare(1, 1e-12);
    rig_make(&r, TEMPER_POTTS, 12, TEMPER_BINARY, 11);
    r.of.visible_states = 2;
    rig_fill(&r, 91, 0.6, 0.7);
    for (int i = 0; i < 12; i++) {
        r.b[2 * i] = 0;
        for (int j = 0; j < 11; j++) r.W[2 * i * 11 + j] = 0;
    }
    CHECK_OK(temper_enumerate(&r.of, 1, &log_z[0], truth, &energy[0]));
    rig_make(&r, TEMPER_BINARY, 12, TEMPER_BINARY, 11);
    for (int i = 0; i < 12; i++) {
        r.b[i] = r.b[2 * i + 1];
        for (int j = 0; j < 11; j++) r.W[i * 11 + j] = r.W[(2 * i + 1) * 11 + j];
    }
    CHECK_OK(temper_enumerate(&r.of, 1, &log_z[1], stat, &energy[1]));
    CHECK_NEAR(log_z[1], log_z[0], 1e-12 * fabs(log_z[0]));
    CHECK_NEAR(energy[1], energy[0], 1e-12 * fabs(energy[0]));
    for (int i = 0; i < 12; i++) {
        CHECK_NEAR(stat[132 + i], truth[264 + 2 * i + 1], 1e-13);
        for (int j = 0; j < 11; j++) CHECK_NEAR(stat[i * 11 + j], truth[(2 * i + 1) * 11 + j], 1e-13);
    }
    for (int j = 0; j < 11; j++) CHECK_NEAR(stat[144 + j], truth[288 + j], 1e-13);
}

/* With the largest weights last, the reference of a chunk must move: fields e^400 apart between its first state and its last. */
static void a_late_peak_is_seen(void) {
    for (int spin = 0; spin < 2; spin++) {
        rig_make(&r, TEMPER_BINARY, 4, spin ? TEMPER_SPIN : TEMPER_BINARY, 8);
        rig_fill(&r, 80, 0.2, 0.5);
        for (int j = 0; j < 8; j++) r.c[j] = 130 + (float)j;
        compare(1, 1e-12);
        rig_make(&r, TEMPER_GAUSSIAN, 2, spin ? TEMPER_SPIN : TEMPER_BINARY, 8);
        compare(1, 1e-12);
    }
}

/* One unit against quadrature, from fields far below 0 to far above. */
static void one_unit(void) {
    for (double x = -60; x <= 12; x += 0.37)
        for (int unit = TEMPER_GAUSSIAN; unit <= TEMPER_RELU; unit++) {
            long double out[3];
            double mean, ln_z = temper_unit_law((temper_unit)unit, 1, 1, &x, &mean);
            rig_integrals((temper_unit)unit, x, out);
            CHECK_NEAR(ln_z, (double)logl(out[0]), 4e-15 * fmax(1, fabs(ln_z)));
            CHECK_NEAR(mean / (double)(out[1] / out[0]), 1,
                       3e-14); /* near x = −3 two close numbers are subtracted */
        }
}

static void refusals(void) {
    double log_z;
    rig_make(&r, TEMPER_GAUSSIAN, 3, TEMPER_RELU, 3);
    rig_fill(&r, 1, 0.1, 0.1);
    CHECK_FAILS(temper_enumerate(&r.of, 1, &log_z, NULL, NULL), TEMPER_CANNOT, "both layers hold real units");
    CHECK(isinf(temper_enumerable(&r.of)), "real layers");
    rig_make(&r, TEMPER_BINARY, 40, TEMPER_BINARY, 31);
    CHECK_FAILS(temper_enumerate(&r.of, 1, &log_z, NULL, NULL), TEMPER_CANNOT, "at most 2^30");
    CHECK_NEAR(temper_enumerable(&r.of), 31, 0);
    rig_make(&r, TEMPER_POTTS, 5, TEMPER_BINARY, 9);
    CHECK_NEAR(temper_enumerable(&r.of), 5 * log2(3), 1e-13);
    CHECK_FAILS(temper_enumerate(&r.of, NAN, &log_z, NULL, NULL), TEMPER_BAD_OPTION, "beta");
    r.W[7] = INFINITY;
    CHECK_FAILS(temper_enumerate(&r.of, 1, &log_z, NULL, NULL), TEMPER_DIVERGED, "not finite");
}

static void memory_may_fail(void) {
    int64_t live = temper_alloc_live();
    rig_make(&r, TEMPER_BINARY, 5, TEMPER_SPIN, 4);
    rig_fill(&r, 3, 0.5, 0.5);
    for (int64_t k = 1;; k++) {
        double log_z, energy;
        temper_alloc_fail_at(k);
        temper_status status = temper_enumerate(&r.of, 1, &log_z, NULL, &energy);
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "allocation %lld", (long long)k);
        if (!status) break;
        CHECK(status == TEMPER_NO_MEMORY && k < 9, "allocation %lld: status %d", (long long)k, status);
    }
}

int main(void) {
    RUN(one_unit);
    RUN(every_pair_is_brute_force);
    RUN(corners);
    RUN(moments_are_slopes);
    RUN(chunks_of_several_fixed_units);
    RUN(a_late_peak_is_seen);
    RUN(bits_are_equal_on_threads_and_levels);
    RUN(refusals);
    RUN(memory_may_fail);
    return check_end();
}
