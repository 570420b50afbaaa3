/* From text to tape: recursive descent, one function a rank, with bounds on length, depth and nodes. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/formula.h"

const char *const temper_formula_functions[] = {
    "abs", "cos", "cosh",    "erf",  "exp", "expm1", "ln",       "log",  "log10", "log1p", "max",
    "min", "pow", "sigmoid", "sign", "sin", "sinh",  "softplus", "sqrt", "tan",   "tanh",  NULL};
static const temper_op function_op[] = {
    TEMPER_OP_ABS,   TEMPER_OP_COS,     TEMPER_OP_COSH, TEMPER_OP_ERF,   TEMPER_OP_EXP,  TEMPER_OP_EXPM1,
    TEMPER_OP_LOG,   TEMPER_OP_LOG,     TEMPER_OP_LOG,  TEMPER_OP_LOG1P, TEMPER_OP_MAX,  TEMPER_OP_MIN,
    TEMPER_OP_POWER, TEMPER_OP_SIGMOID, TEMPER_OP_SIGN, TEMPER_OP_SIN,   TEMPER_OP_SINH, TEMPER_OP_SOFTPLUS,
    TEMPER_OP_SQRT,  TEMPER_OP_TAN,     TEMPER_OP_TANH};
enum { LOG10 = 8, CONSTANTS = 64, VARIABLES = 1024, LOOK_BACK = 64 };

typedef struct {
    const char *who, *text, *at, *end; /* end: of the part that is being read */
    int depth, length, variables, constants;
    temper_instruction tape[TEMPER_FORMULA_NODES];
    char name[VARIABLES][TEMPER_FORMULA_NAME];
    temper_constant constant[CONSTANTS];
    temper_status bad;
} reader;

/* ---- complaints ---- */

static int complain(reader *r, const char *at, const char *what) {
    if (!r->bad)
        r->bad = temper_fail(TEMPER_BAD_OPTION, "%s: column %d: %s", r->who, (int)(at - r->text) + 1, what);
    return 0;
}

static int complain_of(reader *r, const char *at, const char *format, const char *word) {
    char what[200];
    snprintf(what, sizeof what, format, word);
    return complain(r, at, what);
}

static void unexpected(reader *r, const char *wanted) {
    char what[160];
    unsigned char c = r->at < r->end ? (unsigned char)*r->at : 0;
    if (!c)
        snprintf(what, sizeof what, "the text ends where %s should stand", wanted);
    else if (c < 32 || c > 126)
        snprintf(what, sizeof what, "byte 0x%02x, where %s should stand; a formula is plain ASCII", c,
                 wanted);
    else
        snprintf(what, sizeof what, "'%c', where %s should stand", c, wanted);
    complain(r, r->at, what);
}

/* ---- the tape ---- */

static bool number(const reader *r, int i) { return r->tape[i].op == TEMPER_OP_NUMBER; }

static bool same(const temper_instruction *p, const temper_instruction *q) {
    return p->op == q->op && p->a == q->a && p->b == q->b && !memcmp(&p->value, &q->value, sizeof p->value);
}

/* An instruction that stands shortly before is used again: x^2 of two places is one. */
static int put(reader *r, temper_instruction t) {
    for (int i = r->length - 1; i >= 0 && i >= r->length - LOOK_BACK; i--)
        if (same(&r->tape[i], &t)) return i;
    if (r->length == TEMPER_FORMULA_NODES)
        return complain(r, r->at, "the formula has too many parts (8192 at most)");
    r->tape[r->length] = t;
    return r->length++;
}

static int put_number(reader *r, double value) {
    return put(r, (temper_instruction){.op = TEMPER_OP_NUMBER, .value = value});
}

/* b of one operand is a again, so that every index is legal. */
static int put_op(reader *r, temper_op op, int a, int b) {
    if (r->bad) return 0;
    if (op == TEMPER_OP_POWER && number(r, b)) {
        double n = r->tape[b].value;
        if (n == trunc(n) && fabs(n) <= 1024) {
            if (number(r, a))
                return put_number(r, temper_formula_apply(TEMPER_OP_WHOLE, r->tape[a].value, n));
            return put(r, (temper_instruction){.op = TEMPER_OP_WHOLE, .a = a, .b = (int)n});
        }
        if (n == 0.5) op = TEMPER_OP_SQRT, b = a;
    }
    if (number(r, a) && number(r, b))
        return put_number(r, temper_formula_apply(op, r->tape[a].value, r->tape[b].value));
    return put(r, (temper_instruction){.op = op, .a = a, .b = b});
}

