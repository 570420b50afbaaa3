/* Text tables for people: columns as wide as their widest cell, numbers on the right, UTF-8 counted as it is seen. */
#ifndef TEMPER_RUN_GRID_H
#define TEMPER_RUN_GRID_H

#include "base/text.h"

typedef struct { /* start from {.columns = n} */
    int columns, cells;
    char **cell;   /* [cells], row by row; the first row is the head */
    unsigned left; /* bit c: column c is flush left */
    bool failed;
} temper_grid;

void temper_grid_add(temper_grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fills up the row that was begun. */
void temper_grid_row(temper_grid *grid);
/* Appends the table to `text` and releases the cells. The head stands behind `indent`, the rest behind blanks. */
void temper_grid_print(temper_grid *grid, const char *indent, temper_text *text);

/* "−1.7455 ± 0.0012": the error with two digits, the value with as many decimals. */
void temper_grid_number(char *out, size_t size, double value, double error);
void temper_grid_plain(char *out, size_t size, double value); /* six digits, "–" for NaN */

#endif
