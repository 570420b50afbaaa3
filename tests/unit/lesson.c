/* Lessons: who is in a minibatch, what an optimiser does with a gradient, what happens when one fails. */
#include "base/memory.h"
#include "lesson_rig.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

/* ---- minibatches ---- */

enum { N = 23, B = 5, PER = N / B };

/* From learn.h: Fisher–Yates with word i of step `epoch`. */
static void shuffled(uint64_t seed, int64_t epoch, int64_t *order) {
    for (int64_t i = 0; i < N; i++) order[i] = i;
    for (int64_t i = N - 1; i > 0; i--) {
        int64_t j = temper_below(temper_word((temper_stream){seed, 2}, TEMPER_FOR_MINIBATCH, epoch, i),
                                 (uint32_t)i + 1),
                kept = order[i];
        order[i] = order[j], order[j] = kept;
    }
}

static void minibatches(void) {
    static float X[N * 5];
    for (int r = 0; r < N; r++)
        for (int i = 0; i < 5; i++) X[r * 5 + i] = (float)(r >> i & 1);
    temper_machine *m = machine_of("rbm:hidden=2", 5, 0.1);
    const temper_lesson_plan plan = {.rows = {N, 5, X, NULL}, .batch = B, .stream = {9, 2}};
    temper_lesson *l = lesson_of(m, &told, plan), *fresh;
    int64_t index[N], order[N], first[N];
    for (int64_t epoch = 0; epoch < 6; epoch++) {
        bool taken[N] = {false};
        shuffled(9, epoch, order);
        for (int64_t b = 0; b < PER; b++) {
            temper_lesson_batch(l, epoch * PER + b, index);
            for (int i = 0; i < B; i++) {
                CHECK(index[i] >= 0 && index[i] < N && !taken[index[i]], "row %lld twice in epoch %lld",
                      (long long)index[i], (long long)epoch);
                taken[index[i]] = true;
                CHECK(index[i] == order[b * B + i], "epoch %lld, batch %lld, row %d", (long long)epoch,
                      (long long)b, i);
            }
        }
        if (epoch == 0) memcpy(first, order, sizeof first);
        CHECK(epoch == 0 || memcmp(first, order, sizeof first), "epochs alike");
    }
    /* the clock is the address: a lesson that jumps there, forwards or backwards, holds the same rows */
    for (int64_t clock = 17; clock >= 3; clock -= 7) {
        float row[5];
        fresh = lesson_of(m, &told, plan);
        fresh->clock = clock;
        CHECK_OK(temper_lesson_learn(fresh, 1));
        CHECK(fresh->clock == clock + 1, "clock");
        temper_lesson_batch(l, clock, index);
        for (int i = 0; i < B; i++) {
            temper_flock_read(fresh->data, i, row);
            CHECK(!memcmp(row, X + index[i] * 5, sizeof row), "clock %lld, row %d", (long long)clock, i);
        }
        temper_lesson_free(fresh);
    }
    temper_lesson_free(l);
    l = lesson_of(m, &told, (temper_lesson_plan){.rows = {N, 5, X, NULL}, .batch = 1000});
    CHECK(l->batch == N && l->chains == N, "more than there are");
    temper_lesson_batch(l, 77, index);
    for (int i = 0; i < N; i++) CHECK(index[i] == i, "all rows, in order");
    temper_lesson_free(l), temper_machine_free(m);
}

/* Every row comes first equally often: 4000 epochs, 4.5 σ. */
static void fair_shuffles(void) {
    static float X[N];
    enum { EPOCHS = 4000 };
    int count[N] = {0};
    int64_t index[B];
    temper_machine *m = machine_of("rbm:hidden=1", 1, 0.1);
    temper_lesson *l = lesson_of(m, &told, (temper_lesson_plan){.rows = {N, 1, X, NULL}, .batch = B});
    for (int e = 0; e < EPOCHS; e++) {
        temper_lesson_batch(l, (int64_t)e * PER, index);
        count[index[0]]++;
    }
    for (int i = 0; i < N; i++)
        CHECK_NEAR(count[i], EPOCHS / (double)N, 4.5 * sqrt(EPOCHS * (1 - 1.0 / N) / N));
    temper_lesson_free(l), temper_machine_free(m);
}

