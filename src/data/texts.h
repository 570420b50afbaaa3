/* Data sets in text files. */
#ifndef TEMPER_DATA_TEXTS_H
#define TEMPER_DATA_TEXTS_H

#include "data/samples.h"

/* Rows as they come in, one after another. */
typedef struct {
    float *X;
    int64_t used, room; /* numbers in X */
    temper_label *label;
    int64_t rows, label_room;
} temper_growing;
temper_status temper_growing_number(temper_growing *rows, float x);
temper_status temper_growing_row(temper_growing *rows, temper_label label); /* ends a row */
/* X moves over to the samples; label stays. A sentence where there is no row. */
temper_status temper_growing_take(temper_growing *rows, const temper_lines *lines, temper_samples *samples);
void temper_growing_clear(temper_growing *rows);

/* The next field of at … stop: up to the separator, blanks around it removed, quotes ('"', and '\'' where `single`)
 * around it removed. A separator of ' ' means any run of blanks. *at moves behind it, and becomes NULL behind the last
 * field. False: a quote that does not end, or something behind it. */
bool temper_field(const char **at, const char *stop, char separator, bool single, temper_token *field);
bool temper_token_is(temper_token word, const char *text);
/* The same, whatever the case of the letters A … Z. `text` is in small letters. */
bool temper_token_means(temper_token word, const char *text);

typedef struct {
    const char *label; /* "last", "first", "none" or the name of a column */
    int header;        /* auto, yes, no */
    int separator;     /* auto, comma, tab, semicolon, blank */
    temper_task task;
} temper_csv_how;
temper_status temper_csv_take(temper_samples *samples, temper_bytes bytes, const temper_csv_how *how);

typedef struct {
    const char *label; /* as above */
    bool onehot;       /* nominal features become one number per value; else they are refused */
} temper_arff_how;
temper_status temper_arff_take(temper_samples *samples, temper_bytes bytes, const temper_arff_how *how);

/* features 0: the largest index in the file. */
temper_status temper_libsvm_take(temper_samples *samples, temper_bytes bytes, int64_t features,
                                 temper_task task);
temper_status temper_fann_take(temper_samples *samples, temper_bytes bytes, temper_task task);

#endif
