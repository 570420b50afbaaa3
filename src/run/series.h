/* What was measured, sweep by sweep: raw numbers of every observable, for every chain of every temperature. */
#ifndef TEMPER_RUN_SERIES_H
#define TEMPER_RUN_SERIES_H

#include "temper/chain.h"
#include "temper/observable.h"

typedef struct {
    const temper_system *system;
    int observables;
    temper_observable **observable; /* [observables], owned */
    int *raw;                       /* [observables] raw numbers per measurement */
    int *lines;                     /* [observables] series per temperature: K chains, or K/2 pairs of them */
    int temperatures, copies;       /* copies = K chains at each temperature */
    int64_t length;                 /* measurements per line */
    double **x;                     /* [temperatures · observables] → x[lines][length][raw] */
    double *block;                  /* the one allocation behind x */
} temper_series;

/* Observables from "energy,overlap:…"; "auto" is what suits the system; those `needed` ("energy,heat_capacity", or "")
 * come behind unless they are there. Checks that they suit. */
temper_status temper_series_begin(temper_series *series, const temper_system *system, const char *observe,
                                  const char *needed);
/* The number of the observable of this name, or −1. */
int temper_series_find(const temper_series *series, const char *name);
/* Their texts joined by commas; released by the caller. */
temper_status temper_series_text(const temper_series *series, char **text);
/* Does any observable need two configurations? */
bool temper_series_pairs(const temper_series *series);
/* Room for `length` measurements of `copies` chains at each temperature. Refuses more than 8 GiB. */
temper_status temper_series_allocate(temper_series *series, int temperatures, int copies, int64_t length);
void temper_series_clear(temper_series *series);

/* Measures `count` chains of temperature t, number `first` … of its K, as measurement `when`. Pairs begin at even
 * numbers. Writes only what belongs to these chains. */
void temper_series_measure(temper_series *series, int t, int first, int count, int64_t when,
                           temper_chain *const *chain);

/* The series of observable o at temperature t. */
double *temper_series_at(const temper_series *series, int t, int o);

#endif
