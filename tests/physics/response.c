/* Fluctuation and response where both are known: Ornstein–Uhlenbeck at finite step, in equilibrium and after a quench (training.md 5.3); a double well, whose answer
 * is its fluctuation; the Ising model in a small field (χ from fluctuations is χ from a field). */
#include "temper/response.h"
#include <stdlib.h>
#include "check.h"
#include "temper/sampler.h"
#include "temper/simple.h"

static void is(const char *what, double value, double error, double truth) {
    CHECK(fabs(value - truth) < 4.5 * error, "%s = %.6g ± %.2g, want %.6g (%.1f σ)", what, value, error,
          truth, (value - truth) / error);
}

/* Quenched from 0: C(n, m) = a^{n−m} V (1 − a^{2m}), X = (1 − kη/2)/(1 + a^{2m+1}); for kη → 0, 1/(1 + e^{−2ks}). The answers themselves have no error at all. */
static void quenched_bowl(void) {
    enum { DIM = 4000 };
    temper_potential *p;
    temper_dynamics *d;
    temper_response r;
    static double zero[DIM];
    const double eta = 0.2, a = 1 - eta, T = 2, V = T / (1 - eta / 2);
    CHECK_OK(temper_potential_create(&p, "gaussian:dim=4000,condition=1"));
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    const temper_response_plan plan = {.potential = p,
                                       .dynamics = d,
                                       .temperature = T,
                                       .rate = eta,
                                       .theta = zero,
                                       .field = 0.5,
                                       .kick = 1,
                                       .waits = 4,
                                       .lags = 3,
                                       .wait = {0, 1, 4, 30},
                                       .lag = {1, 2, 5},
                                       .chains = 10};
    const temper_errand errand = {.stream = {5, 0}};
    CHECK_OK(temper_response_measure(&plan, &errand, &r));
    for (int w = 0; w < 4 && r.answer; w++) {
        double m = (double)plan.wait[w], X = (1 - eta / 2) / (1 + pow(a, 2 * m + 1));
        if (w) is("C(t_w, t_w)", r.C_equal[w], 0.02 * V, V * (1 - pow(a, 2 * m)));
        for (int l = 0; l < 3; l++) {
            const temper_answer *x = &r.answer[w * 3 + l];
            double n = (double)plan.lag[l];
            CHECK_NEAR(x->R, eta * pow(a, n - 1), 2e-14);
            CHECK_NEAR(x->chi, 1 - pow(a, n), 1e-13);
            if (w) is("C", x->C, x->C_error, pow(a, n) * V * (1 - pow(a, 2 * m)));
            is("X", x->X, x->X_error, X);
            is("T_eff", x->heat, x->heat_error, T / X);
            CHECK(x->X_error < 0.08 * X, "blunt: ±%g", x->X_error);
        }
    }
    CHECK(r.answer && fabs(r.answer[0].X - 0.5) < 0.05 && r.answer[9].X > 0.8,
          "from 1/2 at once to 1 in the end: %g, %g", r.answer[0].X, r.answer[9].X);
    temper_response_clear(&r), temper_dynamics_free(d), temper_potential_free(p);
}

/* Nonlinear, and in equilibrium to first order in η: 300 wells that know nothing of each other, U = Σ (θ⁴/4 − θ²/2) at T = 1. After a long while χ = ⟨θ²⟩/T. */
static double well(const void *self, const temper_look *look, const double *theta, double *grad) {
    (void)look;
    double u = 0;
    for (int64_t i = 0; i < *(const int64_t *)self; i++) {
        double x = theta[i];
        u += x * x * (x * x - 2) / 4;
        if (grad) grad[i] = x * (x * x - 1);
    }
    return u;
}
static double well_energy(const void *self, const temper_look *look, const double *theta) {
    return well(self, look, theta, NULL);
}
static void well_start(const void *self, temper_stream stream, double *theta) {
    for (int64_t i = 0; i < *(const int64_t *)self; i++)
        theta[i] = temper_normal(stream, TEMPER_FOR_INITIAL, 0, i);
}

