/* The gradient of a lesson: statistics of rows with weights, centred and standardised, and the update that is made in one pass. */
#include "lesson_rig.h"

enum { N = 23, B = 5 };

static double logistic(double x) { return 1 / (1 + exp(-x)); }

static void seat_rows(const float *X, int64_t columns, int n) {
    for (int c = 0; c < n; c++) seats[c] = X + c * columns;
}

/* A weight of 2 is the row twice; the sum of the weights of a minibatch is its size. */
static void weights_are_repetitions(void) {
    static const double weight[3] = {1, 2, 0.5}, scaled[3] = {4, 8, 2};
    static const float one[3 * 2] = {1, 0, 0, 1, 1, 1},
                               many[7 * 2] = {1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1};
    temper_machine *m = machine_of("rbm:hidden=3", 2, 1);
    seat_rows(one, 2, 3);
    temper_lesson *a = lesson_of(
        m, &seated, (temper_lesson_plan){.rows = {3, 2, one, weight}, .chains = 3, .momentum = 0.5});
    temper_lesson *b =
        lesson_of(m, &seated, (temper_lesson_plan){.rows = {7, 2, many, NULL}, .chains = 3, .momentum = 0.5});
    temper_lesson *c = lesson_of(
        m, &seated, (temper_lesson_plan){.rows = {3, 2, one, scaled}, .chains = 3, .momentum = 0.5});
    a->rate = b->rate = c->rate = 0;
    CHECK_OK(temper_lesson_learn(a, 1));
    CHECK_OK(temper_lesson_learn(b, 1));
    CHECK_OK(temper_lesson_learn(c, 1));
    for (int64_t k = 0; k < m->parameters; k++) {
        CHECK_NEAR((double)a->data_stat[k], (double)b->data_stat[k], 1e-7);
        CHECK_NEAR((double)a->data_stat[k], (double)c->data_stat[k], 1e-7);
        CHECK_NEAR((double)a->grad[k], (double)b->grad[k], 2e-7);
    }
    temper_lesson_free(a), temper_lesson_free(b), temper_lesson_free(c);
    /* of minibatches: each row has its own weight with it */
    double w[N];
    float X[N * 2];
    int64_t index[B];
    random_rows(X, (int64_t)N * 2);
    for (int i = 0; i < N; i++) w[i] = 0.25 * (1 + i % 5);
    a = lesson_of(m, &seated,
                  (temper_lesson_plan){.rows = {N, 2, X, w}, .batch = B, .chains = 3, .momentum = 0.5});
    a->rate = 0;
    temper_machine_array b_array = {0};
    CHECK(temper_machine_find(m, "b", &b_array), "no b");
    for (int t = 0; t < 12; t++) {
        CHECK_OK(temper_lesson_learn(a, 1));
        temper_lesson_batch(a, t, index);
        for (int v = 0; v < 2; v++) {
            double mean = 0, sum = 0;
            for (int i = 0; i < B; i++) mean += w[index[i]] * (double)X[index[i] * 2 + v], sum += w[index[i]];
            CHECK_NEAR((double)a->data_stat[b_array.offset + v], mean / sum, 1e-7);
        }
    }
    temper_lesson_free(a), temper_machine_free(m);
}

/* What is known of the data is not asked again; to ask is to hear the same. Where the energy is not linear in θ nothing is known for long. */
static void known_statistics(void) {
    static const struct {
        const char *machine, *method;
        bool known;
    } cases[] = {{"boltzmann", "pcd", true},
                 {"maxent", "pcd", true},
                 {"boltzmann:hidden=2", "pcd", false},
                 {"rbm:hidden=2", "pcd", false},
                 {"ebm:widths=4,outputs=2,metropolis=yes,step=0.1", "pcd", false},
                 {"memory:patterns=2,energy=continuous", "pcd", false}};
    static float X[9 * 3];
    random_rows(X, 9 * 3);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        temper_method *method;
        temper_machine *m[2];
        CHECK_OK(temper_method_create(&method, cases[c].method));
        for (int pass = 0; pass < 2; pass++) {
            m[pass] = machine_of(cases[c].machine, 3, 0.5);
            temper_lesson *l = lesson_of(
                m[pass], method,
                (temper_lesson_plan){
                    .rows = {9, 3, X, NULL}, .batch = 9, .chains = 9, .rate = 0.1, .momentum = 0.5});
            for (int k = 0; k < 20; k++) {
                if (pass) l->data_known = false;
                CHECK_OK(temper_lesson_learn(l, 1));
            }
            CHECK(l->data_known == cases[c].known, "%s: known %d", cases[c].machine, l->data_known);
            temper_lesson_free(l);
        }
        CHECK(!memcmp(m[0]->theta, m[1]->theta, (size_t)m[0]->parameters * sizeof(float)),
              "%s: other weights without the memory", cases[c].machine);
        temper_machine_free(m[0]), temper_machine_free(m[1]), temper_method_free(method);
    }
    /* a minibatch is not all rows */
    temper_machine *m = machine_of("boltzmann", 3, 0.5);
    seat_rows(X, 3, 4);
    temper_lesson *l =
        lesson_of(m, &seated, (temper_lesson_plan){.rows = {9, 3, X, NULL}, .batch = 4, .momentum = 0.5});
    CHECK_OK(temper_lesson_learn(l, 2));
    CHECK(!l->data_known, "a minibatch for all rows");
    temper_lesson_free(l), temper_machine_free(m);
}

