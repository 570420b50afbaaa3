/* Growing text, strict numbers, nearest names. Nothing here depends on the locale. */
#ifndef TEMPER_BASE_TEXT_H
#define TEMPER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "temper/status.h"

/* A growing string. Start from {0}; after a failed allocation `failed` is set, further calls do nothing. */
typedef struct {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t length, capacity;
    bool failed;
} temper_text;

void temper_text_add(temper_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void temper_text_bytes(temper_text *text, const char *bytes, size_t count);
void temper_text_real(temper_text *text, double x); /* shortest decimal that reads back to the same double */
/* x to so many digits, right-aligned in so many columns of a table after a space; "–" for what is no number. */
void temper_text_cell(temper_text *text, int width, int digits, double x);
void temper_text_clear(temper_text *text);
/* Hands over the string (the caller releases it) or returns NULL when any allocation failed. */
char *temper_text_take(temper_text *text);

/* Whole-string conversions: no blanks, no rest. */
bool temper_read_real(const char *s, size_t length, double *x); /* also "inf"; never NaN, never hex */
bool temper_read_int(const char *s, size_t length, int64_t *x); /* also 1e6, if it is whole and exact */

/* The entry of names[0…n) nearest to `wrong` by edit distance, or NULL if none is near. */
const char *temper_nearest(const char *wrong, const char *const *names, int n);

/* A whole file, NUL-terminated, at most `limit` bytes; *data is released by the caller. */
temper_status temper_read_file(const char *path, size_t limit, char **data, size_t *length);
/* Written new, fsynced, renamed: after any crash `path` holds the old or the new content. */
temper_status temper_write_file(const char *path, const void *data, size_t length);

#endif
