/* Curvature estimators where nature says what must come out: the toy of Böttcher & Wheeler (reference/systems.md, L3 and L4), a small trained
 * network against its dense Hessian (reference/engine.md, 11.1). */
#include "landscape_lab.h"
#include "spectra_rig.h"

/* ---- the toy: H = diag(±1) ---- */

enum { TOY = 1000 };

/* Loss ½ Σ s_i θ_i² in double, as a potential of its own. */
typedef struct {
    temper_potential potential;
    int64_t plus;
} toy;

static double toy_slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const toy *t = self;
    double u = 0;
    (void)look;
    for (int64_t i = 0; i < TOY; i++) {
        double s = i < t->plus ? 1 : -1;
        u += 0.5 * s * theta[i] * theta[i];
        if (grad) grad[i] = s * theta[i];
    }
    return u;
}

static double toy_energy(const void *self, const temper_look *look, const double *theta) {
    return toy_slope(self, look, theta, NULL);
}

static void toy_traces(void) {
    static const temper_potential_type type = {.energy = toy_energy, .slope = toy_slope};
    double theta[TOY] = {0};
    for (int64_t plus = 500; plus <= 600; plus += 100) {
        toy t = {.plus = plus};
        t.potential = (temper_potential){.type = &type, .self = &t, .dim = TOY, .samples = 1};
        temper_landscape *l;
        CHECK_OK(temper_landscape_of_potential(&l, &t.potential));
        const double truth = (double)(2 * plus - TOY);
        temper_differences d;
        temper_differences_plan signs = {.directions = 2},
                                normals = {.directions = 4000, .normal = true, .step = 0.5};
        CHECK_OK(temper_trace_by_differences(l, theta, &signs, NULL, &d));
        CHECK_NEAR(d.trace.value, truth, 1e-9); /* a diagonal Hessian: one vector of signs is exact */
        CHECK(d.trace.error < 1e-9, "± %g", d.trace.error);
        CHECK_OK(temper_trace_by_differences(l, theta, &normals, NULL, &d));
        double sd = d.trace.error * sqrt(4000); /* √2 F = 44.72; its own error 1.1 % */
        CHECK_NEAR(sd / 44.7214, 1, 4.5 / sqrt(2 * 4000.0));
        CHECK_NEAR(sd, 44.72, 0.02 * 44.72 * 2.5);
        CHECK_NEAR(d.trace.value, truth, 4.5 * d.trace.error);
        CHECK(d.trace.products == 1 + 2 * 4010, "%d energies", (int)d.trace.products);
        temper_landscape_free(l);
    }
}

/* ---- a network that has learned a little ---- */