static void defaults(void) {
    static float X[150];
    temper_machine *m = machine_of("rbm:hidden=1", 1, 0.1);
    temper_method *exact;
    CHECK_OK(temper_method_create(&exact, "exact"));
    temper_lesson *l = lesson_of(m, &told, (temper_lesson_plan){.rows = {150, 1, X, NULL}, .stream = {1, 3}});
    CHECK(l->batch == 100 && l->chains == 100 && l->rate == 0.05 && l->models == 1, "defaults");
    CHECK(l->data->stream.chain == 384 && l->model[0]->stream.chain == 385 && l->data->pinned,
          "flocks draw from streams of their own");
    temper_lesson_free(l);
    l = lesson_of(m, exact, (temper_lesson_plan){.rows = {30, 1, X, NULL}, .chains = 7});
    CHECK(l->batch == 30 && l->chains == 7 && l->rate == 0.2 && l->models == 0, "of the method");
    temper_lesson_free(l);
    X[11] = 0.5F;
    temper_lesson_plan plan = {.rows = {30, 1, X, NULL}};
    CHECK_FAILS(temper_lesson_create(&l, m, exact, &plan), TEMPER_BAD_DATA, "row 11, column 0 is 0.5");
    plan.rows.n = 0;
    CHECK_FAILS(temper_lesson_create(&l, m, exact, &plan), TEMPER_BAD_DATA, "no rows");
    plan.rows.n = 15, plan.rows.columns = 2;
    CHECK_FAILS(temper_lesson_create(&l, m, exact, &plan), TEMPER_BAD_DATA, "rows of 2 columns");
    X[11] = 0;
    temper_method_free(exact), temper_machine_free(m);
}

/* ---- optimisers ---- */

static float few[4 * 2] = {0, 0, 0, 1, 1, 1, 1, 1};

/* θ after n updates, from `begin`, by rate 0.1, with gradient wanted[t]·(1 + k mod 3). */
static void follow(temper_lesson_plan plan, double begin, int n, double *theta, temper_machine **out) {
    temper_machine *m = machine_of("rbm:hidden=2", 2, 0);
    plan.rows = (temper_rows_view){4, 2, few, NULL}, plan.rate = 0.1;
    temper_lesson *l = lesson_of(m, &told, plan);
    for (int64_t k = 0; k < m->parameters; k++) m->theta[k] = (float)begin;
    CHECK_OK(temper_lesson_learn(l, n));
    for (int64_t k = 0; k < m->parameters; k++) theta[k] = (double)m->theta[k];
    temper_lesson_free(l);
    if (out)
        *out = m;
    else
        temper_machine_free(m);
}

static void momentum_and_adam_by_hand(void) {
    double theta[8];
    wanted[0] = 0.5, wanted[1] = -0.25, wanted[2] = 1;
    follow((temper_lesson_plan){0}, 1, 3, theta, NULL);
    for (int k = 0; k < 8; k++) CHECK_NEAR(theta[k], 1 + 0.1 * 1.25 * (1 + k % 3), 5e-7);
    /* v = 0.5, then 0.8·0.5 − 0.25 = 0.15, then 0.8·0.15 + 1 = 1.12; their sum is 1.77 */
    follow((temper_lesson_plan){.momentum = 0.8}, 1, 3, theta, NULL);
    for (int k = 0; k < 8; k++) CHECK_NEAR(theta[k], 1 + 0.1 * 1.77 * (1 + k % 3), 5e-7);
    /* m = 0.05, s = 0.00025: m/0.1 = 0.5, s/0.001 = 0.25, a step of 1. Then m = 0.045 − 0.025 = 0.02, s = 0.00024975 + 0.0000625 =
     * 0.00031225, divided by 0.19 and 0.001999. The size of a gradient is no matter, but for the 1e-8. */
    const double one = 0.5 / (0.5 + 1e-8), two = 0.02 / 0.19 / (sqrt(0.00031225 / 0.001999) + 1e-8);
    follow((temper_lesson_plan){.optimiser = TEMPER_ADAM}, 1, 1, theta, NULL);
    for (int k = 0; k < 8; k++) CHECK_NEAR(theta[k], 1 + 0.1 * one, 2e-7);
    follow((temper_lesson_plan){.optimiser = TEMPER_ADAM}, 1, 2, theta, NULL);
    for (int k = 0; k < 8; k++) CHECK_NEAR(theta[k], 1 + 0.1 * (one + two), 2e-7);
    wanted[0] = 1e-6; /* of the smallest it is: 1e-6/(1e-6 + 1e-8) */
    follow((temper_lesson_plan){.optimiser = TEMPER_ADAM}, 1, 1, theta, NULL);
    for (int k = 0; k < 8; k++) CHECK_NEAR(theta[k], 1 + 0.1 / (1 + 0.01 / (1 + k % 3)), 2e-7);
}

