/* A deep energy learns a density in the plane: eight Gaussians on a ring. ln Z is a sum over a grid, so the likelihood of new rows is exact, and
 * so is the distance from the truth, KL(data ‖ model) = ⟨ln p_data − ln p_model⟩, but for the choice of rows. */
#include <stdlib.h>
#include "check.h"
#include "temper/learn.h"

enum { ROWS = 1000, MODES = 8 };
static const double RADIUS = 2, WIDTH = 0.3, PI = 3.14159265358979323846;

/* Row r is around mode r mod 8. Returns the mean of ln p_data. */
static double ring(uint32_t number, float *X) {
    double sum = 0;
    for (int64_t r = 0; r < ROWS; r++) {
        const double a = 2 * PI * (double)(r % MODES) / MODES;
        double p = 0, x[2] = {RADIUS * cos(a), RADIUS * sin(a)};
        for (int i = 0; i < 2; i++) {
            x[i] += WIDTH * temper_normal((temper_stream){1, number}, TEMPER_FOR_TESTS, i, r);
            X[2 * r + i] = (float)x[i];
        }
        for (int k = 0; k < MODES; k++) {
            const double dx = x[0] - RADIUS * cos(2 * PI * k / MODES),
                         dy = x[1] - RADIUS * sin(2 * PI * k / MODES);
            p += exp(-(dx * dx + dy * dy) / (2 * WIDTH * WIDTH)) / (MODES * 2 * PI * WIDTH * WIDTH);
        }
        sum += log(p) / ROWS;
    }
    return sum;
}

static double likelihood(const temper_machine *m, const temper_rows_view *rows) {
    static double out[ROWS];
    double log_z = NAN, sum = 0;
    CHECK_OK(temper_machine_score(m, rows, out));
    CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
    for (int r = 0; r < ROWS; r++) sum += out[r] / ROWS;
    return sum - log_z;
}

/* Share of samples nearest to each mode: all of them are found; parts are equal only roughly after so short a time. */
static void every_mode_is_sampled(const temper_machine *m) {
    enum { CHAINS = 2000 };
    double share[MODES] = {0}, inside = 0;
    temper_flock *f;
    CHECK_OK(temper_flock_create(&f, m, CHAINS, (temper_stream){9, 50}));
    temper_flock_sweep(f, 40);
    for (int c = 0; c < CHAINS; c++) {
        float x[2];
        temper_flock_read(f, c, x);
        const double a = atan2((double)x[1], (double)x[0]) / (2 * PI) * MODES;
        share[((int)lround(a) + MODES) % MODES] += 1.0 / CHAINS;
        inside += (hypot((double)x[0], (double)x[1]) < RADIUS / 2) / (double)CHAINS;
    }
    for (int k = 0; k < MODES; k++)
        CHECK(share[k] > 0.03 && share[k] < 0.3, "a share of %g around mode %d", share[k], k);
    CHECK(inside < 0.1, "a share of %g lies in the middle", inside);
    temper_flock_free(f);
}

static void learns_a_ring(void) {
    static float X[ROWS * 2], unseen[ROWS * 2];
    const temper_machine_io io = {.columns = 2};
    ring(1, X);
    const double truth = ring(2, unseen);
    const temper_rows_view train = {ROWS, 2, X, NULL}, test = {ROWS, 2, unseen, NULL};
    temper_machine *m;
    temper_method *method;
    temper_lesson *l;
    CHECK_OK(temper_machine_create(&m, "ebm:widths=32x32,outputs=4,scale=2,metropolis=yes,step=0.03,steps=5",
                                   &io));
    CHECK_OK(temper_method_create(&method, "replay:buffer=1000,k=1"));
    if (!m || !method) return;
    CHECK_OK(temper_machine_start(m, &train, (temper_stream){3, 0}));
    const temper_lesson_plan plan = {
        .rows = train, .batch = 100, .rate = 3e-3, .optimiser = TEMPER_ADAM, .stream = {3, 0}};
    CHECK_OK(temper_lesson_create(&l, m, method, &plan));
    if (!l) return;
    const double before = truth - likelihood(m, &test);
    CHECK_OK(temper_lesson_learn(l, 400));
    const double after = truth - likelihood(m, &test);
    printf("  KL %.3f -> %.3f nats\n", before, after);
    CHECK(before - after > 0.3, "KL from %g to %g", before, after);
    CHECK(after > -0.02 && after < 0.45, "KL %g", after);
    every_mode_is_sampled(m);
    temper_lesson_free(l), temper_method_free(method), temper_machine_free(m);
}

int main(void) {
    RUN(learns_a_ring);
    return check_end();
}
