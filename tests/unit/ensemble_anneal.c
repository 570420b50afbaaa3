/* Annealing: it follows its schedule to the letter, quenches to the bottom, finds ground states, keeps its speed. */
#include <unistd.h>
#include "ensemble_rig.h"

static const char *const ferromagnet = "ising:dims=16x16";

static void finish(rig *r, const rig_order *o) {
    CHECK_OK(rig_create(r, o));
    CHECK_OK(rig_finish(r));
}

static void the_schedule_is_followed(void) {
    static const double two[] = {4, 1}, five[] = {4, 2, 3, 0, 1};
    static const char *const kinds[] = {"linear", "linear_beta", "geometric"};
    const double middle[] = {2.5, 1.6, 2}; /* by hand: of 4 → 1 in three points */
    char text[128];
    rig r;
    for (int k = 0; k < 6; k++) { /* ends from the options, then from the user's temperatures */
        snprintf(text, sizeof text, "anneal:schedule=%s,steps=3%s", kinds[k % 3],
                 k < 3 ? ",from=4,to=1" : ",from=9,to=8");
        finish(&r, &(rig_order){ferromagnet, NULL, text, k < 3 ? NULL : two, k < 3 ? 0 : 2, 2, 1});
        temper_table table = rig_report(&r);
        CHECK(rig_value(&table, "temperature", 0) == 4, "%s begins at %g", text,
              rig_value(&table, "temperature", 0));
        CHECK_NEAR(rig_value(&table, "temperature", 1), middle[k % 3], 1e-14);
        CHECK(rig_value(&table, "temperature", 2) == 1, "%s ends at %g", text,
              rig_value(&table, "temperature", 2));
        temper_table_clear(&table);
        rig_free(&r);
    }
    finish(&r, &(rig_order){ferromagnet, NULL, "anneal:quench=no,sweeps=3", five, 5, 2, 1});
    temper_table table = rig_report(&r);
    for (int k = 0; k < 5; k++)
        CHECK(rig_value(&table, "temperature", k) == five[k], "point %d of a list", k);
    CHECK(r.team.step == 5 && r.team.chains[1]->clock == 15, "a list of five takes %d steps",
          (int)r.team.step);
    CHECK(r.team.chains[0]->temperature == 1, "ends at another temperature");
    temper_table_clear(&table);
    rig_free(&r);
}

static void a_file_is_followed(void) {
    char path[64], text[128];
    snprintf(path, sizeof path, "/tmp/temper_anneal_%ld", (long)getpid());
    FILE *file = fopen(path, "w");
    fputs("# a schedule\n2.5\n1.25\n0\n", file);
    fclose(file);
    snprintf(text, sizeof text, "anneal:schedule=file,file=%s,steps=7", path);
    rig r;
    finish(&r, &(rig_order){ferromagnet, NULL, text, NULL, 0, 2, 1});
    temper_table table = rig_report(&r);
    const temper_column *T = temper_table_find(&table, "temperature");
    CHECK(T->rows == 3 && T->values[0] == 2.5 && T->values[1] == 1.25 && T->values[2] == 0, "%d rows",
          T->rows);
    temper_table_clear(&table);
    rig_free(&r);
    file = fopen(path, "w");
    fputs("2\n-1\n", file);
    fclose(file);
    temper_ensemble *ensemble;
    CHECK_FAILS(temper_ensemble_create(&ensemble, text), TEMPER_BAD_DATA, ":2:");
    unlink(path);
    CHECK_FAILS(temper_ensemble_create(&ensemble, text), TEMPER_BAD_FILE, path);
}

/* After the quench no single flip lowers the energy, and nothing better was forgotten. */
static void the_quench_reaches_a_minimum(void) {
    rig r;
    finish(&r, &(rig_order){"spin_glass:dims=6x6x6,couplings=gaussian,seed=4", NULL, "anneal:steps=30", NULL,
                            0, 5, 8});
    temper_table table = rig_report(&r);
    const temper_system *system = r.system;
    for (int c = 0; c < r.team.n; c++) {
        const temper_chain *chain = r.team.chains[c];
        double lowest = 0;
        for (int i = 0; i < system->n; i++)
            lowest = fmin(lowest, system->type->cost(system->self, chain->s, chain->cache, i, -chain->s[i]));
        CHECK(lowest == 0, "read %d can still fall by %g", c, -lowest);
        CHECK_NEAR(chain->energy, temper_system_energy(system, chain->s), 1e-9);
        CHECK(rig_value(&table, "best_energy", c) <= chain->energy,
              "read %d: its best is worse than its last", c);
    }
    temper_table_clear(&table);
    bool done = false;
    char before[65], after[65];
    rig_hash(&r, before);
    CHECK_OK(r.ensemble->type->step(r.ensemble->self, &r.team, &done));
    rig_hash(&r, after);
    CHECK(done && !strcmp(before, after), "a step after the end does something");
    rig_free(&r);
}

static double lowest_of(const rig *r) {
    double lowest = INFINITY;
    for (int c = 0; c < r->team.n; c++) lowest = fmin(lowest, r->team.chains[c]->energy);
    return lowest;
}

static void finds_ground_states(void) {
    rig r;
    finish(&r, &(rig_order){ferromagnet, NULL, "anneal:steps=200,sweeps=2", NULL, 0, 10, 1});
    CHECK(lowest_of(&r) == -512, "ferromagnet 16x16: %g, want -512", lowest_of(&r));
    rig_free(&r);
    for (int seed = 1; seed <= 5; seed++) {
        char text[64];
        int8_t s[16];
        double ground = INFINITY;
        snprintf(text, sizeof text, "spin_glass:dims=4x4,seed=%d", seed);
        finish(&r, &(rig_order){text, NULL, "anneal:steps=100", NULL, 0, 10, 1});
        for (int k = 0; k < 1 << 16; k++) { /* enumeration */
            for (int i = 0; i < 16; i++) s[i] = k >> i & 1 ? 1 : -1;
            ground = fmin(ground, temper_system_energy(r.system, s));
        }
        CHECK(lowest_of(&r) == ground, "%s: %g, enumeration says %g", text, lowest_of(&r), ground);
        rig_free(&r);
    }
}