/* Gradient 0: what moves θ is the pull, −0.1·(λ₁ sign θ + λ₂ θ) on couplings, whatever the optimiser; it leaves no momentum behind. */
static void penalties_spare_fields(void) {
    static const temper_lesson_plan plans[] = {{.l1 = 0.01, .l2 = 0.1},
                                               {.l1 = 0.01, .l2 = 0.1, .momentum = 0.9},
                                               {.l1 = 0.01, .l2 = 0.1, .optimiser = TEMPER_ADAM}};
    static const double begin[] = {2, -1, 0}, once[] = {1.979, -0.989, 0};
    memset(wanted, 0, sizeof wanted);
    for (int p = 0; p < 3; p++)
        for (int s = 0; s < 3; s++) {
            temper_machine *m;
            double theta[8];
            follow(plans[p], begin[s], 1, theta, &m);
            for (int a = 0; a < 3; a++) {
                temper_machine_array array;
                m->type->array(m->self, a, &array);
                for (int64_t i = 0; i < array.shape[0] * (array.dims > 1 ? array.shape[1] : 1); i++)
                    CHECK_NEAR(theta[array.offset + i], array.field ? begin[s] : once[s], 2e-7);
            }
            temper_machine_free(m);
            follow(plans[p], 2, 2, theta, NULL);
            CHECK_NEAR(theta[0], 1.979 - 0.1 * (0.01 + 0.1979), 3e-7);
        }
}

/* ---- what goes wrong ---- */

static void divergence_leaves_the_weights(void) {
    enum { LONG = 130 }; /* 130 · 128 weights and more: two chunks of work */
    static float X[4 * LONG];
    static const float wild[] = {NAN, INFINITY, -INFINITY, -1e17F};
    wanted[0] = wanted[1] = wanted[2] = wanted[3] = 0.25;
    for (int k = 0; k < 4; k++) {
        temper_machine *m = machine_of("rbm:hidden=128,engine=float", LONG, 0.1);
        const size_t size = (size_t)m->parameters * sizeof(float);
        temper_lesson *l = lesson_of(m, &told,
                                     (temper_lesson_plan){.rows = {4, LONG, X, NULL},
                                                          .rate = 0.1,
                                                          .momentum = k % 2 ? 0.5 : 0,
                                                          .optimiser = k == 2 ? TEMPER_ADAM : TEMPER_SGD});
        CHECK_OK(temper_lesson_learn(l, 1));
        float *theta = malloc(size), *velocity = malloc(2 * size);
        memcpy(theta, m->theta, size), memcpy(velocity, l->velocity, 2 * size);
        spoiled = 16390, spoil_by = wild[k];
        CHECK_FAILS(temper_lesson_learn(l, 3), TEMPER_DIVERGED, "update 1: the gradient of weight 16390");
        CHECK(!memcmp(theta, m->theta, size) && !memcmp(velocity, l->velocity, 2 * size) && l->clock == 1,
              "a failed update moved something");
        spoiled = -1;
        CHECK_OK(temper_lesson_learn(l, 1));
        CHECK(memcmp(theta, m->theta, size) && l->clock == 2, "it does not go on");
        free(theta), free(velocity);
        temper_lesson_free(l), temper_machine_free(m);
    }
}

