/* Lines of equal height. Each square of the grid is cut by a level where its corners lie on both sides; the ends of a line are placed by straight
 * lines along the square's sides. Where both diagonals disagree (a pass), the mean of the corners decides. */
#include "run/contour.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/elementary.h"
#include "run/figure.h"

enum { WIDTH = 460, HEIGHT = 384, LEFT = 60, TOP = 30, SIDE = 310, LEGEND = 384, BELOW = 4, ABOVE = 9 };

/* ---- levels ---- */

static double ten_to(double x) { return temper_exp(x * 2.302585092994046); }

int temper_contour_levels(const double *value, int64_t n, double about, double level[TEMPER_LEVELS_MAX]) {
    double low = INFINITY, high = -INFINITY;
    int count = 0;
    for (int64_t p = 0; p < n; p++)
        if (isfinite(value[p])) low = fmin(low, value[p]), high = fmax(high, value[p]);
    if (!(high > low)) return 0;
    if (!(about >= low && about <= high)) about = low;
    double up = high - about, down = about - low;
    bool deep = down > 0.02 * up;
    for (int k = 0; k < BELOW && deep; k++) /* 10^0 … 10^−1.5 of the way down */
        level[count++] = about - down * ten_to(-1.5 * (k + 0.3) / BELOW);
    for (int k = ABOVE - 1; k >= 0 && up > 0.02 * down; k--)
        level[count++] = about + up * ten_to(-2.25 * (k + 0.3) / ABOVE);
    return count;
}

/* ---- marching squares ---- */

static double cut(double a, double b, double level) { return a == b ? 0.5 : (level - a) / (b - a); }

/* A point on side s of the square at (i, j): 0 below, 1 right, 2 above, 3 left. v: corners counter-clockwise from (i, j). */
static void on_side(int s, const double v[4], double level, double i, double j, double at[2]) {
    double t = cut(v[s], v[(s + 1) % 4], level);
    at[0] = i + (s == 0 ? t : s == 1 ? 1 : s == 2 ? 1 - t : 0);
    at[1] = j + (s == 0 ? 0 : s == 1 ? t : s == 2 ? 1 : 1 - t);
}

void temper_contour_lines(const int64_t n[2], const double *value, double level,
                          void (*emit)(void *context, const double from[2], const double to[2]),
                          void *context) {
    for (int64_t j = 0; j + 1 < n[1]; j++)
        for (int64_t i = 0; i + 1 < n[0]; i++) {
            const double *p = value + j * n[0] + i;
            double v[4] = {p[0], p[1], p[n[0] + 1], p[n[0]]}, end[4][2];
            int ends = 0, side[4];
            if (!isfinite(v[0] + v[1] + v[2] + v[3])) continue;
            for (int s = 0; s < 4; s++)
                if ((v[s] > level) != (v[(s + 1) % 4] > level)) {
                    side[ends] = s;
                    on_side(s, v, level, (double)i, (double)j, end[ends++]);
                }
            if (ends == 2) emit(context, end[0], end[1]);
            if (ends != 4) continue;
            /* Corner 0 lies between sides 3 and 0. Lines cut off the two corners that are unlike the middle. */
            bool high = (v[0] + v[1] + v[2] + v[3]) / 4 > level, unlike0 = (v[0] > level) != high;
            (void)side;
            emit(context, end[0], end[unlike0 ? 3 : 1]);
            emit(context, end[2], end[unlike0 ? 1 : 3]);
        }
}

/* ---- drawing ---- */

typedef struct {
    const temper_contour *c;
    temper_text *out;
} pen;

static double across(const temper_contour *c, double x) {
    return LEFT + SIDE * (x - c->from[0]) / (c->to[0] - c->from[0]);
}
static double upward(const temper_contour *c, double y) {
    return TOP + SIDE - SIDE * (y - c->from[1]) / (c->to[1] - c->from[1]);
}

static void stroke(void *context, const double from[2], const double to[2]) {
    const pen *p = context;
    double a = SIDE / (double)(p->c->n[0] - 1), b = SIDE / (double)(p->c->n[1] - 1);
    temper_text_add(p->out, "M%.1f %.1fL%.1f %.1f", LEFT + a * from[0], TOP + SIDE - b * from[1],
                    LEFT + a * to[0], TOP + SIDE - b * to[1]);
}

/* Blue (low) – green – orange – vermilion (high), seen on white and on black. */
static void colour(double t, char text[8]) {
    static const double stop[4][3] = {{0, 114, 178}, {0, 158, 115}, {230, 159, 0}, {213, 94, 0}};
    int at = t >= 1 ? 2 : (int)(3 * t), rgb[3];
    for (int k = 0; k < 3; k++)
        rgb[k] = (int)(stop[at][k] + (3 * t - at) * (stop[at + 1][k] - stop[at][k]) + 0.5);
    snprintf(text, 8, "#%02x%02x%02x", (unsigned)rgb[0] & 255, (unsigned)rgb[1] & 255,
             (unsigned)rgb[2] & 255);
}

static void write_label(temper_text *out, const char *attributes, const char *text) {
    temper_text_add(out, "<text %s>", attributes);
    temper_escape(text, out);
    temper_text_add(out, "</text>");
}

