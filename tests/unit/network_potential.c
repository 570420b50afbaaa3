/* A network's loss as a potential: which rows are looked at and when, what is added to them, and who may look at once. */
#include <pthread.h>
#include "network_lab.h"

static double slope(lab *l, temper_stream stream, int64_t step, bool whole, float *grad) {
    temper_look look = {.stream = stream, .step = step, .whole = whole, .scratch = l->scratch};
    return l->potential->type->slope_single(l->potential->self, &look, l->theta, grad);
}

static double energy(lab *l, temper_stream stream, int64_t step, bool whole) {
    temper_look look = {.stream = stream, .step = step, .whole = whole, .scratch = l->scratch};
    return l->potential->type->energy_single(l->potential->self, &look, l->theta);
}

/* −ln softmax(Wx + b)_y in double; x may have been altered. z becomes ∂/∂b = softmax − one-hot. */
static double loss_at(const lab *l, const float *x, int y, double z[K]) {
    double top = -INFINITY, sum = 0;
    for (int k = 0; k < K; k++) { /* θ: W [in][out], then b */
        z[k] = (double)l->theta[F * K + k];
        for (int f = 0; f < F; f++) z[k] += (double)x[f] * (double)l->theta[f * K + k];
        top = z[k] > top ? z[k] : top;
    }
    for (int k = 0; k < K; k++) sum += exp(z[k] - top);
    double loss = log(sum) + top - z[y];
    for (int k = 0; k < K; k++) z[k] = exp(z[k] - top) / sum - (k == y);
    return loss;
}

static double loss_of(const lab *l, const float *x, int y) {
    double z[K];
    return loss_at(l, x, y, z);
}

static double mean_loss(const lab *l, const int64_t *row, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += loss_of(l, l->data.X + row[i] * F, l->data.y[row[i]]);
    return sum / (double)n;
}

/* The order that network.h promises, without the library's shuffle. */
static void order_of(const lab *l, temper_stream stream, int64_t epoch, int64_t *row) {
    int64_t n = l->task.rows;
    for (int64_t i = 0; i < n; i++) row[i] = l->task.row[i];
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t j = temper_below(temper_word(stream, TEMPER_FOR_MINIBATCH, epoch, i), (uint32_t)(i + 1));
        int64_t held = row[i];
        row[i] = row[j], row[j] = held;
    }
}

static void minibatches(void) {
    lab l;
    int64_t row[ROWS];
    lab_data(&l, "graph:flatten; dense 4", TEMPER_CROSS_ENTROPY);
    if (!lab_open(&l)) return;
    CHECK(l.potential->samples == ROWS && l.potential->batches == 3 && l.P == F * K + K, "%d %d",
          (int)l.potential->batches, (int)l.P);
    static const int64_t steps[] = {0, 1, 2, 3, 7, 4, 0, 300000};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (int chain = 0; chain < 3; chain++) {
            temper_stream stream = {98 + (uint64_t)(chain / 2), (uint32_t)(chain % 2)};
            order_of(&l, stream, steps[s] / 3, row);
            int64_t start = steps[s] % 3 * 20, n = start == 40 ? 10 : 20;
            CHECK_NEAR(energy(&l, stream, steps[s], false), mean_loss(&l, row + start, n), 2e-6);
        }
    CHECK_NEAR(energy(&l, rig_stream, 5, true), mean_loss(&l, l.row, ROWS), 2e-6);
    lab_shut(&l);
    temper_stream other = {5, 6};
    l.task.order = &other;
    if (!lab_open(&l)) return;
    order_of(&l, other, 1, row);
    CHECK_NEAR(energy(&l, rig_stream, 4, false), mean_loss(&l, row + 20, 20), 2e-6);
    lab_close(&l);
}

/* u grows by |θ|²/(2 prior N), the slope by θ/(prior N), the curvature by 1/(prior N). */
static void prior(void) {
    lab l;
    lab_data(&l, "mlp:9", TEMPER_CROSS_ENTROPY);
    if (!lab_open(&l)) return;
    size_t P = (size_t)l.P;
    float *g = calloc(P, 4), *h = calloc(P, 4), *gp = calloc(P, 4), *hp = calloc(P, 4);
    temper_look look = {.stream = rig_stream, .step = 2, .scratch = l.scratch};
    double u = l.potential->type->curve_single(l.potential->self, &look, l.theta, l.theta, g, h), square = 0;
    lab_shut(&l);
    l.task.prior = 0.125;
    if (!lab_open(&l)) return;
    look.scratch = l.scratch;
    double up = l.potential->type->curve_single(l.potential->self, &look, l.theta, l.theta, gp, hp);
    for (size_t i = 0; i < P; i++) {
        double t = (double)l.theta[i];
        square += t * t;
        CHECK_NEAR((double)gp[i], (double)g[i] + t / (0.125 * ROWS), 1e-6);
        CHECK_NEAR((double)hp[i], (double)h[i] + t / (0.125 * ROWS), 1e-6);
    }
    CHECK_NEAR(up, u + square / (0.25 * ROWS), 1e-6);
    free(g), free(h), free(gp), free(hp), lab_close(&l);
}

