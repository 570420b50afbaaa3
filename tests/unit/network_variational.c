/* Gaussian weights: the variational free energy of a network as a potential, its slope, its parts and its draws. */
#include "network_lab.h"

static const double SIGMA = 0.3, PRIOR = 0.7;

static bool open_variational(lab *l, const char *model, temper_loss loss, double kl) {
    lab_data(l, model, loss);
    l->task.variational = true;
    l->task.prior = PRIOR, l->task.kl = kl, l->task.deviation = SIGMA;
    if (!lab_open(l)) return false;
    const int64_t P = l->P / 2; /* nothing at a special place: biases off 0, deviations unlike each other */
    for (int64_t i = 0; i < P; i++) l->theta[i] += (float)(0.1 * rig_normal(20, i));
    for (int64_t i = P; i < l->P; i++) l->theta[i] += (float)(0.4 * rig_normal(21, i));
    return true;
}

static double slope(lab *l, temper_stream stream, int64_t step, bool whole, float *grad) {
    temper_look look = {.stream = stream, .step = step, .whole = whole, .scratch = l->scratch};
    const temper_potential_type *type = l->potential->type;
    return grad ? type->slope_single(l->potential->self, &look, l->theta, grad)
                : type->energy_single(l->potential->self, &look, l->theta);
}

/* ---- values, against sums of one's own ---- */

/* Normal number `at` as kernel/normals_body.h makes it of words. */
static double normal_of(temper_stream stream, temper_purpose purpose, int64_t step, int64_t at) {
    int64_t tile = at / 16 * 16, j = at % 8;
    double a = ((double)temper_word(stream, purpose, step, tile + j) + 0.5) * 0x1p-32;
    double turn = 6.283185307179586477 * ((double)temper_word(stream, purpose, step, tile + 8 + j) * 0x1p-32);
    return sqrt(-2 * log(a)) * (at % 16 < 8 ? cos(turn) : sin(turn));
}

/* KL of the P Gaussians from N(0, PRIOR), term by term. */
static double divergence(const lab *l) {
    const int64_t P = l->P / 2;
    double sum = 0;
    for (int64_t i = 0; i < P; i++) {
        double mu = (double)l->theta[i], rho = (double)l->theta[P + i];
        sum += 0.5 * ((mu * mu + exp(2 * rho)) / PRIOR - 1 - 2 * rho + log(PRIOR));
    }
    return sum;
}

/* Mean cross-entropy of n rows through y = μᵀx + s ε; node 1 draws (a flatten of the data is no node). */
static double loss_of_rows(const lab *l, const int64_t *row, int64_t n, temper_stream stream, int64_t step) {
    const int64_t P = l->P / 2;
    const float *rho = l->theta + P;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *x = l->data.X + row[i] * F;
        double z[K], total = 0;
        for (int k = 0; k < K; k++) {
            double m = (double)l->theta[F * K + k], s2 = exp(2 * (double)rho[F * K + k]);
            for (int f = 0; f < F; f++) {
                m += (double)x[f] * (double)l->theta[f * K + k];
                s2 += (double)x[f] * (double)x[f] * exp(2 * (double)rho[f * K + k]);
            }
            int64_t at = (INT64_C(1) << 32) + (i / 16 * K + k) * 16 + i % 16;
            z[k] = m + sqrt(s2) * normal_of(stream, TEMPER_FOR_VARIATIONAL, step, at);
        }
        for (int k = 0; k < K; k++) total += exp(z[k] - z[l->data.y[row[i]]]);
        sum += log(total);
    }
    return sum / (double)n;
}

static void a_layer_by_hand(void) {
    lab l;
    int64_t row[ROWS];
    temper_stream masks = {31, 41};
    for (int shared = 0; shared < 2; shared++) {
        if (!open_variational(&l, "graph:flatten; dense 4", TEMPER_CROSS_ENTROPY, 0.4)) return;
        CHECK(l.P == 2 * (F * K + K) && l.potential->samples == ROWS, "%d coordinates", (int)l.P);
        temper_potential_free(l.potential);
        l.task.masks = shared ? &masks : NULL;
        CHECK_OK(temper_network_potential(&l.potential, &l.task));
        double rest = 0.4 / ROWS * divergence(&l);
        for (int64_t step = 0; step < 3; step++) {
            for (int64_t i = 0; i < ROWS; i++) row[i] = l.row[i];
            for (int64_t i = ROWS - 1; i > 0; i--) {
                uint32_t word = temper_word(rig_stream, TEMPER_FOR_MINIBATCH, 0, i);
                int64_t j = temper_below(word, (uint32_t)(i + 1)), held = row[i];
                row[i] = row[j], row[j] = held;
            }
            double truth =
                loss_of_rows(&l, row + 20 * step, step < 2 ? 20 : 10, shared ? masks : rig_stream, step);
            CHECK_NEAR(slope(&l, rig_stream, step, false, NULL), truth + rest, 3e-6);
        }
        double truth = loss_of_rows(&l, l.row, ROWS, (temper_stream){0, 0}, INT64_C(1) << 47);
        CHECK_NEAR(slope(&l, rig_stream, 7, true, NULL), truth + rest, 3e-6);
        lab_close(&l);
    }
}