/* ---- words ---- */

static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool digit(char c) { return c >= '0' && c <= '9'; }

static char peek(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
    return r->at < r->end ? *r->at : 0;
}

static bool take(reader *r, char c) {
    if (peek(r) != c) return false;
    r->at++;
    return true;
}

static bool take_name(reader *r, char name[TEMPER_FORMULA_NAME]) {
    const char *from = r->at;
    int n = 0;
    for (; r->at < r->end && (letter(*r->at) || digit(*r->at)); r->at++)
        if (n < TEMPER_FORMULA_NAME) name[n++] = *r->at;
    if (n == TEMPER_FORMULA_NAME) return complain(r, from, "a name has 31 letters at most"), false;
    name[n] = 0;
    return true;
}

static int function_of(const char *name) {
    for (int k = 0; temper_formula_functions[k]; k++)
        if (!strcmp(temper_formula_functions[k], name)) return k;
    return -1;
}

static int variable(reader *r, const char *name, const char *at) {
    int k = 0;
    while (k < r->variables && strcmp(r->name[k], name)) k++;
    if (k == VARIABLES) return complain(r, at, "too many variables (1024 at most)");
    if (k == r->variables) memcpy(r->name[r->variables++], name, TEMPER_FORMULA_NAME);
    return put(r, (temper_instruction){.op = TEMPER_OP_VARIABLE, .a = k});
}

static bool constant_of(const reader *r, const char *name, double *value) {
    for (int k = 0; k < r->constants; k++)
        if (!strcmp(r->constant[k].name, name)) return *value = r->constant[k].value, true;
    if (!strcmp(name, "pi")) return *value = 3.14159265358979323846, true;
    if (!strcmp(name, "e")) return *value = 2.71828182845904523536, true;
    return false;
}

/* ---- ranks ---- */

static int read_sum(reader *r);
static int read_unary(reader *r);

static int read_number(reader *r) {
    const char *from = r->at;
    double value;
    while (r->at < r->end && (digit(*r->at) || *r->at == '.')) r->at++;
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) { /* an exponent, if digits follow */
        const char *p = r->at + 1;
        p += p < r->end && (*p == '+' || *p == '-');
        if (p < r->end && digit(*p))
            for (r->at = p; r->at < r->end && digit(*r->at);) r->at++;
    }
    char word[64];
    size_t n = (size_t)(r->at - from);
    if (n >= sizeof word) return complain(r, from, "a number has 63 digits at most");
    memcpy(word, from, n), word[n] = 0;
    if (!temper_read_real(word, n, &value)) return complain_of(r, from, "'%.40s' is no number", word);
    char next = peek(r);
    if (letter(next) || next == '(' || digit(next))
        return complain_of(r, r->at, "a product needs its sign: write %.40s*...", word);
    return put_number(r, value);
}

static int unknown_function(reader *r, const char *name, const char *at) {
    const char *near =
        temper_nearest(name, temper_formula_functions, (int)(sizeof function_op / sizeof *function_op));
    char what[160];
    if (near)
        snprintf(what, sizeof what,
                 "there is no function '%s'; did you mean '%s'? (a product needs its sign, *)", name, near);
    else
        snprintf(what, sizeof what, "'%s' is no function; a product needs its sign: %s*(...)", name, name);
    return complain(r, at, what);
}

