/* plm: exact moments give the model back, categories of two states agree with spins, both units of a pair are asked, contacts come out of
 * samples, and columns that never change do no harm. */
#include <stdlib.h>
#include "check.h"
#include "core/potts.h"
#include "temper/learn.h"
#include "temper/parallel.h"
#include "temper/couplings.h"

static temper_machine *make(const char *text, int64_t V, int64_t q) {
    const temper_machine_io io = {.columns = V, .states = q};
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &io));
    return m;
}

static temper_status teach(temper_machine *m, const char *method, const temper_rows_view *rows) {
    temper_method *how;
    temper_lesson *lesson;
    CHECK_OK(temper_method_create(&how, method));
    const temper_lesson_plan plan = {.rows = *rows, .batch = 1};
    temper_status bad = temper_lesson_create(&lesson, m, how, &plan);
    if (!bad) bad = temper_lesson_learn(lesson, 1);
    temper_lesson_free(lesson);
    temper_method_free(how);
    return bad;
}

/* All q^V rows, weighted as the machine weighs them. */
static temper_rows_view boltzmann_rows(const temper_machine *m, float *X, double *w) {
    const int64_t V = m->io.columns, q = m->io.states;
    int64_t n = 1;
    for (int64_t i = 0; i < V; i++) n *= q;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0, rest = k; i < V; i++, rest /= q) X[k * V + i] = (float)(rest % q);
    const temper_rows_view rows = {n, V, X, w};
    CHECK_OK(temper_machine_score(m, &rows, w));
    for (int64_t k = 0; k < n; k++) w[k] = exp(w[k]);
    return rows;
}

static void exact(void) {
    static const int64_t sizes[][2] = {{4, 3}, {2, 5}, {5, 2}, {3, 4}};
    static float X[81 * 8];
    static double w[81];
    for (int s = 0; s < 4; s++) {
        temper_machine *truth = make("maxent", sizes[s][0], sizes[s][1]),
                       *m = make("maxent", sizes[s][0], sizes[s][1]);
        for (int64_t p = 0; p < truth->parameters; p++)
            truth->theta[p] = (float)(0.6 * temper_normal((temper_stream){1, 0}, TEMPER_FOR_TESTS, s, p));
        CHECK_OK(temper_machine_gauge(truth));
        const temper_rows_view rows = boltzmann_rows(truth, X, w);
        CHECK_OK(teach(m, "plm:l2=0,steps=2000", &rows));
        for (int64_t p = 0; p < m->parameters; p++)
            CHECK_NEAR((double)m->theta[p], (double)truth->theta[p], 2e-6);
        temper_machine_free(truth);
        temper_machine_free(m);
    }
}

enum { ROWS = 400, COLUMNS = 5 };
static float sample[ROWS * COLUMNS];

/* Rows whose columns lean on the ones before. */
static temper_rows_view some_rows(int64_t q) {
    const temper_stream of = {2, 0};
    for (int64_t r = 0; r < ROWS; r++)
        for (int64_t i = 0; i < COLUMNS; i++) {
            const bool follow = i > 0 && temper_uniform(of, TEMPER_FOR_TESTS, 0, r * COLUMNS + i) < 0.4;
            sample[r * COLUMNS + i] =
                follow
                    ? sample[r * COLUMNS + i - 1]
                    : (float)temper_below(temper_word(of, TEMPER_FOR_TESTS, 1, r * COLUMNS + i), (uint32_t)q);
        }
    return (temper_rows_view){ROWS, COLUMNS, sample, NULL};
}

