/* Are the error bars of ln Z honest? Many seeds on small machines whose ln Z is known: how often truth lies within 1 and 1.96 errors of the estimate. A plan is fresh chains
 * each time, so hits are binomial; within 4.5 of its deviations, plus a little for what a finite number of runs does to the tails of the delta method. */
#include "evidence_rig.h"
#include "temper/parallel.h"

enum { SEEDS = 120, ROWS = 100, COLUMNS = 6 };
static float X[ROWS * COLUMNS];

static const struct {
    temper_evidence_method method;
    int64_t betas, runs, sweeps;
    double slack; /* of the share, beside chance */
} cases[] = {{TEMPER_EVIDENCE_AIS, 150, 64, 0, 0.02},
             {TEMPER_EVIDENCE_REVERSE, 150, 64, 0, 0.02},
             {TEMPER_EVIDENCE_BRIDGE, 60, 48, 0, 0.02},
             {TEMPER_EVIDENCE_MBAR, 60, 16, 60, 0.02},
             {TEMPER_EVIDENCE_INTEGRATION, 60, 16, 60, 0.02}};

static void cover(const rig_kind *kind) {
    temper_machine *machine = rig_machine(kind, 100);
    if (!machine) SKIP("%s", temper_message());
    temper_rows_view rows;
    CHECK_OK(rig_rows(machine, ROWS, 200, 5, X, &rows));
    double truth = rig_exact(machine);
    for (int c = 0; c < (int)(sizeof cases / sizeof *cases); c++) {
        int one = 0, two = 0;
        double mean = 0, square = 0, told = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            temper_evidence_plan plan = {.betas = cases[c].betas,
                                         .runs = cases[c].runs,
                                         .burn = 30,
                                         .sweeps = cases[c].sweeps,
                                         .stream = {(uint64_t)seed + 1, 0},
                                         .rows = &rows};
            temper_evidence seen = {.log_z = NAN, .error = NAN};
            CHECK_OK(temper_evidence_log_z(machine, cases[c].method, &plan, &seen));
            double miss = seen.log_z - truth;
            one += fabs(miss) < seen.error;
            two += fabs(miss) < 1.959964 * seen.error;
            mean += miss / SEEDS;
            square += miss * miss / SEEDS;
            told += seen.error * seen.error / SEEDS;
        }
        double a = (double)one / SEEDS, b = (double)two / SEEDS;
        printf("  %s by %s: %.3f within 1, %.3f within 1.96 errors; bias %.2g, spread %.3g, told %.3g\n",
               kind->name, temper_evidence_name(cases[c].method), a, b, mean, sqrt(square - mean * mean),
               sqrt(told));
        CHECK_NEAR(a, 0.6827, 4.5 * sqrt(0.6827 * 0.3173 / SEEDS) + cases[c].slack);
        CHECK_NEAR(b, 0.95, 4.5 * sqrt(0.95 * 0.05 / SEEDS) + cases[c].slack);
    }
    temper_machine_free(machine);
}

static void binary(void) { cover(&(rig_kind){"binary", "rbm:hidden=5", 6, 0, 1}); }
static void spin(void) {
    cover(&(rig_kind){"spin", "rbm:hidden=4,visible=spin,hidden_units=spin", 6, 0, 0.5});
}
static void sequential(void) { cover(&(rig_kind){"boltzmann", "boltzmann:hidden=3", 6, 0, 0.6}); }

int main(void) {
    temper_threads(1); /* machines this small only wait for each other */
    RUN(binary);
    RUN(spin);
    RUN(sequential);
    return check_end();
}
