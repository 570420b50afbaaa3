/* Curves with error bars: ranges, round ticks, and two ways to draw them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"

/* Okabe–Ito: told apart by colour-blind readers, on white and on black. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"};
enum { WIDTH = 460, HEIGHT = 300, LEFT = 72, RIGHT = 14, TOP = 30, BOTTOM = 44, TICKS_MAX = 12 };

typedef struct { /* data range of one axis and its ticks */
    double from, to;
    bool log; /* from and to are decimal logarithms; ticks are values all the same */
    double tick[TICKS_MAX];
    int ticks;
} axis;

static void widen(axis *a, double v) {
    if (!isfinite(v)) return;
    a->from = fmin(a->from, v);
    a->to = fmax(a->to, v);
}

/* Ticks at multiples of 1, 2 or 5 × 10^k, four to eight of them. */
static void even_ticks(axis *a) {
    double rough = (a->to - a->from) / 5, ten = pow(10, floor(log10(rough))), unit = rough / ten;
    double step = (unit < 1.5 ? 1 : unit < 3.5 ? 2 : unit < 7.5 ? 5 : 10) * ten;
    for (double k = ceil(a->from / step - 1e-9); k * step <= a->to + 1e-9 * step && a->ticks < TICKS_MAX; k++)
        a->tick[a->ticks++] = k == 0 ? 0 : k * step; /* not −0 */
}

/* 1, 2, 5, 10, … over less than two decades, else whole decades, or every second or third. */
static void decade_ticks(axis *a) {
    double span = a->to - a->from;
    int every = (int)ceil(span / 7), digits = span < 2 ? 3 : 1;
    static const double digit[3] = {1, 2, 5};
    for (int k = (int)floor(a->from); k <= a->to; k++)
        for (int d = 0; d < digits && k % every == 0; d++) {
            double v = digit[d] * pow(10, k);
            if (log10(v) >= a->from && log10(v) <= a->to && a->ticks < TICKS_MAX) a->tick[a->ticks++] = v;
        }
    if (a->ticks < 2) { /* less than a factor of two: even steps of the value itself */
        axis plain = {.from = pow(10, a->from), .to = pow(10, a->to)};
        even_ticks(&plain);
        memcpy(a->tick, plain.tick, sizeof plain.tick);
        a->ticks = plain.ticks;
    }
}

/* Rounds the range off: a margin for y, room around a single value. */
static bool settle(axis *a, double margin) {
    if (!(a->from <= a->to)) return false;
    double span = a->to - a->from, size = fmax(fabs(a->from), fabs(a->to));
    if (span <= 1e-9 * size || span == 0) { /* one value, or several that no axis can tell apart */
        span = size > 0 ? 0.2 * size : 1;
        a->from -= span / 2, a->to += span / 2;
    }
    a->from -= margin * span;
    a->to += margin * span;
    if (a->log)
        decade_ticks(a);
    else
        even_ticks(a);
    return true;
}

/* Where a value lies on its axis: itself, or its decimal logarithm. */
static double on_scale(const axis *a, double v) { return a->log ? log10(v) : v; }

/* Is this point of a curve on the paper? */
static bool seen(const temper_curve *curve, int k, const axis *x, const axis *y) {
    return isfinite(on_scale(x, curve->x[k])) && isfinite(on_scale(y, curve->y[k]));
}

static double error_of(const temper_curve *curve, int k) {
    return curve->error && isfinite(curve->error[k]) ? curve->error[k] : 0;
}

/* The lower end of an error bar; on a logarithmic axis it stops at a tenth of the value. */
static double lower_end(const temper_curve *curve, int k, const axis *y) {
    double low = curve->y[k] - error_of(curve, k);
    return y->log ? fmax(low, curve->y[k] / 10) : low;
}

