/* Strict TOML 1.0, the part that people write by hand: comments, tables, arrays of tables, dotted and quoted keys, strings in one line,
 * numbers, true and false, arrays over any number of lines. Not read, and refused in a sentence: dates, strings over several lines, inline
 * tables, numbers in other bases. */
#ifndef TEMPER_BASE_TOML_H
#define TEMPER_BASE_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include "temper/status.h"

typedef enum {
    TEMPER_TOML_TABLE,
    TEMPER_TOML_ARRAY, /* of values, or of tables */
    TEMPER_TOML_STRING,
    TEMPER_TOML_NUMBER,
    TEMPER_TOML_BOOL
} temper_toml_kind;

typedef struct temper_toml_node {
    temper_toml_kind kind;
    const char *name; /* key inside a table, else NULL */
    const char *
        string; /* decoded UTF-8 of a string; a number as it was written, without underscores; "true", "false" */
    double number;                                /* of a number; 0 or 1 of a bool */
    int line;                                     /* where it began */
    int count;                                    /* of entries or elements */
    struct temper_toml_node *child, *last, *next; /* in the order of the text */
    enum {
        TEMPER_TOML_IMPLIED,
        TEMPER_TOML_OPENED,
        TEMPER_TOML_DOTTED,
        TEMPER_TOML_LIST
    } state; /* of tables and arrays, while reading */
} temper_toml_node;

/* The whole document as a table. TEMPER_BAD_DATA opens with "`path`: line n: ". At most 64 levels and 2^17 bytes. *tree is one block,
 * released by temper_release. */
temper_status temper_toml_read(const char *path, const char *text, size_t length, temper_toml_node **tree);
const temper_toml_node *temper_toml_member(const temper_toml_node *table, const char *name); /* or NULL */

#endif
