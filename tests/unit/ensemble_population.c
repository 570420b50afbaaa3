/* Population annealing piece by piece: on members whose energies the test has chosen, without sweeps. */
#include "ensemble_rig.h"

enum { R = 6 };
static const double E[R] = {0.3, -1.2, 2.5, 0.9, -0.4, 1.7};

/* A population with these energies, its steps at these temperatures; the configurations play no part. */
static void make(rig *r, const char *ensemble, const double *T, int n, uint64_t seed) {
    CHECK_OK(rig_create(r, &(rig_order){"ising:dims=4x4", NULL, ensemble, T, n, 1, seed}));
    for (int j = 0; j < r->team.n; j++) r->team.chains[j]->energy = E[j];
}

static int copies_of(const rig *r, int j) {
    int copies = 0;
    for (int i = 0; i < R; i++) copies += r->team.chains[i]->energy == E[j];
    return copies;
}

/* Each member gets ⌊τ⌋ or ⌈τ⌉ copies, τ in the mean over seeds; parents stay in place; the report's numbers are those
 * of the formulas, worked out here a second time. */
static void resampling(void) {
    enum { SEEDS = 4000 };
    const double T[] = {0.8};
    double tau[R], sum = 0, squares = 0, mean[R] = {0};
    for (int j = 0; j < R; j++) sum += tau[j] = exp(-E[j] / T[0]);
    for (int j = 0; j < R; j++) squares += tau[j] * tau[j];
    double ess = sum * sum / squares, log_q = log(sum / R);
    for (int j = 0; j < R; j++) tau[j] *= R / sum;
    for (int seed = 0; seed < SEEDS; seed++) {
        rig r;
        make(&r, "population:size=6,sweeps=0,overlap=0", T, 1, (uint64_t)seed);
        CHECK_OK(rig_step(&r, 1));
        CHECK(r.done, "one step to the only stop");
        int total = 0;
        double nu_squared = 0, entropy = 0;
        for (int j = 0; j < R; j++) {
            int copies = copies_of(&r, j);
            double nu = copies / (double)R;
            CHECK(copies == floor(tau[j]) || copies == ceil(tau[j]), "%d copies of tau = %g", copies, tau[j]);
            CHECK(copies == 0 || r.team.chains[j]->energy == E[j], "member %d has lost its place", j);
            CHECK(r.team.chains[j]->temperature == T[0], "member %d has another temperature", j);
            CHECK(r.team.chains[j]->stream.chain == (uint32_t)j, "member %d has lost its stream", j);
            total += copies, mean[j] += copies / (double)SEEDS;
            nu_squared += nu * nu, entropy -= nu > 0 ? nu * log(nu) : 0;
        }
        CHECK(total == R, "%d members", total);
        temper_table t = rig_report(&r);
        CHECK_NEAR(rig_value(&t, "ess", 1), ess, 1e-12);
        CHECK_NEAR(rig_value(&t, "log_q", 1), log_q, 1e-12);
        CHECK_NEAR(rig_value(&t, "log_z", 1), 16 * log(2) + log_q, 1e-12);
        CHECK_NEAR(rig_value(&t, "rho_t", 1), R * nu_squared, 1e-12);
        CHECK_NEAR(rig_value(&t, "family_entropy", 1), entropy, 1e-12);
        temper_table_clear(&t);
        rig_free(&r);
    }
    for (int j = 0; j < R; j++) {
        double f = tau[j] - floor(tau[j]);
        CHECK_NEAR(mean[j], tau[j], 4.5 * sqrt(f * (1 - f) / SEEDS));
    }
}

