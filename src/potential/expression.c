/* U(x, y, …) written as text: "x^4 - 4*x^2 + x", "(1-x)^2 + 100*(y-x^2)^2"; core/formula.h says what may stand there.
 *
 * Walkers start anywhere between the constants `from` and `to` of the formula, −1 and 1 where it has none: "x^4 - x^2; from=-2; to=-1".
 * A coordinate each; all of them in the order of the alphabet. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "core/formula.h"
#include "temper/potential.h"

typedef struct {
    char *text;
    temper_formula *formula;
    double from, to;
} expression;

static temper_status build(void *self) {
    expression *x = self;
    const char *text =
        x->text + (strncmp(x->text, "text=", 5) ? 0 : 5); /* expression:text=x^2, as of other things */
    temper_status bad = temper_formula_read(&x->formula, "expression", text);
    x->from = -1, x->to = 1;
    for (int k = 0; !bad && k < x->formula->constants; k++) {
        const temper_constant *c = &x->formula->constant[k];
        if (!strcmp(c->name, "from")) x->from = c->value;
        if (!strcmp(c->name, "to")) x->to = c->value;
    }
    if (!bad && !(x->from <= x->to && isfinite(x->to - x->from)))
        bad = temper_fail(TEMPER_BAD_OPTION, "expression: from=%g and to=%g are no range to start in",
                          x->from, x->to);
    return bad;
}

static void clear(void *self) { temper_release(((expression *)self)->formula); }
static int64_t dim(const void *self) { return ((const expression *)self)->formula->variables; }
static size_t scratch(const void *self) {
    return 4 * (size_t)((const expression *)self)->formula->length * sizeof(double);
}

static void start(const void *self, temper_stream stream, double *theta) {
    const expression *x = self;
    for (int k = 0; k < x->formula->variables; k++)
        theta[k] = x->from + (x->to - x->from) * temper_uniform(stream, TEMPER_FOR_INITIAL, 0, k);
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    return temper_formula_value(((const expression *)self)->formula, theta, look->scratch);
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    return temper_formula_slope(((const expression *)self)->formula, theta, grad, look->scratch);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv) {
    return temper_formula_curve(((const expression *)self)->formula, theta, v, grad, Hv, look->scratch);
}

static const temper_option options[] = {{"text", TEMPER_REST, offsetof(expression, text), NULL, 0, 0, NULL,
                                         "", "the energy, as in x^4 - b*x^2; b=4; from=-2; to=2"},
                                        {0}};

const temper_potential_type temper_potential_expression = {
    .about = {"expression", "U = a formula in x, y, …", "derivatives: Wengert, Comm. ACM 7, 463 (1964)",
              "x^4 - b*x^2*y + exp(y)/2 + sin(x*y) + y^4; b=0.4", options, sizeof(expression)},
    .build = build,
    .clear = clear,
    .dim = dim,
    .scratch = scratch,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
};