static void where_it_begins(void) {
    lab l;
    float means[400];
    lab_data(&l, "mlp:7", TEMPER_CROSS_ENTROPY);
    l.task.variational = true, l.task.prior = 1, l.task.kl = 1, l.task.deviation = 0.0041;
    if (!lab_open(&l)) return;
    const int64_t P = temper_network_parameters(l.network);
    CHECK(l.P == 2 * P && P <= 400, "%d coordinates for %d weights", (int)l.P, (int)P);
    temper_network_start(l.network, TEMPER_INIT_AUTO, 1, rig_stream, means);
    CHECK(!memcmp(means, l.theta, (size_t)P * sizeof *means), "means are not where weights begin");
    for (int64_t i = P; i < l.P; i++) CHECK_NEAR((double)l.theta[i], log(0.0041), 1e-6);
    double *wide = calloc((size_t)l.P, sizeof *wide);
    l.potential->type->start(l.potential->self, rig_stream, wide);
    for (int64_t i = 0; i < l.P; i++) CHECK(wide[i] == (double)l.theta[i], "start in double: %d", (int)i);
    CHECK(!l.potential->type->curve && !l.potential->type->curve_single, "a curvature");
    free(wide), lab_close(&l);
}

/* ---- slopes ---- */

static const char *const models[] = {
    "mlp:9,6",
    "graph:conv 3 3 pad=1; tanh; conv 4 3 stride=2 plain=yes; silu; flatten; dense 4",
    "graph:conv 3 3; batch_norm; relu; save a; conv 3 3 pad=1; batch_norm; add a; gelu; global_pool; dense 4",
    "transformer:blocks=1,width=8,heads=2,patch=3",
    "graph:flatten; dense 8; layer_norm; tanh; dropout rate=0.3; dense 5; softplus; dense 4",
    "graph:conv 40 3 pad=1; tanh; flatten; dense 4" /* so wide that a batch is cut into windows */};
enum { MODELS = sizeof models / sizeof *models };

/* In double, at fixed draws: ∂u along each of some directions, and along single coordinates of both halves. */
static void slopes_are_those_of_the_energy(void) {
    for (int m = 0; m < MODELS; m++)
        for (int whole = 0; whole < 2; whole++) {
            lab l;
            if (!open_variational(&l, models[m], TEMPER_CROSS_ENTROPY, 0.6)) return;
            const temper_potential_type *type = l.potential->type;
            const void *self = l.potential->self;
            const int64_t d = l.P;
            double *theta = calloc(3 * (size_t)d, sizeof *theta), *at = theta + d, *grad = theta + 2 * d;
            for (int64_t i = 0; i < d; i++) theta[i] = (double)l.theta[i];
            temper_look look = {rig_stream, 1, whole, NULL};
            double u = type->slope(self, &look, theta, grad), eps = 1e-5;
            CHECK_NEAR(type->energy(self, &look, theta), u, 1e-13 * fabs(u));
            for (int k = 0; k < 12; k++) {
                double along = 0, up, down;
                int64_t single = k < 4 ? -1 : (k % 2 ? d / 2 : 0) + (k * 7919) % (d / 2);
                for (int sign = 1; sign >= -1; sign -= 2) {
                    for (int64_t i = 0; i < d; i++) {
                        double v = single < 0 ? rig_normal(40 + k, i) : i == single;
                        at[i] = theta[i] + sign * eps * v;
                        if (sign > 0) along += grad[i] * v;
                    }
                    *(sign > 0 ? &up : &down) = type->energy(self, &look, at);
                }
                CHECK_NEAR((up - down) / (2 * eps), along, 3e-8 * (1 + fabs(along)));
            }
            if (check_bad) printf("  in %s, %s\n", models[m], whole ? "all rows" : "a minibatch");
            free(theta), lab_close(&l);
        }
}

