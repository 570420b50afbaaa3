/* Pictures where people would rather look than read: filters, chains that leave the noise, rows retrieved from spoilt cues. */
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
#include "run/learn_page.h"
#include "run/sheet.h"

/* A row as grey values 0 … 1 between low and high. */
static void picture(const temper_gallery *g, const temper_teaching *t, const float *row, double low,
                    double high, const char *alt, temper_text *out) {
    float grey[96 * 96];
    for (int64_t j = 0; j < g->V; j++) {
        double x = ((double)row[j] - low) / (high > low ? high - low : 1);
        grey[j] = (float)(x < 0 ? 0 : x > 1 ? 1 : x);
    }
    temper_text_add(out, "<figure>");
    temper_sheet_image(grey, 1, t->machine->io.height, t->machine->io.width, alt, out);
    temper_text_add(out, "</figure>\n");
}

static void range(const temper_teaching *t, double *low, double *high) {
    const temper_unit unit = t->machine->type->visible(t->machine->self);
    *low = unit == TEMPER_SPIN ? -1 : unit == TEMPER_GAUSSIAN ? -2 : 0;
    *high = unit == TEMPER_GAUSSIAN ? 2 : 1;
}

static void strip(const temper_gallery *g, const temper_teaching *t, const char *title, const float *rows,
                  temper_text *out) {
    double low, high;
    char alt[96];
    range(t, &low, &high);
    temper_text_add(out, "<h3>%s</h3><div class=\"thumbs\" style=\"grid-template-columns:repeat(%d,1fr)\">\n",
                    title, TEMPER_GALLERY_SHOWN); /* one line: a column is one chain */
    for (int64_t c = 0; c < TEMPER_GALLERY_SHOWN; c++) {
        snprintf(alt, sizeof alt, "%.60s, number %lld", title, (long long)c + 1);
        picture(g, t, rows + c * g->V, low, high, alt, out);
    }
    temper_text_add(out, "</div>\n");
}

static void chains(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    char title[96];
    temper_text_add(
        out,
        "<h2>Chains out of the noise</h2><p>Each column is one chain%s; the first row is where it began.</p>\n",
        g->cold ? " at T = 0" : "");
    for (int k = 0; k < TEMPER_GALLERY_STEPS; k++) {
        snprintf(title, sizeof title, k ? "after %lld sweep%s" : "the start", (long long)g->step[k],
                 g->step[k] == 1 ? "" : "s");
        strip(g, t, title, g->trail + (int64_t)k * TEMPER_GALLERY_SHOWN * g->V, out);
    }
}

static void retrieval(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    float *rows = temper_alloc(TEMPER_GALLERY_SHOWN, (size_t)g->V * sizeof *rows);
    if (!rows) {
        out->failed = true;
        return;
    }
    for (int64_t k = 0; k < TEMPER_GALLERY_SHOWN * g->V; k++) rows[k] = g->data[k / g->V % g->rows][k % g->V];
    temper_text_add(out, "<h2>Out of spoilt cues</h2><p>%.0f %% of the units of a cue are wrong.</p>\n",
                    100 * g->spoilt);
    strip(g, t, "rows", rows, out);
    strip(g, t, "cues", g->cue, out);
    strip(g, t, g->cold ? "what the memory gives back" : "what the machine makes of them in ten sweeps",
          g->recalled, out);
    temper_release(rows);
}

/* The hidden units with the largest weights first, each as its row of W on a scale of its own. */
static void filters(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    enum { SHOWN = 40 };
    temper_machine_array W;
    if (!temper_machine_find(t->machine, "W", &W) || W.shape[0] != g->V) return;
    const int64_t H = W.shape[1];
    const float *w = t->machine->theta + W.offset;
    double *size = temper_alloc((size_t)H, sizeof *size);
    float *row = temper_alloc((size_t)g->V, sizeof *row);
    if (!size || !row) out->failed = true;
    for (int64_t k = 0; k < g->V * H && !out->failed; k++) size[k % H] += (double)w[k] * w[k];
    if (!out->failed)
        temper_text_add(
            out,
            "<h2>Filters</h2><p>The couplings of the %lld hidden units with the largest ones, white is positive.</p>"
            "<div class=\"thumbs\">\n",
            (long long)(H < SHOWN ? H : SHOWN));
    for (int64_t n = 0; n < SHOWN && n < H && !out->failed; n++) {
        int64_t j = 0;
        double most = 0;
        for (int64_t k = 1; k < H; k++)
            if (size[k] > size[j]) j = k;
        size[j] = -1;
        for (int64_t i = 0; i < g->V; i++) {
            row[i] = w[i * H + j];
            most = fmax(most, fabs((double)row[i]));
        }
        char alt[48];
        snprintf(alt, sizeof alt, "couplings of hidden unit %lld", (long long)j);
        picture(g, t, row, -most, most, alt, out);
    }
    if (!out->failed) temper_text_add(out, "</div>\n");
    temper_release(size);
    temper_release(row);
}

void temper_gallery_pictures(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    if (!g->image || !g->sample) return;
    filters(g, t, out);
    chains(g, t, out);
    retrieval(g, t, out);
}
