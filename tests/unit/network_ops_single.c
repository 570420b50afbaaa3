/* The ops in float against the same ops in double, on the same numbers: values, adjoints, weights and all their tangents agree to
 * 1e-5 of the largest. And in float every level of the cpu gives the same bits. */
#include "ops_harness.h"
#include "temper/cpu.h"

extern const net_op *const net_ops_f64[];
const void *temper_net_kernel_f64(void);

enum { VALUE, VALUE_DOT, BAR, BAR_DOT, THETA_BAR, THETA_BAR_DOT, RESULTS };
static const char *const names[RESULTS] = {"y", "y'", "x", "x'", "w", "w'"};

typedef struct { /* what an op makes of a point; only the first input's adjoint */
    real *of[RESULTS];
    int64_t n[RESULTS];
} outcome;

static bool work(const op_case *c, outcome *o) {
    bench u;
    if (!bench_open(&u, c)) return false;
    numbers at = numbers_drawn(&u, 0), dot = numbers_drawn(&u, 1), bar = numbers_new(&u),
            bar_dot = numbers_new(&u);
    numbers value = at, value_dot = dot;
    const int64_t x = c->data ? 0 : u.in, n[RESULTS] = {u.out, u.out, x, x, u.parameters, u.parameters};
    for (int k = 0; k < RESULTS; k++) o->n[k] = n[k], o->of[k] = room(n[k]);
    if (c->data) fill(dot.x[0], u.in, 0);
    value.y = o->of[VALUE], value_dot.y = o->of[VALUE_DOT];
    forward(&u, &value, &value_dot);
    clear_padding(&u, value.y), clear_padding(&u, value_dot.y);
    reverse(&u, &at, &dot, &bar, &bar_dot, plainly);
    detach(&u);
    copy(o->of[BAR], bar.x[0], x), copy(o->of[BAR_DOT], bar_dot.x[0], x);
    copy(o->of[THETA_BAR], bar.theta, u.parameters), copy(o->of[THETA_BAR_DOT], bar_dot.theta, u.parameters);
    numbers_free(&at), numbers_free(&dot), numbers_free(&bar), numbers_free(&bar_dot);
    bench_close(&u);
    return true;
}

static void outcome_free(outcome *o) {
    for (int k = 0; k < RESULTS; k++) temper_release(o->of[k]);
}

static bool work_in_double(const op_case *c, outcome *o) {
    harness_ops = net_ops_f64, harness_kernel = temper_net_kernel_f64(), harness_bytes = sizeof(double);
    bool done = work(c, o);
    harness_ops = net_ops, harness_kernel = NULL, harness_bytes = sizeof(real);
    return done;
}

static void float_is_near_double(void) {
    for (int i = 0; i < CASES; i++) {
        outcome a, b;
        if (!work(&cases[i], &a)) continue;
        if (!work_in_double(&cases[i], &b)) continue;
        for (int k = 0; k < RESULTS; k++) {
            const double *wide = (const double *)(const void *)b.of[k];
            double off = 0, size = 1e-3;
            for (int64_t j = 0; j < a.n[k]; j++) {
                double d = fabs((double)a.of[k][j] - wide[j]);
                if (!(d <= off)) off = d;
                if (fabs(wide[j]) > size) size = fabs(wide[j]);
            }
            CHECK(off <= 1e-5 * size, "%s %s, %s: %.3g", cases[i].op, cases[i].note, names[k], off / size);
        }
        outcome_free(&a), outcome_free(&b);
    }
}

static void levels_agree(void) {
    for (int i = 0; i < CASES; i++) {
        outcome a, b;
        harness_kernel = temper_net_kernel_of(TEMPER_CPU_REF);
        if (!work(&cases[i], &a)) continue;
        for (int level = TEMPER_CPU_REF + 1; level <= (int)temper_cpu_best(); level++) {
            harness_kernel = temper_net_kernel_of(level);
            if (!work(&cases[i], &b)) continue;
            for (int k = 0; k < RESULTS; k++)
                CHECK(!memcmp(a.of[k], b.of[k], (size_t)a.n[k] * sizeof(real)), "%s %s, %s: level %d",
                      cases[i].op, cases[i].note, names[k], level);
            outcome_free(&b);
        }
        outcome_free(&a);
    }
    harness_kernel = NULL;
}

int main(void) {
    RUN(float_is_near_double);
    RUN(levels_agree);
    return check_end();
}
