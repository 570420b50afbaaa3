/* ln Z, likelihood and entropy against the exact sums of small machines. */
#include "base/memory.h"
#include "evidence/path.h"
#include "estimate/states.h"
#include "evidence_rig.h"
#include "temper/parallel.h"

static const rig_kind kinds[] = {{"binary", "rbm:hidden=5", 6, 0, 1},
                                 {"spin", "rbm:hidden=4,visible=spin,hidden_units=spin", 6, 0, 0.5},
                                 {"spin on binary", "rbm:hidden=6,visible=spin", 5, 0, 0.7},
                                 {"potts", "rbm:hidden=5", 4, 3, 0.8},
                                 {"gaussian", "rbm:hidden=6,visible=gaussian", 4, 0, 0.4},
                                 {"gaussian hidden", "rbm:hidden=4,hidden_units=gaussian", 6, 0, 0.35},
                                 {"deep", "dbm:hidden=4x3", 6, 0, 0.7},
                                 {"boltzmann", "boltzmann:hidden=3", 6, 0, 0.6}};
enum { KINDS = sizeof kinds / sizeof *kinds, ROWS = 60, COLUMNS = 6 };
static float X[ROWS * COLUMNS];

/* The 14500 places of the literature, and the same stretches for other numbers. */
static void places(void) {
    CHECK_NEAR(temper_path_beta(0, 14500), 0, 0);
    CHECK_NEAR(temper_path_beta(1, 14500), 0.001, 1e-15);
    CHECK_NEAR(temper_path_beta(500, 14500), 0.5, 1e-15);
    CHECK_NEAR(temper_path_beta(501, 14500), 0.5001, 1e-15);
    CHECK_NEAR(temper_path_beta(4500, 14500), 0.9, 1e-15);
    CHECK_NEAR(temper_path_beta(4501, 14500), 0.90001, 1e-15);
    CHECK_NEAR(temper_path_beta(14499, 14500), 0.99999, 1e-12);
    CHECK_NEAR(temper_path_beta(14500, 14500), 1, 0);
    CHECK_NEAR(temper_path_beta(5, 145), 0.5, 1e-15);
    for (int k = 0; k < 37; k++)
        CHECK(temper_path_beta(k, 37) < temper_path_beta(k + 1, 37), "not ascending at %d", k);
}

