/* A restricted Boltzmann machine small enough to list: every distribution that a method should sample, and every gradient that it should
 * have on average, from θ alone in double. */
#ifndef TEMPER_METHOD_RIG_H
#define TEMPER_METHOD_RIG_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "temper/learn.h"
#include "temper/parallel.h"

enum { V = 4, H = 3, STATES = 1 << V, HIDDEN = 1 << H, P = V * H + V + H };
static const char *machine_text =
    "rbm:hidden=3"; /* integers; "rbm:hidden=3,engine=float" is the other engine */

typedef struct {
    double W[V][H], b[V], c[H];
} tiny;

typedef struct { /* a number that was averaged over independent parts */
    double sum, squares;
    int n;
} average;

static inline void average_add(average *a, double x) { a->sum += x, a->squares += x * x, a->n++; }
static inline double average_mean(const average *a) { return a->sum / a->n; }
static inline double average_error(const average *a) {
    double mean = a->sum / a->n;
    return sqrt(fmax(a->squares / a->n - mean * mean, 0) / (a->n - 1));
}
#define CHECK_AVERAGE(a, truth) CHECK_NEAR(average_mean(a), truth, 4.5 * average_error(a) + 1e-7)

/* Where W, b and c lie in θ. */
static inline int64_t place_of(const temper_machine *machine, const char *name) {
    temper_machine_array array = {0};
    CHECK(temper_machine_find(machine, name, &array), "no array %s", name);
    return array.offset;
}

static inline tiny tiny_of(const temper_machine *machine) {
    tiny t;
    const float *theta = machine->theta;
    const int64_t W = place_of(machine, "W"), b = place_of(machine, "b"), c = place_of(machine, "c");
    for (int i = 0; i < V; i++)
        for (int j = 0; j < H; j++) t.W[i][j] = (double)theta[W + i * H + j];
    for (int i = 0; i < V; i++) t.b[i] = (double)theta[b + i];
    for (int j = 0; j < H; j++) t.c[j] = (double)theta[c + j];
    return t;
}

/* θ of multiples of 1/64, so that fixed-point weights are exact; `size` is the spread of the couplings. */
static inline temper_machine *tiny_machine(double size, uint32_t number) {
    temper_machine *machine = NULL;
    const temper_machine_io io = {.columns = V};
    CHECK_OK(temper_machine_create(&machine, machine_text, &io));
    if (!machine) exit(1);
    CHECK(machine->parameters == P, "%d parameters", (int)machine->parameters);
    for (int p = 0; p < P; p++) {
        double z = temper_normal((temper_stream){77, number}, TEMPER_FOR_TESTS, 0, p);
        machine->theta[p] = (float)(round(64 * size * z) / 64);
    }
    CHECK_OK(temper_machine_refresh(machine));
    return machine;
}

static inline int bit(int x, int i) { return x >> i & 1; }

/* ln Σ_h of the weight at β with this base (may be NULL), of v. */
static inline double tiny_weight(const tiny *t, int v, double beta, const float *base) {
    double w = 0;
    for (int i = 0; i < V; i++) w += bit(v, i) * (beta * t->b[i] + (base ? (1 - beta) * (double)base[i] : 0));
    for (int j = 0; j < H; j++) {
        double x = t->c[j];
        for (int i = 0; i < V; i++) x += bit(v, i) * t->W[i][j];
        w += log1p(exp(beta * x));
    }
    return w;
}

/* p[STATES]; returns ln Z. */
static inline double tiny_law(const tiny *t, double beta, const float *base, double *p) {
    double Z = 0;
    for (int v = 0; v < STATES; v++) Z += p[v] = exp(tiny_weight(t, v, beta, base));
    for (int v = 0; v < STATES; v++) p[v] /= Z;
    return log(Z);
}

static inline double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* ⟨−∂E/∂θ⟩ over a law of v, in the layout of machine->theta. */
static inline void tiny_statistics(const temper_machine *machine, const tiny *t, const double *p,
                                   double *stat) {
    const int64_t W = place_of(machine, "W"), b = place_of(machine, "b"), c = place_of(machine, "c");
    for (int k = 0; k < P; k++) stat[k] = 0;
    for (int v = 0; v < STATES; v++)
        for (int j = 0; j < H; j++) {
            double x = t->c[j];
            for (int i = 0; i < V; i++) x += bit(v, i) * t->W[i][j];
            stat[c + j] += p[v] * sigmoid(x);
            for (int i = 0; i < V; i++) {
                stat[W + i * H + j] += p[v] * bit(v, i) * sigmoid(x);
                if (j == 0) stat[b + i] += p[v] * bit(v, i);
            }
        }
}

/* The law after one sweep, all hidden then all visible units. */
static inline void tiny_sweep(const tiny *t, const double *from, double *to) {
    for (int v = 0; v < STATES; v++) to[v] = 0;
    for (int v = 0; v < STATES; v++)
        for (int h = 0; h < HIDDEN; h++) {
            double ph = from[v];
            for (int j = 0; j < H; j++) {
                double x = t->c[j];
                for (int i = 0; i < V; i++) x += bit(v, i) * t->W[i][j];
                ph *= bit(h, j) ? sigmoid(x) : sigmoid(-x);
            }
            for (int u = 0; u < STATES; u++) {
                double pu = ph;
                for (int i = 0; i < V; i++) {
                    double x = t->b[i];
                    for (int j = 0; j < H; j++) x += bit(h, j) * t->W[i][j];
                    pu *= bit(u, i) ? sigmoid(x) : sigmoid(-x);
                }
                to[u] += pu;
            }
        }
}

static const int some_rows[] = {0, 15, 3, 3, 12, 5, 15, 15}; /* as numbers with bit i for column i */
enum { ROWS = sizeof some_rows / sizeof *some_rows };

static inline temper_rows_view rows_of(const int *code, int n, float *X) {
    for (int r = 0; r < n; r++)
        for (int i = 0; i < V; i++) X[r * V + i] = (float)bit(code[r], i);
    return (temper_rows_view){n, V, X, NULL};
}

static inline void law_of(const int *code, int n, const double *weight, double *p) {
    double sum = 0;
    for (int v = 0; v < STATES; v++) p[v] = 0;
    for (int r = 0; r < n; r++) p[code[r]] += weight ? weight[r] : 1, sum += weight ? weight[r] : 1;
    for (int v = 0; v < STATES; v++) p[v] /= sum;
}

/* A lesson whose θ stays where it is: the gradient, left in lesson->grad, is looked at and not followed. (Momentum rules out the update in
 * one pass, which leaves no gradient.) */
typedef struct {
    temper_method *method;
    temper_lesson *lesson;
} watched;

static inline bool watch(watched *w, temper_machine *machine, const char *method, temper_lesson_plan plan) {
    *w = (watched){NULL, NULL};
    plan.momentum = 0.5;
    plan.stream.seed = 11;
    CHECK_OK(temper_method_create(&w->method, method));
    if (!w->method) return false;
    CHECK_OK(temper_lesson_create(&w->lesson, machine, w->method, &plan));
    if (w->lesson) w->lesson->rate = 0;
    return w->lesson;
}

static inline void unwatch(watched *w) {
    temper_lesson_free(w->lesson);
    temper_method_free(w->method);
}

/* Visible units of a chain as a number. */
static inline int seen_of(const temper_flock *flock, int64_t chain) {
    float row[V];
    int v = 0;
    temper_flock_read(flock, chain, row);
    for (int i = 0; i < V; i++) v |= (row[i] != 0) << i;
    return v;
}

#endif
