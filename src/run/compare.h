/* compare: finished training runs side by side. compare_read.c reads a run directory, compare.c tests, compare_report.c tells. */
#ifndef TEMPER_RUN_COMPARE_H
#define TEMPER_RUN_COMPARE_H

#include "base/json.h"
#include "estimate/paired.h"
#include "run/report.h"
#include "run/settings.h"

typedef struct {      /* of the members alone, over seeds */
    const char *name; /* "accuracy"; lives in the tree of the file */
    const char
        *on; /* "test"; "corrupted", "attacked": the mean over all kinds and strengths of robustness.json */
    double *value; /* [run->seeds]; NaN where a member has none */
} temper_side_score;

enum { TEMPER_ROW_SCORES = 3 }; /* accuracy, nll, brier: means over rows */

typedef struct {             /* one run; start from {0} */
    const char *path, *name; /* name: its last part, where that is unique */
    temper_settings settings;
    temper_json_node *results, *robustness; /* robustness: NULL where nobody measured it */
    bool stale;                             /* it was measured, but on other networks: left out */
    int64_t seeds, test_rows, gradients;    /* gradients: of one seed */
    int scores;
    temper_side_score *score; /* [scores] */
    double *values;           /* what they point into */
    int64_t rows;             /* of predictions.csv with labels, else 0 */
    int64_t *row;             /* [rows] numbers of the test rows */
    double *term;             /* [TEMPER_ROW_SCORES][rows] of the forecast of all members together */
} temper_side;

/* Reads recipe, results, forecasts and what robustness there is. A sentence for everything that is no finished training run. */
temper_status temper_side_read(temper_side *side, const char *path);
void temper_side_clear(temper_side *side);
/* Were both measured under the same corruptions or attacks, of the same strengths, on the same rows? `on` as above. */
bool temper_side_alike(const temper_side *a, const temper_side *b, const char *on);

typedef enum { TEMPER_BY_SEEDS, TEMPER_BY_STRANGERS, TEMPER_BY_ROWS } temper_by;

typedef struct { /* one score of one run against the reference */
    const temper_side *side;
    const char *score;
    const char *on;
    temper_by by;         /* pairs of seeds; seeds of their own; pairs of test rows, of the ensembles */
    int better;           /* +1: higher, −1: lower, 0: nobody knows */
    temper_paired test;   /* a: the reference */
    double corrected;     /* p after Holm's correction over all tests of this call */
    temper_ratio scatter; /* seed deviation, over that of the reference */
} temper_contest;

typedef struct {
    int sides;
    temper_side *side; /* [sides], the reference first */
    int contests;
    temper_contest *contest;
} temper_comparison;

/* "better", "worse", "different", "not significant" or "not tested". */
const char *temper_contest_verdict(const temper_contest *contest);
/* Lines that begin with "# " (facts) or "! " (warnings). */
void temper_comparison_notes(const temper_comparison *c, temper_text *text);
temper_status temper_comparison_report(const temper_comparison *c, temper_report **report);

#endif