/* The step of the chosen overlap, from its definition; stops are met exactly, ∞ is where one starts. */
static void steps_have_the_overlap_asked_for(void) {
    const double T[] = {INFINITY, 0.7, 0.5};
    rig r;
    make(&r, "population:size=6,sweeps=0,overlap=0.9", T, 3, 1);
    CHECK_OK(rig_step(&r, 1));
    temper_table t = rig_report(&r);
    double beta = 1 / rig_value(&t, "temperature", 1), sum = 0, overlap = 0;
    temper_table_clear(&t);
    for (int j = 0; j < R; j++) sum += exp(-beta * E[j]);
    for (int j = 0; j < R; j++) overlap += fmin(1, R * exp(-beta * E[j]) / sum) / R;
    CHECK_NEAR(overlap, 0.9, 1e-7);
    CHECK_OK(rig_finish(&r));
    t = rig_report(&r);
    const temper_column *rows = temper_table_find(&t, "temperature");
    bool met = false;
    for (int k = 1; k < rows->rows; k++) {
        CHECK(rows->values[k] < rows->values[k - 1], "row %d does not cool", k);
        met |= rows->values[k] == T[1];
    }
    CHECK(met && rows->values[rows->rows - 1] == T[2] && rows->values[0] == INFINITY, "stops are not met");
    temper_table_clear(&t);
    char before[65], after[65];
    rig_hash(&r, before);
    CHECK_OK(rig_step(&r, 1));
    rig_hash(&r, after);
    CHECK(r.done && !strcmp(before, after), "a step after the end does something");
    rig_free(&r);
}

/* However chains were started, a population begins at T = ∞: mean of E zero, variance 2n on the torus (2n bonds). */
static void it_begins_at_infinite_temperature(void) {
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=8x8", NULL, "population:size=2000", NULL, 0, 1, 4}));
    for (int c = 0; c < r.team.n; c++) CHECK_OK(temper_chain_start(r.team.chains[c], "ordered"));
    CHECK_OK(r.ensemble->type->begin(r.ensemble->self, &r.team));
    double sum = 0;
    for (int c = 0; c < r.team.n; c++) {
        CHECK(r.team.chains[c]->temperature == INFINITY, "member %d is cold", c);
        sum += r.team.chains[c]->energy;
    }
    CHECK_NEAR(sum / 2000, 0, 4.5 * sqrt(128.0 / 2000));
    temper_table t = rig_report(&r);
    CHECK_NEAR(rig_value(&t, "energy", 0) * 64, sum / 2000, 1e-12);
    CHECK_NEAR(rig_value(&t, "energy_error", 0) * 64, sqrt(128.0 / 2000),
               0.5 * sqrt(128.0 / 2000)); /* 40 blocks */
    temper_table_clear(&t);
    rig_free(&r);
}

static temper_status try_plan(const char *ensemble, const double *T, int n, int reads) {
    rig r;
    temper_status bad =
        rig_plan(&r, &(rig_order){"ising:dims=4x4", "metropolis+houdayer", ensemble, T, n, reads, 1});
    rig_free(&r);
    return bad;
}

static void refuses(void) {
    static const double T[] = {3, 2, 2}, zero[] = {3, 0}, hole[] = {3, NAN};
    CHECK_FAILS(try_plan("population:to=0", NULL, 0, 1), TEMPER_BAD_OPTION, "to=0");
    CHECK_FAILS(try_plan("population:to=-0.5", NULL, 0, 1), TEMPER_BAD_OPTION, "to=-0.5");
    CHECK_FAILS(try_plan("population:size=7", NULL, 0, 1), TEMPER_BAD_OPTION, "size=7");
    CHECK_FAILS(try_plan("population:size=0", NULL, 0, 1), TEMPER_BAD_OPTION, "size=1");
    CHECK_FAILS(try_plan("population", T, 3, 1), TEMPER_BAD_OPTION, "number 3 is 2");
    CHECK_FAILS(try_plan("population", zero, 2, 1), TEMPER_BAD_OPTION, "number 2 is 0");
    CHECK_FAILS(try_plan("population", hole, 2, 1), TEMPER_BAD_OPTION, "number 2 is nan");
    CHECK_OK(try_plan("population:size=0", T, 2, 8));
    rig r; /* more temperatures than there is memory for */
    CHECK_OK(
        rig_create(&r, &(rig_order){"ising:dims=8x8", NULL, "population:steps=3,size=20", zero, 1, 1, 1}));
    r.team.temperatures = (const double[]){0.5};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < 4 && !bad; k++) bad = rig_step(&r, 1);
    CHECK(bad == TEMPER_CANNOT && strstr(temper_message(), "steps=3"), "%d: %s", bad, temper_message());
    rig_free(&r);
}

int main(void) {
    RUN(resampling);
    RUN(steps_have_the_overlap_asked_for);
    RUN(it_begins_at_infinite_temperature);
    RUN(refuses);
    return check_end();
}
