/* Fuzz target of formulas (clang -fsanitize=fuzzer,address,undefined). Beyond not crashing: one value from three ways along the tape, and what is read
 * again from the potential's own text is the same. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "core/formula.h"
#include "temper/potential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double room[4 * TEMPER_FORMULA_NODES], x[1024], v[1024], grad[1024], again[1024], Hv[1024];

static int same(double a, double b) { return !memcmp(&a, &b, sizeof a) || (isnan(a) && isnan(b)); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    int64_t live = temper_alloc_live();
    temper_formula *f;
    memcpy(text, data, size), text[size] = 0;
    temper_status bad = temper_formula_read(&f, "fuzz", text);
    if (bad && (bad != TEMPER_BAD_OPTION || f)) abort();
    if (f) {
        for (int k = 0; k < f->variables; k++) x[k] = 0.7 - 0.3 * k, v[k] = 1 - k % 3;
        double u = temper_formula_value(f, x, room);
        if (!same(u, temper_formula_slope(f, x, grad, room)) ||
            !same(u, temper_formula_curve(f, x, v, again, Hv, room)))
            abort();
        for (int i = 0; i < f->length; i++) { /* operands stand before their users */
            const temper_instruction *t = &f->tape[i];
            if (t->op == TEMPER_OP_VARIABLE && (t->a < 0 || t->a >= f->variables)) abort();
            if (t->op <= TEMPER_OP_VARIABLE) continue;
            if (t->a < 0 || t->a >= i || (t->op != TEMPER_OP_WHOLE && (t->b < 0 || t->b >= i))) abort();
        }
    }
    temper_release(f);
    temper_potential *p;
    if (!temper_potential_create(&p, text)) {
        temper_potential *q;
        if (p->dim <= 64 && temper_potential_create(&q, p->text)) abort();
        if (p->dim <= 64) temper_potential_free(q);
        temper_potential_free(p);
    }
    if (temper_alloc_live() != live) abort();
    free(text);
    return 0;
}
