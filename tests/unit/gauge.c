/* Gauges: potts units have numbers that mean nothing. The gauge of a machine takes all of them away, leaves the density alone, and is kept
 * by starts and lessons. */
#include "check.h"
#include "temper/learn.h"
#include "temper/parallel.h"

enum { V = 4, Q = 3, ROWS = 81, MOST = 400 };
static const struct {
    const char *text;
    int64_t states;
} cases[] = {{"maxent", Q},
             {"maxent:features=fields", Q},
             {"rbm:hidden=3", Q},
             {"rbm:hidden=3,hidden_units=spin", Q},
             {"rbm:hidden=2,hidden_units=potts,states=4", Q},
             {"rbm:hidden=2,hidden_units=potts,states=4", 0}};
enum { CASES = sizeof cases / sizeof *cases };
static float X[ROWS * V];

static temper_rows_view rows_of(int64_t states) {
    for (int64_t r = 0; r < ROWS; r++)
        for (int64_t i = 0, k = r; i < V; i++, k /= 3) X[r * V + i] = (float)(states ? k % 3 : r >> i & 1);
    return (temper_rows_view){ROWS, V, X, NULL};
}

static temper_machine *machine_of(int k) {
    const temper_machine_io io = {.columns = V, .states = cases[k].states};
    temper_machine *m;
    CHECK_OK(temper_machine_create(&m, cases[k].text, &io));
    CHECK(m->parameters <= MOST, "%d parameters", (int)m->parameters);
    for (int64_t p = 0; p < m->parameters; p++)
        m->theta[p] = (float)temper_normal((temper_stream){5, 0}, TEMPER_FOR_TESTS, k, p);
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

/* Largest |sum over `states` of a unit| in an array seen as [..][states][inner]. */
static double largest_sum(const float *x, int64_t outer, int64_t states, int64_t inner) {
    double most = 0;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t s = 0; s < inner; s++) {
            double sum = 0;
            for (int64_t a = 0; a < states; a++) sum += (double)x[(o * states + a) * inner + s];
            most = fabs(sum) > most ? fabs(sum) : most;
        }
    return most;
}

/* How far the machine is from its gauge: every sum that should be 0, from the shapes of the arrays. */
static double off_gauge(const temper_machine *m, int k) {
    temper_machine_array a;
    double off = 0, sum[8];
    int n = 0;
    const int64_t q = cases[k].states, s = strstr(cases[k].text, "potts") ? 4 : 0, H = s ? 8 : 3;
    if (temper_machine_find(m, "J", &a)) {
        sum[n++] = largest_sum(m->theta + a.offset, a.shape[0], Q, Q);
        sum[n++] = largest_sum(m->theta + a.offset, a.shape[0] * Q, Q, 1);
    }
    if (temper_machine_find(m, "h", &a)) sum[n++] = largest_sum(m->theta + a.offset, V, Q, 1);
    if (temper_machine_find(m, "W", &a)) {
        if (q) sum[n++] = largest_sum(m->theta + a.offset, V, q, H);
        if (s) sum[n++] = largest_sum(m->theta + a.offset, V * (q ? q : 1) * H / s, s, 1);
    }
    if (q && temper_machine_find(m, "b", &a)) sum[n++] = largest_sum(m->theta + a.offset, V, q, 1);
    if (s && temper_machine_find(m, "c", &a)) sum[n++] = largest_sum(m->theta + a.offset, H / s, s, 1);
    for (int i = 0; i < n; i++) off = sum[i] > off ? sum[i] : off;
    return off;
}

/* No difference of log weights changes, and all sums are 0. */
static void density(void) {
    for (int k = 0; k < CASES; k++) {
        double before[ROWS], after[ROWS];
        temper_machine *m = machine_of(k);
        const temper_rows_view rows = rows_of(cases[k].states);
        CHECK(off_gauge(m, k) > 0.1, "%s begins in its gauge", m->text);
        CHECK_OK(temper_machine_score(m, &rows, before));
        CHECK_OK(temper_machine_gauge(m));
        CHECK_OK(temper_machine_score(m, &rows, after));
        for (int r = 1; r < ROWS; r++) CHECK_NEAR(after[r] - after[0], before[r] - before[0], 2e-5);
        CHECK_NEAR(off_gauge(m, k), 0, 4e-6);
        temper_machine_free(m);
    }
}

/* Nothing is left free: as many dimensions go as the machine has meaningless ones. θ of the same density by another way, numbers added
 * along every one of them, comes back to the same place. */