static void draw_axes(const temper_contour *c, temper_text *out) {
    char place[120];
    temper_text_add(out, "<g class=\"grid\"><path d=\"M%d %dh%dv%dh-%dz\"/>", LEFT, TOP, SIDE, SIDE, SIDE);
    for (int k = 0; k <= 4; k++) {
        double x = c->from[0] + (c->to[0] - c->from[0]) * k / 4,
               y = c->from[1] + (c->to[1] - c->from[1]) * k / 4;
        temper_text_add(out, "<path d=\"M%.1f %dv%d M%d %.1fh%d\"/>", across(c, x), TOP, SIDE, LEFT,
                        upward(c, y), SIDE);
        temper_text_add(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text>", across(c, x),
                        TOP + SIDE + 16, x);
        temper_text_add(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>", LEFT - 6,
                        upward(c, y) + 4, y);
    }
    temper_text_add(out, "</g>");
    snprintf(place, sizeof place, "x=\"%d\" y=\"%d\" text-anchor=\"middle\"", LEFT + SIDE / 2,
             TOP + SIDE + 36);
    write_label(out, place, c->x_label);
    snprintf(place, sizeof place, "transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\"",
             TOP + SIDE / 2);
    write_label(out, place, c->y_label);
    snprintf(place, sizeof place, "x=\"%d\" y=\"16\" class=\"title\"", LEFT);
    write_label(out, place, c->title);
}

static void draw_way(const temper_contour *c, temper_text *out) {
    if (c->stops > 0) {
        temper_text_add(out, "<path fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.2\" d=\"");
        for (int64_t k = 0; k < c->stops; k++)
            temper_text_add(out, "%c%.1f %.1f", k ? 'L' : 'M', across(c, c->way[2 * k]),
                            upward(c, c->way[2 * k + 1]));
        temper_text_add(out, "\"/><g fill=\"currentColor\">");
        for (int64_t k = 0; k < c->stops; k++)
            temper_text_add(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"/>", across(c, c->way[2 * k]),
                            upward(c, c->way[2 * k + 1]));
        temper_text_add(out, "</g>");
    }
    if (c->dots > 0) {
        temper_text_add(out, "<g fill=\"currentColor\" fill-opacity=\"0.55\">");
        for (int64_t k = 0; k < c->dots; k++)
            temper_text_add(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.4\"/>", across(c, c->dot[2 * k]),
                            upward(c, c->dot[2 * k + 1]));
        temper_text_add(out, "</g>");
    }
    if (!c->marked) return;
    double x = across(c, c->mark[0]), y = upward(c, c->mark[1]);
    temper_text_add(out,
                    "<path stroke=\"currentColor\" stroke-width=\"2\" d=\"M%.1f %.1fh12M%.1f %.1fv12\"/>",
                    x - 6, y, x, y - 6);
}

/* Bilinear height at the mark. */
static double height_at(const temper_contour *c) {
    double u = (c->mark[0] - c->from[0]) / (c->to[0] - c->from[0]) * (double)(c->n[0] - 1),
           v = (c->mark[1] - c->from[1]) / (c->to[1] - c->from[1]) * (double)(c->n[1] - 1);
    if (!c->marked || !(u >= 0 && v >= 0 && u <= (double)(c->n[0] - 1) && v <= (double)(c->n[1] - 1)))
        return NAN;
    int64_t i = (int64_t)u, j = (int64_t)v;
    if (i == c->n[0] - 1) i--;
    if (j == c->n[1] - 1) j--;
    const double *p = c->value + j * c->n[0] + i;
    u -= (double)i, v -= (double)j;
    return (1 - v) * ((1 - u) * p[0] + u * p[1]) + v * ((1 - u) * p[c->n[0]] + u * p[c->n[0] + 1]);
}

void temper_contour_svg(const temper_contour *c, temper_text *out) {
    double level[TEMPER_LEVELS_MAX], about = height_at(c);
    int levels = temper_contour_levels(c->value, c->n[0] * c->n[1], about, level);
    pen p = {c, out};
    temper_text_add(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" class=\"contour\" aria-label=\"",
        WIDTH, HEIGHT);
    temper_escape(c->title, out);
    temper_text_add(out, "\">");
    draw_axes(c, out);
    temper_text_add(
        out, "<clipPath id=\"plot\"><path d=\"M%d %dh%dv%dh-%dz\"/></clipPath><g clip-path=\"url(#plot)\">",
        LEFT, TOP, SIDE, SIDE, SIDE);
    for (int k = 0; k < levels; k++) {
        char rgb[8];
        colour(levels > 1 ? k / (double)(levels - 1) : 0, rgb);
        temper_text_add(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\"%s d=\"", rgb,
                        level[k] < about ? " stroke-dasharray=\"4 2\"" : "");
        temper_contour_lines(c->n, c->value, level[k], stroke, &p);
        temper_text_add(out, "\"/>");
    }
    draw_way(c, out);
    temper_text_add(out, "</g>");
    for (int k = 0; k < levels; k++) {
        char rgb[8];
        int y = TOP + 12 + (levels - 1 - k) * 18;
        colour(levels > 1 ? k / (double)(levels - 1) : 0, rgb);
        temper_text_add(
            out,
            "<path stroke=\"%s\" stroke-width=\"2\"%s d=\"M%d %dh14\"/><text x=\"%d\" y=\"%d\" class=\"note\">%.4g</text>",
            rgb, level[k] < about ? " stroke-dasharray=\"4 2\"" : "", LEGEND, y, LEGEND + 20, y + 4,
            level[k]);
    }
    temper_text_add(out, "</svg>\n");
}
