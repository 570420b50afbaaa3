/* An array of a npy file, or of a member of an npz file, as doubles. */
#ifndef TEMPER_DATA_NUMBERS_H
#define TEMPER_DATA_NUMBERS_H

#include "data/samples.h"

typedef struct { /* start from {0} */
    int rank;    /* 1 … 4 */
    int64_t extent[4], count;
    double *at; /* [count] row-major */
} temper_numbers;

/* member: of an npz file, with or without ".npy"; NULL: the bytes are a npy file. */
temper_status temper_numbers_read(temper_numbers *numbers, temper_bytes bytes, const char *member);
void temper_numbers_clear(temper_numbers *numbers);
bool temper_bytes_zipped(temper_bytes bytes); /* do they begin as a zip archive does? */

#endif
