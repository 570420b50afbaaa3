/* formula: an expression in several variables, read from text, with exact first derivatives and Hessian-vector products.
 *
 *     x^4/4 - b*x^2/2 + y^2;  b = 2
 *
 * + − * / ^ with the usual ranks; ^ binds to the right and stronger than a minus before it: −x^2 = −(x^2), 2^−1 = ½. A product needs
 * its sign. Numbers, pi, e; the functions of temper_formula_functions. A power with a whole exponent is repeated multiplication.
 * Behind semicolons stand constants, name = expression of numbers and of constants defined further right. All other names are variables, in
 * the order of the alphabet, numbers within names by value (x2 before x10). Arithmetic is IEEE's: log(−1) is NaN, 1/0 infinite, no failure.
 *
 * The text is compiled once to a tape, one instruction a node, operands before their users. A value is one pass along the tape, a gradient one
 * more back (reverse mode), a product with the Hessian the same two passes with a dual part on every number. */
#ifndef TEMPER_CORE_FORMULA_H
#define TEMPER_CORE_FORMULA_H

#include <stdint.h>
#include "temper/status.h"

enum {
    TEMPER_FORMULA_LENGTH = 16384, /* bytes of text */
    TEMPER_FORMULA_NODES = 8192,   /* of the tape */
    TEMPER_FORMULA_DEPTH = 200,    /* of brackets, signs and powers within each other */
    TEMPER_FORMULA_NAME = 32       /* bytes of a name, with the 0 at its end */
};

typedef enum { /* NUMBER and VARIABLE are leaves; up to POWER two operands, then one */
               TEMPER_OP_NUMBER,
               TEMPER_OP_VARIABLE, /* a: which */
               TEMPER_OP_ADD,
               TEMPER_OP_SUB,
               TEMPER_OP_MUL,
               TEMPER_OP_DIV,
               TEMPER_OP_MIN,
               TEMPER_OP_MAX,
               TEMPER_OP_POWER, /* a^b, b not a whole number known beforehand */
               TEMPER_OP_WHOLE, /* a^b for the whole number b */
               TEMPER_OP_NEG,
               TEMPER_OP_EXP,
               TEMPER_OP_EXPM1,
               TEMPER_OP_LOG,
               TEMPER_OP_LOG1P,
               TEMPER_OP_SQRT,
               TEMPER_OP_SIN,
               TEMPER_OP_COS,
               TEMPER_OP_TAN,
               TEMPER_OP_SINH,
               TEMPER_OP_COSH,
               TEMPER_OP_TANH,
               TEMPER_OP_ERF,
               TEMPER_OP_ABS,
               TEMPER_OP_SIGN,
               TEMPER_OP_SIGMOID,
               TEMPER_OP_SOFTPLUS
} temper_op;

typedef struct {
    temper_op op;
    int a, b;     /* instructions whose values it takes */
    double value; /* of a number */
} temper_instruction;

typedef struct {
    char name[TEMPER_FORMULA_NAME];
    double value;
} temper_constant;

typedef struct { /* one allocation */
    int length, variables, constants;
    temper_instruction *tape;          /* [length]; the last one is the value */
    char (*name)[TEMPER_FORMULA_NAME]; /* [variables] */
    temper_constant
        *constant; /* [constants] as they were defined; what the formula itself never uses included */
} temper_formula;

/* "exp", "log", …, NULL at the end. */
extern const char *const temper_formula_functions[];

/* who begins the sentence, which names the column (from 1, in bytes) and what is near. Released by temper_release. */
temper_status temper_formula_read(temper_formula **formula, const char *who, const char *text);

/* room: 4·length doubles, of any content. grad, v, Hv [variables]. */
double temper_formula_value(const temper_formula *formula, const double *x, double *room);
double temper_formula_slope(const temper_formula *formula, const double *x, double *grad, double *room);
double temper_formula_curve(const temper_formula *formula, const double *x, const double *v, double *grad,
                            double *Hv, double *room);

/* One instruction on numbers: what folds constants while reading. */
double temper_formula_apply(temper_op op, double a, double b);

#endif
