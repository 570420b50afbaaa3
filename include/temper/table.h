/* table: named columns of numbers, as estimates and ensembles report them. Printed as text or JSON by run/. */
#ifndef TEMPER_TABLE_H
#define TEMPER_TABLE_H

#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name; /* static text: "swap_rate" */
    const char *doc;  /* static text: one line with the unit */
    int rows;
    double *values; /* [rows]; NaN is "no value here" */
} temper_column;

enum { TEMPER_TABLE_COLUMNS = 24 };
typedef struct { /* start from {0} */
    int columns;
    temper_column column[TEMPER_TABLE_COLUMNS];
} temper_table;

/* Appends a column of zeros and returns its values; NULL when memory is short (the sentence is stored). */
TEMPER_API double *temper_table_add(temper_table *table, const char *name, const char *doc, int rows);
TEMPER_API const temper_column *temper_table_find(const temper_table *table, const char *name); /* or NULL */
TEMPER_API void temper_table_clear(temper_table *table);

#ifdef __cplusplus
}
#endif
#endif
