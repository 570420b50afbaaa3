/* Formulas: what they mean, what they refuse and how, and derivatives against differences and against formulas differentiated by hand. */
#include "core/formula.h"
#include <stdlib.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "check.h"
#include "temper/stream.h"

static double room[4 * TEMPER_FORMULA_NODES];

static double value_of(const char *text, double x, double y) {
    temper_formula *f;
    double v[2] = {x, y}, u = NAN;
    CHECK_OK(temper_formula_read(&f, "test", text));
    if (f) u = temper_formula_value(f, v, room);
    temper_release(f);
    return u;
}

static void values(void) {
    static const struct {
        const char *text;
        double x, y, value;
    } cases[] = {{"-x^2", 3, 0, -9},
                 {"2^3^2 + 0*x", 1, 0, 512},
                 {"x^-2", 2, 0, 0.25},
                 {"2^-x", 3, 0, 0.125},
                 {"--x", 3, 0, 3},
                 {"x - 1 - 2", 10, 0, 7},
                 {"x/2/5", 40, 0, 4},
                 {"x/2*5", 40, 0, 100},
                 {"-x*y", 3, 4, -12},
                 {"x^4/4 - x^2/2", 3, 0, 15.75},
                 {"(1-x)^2 + 100*(y-x^2)^2", -1.2, 1, 24.2},
                 {"1.5e1*x + .5 + 2.", 2, 0, 32.5},
                 {"x**3", 3, 0, 27},
                 {"x^0", 0, 0, 1},
                 {"x^10", 3, 0, 59049},
                 {"x^0.5", 2, 0, 1.4142135623730951},
                 {"x^1.5", 4, 0, 8},
                 {"(-x)^3", 2, 0, -8},
                 {"pow(x, y)", 2, 10, 1024},
                 {"min(x, y, 3) + 10*max(x, y)", 5, 4, 53},
                 {"abs(-x) + sign(x)", 2.5, 0, 3.5},
                 {"sin(pi/2*x) + cos(pi*x)", 1, 0, 0},
                 {"log(e^2*x)", 1, 0, 2},
                 {"ln(x) - log(x) + log10(x)", 1000, 0, 3},
                 {"tan(x) - sin(x)/cos(x)", 0.7, 0, 0},
                 {"sinh(x)^2 - cosh(x)^2", 1.25, 0, -1},
                 {"softplus(x) - log(1 + exp(x))", 0.3, 0, 0},
                 {"sigmoid(x) - 1/(1+exp(-x))", -0.8, 0, 0},
                 {"erf(x)", 0.5, 0, 0.5204998778130465},
                 {"expm1(x) + log1p(x) - 0*y", 1e-9, 0, 2e-9},
                 {" a*x^2 ; a = 2*b ; b = 3 ", 2, 0, 24},
                 {"x;", 5, 0, 5}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double v = value_of(cases[k].text, cases[k].x, cases[k].y);
        CHECK(fabs(v - cases[k].value) <= 4e-15 * (1 + fabs(cases[k].value)), "%s = %.17g, want %.17g",
              cases[k].text, v, cases[k].value);
    }
}

static void whole_powers_are_exact(void) {
    CHECK(value_of("x^5", 3, 0) == 243 && value_of("x^13", 7, 0) == 96889010407.0, "powers of whole numbers");
    CHECK(value_of("x^3", 0.1, 0) == 0.1 * (0.1 * 0.1) || value_of("x^3", 0.1, 0) == 0.1 * 0.1 * 0.1,
          "a cube");
    CHECK(value_of("x^-1", 3, 0) == 1.0 / 3, "a reciprocal");
}

static void what_is_not_finite_is_a_result(void) {
    CHECK(isnan(value_of("log(x)", -1, 0)), "log(-1)");
    CHECK(isnan(value_of("sqrt(x)", -1, 0)), "sqrt(-1)");
    CHECK(isinf(value_of("1/x", 0, 0)), "1/0");
    CHECK(isnan(value_of("x^0.3", -1, 0)), "(-1)^0.3");
    CHECK(isinf(value_of("exp(exp(x))", 100, 0)), "overflow");
    CHECK(isnan(value_of("min(x, log(y))", 1, -1)) && isnan(value_of("max(log(y), x)", 1, -1)),
          "min and max pass NaN on");
    CHECK(isnan(value_of("sin(x)", INFINITY, 0)), "sin(inf)");
}

