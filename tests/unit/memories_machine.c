/* Machines hopfield and memory: sums over states against naive energies, gradients against differences, chains against exact
 * probabilities. */
#include <stdlib.h>
#include "check.h"
#include "core/recall.h"
#include "temper/temper.h"

enum { ROOM = 4096 };
static const temper_stream seven = {7, 0};

static temper_machine *machine_of(const char *text, int64_t n) {
    temper_machine *machine = NULL;
    temper_machine_io io = {.columns = n};
    CHECK_OK(temper_machine_create(&machine, text, &io));
    return machine;
}

static void fill(temper_machine *machine, double scale) {
    for (int64_t k = 0; k < machine->parameters; k++)
        machine->theta[k] = (float)(scale * temper_normal(seven, TEMPER_FOR_TESTS, 1, k));
    CHECK_OK(temper_machine_refresh(machine));
}

static void spins(int64_t k, int64_t n, double *s) {
    for (int64_t i = 0; i < n; i++) s[i] = k >> i & 1 ? 1 : -1;
}

/* −E straight from the formulas in the heads of the files. */
static double naive(const temper_machine *m, const double *s, int kind, int degree) {
    int64_t n = m->io.columns;
    double sum = 0;
    if (kind < 0) {
        for (int64_t i = 0; i < n; i++) {
            sum += (double)m->theta[n * n + i] * s[i];
            for (int64_t j = 0; j < n; j++)
                if (i != j) sum += 0.5 * (double)m->theta[i * n + j] * s[i] * s[j];
        }
        return sum;
    }
    for (int64_t mu = 0; mu < m->parameters / n; mu++) {
        double M = 0;
        for (int64_t i = 0; i < n; i++) M += (double)m->theta[mu * n + i] * s[i];
        sum += kind == 0 ? (double)n / degree * pow(M / (double)n, degree) : exp(M);
    }
    return kind == 0 ? sum : log(sum);
}

static double naive_log_z(const temper_machine *m, int kind, int degree, double beta) {
    double s[16], sum = 0;
    for (int64_t k = 0; k < (int64_t)1 << m->io.columns; k++) {
        spins(k, m->io.columns, s);
        sum += exp(beta * naive(m, s, kind, degree));
    }
    return log(sum);
}

static const struct {
    const char *text;
    int kind, degree;
    double scale;
} cases[] = {{"hopfield", -1, 0, 0.4},
             {"memory:patterns=3,degree=3", 0, 3, 1},
             {"memory:patterns=9,degree=4", 0, 4, 1},
             {"memory:patterns=5,energy=exponential", 1, 0, 0.7}};
enum { CASES = sizeof cases / sizeof *cases };

/* Slopes of ln Z are the means that `exact` gives. */
static void sums_over_states_are_those_of_the_formulas(void) {
    for (int c = 0; c < CASES; c++) {
        temper_machine *m = machine_of(cases[c].text, 7);
        double log_z, energy, stat[ROOM], up, down;
        fill(m, cases[c].scale);
        CHECK_OK(m->type->exact(m->self, 0.8, &log_z, stat, &energy));
        CHECK_NEAR(log_z, naive_log_z(m, cases[c].kind, cases[c].degree, 0.8), c == 0 ? 2e-7 : 1e-12);
        double h = 1e-5;
        up = naive_log_z(m, cases[c].kind, cases[c].degree, 0.8 + h);
        down = naive_log_z(m, cases[c].kind, cases[c].degree, 0.8 - h);
        CHECK_NEAR(energy, -(up - down) / (2 * h), 1e-6);
        for (int64_t p = 0; p < m->parameters; p += 3) {
            float kept = m->theta[p], high = kept + 1e-2f, low = kept - 1e-2f;
            m->theta[p] = high, up = naive_log_z(m, cases[c].kind, cases[c].degree, 0.8);
            m->theta[p] = low, down = naive_log_z(m, cases[c].kind, cases[c].degree, 0.8);
            m->theta[p] = kept;
            CHECK_NEAR(0.8 * stat[p], (up - down) / ((double)high - (double)low), 5e-4);
        }
        temper_machine_free(m);
    }
}

