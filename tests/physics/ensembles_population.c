/* Population annealing against exact results: partition functions, energies, entropies; honest error bars. */
#include "ensemble_rig.h"

typedef struct {
    double log_z, error, energy, energy_error, entropy, entropy_error, heat, heat_error, rho, families;
} outcome;

static outcome run_at(const rig_order *o, double T) {
    outcome x = {0};
    rig r;
    CHECK_OK(rig_create(&r, o));
    CHECK_OK(rig_finish(&r));
    temper_table t = rig_report(&r);
    int k = 0, rows = temper_table_find(&t, "temperature")->rows;
    while (k < rows && rig_value(&t, "temperature", k) != T) k++;
    CHECK(k < rows, "T = %g was not met", T);
    x.log_z = rig_value(&t, "log_z", k), x.error = rig_value(&t, "log_z_error", k);
    x.energy = rig_value(&t, "energy", k), x.energy_error = rig_value(&t, "energy_error", k);
    x.entropy = rig_value(&t, "entropy", k), x.entropy_error = rig_value(&t, "entropy_error", k);
    x.heat = rig_value(&t, "heat_capacity", k), x.heat_error = rig_value(&t, "heat_capacity_error", k);
    x.rho = rig_value(&t, "rho_t", k), x.families = rig_value(&t, "family_entropy", k);
    double N = r.system->n;
    CHECK_NEAR(rig_value(&t, "free_energy", k), -T * x.log_z / N, 1e-12);
    CHECK_NEAR(rig_value(&t, "free_energy_error", k), T * x.error / N, 1e-12);
    CHECK_NEAR(rig_value(&t, "log_z", 0), N * log(2), 1e-9);
    CHECK_NEAR(rig_value(&t, "log_z_error", 0), 0, 1e-12);
    temper_table_clear(&t);
    rig_free(&r);
    return x;
}

/* ln Z/N, u, c of the torus: shared/reference/theory.md section 3. */
static const struct {
    const char *system;
    double beta, log_z, u, c;
} tori[] = {{"ising:dims=4x4", 0.4, 0.91006831399025, -1.3791164822593, 0.81251522944},
            {"ising:dims=4x4", 0.44068679350977, 0.97011971617221, -1.5656237876383, 0.783266825929},
            {"ising:dims=4x4", 0.5, 1.0690854449207, -1.7553802887774, 0.60553265721},
            {"ising:dims=8x8", 0.4, 0.88436544938165, -1.2223206432509, 1.10047588936},
            {"ising:dims=8x8", 0.44068679350977, 0.93971532482921, -1.4915891074397, 1.14555923989}};
enum { TORI = sizeof tori / sizeof *tori };

static void partition_functions(void) {
    static const char *const ensembles[] = {"population:size=3000,sweeps=5",
                                            "population:size=3000,sweeps=2,overlap=0.5",
                                            "population:size=3000,sweeps=5,overlap=0"};
    for (int k = 0; k < TORI; k++)
        for (int e = 0; e < 3; e++) {
            double T[] = {INFINITY, 20, 10, 7, 5, 4, 3.5, 3.1, 2.8, 2.6, 1 / tori[k].beta};
            int first = e < 2 ? 6 : 0; /* with overlap=0 every step must be given */
            double N = tori[k].system[11] == '4' ? 16 : 64;
            outcome x = run_at(&(rig_order){tori[k].system, NULL, ensembles[e], T + first, 11 - first, 1,
                                            (uint64_t)(10 * k + e)},
                               T[10]);
            CHECK_NEAR(x.log_z, N * tori[k].log_z, 4.5 * x.error);
            CHECK_NEAR(x.energy, tori[k].u, 4.5 * x.energy_error);
            CHECK_NEAR(x.heat, tori[k].c, 4.5 * x.heat_error);
            CHECK_NEAR(x.entropy, tori[k].log_z + tori[k].beta * tori[k].u, 4.5 * x.entropy_error);
            CHECK(x.error > 0 && x.error < 0.25, "ln Z is known to %g only", x.error);
        }
}

