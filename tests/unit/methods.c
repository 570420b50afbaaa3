/* Learning methods on a machine that can be listed: each has on average the gradient that its definition says. θ stands still (rate 0), so
 * that what is compared is exact. */
#include "method_rig.h"

enum { CHAINS = 200 };

/* Central differences of the mean log-likelihood, listed in double: exact to 1e-9. */
static double likelihood(const tiny *t, const double *data) {
    double p[STATES], sum = 0;
    (void)tiny_law(t, 1, NULL, p);
    for (int v = 0; v < STATES; v++) sum += data[v] * (data[v] > 0 ? log(p[v]) : 0);
    return sum;
}

static void exact_is_the_slope_of_the_likelihood(void) {
    static const double weights[ROWS] = {1, 2, 0.5, 3, 1, 1, 0, 2};
    for (int pass = 0; pass < 4; pass++) {
        const double tolerance =
            pass < 2 ? 1e-6 : 0x1p-16; /* hidden means of the integer engine have 15 bits */
        machine_text = pass < 2 ? "rbm:hidden=3,engine=float" : "rbm:hidden=3,engine=integer";
        temper_machine *machine = tiny_machine(0.7, 1);
        float X[ROWS * V];
        double data[STATES], *number;
        temper_rows_view rows = rows_of(some_rows, ROWS, X);
        rows.weight = pass & 1 ? weights : NULL;
        law_of(some_rows, ROWS, rows.weight, data);
        watched w;
        if (!watch(&w, machine, "exact", (temper_lesson_plan){.rows = rows, .batch = ROWS})) return;
        CHECK_OK(temper_lesson_learn(w.lesson, 1));
        tiny t = tiny_of(machine);
        const int64_t at[3] = {place_of(machine, "W"), place_of(machine, "b"), place_of(machine, "c")};
        double *part[3] = {&t.W[0][0], t.b, t.c};
        const int length[3] = {V * H, V, H};
        for (int a = 0; a < 3; a++)
            for (int k = 0; k < length[a]; k++) {
                const double h = 1e-4, kept = *(number = part[a] + k);
                *number = kept + h;
                double up = likelihood(&t, data);
                *number = kept - h;
                double down = likelihood(&t, data);
                *number = kept;
                CHECK_NEAR((double)w.lesson->grad[at[a] + k], (up - down) / (2 * h), tolerance);
            }
        unwatch(&w);
        temper_machine_free(machine);
    }
    machine_text = "rbm:hidden=3";
}

/* Mean of the gradient over n updates, in parts of one update each. */
static void gradients(temper_lesson *lesson, int n, average *grad) {
    for (int k = 0; k < n; k++) {
        CHECK_OK(temper_lesson_learn(lesson, 1));
        for (int p = 0; p < P; p++) average_add(&grad[p], (double)lesson->grad[p]);
    }
}

/* The model's half of CD-k is known: the law of the data after k sweeps. It tends to the model's law, and CD to the gradient. */
static void cd_is_k_sweeps_from_the_data(void) {
    static const int ks[] = {1, 3, 60};
    for (int m = 0; m < 3; m++) {
        temper_machine *machine = tiny_machine(0.7, 1);
        const tiny t = tiny_of(machine);
        float X[ROWS * V];
        double law[2][STATES], data[P], model[P], limit[P], p[STATES];
        char text[32];
        average grad[P] = {{0}};
        law_of(some_rows, ROWS, NULL, law[0]);
        tiny_statistics(machine, &t, law[0], data);
        for (int k = 0; k < ks[m]; k++) tiny_sweep(&t, law[k & 1], law[~k & 1]);
        tiny_statistics(machine, &t, law[ks[m] & 1], model);
        (void)tiny_law(&t, 1, NULL, p);
        tiny_statistics(machine, &t, p, limit);
        snprintf(text, sizeof text, "cd:k=%d", ks[m]);
        watched w;
        if (!watch(&w, machine, text,
                   (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS}))
            return;
        gradients(w.lesson, 6000 / ks[m] + 2000, grad);
        for (int k = 0; k < P; k++) {
            CHECK_AVERAGE(&grad[k], data[k] - model[k]);
            if (ks[m] == 60) CHECK_AVERAGE(&grad[k], data[k] - limit[k]);
        }
        unwatch(&w);
        temper_machine_free(machine);
    }
}

