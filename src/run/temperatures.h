/* Lists of temperatures: "2.269", "1,2,inf", "1.5:3:7" (7 values from 1.5 to 3, ends included), or mixed. */
#ifndef TEMPER_RUN_TEMPERATURES_H
#define TEMPER_RUN_TEMPERATURES_H

#include "temper/status.h"

/* *values is released by the caller, NULL when the text is empty. `who` begins the
 * sentence: "sample: temperature". */
temper_status temper_temperatures_read(const char *who, const char *text, double **values, int *n);

#endif