/* A Potts model with q = 3 on 3x3: enumeration of 19683 states, by the naive energy. */
static void more_than_two_values(void) {
    const double T[] = {1};
    double Z = 0, sum = 0;
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"potts:dims=3x3,q=3", NULL, "population", T, 1, 1, 1}));
    for (int k = 0; k < 19683; k++) {
        int8_t s[9];
        for (int i = 0, m = k; i < 9; i++, m /= 3) {
            const int8_t *values;
            r.system->type->alphabet(r.system->self, i, &values);
            s[i] = values[m % 3];
        }
        double E = temper_system_energy(r.system, s), w = exp(-E / T[0]);
        Z += w, sum += w * E;
    }
    CHECK_OK(rig_finish(&r));
    temper_table t = rig_report(&r);
    int last = temper_table_find(&t, "log_z")->rows - 1;
    CHECK_NEAR(rig_value(&t, "log_z", 0), 9 * log(3), 1e-9);
    CHECK_NEAR(rig_value(&t, "log_z", last), log(Z), 4.5 * rig_value(&t, "log_z_error", last));
    CHECK_NEAR(rig_value(&t, "energy", last), sum / Z / 9, 4.5 * rig_value(&t, "energy_error", last));
    temper_table_clear(&t);
    rig_free(&r);
}

typedef struct {
    double sum, squares;
    int n, inside;
} pull;
static void add(pull *p, double value, double truth, double error) {
    double z = (value - truth) / error;
    p->sum += z, p->squares += z * z, p->n++, p->inside += fabs(z) < 1;
}

/* Pulls z = (estimate − truth)/error of many seeds: mean 0, mean square 1, 68 % inside one error bar. The mean square
 * of n pulls scatters by √(2/n); an error bar from 20 blocks makes it 19/17. With 800 seeds they were: mean −0.13 … 0.02
 * (of which ln Z owes −σ/2 to being the logarithm of an unbiased Z), mean square 0.98 … 1.31, 64 … 71 % inside. */
static void check_pull(const pull *p, const char *what) {
    double n = p->n, square = p->squares / n, spread = 4.5 * sqrt(2 / n);
    CHECK(fabs(p->sum / n) < 4.5 / sqrt(n), "%s is biased by %.2f of its errors", what, p->sum / n);
    CHECK(square > 1 - spread && square < 19 / 17.0 + spread, "%s: mean square of pulls %.2f", what, square);
    CHECK(fabs(p->inside / n - 0.683) < 4.5 * sqrt(0.683 * 0.317 / n), "%s: %.0f %% inside its error", what,
          100 * p->inside / n);
}

static void error_bars_cover(const char *ensemble, int k, int seeds) {
    pull log_z = {0}, energy = {0}, entropy = {0}, heat = {0};
    double N = tori[k].system[11] == '4' ? 16 : 64, T[] = {1 / tori[k].beta};
    for (int seed = 0; seed < seeds; seed++) {
        outcome x =
            run_at(&(rig_order){tori[k].system, NULL, ensemble, T, 1, 1, (uint64_t)seed + 1000}, T[0]);
        add(&log_z, x.log_z, N * tori[k].log_z, x.error);
        add(&energy, x.energy, tori[k].u, x.energy_error);
        add(&entropy, x.entropy, tori[k].log_z + tori[k].beta * tori[k].u, x.entropy_error);
        add(&heat, x.heat, tori[k].c, x.heat_error);
    }
    check_pull(&log_z, "ln Z");
    check_pull(&energy, "the energy");
    check_pull(&entropy, "the entropy");
    check_pull(&heat, "the heat capacity");
}

static void error_bars_cover_when_sweeps_are_many(void) {
    error_bars_cover("population:size=1000,sweeps=3,overlap=0.95", 1, 100);
}
/* One sweep leaves families alike: the error bars must know. */
static void error_bars_cover_when_sweeps_are_few(void) {
    error_bars_cover("population:size=1000,sweeps=1", 4, 40);
}

/* Without a sweep the population is the initial one, reweighted and thinned out: families die, ρ_t and S_f say so. */
static void family_numbers_say_when_it_goes_wrong(void) {
    double T[] = {2};
    outcome good =
        run_at(&(rig_order){"ising:dims=8x8", NULL, "population:size=2000,sweeps=10", T, 1, 1, 5}, 2);
    outcome bad =
        run_at(&(rig_order){"ising:dims=8x8", NULL, "population:size=2000,sweeps=0", T, 1, 1, 5}, 2);
    CHECK(good.rho > 1 && good.rho < 30, "rho_t = %g", good.rho);
    CHECK(bad.rho > 300, "without sweeps: rho_t = %g", bad.rho);
    CHECK(bad.families < 2 && good.families > 5 && good.families < log(2000), "S_f = %g, without sweeps %g",
          good.families, bad.families);
}

int main(void) {
    temper_threads(1); /* systems this small are done before a second thread wakes up */
    RUN(partition_functions);
    RUN(more_than_two_values);
    RUN(error_bars_cover_when_sweeps_are_many);
    RUN(error_bars_cover_when_sweeps_are_few);
    RUN(family_numbers_say_when_it_goes_wrong);
    return check_end();
}
