/* Option tables: name, type, default, range, unit and doc of an option are written once, here; parsing, `describe`,
 * JSON, Python signatures and reference pages are derived from them.
 *
 * A thing is written as text:  name            all defaults
 *                              name:key=value,key=value
 *                              name:8,key=value the first option, where that is a whole number or extents: parity:4, ising:16x16
 *                              name:text        where its only option has the kind TEMPER_REST */
#ifndef TEMPER_OPTION_H
#define TEMPER_OPTION_H

#include <stddef.h>
#include <stdint.h>
#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_DIMS_MAX = 8 };
typedef struct {
    int n; /* number of dimensions, 1 … 8 */
    int64_t extent[TEMPER_DIMS_MAX];
} temper_dims;

typedef enum {
    TEMPER_INT,    /* int64_t                 1000, 1e6 */
    TEMPER_REAL,   /* double                  0.5, inf where the range allows it */
    TEMPER_FLAG,   /* bool                    yes, no, true, false, 1, 0 */
    TEMPER_CHOICE, /* int, index in choices   colour */
    TEMPER_DIMS,   /* temper_dims             32x32 */
    TEMPER_STRING, /* char *, owned by core   a path or name without comma */
    TEMPER_REST    /* char *, owned by core   everything after the colon */
} temper_kind;

typedef struct { /* one option of one thing; a table ends with a zero entry */
    const char *name;
    temper_kind kind;
    size_t offset; /* where it sits in the private struct */
    const char
        *preset; /* the default as one would type it; NULL: must be given (a string: may stay NULL if "" ) */
    double low, high;    /* closed legal range of a number, or of each extent */
    const char *choices; /* "sequential|random|colour" for a choice */
    const char *unit, *doc;
} temper_option;

typedef struct {           /* the head that everything listable begins with */
    const char *name;      /* equals the file's name */
    const char *brief;     /* one line: its Hamiltonian, its move, its formula */
    const char *reference; /* the paper */
    const char *specimen;  /* options of a small instance for the shared tests, "" for the defaults */
    const temper_option *options;
    size_t size; /* bytes of the private struct */
} temper_about;

#ifdef __cplusplus
}
#endif
#endif
