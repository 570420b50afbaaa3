/* A contour map of a grid as static SVG: works without JavaScript, in print, on light and on dark. */
#ifndef TEMPER_RUN_CONTOUR_H
#define TEMPER_RUN_CONTOUR_H

#include <stdbool.h>
#include "base/text.h"

typedef struct {
    const char *title, *x_label, *y_label;
    int64_t n[2];
    double from[2], to[2];
    const double *value; /* [n1][n0]; what is not finite has no lines */
    double mark[2];      /* where one stands: a cross, and the height that levels are spread about */
    bool marked;
    int64_t stops;     /* of a way, or 0 */
    const double *way; /* [stops][2] */
    int64_t dots;      /* walkers, or 0 */
    const double *dot; /* [dots][2] */
} temper_contour;

enum { TEMPER_LEVELS_MAX = 16 };
/* Heights of lines: log-spaced above `about` and, where the values go far below it, below it. Ascending; returns how many. */
int temper_contour_levels(const double *value, int64_t n, double about, double level[TEMPER_LEVELS_MAX]);

/* Where value = level, by marching squares: emit(context, x0, y0, x1, y1) in units of the grid. */
void temper_contour_lines(const int64_t n[2], const double *value, double level,
                          void (*emit)(void *context, const double from[2], const double to[2]),
                          void *context);

/* Appends one <svg>. */
void temper_contour_svg(const temper_contour *contour, temper_text *out);

#endif
