#include "run/free_energy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "run/campaign.h"
#include "run/grid.h"
#include "run/ladder.h"
#include "run/report.h"
#include "temper/estimate.h"
#include "temper/theory.h"

static temper_thermo *way_of(const temper_free_energies *out, int t, int way) {
    return &out->way[t * TEMPER_WAYS + way];
}

/* F = −T ln Z and S = ln Z + βE per site; the errors of ln Z and E are added as if independent. */
static temper_thermo thermo(const temper_free_energy_order *order, double T, const double log_z[2],
                            const double E[2]) {
    double N = order->system->n, beta = isinf(T) ? 0 : 1 / T;
    temper_thermo x = {-T * log_z[0] / N, T * log_z[1] / N, (log_z[0] + beta * E[0]) / N,
                       hypot(log_z[1], beta * E[1]) / N};
    if (isinf(T)) x.F_error = log_z[1] > 0 ? INFINITY : 0;
    return x;
}

/* The rung of an asked temperature; there always is one. */
static int rung_of(const temper_ladder *ladder, double T) {
    int r = ladder->rungs - 1;
    while (r > 0 && ladder->T[r] != T) r--;
    return r;
}

static temper_status integrate(const temper_free_energy_order *order, const temper_ladder *ladder,
                               temper_free_energies *out) {
    int R = ladder->rungs;
    double *log_z = temper_alloc(3 * (size_t)R, sizeof *log_z);
    if (!log_z) return TEMPER_NO_MEMORY;
    double *error = log_z + R, *bias = error + R, start = temper_system_log_states(order->system);
    temper_status bad =
        temper_integrate(R, ladder->beta, ladder->mean, ladder->error, ladder->variance, log_z, error, bias);
    for (int t = 0; t < order->temperatures && !bad; t++) {
        int r = rung_of(ladder, order->T[t]);
        double z[2] = {start + log_z[r], hypot(error[r], bias[r])},
               E[2] = {ladder->mean[r], ladder->error[r]};
        *way_of(out, t, TEMPER_INTEGRATION) = thermo(order, order->T[t], z, E);
    }
    temper_release(log_z);
    return bad;
}

static temper_status reweight(const temper_free_energy_order *order, const temper_ladder *ladder,
                              temper_free_energies *out) {
    temper_mbar *mbar;
    temper_status bad = temper_mbar_create(&mbar, ladder->rungs, ladder->beta, ladder->count, ladder->block,
                                           ladder->inefficiency);
    if (bad) return bad;
    double start = temper_system_log_states(order->system);
    for (int t = 0; t < order->temperatures && !bad; t++) {
        double z[2], E[2], beta = ladder->beta[rung_of(ladder, order->T[t])];
        bad = temper_mbar_log_z(mbar, beta, &z[0], &z[1]);
        if (!bad) bad = temper_mbar_mean(mbar, beta, NULL, &E[0], &E[1], NULL);
        z[0] += start;
        if (!bad) *way_of(out, t, TEMPER_MBAR) = thermo(order, order->T[t], z, E);
    }
    temper_mbar_free(mbar);
    return bad;
}

static int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static double cell(const temper_table *table, const char *name, int row) {
    const temper_column *column = temper_table_find(table, name);
    return column && row < column->rows ? column->values[row] : NAN;
}

static temper_status note_population(const temper_campaign *c, temper_free_energies *out) {
    temper_table table = {0};
    temper_status bad = c->ensemble->type->report(c->ensemble->self, &c->team, &table);
    const temper_column *T = bad ? NULL : temper_table_find(&table, "temperature");
    for (int t = 0; t < out->temperatures && T; t++)
        for (int r = 0; r < T->rows; r++)
            if (T->values[r] == out->T[t])
                *way_of(out, t, TEMPER_POPULATION) =
                    (temper_thermo){cell(&table, "free_energy", r), cell(&table, "free_energy_error", r),
                                    cell(&table, "entropy", r), cell(&table, "entropy_error", r)};
    temper_table_clear(&table);
    return bad;
}

static temper_status anneal_population(const temper_free_energy_order *order, temper_desk *desk,
                                       temper_free_energies *out, temper_sha256 *sha) {
    double *stops = temper_alloc((size_t)order->temperatures, sizeof *stops);
    temper_ensemble *population = NULL;
    int n = 0;
    if (!stops) return TEMPER_NO_MEMORY;
    memcpy(stops, order->T, (size_t)order->temperatures * sizeof *stops);
    qsort(stops, (size_t)order->temperatures, sizeof *stops, falling);
    for (int t = 0; t < order->temperatures; t++) /* each once */
        if (n == 0 || stops[t] < stops[n - 1]) stops[n++] = stops[t];
    temper_campaign campaign = {.file = "population",
                                .system = order->system,
                                .sampler = order->sampler,
                                .temperature = stops,
                                .temperatures = n,
                                .copies = 1,
                                .seed = temper_ladder_seed(order->seed, 1),
                                .start = "random",
                                .unit = "steps",
                                .phase = "population",
                                .every = 1};
    temper_status bad = temper_ensemble_create(&population, "population:size=2000,sweeps=10,steps=20000");
    campaign.ensemble = population;
    if (!bad) bad = temper_campaign_open(&campaign);
    if (!bad) bad = temper_campaign_run(&campaign, desk);
    if (!bad) bad = note_population(&campaign, out);
    if (!bad) temper_campaign_hash(&campaign, sha);
    temper_campaign_close(&campaign);
    temper_ensemble_free(population);
    temper_release(stops);
    return bad;
}

