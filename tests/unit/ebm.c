/* Deep energies: slopes, chains and sums against each other and against what is known exactly; the replay buffer that teaches them. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/evidence.h"
#include "temper/learn.h"

static const temper_stream here = {20251126, 0};

static temper_machine *machine_of(const char *text, int64_t columns, double size) {
    temper_machine *m;
    const temper_machine_io io = {.columns = columns};
    CHECK_OK(temper_machine_create(&m, text, &io));
    if (!m) exit(1);
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)(size * temper_normal(here, TEMPER_FOR_TESTS, 3, k));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static temper_flock *flock_of(const temper_machine *m, int64_t chains) {
    temper_flock *f;
    CHECK_OK(temper_flock_create(&f, m, chains, (temper_stream){here.seed, 7}));
    if (!f) exit(1);
    return f;
}

/* Mean of independent numbers, and its error. */
typedef struct {
    double sum, squares;
    int n;
} average;
static void average_add(average *a, double x) { a->sum += x, a->squares += x * x, a->n++; }
static double average_mean(const average *a) { return a->sum / a->n; }
static double average_error(const average *a) {
    return sqrt(fmax(a->squares / a->n - pow(a->sum / a->n, 2), 0) / (a->n - 1));
}

/* One step without noise is x − h ∇U, U = −ln weight of the place: against central differences. The network counts in floats. */
static void slopes_by_differences(void) {
    enum { V = 3, N = 12 };
    static const char *const texts[] = {
        "ebm:widths=7x5,outputs=3,noise=0,steps=1,step=1",
        "ebm:widths=6,outputs=2,activation=tanh,noise=0,steps=1,step=1,scale=1.5"};
    static const float base[V] = {0.5F, -1, 0.25F};
    const double d = 1.0 / 512;
    for (int t = 0; t < 2; t++)
        for (int p = 0; p < 3; p++) {
            const temper_place at = {p ? 0.375 : 1, p == 2 ? base : NULL};
            temper_machine *m = machine_of(texts[t], V, 0.7);
            temper_flock *f = flock_of(m, N);
            float x[N][V];
            const float *row[N];
            double w[2][N];
            for (int c = 0; c < N; c++) temper_flock_read(f, c, x[c]), row[c] = x[c];
            f->place = at;
            temper_flock_sweep(f, 1);
            float after[N][V];
            for (int c = 0; c < N; c++) temper_flock_read(f, c, after[c]);
            for (int i = 0; i < V; i++) {
                for (int side = 0; side < 2; side++) {
                    for (int c = 0; c < N; c++) x[c][i] += (float)(side ? d : -d);
                    temper_flock_clamp(f, row, N);
                    temper_flock_log_weight(f, &at, w[side]);
                    for (int c = 0; c < N; c++) x[c][i] -= (float)(side ? d : -d);
                }
                for (int c = 0; c < N; c++) {
                    double slope = (w[1][c] - w[0][c]) / (2 * d);
                    CHECK_NEAR((double)after[c][i] - (double)x[c][i], slope, 2e-3 * (1 + fabs(slope)));
                }
            }
            temper_flock_free(f), temper_machine_free(m);
        }
}

/* ---- what chains sample ---- */

enum { CELLS = 240, REACH = 9 };

/* Means of x, y, x², y², xy and the share of x > 0 under exp(weight) at this place, by a grid of its own. */
static void grid_means(const temper_machine *m, const temper_place *at, double *mean, double *log_z) {
    const int V = (int)m->io.columns, n = V == 1 ? CELLS : CELLS * CELLS;
    const double step = 2.0 * REACH / CELLS;
    temper_flock *f = flock_of(m, n);
    float *x = malloc((size_t)n * 2 * sizeof *x);
    const float **row = malloc((size_t)n * sizeof *row);
    double *w = malloc((size_t)n * sizeof *w), Z = 0;
    for (int k = 0; k < n; k++) {
        x[k * V] = (float)(-REACH + step * (k % CELLS + 0.5));
        if (V == 2) x[k * V + 1] = (float)(-REACH + step * (k / CELLS + 0.5));
        row[k] = x + k * V;
    }
    temper_flock_clamp(f, row, n);
    temper_flock_log_weight(f, at, w);
    for (int k = 0; k < 6; k++) mean[k] = 0;
    for (int k = 0; k < n; k++) {
        const double p = exp(w[k]), a = (double)row[k][0], b = V == 2 ? (double)row[k][1] : 0;
        const double f6[] = {a, b, a * a, b * b, a * b, a > 0};
        Z += p;
        for (int q = 0; q < 6; q++) mean[q] += p * f6[q];
    }
    for (int q = 0; q < 6; q++) mean[q] /= Z;
    *log_z = log(Z) + V * log(step);
    free(x), free((void *)row), free(w), temper_flock_free(f);
}

