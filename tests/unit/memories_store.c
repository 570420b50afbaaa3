/* Rules that store and one call that retrieves: couplings against the system hopfield, which has its own code for them, energies that never rise,
 * bits, failures. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "core/recall.h"
#include "temper/temper.h"

static const temper_stream seven = {7, 0};

/* −E of a hopfield straight from its J and h. */
static double naive(const temper_machine *m, const double *s) {
    int64_t n = m->io.columns;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)m->theta[n * n + i] * s[i];
        for (int64_t j = 0; j < n; j++)
            if (i != j) sum += 0.5 * (double)m->theta[i * n + j] * s[i] * s[j];
    }
    return sum;
}

static temper_memory *stored(const char *rule, int64_t n, int64_t P, uint64_t seed) {
    temper_memory *memory = NULL;
    float *X = malloc((size_t)(n * P) * sizeof *X);
    temper_recall_rows((temper_stream){seed, 0}, n, P, X);
    temper_rows_view rows = {P, n, X, NULL};
    CHECK_OK(temper_memory_store(&memory, &rows, rule));
    free(X);
    return memory;
}

/* A million flips at T = 0, many random starts in one network: no chain's energy ever rises from a sweep to the next, and energies from fields
 * that followed the flips are those of J to 1e-10 (N = 64: J in 64ths is packed exactly). */
static void a_million_flips_never_raise_the_energy(void) {
    enum { n = 64, P = 9, CHAINS = 30000 };
    temper_memory *memory = stored("hebb", n, P, 3);
    temper_flock *flock;
    double *now = malloc(2 * CHAINS * sizeof *now), *then = now + CHAINS, s[n];
    int8_t *state = malloc((size_t)CHAINS * n);
    int64_t flips = 0, rises = 0, moved = 1;
    temper_place at = {1, NULL};
    CHECK_OK(temper_flock_create(&flock, memory->machine, CHAINS, seven));
    flock->place.beta = INFINITY;
    temper_flock_log_weight(flock, &at, now);
    while (moved) {
        memcpy(state, flock->state, (size_t)CHAINS * n);
        temper_flock_sweep(flock, 1);
        temper_flock_log_weight(flock, &at, then);
        moved = 0;
        for (int64_t k = 0; k < CHAINS * n; k++) moved += state[k] != ((int8_t *)flock->state)[k];
        for (int64_t c = 0; c < CHAINS; c++) rises += then[c] < now[c];
        memcpy(now, then, CHAINS * sizeof *now);
        flips += moved;
    }
    CHECK(flips >= 900000, "%lld flips", (long long)flips);
    CHECK(rises == 0, "%lld rises", (long long)rises);
    for (int64_t c = 0; c < CHAINS; c += 100) {
        for (int i = 0; i < n; i++) s[i] = ((int8_t *)flock->state)[c * n + i];
        CHECK_NEAR(now[c], naive(memory->machine, s), 1e-10);
    }
    temper_flock_wake(flock);
    temper_flock_log_weight(flock, &at, then);
    CHECK(!memcmp(now, then, CHAINS * sizeof *now), "fields computed afresh differ");
    temper_flock_free(flock);
    temper_memory_free(memory);
    free(now);
    free(state);
}

/* The system hopfield draws the same patterns from the same seed, and has other code for the energies. */
static void machines_and_systems_have_the_same_energies(void) {
    static const char *const rules[][2] = {{"hebb", "hebb"},
                                           {"pseudo_inverse", "pseudo_inverse"},
                                           {"storkey", "storkey"},
                                           {"polynomial:degree=3", "polynomial,degree=3"},
                                           {"exponential", "exponential"}};
    enum { n = 40, P = 8 };
    for (int r = 0; r < 5; r++) {
        char text[96];
        temper_system *system;
        temper_memory *memory = stored(rules[r][0], n, P, 11);
        temper_flock *flock;
        snprintf(text, sizeof text, "hopfield:n=%d,patterns=%d,seed=11,rule=%s", n, P, rules[r][1]);
        CHECK_OK(temper_system_create(&system, text));
        CHECK_OK(temper_flock_create(&flock, memory->machine, 50, seven));
        temper_place at = {1, NULL};
        double out[50];
        float row[n];
        int8_t s[n];
        temper_flock_log_weight(flock, &at, out);
        for (int k = 0; k < 50; k++) {
            temper_flock_read(flock, k, row);
            for (int i = 0; i < n; i++) s[i] = (int8_t)row[i];
            CHECK_NEAR(-out[k], temper_system_energy(system, s), 2e-5);
        }
        temper_flock_free(flock);
        temper_memory_free(memory);
        temper_system_free(system);
    }
}