/* Scaled inputs and targets: ((x − shift)·scale; (t − shift)·scale). */
static void scaling(void) {
    lab l;
    double shift[F + K], scale[F + K];
    for (int f = 0; f < F + K; f++) shift[f] = 0.25 * (f % 5), scale[f] = 1 + 0.5 * (f % 3);
    temper_scaling s = {F, K, shift, scale};
    lab_data(&l, "graph:flatten; dense 4", TEMPER_SQUARED);
    l.task.scaling = &s;
    if (!lab_open(&l)) return;
    double u = 0;
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < K; k++) {
            const float *x = l.data.X + l.row[i] * F;
            double z = (double)l.theta[F * K + k];
            for (int f = 0; f < F; f++)
                z += ((double)x[f] - shift[f]) * scale[f] * (double)l.theta[f * K + k];
            double off = z - (l.data.t[l.row[i] * K + k] - shift[F + k]) * scale[F + k];
            u += 0.5 * off * off / ROWS;
        }
    CHECK_NEAR(energy(&l, rig_stream, 0, true), u, 1e-5 * u);
    lab_close(&l);
}

/* Many rows, in chunks: the mean over all of them, with any number of threads the same bits. */
static void whole_in_chunks(void) {
    enum { MANY = 1300 };
    lab l;
    int64_t row[MANY], order[MANY];
    float grad[3][F * K + K], part[F * K + K];
    double u[3];
    lab_data(&l, "graph:flatten; dense 4", TEMPER_CROSS_ENTROPY);
    for (int i = 0; i < MANY; i++) row[i] = i * 7 % (2 * ROWS);
    l.task.row = row, l.task.rows = MANY, l.task.batch = 100;
    for (int t = 0; t < 3; t++) {
        double z[K], truth[K] = {0};
        l.task.threads = t + 1;
        temper_threads(t + 1);
        if (!lab_open(&l)) return;
        u[t] = slope(&l, rig_stream, 0, true, grad[t]);
        CHECK_NEAR(u[t], mean_loss(&l, row, MANY), 1e-6);
        for (int i = 0; i < MANY; i++) {
            loss_at(&l, l.data.X + row[i] * F, l.data.y[row[i]], z);
            for (int k = 0; k < K; k++) truth[k] += z[k] / MANY;
        }
        for (int k = 0; k < K; k++) CHECK_NEAR((double)grad[t][F * K + k], truth[k], 1e-6);
        CHECK(u[t] == u[0] && !memcmp(grad[t], grad[0], sizeof grad[t]), "%d threads", t + 1);
        slope(&l, rig_stream, 5, false, part); /* a minibatch between two looks at all leaves no trace */
        CHECK(slope(&l, rig_stream, 0, true, grad[t]) == u[0], "%d threads, again", t + 1);
        CHECK(!memcmp(grad[t], grad[0], sizeof grad[t]), "%d threads, again: slope", t + 1);
        lab_shut(&l);
    }
    if (!lab_open(&l)) return;
    order_of(&l, rig_stream, 1, order);
    for (int batch = 0; batch < 13; batch++)
        CHECK_NEAR(energy(&l, rig_stream, 13 + batch, false), mean_loss(&l, order + 100 * batch, 100), 2e-6);
    lab_close(&l);
}

/* One minibatch by several threads, with all that is drawn for it. */
static void a_team(void) {
    lab l;
    float *grad[3];
    double u[3][20];
    lab_data(&l, "graph:flatten; dense 300; relu; dropout rate=0.1; dense 300; tanh; dense 4",
             TEMPER_CROSS_ENTROPY);
    l.task.batch = 50, l.task.shift = 2, l.task.blur = 0.1, l.task.mirror = true;
    for (int t = 0; t < 3; t++) {
        l.task.threads = t + 1;
        temper_threads(t + 1);
        if (!lab_open(&l)) return;
        grad[t] = calloc((size_t)l.P, sizeof *grad[t]);
        for (int step = 0; step < 20; step++) u[t][step] = slope(&l, rig_stream, step, false, grad[t]);
        CHECK(!memcmp(u[t], u[0], sizeof u[t]), "%d threads: u", t + 1);
        CHECK(!memcmp(grad[t], grad[0], (size_t)l.P * sizeof *grad[t]), "%d threads: slope", t + 1);
        lab_shut(&l);
    }
    for (int t = 0; t < 3; t++) free(grad[t]);
    lab_close(&l);
}