/* Rows that are the machine's own law, by weights: the gradient of persistent chains is zero on average. Means of blocks of updates, since
 * chains remember; they start far away, so the first updates are left out. */
static void pcd_is_at_rest_at_the_optimum(void) {
    enum { BLOCK = 50 };
    static const char *const methods[] = {"pcd:k=1", "pcd:k=2,start=data", "pt:rungs=3", "fpcd:decay=0"};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        temper_machine *machine = tiny_machine(0.7, 1);
        const tiny t = tiny_of(machine);
        int code[STATES];
        float X[STATES * V];
        double p[STATES];
        average block[P] = {{0}};
        (void)tiny_law(&t, 1, NULL, p);
        for (int v = 0; v < STATES; v++) code[v] = v;
        temper_rows_view rows = rows_of(code, STATES, X);
        rows.weight = p;
        watched w;
        if (!watch(&w, machine, methods[m],
                   (temper_lesson_plan){.rows = rows, .batch = STATES, .chains = CHAINS}))
            return;
        CHECK_OK(temper_lesson_learn(w.lesson, 100));
        for (int k = 0; k < 40; k++) {
            average grad[P] = {{0}};
            gradients(w.lesson, BLOCK, grad);
            for (int j = 0; j < P; j++) average_add(&block[j], average_mean(&grad[j]));
        }
        for (int k = 0; k < P; k++) CHECK_AVERAGE(&block[k], 0);
        unwatch(&w);
        temper_machine_free(machine);
    }
}

/* Persistent chains are those of a flock that nobody restarts: bit by bit, k sweeps an update. */
static void pcd_never_restarts(void) {
    temper_machine *machine = tiny_machine(0.7, 1);
    float X[ROWS * V];
    watched w;
    temper_flock *alone;
    if (!watch(&w, machine, "pcd:k=3",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .chains = 70}))
        return;
    CHECK_OK(temper_flock_create(&alone, machine, 70, w.lesson->model[0]->stream));
    CHECK_OK(temper_lesson_learn(w.lesson, 4));
    temper_flock_sweep(alone, 12);
    CHECK(alone->clock == w.lesson->model[0]->clock, "%d sweeps", (int)w.lesson->model[0]->clock);
    CHECK(!memcmp(alone->state, w.lesson->model[0]->state, alone->bytes), "other chains");
    temper_flock_free(alone);
    unwatch(&w);
    temper_machine_free(machine);
}

/* start=data: chain c of 16 begins at row c/2 of 8. */
static void chains_begin_at_rows(void) {
    temper_machine *machine = tiny_machine(0.7, 1);
    float X[ROWS * V];
    watched w;
    if (!watch(&w, machine, "pcd:start=data",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .chains = 16}))
        return;
    for (int c = 0; c < 16; c++)
        CHECK(seen_of(w.lesson->model[0], c) == some_rows[c / 2], "chain %d: %d", c,
              seen_of(w.lesson->model[0], c));
    unwatch(&w);
    temper_machine_free(machine);
}