/* −E of F = z² is Hebb's plus P/2 in every state, and T = 0 goes the same way: 2 Σ_μ ξ M′ of the others against Σ_j J_ij s_j. */
static void a_quadratic_memory_is_the_binary_network(void) {
    enum { n = 32, P = 5, CHAINS = 200 };
    temper_memory *hebb = stored("hebb", n, P, 5), *square = stored("polynomial:degree=2", n, P, 5);
    temper_flock *a, *b;
    double x[CHAINS], y[CHAINS];
    float u[n], v[n];
    temper_place at = {1, NULL};
    CHECK_OK(temper_flock_create(&a, hebb->machine, CHAINS, seven));
    CHECK_OK(temper_flock_create(&b, square->machine, CHAINS, seven));
    for (int sweep = 0; sweep < 5; sweep++) {
        temper_flock_log_weight(a, &at, x);
        temper_flock_log_weight(b, &at, y);
        for (int64_t c = 0; c < CHAINS; c++) {
            temper_flock_read(a, c, u);
            temper_flock_read(b, c, v);
            CHECK(!memcmp(u, v, sizeof u), "chain %lld differs after %d sweeps", (long long)c, sweep);
            CHECK_NEAR(y[c] - x[c], P / 2.0, 1e-10);
        }
        a->place.beta = b->place.beta = INFINITY;
        temper_flock_sweep(a, 1);
        temper_flock_sweep(b, 1);
    }
    temper_flock_free(a);
    temper_flock_free(b);
    temper_memory_free(hebb);
    temper_memory_free(square);
}

static void couplings_are_those_of_the_rules(void) {
    enum { n = 16, P = 3 };
    float X[P * n];
    temper_recall_rows((temper_stream){2, 0}, n, P, X);
    temper_memory *m = stored("hebb", n, P, 2);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double J = 0;
            for (int mu = 0; mu < P && i != j; mu++) J += (double)(X[mu * n + i] * X[mu * n + j]) / n;
            CHECK_NEAR((double)m->machine->theta[i * n + j], J, 0);
        }
    temper_memory_free(m);
    m = stored("pseudo_inverse", n, P, 2); /* a projector: J ξ = ξ with the diagonal */
    for (int mu = 0; mu < P; mu++)
        for (int i = 0; i < n; i++) {
            double field = 0;
            for (int j = 0; j < n; j++) field += (double)m->machine->theta[i * n + j] * (double)X[mu * n + j];
            CHECK_NEAR(field, (double)X[mu * n + i], 1e-6);
        }
    temper_memory_free(m);
}

/* Integers without a matrix and the machine with one: equal sweeps, ties included. */
static void the_two_ways_of_hebb_agree(void) {
    enum { n = 64, P = 12 };
    temper_memory *memory = stored("hebb", n, P, 9);
    temper_recall_net net = {0};
    CHECK_OK(temper_recall_build(&net, n, P));
    temper_recall_draw(&net, (temper_stream){9, 0});
    for (int k = 0; k < P; k++) {
        float cue[n], out[n];
        int8_t s[n];
        temper_recall recall;
        bool settled;
        temper_memory_corrupt(memory->rows + k * n, n, 0.25, seven, k, cue);
        int wrong = 0;
        for (int i = 0; i < n; i++) {
            s[i] = (int8_t)cue[i];
            wrong += cue[i] != memory->rows[k * n + i];
        }
        CHECK(wrong == 16, "%d of 64 bits flipped, want 16", wrong);
        CHECK_OK(temper_memory_retrieve(memory, cue, NULL, out, &recall));
        int64_t sweeps = temper_recall_relax(&net, s, 100, &settled);
        CHECK(settled && recall.settled && sweeps == recall.sweeps, "%lld and %lld sweeps", (long long)sweeps,
              (long long)recall.sweeps);
        for (int i = 0; i < n; i++) CHECK(out[i] == s[i], "row %d, unit %d", k, i);
    }
    temper_recall_clear(&net);
    temper_memory_free(memory);
}

static void bits_do_not_depend_on_threads_level_or_company(void) {
    static const char *const rules[] = {"hebb", "polynomial:degree=3", "exponential",
                                        "continuous:sharpness=2"};
    enum { n = 50, P = 7, CHAINS = 12 };
    for (int r = 0; r < 4; r++)
        for (int way = 0; way < 3; way++) {
            static char first[CHAINS * 64 * 8];
            temper_memory *memory = stored(rules[r], n, P, 5);
            temper_flock *flock;
            if (way == 1) temper_threads(1), temper_cpu_cap("ref");
            CHECK_OK(temper_flock_create(&flock, memory->machine, way == 2 ? CHAINS / 2 : CHAINS, seven));
            flock->place.beta = 0.9;
            temper_flock_sweep(flock, 2);
            if (way == 1) temper_flock_wake(flock);
            temper_flock_sweep(flock, 3);
            if (way == 0) memcpy(first, flock->state, flock->bytes);
            CHECK(!memcmp(first, flock->state, flock->bytes), "%s differs, way %d", rules[r], way);
            temper_threads(0), temper_cpu_cap("auto");
            temper_flock_free(flock);
            temper_memory_free(memory);
        }
}