static void refusals(void) {
    static const struct {
        const char *text, *words;
    } cases[] = {{"", "ends where"},
                 {"x^4 -", "column 6"},
                 {"2x", "a product needs its sign: write 2*"},
                 {"x y", "column 3"},
                 {"x(y)", "'x' is no function; a product needs its sign"},
                 {"sine(x)", "did you mean 'sin'"},
                 {"sqr(x)", "did you mean 'sqrt'"},
                 {"exp x", "needs its argument in brackets"},
                 {"exp(x, y)", "takes one argument"},
                 {"max(x)", "takes two arguments"},
                 {"pow(x,y,2)", "takes two arguments"},
                 {"(x", "')'"},
                 {"x)", "')', where an operator should stand"},
                 {"x+*2", "column 3"},
                 {"x = 2", "'='"},
                 {"1.2.3*x", "no number"},
                 {"3", "has no variable"},
                 {"x; a = y", "no constant"},
                 {"x; x2", "'='"},
                 {"x; a=1; a=2", "defined already"},
                 {"x; pi=3", "defined already"},
                 {"x; sin=3", "defined already"},
                 {"x; 3=4", "the name of a constant"},
                 {"x \xc2\xb7 y", "plain ASCII"},
                 {"x\x01", "byte 0x01"},
                 {"abcdefghijklmnopqrstuvwxyzabcdefgh", "31 letters"},
                 {"x$y", "'$'"},
                 {"x; ; a = 1; b = a + q", "no constant"}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        temper_formula *f;
        CHECK_FAILS(temper_formula_read(&f, "test", cases[k].text), TEMPER_BAD_OPTION, cases[k].words);
        CHECK(f == NULL, "%s", cases[k].text);
    }
}

static char *repeated(const char *unit, int n, const char *end) {
    char *text = calloc((size_t)n * strlen(unit) + strlen(end) + 1, 1);
    for (int k = 0; k < n; k++) strcat(text + (size_t)k * strlen(unit), unit);
    return strcat(text, end);
}

static void limits(void) {
    static const struct {
        const char *unit;
        int n;
        const char *end, *words;
    } cases[] = {{"(", 5000, "x", "200 deep"},  {"-", 5000, "x", "200 deep"},
                 {"x^", 5000, "x", "200 deep"}, {"sin(", 3000, "x", "200 deep"},
                 {"x+", 20000, "x", "16384"},   {"1", 100, "*x", "63 digits"},
                 {"x;", 8000, "", "="}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        temper_formula *f;
        char *text = repeated(cases[k].unit, cases[k].n, cases[k].end);
        temper_status bad = temper_formula_read(&f, "test", text);
        CHECK(bad == TEMPER_BAD_OPTION && (strstr(temper_message(), cases[k].words) || k == 6), "%s x %d: %s",
              cases[k].unit, cases[k].n, temper_message());
        temper_release(f), free(text);
    }
    char *wide = calloc(16384, 1); /* more variables than there is room for */
    for (int k = 0, n = 0; k < 1100; k++) n += sprintf(wide + n, "%sv%d", k ? "+" : "", k);
    temper_formula *f;
    CHECK_FAILS(temper_formula_read(&f, "test", wide), TEMPER_BAD_OPTION, "1024");
    free(wide);
}

static void names_in_order(void) {
    temper_formula *f;
    CHECK_OK(temper_formula_read(&f, "test", "x10 + x2 + alpha*x1 + y + B; unused = 4; k = 3"));
    if (!f) return;
    static const char *const order[] = {"B", "alpha", "x1", "x2", "x10", "y"};
    CHECK(f->variables == 6 && f->constants == 2, "%d %d", f->variables, f->constants);
    for (int k = 0; k < 6; k++) CHECK(!strcmp(f->name[k], order[k]), "%s, want %s", f->name[k], order[k]);
    CHECK(!strcmp(f->constant[0].name, "k") && f->constant[0].value == 3 && f->constant[1].value == 4,
          "constants");
    const double v[6] = {1, 10, 5, 1000, 10000, 100000};
    CHECK_NEAR(temper_formula_value(f, v, room), 10000 + 1000 + 50 + 100000 + 1, 0);
    temper_release(f);
}