static void sampled_means(const temper_machine *m, const temper_place *at, average *mean) {
    enum { CHAINS = 300, SAMPLES = 150 };
    const int V = (int)m->io.columns;
    static double sum[CHAINS][6];
    temper_flock *f = flock_of(m, CHAINS);
    float x[2] = {0, 0};
    memset(sum, 0, sizeof sum);
    f->place = *at;
    temper_flock_sweep(f, 60);
    for (int s = 0; s < SAMPLES; s++) {
        temper_flock_sweep(f, 1);
        for (int c = 0; c < CHAINS; c++) {
            temper_flock_read(f, c, x);
            const double a = (double)x[0], b = V == 2 ? (double)x[1] : 0;
            const double f6[] = {a, b, a * a, b * b, a * b, a > 0};
            for (int q = 0; q < 6; q++) sum[c][q] += f6[q] / SAMPLES;
        }
    }
    for (int q = 0; q < 6; q++) {
        mean[q] = (average){0, 0, 0};
        for (int c = 0; c < CHAINS; c++) average_add(&mean[q], sum[c][q]);
    }
    temper_flock_free(f);
}

/* With the Metropolis test the density is sampled exactly, at any step length: moments by a grid, 4.5 σ of independent chains. */
static void mala_is_exact(void) {
    static const float base[2] = {0.75F, -0.5F};
    for (int V = 1; V <= 2; V++)
        for (int p = 0; p < 3; p++) {
            temper_machine *m =
                machine_of(p == 1 ? "ebm:widths=6,outputs=2,scale=1.5,metropolis=yes,step=0.25,steps=5"
                                  : "ebm:widths=6,outputs=2,scale=1.5,metropolis=yes,step=0.08,steps=5",
                           V, 0.8);
            const temper_place at = {p == 2 ? 0.5 : 1, p == 2 ? base : NULL};
            average seen[6];
            double want[6], log_z;
            grid_means(m, &at, want, &log_z);
            sampled_means(m, &at, seen);
            CHECK(fabs(want[2] - want[0] * want[0] - 2.25) > 0.2, "hardly more than a Gaussian");
            for (int q = 0; q < 6; q++)
                CHECK_NEAR(average_mean(&seen[q]), want[q], 4.5 * average_error(&seen[q]) + 1e-6);
            temper_machine_free(m);
        }
}

/* θ = 0, s = 1: x' = (1 − h) x + noise·√(2h) z has the variance noise²/(1 − h/2): a bias of order h, and smaller without noise. */
static void langevin_has_a_bias_of_order_h(void) {
    static const struct { double h, noise; } cases[] = {{0.4, 1}, {0.2, 1}, {0.1, 1}, {0.2, 0.5}};
    for (int k = 0; k < 4; k++) {
        char text[128];
        average seen[6];
        snprintf(text, sizeof text, "ebm:widths=2,outputs=1,scale=1,steps=10,step=%g,noise=%g", cases[k].h,
                 cases[k].noise);
        temper_machine *m = machine_of(text, 2, 0);
        sampled_means(m, &(temper_place){1, NULL}, seen);
        for (int q = 2; q < 4; q++) {
            double want = cases[k].noise * cases[k].noise / (1 - cases[k].h / 2);
            CHECK_NEAR(average_mean(&seen[q]), want, 4.5 * average_error(&seen[q]));
            CHECK(average_error(&seen[q]) < 0.012, "too coarse: %g", average_error(&seen[q]));
        }
        temper_machine_free(m);
    }
    temper_machine *m;
    const temper_machine_io io = {.columns = 2};
    CHECK_FAILS(temper_machine_create(&m, "ebm:metropolis=yes,noise=0.5", &io), TEMPER_BAD_OPTION, "noise=1");
}