static bool ranges(const temper_figure *figure, axis *x, axis *y) {
    *x = *y = (axis){.from = INFINITY, .to = -INFINITY};
    x->log = figure->log_x;
    y->log = figure->log_y;
    for (int c = 0; c < figure->curves; c++) {
        const temper_curve *curve = &figure->curve[c];
        for (int k = 0; k < curve->n; k++) {
            if (!seen(curve, k, x, y)) continue;
            widen(x, on_scale(x, curve->x[k]));
            widen(y, on_scale(y, lower_end(curve, k, y)));
            widen(y, on_scale(y, curve->y[k] + error_of(curve, k)));
        }
    }
    return settle(x, 0.01) && settle(y, 0.05);
}

static double across(const axis *x, double v) {
    return LEFT + (on_scale(x, v) - x->from) / (x->to - x->from) * (WIDTH - LEFT - RIGHT);
}
static double upward(const axis *y, double v) {
    return HEIGHT - BOTTOM - (on_scale(y, v) - y->from) / (y->to - y->from) * (HEIGHT - TOP - BOTTOM);
}

void temper_escape(const char *text, temper_text *out) {
    for (; *text; text++) {
        if (*text == '&')
            temper_text_add(out, "&amp;");
        else if (*text == '<')
            temper_text_add(out, "&lt;");
        else if (*text == '>')
            temper_text_add(out, "&gt;");
        else if (*text == '"')
            temper_text_add(out, "&quot;");
        else
            temper_text_bytes(out, text, 1);
    }
}

static void label(temper_text *out, const char *attributes, const char *text) {
    temper_text_add(out, "<text %s>", attributes);
    temper_escape(text, out);
    temper_text_add(out, "</text>");
}

static void draw_axes(const temper_figure *figure, const axis *x, const axis *y, temper_text *out) {
    char place[160], number[32];
    temper_text_add(out, "<g class=\"grid\">");
    for (int k = 0; k < x->ticks; k++) {
        double at = across(x, x->tick[k]);
        temper_text_add(out, "<path d=\"M%.1f %dV%d\"/>", at, TOP, HEIGHT - BOTTOM);
        snprintf(place, sizeof place, "x=\"%.1f\" y=\"%d\" text-anchor=\"middle\"", at, HEIGHT - BOTTOM + 16);
        snprintf(number, sizeof number, "%.6g", x->tick[k]);
        label(out, place, number);
    }
    for (int k = 0; k < y->ticks; k++) {
        double at = upward(y, y->tick[k]);
        temper_text_add(out, "<path d=\"M%d %.1fH%d\"/>", LEFT, at, WIDTH - RIGHT);
        snprintf(place, sizeof place, "x=\"%d\" y=\"%.1f\" text-anchor=\"end\"", LEFT - 6, at + 4);
        snprintf(number, sizeof number, "%.6g", y->tick[k]);
        label(out, place, number);
    }
    temper_text_add(out, "</g>");
    snprintf(place, sizeof place, "x=\"%d\" y=\"%d\" text-anchor=\"middle\"", (LEFT + WIDTH - RIGHT) / 2,
             HEIGHT - 8);
    label(out, place, figure->x_label);
    snprintf(place, sizeof place, "transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\"",
             (TOP + HEIGHT - BOTTOM) / 2);
    label(out, place, figure->y_label);
    snprintf(place, sizeof place, "x=\"%d\" y=\"16\" class=\"title\"", LEFT);
    label(out, place, figure->title);
    if (isfinite(figure->mark) && !x->log && figure->mark > x->from && figure->mark < x->to) {
        double at = across(x, figure->mark);
        temper_text_add(out, "<path class=\"mark\" d=\"M%.1f %dV%d\"/>", at, TOP, HEIGHT - BOTTOM);
        snprintf(place, sizeof place, "x=\"%.1f\" y=\"%d\" class=\"note\"", at + 4, TOP + 12);
        label(out, place, figure->mark_label);
    }
}

