/* Learning with tempering on a machine that can be listed: chains have the distribution that they should have on every rung, swaps happen
 * as often as detailed balance says, and each at its own address. θ stands still (rate 0). */
#include "core/lesson_chains.h"
#include "method_rig.h"

enum { CHAINS = 200 };

/* Chains i of all rungs are a system of their own, so chains are independent parts. */
static void count(const temper_lesson *lesson, int rungs, double (*share)[STATES][CHAINS], int rounds) {
    for (int r = 0; r < rungs; r++)
        for (int c = 0; c < CHAINS; c++) share[r][seen_of(lesson->model[r], c)][c] += 1.0 / rounds;
}

static void check_law(const double (*share)[CHAINS], const double *p, const char *what, int rung) {
    for (int v = 0; v < STATES; v++) {
        average a = {0};
        for (int c = 0; c < CHAINS; c++) average_add(&a, share[v][c]);
        double bound = 4.5 * average_error(&a) + 1e-7;
        CHECK(fabs(average_mean(&a) - p[v]) <= bound, "%s: rung %d, state %d: %g, want %g ± %g", what, rung,
              v, average_mean(&a), p[v], bound);
    }
}

static double share[4][STATES][CHAINS];

/* Σ_x Σ_y p(x) q(y) min(1, …): what two rungs in equilibrium should accept. */
static double acceptance(const double *p, const double *q) {
    double sum = 0;
    for (int x = 0; x < STATES; x++)
        for (int y = 0; y < STATES; y++) sum += p[x] * q[y] * fmin(1, p[y] * q[x] / (p[x] * q[y]));
    return sum;
}

static void tempering_keeps_the_law_of_every_rung(void) {
    enum { RUNGS = 4, ROUNDS = 1500 };
    temper_machine *machine = tiny_machine(1.5, 2);
    const tiny t = tiny_of(machine);
    float X[ROWS * V], base[V];
    watched w;
    memset(share, 0, sizeof share);
    if (!watch(&w, machine, "pt:rungs=4",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS, .chains = CHAINS}))
        return;
    for (int i = 0; i < V; i++) { /* log odds of the column: ones among ROWS rows */
        double m = 0;
        for (int r = 0; r < ROWS; r++) m += bit(some_rows[r], i) / (double)ROWS;
        base[i] = (float)log(m / (1 - m));
    }
    CHECK_OK(temper_lesson_learn(w.lesson, 100));
    for (int k = 0; k < ROUNDS; k++) {
        CHECK_OK(temper_lesson_learn(w.lesson, 1));
        count(w.lesson, RUNGS, share, ROUNDS);
    }
    for (int r = 0; r < RUNGS; r++) {
        double p[STATES];
        (void)tiny_law(&t, 1 - r / 3.0, base, p);
        check_law(share[r], p, "pt", r);
    }
    unwatch(&w);
    temper_machine_free(machine);
}

static void swaps_are_accepted_as_often_as_they_should(void) {
    enum { ROUNDS = 600 };
    temper_machine *machine = tiny_machine(1.5, 2);
    const tiny t = tiny_of(machine);
    float X[ROWS * V], base[V];
    double p[STATES], q[STATES];
    average rate = {0};
    watched w;
    if (!watch(&w, machine, "pt:rungs=2,k=2",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS, .chains = CHAINS}))
        return;
    memcpy(base, w.lesson->model[1]->place.base, sizeof base);
    (void)tiny_law(&t, 1, base, p);
    (void)tiny_law(&t, 0, base, q);
    CHECK_OK(temper_lesson_learn(w.lesson, 100));
    for (int k = 0; k < ROUNDS; k += 20) {
        w.lesson->swaps = w.lesson->swaps_tried = 0;
        CHECK_OK(temper_lesson_learn(w.lesson, 20));
        CHECK(w.lesson->swaps_tried == 20 * CHAINS, "%g tries", w.lesson->swaps_tried);
        average_add(&rate, w.lesson->swaps / w.lesson->swaps_tried);
    }
    CHECK_AVERAGE(&rate, acceptance(p, q));
    CHECK(acceptance(p, q) < 0.8, "an easy ladder shows nothing: %g", acceptance(p, q));
    unwatch(&w);
    temper_machine_free(machine);
}

