#include "run/present.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/report.h"

void temper_present_table_json(temper_json *json, const char *name, const temper_table *table) {
    temper_json_open(json, name, '{');
    for (int c = 0; c < table->columns; c++) {
        temper_json_open(json, table->column[c].name, '[');
        for (int r = 0; r < table->column[c].rows; r++)
            temper_report_number(json, NULL, table->column[c].values[r]);
        temper_json_close(json, ']');
    }
    temper_json_close(json, '}');
}

enum { HEAD_ROWS = 24, TAIL_ROWS = 8, SHOWN_COLUMNS = 9 };

/* The columns of `rows` rows, the first nine of them. */
static void table_part(temper_text *text, const temper_table *table, int rows) {
    temper_grid grid = {0};
    char cell[64];
    int shown[TEMPER_TABLE_COLUMNS], hidden = 0;
    for (int c = 0; c < table->columns; c++)
        if (table->column[c].rows == rows && grid.columns < SHOWN_COLUMNS)
            shown[grid.columns++] = c;
        else
            hidden += table->column[c].rows == rows;
    for (int k = 0; k < grid.columns; k++) temper_grid_add(&grid, "%s", table->column[shown[k]].name);
    for (int r = 0; r < rows; r++) {
        if (rows > HEAD_ROWS + TAIL_ROWS + 1 && r == HEAD_ROWS) {
            temper_grid_add(&grid, "…");
            temper_grid_row(&grid);
            r = rows - TAIL_ROWS;
        }
        for (int k = 0; k < grid.columns; k++) {
            temper_grid_plain(cell, sizeof cell, table->column[shown[k]].values[r]);
            temper_grid_add(&grid, "%s", cell);
        }
    }
    temper_grid_print(&grid, "# ", text);
    if (hidden) temper_text_add(text, "# (%d more columns with --json)\n", hidden);
}

void temper_present_table_text(temper_text *text, const temper_table *table, int rows) {
    for (int c = 0; c < table->columns; c++) {
        bool first = rows == 0 || table->column[c].rows == rows;
        for (int before = 0; before < c; before++)
            first &= table->column[before].rows != table->column[c].rows;
        if (first && table->column[c].rows > 0) {
            if (c) temper_text_add(text, "\n");
            table_part(text, table, table->column[c].rows);
        }
    }
}

void temper_present_theory_json(temper_json *json, const temper_number *number) {
    if (isnan(number->theory)) return;
    temper_json_real(json, "theory", number->theory);
    temper_json_real(json, "difference", number->estimate.mean - number->theory);
    temper_json_real(json, "z", number->z);
}

static void number_json(temper_json *json, const temper_number *number, bool judged) {
    temper_json_open(json, number->label, '{');
    temper_json_real(json, "mean", number->estimate.mean);
    temper_json_real(json, "error", number->estimate.error);
    temper_json_real(json, "ess", number->estimate.ess);
    temper_json_real(json, "tau", number->estimate.tau);
    temper_json_real(json, "tau_error", number->estimate.tau_error);
    temper_json_real(json, "rhat", number->estimate.rhat);
    if (judged) temper_present_theory_json(json, number);
    temper_json_close(json, '}');
}

void temper_present_results_json(temper_json *json, const temper_results *results) {
    temper_json_string(json, "theory", results->theory);
    temper_json_string(json, "worth", results->theory ? results->worth : NULL);
    temper_json_open(json, "results", '[');
    for (int t = 0; t < results->temperatures; t++) {
        temper_json_open(json, NULL, '{');
        temper_report_number(json, "temperature", results->T[t]);
        temper_json_open(json, "observables", '{');
        for (int k = 0; k < results->numbers; k++)
            number_json(json, results->number + (int64_t)t * results->numbers + k, results->theory != NULL);
        temper_json_close(json, '}');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

void temper_present_theory_cells(temper_grid *grid, const temper_number *number) {
    const temper_estimate *e = &number->estimate;
    if (isnan(number->theory)) return;
    double unit = e->error > 0 && isfinite(e->error) ? floor(log10(e->error)) - 1 : -6;
    int decimals = unit < -12 ? 12 : unit > 0 ? 0 : (int)-unit;
    temper_grid_add(grid, "%.*f", decimals, number->theory);
    if (isnan(e->mean))
        temper_grid_add(grid, "–");
    else
        temper_grid_add(grid, "%+.*f", decimals, e->mean - number->theory);
    temper_grid_add(grid, isnan(number->z) ? "–" : "%+.2f", number->z);
}

static void number_row(temper_grid *grid, double T, const temper_number *number, bool judged) {
    char cell[64];
    const temper_estimate *e = &number->estimate;
    temper_grid_plain(cell, sizeof cell, T);
    temper_grid_add(grid, "%s", cell);
    temper_grid_add(grid, "%s", number->label);
    temper_grid_number(cell, sizeof cell, e->mean, e->error);
    temper_grid_add(grid, "%s", cell);
    temper_grid_add(grid, "%.0f", e->ess);
    temper_grid_add(grid, "%.3g", e->tau);
    if (isnan(e->rhat))
        temper_grid_add(grid, "–");
    else
        temper_grid_add(grid, "%.3f", e->rhat);
    if (judged) temper_present_theory_cells(grid, number);
    temper_grid_row(grid);
}

void temper_present_results_text(temper_text *text, const temper_results *results) {
    bool judged = results->theory != NULL;
    temper_grid grid = {.columns = judged ? 9 : 6, .left = 2};
    static const char *const heads[] = {"temperature", "observable", "value ± error", "ESS", "tau",
                                        "R-hat",       "theory",     "difference",    "z"};
    for (int c = 0; c < grid.columns; c++) temper_grid_add(&grid, "%s", heads[c]);
    for (int t = 0; t < results->temperatures; t++)
        for (int k = 0; k < results->numbers; k++)
            number_row(&grid, results->T[t], results->number + (int64_t)t * results->numbers + k, judged);
    temper_grid_print(&grid, "# ", text);
}

void temper_present_advice(temper_text *text, const temper_results *results) {
    double ess = INFINITY, rhat = 0, burn = 0;
    const char *poor = "", *apart = "";
    int at_ess = 0, at_rhat = 0, at_burn = 0;
    for (int t = 0; t < results->temperatures; t++) {
        for (int k = 0; k < results->numbers; k++) {
            const temper_number *number = results->number + (int64_t)t * results->numbers + k;
            if (number->estimate.ess < ess) ess = number->estimate.ess, at_ess = t, poor = number->label;
            if (number->estimate.rhat > rhat)
                rhat = number->estimate.rhat, at_rhat = t, apart = number->label;
        }
        if (results->burn[t] > burn) burn = results->burn[t], at_burn = t;
    }
    if (rhat > 1.05)
        temper_text_add(
            text,
            "! the chains disagree: R-hat %.3g of %s at T = %.6g; more sweeps, a better sampler, or "
            "--ensemble exchange\n",
            rhat, apart, results->T[at_rhat]);
    if (ess < 100)
        temper_text_add(
            text,
            "! few independent numbers: ESS %.3g of %s at T = %.6g; its error bar is itself uncertain\n", ess,
            poor, results->T[at_ess]);
    if (burn > 0.25)
        temper_text_add(
            text,
            "! at T = %.6g the first %.0f %% of the recorded sweeps still look like burn-in; a longer "
            "--burn would do\n",
            results->T[at_burn], 100 * burn);
}
