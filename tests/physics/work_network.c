/* Free energy of a change of task, where it is known: a linear network with squared loss, tied to a place, has quadratic energies on both sets of rows:
 *     ΔΦ = [U₁(θ*₁) − U₀(θ*₀)]/T + ½ ln det H₁/det H₀. */
#include "num/solve.h"
#include "small_net.h"
#include "temper/work.h"

enum { P_MOST = 8 };

/* U at its minimum and ln det H of u·N tied by γ to θ, from value, slope and curvature there: exact for a quadratic. */
static void well(temper_landscape *l, const double *theta, double gamma, double *bottom, double *log_det) {
    int64_t P = temper_landscape_dim(l), N = temper_landscape_samples(l);
    double u, g[P_MOST], x[P_MOST], H[P_MOST * P_MOST], e[P_MOST];
    temper_operator *A;
    CHECK_OK(temper_landscape_slope(l, theta, &u, g));
    CHECK_OK(temper_landscape_operator(l, TEMPER_HESSIAN, theta, (temper_stream){0, 0}, &A));
    for (int64_t i = 0; i < P; i++) {
        memset(e, 0, sizeof e), e[i] = 1;
        CHECK_OK(temper_operator_apply(A, 1, e, H + i * P));
        for (int64_t j = 0; j < P; j++) H[i * P + j] *= (double)N;
        H[i * P + i] += gamma, g[i] *= (double)N, x[i] = g[i];
    }
    temper_operator_free(A);
    CHECK(temper_cholesky(P, H, 1e-14) == P, "not definite");
    temper_cholesky_solve(P, H, x);
    *bottom = (double)N * u, *log_det = 0;
    for (int64_t i = 0; i < P; i++) *bottom -= g[i] * x[i] / 2, *log_det += 2 * log(H[i * P + i]);
}

static void task_switch(void) {
    small_net s;
    enum { ROWS = 12 };
    small_net_begin(&s, "perceptron", false, ROWS, ROWS, INFINITY);
    temper_landscape *other = NULL;
    temper_network_task there = s.task;
    there.row = s.row + ROWS;
    CHECK_OK(temper_landscape_of_network(&other, &there, NULL, true));
    const double gamma = 2, T = 0.5;
    temper_potential *from = NULL, *to = NULL;
    CHECK_OK(temper_potential_tie(&from, temper_landscape_potential(s.landscape), gamma, s.theta));
    CHECK_OK(temper_potential_tie(&to, temper_landscape_potential(other), gamma, s.theta));
    double bottom[2], log_det[2];
    well(s.landscape, s.theta, gamma, &bottom[0], &log_det[0]);
    well(other, s.theta, gamma, &bottom[1], &log_det[1]);
    double exact = (bottom[1] - bottom[0]) / T + (log_det[1] - log_det[0]) / 2;
    const temper_work_plan plan = {from, to, {T, T}, 0.1, 40, 150, 100, false};
    temper_work_done w;
    const temper_errand errand = {.stream = {5, 0}};
    CHECK_OK(temper_drive_measure(&plan, &errand, &w));
    CHECK(fabs(w.jarzynski.value - exact) < 4.5 * w.jarzynski.error, "Jarzynski %g ± %g, want %g",
          w.jarzynski.value, w.jarzynski.error, exact);
    CHECK(fabs(w.bennett.value - exact) < 4.5 * w.bennett.error && w.bennett.error < 0.15,
          "Bennett %g ± %g, want %g", w.bennett.value, w.bennett.error, exact);
    CHECK(w.entropy.value > -3 * w.entropy.error, "second law: %g ± %g", w.entropy.value, w.entropy.error);
    temper_drive_clear(&w);
    temper_potential_free(from), temper_potential_free(to);
    temper_landscape_free(other);
    small_net_end(&s);
}

static void tied(void) {
    temper_potential *p, *tied = NULL;
    const double centre = 0.5, x = 2;
    double grad, start, room[64];
    const temper_look look = {.whole = true, .scratch = room};
    CHECK_OK(temper_potential_create(&p, "expression:x^2"));
    CHECK_OK(temper_potential_tie(&tied, p, 3, &centre));
    CHECK_NEAR(tied->type->energy(tied->self, &look, &x), 4 + 3 * 1.5 * 1.5 / 2, 1e-14);
    CHECK_NEAR(tied->type->slope(tied->self, &look, &x, &grad), 4 + 3 * 1.5 * 1.5 / 2, 1e-14);
    CHECK_NEAR(grad, 4 + 3 * 1.5, 1e-14);
    tied->type->start(tied->self, (temper_stream){0, 0}, &start);
    CHECK_NEAR(start, centre, 0);
    temper_potential_free(tied);
    CHECK_FAILS(temper_potential_tie(&tied, p, 0, &centre), TEMPER_BAD_OPTION, "gamma");
    temper_potential_free(p);
}

int main(void) {
    RUN(task_switch);
    RUN(tied);
    return check_end();
}
