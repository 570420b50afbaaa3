/* Values of a function to be learned, "function:sin(3*x); n=256; noise=0.1; from=-2; to=2; seed=7": rows x drawn evenly from a box, targets
 * f(x) + noise·z. core/formula.h says what may stand there; the features are its variables in the order of the alphabet. Those five constants say how many
 * points, how noisy, between which values of each variable, and by which draws; without them 256, 0, −1, 1 and 1.
 *
 * x and z have addresses: TEMPER_FOR_DISORDER of stream {seed, 0}, step 0 at index i·d + k and step 1 at i. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "core/formula.h"
#include "data/samples.h"
#include "temper/stream.h"

typedef struct {
    char *text;
} function;

typedef struct {
    double n, noise, from, to, seed;
} sampling;

static temper_status read(const temper_formula *formula, sampling *s) {
    *s = (sampling){256, 0, -1, 1, 1};
    const struct {
        const char *name;
        double *place;
    } known[] = {{"n", &s->n}, {"noise", &s->noise}, {"from", &s->from}, {"to", &s->to}, {"seed", &s->seed}};
    for (int c = 0; c < formula->constants; c++)
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (!strcmp(formula->constant[c].name, known[k].name))
                *known[k].place = formula->constant[c].value;
    if (!formula->variables) return temper_fail(TEMPER_BAD_OPTION, "function: there is no variable in it");
    if (!(s->n >= 1 && s->n <= 1e9 && s->n == floor(s->n)))
        return temper_fail(TEMPER_BAD_OPTION, "function: n=%g is no whole number in 1 ... 1e9", s->n);
    if (!(s->seed >= 0 && s->seed <= 9e15 && s->seed == floor(s->seed)))
        return temper_fail(TEMPER_BAD_OPTION, "function: seed=%g is no whole number in 0 ... 9e15", s->seed);
    if (!(s->noise >= 0 && s->noise < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "function: noise=%g is no standard deviation of 0 or more",
                           s->noise);
    if (!(s->from < s->to && isfinite(s->to - s->from)))
        return temper_fail(TEMPER_BAD_OPTION, "function: from=%g must be below to=%g", s->from, s->to);
    return TEMPER_OK;
}

static temper_status fill(const sampling *f, const temper_formula *formula, temper_samples *samples) {
    const temper_stream stream = {(uint64_t)f->seed, 0};
    const int64_t d = formula->variables;
    double *room = temper_alloc((size_t)(4 * formula->length + d), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    double *x = room + 4 * formula->length;
    for (int64_t i = 0; i < samples->n; i++) {
        for (int64_t k = 0; k < d; k++) { /* the function sees what the network sees: floats */
            double u = temper_uniform(stream, TEMPER_FOR_DISORDER, 0, i * d + k);
            samples->X[i * d + k] = (float)(f->from + (f->to - f->from) * u);
            x[k] = (double)samples->X[i * d + k];
        }
        double z = f->noise > 0 ? temper_normal(stream, TEMPER_FOR_DISORDER, 1, i) : 0;
        samples->t[i] = temper_formula_value(formula, x, room) + f->noise * z;
        if (isfinite(samples->t[i])) continue;
        temper_status bad = temper_fail(TEMPER_BAD_DATA, "function: row %lld is not finite, at %s = %g",
                                        (long long)i, formula->name[0], x[0]);
        temper_release(room);
        return bad;
    }
    temper_release(room);
    return TEMPER_OK;
}

static temper_status fetch(const void *self, temper_samples *samples) {
    const function *f = self;
    temper_formula *formula;
    sampling how;
    const char *text = f->text + (strncmp(f->text, "text=", 5) ? 0 : 5); /* as of other things */
    temper_status bad = temper_formula_read(&formula, "function", text);
    if (bad) return bad;
    bad = read(formula, &how);
    if (!bad)
        bad = temper_samples_room(samples, (temper_bytes){"function", NULL, 0}, (int64_t)how.n,
                                  formula->variables);
    if (!bad && !(samples->t = temper_alloc((size_t)how.n, sizeof *samples->t))) bad = TEMPER_NO_MEMORY;
    samples->outputs = bad ? 0 : 1;
    if (!bad) bad = fill(&how, formula, samples);
    temper_release(formula);
    return bad;
}

static const temper_option options[] = {
    {"text", TEMPER_REST, offsetof(function, text), NULL, 0, 0, NULL, "",
     "the function, as in sin(3*x); n=256; noise=0; from=-1; to=1; seed=1"},
    {0}};

const temper_dataset_type temper_dataset_function = {
    .about = {"function", "targets f(x) + noise at points drawn from a box, f a formula in x, y, …",
              "as the function approximators of Boettcher & Wheeler, J. Stat. Mech. 2024, 023401",
              "sin(3*x)*y; n=20", options, sizeof(function)},
    .read = fetch,
};
