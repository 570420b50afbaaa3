/* What `temper landscape --what simple` finds out about a potential. */
#ifndef TEMPER_RUN_SIMPLE_H
#define TEMPER_RUN_SIMPLE_H

#include "run/survey.h"
#include "temper/simple.h"

/* The run lasts so many times the slowest of all times: then the burn-in, a fifth of it, has three of them. */
#define TEMPER_SIMPLE_FORGOTTEN 15.0
enum { TEMPER_SIMPLE_BINS = 40, TEMPER_SIMPLE_WAYS = 8, TEMPER_SIMPLE_MOMENTS = 12, TEMPER_SIMPLE_NAME = 40 };

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
    double forget; /* time in which the slowest pair of wells forgets where walkers began; NaN: not known */
    double rhat;   /* largest of all means */
    bool
        stuck; /* walkers have not forgotten where they started: their errors are not to be believed, and not told */
    int ways;
    temper_simple_way way[TEMPER_SIMPLE_WAYS];
    /* Shares of the walkers in every well and exp(−U/T)/Z's own, NaN where not known: with cooling at moments of falling temperature, else over all of them
     * (in [0], with an error over walkers). NULL in more than two coordinates. */
    double *well_share, *well_exact, *well_error; /* [moments][TEMPER_WELLS_MAX] */
} temper_simple_row;

typedef struct {
    temper_survey *survey;
    temper_potential *potential;
    temper_dynamics *dynamics;
    temper_schedule *cooling; /* NULL: constant */
    int dim, chains, rows, moments;
    temper_simple_row *row;
    int wells, barriers; /* in one or two coordinates */
    double well[TEMPER_WELLS_MAX][2], height[TEMPER_WELLS_MAX], barrier[TEMPER_WELLS_MAX][2],
        top[TEMPER_WELLS_MAX];     /* place, U; in one coordinate barrier k lies between wells k and k + 1 */
    int side[TEMPER_WELLS_MAX][2]; /* wells on both sides of a barrier */
    char name[2][TEMPER_SIMPLE_NAME]; /* of the coordinates */
    const char *title;                /* the potential as it was asked for */
    const char *note;                 /* why something is missing, or NULL */
} temper_simple;

/* What a mean is expected to be at this rate. */
static inline double temper_simple_with_step(const temper_simple_row *r, double exact, double step) {
    return exact + (r->euler ? r->rate * step : 0);
}

/* simple_wells.c */
void temper_simple_names(temper_simple *simple);
temper_status temper_simple_wells(temper_simple *simple,
                                  const temper_equilibrium *e); /* and what lies between them */
int temper_simple_well_of(temper_simple *simple,
                          const double *x); /* that one settles in; noted if it is new; −1: none */
temper_status temper_simple_shares(const temper_simple *simple, double T,
                                   double *share); /* exact, of every well; NaN: not known */
temper_status temper_simple_forget(const temper_simple *simple, double T, double *time);
void temper_simple_U(const temper_simple *simple, const double *x, double *U);
/* simple_json.c, simple_text.c, simple_page.c */
void temper_simple_json(const temper_simple *simple, temper_json *json);
void temper_simple_text(const temper_simple *simple, temper_text *text);
void temper_simple_page(const temper_simple *simple, temper_text *page);
void temper_simple_plot(const temper_simple *simple, temper_text *text); /* in the terminal */
temper_status temper_simple_csv(const temper_simple *simple); /* occupation.csv in the run directory */

#endif
