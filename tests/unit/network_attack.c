/* Attacks: exact on a line, within their box, worse than noise on a network that has learned, the same whoever is asked beside. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "network_rig.h"
#include "temper/parallel.h"
#include "temper/potential.h"

enum { N = 1200, D = 64, K = 10, MEMBERS = 2 };

typedef struct {
    temper_dataset *digits;
    temper_scaling scaling;
    temper_network *network;
    int64_t row[N];
    float *theta[MEMBERS];
    double low[D], high[D];
    temper_attack attack;
} battle;

/* Some steps of plain descent: enough to know most digits. */
static void learn(battle *b, int member) {
    const temper_network_task task = {.network = b->network,
                                      .samples = &b->digits->data,
                                      .scaling = &b->scaling,
                                      .row = b->row,
                                      .rows = N,
                                      .batch = 100,
                                      .prior = INFINITY,
                                      .init_scale = 1,
                                      .threads = 1};
    temper_potential *u;
    CHECK_OK(temper_network_potential(&u, &task));
    if (!u) return;
    temper_look look = {.stream = {77, (uint32_t)member}, .scratch = calloc(u->scratch, 1)};
    float *grad = calloc((size_t)u->dim, sizeof *grad), *theta = b->theta[member];
    u->type->start_single(u->self, look.stream, theta);
    for (look.step = 0; look.step < 150; look.step++) {
        u->type->slope_single(u->self, &look, theta, grad);
        for (int64_t k = 0; k < u->dim; k++) theta[k] -= 0.1F * grad[k];
    }
    free(grad), free(look.scratch), temper_potential_free(u);
}

static bool prepare(battle *b, const char *model) {
    memset(b, 0, sizeof *b);
    CHECK_OK(temper_dataset_create(&b->digits, "digits"));
    const temper_samples *s = &b->digits->data;
    const temper_network_io io = {D, 1, 8, 8, K};
    CHECK_OK(
        temper_network_create(&b->network, model, &io, &(temper_objective){.loss = TEMPER_CROSS_ENTROPY}));
    if (!b->network) return false;
    for (int i = 0; i < N; i++) b->row[i] = i;
    CHECK_OK(temper_scaling_build(&b->scaling, TEMPER_SCALING_STANDARD, s, b->row, N));
    for (int m = 0; m < MEMBERS; m++) {
        b->theta[m] = calloc((size_t)temper_network_parameters(b->network), sizeof(float));
        learn(b, m);
    }
    for (int k = 0; k < D; k++) b->low[k] = 0, b->high[k] = 16;
    b->attack = (temper_attack){.network = b->network,
                                .samples = s,
                                .scaling = &b->scaling,
                                .row = b->row,
                                .rows = N,
                                .theta = (const float *const *)b->theta,
                                .members = 1,
                                .low = b->low,
                                .high = b->high,
                                .clip = true,
                                .epsilon = 0.1,
                                .steps = 1,
                                .seed = 5};
    return true;
}

static void leave(battle *b) {
    temper_dataset_free(b->digits), temper_network_free(b->network), temper_scaling_clear(&b->scaling);
    for (int m = 0; m < MEMBERS; m++) free(b->theta[m]);
}

/* Mean loss of member m at x, the answers those of the rows. */
static double loss_at(const battle *b, const float *x, int member) {
    temper_samples moved = b->digits->data;
    static float slope[N * D];
    static double loss[N];
    double sum = 0;
    moved.X = (float *)x, moved.n = b->attack.rows;
    CHECK_OK(temper_network_slope(b->network, &moved, &b->scaling, b->row, moved.n, b->theta[member], NULL,
                                  slope, loss));
    for (int64_t i = 0; i < moved.n; i++) sum += loss[i] / (double)moved.n;
    return sum;
}

/* Farthest from the clean rows in units of ε·range, and outside the range. */
static void in_the_box(const battle *b, const float *x) {
    const float *clean = b->digits->data.X;
    double far = 0, out = 0;
    for (int i = 0; i < N * D; i++) {
        far = fmax(far, fabs((double)x[i] - (double)clean[i]) / (16 * b->attack.epsilon));
        out = fmax(out, fmax(-(double)x[i], (double)x[i] - 16));
    }
    CHECK(far > 0.999 && far < 1.000001, "moved by %.9g ε", far);
    CHECK(out <= 0, "%g outside the range", out);
}

