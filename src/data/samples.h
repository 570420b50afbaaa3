/* What the readers of data sets share: files with their fingerprints, room for the numbers, labels. The readers
 * themselves take bytes in memory, so that fuzz targets need no files.
 *
 * Every reader is given bytes that somebody else made: sizes are checked against the bytes that are there before anything
 * is allocated, and a failure is one sentence that names the file, the line or byte, and what was expected. */
#ifndef TEMPER_DATA_SAMPLES_H
#define TEMPER_DATA_SAMPLES_H

#include "base/lines.h"
#include "temper/dataset.h"

typedef struct {
    const char *name; /* opens every sentence */
    const char *at;
    size_t length;
} temper_bytes;

/* What the column of labels means; the order of the choice option `task`. */
typedef enum { TEMPER_TASK_AUTO, TEMPER_TASK_CLASS, TEMPER_TASK_REGRESSION } temper_task;

/* A file of at most 2 GiB, packed with gzip or not, and its fingerprint in samples->input. *data is the caller's. */
temper_status temper_input_read(temper_samples *samples, const char *path, char **data, temper_bytes *bytes);
/* Fingerprint of bytes that came from `path`. */
void temper_input_note(temper_samples *samples, const char *path, const char *data, size_t length);
/* *data, a block of its own or not, becomes an unpacked block where the bytes have the gzip magic; else *data = NULL. */
temper_status temper_gunzip(temper_bytes packed, char **data, size_t *length);
/* A raw deflate stream that must give exactly `length` bytes. */
temper_status temper_inflate(temper_bytes packed, char *data, size_t length);

/* X[n][features], or a sentence where that is more than 2^31 numbers. */
temper_status temper_samples_room(temper_samples *samples, temper_bytes from, int64_t n, int64_t features);
/* A feature: finite and in the range of a float. */
temper_status temper_lines_feature(const temper_lines *lines, temper_token word, float *x);

typedef struct { /* a label as it stands in the file */
    temper_token word;
    int64_t line;
} temper_label;

/* samples->n labels become classes or targets. Classes: the different labels in ascending order, by value if all of them
 * are numbers, else by their bytes; at most 1000. A '?' is no label. TEMPER_TASK_AUTO: all are numbers or none is; classes,
 * unless they are numbers and one of them is broken or there are more than 100 different ones. */
temper_status temper_labels_take(temper_samples *samples, const char *name, const temper_label *label,
                                 temper_task task);
enum { TEMPER_CLASSES_MAX = 65536 }; /* of labels that are class numbers already */

#endif