/* A base without couplings has the clipped means of the rows. */
static void bases(void) {
    static const float binary[] = {1, 0, 1, 1, 0, 1}, spin[] = {1, -1, -1, -1}, real[] = {0.5f, 2, 1.5f, 3};
    static const float potts[] = {0, 2, 0, 1, 0, 0, 0, 1}; /* column 1: ½ 0.25 0.25 … */
    static const double heavy[] = {3, 1};
    float base[6];
    static const rig_kind k[] = {{"", "rbm:hidden=1", 2, 0, 0},
                                 {"", "rbm:hidden=1,visible=spin", 2, 0, 0},
                                 {"", "rbm:hidden=1,visible=gaussian", 2, 0, 0},
                                 {"", "rbm:hidden=1", 2, 3, 0},
                                 {"", "rbm:hidden=1,visible=relu", 2, 0, 0}};
    temper_machine *m[5];
    for (int i = 0; i < 5; i++) {
        m[i] = rig_machine(k + i, 1);
        CHECK(m[i] != NULL, "%s", temper_message());
        if (!m[i]) return;
    }
    temper_base_fields(m[0], &(temper_rows_view){3, 2, binary, NULL}, base); /* means ⅔ → 1,1,0 and 0,1,1 */
    CHECK_NEAR(base[0], log(2), 1e-6);
    CHECK_NEAR(base[1], log(2), 1e-6);
    temper_base_fields(m[0], &(temper_rows_view){2, 2, binary, heavy}, base); /* 1,0 thrice, 1,1 once */
    CHECK_NEAR(base[0], log(999), 1e-5);
    CHECK_NEAR(base[1], -log(3), 1e-6);
    temper_base_fields(m[1], &(temper_rows_view){2, 2, spin, NULL}, base); /* means 0 and −1 */
    CHECK_NEAR(base[0], 0, 0);
    CHECK_NEAR(base[1], -0.5 * log(999), 1e-5);
    temper_base_fields(m[2], &(temper_rows_view){2, 2, real, NULL}, base);
    CHECK_NEAR(base[0], 1, 1e-6);
    CHECK_NEAR(base[1], 2.5, 1e-6);
    temper_base_fields(m[3], &(temper_rows_view){4, 2, potts, NULL}, base); /* column 1: 2, 1, 0, 1 */
    CHECK_NEAR(base[0] - base[1], log(999), 1e-5);
    CHECK_NEAR(base[4] - base[3], log(2), 1e-6);
    CHECK_NEAR(base[3] - base[5], 0, 1e-6);
    CHECK_NEAR(base[3] + base[4] + base[5], 0, 1e-6);
    temper_base_fields(m[4], &(temper_rows_view){2, 2, real, NULL}, base);
    for (int i = 0; i < 2; i++) { /* mean of e^{bx − x²/2} on x ≥ 0 */
        double top = 0, bottom = 0;
        for (double x = 0.0005; x < 15; x += 0.001)
            top += x * exp(base[i] * x - x * x / 2), bottom += exp(base[i] * x - x * x / 2);
        CHECK_NEAR(top / bottom, i ? 2.5 : 1, 1e-4);
    }
    for (int i = 0; i < 5; i++) temper_machine_free(m[i]);
}

/* Weights by hand. */
static void weighs(void) {
    double w[] = {log(1), log(2), log(3), log(6)}; /* mean 3, s² = (4 + 1 + 0 + 9)/3/4 = 14/12 */
    temper_evidence seen;
    CHECK_OK(temper_weigh(w, 4, 1, &seen));
    double s = sqrt(14.0 / 12);
    CHECK_NEAR(seen.log_z, log(3), 1e-14);
    CHECK_NEAR(seen.error, s / 3, 1e-14);
    CHECK_NEAR(seen.high, log(3 + 3 * s), 1e-14);
    CHECK(isinf(seen.low) && seen.low < 0, "low %g", seen.low);
    CHECK_NEAR(seen.ess, 144.0 / 50, 1e-13);
    for (int i = 0; i < 4; i++) w[i] = 5000 + w[i] / 10;
    CHECK_OK(temper_weigh(w, 4, -1, &seen));
    double other = seen.log_z;
    CHECK(seen.low < other && other < seen.high && other < -5000, "%g in %g … %g", other, seen.low,
          seen.high);
    w[2] = NAN;
    CHECK_FAILS(temper_weigh(w, 4, 1, &seen), TEMPER_DIVERGED, "run 2");
}

/* Every method on every machine: within 4.5 errors (and the bias of ln of a mean), and 0.05 nat. */
static void methods(void) {
    static const temper_evidence_method method[] = {TEMPER_EVIDENCE_AIS, TEMPER_EVIDENCE_REVERSE,
                                                    TEMPER_EVIDENCE_BRIDGE, TEMPER_EVIDENCE_MBAR,
                                                    TEMPER_EVIDENCE_INTEGRATION};
    for (int k = 0; k < KINDS; k++) {
        temper_machine *machine = rig_machine(kinds + k, 100 + (uint64_t)k);
        temper_rows_view rows;
        if (!machine) {
            printf("  %s is not there: %s\n", kinds[k].name, temper_message());
            continue;
        }
        CHECK_OK(rig_rows(machine, ROWS, 200, 5, X, &rows));
        double truth = rig_exact(machine);
        for (int m = 0; m < 5; m++)
            for (int based = 0; based < 2; based++) {
                temper_evidence_plan plan = {.betas = 1500,
                                             .runs = 128,
                                             .burn = 100,
                                             .sweeps = 60,
                                             .stream = {9, 0},
                                             .rows = based ? &rows : NULL};
                temper_evidence seen = {.log_z = NAN};
                CHECK_OK(temper_evidence_log_z(machine, method[m], &plan, &seen));
                double miss = seen.log_z - truth;
                CHECK(fabs(miss) < 4.5 * seen.error + 1e-9 && fabs(miss) < (based ? 0.05 : 0.1) &&
                          seen.error < 0.03 && seen.error >= 0,
                      "%s by %s (%s): %g ± %g, off by %g", kinds[k].name, temper_evidence_name(method[m]),
                      based ? "from rows" : "from nothing", seen.log_z, seen.error, miss);
                CHECK(seen.low <= seen.log_z && seen.log_z <= seen.high && seen.ess > 50,
                      "interval %g … %g, ess %g", seen.low, seen.high, seen.ess);
            }
        temper_machine_free(machine);
    }
}

