/* Matrices of numbers from data files, one pattern a row. The format is recognised by its first bytes:
 *
 *   IDX   of unsigned bytes (MNIST's images): 0 0 8 d, d extents as big-endian 32-bit numbers, then the bytes; the
 *         first extent counts rows, the others together are the columns
 *   text  one row a line, numbers separated by blanks, tabs, or one comma each; lines beginning with # are skipped
 *
 * either of them gzipped or not. */
#ifndef TEMPER_DATA_ROWS_H
#define TEMPER_DATA_ROWS_H

#include "base/lines.h"

typedef struct {
    int64_t rows, cols;
    double *x; /* [rows][cols] */
} temper_rows;

/* The first `most` rows (all of them, if there are fewer; later lines of a text are not looked at). On failure
 * nothing is kept. */
temper_status temper_rows_parse(temper_rows *rows, const char *name, const char *bytes, size_t length,
                                int64_t most);
temper_status temper_rows_read(temper_rows *rows, const char *path,
                               int64_t most); /* a file of at most 1 GiB */
void temper_rows_clear(temper_rows *rows);

#endif