static void learned_networks(void) {
    static float x[N * D], noise[N * D];
    battle b;
    if (!prepare(&b, "mlp:32")) return;
    double clean = loss_at(&b, b.digits->data.X, 0), fgsm, pgd;
    CHECK_OK(temper_network_attack(&b.attack, x));
    in_the_box(&b, x), fgsm = loss_at(&b, x, 0);
    for (int i = 0; i < N * D; i++) { /* the same distance in a direction by chance */
        double to = (double)b.digits->data.X[i] + (rig_normal(8, i) > 0 ? 1.6 : -1.6);
        noise[i] = (float)(to < 0 ? 0 : to > 16 ? 16 : to);
    }
    CHECK(clean < 0.3 && fgsm > 3 * clean && fgsm > 2 * loss_at(&b, noise, 0), "%g, by noise %g, by FGSM %g",
          clean, loss_at(&b, noise, 0), fgsm);
    b.attack.steps = 10;
    CHECK_OK(temper_network_attack(&b.attack, x));
    in_the_box(&b, x), pgd = loss_at(&b, x, 0);
    CHECK(pgd > fgsm, "PGD %g, FGSM %g", pgd, fgsm);
    b.attack.members = 2; /* both suffer more than under an attack on the other */
    double other = loss_at(&b, x, 1);
    CHECK_OK(temper_network_attack(&b.attack, noise));
    CHECK(loss_at(&b, noise, 1) > other, "%g, %g", loss_at(&b, noise, 1), other);
    b.attack.epsilon = 0;
    CHECK_OK(temper_network_attack(&b.attack, x));
    CHECK(!memcmp(x, b.digits->data.X, sizeof x), "no ε, no move");
    leave(&b);
}

/* One dense layer of two classes: ∇ℓ = ±p (w_1 − w_0)·scale, whose signs are read off the weights. */
static void exact_on_a_line(void) {
    enum { FEW = 5, WIDE = 7 };
    const temper_network_io io = rig_vector(WIDE, 2);
    temper_samples s = rig_samples(FEW, io, true);
    temper_network *network;
    CHECK_OK(temper_network_create(&network, "graph:dense 2", &io,
                                   &(temper_objective){.loss = TEMPER_CROSS_ENTROPY}));
    if (!network) return;
    float theta[WIDE * 2 + 2], x[FEW * WIDE];
    const float *members[1] = {theta};
    double low[WIDE], high[WIDE];
    int64_t row[FEW] = {4, 3, 2, 1, 0};
    for (int k = 0; k < WIDE * 2 + 2; k++) theta[k] = (float)rig_normal(6, k);
    theta[4] = theta[5] = 0; /* input 2 does not matter */
    for (int k = 0; k < WIDE; k++) low[k] = -k, high[k] = 1;
    temper_attack attack = {.network = network,
                            .samples = &s,
                            .row = row,
                            .rows = FEW,
                            .theta = members,
                            .members = 1,
                            .low = low,
                            .high = high,
                            .epsilon = 0.25,
                            .steps = 1};
    CHECK_OK(temper_network_attack(&attack, x));
    for (int i = 0; i < FEW; i++)
        for (int k = 0; k < WIDE; k++) {
            float w = (theta[2 * k + 1] - theta[2 * k]) * (s.y[row[i]] ? -1.F : 1.F);
            double to = (double)s.X[row[i] * WIDE + k] + (w > 0 ? 0.25 : w < 0 ? -0.25 : 0) * (1 + k);
            CHECK(x[i * WIDE + k] == (float)to, "row %d, input %d: %g, want %g", i, k,
                  (double)x[i * WIDE + k], to);
        }
    temper_network_free(network), rig_samples_free(&s);
}

/* The mean loss of two lines is a sum of slopes; the mean forecast weighs them by p: a member that is sure of the truth gives a flat
 * slope to the sum but a large weight. By hand, two classes, label 0, one input: slope of ℓ is p_1·(w_1 − w_0). */
