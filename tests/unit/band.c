/* Minimum-energy paths on landscapes whose saddles are known, and trained curves. */
#include <stdlib.h>
#include "base/memory.h"
#include "landscape/band.h"
#include "path_rig.h"
#include "temper/parallel.h"
#include "temper/path.h"

/* A straight chain of M images between two places. */
static temper_route chain(const double *from, const double *to, int64_t M, int64_t P) {
    temper_route route = {TEMPER_POLYGON, M, P, calloc((size_t)(M * P), sizeof(double))};
    for (int64_t i = 0; i < M; i++)
        for (int64_t c = 0; c < P; c++)
            route.knot[i * P + c] = from[c] + (to[c] - from[c]) * (double)i / (double)(M - 1);
    return route;
}

static temper_landscape *of(const temper_potential *potential) {
    temper_landscape *l = NULL;
    CHECK_OK(temper_landscape_of_potential(&l, potential));
    return l;
}

static void relax(const double *from, const double *to, int64_t images, const temper_band_plan *plan,
                  double saddle, double where[2]) {
    temper_landscape *l = of(&brown_potential);
    temper_route route = chain(from, to, images, 2);
    temper_band band;
    CHECK_OK(temper_band_relax(l, plan, NULL, &route, &band));
    CHECK(band.converged, "%s: residual %g after %d steps", plan->string ? "string" : "band", band.residual,
          (int)band.steps);
    CHECK_NEAR(band.peak, saddle, 1e-3);
    CHECK_NEAR(band.barrier[0], saddle - band.energy[0], 1e-3);
    CHECK(band.along[images - 1] > 0.8 && band.force[0] == 0, "length %g", band.along[images - 1]);
    where[0] = route.knot[2 * band.top], where[1] = route.knot[2 * band.top + 1];
    printf("  %s of %d images: peak %.7f (%.6f, %.6f), residual %.2g, %d steps\n",
           plan->string ? "string" : "band", (int)images, band.peak, where[0], where[1], band.residual,
           (int)band.steps);
    temper_band_clear(&band);
    free(route.knot);
    temper_landscape_free(l);
}

static void band_climbs_to_the_saddle(void) {
    double at[2];
    for (int k = 0; k < 2; k++) { /* A → C over both saddles, the first is higher; B → C over the second */
        relax(brown_minimum[k], brown_minimum[2], 11 - 2 * k, &(temper_band_plan){0}, brown_saddle[k][2], at);
        CHECK_NEAR(at[0], brown_saddle[k][0], 1e-4);
        CHECK_NEAR(at[1], brown_saddle[k][1], 1e-4);
    }
}

static void string_passes_the_saddle(void) {
    double at[2];
    for (int k = 0; k < 2; k++)
        relax(brown_minimum[k], brown_minimum[2], 61, &(temper_band_plan){.string = true, .steps = 20000},
              brown_saddle[k][2], at);
}

/* Without climbing the highest image stays short of the saddle; the cubic between images comes near. */
static void still_band(void) {
    temper_landscape *l = of(&brown_potential);
    temper_route route = chain(brown_minimum[0], brown_minimum[2], 21, 2);
    temper_band band;
    CHECK_OK(temper_band_relax(l, &(temper_band_plan){.still = true}, NULL, &route, &band));
    CHECK(band.converged && !band.climbed && band.energy[band.top] < brown_saddle[0][2] - 1e-3, "%g",
          band.energy[band.top]);
    CHECK_NEAR(band.peak, brown_saddle[0][2], 0.3);
    temper_band_clear(&band);
    free(route.knot);
    temper_landscape_free(l);
}

/* One dimension: the band can only climb. U = h (x² − 1)² + tilt x: the saddle near 0 solves 4 h x (x² − 1) + tilt = 0. */
static void double_well(void) {
    temper_potential *potential = NULL;
    CHECK_OK(temper_potential_create(&potential, "double_well:height=2,tilt=0.3"));
    temper_landscape *l = of(potential);
    double x = 0, left = -1, right = 1;
    for (int k = 0; k < 60; k++) {
        x -= (8 * x * (x * x - 1) + 0.3) / (24 * x * x - 8);
        left -= (8 * left * (left * left - 1) + 0.3) / (24 * left * left - 8);
        right -= (8 * right * (right * right - 1) + 0.3) / (24 * right * right - 8);
    }
    double peak = 2 * (x * x - 1) * (x * x - 1) + 0.3 * x;
    for (int string = 0; string < 2; string++) {
        temper_route route = chain(&left, &right, string ? 41 : 8, 1);
        temper_band band;
        CHECK_OK(temper_band_relax(l, &(temper_band_plan){.string = string}, NULL, &route, &band));
        CHECK_NEAR(band.peak, peak, string ? 1e-3 : 1e-8);
        CHECK_NEAR(band.barrier[0] - band.barrier[1], band.energy[band.images - 1] - band.energy[0], 1e-12);
        temper_band_clear(&band);
        free(route.knot);
    }
    temper_landscape_free(l);
    temper_potential_free(potential);
}

/* Henkelman & Jónsson (2000), eqs. (8) … (11), on three images: steps (1, 0) and (0, 1) to and from the middle one. */
static void tangents(void) {
    static const struct {
        double energy[3], back, ahead; /* weights of the two steps */
    } trials[] = {{{0, 1, 2}, 0, 1}, {{2, 1, 0}, 1, 0}, {{0, 3, 1}, 2, 3},
                  {{1, 3, 0}, 3, 2}, {{3, 0, 1}, 3, 1}, {{1, 0, 3}, 1, 3}};
    double x[6] = {0, 0, 1, 0, 1, 1}, tangent[2];
    for (size_t k = 0; k < sizeof trials / sizeof *trials; k++) {
        double energy[3], size = hypot(trials[k].back, trials[k].ahead);
        memcpy(energy, trials[k].energy, sizeof energy);
        const band_state b = {.M = 3, .P = 2, .x = x, .energy = energy, .climber = -1};
        temper_band_tangent(&b, 1, true, tangent);
        CHECK_NEAR(tangent[0], trials[k].back / size, 1e-15);
        CHECK_NEAR(tangent[1], trials[k].ahead / size, 1e-15);
        temper_band_tangent(&b, 1, false, tangent);
        CHECK_NEAR(tangent[0], sqrt(0.5), 1e-15);
    }
}

/* From a slope down to the minimum of Rosenbrock's valley there is no pass: nothing climbs, and the highest point is where the band begins. */
static void without_a_pass(void) {
    temper_potential *potential = NULL;
    CHECK_OK(temper_potential_create(&potential, "(1 - x)^2 + 10*(y - x^2)^2"));
    temper_landscape *l = of(potential);
    const double from[] = {-1, 0.3}, to[] = {1, 1};
    temper_route route = chain(from, to, 7, 2);
    temper_band band;
    CHECK_OK(temper_band_relax(l, &(temper_band_plan){0}, NULL, &route, &band));
    CHECK(band.converged && !band.climbed, "residual %g after %d steps", band.residual, (int)band.steps);
    CHECK_NEAR(band.peak, band.energy[0], 1e-12);
    temper_band_clear(&band);
    free(route.knot);
    temper_landscape_free(l);
    temper_potential_free(potential);
}

int main(void) {
    RUN(tangents);
    RUN(without_a_pass);
    RUN(band_climbs_to_the_saddle);
    RUN(string_passes_the_saddle);
    RUN(still_band);
    RUN(double_well);
    return check_end();
}