static void float_follows_double(void) {
    for (int m = 0; m < MODELS; m++) {
        lab l;
        if (!open_variational(&l, models[m], TEMPER_CROSS_ENTROPY, 0.6)) return;
        const int64_t d = l.P;
        double *theta = calloc(2 * (size_t)d, sizeof *theta), *grad = theta + d;
        float *g = calloc((size_t)d, sizeof *g);
        for (int64_t i = 0; i < d; i++) theta[i] = (double)l.theta[i];
        temper_look look = {rig_stream, 1, false, NULL};
        double u = l.potential->type->slope(l.potential->self, &look, theta, grad), off = 0, size = 0;
        CHECK_NEAR(slope(&l, rig_stream, 1, false, g), u, 1e-5 * fabs(u));
        for (int64_t i = 0; i < d; i++)
            off = fmax(off, fabs(grad[i] - (double)g[i])), size = fmax(size, fabs(grad[i]));
        CHECK(off < 1e-4 * size, "%s: float is %g off, of %g", models[m], off, size);
        free(theta), free(g), lab_close(&l);
    }
}

/* Weights without a deviation: an ordinary prior, no KL, and nothing that moves their ρ. */
static void points_stay_points(void) {
    lab l;
    if (!open_variational(&l, models[2], TEMPER_CROSS_ENTROPY, 0.6)) return;
    const int64_t P = l.P / 2;
    float *grad = calloc((size_t)l.P, sizeof *grad);
    temper_array array;
    double points = 0, u = slope(&l, rig_stream, 0, true, NULL), U, S;
    int found = 0;
    slope(&l, rig_stream, 0, true, grad);
    for (int k = 0; temper_network_array(l.network, k, &array); k++) {
        bool norm = !strncmp(array.name, "1.", 2) || !strncmp(array.name, "4.", 2);
        for (int64_t i = array.offset; !array.statistic && i < array.offset + array.length; i++) {
            CHECK(norm == (grad[P + i] == 0), "%s: slope %g of ρ", array.name, (double)grad[P + i]);
            if (norm) points += pow((double)l.theta[i], 2) / (2 * PRIOR), l.theta[P + i] += 3;
        }
        found += norm && !array.statistic;
    }
    CHECK(found == 4, "%d arrays of norms", found);
    CHECK(slope(&l, rig_stream, 0, true, NULL) == u, "a deviation that nobody has is felt");
    CHECK_OK(temper_network_free_energy(l.potential, rig_stream, 400, l.theta, &U, &S));
    l.task.prior = 2 * PRIOR; /* of E[loss] + points/prior + KL only the last two know the prior */
    temper_potential *other;
    double U2, S2;
    CHECK_OK(temper_network_potential(&other, &l.task));
    CHECK_OK(temper_network_free_energy(other, rig_stream, 400, l.theta, &U2, &S2));
    CHECK_NEAR(U - U2, points / 2, 1e-9 * points);
    free(grad), temper_potential_free(other), lab_close(&l);
}

/* ---- bits ---- */

static void levels_and_teams_agree(void) {
    static const char *const wide[] = {
        "graph:flatten; dense 90; relu; dropout rate=0.1; dense 90; tanh; dense 4",
        "graph:conv 16 3 pad=1; relu; conv 40 3; relu; flatten; dense 30; relu; dense 4",
        "graph:conv 16 3 pad=1; batch_norm; relu; conv 40 3; relu; flatten; dense 4"};
    for (int m = 0; m < 3; m++) {
        float *first = NULL;
        double u_first[2] = {0};
        for (int level = 0; level <= (int)temper_cpu_best(); level++)
            for (int threads = 1; threads <= 3; threads += 2) {
                lab l;
                double u[2];
                CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
                temper_threads(threads);
                lab_data(&l, wide[m], TEMPER_CROSS_ENTROPY);
                l.task.variational = true, l.task.threads = threads, l.task.batch = 40;
                l.task.prior = PRIOR, l.task.kl = 0.3, l.task.deviation = SIGMA;
                if (!lab_open(&l)) return;
                float *grad = calloc(2 * (size_t)l.P, sizeof *grad);
                u[0] = slope(&l, rig_stream, 0, false, grad);
                u[1] = slope(&l, rig_stream, 0, true, grad + l.P);
                if (!first) first = grad, memcpy(u_first, u, sizeof u);
                CHECK(!memcmp(u, u_first, sizeof u), "%s: level %d, %d threads: u", wide[m], level, threads);
                CHECK(!memcmp(grad, first, 2 * (size_t)l.P * sizeof *grad), "%s: level %d, %d threads: slope",
                      wide[m], level, threads);
                if (grad != first) free(grad);
                lab_close(&l);
            }
        free(first);
    }
    CHECK_OK(temper_cpu_cap("auto"));
}

