/* What tempering and resample do to a crew, against numbers worked out here: who goes where, what goes with whom, what is refused. */
#include "crew_rig.h"
#include "walker_rig.h"

enum { DIM = 37, SAMPLES = 20 };
static rig bowl;
static temper_potential potential;

static bool open_on(crew_rig *c, const char *ensemble, const char *dynamics, int64_t steps, double T) {
    bowl = rig_of(DIM, SAMPLES, rig_bowl);
    potential = rig_potential(&bowl);
    potential.batches = 10;
    return crew_open(c, &potential, &(crew_order){ensemble, dynamics, steps, 10, 2, T});
}

static const char sghmc[] = "sghmc:step=0.1,friction=1";

static void refuses_what_it_cannot_join(void) {
    static const struct {
        const char *ensemble, *dynamics;
        int64_t steps;
        double T;
        const char *words;
    } bad[] = {{"tempering", "sgd", 1000, 0, "tempering: sgd has no temperature"},
               {"tempering", "langevin", 1000, 0, "temperature=0"},
               {"tempering:every=60,adapt=0", "langevin", 1000, 1, "every=60"},
               {"tempering:adapt=0.99", "langevin", 1000, 1, "adapt=0.99"},
               {"resample", "adam", 1000, 1, "resample: adam has no temperature"},
               {"resample", "sghmc", 1000, 0, "temperature=0"},
               {"resample:stages=100", "sghmc", 1000, 1, "stages=100"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        crew_rig c;
        if (!open_on(&c, bad[k].ensemble, bad[k].dynamics, bad[k].steps, bad[k].T)) continue;
        CHECK(c.mustered != TEMPER_OK, "%s joins %s at T=%g", bad[k].ensemble, bad[k].dynamics, bad[k].T);
        CHECK(strstr(temper_message(), bad[k].words), "no '%s' in: %s", bad[k].words, temper_message());
        crew_close(&c);
    }
    temper_ensemble *e;
    CHECK_FAILS(temper_ensemble_create(&e, "tempering:ratio=0.9"), TEMPER_BAD_OPTION, "ratio=0.9");
}

/* Coordinate 0 alone is not 0, so that N·u = 20·θ₀²/2 = U. */
static void place(temper_walker *w, double U) {
    float *theta = w->theta;
    memset(theta, 0, DIM * sizeof *theta);
    theta[0] = (float)sqrt(U / (SAMPLES / 2));
}

static void fill(temper_walker *w, double x) {
    float *p = w->memory[0];
    for (int i = 0; i < DIM; i++) p[i] = (float)(x + i);
    w->thermometer.energy = w->epoch.energy = w->plan[0][0] = w->plan[1][7] = x;
}

/* The walker on the hot rung has the lower energy: they swap for certain. */
static void what_goes_with_a_swap(void) {
    crew_rig c;
    float shown[DIM];
    if (!open_on(&c, "tempering:walkers=3,ratio=2,adapt=0", sghmc, 1000, 0.5)) return;
    CHECK_OK(c.mustered);
    const temper_ensemble_type *type = c.ensemble->type;
    crew_run(&c, 19); /* one coupling is over; the next is an even one, of rungs 0 and 1 */
    for (int j = 0; j < 3; j++) c.crew.state[7 * 3 + j] = j, c.walker[j]->temperature = 0.5 * (1 << j);
    double U[3] = {9, 4, 5};
    int64_t before = c.walker[2]->evaluations;
    for (int j = 0; j < 3; j++) place(c.walker[j], U[j]), fill(c.walker[j], 100 * j + 100);
    c.crew.step = 20;
    crew_couple(&c);
    CHECK(c.walker[2]->evaluations == before + 4, "cost %d, not ⌈10/3⌉",
          (int)(c.walker[2]->evaluations - before));
    const double place_of[3] = {1, 0, 2}, T[3] = {1, 0.5, 2}, from[3] = {2, 1, 3}, scale[3] = {2, 0.5, 1};
    for (int j = 0; j < 3; j++) {
        const temper_walker *w = c.walker[j];
        const float *p = w->memory[0];
        CHECK_NEAR(type->temperature(c.ensemble->self, &c.crew, j), pow(2, place_of[j]), 1e-15);
        CHECK_NEAR(w->temperature, T[j], 0);
        CHECK_NEAR((double)p[3], (100 * j + 103) * sqrt(scale[j]), 1e-4);
        CHECK_NEAR(((const float *)w->theta)[0], sqrt(U[j] / 10), 1e-6);
        CHECK(w->thermometer.energy == 100 * from[j] && w->epoch.energy == 100 * from[j] &&
                  w->plan[0][0] == 100 * from[j] && w->plan[1][7] == 100 * from[j],
              "what belongs to the rung stayed with walker %d", j);
    }
    CHECK(type->lead(c.ensemble->self, &c.crew) == 1 && type->weights(c.ensemble->self) == 1, "who leads");
    crew_present(&c, 0, shown);
    CHECK(!memcmp(shown, c.walker[1]->theta, sizeof shown), "another one is shown");
    CHECK_NEAR(crew_told(&c, "walker", 0), 1, 0);
    CHECK_NEAR(crew_told(&c, "temperature", 2), 2, 1e-15);
    crew_close(&c);
}

/* Walkers that stand still swap among their orders with the probabilities Π e^{−U_j/T_r(j)}/Z: all six are known. */
static void swaps_have_their_balance(void) {
    crew_rig c;
    enum { N = 60000 };
    double U[3] = {1, 1.6, 2.1}, seen[27] = {0}, weight[27] = {0}, Z = 0;
    if (!open_on(&c, "tempering:walkers=3,ratio=1.7,adapt=0", sghmc, 10 * N, 0.5)) return;
    for (int j = 0; j < 3; j++) place(c.walker[j], U[j]), c.walker[j]->temperature = 0.5 * pow(1.7, j);
    for (int k = 1; k <= N; k++) {
        int code = 0;
        c.crew.step = 10 * k;
        crew_couple(&c);
        for (int j = 0; j < 3; j++) code = 3 * code + (int)c.crew.state[7 * 3 + j];
        seen[code]++;
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int d = 3 - a - b;
            if (a == b || d < 0 || d > 2 || d == a || d == b) continue;
            weight[9 * a + 3 * b + d] =
                exp(-U[0] / 0.5 / pow(1.7, a) - U[1] / 0.5 / pow(1.7, b) - U[2] / 0.5 / pow(1.7, d));
            Z += weight[9 * a + 3 * b + d];
        }
    for (int k = 0; k < 27;
         k++) { /* correlated over a few couplings: 4 times the variance of independent ones */
        double p = weight[k] / Z;
        CHECK_NEAR(seen[k] / N, p, 4.5 * sqrt(4 * p * (1 - p) / N));
    }
    double tries = crew_told(&c, "tries", 0) + crew_told(&c, "tries", 1);
    CHECK(tries == N && crew_told(&c, "round_trips", 0) > N / 50, "%g swaps proposed", tries);
    crew_close(&c);
}

/* Three walkers of known energies, one of them infinite, from T = 1 to 0.5: w = 1, e^{−ln 2}, 0 and log Q = ln((1 + 1/2)/3) − U₀. */
static void resampling_by_hand(void) {
    crew_rig c;
    if (!open_on(&c, "resample:walkers=3,from=2,stages=1", sghmc, 100, 0.5)) return;
    CHECK_OK(c.mustered);
    const temper_ensemble_type *type = c.ensemble->type;
    CHECK_NEAR(type->temperature(c.ensemble->self, &c.crew, 2), 2, 1e-15);
    crew_run(&c, 49);
    CHECK(c.crew.state[0] == 0, "too early");
    double U[3] = {0.8, 0.8 + log(2), 1};
    int64_t clock = c.walker[2]->clock;
    for (int j = 0; j < 3; j++)
        place(c.walker[j], U[j]), fill(c.walker[j], 100 * j + 100), c.walker[j]->plan[0][0] = 1;
    ((float *)c.walker[2]->theta)[1] = INFINITY;
    c.crew.step = 50;
    crew_couple(&c);
    CHECK_NEAR(crew_told(&c, "log_q", 0), log(0.5) - 0.8, 1e-6);
    CHECK_NEAR(crew_told(&c, "ess", 0), 1.5 * 1.5 / 1.25, 1e-6);
    CHECK_NEAR(crew_told(&c, "energy", 0), (0.8 + log(2) / 2) / SAMPLES, 1e-7);
    CHECK_NEAR(crew_told(&c, "temperature", 0), 0.5, 1e-15);
    /* 3 · (2/3, 1/3, 0): two copies of walker 0, one of walker 1, whatever u is; walker 2 is the second copy */
    CHECK_NEAR(crew_told(&c, "rho_t", 0), (4 + 1) / 3., 1e-15);
    CHECK_NEAR(crew_told(&c, "family_entropy", 0), log(3) - 2 / 3. * log(2), 1e-14);
    CHECK_NEAR(crew_told(&c, "log_z_error", 0), sqrt(2 / 3. / 2), 1e-15);
    CHECK(!memcmp(c.walker[2]->theta, c.walker[0]->theta, DIM * sizeof(float)), "walker 2 is no copy of 0");
    CHECK(!memcmp(c.walker[2]->memory[0], c.walker[0]->memory[0], DIM * sizeof(float)),
          "nor are its momenta");
    CHECK(c.walker[2]->clock == clock && c.walker[2]->stream.chain != c.walker[0]->stream.chain,
          "streams went along");
    for (int j = 0; j < 2; j++) {
        CHECK_NEAR(c.walker[j]->temperature, 0.5, 1e-15);
        CHECK_NEAR((double)((float *)c.walker[j]->memory[0])[5], (100 * j + 105) * sqrt(0.5), 1e-4);
    }
    CHECK_NEAR(type->temperature(c.ensemble->self, &c.crew, 0), 1, 0);
    c.crew.step = 100;
    crew_couple(&c); /* the last stage is over */
    CHECK(c.crew.state[0] == 1 && crew_weights(&c) == 3, "one stage too many");
    crew_close(&c);
}

/* All energies infinite: nobody is better than another, and nothing is written that a checkpoint could not hold. */
static void nothing_finite_is_left(void) {
    static const char *const text[] = {"tempering:walkers=4,adapt=0.5", "resample:walkers=4,stages=2"};
    for (int k = 0; k < 2; k++) {
        crew_rig c;
        if (!open_on(&c, text[k], sghmc, 100, 0.5)) continue;
        for (int j = 0; j < 4; j++)
            ((float *)c.walker[j]->theta)[0] = j % 2 ? INFINITY : NAN, c.walker[j]->temperature = 0.5;
        for (int step = 10; step <= 100; step += 10) c.crew.step = step, crew_couple(&c);
        for (int i = 0; i < c.states; i++) CHECK(!isnan(c.crew.state[i]), "%s: state %d", text[k], i);
        crew_close(&c);
    }
}

/* A state from a damaged file: any numbers at all do no harm beyond a wrong result. */
static void damaged_states_are_harmless(void) {
    static const char *const text[] = {"tempering:walkers=4,adapt=0.5", "resample:walkers=4,stages=3"};
    static const double wild[] = {-1, 1e300, -1e300, 3.5, INFINITY, 0, 7, -INFINITY};
    for (int k = 0; k < 2; k++)
        for (int seed = 0; seed < 8; seed++) {
            crew_rig c;
            temper_table table = {0};
            if (!open_on(&c, text[k], sghmc, 100, 0.5)) continue;
            const temper_ensemble_type *type = c.ensemble->type;
            for (int i = 0; i < c.states; i++) c.crew.state[i] = wild[(i * 5 + seed + i / 8) % 8];
            for (int j = 0; j < 4; j++) c.walker[j]->temperature = 0.5;
            for (int step = 10; step <= 100; step += 10) c.crew.step = step, crew_couple(&c);
            for (int j = 0; j < 4; j++) type->temperature(c.ensemble->self, &c.crew, j);
            if (type->lead) CHECK(type->lead(c.ensemble->self, &c.crew) < 4, "no such walker");
            CHECK_OK(type->tell(c.ensemble->self, &c.crew, &table));
            temper_table_clear(&table);
            crew_close(&c);
        }
}

int main(void) {
    RUN(refuses_what_it_cannot_join);
    RUN(what_goes_with_a_swap);
    RUN(swaps_have_their_balance);
    RUN(resampling_by_hand);
    RUN(nothing_finite_is_left);
    RUN(damaged_states_are_harmless);
    return check_end();
}