/* ± error around a line, as one closed path over the points that have it. */
static void draw_band(const temper_curve *curve, const axis *x, const axis *y, const char *colour,
                      temper_text *out) {
    bool pen = false;
    if (!curve->error) return;
    temper_text_add(out, "<path fill=\"%s\" fill-opacity=\"0.18\" d=\"", colour);
    for (int k = 0; k < curve->n; k++) {
        if (!seen(curve, k, x, y)) continue;
        temper_text_add(out, "%c%.1f %.1f", pen ? 'L' : 'M', across(x, curve->x[k]),
                        upward(y, curve->y[k] + error_of(curve, k)));
        pen = true;
    }
    for (int k = curve->n - 1; k >= 0; k--)
        if (seen(curve, k, x, y))
            temper_text_add(out, "L%.1f %.1f", across(x, curve->x[k]), upward(y, lower_end(curve, k, y)));
    temper_text_add(out, "\"/>");
}

static void draw_line(const temper_curve *curve, const axis *x, const axis *y, const char *colour,
                      temper_text *out) {
    bool pen = false;
    draw_band(curve, x, y, colour, out);
    temper_text_add(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"", colour);
    for (int k = 0; k < curve->n; k++) {
        bool drawn = seen(curve, k, x, y);
        if (drawn)
            temper_text_add(out, "%c%.1f %.1f", pen ? 'L' : 'M', across(x, curve->x[k]),
                            upward(y, curve->y[k]));
        pen = drawn;
    }
    temper_text_add(out, "\"/>");
}

static void draw_points(const temper_curve *curve, const axis *x, const axis *y, const char *colour,
                        temper_text *out) {
    temper_text_add(out, "<g fill=\"%s\" stroke=\"%s\">", colour, colour);
    for (int k = 0; k < curve->n; k++) {
        if (!seen(curve, k, x, y)) continue;
        double at = across(x, curve->x[k]), e = error_of(curve, k);
        if (e > 0)
            temper_text_add(out, "<path d=\"M%.1f %.1fV%.1f\"/>", at, upward(y, lower_end(curve, k, y)),
                            upward(y, curve->y[k] + e));
        temper_text_add(out,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>%.6g: %.6g ± %.2g</title></circle>",
                        at, upward(y, curve->y[k]), curve->x[k], curve->y[k], e);
    }
    temper_text_add(out, "</g>");
}

/* Characters of UTF-8, not bytes. */
static int letters(const char *text) {
    int n = 0;
    for (; *text; text++) n += (*text & 0xC0) != 0x80;
    return n;
}

/* ---- the legend: on the title's line, right to left; where that is too short in rows below the axes ---- */
enum { ROW = 17 };

static int entry_width(const temper_curve *curve) { return 13 * letters(curve->label) / 2 + 22; }

static bool legend_above(const temper_figure *figure) {
    int width = LEFT + 8 * letters(figure->title);
    for (int c = 0; c < figure->curves; c++)
        if (*figure->curve[c].label) width += entry_width(&figure->curve[c]);
    return width <= WIDTH - RIGHT;
}

static void draw_entry(const temper_curve *curve, int x, int y, temper_text *out) {
    const char *colour = colours[curve->colour % 6];
    char place[160];
    if (curve->line)
        temper_text_add(out, "<path stroke=\"%s\" stroke-width=\"2\" d=\"M%d %dh12\"/>", colour, x, y - 4);
    else
        temper_text_add(out, "<circle fill=\"%s\" cx=\"%d\" cy=\"%d\" r=\"3\"/>", colour, x + 6, y - 4);
    snprintf(place, sizeof place, "x=\"%d\" y=\"%d\" class=\"note\"", x + 16, y);
    label(out, place, curve->label);
}

/* Rows below that the legend takes; draws them unless out is NULL. */
static int legend_rows(const temper_figure *figure, temper_text *out) {
    int x = 8, rows = 0;
    for (int c = 0; c < figure->curves; c++) {
        const temper_curve *curve = &figure->curve[c];
        if (!*curve->label) continue;
        if (!rows || x + entry_width(curve) > WIDTH) x = 8, rows++;
        if (out) draw_entry(curve, x, HEIGHT + ROW * rows - 4, out);
        x += entry_width(curve);
    }
    return rows;
}