static int read_call(reader *r, int k, const char *at) {
    const char *name = temper_formula_functions[k];
    temper_op op = function_op[k];
    bool two = op == TEMPER_OP_POWER, many = op == TEMPER_OP_MIN || op == TEMPER_OP_MAX;
    if (!take(r, '(')) return complain_of(r, at, "the function %s needs its argument in brackets", name);
    int a = read_sum(r), count = 1;
    while (!r->bad && (two || many) && take(r, ',')) {
        if (two && count == 2) return complain(r, at, "pow takes two arguments");
        a = put_op(r, op, a, read_sum(r)), count++;
    }
    if (r->bad) return 0;
    if ((two || many) && count < 2) return complain_of(r, at, "%s takes two arguments", name);
    if (peek(r) == ',') return complain_of(r, r->at, "%s takes one argument", name);
    if (!take(r, ')')) return unexpected(r, "')'"), 0;
    if (two || many) return a;
    a = put_op(r, op, a, a);
    return k == LOG10 ? put_op(r, TEMPER_OP_DIV, a, put_number(r, 2.30258509299404568402)) : a;
}

static int read_primary(reader *r) {
    char c = peek(r), name[TEMPER_FORMULA_NAME];
    const char *at = r->at;
    double value;
    if (digit(c) || c == '.') return read_number(r);
    if (take(r, '(')) {
        int a = read_sum(r);
        if (!r->bad && !take(r, ')')) unexpected(r, "an operator or ')'");
        return a;
    }
    if (!letter(c)) return unexpected(r, "a number, a name or '('"), 0;
    if (!take_name(r, name)) return 0;
    int k = function_of(name);
    if (k >= 0) return read_call(r, k, at);
    if (peek(r) == '(') return unknown_function(r, name, at);
    return constant_of(r, name, &value) ? put_number(r, value) : variable(r, name, at);
}

static int read_power(reader *r) {
    int a = read_primary(r);
    if (r->bad) return 0;
    if (peek(r) == '^')
        r->at++;
    else if (r->end - r->at > 1 && r->at[0] == '*' && r->at[1] == '*')
        r->at += 2;
    else
        return a;
    int b = read_unary(r);
    return put_op(r, TEMPER_OP_POWER, a, b);
}

static int read_unary(reader *r) {
    if (r->depth == TEMPER_FORMULA_DEPTH)
        return complain(r, r->at, "brackets, signs and powers 200 deep at most");
    r->depth++;
    int a;
    if (take(r, '-'))
        a = read_unary(r), a = put_op(r, TEMPER_OP_NEG, a, a);
    else if (take(r, '+'))
        a = read_unary(r);
    else
        a = read_power(r);
    r->depth--;
    return a;
}

static int read_product(reader *r) {
    int a = read_unary(r);
    while (!r->bad)
        if (take(r, '*'))
            a = put_op(r, TEMPER_OP_MUL, a, read_unary(r));
        else if (take(r, '/'))
            a = put_op(r, TEMPER_OP_DIV, a, read_unary(r));
        else
            break;
    return a;
}

static int read_sum(reader *r) {
    int a = read_product(r);
    while (!r->bad)
        if (take(r, '+'))
            a = put_op(r, TEMPER_OP_ADD, a, read_product(r));
        else if (take(r, '-'))
            a = put_op(r, TEMPER_OP_SUB, a, read_product(r));
        else
            break;
    return a;
}

static int read_whole(reader *r) {
    int a = read_sum(r);
    if (!r->bad && peek(r))
        unexpected(r, letter(*r->at) || digit(*r->at) || *r->at == '('
                          ? "an operator (a product needs its sign, *)"
                          : "an operator");
    return a;
}

/* ---- constants ---- */

static void read_constant(reader *r) {
    char name[TEMPER_FORMULA_NAME];
    double value;
    if (!peek(r)) return; /* nothing behind a semicolon */
    const char *at = r->at;
    if (!letter(*at)) return unexpected(r, "the name of a constant");
    if (!take_name(r, name)) return;
    if (function_of(name) >= 0 || constant_of(r, name, &value))
        return (void)complain_of(r, at, "'%s' is defined already", name);
    if (!take(r, '=')) return unexpected(r, "'='");
    int a = read_whole(r);
    if (r->bad) return;
    if (!number(r, a)) return (void)complain_of(r, at, "'%s' is no constant: it hangs on a variable", name);
    if (r->constants == CONSTANTS) return (void)complain(r, at, "too many constants (64 at most)");
    memcpy(r->constant[r->constants].name, name, sizeof name);
    r->constant[r->constants++].value = r->tape[a].value;
}

