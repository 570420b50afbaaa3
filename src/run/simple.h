/* What `temper landscape --what simple` finds out about a potential. */
#ifndef TEMPER_RUN_SIMPLE_H
#define TEMPER_RUN_SIMPLE_H

#include "run/survey.h"
#include "temper/simple.h"

enum { TEMPER_SIMPLE_BINS = 40, TEMPER_SIMPLE_WAYS = 8, TEMPER_SIMPLE_MOMENTS = 12 };

typedef struct { /* from one place to another */
    double from, to;
    double exact,
        kramers; /* mean time; Kramers' where `from` is a well and `to` the barrier beside it or the well behind; else NaN */
    temper_passage seen; /* arrivals 0: too rare for the steps there are, or not asked for */
} temper_simple_way;

typedef struct { /* at one temperature */
    double T, rate;
    int64_t steps, burn;
    bool exact,
        euler; /* there is an equilibrium; the dynamics has Euler's step, whose density is known to first order */
    temper_equilibrium e;
    temper_occupation seen;                                           /* with cooling: moments alone */
    double low[2], high[2];                                           /* of the histograms */
    double share[2][TEMPER_SIMPLE_BINS], step[2][TEMPER_SIMPLE_BINS]; /* exact; what η adds, divided by η */
    int ways;
    temper_simple_way way[TEMPER_SIMPLE_WAYS];
    /* with cooling: shares of the walkers in every well at moments of falling temperature, and exp(−U/T)/Z's own, NaN where not known */
    double *well_share, *well_exact; /* [moments][wells] */
} temper_simple_row;

typedef struct {
    temper_survey *survey;
    temper_potential *potential;
    temper_dynamics *dynamics;
    temper_schedule *cooling; /* NULL: constant */
    int dim, chains, rows, moments;
    temper_simple_row *row;
    int wells, barriers; /* in one or two coordinates */
    double well[TEMPER_WELLS_MAX][2], height[TEMPER_WELLS_MAX], barrier[TEMPER_WELLS_MAX],
        top[TEMPER_WELLS_MAX]; /* place, U */
    const char *note;          /* why something is missing, or NULL */
} temper_simple;

/* simple_text.c, simple_page.c */
void temper_simple_json(const temper_simple *simple, temper_json *json);
void temper_simple_text(const temper_simple *simple, temper_text *text);
void temper_simple_page(const temper_simple *simple, temper_text *page);
void temper_simple_plot(const temper_simple *simple, temper_text *text); /* in the terminal */
temper_status temper_simple_csv(const temper_simple *simple); /* occupation.csv in the run directory */

#endif