/* Every state clamped: log_weight is −βE + (1 − β) base·s; statistics weighted by probabilities are the exact means. */
static void weights_and_statistics_are_those_of_the_formulas(void) {
    enum { n = 6, STATES = 1 << n };
    static float rows[STATES][n];
    static const float *row[STATES];
    float base[n], *stat = calloc(ROOM, sizeof *stat);
    double weight[STATES], out[STATES], s[n], log_z, mean[ROOM], energy;
    for (int i = 0; i < n; i++) base[i] = 0.1f * (float)i - 0.2f;
    for (int c = 0; c < CASES; c++) {
        temper_machine *m = machine_of(cases[c].text, n);
        temper_flock *flock;
        fill(m, cases[c].scale);
        CHECK_OK(temper_flock_create(&flock, m, STATES, seven));
        for (int k = 0; k < STATES; k++) {
            spins(k, n, s);
            for (int i = 0; i < n; i++) rows[k][i] = (float)s[i];
            row[k] = rows[k];
        }
        temper_flock_clamp(flock, row, STATES);
        temper_place at = {0.6, base};
        temper_flock_log_weight(flock, &at, out);
        CHECK_OK(m->type->exact(m->self, 1, &log_z, mean, &energy));
        for (int k = 0; k < STATES; k++) {
            double shift = 0, E = naive(m, (spins(k, n, s), s), cases[c].kind, cases[c].degree);
            for (int i = 0; i < n; i++) shift += (double)base[i] * s[i];
            CHECK_NEAR(out[k], 0.6 * E + 0.4 * shift, 1e-6);
            weight[k] = exp(E - log_z);
        }
        memset(stat, 0, ROOM * sizeof *stat);
        m->type->statistics(flock, STATES, weight, 2, stat);
        for (int64_t p = 0; p < m->parameters; p++) CHECK_NEAR((double)stat[p], 2 * mean[p], 2e-6);
        double log_base = 0;
        for (int i = 0; i < n; i++) log_base += log(2 * cosh((double)base[i]));
        CHECK_NEAR(m->type->log_base(m->self, base), log_base, 1e-12);
        temper_flock_free(flock);
        temper_machine_free(m);
    }
    free(stat);
}

/* χ² of 16000 chains over all states after 20 sweeps from independent spins, at a place between base and machine: its mean is states − 1, its
 * standard deviation √(2(states − 1)). */
static void heat_baths_reach_the_right_probabilities(void) {
    enum { n = 4, STATES = 1 << n, CHAINS = 16000 };
    float base[n] = {0.3f, -0.2f, 0, 0.5f}, row[n];
    for (int c = 0; c < CASES; c++) {
        temper_machine *m = machine_of(cases[c].text, n);
        temper_flock *flock;
        double s[n], p[STATES], all = 0, chi2 = 0;
        int64_t count[STATES] = {0};
        fill(m, cases[c].scale);
        CHECK_OK(temper_flock_create(&flock, m, CHAINS, seven));
        flock->place = (temper_place){0.7, base};
        temper_flock_sweep(flock, 20);
        CHECK(flock->clock == 20, "clock %lld", (long long)flock->clock);
        for (int64_t k = 0; k < CHAINS; k++) {
            int state = 0;
            temper_flock_read(flock, k, row);
            for (int i = 0; i < n; i++) state |= (row[i] > 0) << i;
            count[state]++;
        }
        for (int k = 0; k < STATES; k++) {
            spins(k, n, s);
            double shift = 0;
            for (int i = 0; i < n; i++) shift += (double)base[i] * s[i];
            all += p[k] = exp(0.7 * naive(m, s, cases[c].kind, cases[c].degree) + 0.3 * shift);
        }
        for (int k = 0; k < STATES; k++) {
            double expected = CHAINS * p[k] / all;
            chi2 += ((double)count[k] - expected) * ((double)count[k] - expected) / expected;
        }
        CHECK(chi2 < STATES - 1 + 4.5 * sqrt(2 * (STATES - 1)), "%s: chi2 %.1f of %d states", cases[c].text,
              chi2, STATES);
        temper_flock_free(flock);
        temper_machine_free(m);
    }
}

/* One pattern: exp(β ξ·x − x²/2) is a Gaussian around β ξ. Two at β = b: a mixture, whose weights are ∝ exp(b²|ξ|²/2). */
static void real_units_reach_the_right_moments(void) {
    enum { n = 3, CHAINS = 8000 };
    const float xi[2][n] = {{1, -0.5f, 0.25f}, {-1, 0.25f, 0.5f}};
    for (int P = 1; P <= 2; P++)
        for (int b = 0; b < 2; b++) {
            temper_machine *m = machine_of(P == 1 ? "memory:patterns=1,energy=continuous,sharpness=2"
                                                  : "memory:patterns=2,energy=continuous,sharpness=1.5",
                                           n);
            double beta = P == 1 && b == 0 ? 0.5 : P == 1 ? 2 : 1.5, mean[n] = {0}, square = 0, truth[n];
            if (P == 2 && b == 1) {
                temper_machine_free(m);
                continue;
            }
            temper_flock *flock;
            float row[n];
            memcpy(m->theta, xi, (size_t)(P * n) * sizeof(float));
            CHECK_OK(temper_machine_refresh(m));
            CHECK_OK(temper_flock_create(&flock, m, CHAINS, seven));
            flock->place.beta = beta;
            temper_flock_sweep(flock, 15);
            for (int64_t c = 0; c < CHAINS; c++) {
                temper_flock_read(flock, c, row);
                for (int i = 0; i < n; i++) mean[i] += (double)row[i] / CHAINS;
                square += (double)(row[1] * row[1]) / CHAINS;
            }
            double w0 = P == 1 ? 1 : 1 / (1 + exp(0.5 * beta * beta * (1.3125 - 1.3125)));
            double second = 1 + beta * beta * (w0 * 0.25 + (1 - w0) * 0.0625);
            for (int i = 0; i < n; i++) {
                truth[i] = beta * (w0 * (double)xi[0][i] + (1 - w0) * (double)xi[1][i]);
                CHECK_NEAR(mean[i], truth[i], 4.5 * sqrt(1 + 0.25 * beta * beta * 4) / sqrt(CHAINS));
            }
            CHECK_NEAR(square, second, 4.5 * sqrt(2 + 4 * second) / sqrt(CHAINS));
            temper_flock_free(flock);
            temper_machine_free(m);
        }
}