/* Each chain has a draw of its own, at the documented address. */
static void swaps_are_drawn_at_their_address(void) {
    temper_machine *cold = tiny_machine(1.5, 2), *hot = tiny_machine(0.5, 3);
    const tiny a = tiny_of(cold), b = tiny_of(hot);
    float X[ROWS * V];
    watched w;
    int swapped = 0;
    if (!watch(&w, cold, "ptt:selves=1",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .chains = 50}))
        return;
    temper_flock *x = w.lesson->model[0], *y = w.lesson->model[1];
    y->machine = hot;
    for (int round = 0; round < 20; round++) {
        int before[2][50];
        temper_flock_sweep(x, 1), temper_flock_sweep(y, 1);
        for (int i = 0; i < 50; i++) before[0][i] = seen_of(x, i), before[1][i] = seen_of(y, i);
        const temper_ladder_rung first = {x, cold, {1, NULL}}, second = {y, hot, {1, NULL}};
        double sum = 0, mean = temper_lesson_swap(w.lesson, &first, &second, 40 + round, 3);
        for (int i = 0; i < 50; i++) {
            int u = before[0][i], v = before[1][i];
            double p = exp(tiny_weight(&a, v, 1, NULL) - tiny_weight(&a, u, 1, NULL) +
                           tiny_weight(&b, u, 1, NULL) - tiny_weight(&b, v, 1, NULL));
            bool swap = temper_uniform(w.lesson->stream, TEMPER_FOR_SWAPS, 40 + round, 3 * 50 + i) < p;
            sum += fmin(1, p) / 50;
            swapped += swap && u != v;
            CHECK(seen_of(x, i) == (swap ? v : u) && seen_of(y, i) == (swap ? u : v), "chain %d", i);
        }
        CHECK_NEAR(mean, sum, 1e-6);
    }
    CHECK(swapped > 100 && swapped < 900, "%d swaps", swapped);
    unwatch(&w);
    temper_machine_free(cold), temper_machine_free(hot);
}

static temper_machine *grown(temper_machine *machine) { /* another θ for the same machine */
    temper_machine *other = tiny_machine(1.5, 2);
    memcpy(machine->theta, other->theta, sizeof(float) * P);
    CHECK_OK(temper_machine_refresh(machine));
    return other;
}

/* The machine grows after its first self was taken; target=0 keeps that the only one, target=1 stores the grown machine as well. */
static void selves_keep_their_laws(void) {
    enum { ROUNDS = 1200 };
    static const char *const methods[] = {"ptt:selves=1,target=0", "ptt:selves=2,target=1,k=2"};
    for (int m = 0; m < 2; m++) {
        temper_machine *machine = tiny_machine(0.5, 3), *other;
        const tiny young = tiny_of(machine);
        float X[ROWS * V];
        double p[STATES], q[STATES];
        average rate = {0};
        watched w;
        memset(share, 0, sizeof share);
        if (!watch(
                &w, machine, methods[m],
                (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS, .chains = CHAINS}))
            return;
        other = grown(machine);
        const tiny old = tiny_of(machine);
        (void)tiny_law(&old, 1, NULL, p);
        (void)tiny_law(&young, 1, NULL, q);
        CHECK_OK(temper_lesson_learn(w.lesson, 200));
        for (int k = 0; k < ROUNDS; k++) {
            if (k % 40 == 0) w.lesson->swaps = w.lesson->swaps_tried = 0;
            CHECK_OK(temper_lesson_learn(w.lesson, 1));
            count(w.lesson, w.lesson->models, share, ROUNDS);
            if (k % 40 == 39) average_add(&rate, w.lesson->swaps / w.lesson->swaps_tried);
        }
        check_law(share[0], p, methods[m], 0);
        check_law(share[1], q, methods[m], 1);
        if (m == 1) check_law(share[2], p, methods[m], 2);
        if (m == 1) CHECK(!memcmp(w.lesson->aide[1]->theta, other->theta, sizeof(float) * P), "stored self");
        /* Of two selves the newer one, equal to the machine, is its neighbour and always swaps. */
        CHECK_AVERAGE(&rate, m == 0 ? acceptance(p, q) : (1 + acceptance(p, q)) / 2);
        CHECK(!memcmp(w.lesson->aide[0]->theta,
                      (temper_machine_free(other), other = tiny_machine(0.5, 3))->theta, sizeof(float) * P),
              "first self");
        unwatch(&w);
        temper_machine_free(other), temper_machine_free(machine);
    }
}

int main(void) {
    RUN(tempering_keeps_the_law_of_every_rung);
    RUN(swaps_are_accepted_as_often_as_they_should);
    RUN(swaps_are_drawn_at_their_address);
    RUN(selves_keep_their_laws);
    return check_end();
}