/* On short paths: ln Z from below and from above, on average over seeds. */
static void brackets(void) {
    static const rig_kind hard = {"hard", "rbm:hidden=6", 8, 0, 2};
    enum { SEEDS = 60 };
    temper_machine *machine = rig_machine(&hard, 3);
    CHECK(machine != NULL, "%s", temper_message());
    if (!machine) return;
    double truth = rig_exact(machine), mean[2] = {0}, square[2] = {0};
    for (int seed = 0; seed < SEEDS; seed++)
        for (int way = 0; way < 2; way++) {
            temper_evidence_plan plan = {.betas = 6, .runs = 4, .burn = 200, .stream = {(uint64_t)seed, 0}};
            temper_evidence seen = {0};
            CHECK_OK(temper_evidence_log_z(machine, way ? TEMPER_EVIDENCE_REVERSE : TEMPER_EVIDENCE_AIS,
                                           &plan, &seen));
            mean[way] += (seen.log_z - truth) / SEEDS;
            square[way] += pow(seen.log_z - truth, 2) / SEEDS;
        }
    for (int way = 0; way < 2; way++) {
        double error = sqrt((square[way] - mean[way] * mean[way]) / SEEDS);
        CHECK(way ? mean[way] > 2 * error : mean[way] < -2 * error, "%s: %g ± %g",
              way ? "reverse" : "forward", mean[way], error);
    }
    temper_machine_free(machine);
}

/* Chance and threads: equal bits on 1 and 3 threads, other bits from another seed; stop and tell. */
static int64_t told;
static void hear(void *context, int64_t done, int64_t total) {
    told = done;
    if (done == 7) *(volatile int *)context = 1;
    (void)total;
}
static void steady(void) {
    temper_machine *machine = rig_machine(kinds, 3);
    if (!machine) SKIP("%s", temper_message());
    for (int m = TEMPER_EVIDENCE_AIS; m <= TEMPER_EVIDENCE_INTEGRATION; m++) {
        temper_evidence_plan plan = {.betas = 30, .runs = 40, .burn = 10, .sweeps = 10, .stream = {4, 8}};
        temper_evidence one, three, other;
        temper_threads(1);
        CHECK_OK(temper_evidence_log_z(machine, (temper_evidence_method)m, &plan, &one));
        temper_threads(3);
        CHECK_OK(temper_evidence_log_z(machine, (temper_evidence_method)m, &plan, &three));
        temper_threads(1);
        plan.stream.seed = 5;
        CHECK_OK(temper_evidence_log_z(machine, (temper_evidence_method)m, &plan, &other));
        CHECK(!memcmp(&one, &three, sizeof one), "%s depends on threads", temper_evidence_name(m));
        CHECK(one.log_z != other.log_z, "%s doesn't depend on the seed", temper_evidence_name(m));
        volatile int stop = 0;
        plan.stop = &stop;
        plan.tell = hear;
        plan.context = (void *)&stop;
        CHECK_FAILS(temper_evidence_log_z(machine, (temper_evidence_method)m, &plan, &one), TEMPER_STOPPED,
                    "7 of");
        CHECK(told == 7, "told %d", (int)told);
    }
    temper_evidence seen;
    CHECK_FAILS(
        temper_evidence_log_z(machine, TEMPER_EVIDENCE_AIS, &(temper_evidence_plan){.runs = 1}, &seen),
        TEMPER_BAD_OPTION, "runs=1");
    CHECK_FAILS(
        temper_evidence_log_z(machine, TEMPER_EVIDENCE_AIS, &(temper_evidence_plan){.betas = -2}, &seen),
        TEMPER_BAD_OPTION, "betas=-2");
    temper_machine_free(machine);
}