/* Where numbers overflow a proposal is refused: chains stay finite. */
static void no_step_into_nothing(void) {
    temper_machine *m = machine_of("ebm:widths=3x3,outputs=2,metropolis=yes,step=100,steps=20", 2, 1e14);
    temper_flock *f = flock_of(m, 50);
    float x[2];
    temper_flock_sweep(f, 5);
    for (int c = 0; c < 50; c++) {
        temper_flock_read(f, c, x);
        CHECK(isfinite(x[0]) && isfinite(x[1]), "chain %d at %g, %g", c, (double)x[0], (double)x[1]);
    }
    temper_flock_free(f), temper_machine_free(m);
}

/* ---- sums ---- */

static void exact_sums(void) {
    for (int V = 1; V <= 2; V++) {
        double log_z, mean[6], by_grid, up, down, energy;
        temper_machine *m = machine_of("ebm:widths=3,outputs=2,scale=1.3", V, 0); /* ln Z = V ln(s √(2π)) */
        CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
        CHECK_NEAR(log_z, V * log(1.3 * sqrt(2 * acos(-1))), 1e-6);
        temper_machine_free(m);
        m = machine_of("ebm:widths=6,outputs=2,scale=1.2", V, 1);
        for (int t = 0; t < 2; t++) {
            const temper_place at = {t ? 0.5 : 1, NULL};
            grid_means(m, &at, mean, &by_grid);
            CHECK_OK(m->type->exact(m->self, at.beta, &log_z, NULL, NULL));
            CHECK_NEAR(log_z, by_grid, 1e-5);
        }
        CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, &energy)); /* ⟨E⟩ = −d ln Z/dβ */
        CHECK_OK(m->type->exact(m->self, 1.001, &up, NULL, NULL));
        CHECK_OK(m->type->exact(m->self, 0.999, &down, NULL, NULL));
        CHECK_NEAR(energy, (down - up) / 0.002, 1e-5);
        const float base[2] = {0.5F, -0.75F};
        const temper_place low = {0, base};
        grid_means(m, &low, mean, &by_grid);
        CHECK_NEAR(m->type->log_base(m->self, base), by_grid, 1e-6);
        CHECK_NEAR(mean[0], 0.5, 1e-6); /* of a Gaussian in the field base/s² */
        temper_flock *f = flock_of(m, 4000);
        average x = {0, 0, 0}, square = {0, 0, 0};
        float row[2];
        f->place = low;
        temper_flock_scatter(f);
        for (int c = 0; c < 4000; c++) {
            temper_flock_read(f, c, row);
            average_add(&x, (double)row[0]), average_add(&square, (double)row[0] * (double)row[0]);
        }
        CHECK_NEAR(average_mean(&x), mean[0], 4.5 * average_error(&x));
        CHECK_NEAR(average_mean(&square), mean[2], 4.5 * average_error(&square));
        temper_flock_free(f), temper_machine_free(m);
    }
    temper_machine *m = machine_of("ebm:widths=3,outputs=2", 3, 1);
    double log_z;
    CHECK_FAILS(m->type->exact(m->self, 1, &log_z, NULL, NULL), TEMPER_CANNOT, "one or two dimensions");
    temper_machine_free(m);
}