/* The energy with images moved by hand as feed.c says: word 0 and 1 of block 2^38 + sample are the shifts down and right, the top bit
 * of word 2 the reflection; then noise, number (block·F + f)·16 + lane. */
static double augmented(const lab *l, temper_stream order, temper_stream masks, int64_t step) {
    int64_t row[ROWS];
    double sum = 0;
    int s = l->task.shift, n = 20, start = (int)(step % 3) * 20;
    order_of(l, order, step / 3, row);
    if (start == 40) n = 10;
    for (int i = 0; i < n; i++) {
        const float *x = l->data.X + row[start + i] * F;
        float moved[F];
        uint32_t word[4];
        temper_block(masks, TEMPER_FOR_AUGMENTATION, step, (INT64_C(1) << 38) + i, word);
        int down = (int)temper_below(word[0], (uint32_t)(2 * s + 1)) - s;
        int right = (int)temper_below(word[1], (uint32_t)(2 * s + 1)) - s;
        for (int f = 0; f < F; f++) moved[f] = 0;
        for (int f = 0; f < F; f++) { /* where pixel f goes */
            int to_i = f / SIDE + down, to_j = f % SIDE + right;
            if (to_i < 0 || to_i >= SIDE || to_j < 0 || to_j >= SIDE) continue;
            if (l->task.mirror && word[2] >> 31) to_j = SIDE - 1 - to_j;
            moved[to_i * SIDE + to_j] = x[f];
        }
        for (int f = 0; l->task.blur > 0 && f < F; f++) {
            int64_t at =
                ((int64_t)(i / 16) * F + f) * 16; /* word of lane 0 of its sixteen; kernel/normals_body.h */
            int j = i % 8;
            double a = ((double)temper_word(masks, TEMPER_FOR_AUGMENTATION, step, at + j) + 0.5) * 0x1p-32;
            double b = (double)temper_word(masks, TEMPER_FOR_AUGMENTATION, step, at + 8 + j) * 0x1p-32;
            double turn = 6.283185307179586477 * b;
            moved[f] += (float)(l->task.blur * sqrt(-2 * log(a)) * (i % 16 < 8 ? cos(turn) : sin(turn)));
        }
        sum += loss_of(l, moved, l->data.y[row[start + i]]);
    }
    return sum / n;
}

static void augmentation(void) {
    temper_stream masks = {31, 41};
    for (int kind = 0; kind < 4; kind++) {
        lab l;
        lab_data(&l, "graph:flatten; dense 4", TEMPER_CROSS_ENTROPY);
        l.task.shift = kind == 0 || kind == 3 ? 2 : 0;
        l.task.mirror = kind == 1 || kind == 3;
        l.task.blur = kind >= 2 ? 0.3 : 0;
        l.task.masks = l.task.blurs = kind == 3 ? &masks : NULL;
        if (!lab_open(&l)) return;
        for (int64_t step = 0; step < 5; step++) {
            double truth = augmented(&l, rig_stream, l.task.masks ? masks : rig_stream, step);
            CHECK_NEAR(energy(&l, rig_stream, step, false), truth, 4e-6);
        }
        CHECK_NEAR(energy(&l, rig_stream, 0, true), mean_loss(&l, l.row, ROWS), 2e-6);
        lab_close(&l);
    }
}

static void dropout(void) {
    lab l;
    lab_data(&l, "graph:flatten; dense 30; relu; dropout rate=0.5; dense 4", TEMPER_CROSS_ENTROPY);
    temper_stream other = {8, 8};
    l.task.order = &rig_stream;
    if (!lab_open(&l)) return;
    double a = energy(&l, rig_stream, 0, false), b = energy(&l, other, 0, false);
    CHECK(a != b, "two chains have one mask: %.17g", a);
    CHECK(a == energy(&l, rig_stream, 0, false), "one mask, two values");
    CHECK(energy(&l, rig_stream, 0, true) == energy(&l, other, 9, true), "dropout in a look at everything");
    lab_shut(&l);
    l.task.masks = &other;
    if (!lab_open(&l)) return;
    CHECK(energy(&l, rig_stream, 0, false) == b, "masks of another stream");
    lab_close(&l);
}

typedef struct {
    lab *of;
    void *scratch;
    uint32_t chain;
    double u[30];
    float *grad;
} looker;

static void *look_on(void *context) {
    looker *w = context;
    const temper_potential *potential = w->of->potential;
    for (int step = 0; step < 30; step++) {
        temper_look look = {{3, w->chain}, step, step % 10 == 9, w->scratch};
        w->u[step] = potential->type->slope_single(potential->self, &look, w->of->theta, w->grad);
    }
    return NULL;
}