/* All of a smaller one: trace, norm, moments, index, log-determinant, layers, against the dense Hessian; in float, as it is used. */
static void whole_spectrum(void) {
    lab l, exact;
    if (!lab_open(&l, "graph:dense 20; tanh; dense 10; tanh; dense 4", 10, 4, false, 200)) return;
    if (!lab_open(&exact, "graph:dense 20; tanh; dense 10; tanh; dense 4", 10, 4, true, 0)) return;
    const int64_t P = l.P; /* 474 */
    temper_operator *H, *A;
    CHECK_OK(temper_landscape_operator(exact.landscape, TEMPER_HESSIAN, l.theta, rig_stream, &H));
    CHECK_OK(temper_landscape_operator(l.landscape, TEMPER_HESSIAN, l.theta, rig_stream, &A));
    temper_density_of_states truth, d;
    CHECK_OK(temper_density_find(H, NULL, NULL, &truth));
    CHECK(truth.n == P && truth.probes == 0, "not dense");
    temper_errand errand = {.stream = {3, 3}};
    temper_ends e;
    CHECK_OK(temper_ends_find(
        A, &(temper_ends_plan){.which = TEMPER_BOTH_ENDS, .pairs = 7, .bottom = 2, .dense = -1}, &errand,
        &e));
    for (int k = 0; k < 5; k++) CHECK_NEAR(e.value[k], truth.node[P - 1 - k], 1e-6 * truth.node[P - 1]);
    for (int k = 0; k < 2; k++) CHECK_NEAR(e.value[6 - k], truth.node[k], 1e-6 * truth.node[P - 1]);
    CHECK(e.residual[0] < 1e-5 * truth.node[P - 1], "residual %.3g", e.residual[0]);
    temper_ends_clear(&e);
    CHECK_OK(temper_ends_find(
        H,
        &(temper_ends_plan){
            .which = TEMPER_BOTH_ENDS, .pairs = 7, .bottom = 2, .dense = -1, .tolerance = 1e-9},
        &errand, &e));
    CHECK(e.converged, "in double not converged");
    for (int k = 0; k < 5; k++) CHECK_NEAR(e.value[k], truth.node[P - 1 - k], 1e-10 * truth.node[P - 1]);
    for (int k = 0; k < 2; k++) CHECK_NEAR(e.value[6 - k], truth.node[k], 1e-10 * truth.node[P - 1]);
    temper_ends_clear(&e);
    CHECK_OK(temper_density_find(A, &(temper_density_plan){.dense = -1}, &errand, &d));
    double z = 0;
    for (int k = 0; k < 4; k++) z = fmax(z, fabs(d.moment[k] - truth.moment[k]) / d.moment_error[k]);
    CHECK(z < 4.5, "moments off by %.2f errors", z);
    for (int64_t i = 0; i + 1 < P; i += 7) {
        double x = 0.5 * (truth.node[i] + truth.node[i + 1]), F = (double)(i + 1) / (double)P;
        double low, high;
        temper_density_bounds(&d, x, &low, &high);
        CHECK(low <= F && F <= high, "at %.4g: %.4f … %.4f, exact %.4f", x, low, high, F);
        low = temper_density_below(&d, x - d.resolution) - d.band,
        high = temper_density_below(&d, x + d.resolution) + d.band;
        CHECK(low <= F && F <= high, "at %.4g ± %.4g: %.4f … %.4f, exact %.4f", x, d.resolution, low, high,
              F);
    }
    CHECK(d.band < 0.06 && d.resolution < 0.01 * truth.node[P - 1], "± %.3f once off by %.3g", d.band,
          d.resolution);
    temper_trace t, s;
    temper_differences energies;
    CHECK_OK(temper_trace_find(A, NULL, &errand, &t));
    CHECK_NEAR(t.value, truth.moment[0] * (double)P, 4.5 * t.error);
    CHECK_NEAR(t.frobenius, sqrt(truth.moment[1] * (double)P), 4.5 * t.frobenius_error);
    CHECK_OK(temper_trace_by_differences(l.landscape, l.theta, NULL, &errand, &energies));
    CHECK_NEAR(energies.trace.value, truth.moment[0] * (double)P, 4.5 * energies.trace.error);
    CHECK(energies.trace.error < 0.1 * fabs(energies.trace.value), "± %g", energies.trace.error);
    printf("  P = %d: trace %.4f; %s %.4f ± %.4f, energies alone %.4f ± %.4f (step %.2g)\n", (int)P,
           truth.moment[0] * (double)P, t.method, t.value, t.error, energies.trace.value,
           energies.trace.error, energies.step);
    CHECK_OK(temper_index_find(A, 1e-3, &(temper_density_plan){.dense = -1}, &errand, &s));
    CHECK_OK(temper_index_find(H, 1e-3, NULL, &errand, &t));
    CHECK(s.low <= t.value && t.value <= s.high, "index %.4f, interval %.4f … %.4f", t.value, s.low, s.high);
    temper_density_clear(&d), temper_density_clear(&truth);
    temper_operator_free(A), temper_operator_free(H), lab_close(&l), lab_close(&exact);
}

int main(void) {
    RUN(toy_traces);
    RUN(whole_spectrum);
    return check_end();
}