/* ---- centring ---- */

typedef struct {
    double vh[2][2], v[2], h[2];
} means;

static means means_of(const float *X, int n, const double *theta) { /* θ = W[2][2], b[2], c[2] */
    means s = {{{0}}, {0}, {0}};
    for (int r = 0; r < n; r++)
        for (int j = 0; j < 2; j++) {
            const float *x = X + 2 * r;
            double h = logistic(theta[6 + j] + (double)x[0] * theta[j] + (double)x[1] * theta[2 + j]);
            s.h[j] += h / n, s.v[j] += (double)x[j] / n;
            for (int i = 0; i < 2; i++) s.vh[i][j] += (double)x[i] * h / n;
        }
    return s;
}

/* One plain step of W', b', c' of −E = (v − μ)ᵀ W' (h − λ) + b'v + c'h, which is the same machine for b' = b + Wλ, c' = c + Wᵀμ; and back.
 * With `standardise` W' moves by its gradient over the variances of both of its units. */
static void centred_by_hand(const double *theta, const means *d, const means *m, double rate,
                            bool standardise, double *out) {
    double b[2], c[2], W[2][2];
    for (int i = 0; i < 2; i++) {
        b[i] = theta[4 + i] + theta[2 * i] * d->h[0] + theta[2 * i + 1] * d->h[1];
        c[i] = theta[6 + i] + theta[i] * d->v[0] + theta[2 + i] * d->v[1];
        b[i] += rate * (d->v[i] - m->v[i]), c[i] += rate * (d->h[i] - m->h[i]);
        for (int j = 0; j < 2; j++) {
            double at_data = d->vh[i][j] - d->v[i] * d->h[j];
            double at_model = m->vh[i][j] - d->v[i] * m->h[j] - m->v[i] * d->h[j] + d->v[i] * d->h[j];
            double G = at_data - at_model;
            if (standardise) G /= fmax(d->v[i] * (1 - d->v[i]), 0.05) * fmax(d->h[j] * (1 - d->h[j]), 0.05);
            W[i][j] = theta[2 * i + j] + rate * G;
        }
    }
    for (int i = 0; i < 2; i++) {
        out[2 * i] = W[i][0], out[2 * i + 1] = W[i][1];
        out[4 + i] = b[i] - W[i][0] * d->h[0] - W[i][1] * d->h[1];
        out[6 + i] = c[i] - W[0][i] * d->v[0] - W[1][i] * d->v[1];
    }
}

static void centred_is_a_plain_step_elsewhere(void) {
    static const float data[2][4 * 2] = {{0, 1, 1, 1, 1, 0, 1, 1}, {1, 0, 1, 1, 1, 0, 1, 0}},
                                   model[5 * 2] = {0, 0, 1, 0, 0, 1, 0, 0, 1, 0};
    for (int pass = 0; pass < 6; pass++) { /* data[1] has a column of ones: no variance */
        const int gradient = pass % 3;
        const float *X = data[pass / 3];
        temper_machine *m = machine_of("rbm:hidden=2", 2, 0.8);
        double theta[8], out[8], plain = 0;
        for (int k = 0; k < 8; k++) theta[k] = (double)m->theta[k];
        means d = means_of(X, 4, theta), s = means_of(model, 5, theta);
        centred_by_hand(theta, &d, &s, 0.1, gradient == TEMPER_STANDARDISED, out);
        if (gradient == TEMPER_PLAIN)
            for (int i = 0; i < 2; i++) {
                out[4 + i] = theta[4 + i] + 0.1 * (d.v[i] - s.v[i]);
                out[6 + i] = theta[6 + i] + 0.1 * (d.h[i] - s.h[i]);
                for (int j = 0; j < 2; j++)
                    out[2 * i + j] = theta[2 * i + j] + 0.1 * (d.vh[i][j] - s.vh[i][j]);
            }
        seat_rows(model, 2, 5);
        temper_lesson *l = lesson_of(
            m, &seated,
            (temper_lesson_plan){
                .rows = {4, 2, X, NULL}, .batch = 4, .chains = 5, .rate = 0.1, .gradient = gradient});
        CHECK_OK(temper_lesson_learn(l, 1));
        for (int k = 0; k < 8; k++) {
            CHECK_NEAR((double)m->theta[k], out[k], 1e-6 * (1 + fabs(out[k] - theta[k])));
            plain += fabs(out[k] - theta[k]);
        }
        CHECK(plain > 0.05 && plain < 200, "moved by %g", plain);
        temper_lesson_free(l), temper_machine_free(m);
    }
}

