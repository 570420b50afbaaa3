/* maxent: sums against brute force, statistics against finite differences, chains against exact means, gauge, moments, bits. */
#include "base/memory.h"
#include "check.h"
#include "core/potts.h"
#include "temper/cpu.h"
#include "temper/learn.h"
#include "temper/parallel.h"
#include "temper/couplings.h"

enum { STATES_MOST = 4096 };

static temper_machine *machine_of(const char *text, int64_t V, int64_t q, double size) {
    const temper_machine_io io = {.columns = V, .states = q};
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &io));
    if (!m) return NULL;
    for (int64_t p = 0; p < m->parameters; p++)
        m->theta[p] = (float)(size * temper_normal((temper_stream){3, 0}, TEMPER_FOR_TESTS, V, p));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static int64_t all_rows(const temper_machine *m, float *X) {
    const int64_t V = m->io.columns, q = m->io.states ? m->io.states : 2;
    const bool spin = m->type->visible(m->self) == TEMPER_SPIN;
    int64_t n = 1;
    for (int64_t i = 0; i < V; i++) n *= q;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0, rest = k; i < V; i++, rest /= q)
            X[k * V + i] = spin ? (float)(2 * (rest % q) - 1) : (float)(rest % q);
    return n;
}

static const struct {
    const char *text;
    int64_t V, q;
} cases[] = {{"maxent", 5, 0},
             {"maxent:units=spin", 6, 0},
             {"maxent:units=spin,features=fields", 4, 0},
             {"maxent", 5, 3},
             {"maxent", 1, 6},
             {"maxent", 2, 21},
             {"maxent", 7, 2},
             {"maxent:features=fields", 3, 5},
             {"maxent:features=moments,order=3,first=-1", 2, 4}};
enum { CASES = sizeof cases / sizeof *cases };

/* ln Z, means and energy at β = 1 and 0.6 against sums over scores. */
static void exact(void) {
    static float X[STATES_MOST * 8];
    static double w[STATES_MOST];
    for (int k = 0; k < CASES; k++) {
        temper_machine *m = machine_of(cases[k].text, cases[k].V, cases[k].q, 0.3);
        const temper_rows_view rows = {all_rows(m, X), cases[k].V, X, w};
        double log_z, z = 0, energy, e = 0, stat[2000];
        float mean[2000];
        CHECK_OK(temper_machine_score(m, &rows, w));
        for (int64_t r = 0; r < rows.n; r++) e -= w[r] * exp(w[r]), z += w[r] = exp(w[r]);
        CHECK_OK(m->type->exact(m->self, 1, &log_z, stat, &energy));
        CHECK_NEAR(log_z, log(z), 1e-9);
        CHECK_NEAR(energy, e / z, 1e-6);
        CHECK_OK(temper_machine_mean(m, &rows, mean));
        for (int64_t p = 0; p < m->parameters; p++) CHECK_NEAR(stat[p], (double)mean[p], 2e-6);
        for (int64_t r = 0, n = rows.n; r < n; r++) w[r] = pow(w[r], 0.6);
        z = 0;
        for (int64_t r = 0; r < rows.n; r++) z += w[r];
        CHECK_OK(m->type->exact(m->self, 0.6, &log_z, NULL, NULL));
        CHECK_NEAR(log_z, log(z), 1e-8);
        CHECK_OK(m->type->exact(m->self, 0, &log_z, NULL, NULL));
        CHECK_NEAR(log_z, m->type->log_base(m->self, NULL), 1e-10);
        CHECK_NEAR(m->type->enumerable(m->self), log2((double)rows.n), 1e-9);
        temper_machine_free(m);
    }
}

