/* Strict JSON: a writer that cannot make bad nesting visible only at the reader, and a bounded reader. */
#ifndef TEMPER_BASE_JSON_H
#define TEMPER_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

/* Writer. `name` is NULL inside arrays and at the top. NaN and infinities become null. */
typedef struct {
    temper_text text;
    int depth;
    bool comma; /* a value was already written at this level */
} temper_json;

void temper_json_open(temper_json *json, const char *name, char bracket);        /* '{' or '[' */
void temper_json_close(temper_json *json, char bracket);                         /* '}' or ']' */
void temper_json_string(temper_json *json, const char *name, const char *value); /* NULL becomes null */
void temper_json_real(temper_json *json, const char *name, double value);
void temper_json_int(temper_json *json, const char *name, int64_t value);
void temper_json_bool(temper_json *json, const char *name, bool value);

/* Reader: the whole document as a tree in one allocation. At most 64 levels and 2^24 nodes. */
typedef enum {
    TEMPER_JSON_NULL,
    TEMPER_JSON_BOOL,
    TEMPER_JSON_NUMBER,
    TEMPER_JSON_STRING,
    TEMPER_JSON_ARRAY,
    TEMPER_JSON_OBJECT
} temper_json_kind;

typedef struct temper_json_node {
    temper_json_kind kind;
    const char *name;                            /* member name inside an object, else NULL */
    const char *string;                          /* decoded UTF-8 of a string; a number as it was written */
    double number;                               /* of a number; 0 or 1 of a bool */
    int count;                                   /* of members or elements */
    const struct temper_json_node *child, *next; /* first child; next sibling */
} temper_json_node;

/* Strict: also no doubled names, no \u0000, no number beyond double. On failure the sentence names line and
 * column. *tree is one block, released by temper_release. */
temper_status temper_json_read(const char *text, size_t length, temper_json_node **tree);
const temper_json_node *temper_json_member(const temper_json_node *object, const char *name); /* or NULL */

#endif
