/* Text files of numbers, word by word, with failures that name file, line and what was expected. Works on bytes in
 * memory, so that fuzz targets need no files; no word is assumed to be sane, NUL bytes included. */
#ifndef TEMPER_BASE_LINES_H
#define TEMPER_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "temper/status.h"

typedef struct { /* a piece of a line */
    const char *at;
    size_t length;
} temper_token;

typedef struct {
    const char *name;       /* of the file: opens every sentence */
    int64_t line;           /* number of the current line, from 1; 0 before the first */
    const char *at, *stop;  /* what is left of the current line */
    const char *next, *end; /* what is left of the file after it */
    const char *comments;   /* a line whose first character is one of these is skipped */
} temper_lines;

/* The last 200 bytes of the path stand for the file in sentences, which are bounded. */
void temper_lines_begin(temper_lines *lines, const char *path, const char *bytes, size_t length);
/* Moves to the next line that is neither blank nor a comment; false at the end of the file. */
bool temper_lines_next(temper_lines *lines);
/* The next word of the current line; words are separated by blanks and tabs. False at its end. */
bool temper_lines_word(temper_lines *lines, temper_token *word);
/* The first `most` words of the rest of the line; returns how many words there are, counted up to most + 1. */
int temper_lines_split(temper_lines *lines, temper_token *words, int most);

/* `what` says what the number is ("vertex", "weight"). Whole numbers are checked against low … high; real ones
 * are finite and at most 1e100 in size, so that no sum of them, nor its square, overflows. */
temper_status temper_lines_int(const temper_lines *lines, temper_token word, const char *what,
                               const int64_t range[2], int64_t *x);
temper_status temper_lines_real(const temper_lines *lines, temper_token word, const char *what, double *x);
/* TEMPER_BAD_DATA with "file:line: " in front; without the line when it is 0. */
temper_status temper_lines_fail(const temper_lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A whole file as temper_read_file gives it, gunzipped if it begins with the gzip magic (and zlib is there).
 * At most `limit` bytes, in the file and unpacked. */
temper_status temper_read_unpacked(const char *path, size_t limit, char **data, size_t *length);

#endif
