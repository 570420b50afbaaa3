#include "run/grid.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain.h"

static void keep(temper_grid *grid, const char *cell) {
    char **more = grid->cell;
    if (grid->failed) return;
    if (grid->cells % 64 == 0) {
        more = temper_regrow(grid->cell, (size_t)grid->cells, (size_t)grid->cells + 64, sizeof *more);
        if (more) grid->cell = more;
    }
    char *copy = more ? temper_strdup(cell) : NULL;
    if (copy)
        grid->cell[grid->cells++] = copy;
    else
        grid->failed = true;
}

void temper_grid_add(temper_grid *grid, const char *format, ...) {
    char cell[256];
    va_list values;
    va_start(values, format);
    temper_plain_format(cell, sizeof cell, format, values);
    va_end(values);
    keep(grid, cell);
}

void temper_grid_row(temper_grid *grid) {
    while (!grid->failed && grid->cells % grid->columns) keep(grid, "");
}

/* Characters seen: bytes that do not continue one. */
static int seen(const char *s) {
    int n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static void pad(temper_text *text, int count) {
    for (int k = 0; k < count; k++) temper_text_bytes(text, " ", 1);
}

static void print_row(const temper_grid *grid, int first, const int *width, temper_text *text) {
    for (int c = 0; c < grid->columns; c++) {
        const char *cell = grid->cell[first + c];
        int gap = width[c] - seen(cell);
        bool left = grid->left >> c & 1;
        if (width[c] == 0) continue;
        if (!left) pad(text, gap);
        temper_text_add(text, "%s", cell);
        bool more = false; /* no blanks at the end of a line */
        for (int d = c + 1; d < grid->columns; d++) more |= *grid->cell[first + d] != 0;
        if (!more) break;
        if (left) pad(text, gap);
        pad(text, 2);
    }
    temper_text_bytes(text, "\n", 1);
}

void temper_grid_print(temper_grid *grid, const char *indent, temper_text *text) {
    enum { MOST = 32 };
    int width[MOST] = {0};
    temper_grid_row(grid);
    for (int k = 0; k < grid->cells; k++) {
        int w = seen(grid->cell[k]);
        if (w > width[k % grid->columns]) width[k % grid->columns] = w;
    }
    for (int first = 0; first + grid->columns <= grid->cells; first += grid->columns) {
        temper_text_add(text, "%s", first ? "" : indent);
        if (first) pad(text, seen(indent));
        print_row(grid, first, width, text);
    }
    for (int k = 0; k < grid->cells; k++) temper_release(grid->cell[k]);
    temper_release(grid->cell);
    text->failed |= grid->failed;
    *grid = (temper_grid){.columns = grid->columns};
}

static void format(char *out, size_t size, const char *how, ...) {
    va_list values;
    va_start(values, how);
    temper_plain_format(out, size, how, values);
    va_end(values);
}

void temper_grid_plain(char *out, size_t size, double value) {
    if (isnan(value))
        snprintf(out, size, "–");
    else
        format(out, size, "%.6g", value == 0 ? 0 : value); /* no −0 */
}

void temper_grid_number(char *out, size_t size, double value, double error) {
    if (isnan(value) || isnan(error) || isinf(error) || error < 0) {
        temper_grid_plain(out, size, value);
    } else if (error == 0) {
        format(out, size, "%.9g ± 0", value == 0 ? 0 : value);
    } else if (error < 1e-12 * fabs(value)) {
        format(out, size, "%.12g ± %.1g", value, error);
    } else {
        int decimals = 1 - (int)floor(log10(error));
        double unit = pow(10, -decimals);
        if (round(error / unit) >= 100) decimals--; /* 0.0996 is 0.10 */
        if (decimals > 12 || decimals < -6)
            format(out, size, "%.9g ± %.2g", value, error);
        else if (decimals <= 0)
            format(out, size, "%.0f ± %.0f", value, error);
        else
            format(out, size, "%.*f ± %.*f", decimals, value, decimals, error);
    }
}