/* Slopes of ln Z and of the pseudo-likelihood, θ one step to either side. */
static void slopes(void) {
    static float X[STATES_MOST * 8], grad[2000];
    static double out[STATES_MOST], w[STATES_MOST];
    for (int k = 0; k < CASES; k++) {
        temper_machine *m = machine_of(cases[k].text, cases[k].V, cases[k].q, 0.3);
        const temper_rows_view rows = {all_rows(m, X), cases[k].V, X, w};
        double stat[2000], log_z, total = 0;
        for (int64_t r = 0; r < rows.n; r++) total += w[r] = (double)(r % 7);
        memset(grad, 0, sizeof grad);
        CHECK_OK(m->type->exact(m->self, 1, &log_z, stat, NULL));
        CHECK_OK(m->type->pseudo(m->self, &rows, out, grad));
        for (int64_t p = 0; p < m->parameters; p += 1 + m->parameters / 12) {
            const float kept = m->theta[p], step = 0x1p-7f;
            double side[2], look[2] = {0};
            for (int s = 0; s < 2; s++) {
                m->theta[p] = kept + (s ? step : -step);
                CHECK_OK(temper_machine_refresh(m));
                CHECK_OK(m->type->exact(m->self, 1, &side[s], NULL, NULL));
                CHECK_OK(m->type->pseudo(m->self, &rows, out, NULL));
                for (int64_t r = 0; r < rows.n; r++) look[s] += w[r] * out[r] / total;
            }
            const double width = 2 * (double)step;
            CHECK_NEAR((side[1] - side[0]) / width, stat[p], 3e-4 * (1 + fabs(stat[p])));
            CHECK_NEAR((look[1] - look[0]) / width, (double)grad[p], 2e-3);
            m->theta[p] = kept;
        }
        temper_machine_free(m);
    }
}

/* Zero sums, and no difference of log weights has changed. */
static void gauge(void) {
    static float X[STATES_MOST * 8];
    static double before[STATES_MOST], after[STATES_MOST];
    temper_machine *m = machine_of("maxent", 5, 4, 1);
    const temper_rows_view rows = {all_rows(m, X), 5, X, NULL};
    CHECK_OK(temper_machine_score(m, &rows, before));
    m->type->gauge(m->self, m->theta);
    CHECK_OK(temper_machine_refresh(m));
    CHECK_OK(temper_machine_score(m, &rows, after));
    for (int64_t r = 1; r < rows.n; r++) CHECK_NEAR(after[r] - after[0], before[r] - before[0], 2e-5);
    for (int64_t k = 0; k < 10 * 4; k++) {
        double along = 0, across = 0;
        for (int64_t s = 0; s < 4; s++) {
            along += (double)m->theta[4 * k + s];
            across += (double)m->theta[k / 4 * 16 + 4 * s + k % 4];
        }
        CHECK_NEAR(along, 0, 2e-6);
        CHECK_NEAR(across, 0, 2e-6);
    }
    for (int64_t i = 0; i < 5; i++) {
        double sum = 0;
        for (int64_t a = 0; a < 4; a++) sum += (double)m->theta[160 + 4 * i + a];
        CHECK_NEAR(sum, 0, 2e-6);
    }
    temper_machine_free(m);
}

/* Means over chains after a hundred sweeps, at β = 1 and on the way from a base, within 4.5 σ of the sums. */
static void chains(void) {
    enum { CHAINS = 4000 };
    for (int k = 0; k < CASES; k++) {
        temper_machine *m = machine_of(cases[k].text, cases[k].V, cases[k].q, 0.3);
        temper_flock *flock;
        double log_z, stat[2000];
        float mean[2000] = {0};
        CHECK_OK(m->type->exact(m->self, 1, &log_z, stat, NULL));
        CHECK_OK(temper_flock_create(&flock, m, CHAINS, (temper_stream){11, 0}));
        temper_flock_sweep(flock, 60);
        m->type->statistics(flock, CHAINS, NULL, 1.0 / CHAINS, mean);
        const double scale = cases[k].q && strstr(cases[k].text, "moments") ? 8 : 1;
        for (int64_t p = 0; p < m->parameters; p++)
            CHECK_NEAR((double)mean[p], stat[p], 4.5 * scale / sqrt(CHAINS));
        temper_flock_free(flock);
        temper_machine_free(m);
    }
}