static void wells_in_equilibrium(void) {
    int64_t dim = 300;
    const temper_potential_type type = {
        .about = {.name = "wells"}, .start = well_start, .energy = well_energy, .slope = well};
    const temper_potential p = {.type = &type, .self = &dim, .dim = dim, .samples = 1, .batches = 1};
    temper_dynamics *d;
    temper_response r;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    const temper_response_plan plan = {.potential = &p,
                                       .dynamics = d,
                                       .temperature = 1,
                                       .rate = 0.02,
                                       .field = 0.1,
                                       .kick = 10,
                                       .waits = 1,
                                       .lags = 3,
                                       .wait = {300},
                                       .lag = {10, 50, 400},
                                       .chains = 24};
    const temper_errand errand = {.stream = {6, 0}};
    CHECK_OK(temper_response_measure(&plan, &errand, &r));
    for (int l = 0; l < 2 && r.answer; l++)
        is("X", r.answer[l].X, r.answer[l].X_error + 0.005, 1 - 0.01 * 1.5);
    if (r.answer) {
        is("χ", r.answer[2].chi, r.answer[2].chi_error + 0.004,
           (1.041797 - 0.02 * 0.2173) - r.answer[2].C); /* C(0) − C(t) */
        CHECK(r.answer[0].X_error < 0.1, "blunt: ±%g", r.answer[0].X_error);
    }
    temper_response_clear(&r), temper_dynamics_free(d);
}

/* A square of 6 × 6 spins at T = 3: ⟨M⟩/h in a field, ⟨M²⟩/T without one; where the field is no longer small, all orders of the theorem,
 * ⟨M⟩_h = ⟨M sinh(hM/T)⟩/⟨cosh(hM/T)⟩. */
enum { SPINS = 36, CHAINS = 64, LOOKS = 400 };

static void magnetisation(const char *system, double h, double *M, double *MM, double *odd, double *even) {
    temper_system *x;
    temper_sampler *move;
    temper_chain *chain[CHAINS] = {NULL};
    CHECK_OK(temper_system_create(&x, system));
    CHECK_OK(temper_sampler_create(&move, "heatbath"));
    for (int c = 0; c < CHAINS; c++) {
        CHECK_OK(temper_chain_create(&chain[c], x, move, 99, (uint32_t)c));
        CHECK_OK(temper_chain_heat(chain[c], 3));
        M[c] = MM[c] = odd[c] = even[c] = 0;
    }
    CHECK_OK(temper_sampler_advance(move, chain, CHAINS, 100));
    for (int k = 0; k < LOOKS; k++) {
        CHECK_OK(temper_sampler_advance(move, chain, CHAINS, 3));
        for (int c = 0; c < CHAINS; c++) {
            double sum = 0;
            for (int i = 0; i < SPINS; i++) sum += temper_chain_spins(chain[c])[i];
            M[c] += sum / LOOKS, MM[c] += sum * sum / LOOKS;
            odd[c] += sum * sinh(h * sum / 3) / LOOKS, even[c] += cosh(h * sum / 3) / LOOKS;
        }
    }
    for (int c = 0; c < CHAINS; c++) temper_chain_free(chain[c]);
    temper_sampler_free(move), temper_system_free(x);
}

static double mean_of(const double *x, double *error) {
    double mean = 0, square = 0;
    for (int c = 0; c < CHAINS; c++) mean += x[c] / CHAINS;
    for (int c = 0; c < CHAINS; c++) square += (x[c] - mean) * (x[c] - mean);
    *error = sqrt(square / (CHAINS * (CHAINS - 1.0)));
    return mean;
}

static void ising(void) {
    double M[3][CHAINS], MM[CHAINS], odd[CHAINS], even[CHAINS], answer[CHAINS], error, field_error;
    const double h = 0.1;
    magnetisation("ising:dims=6x6", h, M[0], MM, odd, even);
    for (int k = 0; k < 2; k++) { /* small, and not */
        double field = k ? h : 0.02, unused[3][CHAINS];
        magnetisation(k ? "ising:dims=6x6,h=0.1" : "ising:dims=6x6,h=0.02", h, M[1], unused[0], unused[1],
                      unused[2]);
        magnetisation(k ? "ising:dims=6x6,h=-0.1" : "ising:dims=6x6,h=-0.02", h, M[2], unused[0], unused[1],
                      unused[2]);
        for (int c = 0; c < CHAINS; c++) answer[c] = (M[1][c] - M[2][c]) / (2 * field);
        double seen = mean_of(answer, &field_error), want = mean_of(MM, &error) / 3;
        error /= 3;
        if (k) {
            double unused_error, a = mean_of(odd, &error), b = mean_of(even, &unused_error);
            want = a / b / h, error = want * hypot(error / a, unused_error / b);
        }
        CHECK(fabs(seen - want) < 4.5 * hypot(field_error, error) + (k ? 0 : 0.006 * seen),
              "h = %g: %g ± %g, from fluctuations %g ± %g", field, seen, field_error, want, error);
        CHECK(error < 0.02 * seen && field_error < (k ? 0.03 : 0.12) * seen, "blunt: %g ± %g, ± %g", seen,
              field_error, error);
    }
}

int main(void) {
    RUN(quenched_bowl);
    RUN(wells_in_equilibrium);
    RUN(ising);
    return check_end();
}