static void memory_runs_out(void) {
    static const char *const cases[][2] = {
        {"rbm:hidden=3", "pt:rungs=3"}, {"rbm:hidden=64,engine=integer", "pcd"},
        {"rbm:hidden=3", "fpcd"},       {"ebm:widths=3,outputs=2", "replay:buffer=20"},
        {"rbm:hidden=3", "ptt"},        {"boltzmann:hidden=2", "exact"}};
    static float X[9 * 3];
    random_rows(X, 9 * 3);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const temper_lesson_plan plan = {.rows = {9, 3, X, NULL}, .batch = 4, .momentum = 0.5};
        int64_t live = temper_alloc_live();
        bool whole = false;
        for (int64_t k = 1; !whole && k < 1000; k++) {
            temper_method *method = NULL;
            temper_lesson *l = NULL;
            temper_machine *m = machine_of(cases[c][0], 3, 0.1);
            temper_alloc_fail_at(k);
            temper_status bad = temper_method_create(&method, cases[c][1]);
            if (!bad) bad = temper_lesson_create(&l, m, method, &plan);
            if (!bad) bad = temper_lesson_learn(l, 2);
            whole = temper_alloc_count() < k;
            temper_alloc_fail_at(0);
            CHECK(whole ? !bad : bad == TEMPER_NO_MEMORY, "%s, allocation %lld: status %d", cases[c][1],
                  (long long)k, (int)bad);
            temper_lesson_free(l), temper_method_free(method), temper_machine_free(m);
            CHECK(temper_alloc_live() == live, "%s: a block is lost after failure %lld", cases[c][1],
                  (long long)k);
        }
        CHECK(whole, "%s: no end", cases[c][1]);
    }
}

/* ---- bits ---- */

enum { SIDE = 64 };

static void the_same_bits_everywhere(void) {
    static const struct {
        const char *machine, *method;
        int optimiser, gradient;
        double momentum;
    } cases[] = {{"rbm:hidden=70", "pcd", TEMPER_SGD, TEMPER_CENTRED, 0},
                 {"rbm:hidden=300", "pcd", TEMPER_ADAM, TEMPER_STANDARDISED, 0},
                 {"rbm:hidden=70,engine=float", "cd:k=2", TEMPER_SGD, TEMPER_CENTRED, 0.5},
                 {"ebm:widths=9x5,outputs=3", "replay:buffer=60,k=1", TEMPER_ADAM, TEMPER_PLAIN, 0}};
    static const char *const levels[] = {"ref", "avx2", "avx512", "vnni", "amx"};
    static float X[40 * SIDE];
    random_rows(X, 40 * SIDE);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        float *first = NULL;
        size_t size = 0;
        for (int run = 0; run < 8; run++) {
            if (run >= 3 && temper_cpu_cap(levels[run - 3])) continue;
            if (run < 3) CHECK_OK(temper_threads(run + 1));
            temper_method *method;
            CHECK_OK(temper_method_create(&method, cases[c].method));
            temper_machine *m = machine_of(cases[c].machine, SIDE, 0.05);
            size = (size_t)m->parameters * sizeof(float);
            temper_lesson *l = lesson_of(m, method,
                                         (temper_lesson_plan){.rows = {40, SIDE, X, NULL},
                                                              .batch = 17,
                                                              .rate = 0.01,
                                                              .momentum = cases[c].momentum,
                                                              .optimiser = cases[c].optimiser,
                                                              .gradient = cases[c].gradient,
                                                              .l2 = 1e-3,
                                                              .stream = {3, 1}});
            CHECK_OK(temper_lesson_learn(l, 7));
            if (!first) first = memcpy(malloc(size), m->theta, size);
            CHECK(!memcmp(first, m->theta, size), "%s %s: run %d", cases[c].machine, cases[c].method, run);
            temper_lesson_free(l), temper_machine_free(m), temper_method_free(method);
        }
        free(first);
        CHECK_OK(temper_threads(0));
        CHECK_OK(temper_cpu_cap("auto"));
    }
}

int main(void) {
    RUN(minibatches), RUN(fair_shuffles), RUN(defaults);
    RUN(momentum_and_adam_by_hand), RUN(penalties_spare_fields);
    RUN(divergence_leaves_the_weights), RUN(memory_runs_out), RUN(the_same_bits_everywhere);
    return check_end();
}