/* The draws belong to the place in the minibatch, the step and the stream; looks at everything are a function of θ. */
static void addresses(void) {
    lab l;
    temper_stream other = {8, 8};
    if (!open_variational(&l, "mlp:9", TEMPER_CROSS_ENTROPY, 0)) return;
    double u[2];
    l.task.order = &rig_stream;
    lab_shut(&l);
    if (!lab_open(&l)) return;
    int64_t count = temper_alloc_count();
    u[0] = slope(&l, rig_stream, 0, false, NULL), u[1] = slope(&l, other, 0, false, NULL);
    CHECK(u[0] != u[1], "two chains have one draw");
    CHECK(slope(&l, rig_stream, 0, true, NULL) == slope(&l, other, 9, true, NULL), "a look at everything");
    CHECK(slope(&l, rig_stream, 0, false, NULL) == u[0], "one draw, two values");
    CHECK(temper_alloc_count() == count, "a look allocates");
    l.task.batch = ROWS, lab_shut(&l); /* one minibatch of all rows: steps differ by order and draws */
    if (!lab_open(&l)) return;
    CHECK(slope(&l, rig_stream, 0, false, NULL) != slope(&l, rig_stream, 1, false, NULL),
          "one draw for all steps");
    lab_close(&l);
}

/* Chunks of a look at all rows have draws of their own: 700 times one sample has 700 different losses. */
static void chunks_differ(void) {
    enum { MANY = 2 * 512 };
    lab l;
    int64_t row[MANY] = {0};
    lab_data(&l, "mlp:9", TEMPER_CROSS_ENTROPY);
    l.task.variational = true, l.task.row = row, l.task.prior = 1, l.task.deviation = 0.5;
    double u[2];
    for (int k = 0; k < 2; k++) {
        l.task.rows = 512 * (k + 1);
        if (!lab_open(&l)) return;
        u[k] = slope(&l, rig_stream, 0, true, NULL);
        if (k == 0) lab_shut(&l);
    }
    CHECK(u[0] != u[1], "two chunks with the same draws");
    lab_close(&l);
}

/* ---- draws and the free energy ---- */

static void draws_are_of_q(void) {
    lab l;
    if (!open_variational(&l, "mlp:40", TEMPER_CROSS_ENTROPY, 1)) return;
    const int64_t P = l.P / 2;
    float *w = calloc((size_t)P, sizeof *w);
    temper_network_draw(l.network, rig_stream, -1, l.theta, w);
    CHECK(!memcmp(w, l.theta, (size_t)P * sizeof *w), "draw −1 is not the means");
    for (int k = 0; k < 3; k++) {
        temper_network_draw(l.network, rig_stream, k, l.theta, w);
        for (int64_t i = 0; i < P; i++) {
            double sigma = exp((double)l.theta[P + i]), z = normal_of(rig_stream, TEMPER_FOR_TESTS, k, i);
            CHECK_NEAR((double)w[i], (double)l.theta[i] + sigma * z, 4e-6 * (1 + sigma));
        }
    }
    free(w), lab_close(&l);
}