/* One tape, each part written once. */
static void tape_is_short(void) {
    temper_formula *f;
    CHECK_OK(temper_formula_read(&f, "test", "(x^2 - y)^2 + (x^2 - y)^2*2*3"));
    if (f)
        CHECK(f->length == 10, "%d instructions",
              f->length); /* x, 2nd power, y, −, 2nd power, 2, ·, 3, ·, + */
    temper_release(f);
    CHECK_OK(temper_formula_read(&f, "test", "x + 2*3^2/pi"));
    if (f) CHECK(f->length == 3, "%d instructions: numbers are folded", f->length);
    temper_release(f);
}

/* A random formula of two variables, all functions in it. */
static int grow(char *text, int at, int depth, uint32_t *word) {
    static const char *const f[] = {"exp(0.3*sin(", "log1p(abs(",    "sqrt(1.5+sin(",  "tanh((",
                                    "erf((",        "cosh(0.2*cos(", "sinh(0.3*tanh(", "sigmoid((",
                                    "softplus((",   "tan(0.3*sin(",  "expm1(0.2*cos(", "log(2+cos("};
    uint32_t w = *word = *word * 1664525u + 1013904223u;
    if (depth == 0)
        return at + sprintf(text + at,
                            w >> 20 & 1   ? "x"
                            : w >> 21 & 1 ? "y"
                                          : "%.2f",
                            0.5 + (w >> 22 & 7) / 4.0);
    switch (w >> 28) {
    case 0:
    case 1:
    case 2:
        at += sprintf(text + at, "("), at = grow(text, at, depth - 1, word),
                                       at += sprintf(text + at, "%c", "+-*"[w >> 24 & 1]),
                                       at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, ")");
    case 3:
    case 4:
        at = grow(text, at, depth - 1, word), at += sprintf(text + at, "*");
        return grow(text, at, depth - 1, word);
    case 5:
        at += sprintf(text + at, "("), at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, ")/(2+cos(x))");
    case 6:
        at += sprintf(text + at, "(1.5+sin("), at = grow(text, at, depth - 1, word),
                                               at += sprintf(text + at, "))^(");
        at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, ")");
    case 7:
        at += sprintf(text + at, "("), at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, ")^%d", 2 + (int)(w >> 20 & 1));
    case 8:
        at += sprintf(text + at, "max("), at = grow(text, at, depth - 1, word), at += sprintf(text + at, ","),
                                          at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, ")");
    default:
        at += sprintf(text + at, "%s", f[w >> 16 & 0xfff ? (w >> 16 & 0xfff) % 12 : 0]),
            at = grow(text, at, depth - 1, word);
        return at + sprintf(text + at, "))");
    }
}

static void derivatives(void) {
    uint32_t word = 12345;
    static char text[TEMPER_FORMULA_LENGTH];
    int seen = 0;
    for (int k = 0; k < 300; k++) {
        temper_formula *f;
        strcpy(text + grow(text, 0, 4, &word), "+x*y/8");
        CHECK_OK(temper_formula_read(&f, "test", text));
        if (!f) continue;
        double x[2] = {0.37 + 0.001 * k, -0.52}, v[2] = {0.8, -0.6}, grad[2], Hv[2], up[2], down[2],
               eps = 1e-5;
        double u = temper_formula_curve(f, x, v, grad, Hv, room), again[2];
        CHECK(u == temper_formula_value(f, x, room) && u == temper_formula_slope(f, x, again, room),
              "%s: one value", text);
        CHECK(fabs(again[0] - grad[0]) <= 1e-13 * (1 + fabs(grad[0])) &&
                  fabs(again[1] - grad[1]) <= 1e-13 * (1 + fabs(grad[1])),
              "%s: one gradient", text);
        double right[2] = {x[0] + eps * v[0], x[1] + eps * v[1]},
               left[2] = {x[0] - eps * v[0], x[1] - eps * v[1]};
        double high = temper_formula_slope(f, right, up, room),
               low = temper_formula_slope(f, left, down, room), along = grad[0] * v[0] + grad[1] * v[1];
        double scale = 1 + fabs(u) + fabs(grad[0]) + fabs(grad[1]) + fabs(Hv[0]) + fabs(Hv[1]);
        if (scale < 1e4) {
            CHECK(fabs((high - low) / (2 * eps) - along) < 1e-6 * scale, "%s: slope %g, difference %g", text,
                  along, (high - low) / (2 * eps));
            for (int i = 0; i < 2; i++)
                CHECK(fabs((up[i] - down[i]) / (2 * eps) - Hv[i]) < 1e-5 * scale, "%s: Hv %g, difference %g",
                      text, Hv[i], (up[i] - down[i]) / (2 * eps));
            seen++;
        }
        temper_release(f);
    }
    CHECK(seen > 100, "%d formulas", seen);
}