/* Hidden units of the data are swept where they cannot be summed out, or where asked; visible ones stay. */
static void the_positive_phase_settles(void) {
    static const struct {
        const char *machine, *method;
        int sweeps;
    } phase[] = {{"rbm:hidden=3", "pcd", 0},           {"rbm:hidden=3", "cd:settle=4", 4},
                 {"rbm:hidden=3", "exact", 0},         {"dbm:hidden=3x2", "pcd", 10},
                 {"dbm:hidden=3x2", "cd", 10},         {"dbm:hidden=3x2", "fpcd:settle=2", 2},
                 {"dbm:hidden=3x2", "pt:rungs=2", 10}, {"dbm:hidden=3x2", "ptt:selves=1", 10}};
    for (size_t k = 0; k < sizeof phase / sizeof *phase; k++) {
        temper_machine *machine;
        const temper_machine_io io = {.columns = V};
        float X[ROWS * V];
        watched w;
        CHECK_OK(temper_machine_create(&machine, phase[k].machine, &io));
        if (!machine) return;
        if (!watch(&w, machine, phase[k].method, (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X)}))
            return;
        CHECK_OK(temper_lesson_learn(w.lesson, 3));
        CHECK(w.lesson->data->clock == 3 * phase[k].sweeps, "%s with %s: %d sweeps", phase[k].machine,
              phase[k].method, (int)w.lesson->data->clock);
        for (int c = 0; c < ROWS; c++) CHECK(seen_of(w.lesson->data, c) == some_rows[c], "row %d moved", c);
        unwatch(&w);
        temper_machine_free(machine);
    }
}

/* θ_fast ← decay·θ_fast + fast·gradient, and the chains sample θ + θ_fast. */
static void fast_weights_fade(void) {
    temper_machine *machine = tiny_machine(0.7, 1);
    float X[ROWS * V];
    double fast[P] = {0};
    watched w;
    if (!watch(&w, machine, "fpcd:k=2,decay=0.75,fast=0.5",
               (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS, .chains = CHAINS}))
        return;
    w.lesson->rate = 0.25;
    for (int k = 0; k < 30; k++) {
        float before[P];
        memcpy(before, machine->theta, sizeof before);
        CHECK_OK(temper_lesson_learn(w.lesson, 1));
        for (int p = 0; p < P; p++) {
            CHECK_NEAR((double)w.lesson->aide[0]->theta[p], (double)before[p] + fast[p], 1e-5);
            fast[p] = 0.75 * fast[p] + 0.5 * (double)w.lesson->grad[p];
        }
    }
    CHECK(w.lesson->model[0]->machine == w.lesson->aide[0], "chains of the sum");
    CHECK(w.lesson->model[0]->clock == 60, "%d sweeps", (int)w.lesson->model[0]->clock);
    unwatch(&w);
    temper_machine_free(machine);
}

/* Gradients that a method fills are those of its minibatch alone, and a weight is as good as so many equal rows. */
static void minibatches(void) {
    static const double weights[ROWS] = {1, 2, 0.5, 3, 1, 1, 0.25, 2};
    static const char *const methods[] = {"exact", "pseudolikelihood", "mean_field:order=2,from=rest"};
    for (int m = 0; m < 3; m++) {
        temper_machine *machine = tiny_machine(0.7, 1);
        float X[ROWS * V], repeated[36 * V];
        int64_t index[3];
        temper_rows_view rows = rows_of(some_rows, ROWS, X);
        rows.weight = weights;
        watched w, equal;
        if (!watch(&w, machine, methods[m], (temper_lesson_plan){.rows = rows, .batch = 3})) return;
        for (int k = 0; k < 5; k++) {
            int n = 0;
            temper_lesson_batch(w.lesson, k, index);
            CHECK_OK(temper_lesson_learn(w.lesson, 1));
            for (int r = 0; r < 3; r++)
                for (int copy = 0; copy < 4 * weights[index[r]]; copy++)
                    memcpy(repeated + V * n++, X + index[r] * V, V * sizeof *X);
            const temper_rows_view part = {n, V, repeated, NULL};
            if (!watch(&equal, machine, methods[m], (temper_lesson_plan){.rows = part, .batch = n})) return;
            CHECK_OK(temper_lesson_learn(equal.lesson, 1));
            for (int p = 0; p < P; p++)
                CHECK_NEAR((double)w.lesson->grad[p], (double)equal.lesson->grad[p], 0x1p-15);
            unwatch(&equal);
        }
        unwatch(&w);
        temper_machine_free(machine);
    }
}