/* Mean ln p of rows, by the exact ln Z. */
static double mean_score(const temper_machine *m, const temper_rows_view *rows) {
    double out[64], log_z = NAN, sum = 0;
    CHECK_OK(temper_machine_score(m, rows, out));
    CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
    for (int64_t i = 0; i < rows->n; i++) sum += out[i] / (double)rows->n;
    return sum - log_z;
}

/* Columns that never change have no variance to divide by: they do not keep the others from being learned. */
static void constant_columns_do_no_harm(void) {
    enum { ROWS = 40, WIDE = 8 };
    static float X[ROWS * WIDE];
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < WIDE; i++)
            X[r * WIDE + i] = (float)(i < 6 ? (r % 2) ^ ((r * 7 + i * 5) % 11 == 0) : i - 6);
    const temper_rows_view rows = {ROWS, WIDE, X, NULL};
    temper_method *exact;
    CHECK_OK(temper_method_create(&exact, "exact"));
    for (int gradient = 0; gradient < 3; gradient++) {
        temper_machine *m = machine_of("rbm:hidden=4", WIDE, 0);
        CHECK_OK(temper_machine_start(m, &rows, (temper_stream){1, 0}));
        temper_lesson *l = lesson_of(
            m, exact, (temper_lesson_plan){.rows = rows, .batch = 20, .rate = 0.05, .gradient = gradient});
        double before = mean_score(m, &rows), largest = 0;
        CHECK_OK(temper_lesson_learn(l, 1500));
        CHECK(mean_score(m, &rows) > before + 1.3, "gradient %d: %g from %g", gradient, mean_score(m, &rows),
              before);
        for (int64_t k = 0; k < m->parameters; k++) largest = fmax(largest, fabs((double)m->theta[k]));
        CHECK(largest < 15, "gradient %d: a weight of %g", gradient, largest);
        temper_lesson_free(l), temper_machine_free(m);
    }
    temper_method_free(exact);
}

/* ---- the update in one pass ---- */

enum { SIDE = 64, CHAINS = 48 };

static void fused_is_the_slow_way(void) {
    static float X[CHAINS * SIDE];
    static double ones[CHAINS];
    temper_method *pcd;
    CHECK_OK(temper_method_create(&pcd, "pcd:k=3"));
    random_rows(X, (int64_t)CHAINS * SIDE);
    for (int i = 0; i < CHAINS; i++) ones[i] = 1, X[i * SIDE] = 1, X[i * SIDE + 1] = (float)(i % 7 == 0);
    for (int pass = 0; pass < 4; pass++) {
        temper_machine *m[3];
        for (int way = 0; way < 2; way++) { /* weights, of 1, rule out the update in one pass */
            m[way] = machine_of("rbm:hidden=64", SIDE, 0.2);
            CHECK(m[way]->type->fused(m[way]->self), "no integers");
            temper_lesson *l =
                lesson_of(m[way], pcd,
                          (temper_lesson_plan){.rows = {CHAINS, SIDE, X, way ? ones : NULL},
                                               .batch = CHAINS,
                                               .rate = 0.1,
                                               .l1 = pass & 2 ? 0.01 : 0,
                                               .l2 = pass & 2 ? 0.1 : 0,
                                               .gradient = pass & 1 ? TEMPER_CENTRED : TEMPER_PLAIN});
            CHECK_OK(temper_lesson_learn(l, 1));
            temper_lesson_free(l);
        }
        m[2] = machine_of("rbm:hidden=64", SIDE, 0.2);
        double off = 0, moved = 0;
        for (int64_t k = 0; k < m[0]->parameters; k++) {
            off = fmax(off, fabs((double)m[0]->theta[k] - (double)m[1]->theta[k]));
            moved = fmax(moved, fabs((double)m[0]->theta[k] - (double)m[2]->theta[k]));
        }
        CHECK(off < 3e-7, "pass %d: %g apart", pass, off);
        CHECK(moved > 0.02, "pass %d: moved by %g", pass, moved);
        /* the integers that it left behind are those of θ */
        double w[2][CHAINS];
        temper_rows_view rows = {CHAINS, SIDE, X, NULL};
        CHECK_OK(temper_machine_score(m[0], &rows, w[0]));
        CHECK_OK(temper_machine_refresh(m[0]));
        CHECK_OK(temper_machine_score(m[0], &rows, w[1]));
        CHECK(!memcmp(w[0], w[1], sizeof w[0]), "pass %d: packed otherwise", pass);
        for (int k = 0; k < 3; k++) temper_machine_free(m[k]);
    }
    temper_method_free(pcd);
}

int main(void) {
    RUN(weights_are_repetitions), RUN(known_statistics);
    RUN(centred_is_a_plain_step_elsewhere), RUN(constant_columns_do_no_harm), RUN(fused_is_the_slow_way);
    return check_end();
}
