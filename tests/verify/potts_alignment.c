/* A family like RF00379 (3827 rows, 136 columns, 5 states), planted: neighbours and the pairs of one long hairpin are coupled, nothing else.
 * Rows are drawn by our own engine; a maxent learns them by persistent chains until the connected correlations of its chains agree with those of
 * the rows to a Pearson of 0.95, as adabmDCA asks for (Rosset et al. 2025). Then its strongest pairs must be the planted ones.
 * A rate of 0.3 is too much: fields and neighbours overshoot together, and Pearson stays near 0.2. About a minute of one core. */
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "core/potts.h"
#include "temper/learn.h"
#include "temper/parallel.h"
#include "temper/couplings.h"

enum { L = 136, Q = 5, ROWS = 3827, CHAINS = 2000, STEM = 60, LOOKS = 100, UPDATES = 10, AVERAGE = 10 };
static const double GOAL = 0.95;

static bool bond(int64_t i, int64_t j) { return j == i + 1 || (i < STEM && j == L - 1 - i); }

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static temper_machine *family(void) {
    const temper_machine_io io = {.columns = L, .states = Q};
    temper_machine *m;
    CHECK_OK(temper_machine_create(&m, "maxent", &io));
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = i + 1; j < L; j++)
            for (int64_t s = 0; s < Q * Q && bond(i, j); s++) {
                const int64_t at = temper_pair_number(L, i, j) * Q * Q + s;
                m->theta[at] = (float)temper_normal((temper_stream){1, 0}, TEMPER_FOR_DISORDER, 0, at);
            }
    CHECK_OK(temper_machine_gauge(m));
    return m;
}

/* −∂E/∂θ over many states of the chains: the noise of one look at them alone keeps Pearson's number low. */
static double pearson_of(temper_machine *m, temper_flock *flock, const float *data, float *model) {
    double pearson = 0;
    memset(model, 0, (size_t)m->parameters * sizeof *model);
    for (int k = 0; k < AVERAGE; k++) {
        temper_flock_sweep(flock, 3);
        m->type->statistics(flock, CHAINS, NULL, 1.0 / (AVERAGE * CHAINS), model);
    }
    CHECK_OK(temper_machine_pearson(m, data, model, &pearson));
    return pearson;
}

static int descending(const void *a, const void *b) {
    return (*(const double *)b > *(const double *)a) - (*(const double *)b < *(const double *)a);
}

/* How many of the strongest pairs are planted, as a share of all that are. */
static double share_found(const temper_machine *m) {
    static double contact[L * L], order[L * (L - 1) / 2];
    int64_t n = 0, planted = 0, hits = 0;
    CHECK_OK(temper_contacts(m, -1, contact));
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = i + 1; j < L; j++) order[n++] = contact[i * L + j], planted += bond(i, j);
    qsort(order, (size_t)n, sizeof *order, descending);
    for (int64_t i = 0; i < L; i++)
        for (int64_t j = i + 1; j < L; j++) hits += bond(i, j) && contact[i * L + j] >= order[planted - 1];
    return (double)hits / (double)planted;
}

static temper_lesson *lesson_of(temper_machine *m, const char *text, const temper_rows_view *rows,
                                temper_method **how) {
    temper_lesson *lesson = NULL;
    const temper_lesson_plan plan = {
        .rows = *rows, .batch = ROWS, .chains = CHAINS, .stream = {3, 0}, .rate = 0.1, .l2 = 0.003};
    CHECK_OK(temper_method_create(how, text));
    CHECK_OK(temper_machine_start(m, rows, (temper_stream){2, 0}));
    CHECK_OK(temper_lesson_create(&lesson, m, *how, &plan));
    return lesson;
}

static void learned(void) {
    temper_machine *truth = family(), *m;
    static float rows[ROWS * L];
    temper_flock *flock;
    CHECK_OK(temper_flock_create(&flock, truth, ROWS, (temper_stream){4, 0}));
    temper_flock_sweep(flock, 200);
    for (int64_t r = 0; r < ROWS; r++) temper_flock_read(flock, r, rows + r * L);
    temper_flock_free(flock);
    const temper_rows_view view = {ROWS, L, rows, NULL};
    CHECK_OK(temper_machine_create(&m, "maxent", &truth->io));
    float *data = malloc((size_t)m->parameters * sizeof *data),
          *model = malloc((size_t)m->parameters * sizeof *model);
    CHECK_OK(temper_machine_mean(m, &view, data));
    temper_method *how;
    temper_lesson *lesson = lesson_of(m, "pcd:k=2", &view, &how);
    const double begun = seconds();
    double pearson = 0;
    int look = 0;
    for (; look < LOOKS && pearson < GOAL; look++) {
        CHECK_OK(temper_lesson_learn(lesson, UPDATES));
        pearson = pearson_of(m, lesson->model[0], data, model);
    }
    CHECK(pearson >= GOAL, "Pearson of C_ij %g after %d updates", pearson, LOOKS * UPDATES);
    CHECK(share_found(m) >= 0.9, "planted pairs among the strongest: %g", share_found(m));
    printf("pcd: Pearson %.4f after %d updates, %.1f s of one core; planted pairs found %.3f\n", pearson,
           look * UPDATES, seconds() - begun, share_found(m));
    temper_lesson_free(lesson);
    temper_method_free(how);
    const double between = seconds();
    lesson = lesson_of(m, "plm", &view, &how);
    CHECK_OK(temper_lesson_learn(lesson, 1));
    CHECK(share_found(m) >= 0.9, "plm: planted pairs among the strongest: %g", share_found(m));
    printf("plm: %.1f s of one core; planted pairs found %.3f\n", seconds() - between, share_found(m));
    temper_lesson_free(lesson);
    temper_method_free(how);
    temper_machine_free(truth);
    temper_machine_free(m);
    free(data);
    free(model);
}

int main(void) {
    temper_threads(1); /* figures in seconds of one core */
    RUN(learned);
    return check_end();
}