/* Where 0·∞ lurks: x^1, x^0 and products that don't hang on what is not finite. */
static void derivatives_at_zero(void) {
    static const struct {
        const char *text;
        double g, H;
    } cases[] = {{"x^2", 0, 2},
                 {"x^1", 1, 0},
                 {"x^4 - x^2", 0, -2},
                 {"x^0 + x", 1, 0},
                 {"abs(x) + x", 1, 0},
                 {"max(x, 1/0) - 1/0*0 + x", NAN, NAN},
                 {"min(x^2, 1/x^2)", 0, 2},
                 {"x^2.5", 0, 0},
                 {"pow(x^2, 1.5)", 0, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        temper_formula *f;
        double x = 0, v = 1, g, H;
        CHECK_OK(temper_formula_read(&f, "test", cases[k].text));
        if (!f) continue;
        (void)temper_formula_curve(f, &x, &v, &g, &H, room);
        if (!isnan(cases[k].g)) CHECK(g == cases[k].g && H == cases[k].H, "%s: %g %g", cases[k].text, g, H);
        temper_release(f);
    }
}

static void memory(void) {
    temper_formula *f;
    int64_t live = temper_alloc_live();
    for (int k = 1; k <= 3; k++) {
        temper_alloc_fail_at(k);
        CHECK(temper_formula_read(&f, "test", "x^2 + y") == TEMPER_NO_MEMORY && !f, "allocation %d", k);
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "allocation %d leaks", k);
    }
    CHECK_OK(temper_formula_read(&f, "test", "x^2 + y"));
    temper_release(f);
}

/* sin and cos in radians, against long double. */
static void radians(void) {
    double worst = 0, s, c;
    for (int k = 0; k < 200000; k++) {
        double range = k % 4 == 0   ? 2e9
                       : k % 4 == 1 ? 1e5
                       : k % 4 == 2 ? 10
                                    : 1,
               x = range * (2 * temper_uniform((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, k) - 1);
        if (k % 8 == 7) x = 1.5707963267948966 * (double)(k % 1001); /* next to zeros */
        temper_sincos(x, &s, &c);
        double es = fabs((double)((long double)s - sinl((long double)x))),
               ec = fabs((double)((long double)c - cosl((long double)x)));
        worst = fmax(worst, fmax(es / (fabs(s) * 0x1p-52), ec / (fabs(c) * 0x1p-52)));
    }
    CHECK(worst < 0.85, "%g ulp", worst);
    temper_sincos(-0.0, &s, &c);
    CHECK(s == 0 && c == 1, "at 0");
    temper_sincos(1e300, &s, &c);
    CHECK(fabs(s * s + c * c - 1) < 1e-14, "far out it is at least on the circle");
}

int main(void) {
    RUN(values);
    RUN(whole_powers_are_exact);
    RUN(what_is_not_finite_is_a_result);
    RUN(refusals);
    RUN(limits);
    RUN(names_in_order);
    RUN(tape_is_short);
    RUN(derivatives);
    RUN(derivatives_at_zero);
    RUN(memory);
    RUN(radians);
    return check_end();
}
