/* The bench that a stress test works on: networks, data, and the forecasts of one seed and of all. */
#ifndef TEMPER_RUN_STRESS_BENCH_H
#define TEMPER_RUN_STRESS_BENCH_H

#include "run/forecast.h"
#include "run/networks.h"
#include "run/stress.h"

typedef struct {
    temper_stress *out;
    temper_desk *desk;
    temper_networks networks;
    bool labels;
    temper_settings recipe;       /* of the train job */
    temper_dataset *data, *other; /* of the run; foreign, or NULL */
    temper_parts parts;
    float *theta, *statistics; /* [members][samples][parameters], … */
    double *low, *range;       /* [features] of the training rows; an image's channel has one of each */
    int64_t *count;            /* [max(n)] 0, 1, 2, …: the rows of a set made here */
    int64_t *few;              /* [out->rows] test rows for attacks and weight noise */
    int64_t *fewtrain, ntrain; /* training rows for the rise of the loss */
    temper_forecaster whole, part, trained; /* on all test rows; on `few`; on `fewtrain` */
    double *sum;                            /* [tests][width] over members */
    double *inner; /* [tests] mean entropy over the samples of the seed that was asked last */
    double *views; /* [tests][width] over the samples of a seed */
    /* how far it is: forward passes of one row through one network */
    const char *phase;
    double done, total;
} temper_stress_bench;

/* One vector of weights has been asked about n rows; `cost` in forward passes. TEMPER_STOPPED when that was asked for. */
temper_status temper_stress_tick(temper_stress_bench *bench, int64_t n, double cost);

/* The forecast of seed r on the forecaster's rows, averaged over its samples, with noise: in f->p. theta: [samples][parameters] or NULL for its own.
 * inner[n]: mean entropy over the samples; or NULL. */
temper_status temper_stress_ask(temper_stress_bench *bench, temper_forecaster *f, int64_t r,
                                const float *theta, double *inner);
/* Every seed, then the ensemble, on rows of `samples` that stand for those of f (same order, same truth): fills point->score. */
temper_status temper_stress_measure(temper_stress_bench *bench, temper_forecaster *f,
                                    const temper_samples *samples, temper_stress_score *score);
/* The three marks that curves are made of. */
void temper_stress_marks(const temper_forecaster *f, double mark[TEMPER_STRESS_MARKS]);

/* A score with room for its values; all NaN. */
temper_stress_score temper_stress_score_begin(temper_stress *out, const char *name);
/* Mean, error, deviation from the values. */
void temper_stress_score_end(const temper_stress *out, temper_stress_score *score);
/* These rows as a set of its own, in memory, with their labels or targets; cleared by temper_samples_clear. */
temper_status temper_stress_copy(const temper_samples *samples, const int64_t *row, int64_t n,
                                 temper_samples *out);

typedef struct { /* a list of numbers, as it was written */
    int n;
    double x[TEMPER_STRESS_POINTS];
} temper_stress_list;
temper_status temper_stress_read(const char *option, const char *text, double low, double high,
                                 temper_stress_list *list);
/* Which of `names` are in a list "a,b", "all" or "none"; on[n]. */
temper_status temper_stress_pick(const char *option, const char *text, const char *const *names, int n,
                                 bool *on);

typedef struct { /* the options, read */
    temper_stress_list severities, epsilon, noise;
    bool attack[2];
    bool *corruption; /* [entries of the catalogue] */
    bool every;       /* corruptions=all: those that cannot are left out */
} temper_stress_plan;

/* The next curve: its points from the plan, its scores begun. */
temper_stress_curve *temper_stress_curve_begin(temper_stress *out, const temper_stress_plan *plan,
                                               temper_stress_kind kind, const char *name);

/* The chapters, one file each. */
temper_status temper_stress_clean(temper_stress_bench *bench); /* stress_clean.c */
temper_status temper_stress_shift(temper_stress_bench *bench,
                                  const temper_stress_plan *plan); /* stress_shift.c */
temper_status temper_stress_attacks(temper_stress_bench *bench,
                                    const temper_stress_plan *plan); /* stress_attack.c */
temper_status temper_stress_shake(temper_stress_bench *bench,
                                  const temper_stress_plan *plan); /* stress_shake.c */
temper_status temper_stress_aliens(temper_stress_bench *bench);    /* stress_alien.c */
void temper_stress_judge(temper_stress *out);                      /* stress_report.c: the verdict */

#endif