static void pseudolikelihood_is_the_product_of_conditionals(void) {
    enum { n = 6, R = 5 };
    temper_machine *m = machine_of("hopfield", n);
    float X[R * n], grad[n * n + n] = {0};
    double weight[R] = {1, 2, 0.5, 1, 3}, out[R], up[R], down[R], s[n];
    fill(m, 0.5);
    temper_recall_rows(seven, n, R, X);
    temper_rows_view rows = {R, n, X, weight};
    CHECK_OK(m->type->pseudo(m->self, &rows, out, grad));
    for (int r = 0; r < R; r++) {
        double truth = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) s[j] = (double)X[r * n + j];
            double here = naive(m, s, -1, 0);
            s[i] = -s[i];
            truth -= log1p(exp(naive(m, s, -1, 0) - here));
        }
        CHECK_NEAR(out[r], truth, 1e-6);
    }
    for (int64_t p = 0; p < m->parameters; p++) {
        float kept = m->theta[p];
        double slope = 0;
        m->theta[p] = kept + 0x1p-6f, temper_machine_refresh(m), m->type->pseudo(m->self, &rows, up, NULL);
        m->theta[p] = kept - 0x1p-6f, temper_machine_refresh(m), m->type->pseudo(m->self, &rows, down, NULL);
        m->theta[p] = kept;
        for (int r = 0; r < R; r++) slope += weight[r] / 7.5 * (up[r] - down[r]) / 0x1p-5;
        CHECK_NEAR((double)grad[p], slope, 1e-3);
    }
    temper_machine_free(m);
}

static void a_unit_without_field_stays(void) {
    static const char *const texts[] = {"hopfield", "memory:patterns=2"};
    for (int t = 0; t < 2; t++) {
        temper_machine *m = machine_of(texts[t], 10); /* θ = 0 */
        temper_flock *flock;
        CHECK_OK(temper_flock_create(&flock, m, 20, seven));
        void *before = malloc(flock->bytes);
        memcpy(before, flock->state, flock->bytes);
        flock->place.beta = INFINITY;
        temper_flock_sweep(flock, 1); /* after two, all would be back */
        CHECK(!memcmp(before, flock->state, flock->bytes), "%s: units moved without a field", texts[t]);
        free(before);
        temper_flock_free(flock);
        temper_machine_free(m);
    }
}

/* diagonal=yes: J_ii > 0 holds a unit against a small field; asymmetric=yes: unit i listens to row i. */
static void options_of_the_dynamics_do_what_they_say(void) {
    for (int option = 0; option < 4; option++) {
        temper_machine *m = machine_of(option < 2    ? option ? "hopfield:diagonal=yes" : "hopfield"
                                       : option == 2 ? "hopfield"
                                                     : "hopfield:asymmetric=yes",
                                       2);
        const float start[2] = {1, -1}, *row = start;
        float out[2];
        temper_flock *flock;
        m->theta[0] = m->theta[3] = 2; /* J_00, J_11 */
        m->theta[1] = option < 2 ? 1 : 3;
        m->theta[2] = option < 2 ? 1 : -1;
        CHECK_OK(temper_machine_refresh(m));
        CHECK_OK(temper_flock_create(&flock, m, 1, seven));
        temper_flock_clamp(flock, &row, 1);
        flock->place.beta = INFINITY;
        temper_flock_sweep(flock, 1);
        temper_flock_read(flock, 0, out);
        bool stays = option == 1;
        CHECK(out[0] == (stays ? 1 : -1), "option %d: s_0 = %g", option, (double)out[0]);
        CHECK(out[1] == (option == 3 ? 1 : -1), "option %d: s_1 = %g", option, (double)out[1]);
        temper_flock_free(flock);
        temper_machine_free(m);
    }
}

int main(void) {
    RUN(sums_over_states_are_those_of_the_formulas);
    RUN(weights_and_statistics_are_those_of_the_formulas);
    RUN(heat_baths_reach_the_right_probabilities);
    RUN(real_units_reach_the_right_moments);
    RUN(pseudolikelihood_is_the_product_of_conditionals);
    RUN(a_unit_without_field_stays);
    RUN(options_of_the_dynamics_do_what_they_say);
    return check_end();
}