/* q = 2: J(a, b) = J s_a s_b and h(a) = h s_a, from Newton's method and from L-BFGS. */
static void two_states(void) {
    static float spins[ROWS * COLUMNS];
    const temper_rows_view rows = some_rows(2), turned = {ROWS, COLUMNS, spins, NULL};
    temper_machine *potts = make("maxent", COLUMNS, 2), *ising = make("maxent:units=spin", COLUMNS, 0);
    for (int k = 0; k < ROWS * COLUMNS; k++) spins[k] = 2 * sample[k] - 1;
    CHECK_OK(teach(potts, "plm:l2=0,steps=2000", &rows));
    CHECK_OK(teach(ising, "plm:l2=0", &turned));
    for (int64_t k = 0; k < 10; k++)
        for (int s = 0; s < 4; s++)
            CHECK_NEAR((double)potts->theta[4 * k + s], (s == 0 || s == 3 ? 1 : -1) * (double)ising->theta[k],
                       2e-6);
    for (int64_t i = 0; i < COLUMNS; i++)
        CHECK_NEAR((double)potts->theta[40 + 2 * i + 1], (double)ising->theta[10 + i], 2e-6);
    temper_machine_free(potts);
    temper_machine_free(ising);
}

/* Columns in reverse: the same couplings in reverse. Of a sample the units of a pair have different opinions. */
static void both_asked(void) {
    for (int64_t q = 0; q <= 3; q += 3) {
        static float reverse[ROWS * COLUMNS];
        const temper_rows_view rows = some_rows(q ? q : 2), back = {ROWS, COLUMNS, reverse, NULL};
        const int64_t cells = q ? q * q : 1;
        temper_machine *m = make("maxent", COLUMNS, q), *n = make("maxent", COLUMNS, q);
        for (int64_t r = 0; r < ROWS; r++)
            for (int64_t i = 0; i < COLUMNS; i++)
                reverse[r * COLUMNS + i] = sample[r * COLUMNS + COLUMNS - 1 - i];
        CHECK_OK(teach(m, "plm:l2=0.003,steps=2000", &rows));
        CHECK_OK(teach(n, "plm:l2=0.003,steps=2000", &back));
        for (int64_t i = 0; i < COLUMNS; i++)
            for (int64_t j = i + 1; j < COLUMNS; j++) {
                const int64_t here = temper_pair_number(COLUMNS, i, j) * cells,
                              there = temper_pair_number(COLUMNS, COLUMNS - 1 - j, COLUMNS - 1 - i) * cells;
                for (int64_t s = 0; s < cells; s++)
                    CHECK_NEAR((double)m->theta[here + s],
                               (double)n->theta[there + (q ? s % q * q + s / q : 0)], 4e-6);
            }
        temper_machine_free(m);
        temper_machine_free(n);
    }
}

/* Column 2 repeats column 1. By symmetry h = 0 and J(a, b) = g (δ_ab − 1/3), so p(a | a) = e^g/(e^g + 2); the slope by J(a, a), (1 − p)/3, is
 * that of the penalty, l2 g (1 − 1/3). */
static void penalty(void) {
    enum { Q = 3 };
    const float rows[2 * Q] = {0, 0, 1, 1, 2, 2};
    const temper_rows_view view = {Q, 2, rows, NULL};
    const double l2 = 0.05;
    temper_machine *m = make("maxent", 2, Q);
    CHECK_OK(teach(m, "plm:l2=0.05,steps=2000", &view));
    const double g = 1.5 * (double)m->theta[0], p = exp(g) / (exp(g) + 2);
    CHECK_NEAR((1 - p) / 3, l2 * g * 2 / 3, 1e-6);
    for (int s = 0; s < Q * Q; s++) CHECK_NEAR((double)m->theta[s], g * ((s % (Q + 1) == 0) - 1.0 / Q), 1e-6);
    temper_machine_free(m);
}

enum { L = 14, STATES = 4, M = 3000 };

