/* From series to numbers with error bars, beside them what theory says. */
#ifndef TEMPER_RUN_RESULTS_H
#define TEMPER_RUN_RESULTS_H

#include "run/series.h"
#include "temper/estimate.h"
#include "temper/theory.h"

typedef struct {
    char label[64];
    temper_estimate estimate; /* derived numbers: ess, tau, rhat of their worst raw column */
    bool derived;
    double theory, z; /* NaN where there is none */
} temper_number;

typedef struct { /* start from {0} */
    int temperatures, numbers;
    double *T;             /* [temperatures] */
    temper_number *number; /* [temperatures][numbers] */
    double *burn; /* [temperatures] share of the recorded energy series that still looks unequilibrated */
    char *theory; /* text of the theory that judges, NULL: none */
    const char *worth; /* "exact", "N = infinity" */
} temper_results;

/* T[series->temperatures] is copied. */
temper_status temper_results_make(temper_results *results, const temper_series *series, const double *T);
/* Looks up the theory of the system; none is no failure. */
temper_status temper_results_judge(temper_results *results, const temper_system *system);
/* Sets what theory says of a number (NaN: nothing) and z. */
void temper_results_compare(temper_number *number, double theory);
void temper_results_clear(temper_results *results);

/* The first thing that is wrong with the numbers under strict rules, as a sentence in TEMPER_DIAGNOSTIC. */
temper_status temper_results_strict(const temper_results *results);

#endif