/* The fall of ⟨E⟩ per step in its own standard deviations. Enough sweeps that the reads are in equilibrium, T not below
 * the transition. A spread from 400 reads is good to 4 %, the difference of two means to 0.07 of v; averaged over a
 * third of the way little of it is left. To second order in Δβ the fall is v(1 − v·skewness/2…): hence 15 %. */
static void adaptive_speed_is_constant(void) {
    const double v = 0.5;
    rig r;
    finish(&r, &(rig_order){ferromagnet, NULL,
                            "anneal:schedule=adaptive,speed=0.5,from=20,to=2.3,sweeps=20,quench=no", NULL, 0,
                            400, 1});
    temper_table table = rig_report(&r);
    int rows = temper_table_find(&table, "temperature")->rows;
    double third[3] = {0}, N = 256;
    int count[3] = {0};
    CHECK(rows > 15 && rows < 60, "%d points", rows);
    for (int k = 0; k + 2 < rows; k++) { /* not the last step, which is cut short by the end */
        double T = rig_value(&table, "temperature", k);
        double sigma = sqrt(rig_value(&table, "energy_variance", k) * N);
        double beta_step = 1 / rig_value(&table, "temperature", k + 1) - 1 / T;
        int part = 3 * k / (rows - 2);
        third[part] += (rig_value(&table, "energy", k) - rig_value(&table, "energy", k + 1)) * N / sigma;
        count[part]++;
        CHECK(k == 0 || fabs(beta_step * sigma - v) < 1e-9 || fabs(beta_step * T - 1) < 1e-9,
              "step %d: beta moves by %g = %g / sigma", k, beta_step, beta_step * sigma);
    }
    for (int part = 0; part < 3; part++) CHECK_NEAR(third[part] / count[part], v, 0.15 * v);
    CHECK(rig_value(&table, "temperature", rows - 1) == 2.3, "ends at %g",
          rig_value(&table, "temperature", rows - 1));
    temper_table_clear(&table);
    rig_free(&r);
}

/* Too few points: the last one jumps to the end all the same. */
static void adaptive_ends_where_it_should(void) {
    rig r;
    finish(&r, &(rig_order){ferromagnet, NULL, "anneal:schedule=adaptive,speed=0.1,from=inf,to=0.5,steps=6",
                            NULL, 0, 8, 1});
    temper_table table = rig_report(&r);
    CHECK(temper_table_find(&table, "temperature")->rows == 6, "another number of points");
    CHECK(rig_value(&table, "temperature", 0) == INFINITY && rig_value(&table, "temperature", 5) == 0.5,
          "the ends");
    temper_table_clear(&table);
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
    static const double T[] = {3, 2, 1, -1}, hole[] = {3, NAN}, falls_to_zero[] = {3, 0};
    CHECK_FAILS(try_plan("anneal:from=-0.5", NULL, 0, 2), TEMPER_BAD_OPTION, "from=-0.5");
    CHECK_FAILS(try_plan("anneal:schedule=linear,from=inf", NULL, 0, 2), TEMPER_BAD_OPTION, "from=inf");
    CHECK_FAILS(try_plan("anneal:to=0", NULL, 0, 2), TEMPER_BAD_OPTION, "to=0");
    CHECK_FAILS(try_plan("anneal:schedule=file", NULL, 0, 2), TEMPER_BAD_OPTION, "file");
    CHECK_FAILS(try_plan("anneal:file=x", NULL, 0, 2), TEMPER_BAD_OPTION, "schedule=file");
    CHECK_FAILS(try_plan("anneal", NULL, 0, 3), TEMPER_BAD_OPTION, "reads=3");
    CHECK_FAILS(try_plan("anneal", NULL, 0, 0), TEMPER_BAD_OPTION, "reads=0");
    CHECK_FAILS(try_plan("anneal:schedule=adaptive", NULL, 0, 6), TEMPER_BAD_OPTION, "at least 8");
    CHECK_FAILS(try_plan("anneal:schedule=adaptive", T, 3, 8), TEMPER_BAD_OPTION, "two temperatures");
    CHECK_FAILS(try_plan("anneal", T, 1, 2), TEMPER_BAD_OPTION, "one temperature");
    CHECK_FAILS(try_plan("anneal", T, 4, 2), TEMPER_BAD_OPTION, "number 4 is -1");
    CHECK_FAILS(try_plan("anneal", hole, 2, 2), TEMPER_BAD_OPTION, "number 2 is nan");
    CHECK_FAILS(try_plan("anneal", falls_to_zero, 2, 2), TEMPER_BAD_OPTION, "to=0");
    CHECK_OK(try_plan("anneal:schedule=linear", falls_to_zero, 2, 2));
    rig r;
    CHECK_FAILS(
        rig_create(&r, &(rig_order){"ising", NULL, "anneal:schedule=adaptive,from=1,to=2", NULL, 0, 8, 1}),
        TEMPER_BAD_OPTION, "from=1");
    rig_free(&r);
}

int main(void) {
    RUN(the_schedule_is_followed);
    RUN(a_file_is_followed);
    RUN(the_quench_reaches_a_minimum);
    RUN(finds_ground_states);
    RUN(adaptive_speed_is_constant);
    RUN(adaptive_ends_where_it_should);
    RUN(refuses);
    return check_end();
}
