/* What theory says of reweighted numbers, and how they are shown. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/present.h"
#include "run/report.h"
#include "run/reweight.h"

enum { ESS_LEAST = 50, REACH_MOST = 2 };

/* ln Z/N from the fields of a theory, NaN where it has them not: −F/T, or S at T = ∞. */
static double log_z_of(const temper_theory *theory, double T, const double *values) {
    for (int f = 0; f < temper_theory_fields(theory); f++) {
        const char *field = temper_theory_field(theory, f);
        if (isinf(T) ? !strcmp(field, "entropy") : !strcmp(field, "free_energy"))
            return isinf(T) ? values[f] : -values[f] / T;
    }
    return NAN;
}

static temper_status judge_log_z(temper_reweighted *out, const temper_theory *theory) {
    temper_results *results = &out->results;
    double *values = temper_alloc((size_t)temper_theory_fields(theory), sizeof *values);
    if (!values) return TEMPER_NO_MEMORY;
    temper_status bad = temper_theory_at(theory, out->first, values);
    double first = bad ? NAN : log_z_of(theory, out->first, values);
    for (int t = 0; t < results->temperatures && !bad; t++) {
        if ((bad = temper_theory_at(theory, results->T[t], values))) break;
        temper_results_compare(&results->number[(int64_t)(t + 1) * results->numbers - 1],
                               log_z_of(theory, results->T[t], values) - first);
    }
    temper_release(values);
    return bad;
}

temper_status temper_reweight_judge(temper_reweighted *out, const temper_system *system) {
    temper_theory *theory = NULL;
    temper_status bad = temper_results_judge(&out->results, system);
    if (bad || !out->results.theory) return bad;
    bad = temper_theory_create(&theory, out->results.theory);
    if (!bad) bad = judge_log_z(out, theory);
    temper_theory_free(theory);
    return bad;
}

void temper_reweighted_json(temper_json *json, const temper_reweighted *of) {
    const temper_results *results = &of->results;
    if (!results->temperatures) {
        temper_json_string(json, "reweighted", NULL);
        return;
    }
    temper_json_open(json, "reweighted", '[');
    for (int t = 0; t < results->temperatures; t++) {
        temper_json_open(json, NULL, '{');
        temper_report_number(json, "temperature", results->T[t]);
        temper_json_real(json, "ess", of->ess[t]);
        temper_json_open(json, "observables", '{');
        for (int k = 0; k < results->numbers; k++) {
            const temper_number *number = &results->number[(int64_t)t * results->numbers + k];
            temper_json_open(json, number->label, '{');
            temper_json_real(json, "mean", number->estimate.mean);
            temper_json_real(json, "error", number->estimate.error);
            if (results->theory) temper_present_theory_json(json, number);
            temper_json_close(json, '}');
        }
        temper_json_close(json, '}');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

void temper_reweighted_text(temper_text *text, const temper_reweighted *of) {
    const temper_results *results = &of->results;
    bool judged = results->theory != NULL;
    if (!results->temperatures) return;
    temper_text_add(
        text,
        "\n# reweighted from %d sampled temperature%s; log_z_difference = [ln Z(T) − ln Z(%.9g)]/N, "
        "and F = −T ln Z\n",
        of->sampled, of->sampled > 1 ? "s" : "", of->first);
    temper_grid grid = {.columns = judged ? 7 : 4, .left = 2};
    static const char *const heads[] = {"temperature", "observable", "value ± error", "ESS", "theory",
                                        "difference",  "z"};
    for (int c = 0; c < grid.columns; c++) temper_grid_add(&grid, "%s", heads[c]);
    for (int t = 0; t < results->temperatures; t++)
        for (int k = 0; k < results->numbers; k++) {
            const temper_number *number = &results->number[(int64_t)t * results->numbers + k];
            char cell[64];
            temper_grid_plain(cell, sizeof cell, results->T[t]);
            temper_grid_add(&grid, "%s", cell);
            temper_grid_add(&grid, "%s", number->label);
            temper_grid_number(cell, sizeof cell, number->estimate.mean, number->estimate.error);
            temper_grid_add(&grid, "%s", cell);
            temper_grid_add(&grid, "%.0f", number->estimate.ess);
            if (judged) temper_present_theory_cells(&grid, number);
            temper_grid_row(&grid);
        }
    temper_grid_print(&grid, "# ", text);
}

void temper_reweighted_advice(temper_text *text, const temper_reweighted *of) {
    int few = 0, poor = 0, far = 0;
    for (int t = 0; t < of->results.temperatures; t++) {
        few += of->ess[t] < ESS_LEAST;
        if (of->ess[t] < of->ess[poor]) poor = t;
        if (of->reach[t] > of->reach[far]) far = t;
    }
    if (few)
        temper_text_add(
            text,
            "! %d reweighted temperature%s on few independent numbers: ESS %.3g at T = %.6g; neither "
            "value nor error is to be trusted there, sample nearer to it\n",
            few, few > 1 ? "s rest" : " rests", of->ess[poor], of->results.T[poor]);
    if (of->results.temperatures && of->reach[far] > REACH_MOST)
        temper_text_add(
            text,
            "! T = %.6g lies outside the sampled temperatures by more than their histograms reach: %.2g "
            "standard deviations of the energy\n",
            of->results.T[far], of->reach[far]);
    if (of->results.temperatures && !isnan(of->gap[0]))
        temper_text_add(
            text,
            "! the energies at T = %.6g and T = %.6g hardly overlap: what rests on both is uncertain, "
            "log_z_difference most of all; sample between them\n",
            of->gap[0], of->gap[1]);
}