static void failures_say_what_is_wrong(void) {
    temper_memory *memory;
    temper_machine *machine;
    float X[8] = {1, 1, -1, 1, 1, 1, -1, 1}, bad[8] = {1, 1, 0.5f, 1, 1, 1, 1, 1};
    temper_rows_view rows = {2, 4, X, NULL}, wrong = {2, 4, bad, NULL};
    temper_machine_io io = {.columns = 1};
    temper_memory_score score;
    int64_t P;
    CHECK_FAILS(temper_memory_store(&memory, &rows, "pseudo_inverse"), TEMPER_BAD_DATA, "independent");
    CHECK_FAILS(temper_memory_store(&memory, &wrong, "hebb"), TEMPER_BAD_DATA, "row 0, column 2 is 0.5");
    CHECK_FAILS(temper_memory_store(&memory, &rows, "hebbian"), TEMPER_BAD_OPTION, "legal: hebb");
    CHECK_FAILS(temper_memory_store(&memory, &rows, "polynomial:degree=1"), TEMPER_BAD_OPTION, "degree");
    CHECK_FAILS(temper_machine_create(&machine, "hopfield", &io), TEMPER_BAD_OPTION, "columns");
    CHECK_FAILS(temper_machine_create(&machine, "memory", &io), TEMPER_BAD_OPTION, "patterns");
    CHECK_FAILS(temper_memory_test(&(temper_memory_plan){.n = 1}, 1, &score), TEMPER_BAD_OPTION, "n=1");
    CHECK_FAILS(temper_memory_test(&(temper_memory_plan){.n = 9, .flipped = 2}, 1, &score), TEMPER_BAD_OPTION,
                "flipped");
    CHECK_FAILS(temper_memory_limit(&(temper_memory_plan){.n = 9, .flipped = 0.5}, 0.9, &P), TEMPER_CANNOT,
                "not even");
}

static void every_failed_allocation_is_survived(void) {
    static const char *const rules[] = {"hebb",       "storkey",     "pseudo_inverse",
                                        "perceptron", "exponential", "continuous"};
    float X[36], out[12];
    temper_recall_rows(seven, 12, 3, X);
    temper_rows_view rows = {3, 12, X, NULL};
    int64_t live = temper_alloc_live();
    for (int r = 0; r < 6; r++) {
        temper_status bad = TEMPER_NO_MEMORY;
        for (int64_t k = 1; bad; k++) {
            temper_memory *memory = NULL;
            temper_recall recall;
            temper_alloc_fail_at(k);
            bad = temper_memory_store(&memory, &rows, rules[r]);
            if (!bad) bad = temper_memory_retrieve(memory, X, NULL, out, &recall);
            temper_alloc_fail_at(0);
            CHECK(!bad || bad == TEMPER_NO_MEMORY, "%s, allocation %lld: %s", rules[r], (long long)k,
                  temper_message());
            temper_memory_free(memory);
            if (k > 200) break;
        }
        CHECK(temper_alloc_live() == live, "%s leaks", rules[r]);
    }
    temper_threads(1);
    for (int r = 0; r < 2; r++) {
        temper_status bad = TEMPER_NO_MEMORY;
        for (int64_t k = 1; bad && k < 300; k++) {
            temper_memory_score score;
            temper_memory_plan plan = {.n = 12, .trials = 2, .rule = r ? "exponential" : NULL};
            temper_alloc_fail_at(k);
            bad = temper_memory_test(&plan, 2, &score);
            temper_alloc_fail_at(0);
            CHECK(!bad || bad == TEMPER_NO_MEMORY, "allocation %lld: %s", (long long)k, temper_message());
        }
        CHECK(!bad && temper_alloc_live() == live, "a trial leaks");
    }
    temper_threads(0);
}

int main(void) {
    RUN(a_million_flips_never_raise_the_energy);
    RUN(machines_and_systems_have_the_same_energies);
    RUN(a_quadratic_memory_is_the_binary_network);
    RUN(couplings_are_those_of_the_rules);
    RUN(the_two_ways_of_hebb_agree);
    RUN(bits_do_not_depend_on_threads_level_or_company);
    RUN(failures_say_what_is_wrong);
    RUN(every_failed_allocation_is_survived);
    return check_end();
}