static void mixtures(void) {
    const temper_network_io io = rig_vector(1, 2);
    float X[1] = {1}, x[1], one[4] = {0, 1, 0, -1}, two[4] = {3, 0, 0, 6}; /* [w_0, w_1, b_0, b_1] */
    int32_t y[1] = {0};
    const float *members[2] = {one, two};
    double low[1] = {0}, high[1] = {1};
    int64_t row[1] = {0};
    temper_samples s = {.n = 1, .features = 1, .X = X, .classes = 2, .y = y};
    temper_network *network;
    CHECK_OK(temper_network_create(&network, "graph:dense 2", &io,
                                   &(temper_objective){.loss = TEMPER_CROSS_ENTROPY}));
    if (!network) return;
    /* At x = 1: logits (0, 0) and (3, 6): p_0 = 0.5 and 0.0474; slopes 0.5·1 and 0.9526·(−3). Their sum is −2.36; weighed by p_0 it is
     * 0.25 − 0.1356 = 0.114: the other way. */
    temper_attack attack = {.network = network,
                            .samples = &s,
                            .row = row,
                            .rows = 1,
                            .theta = members,
                            .members = 2,
                            .low = low,
                            .high = high,
                            .epsilon = 0.5,
                            .steps = 1};
    CHECK_OK(temper_network_attack(&attack, x));
    CHECK(x[0] == 0.5F, "mean loss: %g", (double)x[0]);
    attack.mixture = true;
    CHECK_OK(temper_network_attack(&attack, x));
    CHECK(x[0] == 1.5F, "mean forecast: %g", (double)x[0]);
    members[0] = two, members[1] = one; /* and in the other order */
    CHECK_OK(temper_network_attack(&attack, x));
    CHECK(x[0] == 1.5F, "mean forecast: %g", (double)x[0]);
    temper_network_free(network);
}

static void alone_or_together(void) {
    static float x[N * D], again[N * D];
    battle b;
    if (!prepare(&b, "mlp:16")) return;
    b.attack.steps = 3, b.attack.members = 2, b.attack.mixture = true;
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        CHECK_OK(temper_network_attack(&b.attack, threads == 1 ? x : again));
        CHECK(threads == 1 || !memcmp(x, again, sizeof x), "%d threads", threads);
    }
    temper_threads(0);
    b.attack.row = b.row + 1100, b.attack.rows = 3; /* of the second thousand */
    CHECK_OK(temper_network_attack(&b.attack, again));
    CHECK(!memcmp(x + 1100 * D, again, 3 * D * sizeof(float)), "three rows alone");
    leave(&b);
}

static void refusals(void) {
    static float x[N * D];
    battle b;
    if (!prepare(&b, "mlp:4")) return;
    temper_attack good = b.attack;
    b.attack.epsilon = -1;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_OPTION, "epsilon=-1");
    b.attack = good, b.attack.steps = 0;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_OPTION, "steps=0");
    b.attack = good, b.attack.members = 0;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_OPTION, "members=0");
    b.attack = good, b.attack.rate = NAN;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_OPTION, "rate=nan");
    b.attack = good, b.low[3] = 17;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_OPTION, "input 3 has the range 17 ... 16");
    b.low[3] = 0, b.row[N - 1] = 1797;
    CHECK_FAILS(temper_network_attack(&b.attack, x), TEMPER_BAD_DATA, "row 1797 is outside 0 ... 1796");
    b.row[N - 1] = 0, b.attack.rows = 20;
    int64_t live = temper_alloc_live(), k = 1;
    for (temper_status bad = TEMPER_NO_MEMORY; bad; k++) {
        temper_alloc_fail_at(k);
        bad = temper_network_attack(&b.attack, x);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "allocation %d: %s", (int)k, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %d leaves blocks", (int)k);
    }
    temper_alloc_fail_at(0);
    CHECK(k > 3, "%d allocations", (int)k);
    leave(&b);
}

int main(void) {
    RUN(exact_on_a_line);
    RUN(mixtures);
    RUN(learned_networks);
    RUN(alone_or_together);
    RUN(refusals);
    return check_end();
}