/* What theory says of F and S, where it says anything. */
static temper_status consult(const temper_free_energy_order *order, temper_free_energies *out) {
    temper_theory *theory;
    temper_status bad = temper_theory_of(&theory, order->system, &out->worth);
    if (bad) return bad == TEMPER_CANNOT ? TEMPER_OK : bad;
    int fields = temper_theory_fields(theory);
    double *values = temper_alloc((size_t)fields, sizeof *values);
    bad = values ? temper_settings_replace(&out->theory, theory->text) : TEMPER_NO_MEMORY;
    for (int t = 0; t < order->temperatures && !bad; t++) {
        bad = temper_theory_at(theory, order->T[t], values);
        for (int f = 0; f < fields && !bad; f++) {
            if (!strcmp(temper_theory_field(theory, f), "free_energy")) out->exact[2 * t] = values[f];
            if (!strcmp(temper_theory_field(theory, f), "entropy")) out->exact[2 * t + 1] = values[f];
        }
    }
    temper_release(values);
    temper_theory_free(theory);
    return bad;
}

static temper_status begin(const temper_free_energy_order *order, temper_free_energies *out) {
    int n = order->temperatures;
    out->temperatures = n;
    out->T = temper_alloc((size_t)n, sizeof *out->T);
    out->way = temper_alloc((size_t)n * TEMPER_WAYS, sizeof *out->way);
    out->exact = temper_alloc(2 * (size_t)n, sizeof *out->exact);
    if (!out->T || !out->way || !out->exact) return TEMPER_NO_MEMORY;
    memcpy(out->T, order->T, (size_t)n * sizeof *out->T);
    for (int k = 0; k < 2 * n; k++) out->exact[k] = NAN;
    for (int k = 0; k < n * TEMPER_WAYS; k++) out->way[k] = (temper_thermo){NAN, NAN, NAN, NAN};
    return TEMPER_OK;
}

temper_status temper_free_energy_work(const temper_free_energy_order *order, temper_desk *desk,
                                      temper_free_energies *out, temper_sha256 *sha) {
    temper_ladder ladder = {0};
    temper_status bad = begin(order, out);
    if (!bad) bad = temper_ladder_build(&ladder, order, desk);
    if (!bad) bad = temper_ladder_sample(&ladder, order, desk, sha);
    if (!bad) bad = integrate(order, &ladder, out);
    if (!bad) bad = reweight(order, &ladder, out);
    if (!bad) bad = anneal_population(order, desk, out, sha);
    if (!bad) bad = consult(order, out);
    out->rungs = ladder.rungs;
    temper_ladder_clear(&ladder);
    return bad;
}

void temper_free_energy_clear(temper_free_energies *out) {
    temper_release(out->T);
    temper_release(out->way);
    temper_release(out->exact);
    temper_release(out->theory);
    *out = (temper_free_energies){0};
}

void temper_free_energy_json(temper_json *json, const temper_free_energies *of) {
    static const char *const names[] = {"thermodynamic_integration", "mbar", "population"};
    if (!of->temperatures) {
        temper_json_string(json, "free_energy", NULL);
        return;
    }
    temper_json_open(json, "free_energy", '[');
    for (int t = 0; t < of->temperatures; t++) {
        temper_json_open(json, NULL, '{');
        temper_report_number(json, "temperature", of->T[t]);
        for (int w = 0; w < TEMPER_WAYS; w++) {
            const temper_thermo *x = way_of(of, t, w);
            temper_json_open(json, names[w], '{');
            temper_json_real(json, "free_energy", x->F);
            temper_json_real(json, "error", x->F_error);
            temper_json_real(json, "entropy", x->S);
            temper_json_real(json, "entropy_error", x->S_error);
            temper_json_close(json, '}');
        }
        if (of->theory) {
            temper_json_open(json, "theory", '{');
            temper_json_string(json, "name", of->theory);
            temper_json_string(json, "worth", of->worth);
            temper_json_real(json, "free_energy", of->exact[2 * t]);
            temper_json_real(json, "entropy", of->exact[2 * t + 1]);
            temper_json_close(json, '}');
        }
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void add_number(temper_grid *grid, double value, double error) {
    char text[64];
    temper_grid_number(text, sizeof text, value, error);
    temper_grid_add(grid, "%s", text);
}

void temper_free_energy_text(temper_text *text, const temper_free_energies *of) {
    if (!of->temperatures) return;
    temper_grid grid = {.columns = of->theory ? 6 : 5, .left = 2};
    temper_text_add(text, "\n# per site, from T = inf down a ladder of %d temperatures\n", of->rungs);
    static const char *const heads[] = {"temperature", "quantity",   "integration",
                                        "MBAR",        "population", "theory"};
    for (int c = 0; c < grid.columns; c++) temper_grid_add(&grid, "%s", heads[c]);
    for (int t = 0; t < of->temperatures; t++)
        for (int which = 0; which < 2; which++) {
            add_number(&grid, of->T[t], NAN);
            temper_grid_add(&grid, "%s", which ? "entropy" : "free_energy");
            for (int w = 0; w < TEMPER_WAYS; w++) {
                const temper_thermo *x = way_of(of, t, w);
                add_number(&grid, which ? x->S : x->F, which ? x->S_error : x->F_error);
            }
            if (of->theory) temper_grid_add(&grid, "%.8g", of->exact[2 * t + which]);
            temper_grid_row(&grid);
        }
    temper_grid_print(&grid, "# ", text);
}