static void draw_legend(const temper_figure *figure, temper_text *out) {
    const bool above = legend_above(figure);
    if (!above) (void)legend_rows(figure, out);
    for (int c = 0, x = WIDTH - RIGHT; c < figure->curves && above; c++)
        if (*figure->curve[c].label)
            draw_entry(&figure->curve[c], x -= entry_width(&figure->curve[c]), 16, out);
}

void temper_figure_svg(const temper_figure *figure, temper_text *out) {
    axis x, y;
    if (!ranges(figure, &x, &y)) return;
    temper_text_add(
        out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
        WIDTH, HEIGHT + (legend_above(figure) ? 0 : ROW * legend_rows(figure, NULL)));
    temper_escape(figure->title, out);
    temper_text_add(out, "\">");
    draw_axes(figure, &x, &y, out);
    for (int pass = 0; pass < 2; pass++) /* lines below points */
        for (int c = 0; c < figure->curves; c++) {
            const temper_curve *curve = &figure->curve[c];
            const char *colour = colours[figure->curve[c].colour % 6];
            if (curve->line && pass == 0) draw_line(curve, &x, &y, colour, out);
            if (!curve->line && pass == 1) draw_points(curve, &x, &y, colour, out);
        }
    draw_legend(figure, out);
    temper_text_add(out, "</svg>\n");
}

/* Line by line "curve, x, y, error", apart by tabs: what report.js reads back. */
static void numbers(const temper_figure *figure, temper_text *out) {
    temper_text_add(out, "<details><summary>data</summary><pre>curve\tx\ty\terror\n");
    for (int c = 0; c < figure->curves; c++) {
        const temper_curve *curve = &figure->curve[c];
        for (int k = 0; k < curve->n; k++) {
            if (!isfinite(curve->x[k])) continue;
            temper_escape(curve->label, out);
            temper_text_add(out, "\t%.9g\t", curve->x[k]);
            if (isfinite(curve->y[k])) temper_text_add(out, "%.9g", curve->y[k]);
            if (error_of(curve, k) > 0) temper_text_add(out, "\t%.4g", error_of(curve, k));
            temper_text_add(out, "\n");
        }
    }
    temper_text_add(out, "</pre></details>");
}

void temper_figure_panel(const temper_figure *figure, const char *caption, temper_text *out) {
    axis x, y;
    if (!ranges(figure, &x, &y)) return;
    temper_text_add(out, "<figure class=\"chart\" data-x=\"");
    temper_escape(figure->x_label, out);
    temper_text_add(out, "\" data-y=\"");
    temper_escape(figure->y_label, out);
    temper_text_add(out, "\"%s%s data-curves='[", figure->log_x ? " data-logx" : "",
                    figure->log_y ? " data-logy" : "");
    for (int c = 0; c < figure->curves; c++) {
        temper_text_add(out, "%s{\"name\":\"", c ? "," : "");
        temper_escape(figure->curve[c].label, out);
        temper_text_add(out, "\",\"colour\":\"%s\",\"line\":%s}", colours[figure->curve[c].colour % 6],
                        figure->curve[c].line ? "true" : "false");
    }
    temper_text_add(out, "]'>");
    temper_figure_svg(figure, out);
    temper_text_add(out, "<figcaption>%s</figcaption>", caption);
    numbers(figure, out);
    temper_text_add(out, "</figure>\n");
}