static void planted(void) {
    static float rows[M * L], kept[L * L * STATES * STATES];
    static double weight[M], contact[L * L];
    const temper_stream of = {9, 0};
    temper_machine *truth = make("maxent", L, STATES), *m = make("maxent", L, STATES);
    temper_flock *flock;
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = i + 1; j < L; j++)
            for (int64_t s = 0; s < STATES * STATES && (j == i + 1 || j == i + 5); s++) {
                const int64_t at = temper_pair_number(L, i, j) * STATES * STATES + s;
                truth->theta[at] = (float)(0.5 * temper_normal(of, TEMPER_FOR_DISORDER, 0, at));
            }
    CHECK_OK(temper_machine_gauge(truth));
    CHECK_OK(temper_flock_create(&flock, truth, M, (temper_stream){1, 0}));
    temper_flock_sweep(flock, 100);
    for (int64_t r = 0; r < M; r++) temper_flock_read(flock, r, rows + r * L), weight[r] = 1;
    temper_flock_free(flock);
    const temper_rows_view view = {M, L, rows, weight};
    for (int threads = 1; threads <= 3; threads += 2) {
        temper_threads(threads);
        CHECK_OK(teach(m, "plm:l2=0.003", &view));
        if (threads == 1) memcpy(kept, m->theta, (size_t)m->parameters * sizeof *kept);
        CHECK(!memcmp(kept, m->theta, (size_t)m->parameters * sizeof *kept), "threads");
    }
    temper_threads(0);
    double ab = 0, aa = 0, bb = 0, weakest = 1e9, strongest = -1e9;
    for (int64_t p = 0; p < L * (L - 1) / 2 * STATES * STATES; p++) {
        const double a = (double)truth->theta[p], b = (double)m->theta[p];
        ab += a * b, aa += a * a, bb += b * b;
    }
    CHECK(ab / sqrt(aa * bb) > 0.9, "overlap %g", ab / sqrt(aa * bb));
    CHECK_OK(temper_contacts(m, -1, contact));
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = i + 1; j < L; j++)
            if (j == i + 1 || j == i + 5)
                weakest = fmin(weakest, contact[i * L + j]);
            else
                strongest = fmax(strongest, contact[i * L + j]);
    CHECK(weakest > strongest, "contacts: planted ≥ %g, others ≤ %g", weakest, strongest);
    if (getenv("SHOW"))
        printf("overlap %g size %g contacts %g %g\n", ab / sqrt(aa * bb), sqrt(bb / aa), weakest, strongest);
    /* rows of weight 0 are no rows */
    for (int64_t r = 0; r < M; r++) weight[r] = r < M / 2 ? 2 : 0;
    CHECK_OK(teach(m, "plm:l2=0.003", &view));
    const temper_rows_view half = {M / 2, L, rows, NULL};
    CHECK_OK(teach(truth, "plm:l2=0.003", &half));
    CHECK(!memcmp(truth->theta, m->theta, (size_t)m->parameters * sizeof *kept), "weights");
    temper_machine_free(truth);
    temper_machine_free(m);
}

/* A column that never changes, a state that never comes. */
static void constant(void) {
    const temper_rows_view rows = some_rows(3);
    temper_machine *m = make("maxent", COLUMNS, 4);
    for (int r = 0; r < ROWS; r++) sample[r * COLUMNS + 2] = 1;
    CHECK_OK(teach(m, "plm", &rows));
    for (int64_t p = 0; p < m->parameters; p++)
        CHECK(fabs((double)m->theta[p]) < 20, "θ[%d] = %g", (int)p, (double)m->theta[p]);
    CHECK(m->theta[10 * 16 + 2 * 4 + 1] > 2, "field of the state that is always there: %g",
          (double)m->theta[10 * 16 + 2 * 4 + 1]);
    static const double none[ROWS];
    const temper_rows_view weightless = {ROWS, COLUMNS, sample, none};
    CHECK_FAILS(teach(m, "plm", &weightless), TEMPER_BAD_DATA, "weights of the rows sum to 0");
    temper_machine_free(m);
}

int main(void) {
    RUN(exact);
    RUN(two_states);
    RUN(both_asked);
    RUN(penalty);
    RUN(planted);
    RUN(constant);
    return check_end();
}