/* The whole distribution as weighted rows: Σ p ln p = −S, and mean likelihood + entropy = 0; with a bound where there must be one. */
static void likelihoods(void) {
    static float all[64 * 6];
    static double score[64], weight[64];
    for (int k = 0; k < KINDS; k++) {
        temper_machine *machine = rig_machine(kinds + k, 100 + (uint64_t)k);
        if (!machine || machine->type->visible(machine->self) != TEMPER_BINARY) {
            temper_machine_free(machine);
            continue;
        }
        for (int i = 0; i < 64 * 6; i++) all[i] = (float)(i / 6 >> i % 6 & 1);
        temper_rows_view rows = {64, 6, all, NULL};
        temper_evidence truth = {.log_z = rig_exact(machine)};
        temper_evidence_plan plan = {.betas = 600, .runs = 48, .stream = {2, 0}};
        temper_likelihood seen = {0};
        CHECK_OK(temper_evidence_likelihood(machine, &truth, &rows, &plan, &seen));
        CHECK(seen.bound == (!machine->type->marginal && !machine->type->score), "bound");
        double total = 0;
        for (int i = 0; i < 64; i++) { /* row by row */
            temper_rows_view row = {1, 6, all + 6 * i, NULL};
            temper_likelihood one = {0};
            plan.stream.seed =
                (uint64_t)i; /* a row alone is always the first of its flock: other chains for each */
            CHECK_OK(temper_evidence_likelihood(machine, &truth, &row, &plan, &one));
            score[i] = one.mean;
            total += weight[i] = exp(one.mean);
        }
        CHECK_NEAR(total, 1, seen.bound ? 0.02 : 1e-9);
        rows.weight = weight;
        CHECK_OK(temper_evidence_likelihood(machine, &truth, &rows, &plan, &seen));
        double S = 0;
        for (int i = 0; i < 64; i++) S -= weight[i] * score[i] / total;
        CHECK_NEAR(seen.mean, -S, seen.bound ? 0.05 : 1e-9);
        truth.error = 0.5;
        temper_likelihood wide;
        CHECK_OK(temper_evidence_likelihood(machine, &truth, &rows, &plan, &wide));
        CHECK_NEAR(wide.error, sqrt(0.25 + seen.error * seen.error), 1e-9);
        CHECK_NEAR(wide.high - wide.low, 2 * 1.959963984540054 * wide.error, 1e-12);
        truth.error = 0;
        temper_model_entropy exact = {0}, chains = {0};
        CHECK_OK(temper_evidence_entropy(machine, &truth, &plan, &exact));
        if (machine->type->marginal) CHECK_NEAR(exact.entropy, S, 1e-9);
        truth.error = 1e-12; /* not exact: from chains */
        plan.runs = 200;
        plan.burn = 50;
        CHECK_OK(temper_evidence_entropy(machine, &truth, &plan, &chains));
        CHECK(chains.error < 0.02 && chains.tau >= 0.5, "error %g tau %g", chains.error, chains.tau);
        if (!seen.bound || kinds[k].text[0] == 'b') /* else the two keep different units */
            CHECK_NEAR(chains.entropy, exact.entropy, 4.5 * chains.error);
        temper_machine_free(machine);
    }
}