/* Parts between semicolons from the right to the left; the first one is the formula. */
static int read_parts(reader *r) {
    const char *end = r->text + strlen(r->text);
    for (;;) {
        const char *begin = end;
        while (begin > r->text && begin[-1] != ';') begin--;
        r->at = begin, r->end = end;
        if (begin == r->text) return read_whole(r);
        read_constant(r);
        r->length = r->variables = 0; /* the tape so far served the constant alone */
        if (r->bad) return 0;
        end = begin - 1;
    }
}

/* ---- the formula ---- */

/* x2 before x10: runs of digits compare by value. */
static int by_name(const void *p, const void *q) {
    const char *a = p, *b = q;
    for (; *a && *b; a++, b++) {
        if (!digit(*a) || !digit(*b)) {
            if (*a != *b) break;
            continue;
        }
        while (*a == '0' && digit(a[1])) a++;
        while (*b == '0' && digit(b[1])) b++;
        size_t n = strspn(a, "0123456789"), m = strspn(b, "0123456789");
        if (n != m) return n < m ? -1 : 1;
        int order = memcmp(a, b, n);
        if (order) return order;
        a += n - 1, b += n - 1;
    }
    if (*a != *b) return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    return strcmp(p, q); /* x1 and x01 */
}

/* The instructions that the last one hangs on, in their order. */
static temper_status pack(const reader *r, int root, temper_formula **out) {
    int *place = temper_alloc((size_t)root + 1, sizeof *place), length = 0;
    temper_formula *f = temper_alloc(1, sizeof *f + ((size_t)root + 1) * sizeof *f->tape +
                                            (size_t)r->variables * sizeof *f->name +
                                            (size_t)r->constants * sizeof *f->constant);
    if (!place || !f) {
        temper_release(place), temper_release(f);
        return TEMPER_NO_MEMORY;
    }
    f->tape = (temper_instruction *)(void *)(f + 1);
    f->constant = (temper_constant *)(void *)(f->tape + root + 1);
    f->name = (char(*)[TEMPER_FORMULA_NAME])(f->constant + r->constants);
    f->variables = r->variables, f->constants = r->constants;
    memcpy(f->name, r->name, (size_t)r->variables * sizeof *f->name);
    qsort(f->name, (size_t)f->variables, sizeof *f->name, by_name);
    memcpy(f->constant, r->constant, (size_t)r->constants * sizeof *f->constant);
    place[root] = 1;
    for (int i = root; i >= 0; i--)
        if (place[i] && r->tape[i].op > TEMPER_OP_VARIABLE) {
            place[r->tape[i].a] = 1;
            if (r->tape[i].op != TEMPER_OP_WHOLE) place[r->tape[i].b] = 1;
        }
    for (int i = 0; i <= root; i++) {
        if (!place[i]) continue;
        temper_instruction t = r->tape[i];
        if (t.op > TEMPER_OP_VARIABLE) t.a = place[t.a];
        if (t.op > TEMPER_OP_VARIABLE && t.op != TEMPER_OP_WHOLE) t.b = place[t.b];
        if (t.op == TEMPER_OP_VARIABLE)
            for (int k = 0; k < f->variables; k++)
                if (!strcmp(f->name[k], r->name[r->tape[i].a])) t.a = k;
        f->tape[length] = t, place[i] = length++;
    }
    f->length = length;
    temper_release(place);
    *out = f;
    return TEMPER_OK;
}

temper_status temper_formula_read(temper_formula **out, const char *who, const char *text) {
    *out = NULL;
    if (strlen(text) > TEMPER_FORMULA_LENGTH)
        return temper_fail(TEMPER_BAD_OPTION, "%s: %zu bytes of formula, legal are up to %d", who,
                           strlen(text), TEMPER_FORMULA_LENGTH);
    reader *r = temper_alloc(1, sizeof *r);
    if (!r) return TEMPER_NO_MEMORY;
    r->who = who, r->text = text;
    int root = read_parts(r);
    temper_status bad = r->bad;
    if (!bad && !r->variables) bad = temper_fail(TEMPER_BAD_OPTION, "%s: '%.60s' has no variable", who, text);
    if (!bad) bad = pack(r, root, out);
    temper_release(r);
    return bad;
}
