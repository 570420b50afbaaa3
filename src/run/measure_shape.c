/* What the weights look like, and the landscape that they make. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "run/measure.h"
#include "temper/couplings.h"

temper_status temper_measure_spectrum(temper_measurement *m) {
    temper_spectrum x;
    temper_status bad = temper_evidence_spectrum(m->learned.machine, &x);
    if (bad) return bad;
    temper_json_string(&m->json, "phase", temper_phase_name((int)x.phase));
    temper_json_int(&m->json, "signals", x.signals);
    temper_json_real(&m->json, "sigma", x.sigma);
    temper_json_real(&m->json, "edge", x.edge);
    temper_json_real(&m->json, "strength", x.strength);
    temper_json_real(&m->json, "stability", x.stability);
    temper_json_open(&m->json, "singular_values", '[');
    for (int64_t k = 0; k < x.modes; k++) temper_json_real(&m->json, NULL, x.w[k]);
    temper_json_close(&m->json, ']');
    temper_json_open(&m->json, "participation", '[');
    for (int64_t k = 0; k < x.modes; k++) temper_json_real(&m->json, NULL, x.participation[k]);
    temper_json_close(&m->json, ']');
    temper_text_add(&m->text, "phase  %s\n", temper_phase_name((int)x.phase));
    temper_text_add(&m->text, "%lld modes stand out of the noise (edge %.4g, noise of the couplings %.4g)\n",
                    (long long)x.signals, x.edge, x.sigma);
    temper_text_add(
        &m->text,
        "strength of the leading mode in the mean field %.4g (above 1: order), stability %.4g (below 0: glass)\n",
        x.strength, x.stability);
    temper_text_add(&m->text, "\n  mode  singular value  units it spreads over\n");
    for (int64_t k = 0; k < x.modes && k < 10; k++)
        temper_text_add(&m->text, "%6lld  %14.6g  %21.1f\n", (long long)k + 1, x.w[k], x.participation[k]);
    return TEMPER_OK;
}

/* Shades from deep (probable) to blank (never seen). */
static void draw(const temper_sample_landscape *x, temper_text *text) {
    static const char *const shade[] = {"█", "▓", "▒", "░", "·", " "};
    double lowest = INFINITY;
    for (int64_t k = 0; k < x->grid * x->grid; k++) lowest = fmin(lowest, x->free_energy[k]);
    for (int64_t j = x->grid - 1; j >= 0; j--) {
        temper_text_add(text, "  ");
        for (int64_t i = 0; i < x->grid; i++) {
            double F = x->free_energy[i * x->grid + j] - lowest;
            temper_text_add(text, "%s",
                            shade[F < 1         ? 0
                                  : F < 2       ? 1
                                  : F < 3.5     ? 2
                                  : F < 5       ? 3
                                  : isfinite(F) ? 4
                                                : 5]);
        }
        temper_text_add(text, "\n");
    }
}

static void grid_json(const char *name, const double *x, int64_t n, temper_json *json) {
    temper_json_open(json, name, '[');
    for (int64_t i = 0; i < n; i++) {
        temper_json_open(json, NULL, '[');
        for (int64_t j = 0; j < n; j++) temper_json_real(json, NULL, x[i * n + j]);
        temper_json_close(json, ']');
    }
    temper_json_close(json, ']');
}

temper_status temper_measure_landscape(temper_measurement *m) {
    enum { GRID = 32 };
    temper_sample_landscape *x;
    temper_status bad = temper_learned_wants(&m->learned, "a landscape", "measure");
    if (!bad) bad = temper_evidence_landscape(m->learned.machine, GRID, &m->plan, &x);
    if (bad) return bad;
    temper_json_int(&m->json, "grid", x->grid);
    for (int k = 0; k < 2; k++) {
        temper_json_open(&m->json, k ? "second" : "first", '{');
        temper_json_real(&m->json, "low", x->low[k]);
        temper_json_real(&m->json, "high", x->high[k]);
        temper_json_real(&m->json, "variance", x->variance[k]);
        temper_json_close(&m->json, '}');
    }
    temper_json_real(&m->json, "overlap", x->overlap);
    temper_json_real(&m->json, "outside", x->outside);
    grid_json("free_energy", x->free_energy, x->grid, &m->json);
    grid_json("error", x->error, x->grid, &m->json);
    grid_json("data", x->data, x->grid, &m->json);
    temper_text_add(
        &m->text, "free energy -ln p on the first two principal components of the data (dark is probable)\n");
    draw(x, &m->text);
    temper_text_add(
        &m->text,
        "histograms of samples and data have %.1f %% in common; %.1f %% of the samples fall outside\n",
        100 * x->overlap, 100 * x->outside);
    temper_sample_landscape_free(x);
    return TEMPER_OK;
}

typedef struct {
    int64_t i, j;
    double score;
} pair;

static int by_score(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->i != y->i ? (x->i < y->i ? -1 : 1) : (x->j > y->j) - (x->j < y->j);
}

/* The pairs of columns that hold together most, neighbours along the chain left out. State 0 of alignments is the gap. */
temper_status temper_measure_contacts(temper_measurement *m) {
    enum { APART = 4, TOLD = 20 };
    const int64_t V = m->learned.machine->io.columns;
    double *F = temper_alloc((size_t)(V * V), sizeof *F);
    pair *list = temper_alloc((size_t)(V * (V - 1) / 2 + 1), sizeof *list);
    int64_t n = 0;
    temper_status bad = F && list ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) bad = temper_contacts(m->learned.machine, m->learned.machine->io.states > 2 ? 0 : -1, F);
    for (int64_t i = 0; i < V && !bad; i++)
        for (int64_t j = i + APART; j < V; j++) list[n++] = (pair){i, j, F[i * V + j]};
    if (!bad) {
        qsort(list, (size_t)n, sizeof *list, by_score);
        temper_json_open(&m->json, "contacts", '[');
        for (int64_t k = 0; k < n && k < 2 * V; k++) {
            temper_json_open(&m->json, NULL, '[');
            temper_json_int(&m->json, NULL, list[k].i);
            temper_json_int(&m->json, NULL, list[k].j);
            temper_json_real(&m->json, NULL, list[k].score);
            temper_json_close(&m->json, ']');
        }
        temper_json_close(&m->json, ']');
        temper_text_add(
            &m->text, "pairs of columns at least %d apart, by the corrected Frobenius norm of J_ij\n", APART);
        for (int64_t k = 0; k < n && k < TOLD; k++)
            temper_text_add(&m->text, "%8lld %8lld  %.5f\n", (long long)list[k].i, (long long)list[k].j,
                            list[k].score);
    }
    temper_release(F);
    temper_release(list);
    return bad;
}