/* Three Gaussian states x²/2s_k², ln Z = ln s_k + …: truth, and its error over seeds. */
static void states(void) {
    enum { K = 3, N = 400, SEEDS = 60 };
    static double q[K * N * K];
    static const double s[K] = {1, 1.7, 2.6};
    int64_t n[K] = {N, N / 2, N};
    double mean = 0, square = 0, told_square = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
        double log_z[K], error[K];
        int64_t i = 0;
        for (int k = 0; k < K; k++)
            for (int64_t t = 0; t < n[k]; t++, i++) {
                double x = s[k] * temper_normal((temper_stream){(uint64_t)seed, 3}, TEMPER_FOR_TESTS, k, t);
                for (int l = 0; l < K; l++) q[i * K + l] = -0.5 * x * x / (s[l] * s[l]) + 1000 * l;
            }
        CHECK_OK(temper_states_solve(&(temper_states){K, n, NULL, q}, log_z, error));
        double miss = log_z[2] - 2000 - log(2.6);
        mean += miss / SEEDS;
        square += miss * miss / SEEDS;
        told_square += error[2] * error[2] / SEEDS;
    }
    CHECK_NEAR(mean, 0, 4.5 * sqrt(square / SEEDS));
    CHECK_NEAR(square / told_square, 1, 4.5 * sqrt(2.0 / SEEDS));
    q[4] = NAN;
    double log_z[K], error[K];
    CHECK_FAILS(temper_states_solve(&(temper_states){K, n, NULL, q}, log_z, error), TEMPER_BAD_DATA,
                "sample 1 in state 1");
}

/* The landscape of independent units: F is that of the product, and data drawn from the machine overlap with its samples. */
static void landscape(void) {
    enum { GRID = 8, N = 2000 };
    static float rows_of[N * 6];
    temper_machine *machine = rig_machine(kinds, 100);
    temper_rows_view rows;
    if (!machine) SKIP("%s", temper_message());
    CHECK_OK(rig_rows(machine, N, 100, 6, rows_of, &rows));
    temper_evidence_plan plan = {.runs = 400, .burn = 50, .sweeps = 200, .stream = {1, 0}, .rows = &rows};
    temper_sample_landscape *l;
    CHECK_OK(temper_evidence_landscape(machine, GRID, &plan, &l));
    double total = 0, data = 0, chi = 0;
    int cells = 0;
    for (int c = 0; l && c < GRID * GRID; c++) {
        double p = exp(-l->free_energy[c]), spread = l->error[c] * p;
        total += p;
        data += l->data[c];
        if (l->data[c] * N < 20) continue;
        cells++;
        chi += pow(p - l->data[c], 2) / (l->data[c] / N + spread * spread);
    }
    if (l) {
        CHECK_NEAR(data, 1, 1e-12);
        CHECK_NEAR(total + l->outside, 1, 1e-12);
        CHECK(l->overlap > 0.93 && l->overlap <= 1 + 1e-12, "overlap %g", l->overlap);
        CHECK(chi < cells + 4.5 * sqrt(2.0 * cells), "χ² %g of %d cells", chi, cells);
        CHECK(l->variance[0] >= l->variance[1], "order of components");
    }
    temper_sample_landscape_free(l);
    CHECK_FAILS(temper_evidence_landscape(machine, 1, &plan, &l), TEMPER_BAD_OPTION, "grid=1");
    temper_machine_free(machine);
}