/* Climbing from a base: E over chains of the weights is Z/Z_base. */
static void climb(void) {
    enum { CHAINS = 1000, STEPS = 20 };
    temper_machine *m = machine_of("maxent", 4, 5, 0.5);
    temper_flock *flock;
    static double log_w[CHAINS];
    float base[20];
    double log_z, mean = 0, square = 0;
    for (int k = 0; k < 20; k++) base[k] = m->theta[6 * 25 + k] * 0.5f;
    CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
    CHECK_OK(temper_flock_create(&flock, m, CHAINS, (temper_stream){5, 0}));
    flock->place = (temper_place){0, base};
    temper_flock_scatter(flock);
    for (int s = 1; s <= STEPS; s++) {
        const temper_place to = {(double)s / STEPS, base};
        temper_flock_climb(flock, &to, log_w);
    }
    const double from = m->type->log_base(m->self, base);
    for (int c = 0; c < CHAINS; c++) {
        double w = exp(log_w[c] + from - log_z);
        mean += w / CHAINS, square += w * w / CHAINS;
    }
    CHECK_NEAR(mean, 1, 4.5 * sqrt((square - mean * mean) / CHAINS));
    temper_flock_free(flock);
    temper_machine_free(m);
}

/* Chain i is the same alone, among many, on one thread and on the reference level; 2 + 3 sweeps are 5. */
static void bits(void) {
    temper_machine *m = machine_of("maxent", 9, 5, 1);
    float row[4][9];
    const int sweeps[4][2] = {{5, 0}, {2, 3}, {5, 0}, {5, 0}}, chains_of[4] = {40, 40, 333, 18};
    for (int k = 0; k < 4; k++) {
        temper_flock *flock;
        if (k == 3) {
            CHECK_OK(temper_cpu_cap("ref"));
            CHECK_OK(temper_threads(1));
        }
        CHECK_OK(temper_flock_create(&flock, m, chains_of[k], (temper_stream){2, 0}));
        temper_flock_sweep(flock, sweeps[k][0]);
        temper_flock_sweep(flock, sweeps[k][1]);
        temper_flock_read(flock, 17, row[k]);
        temper_flock_free(flock);
        CHECK(!memcmp(row[0], row[k], sizeof row[0]), "way %d", k);
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK_OK(temper_threads(0));
    temper_machine_free(m);
}

/* Weak couplings: the expansion is right to its order; without any it is exact. */
static void mean_field(void) {
    double error[2][2];
    for (int weak = 0; weak < 2; weak++) {
        temper_machine *m = machine_of("maxent", 6, 4, 0.2);
        double log_z, exact_z, residual, stat[300];
        float mean[300];
        for (int64_t p = 0; p < 15 * 16; p++) m->theta[p] *= weak ? 0.5f : 1;
        CHECK_OK(temper_machine_refresh(m));
        CHECK_OK(m->type->exact(m->self, 1, &exact_z, stat, NULL));
        for (int order = 1; order < 3; order++) {
            CHECK_OK(m->type->mean_field(m->self, order, NULL, &log_z, mean, &residual));
            CHECK(residual < 1e-9, "residual %g", residual);
            error[weak][order - 1] = fabs(log_z - exact_z);
        }
        double worst = 0;
        for (int64_t p = 0; p < m->parameters; p++) worst = fmax(worst, fabs((double)mean[p] - stat[p]));
        CHECK(worst < 0.02, "statistics off by %g", worst);
        temper_machine_free(m);
    }
    CHECK(error[0][1] < 0.3 * error[0][0], "order 2: %g, order 1: %g", error[0][1], error[0][0]);
    CHECK_NEAR(error[0][0] / error[1][0], 4, 1.5); /* J² and J³ */
    CHECK(error[0][1] / error[1][1] > 4.5, "%g", error[0][1] / error[1][1]);
}

static void solve(temper_machine *m, const char *method, const temper_rows_view *rows) {
    temper_method *how;
    temper_lesson *lesson;
    CHECK_OK(temper_method_create(&how, method));
    const temper_lesson_plan plan = {.rows = *rows, .batch = rows->n};
    CHECK_OK(temper_lesson_create(&lesson, m, how, &plan));
    if (lesson) CHECK_OK(temper_lesson_learn(lesson, 1));
    temper_lesson_free(lesson);
    temper_method_free(how);
}

/* Jaynes' dice: of all with mean 4.5 the one of largest entropy; of mean 3.5 the fair one. */
static void dice(void) {
    const double truth[6] = {0.054353, 0.078772, 0.114160, 0.165447, 0.239774, 0.347494};
    const float faces[2] = {3, 4};
    const double weight[2] = {1, 1}; /* categories 3 and 4 are faces 4 and 5 */
    const float low[2] = {2, 3};
    for (int k = 0; k < 2; k++) {
        temper_machine *m = machine_of("maxent:features=moments,order=1,first=1", 1, 6, 0);
        const temper_rows_view rows = {2, 1, k ? low : faces, weight};
        const float all[6] = {0, 1, 2, 3, 4, 5};
        const temper_rows_view each = {6, 1, all, NULL};
        double w[6], log_z, S = 0;
        solve(m, "newton", &rows);
        CHECK_OK(temper_machine_score(m, &each, w));
        CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
        for (int a = 0; a < 6; a++) {
            double p = exp(w[a] - log_z);
            CHECK_NEAR(p, k ? 1.0 / 6 : truth[a], 1e-6);
            S -= p * log(p);
        }
        CHECK_NEAR((double)m->theta[0], k ? 0 : 0.371049, 1e-6);
        CHECK_NEAR(S, k ? log(6) : 1.613581, 1e-6);
        temper_machine_free(m);
    }
}

/* newton finds the maximum likelihood of a small Potts model: model means = data means. */
static void newton(void) {
    static float X[STATES_MOST * 8];
    static double w[STATES_MOST];
    temper_machine *truth = machine_of("maxent", 3, 3, 0.7), *m = machine_of("maxent", 3, 3, 0);
    const temper_rows_view rows = {all_rows(truth, X), 3, X, w};
    double log_z, want[40], have[40];
    CHECK_OK(temper_machine_score(truth, &rows, w));
    for (int64_t r = 0; r < rows.n; r++) w[r] = exp(w[r]);
    solve(m, "newton", &rows);
    CHECK_OK(truth->type->exact(truth->self, 1, &log_z, want, NULL));
    CHECK_OK(m->type->exact(m->self, 1, &log_z, have, NULL));
    for (int64_t p = 0; p < m->parameters; p++) CHECK_NEAR(have[p], want[p], 1e-6);
    truth->type->gauge(truth->self, truth->theta);
    m->type->gauge(m->self, m->theta);
    for (int64_t p = 0; p < m->parameters; p++)
        CHECK_NEAR((double)m->theta[p], (double)truth->theta[p], 1e-4);
    temper_machine_free(truth);
    temper_machine_free(m);
}

static void refusals(void) {
    temper_machine *m;
    temper_machine_io io = {.columns = 3};
    CHECK_FAILS(temper_machine_create(&m, "maxent:features=moments", &io), TEMPER_BAD_OPTION,
                "no categories");
    io.states = 65;
    CHECK_FAILS(temper_machine_create(&m, "maxent", &io), TEMPER_BAD_OPTION, "2 … 64");
    io.states = 21, io.columns = 5000;
    CHECK_FAILS(temper_machine_create(&m, "maxent", &io), TEMPER_BAD_OPTION, "2^29");
    io.columns = 100;
    CHECK_OK(temper_machine_create(&m, "maxent:features=fields", &io));
    double log_z;
    CHECK_FAILS(m->type->exact(m->self, 1, &log_z, NULL, NULL), TEMPER_CANNOT, "2^30");
    temper_machine_free(m);
    io.columns = 4;
    for (int64_t k = 1;; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_machine_create(&m, "maxent", &io);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY && !m, "allocation %d", (int)k);
    }
    for (int64_t k = 1;; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = m->type->exact(m->self, 1, &log_z, NULL, NULL);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d", (int)k);
    }
    temper_machine_free(m);
    CHECK(temper_alloc_live() == 0, "%lld blocks left", (long long)temper_alloc_live());
}

int main(void) {
    RUN(exact);
    RUN(slopes);
    RUN(gauge);
    RUN(chains);
    RUN(climb);
    RUN(bits);
    RUN(mean_field);
    RUN(dice);
    RUN(newton);
    RUN(refusals);
    return check_end();
}