/* Two callers at the same time see what each would have seen alone; nobody allocates. */
static void side_by_side(void) {
    static const char *const models[] = {
        "mlp:20", "graph:conv 4 3 pad=1; batch_norm; relu; dropout rate=0.1; flatten; dense 4"};
    for (int k = 0; k < 2; k++) {
        lab l;
        looker w[4];
        pthread_t thread[2];
        lab_data(&l, models[k], TEMPER_CROSS_ENTROPY);
        l.task.shift = 1, l.task.blur = 0.1;
        if (!lab_open(&l)) return;
        for (int i = 0; i < 4; i++) {
            w[i] = (looker){&l, calloc(l.potential->scratch, 1), (uint32_t)(i % 2), {0}, NULL};
            w[i].grad = calloc((size_t)l.P, 4);
        }
        int64_t count = temper_alloc_count();
        look_on(&w[0]), look_on(&w[1]);
        CHECK(temper_alloc_count() == count, "%s: a slope allocates", models[k]);
        for (int i = 0; i < 2; i++) pthread_create(&thread[i], NULL, look_on, &w[2 + i]);
        for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
        for (int i = 0; i < 2; i++) {
            CHECK(!memcmp(w[i].u, w[2 + i].u, sizeof w[i].u), "%s: chain %d", models[k], i);
            CHECK(!memcmp(w[i].grad, w[2 + i].grad, (size_t)l.P * 4), "%s: chain %d: slope", models[k], i);
        }
        for (int i = 0; i < 4; i++) free(w[i].scratch), free(w[i].grad);
        lab_close(&l);
    }
}

static void sentences(void) {
    lab l;
    temper_potential *made;
    lab_data(&l, "mlp:5", TEMPER_CROSS_ENTROPY);
    if (!l.network) return;
    const temper_network_task good = l.task;
#define REFUSE(change, code, words)                                                                          \
    do {                                                                                                     \
        temper_network_task bad = good;                                                                      \
        bad.change;                                                                                          \
        CHECK_FAILS(temper_network_potential(&made, &bad), code, words);                                     \
        CHECK(!made, "a potential all the same");                                                            \
    } while (0)
    REFUSE(rows = 0, TEMPER_BAD_DATA, "no rows");
    REFUSE(batch = 0, TEMPER_BAD_OPTION, "batch=0 is outside 1 ... 50");
    REFUSE(batch = 51, TEMPER_BAD_OPTION, "batch=51 is outside 1 ... 50");
    REFUSE(prior = 0, TEMPER_BAD_OPTION, "prior=0");
    REFUSE(prior = NAN, TEMPER_BAD_OPTION, "prior=nan");
    REFUSE(blur = -1, TEMPER_BAD_OPTION, "blur=-1");
    REFUSE(shift = SIDE, TEMPER_BAD_OPTION, "shift=6 is outside 0 ... 5");
    REFUSE(threads = -1, TEMPER_BAD_OPTION, "threads=-1");
    l.data.features--;
    CHECK_FAILS(temper_network_potential(&made, &good), TEMPER_BAD_DATA, "35 features, the network takes 36");
    l.data.features++;
    l.data.y[3] = K;
    CHECK_FAILS(temper_network_potential(&made, &good), TEMPER_BAD_DATA, "row 3: label 4 is outside 0 ... 3");
    l.data.y[3] = 0;
    l.data.X[7 * F + 2] = NAN;
    CHECK_FAILS(temper_network_potential(&made, &good), TEMPER_BAD_DATA, "row 7: feature 2 is not a number");
    l.data.X[7 * F + 2] = INFINITY;
    CHECK_FAILS(temper_network_potential(&made, &good), TEMPER_BAD_DATA, "row 7: feature 2 is infinite");
    l.data.X[7 * F + 2] = 0;
    l.row[1] = -4;
    CHECK_FAILS(temper_network_potential(&made, &good), TEMPER_BAD_DATA, "row -4 is outside 0 ... 99");
    lab_close(&l);
    lab_data(&l, "mlp:5", TEMPER_SQUARED);
    l.data.outputs = K - 1;
    CHECK_FAILS(temper_network_potential(&made, &l.task), TEMPER_BAD_DATA, "3 numbers per target");
    l.data.outputs = K;
    l.data.t[99 * K] = NAN;
    CHECK_FAILS(temper_network_potential(&made, &l.task), TEMPER_BAD_DATA, "row 99: target 0 is not finite");
    lab_close(&l);
}

int main(void) {
    RUN(minibatches);
    RUN(prior);
    RUN(scaling);
    RUN(whole_in_chunks);
    RUN(a_team);
    RUN(augmentation);
    RUN(dropout);
    RUN(side_by_side);
    RUN(sentences);
    return check_end();
}