/* Braille: dot (column, row) of a 2 × 4 cell is this bit of U+2800. */
static const unsigned char dot_bit[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

typedef struct {
    unsigned char *cell; /* [rows][columns] */
    int columns, rows;
} canvas;

static void dot(canvas *c, double u, double v) { /* u, v in 0 … 1, v upward */
    int px = (int)lround(u * (2 * c->columns - 1)), py = (int)lround((1 - v) * (4 * c->rows - 1));
    if (px < 0 || py < 0 || px >= 2 * c->columns || py >= 4 * c->rows) return;
    c->cell[(py / 4) * c->columns + px / 2] |= dot_bit[px % 2][py % 4];
}

void temper_figure_dots(const temper_figure *figure, int columns, int rows, temper_text *out) {
    axis x, y;
    if (!ranges(figure, &x, &y)) return;
    canvas c = {temper_alloc((size_t)columns * (size_t)rows, 1), columns, rows};
    if (!c.cell) return;
    for (int k = 0; k < figure->curves; k++) {
        const temper_curve *curve = &figure->curve[k];
        for (int j = 0; j < curve->n; j++) {
            double u = (on_scale(&x, curve->x[j]) - x.from) / (x.to - x.from),
                   v = (on_scale(&y, curve->y[j]) - y.from) / (y.to - y.from);
            if (!isfinite(u) || !isfinite(v)) continue;
            dot(&c, u, v);
            if (curve->line) continue;
            for (int t = -1; t <= 1; t++) { /* a measured point is a small cross */
                dot(&c, u + t / (2.0 * columns - 1), v);
                dot(&c, u, v + t / (4.0 * rows - 1));
            }
        }
    }
    temper_text_add(out, "  %s\n", figure->title);
    for (int r = 0; r < rows; r++) {
        if (r == 0 || r == rows - 1)
            temper_text_add(out, "%10.4g ", y.log ? pow(10, r ? y.from : y.to) : r ? y.from : y.to);
        else
            temper_text_add(out, "%11s", "");
        temper_text_add(out, "│");
        for (int k = 0; k < columns; k++) {
            unsigned bits = c.cell[r * columns + k];
            char utf8[4] = {(char)0xE2, (char)(0xA0 | bits >> 6), (char)(0x80 | (bits & 63)), 0};
            temper_text_bytes(out, utf8, 3);
        }
        temper_text_add(out, "\n");
    }
    temper_text_add(out, "%11s└", "");
    for (int k = 0; k < columns; k++) temper_text_add(out, "─");
    temper_text_add(out, "\n%11s%-*.4g%*.4g  %s\n", "", columns / 2, x.from, columns - columns / 2, x.to,
                    figure->x_label);
    temper_release(c.cell);
}

void temper_figure_spins(const temper_system *system, const int8_t *s, const char *title, temper_text *out) {
    if (!system->has_lattice || system->lattice.dims.n != 2) return;
    int rows = (int)system->lattice.dims.extent[0], columns = (int)system->lattice.dims.extent[1];
    if (rows > 256 || columns > 256) return; /* heavier than a report should be */
    const int8_t *values;
    int q = system->type->alphabet(system->self, 0, &values);
    temper_text_add(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
                    "class=\"spins\" shape-rendering=\"crispEdges\" aria-label=\"",
                    columns, rows);
    temper_escape(title, out);
    temper_text_add(out, "\"><rect width=\"%d\" height=\"%d\" fill=\"#f4f1ea\"/>", columns, rows);
    for (int v = 0; v < q - (q == 2);
         v++) { /* of two values the lower one is drawn, the upper is the ground */
        temper_text_add(out, "<path fill=\"%s\" d=\"", q == 2 ? "#1b3a5b" : colours[v % 6]);
        for (int r = 0; r < rows; r++)
            for (int c = 0, run; c < columns; c += run) { /* runs of equal values along a row */
                for (run = 1; c + run < columns && s[r * columns + c + run] == s[r * columns + c]; run++) {}
                if (s[r * columns + c] == values[v]) temper_text_add(out, "M%d %dh%dv1h-%dz", c, r, run, run);
            }
        temper_text_add(out, "\"/>");
    }
    temper_text_add(out, "</svg>");
}
