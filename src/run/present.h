/* Tables and numbers of reports, as JSON and as text. */
#ifndef TEMPER_RUN_PRESENT_H
#define TEMPER_RUN_PRESENT_H

#include "base/json.h"
#include "run/grid.h"
#include "run/results.h"
#include "temper/table.h"

/* The member `name`: one array per column. */
void temper_present_table_json(temper_json *json, const char *name, const temper_table *table);
/* Columns of `rows` rows (0: all, equal lengths side by side); of a long table the first and last rows. */
void temper_present_table_text(temper_text *text, const temper_table *table, int rows);

/* The members "theory", "worth" and "results" of a report, and the table of them. */
void temper_present_results_json(temper_json *json, const temper_results *results);
void temper_present_results_text(temper_text *text, const temper_results *results);
/* Members and cells of theory, difference and z; none when theory says nothing. */
void temper_present_theory_json(temper_json *json, const temper_number *number);
void temper_present_theory_cells(temper_grid *grid, const temper_number *number);
/* Sentences about numbers that should not be trusted; each begins a line with "! ". */
void temper_present_advice(temper_text *text, const temper_results *results);

#endif
