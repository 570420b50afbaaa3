/* A table of floats to a file, by its ending: .npy (version 1.0, <f4, row-major) or .csv. */
#ifndef TEMPER_DATA_ROWS_WRITE_H
#define TEMPER_DATA_ROWS_WRITE_H

#include <stdint.h>
#include "temper/status.h"

/* May rows be written to a file of this name? */
temper_status temper_rows_path(const char *path);
temper_status temper_rows_write(const char *path, const float *x, int64_t rows, int64_t columns);

#endif