static void annealing_finds_ln_z(void) {
    temper_machine *m =
        machine_of("ebm:widths=6,outputs=2,scale=1.5,metropolis=yes,step=0.1,steps=4", 2, 0.8);
    float X[60][2];
    temper_flock *f = flock_of(m, 60);
    temper_flock_sweep(f, 100);
    for (int c = 0; c < 60; c++) temper_flock_read(f, c, X[c]);
    temper_flock_free(f);
    const temper_rows_view rows = {60, 2, X[0], NULL};
    const temper_evidence_plan plan = {
        .betas = 150, .runs = 200, .burn = 100, .stream = {5, 0}, .rows = &rows};
    temper_evidence exact, ais, back;
    CHECK_OK(temper_evidence_log_z(m, TEMPER_EVIDENCE_EXACT, NULL, &exact));
    CHECK_OK(temper_evidence_log_z(m, TEMPER_EVIDENCE_AIS, &plan, &ais));
    CHECK_OK(temper_evidence_log_z(m, TEMPER_EVIDENCE_REVERSE, &plan, &back));
    CHECK(ais.error < 0.05 && back.error < 0.05, "errors %g, %g", ais.error, back.error);
    CHECK_NEAR(ais.log_z, exact.log_z, 4.5 * ais.error);
    CHECK_NEAR(back.log_z, exact.log_z, 4.5 * back.error);
    temper_machine_free(m);
}

/* Statistics of rows with weights are those of the rows one by one, and add to what is there. (That they are the slope of ln weight:
 * conform/machines.) */
static void weighted_statistics(void) {
    enum { N = 5 };
    temper_machine *m = machine_of("ebm:widths=6,outputs=2", 3, 0.8);
    temper_flock *f = flock_of(m, N), *one = flock_of(m, 1);
    const double weight[N] = {1, 0.5, 0, 3, 2};
    float *stat = calloc((size_t)m->parameters, sizeof *stat),
          *sum = calloc((size_t)m->parameters, sizeof *sum), x[3];
    const float *row = x;
    for (int64_t k = 0; k < m->parameters; k++) stat[k] = sum[k] = 0.25F;
    m->type->statistics(f, N - 1, weight, 0.5, stat);
    for (int c = 0; c < N - 1; c++) {
        temper_flock_read(f, c, x);
        temper_flock_clamp(one, &row, 1);
        m->type->statistics(one, 1, NULL, 0.5 * weight[c], sum);
    }
    for (int64_t k = 0; k < m->parameters; k++)
        CHECK_NEAR((double)stat[k], (double)sum[k], 2e-6 * (1 + fabs((double)sum[k])));
    free(stat), free(sum);
    temper_flock_free(f), temper_flock_free(one), temper_machine_free(m);
}

/* ---- replay ---- */

enum { BUFFER = 40, SEATS = 10 };

static temper_lesson *replay_of(temper_machine *m, temper_method **method, const char *text) {
    static float X[SEATS * 2];
    temper_lesson *l;
    CHECK_OK(temper_method_create(method, text));
    const temper_lesson_plan plan = {.rows = {SEATS, 2, X, NULL}, .chains = SEATS, .stream = {4, 1}};
    CHECK_OK(temper_lesson_create(&l, m, *method, &plan));
    if (!l) exit(1);
    return l;
}

/* Chains that hardly move, in a buffer whose rows are their numbers: who was taken out, who began anew, who was put back. */
static void replay_takes_and_puts_back(void) {
    temper_method *method;
    temper_machine *m = machine_of("ebm:widths=2,outputs=1,steps=1,step=1e-9,scale=1", 2, 0);
    temper_lesson *l = replay_of(m, &method, "replay:buffer=40,k=1,restart=0.3,limit=1e9");
    float *rows = l->memory, x[2];
    average square = {0, 0, 0};
    for (int b = 0; b < BUFFER; b++) {
        for (int a = 0; a < b; a++) CHECK(rows[2 * a] != rows[2 * b], "rows %d and %d begin alike", a, b);
        average_add(&square, (double)rows[2 * b] * (double)rows[2 * b]);
    }
    CHECK_NEAR(average_mean(&square), 1, 4.5 * average_error(&square));
    int anew = 0, updates = 400;
    for (int t = 0; t < updates; t++) {
        int slot[SEATS], last[BUFFER];
        bool fresh[SEATS];
        for (int b = 0; b < BUFFER; b++) last[b] = -1, rows[2 * b] = rows[2 * b + 1] = (float)(100 + b);
        for (int c = 0; c < SEATS; c++) {
            slot[c] = (int)temper_below(temper_word(l->stream, TEMPER_FOR_SITES, t, 2 * c), BUFFER);
            fresh[c] = temper_word(l->stream, TEMPER_FOR_SITES, t, 2 * c + 1) < 0.3 * 0x1p32;
            anew += fresh[c], last[slot[c]] = c;
        }
        CHECK_OK(temper_lesson_learn(l, 1));
        for (int c = 0; c < SEATS; c++) {
            bool noise = false; /* somebody in this slot began anew */
            for (int o = 0; o < SEATS; o++) noise |= slot[o] == slot[c] && fresh[o];
            temper_flock_read(l->model[0], c, x);
            CHECK(noise ? fabsf(x[0]) < 10 : fabsf(x[0] - (float)(100 + slot[c])) < 0.1F,
                  "update %d, chain %d", t, c);
            if (last[slot[c]] == c)
                CHECK(!memcmp(x, rows + 2 * slot[c], sizeof x), "update %d: chain %d was not put back", t, c);
        }
        for (int b = 0; b < BUFFER; b++)
            CHECK(last[b] >= 0 || rows[2 * b] == (float)(100 + b), "row %d was touched", b);
    }
    CHECK_NEAR(anew, 0.3 * SEATS * updates, 4.5 * sqrt(0.21 * SEATS * updates));
    temper_lesson_free(l), temper_method_free(method), temper_machine_free(m);
}

