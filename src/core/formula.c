/* The tape of a formula, run forwards and backwards. */
#include "core/formula.h"
#include <math.h>
#include <stdbool.h>
#include "base/elementary.h"

static const double two_over_sqrt_pi = 1.1283791670955125738961589031215452;

/* a^n by squaring, from the lowest bit up: whole powers of small whole numbers are exact. */
static double whole_power(double a, int n) {
    double p = 1;
    for (unsigned k = (unsigned)(n < 0 ? -n : n); k; k >>= 1, a *= a)
        if (k & 1) p *= a;
    return n < 0 ? 1 / p : p;
}

/* a^b. A negative a has real powers at whole b alone. */
static double power(double a, double b) {
    if (b == 0) return 1;
    if (b == trunc(b) && fabs(b) <= 1024) return whole_power(a, (int)b);
    if (a == 0) return b > 0 ? 0 : b < 0 ? INFINITY : b;
    if (a > 0) return temper_exp(b * temper_log(a));
    if (b != trunc(b)) return NAN;
    return (fmod(b, 2) != 0 ? -1 : 1) * temper_exp(b * temper_log(-a));
}

static double sine(double x, double *cosine) {
    double s;
    temper_sincos(x, &s, cosine);
    return s;
}

static double sigmoid(double x) {
    double e = temper_exp(-fabs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

double temper_formula_apply(temper_op op, double a, double b) {
    double c, s;
    switch (op) {
    case TEMPER_OP_ADD: return a + b;
    case TEMPER_OP_SUB: return a - b;
    case TEMPER_OP_MUL: return a * b;
    case TEMPER_OP_DIV: return a / b;
    case TEMPER_OP_MIN: return a <= b || a != a ? a : b;
    case TEMPER_OP_MAX: return a >= b || a != a ? a : b;
    case TEMPER_OP_POWER: return power(a, b);
    case TEMPER_OP_WHOLE: return whole_power(a, (int)b);
    case TEMPER_OP_NEG: return -a;
    case TEMPER_OP_EXP: return temper_exp(a);
    case TEMPER_OP_EXPM1: return temper_expm1(a);
    case TEMPER_OP_LOG: return temper_log(a);
    case TEMPER_OP_LOG1P: return temper_log1p(a);
    case TEMPER_OP_SQRT: return a >= 0 ? __builtin_sqrt(a) : NAN; /* one NaN, not −NaN of some machines */
    case TEMPER_OP_SIN: return sine(a, &c);
    case TEMPER_OP_COS: return sine(a, &c), c;
    case TEMPER_OP_TAN: return s = sine(a, &c), s / c;
    case TEMPER_OP_SINH:
        return fabs(a) < 1 ? (temper_expm1(a) - temper_expm1(-a)) / 2 : (temper_exp(a) - temper_exp(-a)) / 2;
    case TEMPER_OP_COSH: return (temper_exp(a) + temper_exp(-a)) / 2;
    case TEMPER_OP_TANH: return temper_tanh(a);
    case TEMPER_OP_ERF: return temper_erf(a);
    case TEMPER_OP_ABS: return fabs(a);
    case TEMPER_OP_SIGN: return a > 0 ? 1 : a < 0 ? -1 : a;
    case TEMPER_OP_SIGMOID: return sigmoid(a);
    case TEMPER_OP_SOFTPLUS: return fmax(a, 0) + temper_log1p(temper_exp(-fabs(a))) + (a - a);
    default: return a;
    }
}

double temper_formula_value(const temper_formula *f, const double *x, double *room) {
    for (int i = 0; i < f->length; i++) {
        const temper_instruction *t = &f->tape[i];
        switch (t->op) {
        case TEMPER_OP_NUMBER: room[i] = t->value; break;
        case TEMPER_OP_VARIABLE: room[i] = x[t->a]; break;
        case TEMPER_OP_WHOLE: room[i] = whole_power(room[t->a], t->b); break;
        case TEMPER_OP_ADD: room[i] = room[t->a] + room[t->b]; break;
        case TEMPER_OP_SUB: room[i] = room[t->a] - room[t->b]; break;
        case TEMPER_OP_MUL: room[i] = room[t->a] * room[t->b]; break;
        default: room[i] = temper_formula_apply(t->op, room[t->a], room[t->b]); break;
        }
    }
    return room[f->length - 1];
}

typedef struct { /* of one instruction: its derivatives with respect to its operands */
    double a, b, aa, ab, bb;
} partials;

static partials of_whole(double a, int n) { /* n(n−1)a^{n−2}, and no 0·∞ */
    partials p = {0};
    if (n) p.a = n * whole_power(a, n - 1);
    if (n && n != 1) p.aa = (double)n * (n - 1) * whole_power(a, n - 2);
    return p;
}

static partials of_power(double a, double b, double y) {
    double ln = temper_log(a); /* −∞ at 0, NaN below: there only derivatives with respect to a exist */
    partials p = {.a = b == 0 ? 0 : b * power(a, b - 1),
                  .aa = b == 0 || b == 1 ? 0 : b * (b - 1) * power(a, b - 2)};
    bool vanishes = y == 0 && a == 0;
    p.b = vanishes ? 0 : y * ln;
    p.bb = vanishes ? 0 : y * ln * ln;
    p.ab = vanishes ? p.a : power(a, b - 1) * (1 + b * ln);
    return p;
}

/* One operand a, value y. */
static partials of_function(temper_op op, double a, double y) {
    double c, s, t;
    switch (op) {
    case TEMPER_OP_NEG: return (partials){.a = -1};
    case TEMPER_OP_EXP: return (partials){.a = y, .aa = y};
    case TEMPER_OP_EXPM1: return (partials){.a = temper_exp(a), .aa = temper_exp(a)};
    case TEMPER_OP_LOG: return (partials){.a = 1 / a, .aa = -1 / (a * a)};
    case TEMPER_OP_LOG1P: return (partials){.a = 1 / (1 + a), .aa = -1 / ((1 + a) * (1 + a))};
    case TEMPER_OP_SQRT: return (partials){.a = 0.5 / y, .aa = -0.25 / (y * y * y)};
    case TEMPER_OP_SIN: return sine(a, &c), (partials){.a = c, .aa = -y};
    case TEMPER_OP_COS: return s = sine(a, &c), (partials){.a = -s, .aa = -y};
    case TEMPER_OP_TAN: return (partials){.a = 1 + y * y, .aa = 2 * y * (1 + y * y)};
    case TEMPER_OP_SINH: return (partials){.a = temper_formula_apply(TEMPER_OP_COSH, a, 0), .aa = y};
    case TEMPER_OP_COSH: return (partials){.a = temper_formula_apply(TEMPER_OP_SINH, a, 0), .aa = y};
    case TEMPER_OP_TANH: return (partials){.a = 1 - y * y, .aa = -2 * y * (1 - y * y)};
    case TEMPER_OP_ERF:
        t = two_over_sqrt_pi * temper_exp(-a * a);
        return (partials){.a = t, .aa = -2 * a * t};
    case TEMPER_OP_ABS: return (partials){.a = a < 0 ? -1 : a > 0 ? 1 : a};
    case TEMPER_OP_SIGMOID: t = y * sigmoid(-a); return (partials){.a = t, .aa = t * (sigmoid(-a) - y)};
    case TEMPER_OP_SOFTPLUS: s = sigmoid(a), t = sigmoid(-a); return (partials){.a = s, .aa = s * t};
    default: return (partials){0}; /* sign, and leaves */
    }
}

static partials of(const temper_instruction *t, const double *v, double y) {
    double a, b;
    switch (t->op) {
    case TEMPER_OP_NUMBER:
    case TEMPER_OP_VARIABLE: return (partials){0};
    case TEMPER_OP_ADD: return (partials){.a = 1, .b = 1};
    case TEMPER_OP_SUB: return (partials){.a = 1, .b = -1};
    case TEMPER_OP_MUL: return (partials){.a = v[t->b], .b = v[t->a], .ab = 1};
    case TEMPER_OP_DIV:
        b = v[t->b];
        return (partials){.a = 1 / b, .b = -y / b, .ab = -1 / (b * b), .bb = 2 * y / (b * b)};
    case TEMPER_OP_MIN:
    case TEMPER_OP_MAX:
        a = v[t->a], b = v[t->b]; /* the one that is taken; of two equal ones the first */
        return a != a || (t->op == TEMPER_OP_MIN ? a <= b : a >= b) ? (partials){.a = 1} : (partials){.b = 1};
    case TEMPER_OP_POWER: return of_power(v[t->a], v[t->b], y);
    case TEMPER_OP_WHOLE: return of_whole(v[t->a], t->b);
    default: return of_function(t->op, v[t->a], y);
    }
}

static bool binary(temper_op op) { return op >= TEMPER_OP_ADD && op <= TEMPER_OP_POWER; }
static bool leaf(temper_op op) { return op <= TEMPER_OP_VARIABLE; }

/* Invariant of the way back: bar[i] is the derivative of the formula with respect to the value of instruction i through all its users,
 * which come later on the tape. An instruction that nothing hangs on (bar = 0) hands nothing on, so that 0·∞ of a branch not taken does no
 * harm. */
double temper_formula_slope(const temper_formula *f, const double *x, double *grad, double *room) {
    double *v = room, *bar = room + f->length;
    double u = temper_formula_value(f, x, v);
    for (int k = 0; k < f->variables; k++) grad[k] = 0;
    for (int i = 0; i < f->length; i++) bar[i] = 0;
    bar[f->length - 1] = 1;
    for (int i = f->length - 1; i >= 0; i--) {
        const temper_instruction *t = &f->tape[i];
        if (bar[i] == 0) continue;
        if (t->op == TEMPER_OP_VARIABLE) grad[t->a] += bar[i];
        if (leaf(t->op)) continue;
        partials p = of(t, v, v[i]);
        if (p.a != 0) bar[t->a] += bar[i] * p.a;
        if (binary(t->op) && p.b != 0 && f->tape[t->b].op != TEMPER_OP_NUMBER) bar[t->b] += bar[i] * p.b;
    }
    return u;
}

/* The same with dual numbers: dot is the derivative along the vector, of values on the way there and of bars on the way back. */
typedef struct {
    double *v, *dot, *bar, *bar_dot;
} duals;

static void forward(const temper_formula *f, const double *along, const duals *d) {
    for (int i = 0; i < f->length; i++) {
        const temper_instruction *t = &f->tape[i];
        d->dot[i] = t->op == TEMPER_OP_VARIABLE ? along[t->a] : 0;
        if (leaf(t->op)) continue;
        partials p = of(t, d->v, d->v[i]);
        double da = d->dot[t->a], db = binary(t->op) ? d->dot[t->b] : 0;
        if (da != 0) d->dot[i] += p.a * da;
        if (db != 0) d->dot[i] += p.b * db;
    }
}

static void hand_on(const temper_formula *f, int i, const duals *d) {
    const temper_instruction *t = &f->tape[i];
    partials p = of(t, d->v, d->v[i]);
    double da = d->dot[t->a], db = 0, bar = d->bar[i], bar_dot = d->bar_dot[i], change = 0;
    bool two = binary(t->op);
    if (two) db = d->dot[t->b];
    if (da != 0) change += p.aa * da;
    if (db != 0) change += p.ab * db;
    d->bar[t->a] += p.a != 0 ? bar * p.a : 0;
    d->bar_dot[t->a] += (p.a != 0 ? bar_dot * p.a : 0) + (change != 0 ? bar * change : 0);
    if (!two || f->tape[t->b].op == TEMPER_OP_NUMBER) return;
    change = 0;
    if (da != 0) change += p.ab * da;
    if (db != 0) change += p.bb * db;
    d->bar[t->b] += p.b != 0 ? bar * p.b : 0;
    d->bar_dot[t->b] += (p.b != 0 ? bar_dot * p.b : 0) + (change != 0 ? bar * change : 0);
}

double temper_formula_curve(const temper_formula *f, const double *x, const double *along, double *grad,
                            double *Hv, double *room) {
    int n = f->length;
    duals d = {room, room + n, room + 2 * n, room + 3 * n};
    double u = temper_formula_value(f, x, d.v);
    forward(f, along, &d);
    for (int k = 0; k < f->variables; k++) grad[k] = Hv[k] = 0;
    for (int i = 0; i < n; i++) d.bar[i] = d.bar_dot[i] = 0;
    d.bar[n - 1] = 1;
    for (int i = n - 1; i >= 0; i--) {
        const temper_instruction *t = &f->tape[i];
        if (d.bar[i] == 0 && d.bar_dot[i] == 0) continue;
        if (t->op == TEMPER_OP_VARIABLE) grad[t->a] += d.bar[i], Hv[t->a] += d.bar_dot[i];
        if (!leaf(t->op)) hand_on(f, i, &d);
    }
    return u;
}