/* The phase by way of a machine: the same physics in 0/1 and ±1 units is the same phase. */
static void phase_at(double size) {
    static const rig_kind kind[] = {{"", "rbm:hidden=20", 30, 0, 0},
                                    {"", "rbm:hidden=20,visible=spin,hidden_units=spin", 30, 0, 0}};
    for (int k = 0; k < 2; k++) {
        temper_machine *m = rig_machine(kind + k, 1);
        temper_machine_array W, b, c;
        temper_spectrum seen;
        if (!m) SKIP("%s", temper_message());
        CHECK(temper_machine_find(m, "W", &W) && temper_machine_find(m, "b", &b) &&
                  temper_machine_find(m, "c", &c),
              "arrays");
        for (int i = 0; i < 30; i++)
            for (int j = 0; j < 20; j++) {
                double J = size / sqrt(600) * (i % 3 ? 1 : -1) * (j % 3 ? 1 : -1);
                m->theta[W.offset + i * 20 + j] = (float)(k ? J : 4 * J);
                if (k) continue; /* fields of the 0/1 machine that leave the spins without */
                m->theta[b.offset + i] -= (float)(2 * J);
                m->theta[c.offset + j] -= (float)(2 * J);
            }
        CHECK_OK(temper_machine_refresh(m));
        CHECK_OK(temper_evidence_spectrum(m, &seen));
        CHECK(seen.phase == (size > 1 ? TEMPER_FERROMAGNET : TEMPER_PARAMAGNET) && seen.signals == 1,
              "%s, %d modes", temper_phase_name(seen.phase), (int)seen.signals);
        CHECK_NEAR(seen.w[0], k ? size : 4 * size, 1e-5);
        CHECK_NEAR(seen.participation[0], 30, 1e-3);
        if (size < 1)
            CHECK_NEAR(seen.strength, size, 1e-4); /* above, rounded fields already choose a state */
        temper_machine_free(m);
    }
}
static void phase(void) {
    phase_at(1.8);
    phase_at(0.7);
}

static void memory(void) {
    temper_machine *machine = rig_machine(kinds, 100);
    temper_rows_view rows;
    if (!machine) SKIP("%s", temper_message());
    CHECK_OK(rig_rows(machine, ROWS, 10, 5, X, &rows));
    temper_evidence_plan plan = {.betas = 3, .runs = 4, .burn = 2, .sweeps = 4, .rows = &rows, .rungs = 3};
    for (int what = TEMPER_EVIDENCE_AIS; what <= TEMPER_EVIDENCE_INTEGRATION + 3; what++)
        for (int k = 1;; k++) {
            int64_t live = temper_alloc_live();
            temper_evidence seen = {.error = 1};
            temper_likelihood l;
            temper_model_entropy e;
            temper_sample_landscape *map = NULL;
            temper_alloc_fail_at(k);
            temper_status status =
                what <= TEMPER_EVIDENCE_INTEGRATION
                    ? temper_evidence_log_z(machine, (temper_evidence_method)what, &plan, &seen)
                : what == TEMPER_EVIDENCE_INTEGRATION + 1
                    ? temper_evidence_likelihood(machine, &seen, &rows, &plan, &l)
                : what == TEMPER_EVIDENCE_INTEGRATION + 2
                    ? temper_evidence_entropy(machine, &seen, &plan, &e)
                    : temper_evidence_landscape(machine, 4, &plan, &map);
            temper_alloc_fail_at(0);
            temper_sample_landscape_free(map);
            CHECK(temper_alloc_live() == live, "%d: %d blocks leak at k=%d", what,
                  (int)(temper_alloc_live() - live), k);
            CHECK(status == TEMPER_OK || status == TEMPER_NO_MEMORY, "%d: status %d: %s", what, status,
                  temper_message());
            if (status == TEMPER_OK || k > 60) break;
        }
    temper_machine_free(machine);
}

int main(void) {
    temper_threads(1); /* machines this small only wait for each other; `steady` takes three */
    RUN(places);
    RUN(bases);
    RUN(weighs);
    RUN(methods);
    RUN(brackets);
    RUN(steady);
    RUN(likelihoods);
    RUN(states);
    RUN(landscape);
    RUN(phase);
    RUN(memory);
    return check_end();
}