static void shifted(void) {
    const temper_stream of = {6, 0};
    int64_t word = 0;
    for (int k = 2; k < CASES; k++) {
        temper_machine *m = machine_of(k), *n = machine_of(k);
        temper_machine_array W, b, c;
        CHECK(temper_machine_find(n, "W", &W) && temper_machine_find(n, "b", &b) &&
                  temper_machine_find(n, "c", &c),
              "arrays");
        const int64_t q = cases[k].states ? cases[k].states : 1, s = strstr(cases[k].text, "potts") ? 4 : 1;
        const int64_t H = s > 1 ? 8 : 3;
        for (int64_t i = 0; q > 1 && i < V; i++) {
            for (int64_t j = 0; j < H; j++) {
                const float x = (float)temper_normal(of, TEMPER_FOR_TESTS, k, word++);
                for (int64_t a = 0; a < q; a++) n->theta[W.offset + (i * q + a) * H + j] += x;
                n->theta[c.offset + j] -= x;
            }
            const float x = (float)temper_normal(of, TEMPER_FOR_TESTS, k, word++);
            for (int64_t a = 0; a < q; a++) n->theta[b.offset + i * q + a] += x;
        }
        for (int64_t j = 0; s > 1 && j < H / s; j++) {
            for (int64_t i = 0; i < V * q; i++) {
                const float x = (float)temper_normal(of, TEMPER_FOR_TESTS, k, word++);
                for (int64_t a = 0; a < s; a++) n->theta[W.offset + i * H + j * s + a] += x;
                n->theta[b.offset + i] -= x;
            }
            const float x = (float)temper_normal(of, TEMPER_FOR_TESTS, k, word++);
            for (int64_t a = 0; a < s; a++) n->theta[c.offset + j * s + a] += x;
        }
        CHECK_OK(temper_machine_gauge(m));
        CHECK_OK(temper_machine_gauge(n));
        for (int64_t p = 0; p < m->parameters; p++)
            CHECK_NEAR((double)m->theta[p], (double)n->theta[p], 4e-6);
        temper_machine_free(m);
        temper_machine_free(n);
    }
}

static void taught(void) {
    static float kept[MOST];
    for (int k = 0; k < CASES; k++)
        for (int threads = 1; threads <= 3; threads += 2) {
            const temper_rows_view rows = rows_of(cases[k].states);
            temper_machine *m = machine_of(k);
            temper_method *how;
            temper_lesson *lesson;
            temper_threads(threads);
            CHECK_OK(temper_machine_start(m, &rows, (temper_stream){1, 0}));
            CHECK_NEAR(off_gauge(m, k), 0, 4e-6);
            const temper_lesson_plan plan = {.rows = rows,
                                             .batch = 20,
                                             .rate = 0.3,
                                             .l2 = 0.01,
                                             .optimiser = TEMPER_ADAM,
                                             .gradient = TEMPER_CENTRED};
            CHECK_OK(temper_method_create(&how, "cd:k=1"));
            CHECK_OK(temper_lesson_create(&lesson, m, how, &plan));
            CHECK_OK(temper_lesson_learn(lesson, 7));
            CHECK_NEAR(off_gauge(m, k), 0, 1e-5);
            if (threads == 1) memcpy(kept, m->theta, (size_t)m->parameters * sizeof *kept);
            CHECK(!memcmp(kept, m->theta, (size_t)m->parameters * sizeof *kept), "%s: threads", m->text);
            temper_lesson_free(lesson);
            temper_method_free(how);
            temper_machine_free(m);
        }
    temper_threads(0);
}

/* gauge=none leaves θ as it is, and so do machines without potts units. */
static void none(void) {
    static const char *const texts[] = {"maxent:gauge=none", "rbm:hidden=3"};
    for (int k = 0; k < 2; k++) {
        const temper_machine_io io = {.columns = V, .states = k == 0 ? Q : 0};
        temper_machine *m;
        float kept[MOST];
        CHECK_OK(temper_machine_create(&m, texts[k], &io));
        for (int64_t p = 0; p < m->parameters; p++) kept[p] = m->theta[p] = (float)(p % 7);
        CHECK_OK(temper_machine_gauge(m));
        CHECK(!memcmp(kept, m->theta, (size_t)m->parameters * sizeof *kept), "%s", texts[k]);
        temper_machine_free(m);
    }
}

int main(void) {
    RUN(density);
    RUN(shifted);
    RUN(taught);
    RUN(none);
    return check_end();
}
