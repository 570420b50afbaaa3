/* Parallel tempering against exact results: the 4x4 magnet from its density of states, and an identity of the
 * Sherrington–Kirkpatrick glass that holds at every size and fails as long as a chain is not in equilibrium. */
#include "ensemble_rig.h"

/* 4x4 torus: g(E) of E = ±32, ±24, ±20, ±16, ±12, ±8, ±4, 0 by enumeration, shared/reference/theory.md section 3. */
static double exact_energy(double T) {
    static const double E[] = {32, 24, 20, 16, 12, 8, 4, 0}, g[] = {2, 32, 64, 424, 1728, 6688, 13568, 20524};
    double Z = 0, sum = 0;
    for (int k = 0; k < 8; k++)
        for (int sign = -1; sign <= (k < 7 ? 1 : -1); sign += 2) {
            double w = T > 0 ? g[k] * exp(-(sign * E[k] + 32) / T) : sign * E[k] == -32;
            Z += w, sum += w * sign * E[k];
        }
    return sum / Z;
}

static void the_oracle_is_right(void) { /* theory.md section 3: u at L = 4 */
    CHECK_NEAR(exact_energy(1 / 0.4) / 16, -1.3791164822593, 1e-12);
    CHECK_NEAR(exact_energy(1 / 0.44068679350977) / 16, -1.5656237876383, 1e-12);
    CHECK_NEAR(exact_energy(2) / 16, -1.7553802887774, 1e-12);
}

/* Energies on every rung, batch means, 4.5 σ. */
static void every_rung_has_the_exact_energy(const char *ensemble, const char *sampler, const double *T,
                                            int n) {
    enum { BATCHES = 40, LENGTH = 1000, MOST = 16 };
    double mean[MOST] = {0}, square[MOST] = {0};
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", sampler, ensemble, T, n, 2, 17}));
    CHECK_OK(rig_step(&r, 1200)); /* equilibrium, and the end of `adapt` */
    int R = r.plan.rungs;
    for (int b = 0; b < BATCHES; b++) {
        double sum[MOST] = {0};
        for (int k = 0; k < LENGTH; k++) {
            CHECK_OK(rig_step(&r, 1));
            for (int s = 0; s < 2 * R; s++) sum[s / 2] += r.team.chains[rig_at(&r, s / 2, s % 2)]->energy;
        }
        for (int k = 0; k < R; k++) {
            double m = sum[k] / (2 * LENGTH);
            mean[k] += m / BATCHES, square[k] += m * m / BATCHES;
        }
    }
    for (int k = 0; k < R; k++) {
        double temperature = r.ensemble->type->rung(r.ensemble->self, &r.team, k);
        double error = sqrt(fmax(0, square[k] - mean[k] * mean[k]) / (BATCHES - 1));
        CHECK(error < 0.2, "T = %g: error %g", temperature, error);
        CHECK_NEAR(mean[k], exact_energy(temperature), 4.5 * error + 1e-12);
    }
    rig_free(&r);
}

static void energies_of_a_given_ladder(void) {
    static const double T[] = {INFINITY, 5, 3.2, 1 / 0.4, 1 / 0.44068679350977, 2, 1.3, 0.7, 0};
    every_rung_has_the_exact_energy("exchange", "metropolis", T, 9);
}

static void energies_with_pairs_of_chains(void) {
    static const double T[] = {1.2, 1.8, 2.5, 4};
    every_rung_has_the_exact_energy("exchange:sweeps=2", "heatbath+houdayer", T, 4);
}

static void energies_of_an_adapted_ladder(void) {
    every_rung_has_the_exact_energy("exchange:rungs=5,from=6,to=1,adapt=1000", "metropolis", NULL, 0);
}

/* u = −(β/2)(1 − E⟨q²⟩), q the overlap of two replicas; u = E⟨H⟩/n. Integration by parts over Gaussian J of variance
 * 1/n gives −β(n−1)/(2n) (1 − E⟨q_2²⟩) over pairs i < j, which is the line above with the diagonal of q² put back:
 * n²⟨q²⟩ = n + 2 Σ_{i<j} ⟨s_i s_j⟩². (theory.md section 4, after Bray & Moore.) */
static void the_identity_of_the_glass(void) {
    enum { SAMPLES = 250, N = 32, STEPS = 500, RUNGS = 5 };
    static const double T[RUNGS] = {1.6, 1.2, 0.9, 0.7, 0.5};
    double mean[RUNGS] = {0}, square[RUNGS] = {0}, u[RUNGS] = {0};
    for (int sample = 0; sample < SAMPLES; sample++) {
        char text[64];
        rig r;
        snprintf(text, sizeof text, "sk:n=%d,seed=%d", N, sample + 100);
        CHECK_OK(rig_create(&r, &(rig_order){text, NULL, "exchange", T, RUNGS, 2, (uint64_t)sample}));
        CHECK_OK(rig_step(&r, STEPS / 2));
        double difference[RUNGS] = {0};
        for (int step = 0; step < STEPS; step++) {
            CHECK_OK(rig_step(&r, 1));
            for (int k = 0; k < RUNGS; k++) {
                const temper_chain *a = r.team.chains[rig_at(&r, k, 0)], *b = r.team.chains[rig_at(&r, k, 1)];
                double q = 0, H = (a->energy + b->energy) / 2;
                for (int i = 0; i < N; i++) q += a->s[i] * b->s[i];
                q /= N;
                difference[k] += (H / N + (1 - q * q) / (2 * T[k])) / STEPS;
                u[k] += H / N / STEPS / SAMPLES;
            }
        }
        for (int k = 0; k < RUNGS; k++)
            mean[k] += difference[k] / SAMPLES, square[k] += difference[k] * difference[k] / SAMPLES;
        rig_free(&r);
    }
    for (int k = 0; k < RUNGS; k++) {
        double error = sqrt((square[k] - mean[k] * mean[k]) / (SAMPLES - 1));
        CHECK(error < 0.02, "T = %g: error %g", T[k], error);
        CHECK_NEAR(mean[k], 0, 4.5 * error);
    }
    /* theory.md section 12 [S]: −0.6264(9) at n = 32, T = 0.5; standard deviation of a sample 0.05. */
    CHECK_NEAR(u[RUNGS - 1], -0.6264, 4.5 * 0.05 / sqrt(SAMPLES));
}

int main(void) {
    temper_threads(1); /* systems this small are done before a second thread wakes up */
    RUN(the_oracle_is_right);
    RUN(energies_of_a_given_ladder);
    RUN(energies_with_pairs_of_chains);
    RUN(energies_of_an_adapted_ladder);
    RUN(the_identity_of_the_glass);
    return check_end();
}