/* With weak couplings the expansion converges: each order is nearer to the gradient than the one before. */
static void mean_fields_improve_with_their_order(void) {
    static const char *const methods[] = {"mean_field:order=1", "mean_field:order=2", "mean_field:order=3",
                                          "mean_field:order=2,from=chains", "mean_field:from=rest"};
    double off[5], truth[P];
    for (int m = -1; m < 5; m++) {
        temper_machine *machine = tiny_machine(0.3, 4);
        float X[ROWS * V];
        watched w;
        if (!watch(&w, machine, m < 0 ? "exact" : methods[m],
                   (temper_lesson_plan){.rows = rows_of(some_rows, ROWS, X), .batch = ROWS}))
            return;
        temper_status bad = temper_lesson_learn(w.lesson, 1);
        CHECK_OK(bad);
        if (m >= 0) off[m] = 0;
        for (int p = 0; p < P; p++) {
            if (m < 0)
                truth[p] = (double)w.lesson->grad[p];
            else
                off[m] += fabs((double)w.lesson->grad[p] - truth[p]) / P;
        }
        unwatch(&w);
        temper_machine_free(machine);
    }
    CHECK(off[1] < 0.3 * off[0] && off[2] < 0.7 * off[1], "off by %g, %g, %g", off[0], off[1], off[2]);
    CHECK_NEAR(off[3], off[1], 1e-4);
    CHECK_NEAR(off[4], off[1], 1e-4);
}

/* What cannot be is said before anything is learned, with what to use instead. */
static void sentences(void) {
    static const struct {
        const char *machine, *method, *words;
        int64_t columns, chains;
        bool weights;
    } refused[] = {{"rbm:hidden=40", "exact", "2^40 terms; legal: at most 2^30", 50, 0, false},
                   {"rbm:hidden=3", "cd", "chains=7 with batch=8", V, 7, false},
                   {"rbm:hidden=3", "cd", "weights of rows", V, 0, true},
                   {"memory:patterns=3", "pseudolikelihood", "use pcd", V, 0, false},
                   {"rbm:hidden=3", "pt:rungs=65", "2 … 64", V, 0, false},
                   {"rbm:hidden=3", "mean_field:order=4", "1 … 3", V, 0, false},
                   {"rbm:hidden=3", "cd:0", "legal range", V, 0, false}};
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        const temper_machine_io io = {.columns = refused[k].columns};
        static const double weight[ROWS] = {1, 1, 1, 1, 1, 1, 1, 2};
        static float X[ROWS * 50];
        temper_machine *machine = NULL;
        temper_method *method = NULL;
        temper_lesson *lesson = NULL;
        CHECK_OK(temper_machine_create(&machine, refused[k].machine, &io));
        if (!machine) return;
        for (int64_t i = 0; i < ROWS * 50; i++) X[i] = machine->type->visible(machine->self) == TEMPER_SPIN;
        const temper_lesson_plan plan = {.rows = {ROWS, io.columns, X, refused[k].weights ? weight : NULL},
                                         .chains = refused[k].chains};
        temper_status bad = temper_method_create(&method, refused[k].method);
        if (!bad) bad = temper_lesson_create(&lesson, machine, method, &plan);
        CHECK(bad && strstr(temper_message(), refused[k].words), "%s with %s: %s", refused[k].machine,
              refused[k].method, bad ? temper_message() : "taken");
        temper_lesson_free(lesson), temper_method_free(method), temper_machine_free(machine);
    }
}

int main(void) {
    RUN(sentences);
    RUN(exact_is_the_slope_of_the_likelihood);
    RUN(cd_is_k_sweeps_from_the_data);
    RUN(pcd_is_at_rest_at_the_optimum);
    RUN(pcd_never_restarts);
    RUN(chains_begin_at_rows);
    RUN(the_positive_phase_settles);
    RUN(fast_weights_fade);
    RUN(minibatches);
    RUN(mean_fields_improve_with_their_order);
    return check_end();
}