static void replay_stops_runaways(void) {
    temper_method *method;
    temper_machine *m = machine_of("ebm:widths=2,outputs=1,steps=1,step=1e-9,scale=1", 2, 0);
    temper_lesson *l = replay_of(m, &method, "replay:buffer=40,k=1,restart=0,limit=20");
    float *rows = l->memory;
    for (int side = 0; side < 2; side++) { /* ln p* = −|x|²/2: 16 nats away, and 25 */
        for (int k = 0; k < 2 * BUFFER; k++) rows[k] = side ? 5 : 4;
        temper_status bad = temper_lesson_learn(l, 1);
        CHECK(bad == (side ? TEMPER_DIVERGED : TEMPER_OK), "side %d: %d", side, (int)bad);
    }
    CHECK(strstr(temper_message(), "replay: update 1: samples have ln p* = -25, data 0"), "%s",
          temper_message());
    temper_lesson_free(l), temper_method_free(method), temper_machine_free(m);
}

/* Memory that runs out in the middle of a sweep or of a sum is told as that, and moves nothing. */
static void trouble_is_told(void) {
    for (int64_t k = 1; k < 500; k++) {
        temper_method *method;
        temper_machine *m = machine_of("ebm:widths=4,outputs=2,steps=2", 2, 0.5);
        temper_lesson *l = replay_of(m, &method, "replay:buffer=40,k=1");
        const size_t size = (size_t)m->parameters * sizeof(float);
        float *before = memcpy(malloc(size), m->theta, size);
        temper_alloc_fail_at(k);
        temper_status bad = temper_lesson_learn(l, 1);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (reached ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld: %d", (long long)k, (int)bad);
        CHECK(reached == !memcmp(before, m->theta, size) && l->clock == !reached, "allocation %lld: θ moved",
              (long long)k);
        free(before);
        temper_lesson_free(l), temper_method_free(method), temper_machine_free(m);
        if (!reached) break;
    }
    temper_machine *m = machine_of("ebm:widths=4,outputs=2", 2, 0.5);
    const float X[4] = {1, 2, 3, 4};
    const temper_rows_view rows = {2, 2, X, NULL};
    double out[2];
    for (int64_t k = 1; k < 500; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_machine_score(m, &rows, out);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (reached ? TEMPER_NO_MEMORY : TEMPER_OK), "score, allocation %lld: %d", (long long)k,
              (int)bad);
        if (!reached) break;
    }
    temper_machine_free(m);
}

int main(void) {
    RUN(slopes_by_differences), RUN(mala_is_exact), RUN(langevin_has_a_bias_of_order_h);
    RUN(no_step_into_nothing), RUN(exact_sums), RUN(annealing_finds_ln_z), RUN(weighted_statistics);
    RUN(replay_takes_and_puts_back), RUN(replay_stops_runaways), RUN(trouble_is_told);
    return check_end();
}
