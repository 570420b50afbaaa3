/* A figure: curves over one axis, with error bars, as static SVG (works offline, in print, without JavaScript) or as
 * dots in a terminal. */
#ifndef TEMPER_RUN_FIGURE_H
#define TEMPER_RUN_FIGURE_H

#include <stdbool.h>
#include "base/text.h"
#include "temper/system.h"

typedef struct {
    const char *label;
    int n;
    const double *x, *y; /* [n]; NaN in y is a gap */
    const double *error; /* [n], or NULL */
    bool line;           /* joined by a line, with a band of ± error, or points with error bars (measured) */
    int colour;          /* 0 … 5, so that one thing keeps its colour from figure to figure */
} temper_curve;

typedef struct {
    const char *title, *x_label, *y_label;
    double mark; /* a vertical line at this x, such as T_c; NaN for none */
    const char *mark_label;
    bool log_x, log_y; /* logarithmic axes; what is not positive is then a gap */
    int curves;
    const temper_curve *curve;
} temper_figure;

/* Appends one <svg> element of 460 × 300 units. Does nothing for a figure without a finite point. */
void temper_figure_svg(const temper_figure *figure, temper_text *out);

/* Appends a <figure> with the drawing, a caption (HTML), and the numbers behind it as a table that report.js makes zoomable. */
void temper_figure_panel(const temper_figure *figure, const char *caption, temper_text *out);

/* Appends a plot of `rows` text lines in Braille dots, 2 × 4 to a character: the first curve's points and all lines. */
void temper_figure_dots(const temper_figure *figure, int columns, int rows, temper_text *out);

/* Appends one <svg> of a configuration on a two-dimensional lattice, a square a site, values as shades. */
void temper_figure_spins(const temper_system *system, const int8_t *s, const char *title, temper_text *out);

/* Appends text with &, <, > and " escaped for HTML and SVG. */
void temper_escape(const char *text, temper_text *out);

#endif