/* Where no weight makes two sums of one sample, drawing sums or weights is the same law: the mean of u over many steps is F/N. */
static void parts_make_the_whole(void) {
    enum { STEPS = 1000, DRAWS = 10000 };
    for (int m = 0; m < 2; m++) {
        lab l;
        double U, S, T = 0.4;
        const char *model = m ? "graph:flatten; dense 8; tanh; dense 6; layer_norm; dense 4" : models[0];
        if (!open_variational(&l, model, TEMPER_CROSS_ENTROPY, T)) return;
        CHECK_OK(temper_network_free_energy(l.potential, rig_stream, DRAWS, l.theta, &U, &S));
        double sum = 0, square = 0;
        for (int64_t k = 0; k < STEPS; k++) {
            double u = 0; /* an epoch: 20, 20 and 10 rows */
            for (int b = 0; b < 3; b++)
                u += slope(&l, rig_stream, 3 * k + b, false, NULL) * (b < 2 ? 20 : 10) / ROWS;
            sum += u, square += u * u;
        }
        double mean = sum / STEPS, error = sqrt((square / STEPS - mean * mean) / STEPS);
        double F_per_sample = (U - T * S) / ROWS;
        /* the draws share weights among rows: their error is that of single rows at most */
        CHECK_NEAR(F_per_sample, mean, 4.5 * error * sqrt(1 + ROWS * (double)STEPS / DRAWS));
        CHECK(S < 0, "S = %g", S);
        if (m == 0) CHECK_NEAR(-S, divergence(&l), 1e-5 * fabs(S));
        lab_close(&l);
    }
}

/* ---- refusals ---- */

static void sentences(void) {
    lab l;
    temper_potential *made;
    double U, S;
    lab_data(&l, "mlp:5", TEMPER_CROSS_ENTROPY);
    if (!l.network) return;
    l.task.variational = true, l.task.prior = 1, l.task.kl = 1, l.task.deviation = 0.1;
    const temper_network_task good = l.task;
#define REFUSE(change, code, words)                                                                          \
    do {                                                                                                     \
        temper_network_task bad = good;                                                                      \
        bad.change;                                                                                          \
        CHECK_FAILS(temper_network_potential(&made, &bad), code, words);                                     \
        CHECK(!made, "a potential all the same");                                                            \
    } while (0)
    REFUSE(prior = INFINITY, TEMPER_BAD_OPTION, "prior=inf");
    REFUSE(kl = -1, TEMPER_BAD_OPTION, "kl=-1");
    REFUSE(kl = NAN, TEMPER_BAD_OPTION, "kl=nan");
    REFUSE(deviation = 0, TEMPER_BAD_OPTION, "deviation=0");
    REFUSE(deviation = INFINITY, TEMPER_BAD_OPTION, "deviation=inf");
    float theta[1000] = {0};
    CHECK_OK(temper_network_potential(&made, &good));
    CHECK_FAILS(temper_network_free_energy(made, rig_stream, 0, theta, &U, &S), TEMPER_BAD_OPTION, "draws=0");
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    temper_status bad = temper_network_free_energy(made, rig_stream, 1, theta, &U, &S);
    temper_alloc_fail_at(0);
    CHECK(bad == TEMPER_NO_MEMORY && temper_alloc_live() == live, "status %d", bad);
    temper_potential_free(made);
    l.task.variational = false;
    CHECK_OK(temper_network_potential(&made, &l.task));
    CHECK_FAILS(temper_network_free_energy(made, rig_stream, 1, theta, &U, &S), TEMPER_CANNOT, "variational");
    temper_potential_free(made), lab_close(&l);
    lab_data(&l, "graph:max_pool 3; flatten; layer_norm", TEMPER_CROSS_ENTROPY);
    if (!l.network) return;
    l.task.variational = true, l.task.prior = 1, l.task.kl = 1, l.task.deviation = 0.1;
    CHECK_FAILS(temper_network_potential(&made, &l.task), TEMPER_CANNOT, "neither dense layers nor");
    lab_close(&l);
}

static void failed_allocations_are_clean(void) {
    lab l;
    lab_data(&l, "mlp:5", TEMPER_CROSS_ENTROPY);
    l.task.variational = true, l.task.prior = 1, l.task.deviation = 0.1;
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_potential *made;
        temper_alloc_fail_at(k);
        temper_status bad = temper_network_potential(&made, &l.task);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(!reached || bad == TEMPER_NO_MEMORY, "allocation %lld failed unseen", (long long)k);
        temper_potential_free(made);
        CHECK(temper_alloc_live() == live, "a block is lost after failure %lld", (long long)k);
        if (!reached) break;
    }
    lab_close(&l);
}

int main(void) {
    RUN(a_layer_by_hand);
    RUN(where_it_begins);
    RUN(slopes_are_those_of_the_energy);
    RUN(float_follows_double);
    RUN(points_stay_points);
    RUN(levels_and_teams_agree);
    RUN(addresses);
    RUN(chunks_differ);
    RUN(draws_are_of_q);
    RUN(parts_make_the_whole);
    RUN(sentences);
    RUN(failed_allocations_are_clean);
    return check_end();
}
