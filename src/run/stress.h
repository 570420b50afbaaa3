/* stress: how robust the networks of a finished `temper train --out RUN` are. They are asked about the run's test rows: clean,
 * corrupted, attacked, with inputs missing, with their own weights shaken, and about inputs that come from elsewhere.
 *
 * A seed is one member of network.json: the mean forecast over its samples. Every score is measured for each seed, and for the ensemble,
 * the mean forecast over all seeds. docs/robustness.md defines the numbers. Nothing depends on threads or on libm. */
#ifndef TEMPER_RUN_STRESS_H
#define TEMPER_RUN_STRESS_H

#include "estimate/certainty.h"
#include "run/desk.h"
#include "run/report.h"
#include "temper/network.h"

typedef struct
{ /* lists as text: "all", "none" or names and numbers with commas; start from temper_stress_preset */
    const char *corruptions, *severities; /* "all"; "1,2,3,4,5" */
    const char *attacks, *epsilon;        /* "fgsm,pgd"; shares of the range of the inputs */
    const char *weight_noise;             /* σ in units of each array's root mean square */
    const char *data, *ood;               /* "auto": the data of the recipe; "none": no foreign set */
    int64_t seed, rows, draws; /* rows: test rows for attacks and weight noise, 0: all; draws of noise */
} temper_stress_options;
temper_stress_options temper_stress_preset(void);
temper_stress_options temper_stress_options_of(const temper_settings *settings);
/* Are the lists legal, whatever the run? */
temper_status temper_stress_check(const temper_settings *settings);

typedef struct { /* one score, over seeds and of the ensemble; what does not exist is NaN */
    const char *name;
    double mean, error;          /* over seeds; the error is the standard error, NaN for one seed */
    double deviation, low, high; /* standard deviation over seeds and its 95 % interval */
    double *value;               /* [members] */
    double ensemble, ensemble_error;
} temper_stress_score;

typedef enum { TEMPER_STRESS_CORRUPTION, TEMPER_STRESS_ATTACK, TEMPER_STRESS_NOISE } temper_stress_kind;
enum {
    TEMPER_STRESS_MARKS = 3,
    TEMPER_STRESS_POINTS = 16,
    TEMPER_STRESS_CURVES = 64,
    TEMPER_STRESS_CLEAN = 24
};

typedef struct { /* scores over a severity, ε, σ */
    temper_stress_kind kind;
    char name[48];    /* "gaussian_noise", "fgsm", "weight_noise" */
    const char *axis; /* "severity", "epsilon", "sigma" */
    int points, scores;
    double at[TEMPER_STRESS_POINTS];
    /* accuracy, nll, ece of labels; rmse, log_likelihood, coverage_90 of numbers; of weight noise the last is `rise`, of the mean loss on
     * training rows: the flatness */
    temper_stress_score score[TEMPER_STRESS_POINTS][TEMPER_STRESS_MARKS];
} temper_stress_curve;

enum { TEMPER_STRESS_FOREIGN = 3 };
typedef struct {   /* inputs that are none of the task: AUROC of telling them from the test rows */
    char name[64]; /* "uniform", "rotated", or the data set */
    temper_stress_score
        score[3]; /* max_probability, entropy, mutual_information (NaN for one set of weights) */
} temper_stress_foreign;

typedef struct { /* all that was measured; one block of numbers behind it */
    char *run, *data, *model, *dynamics, *ensemble; /* spelled out; dynamics and ensemble as in the recipe */
    temper_stress_options options;                  /* texts borrowed: valid as long as the caller's */
    int64_t members, samples, first, tests, validations, rows, classes, outputs;
    int scores; /* accuracy, nll, brier, ece, ece_adaptive, ece_classwise, temperature, nll_scaled, ece_scaled, aurc, accuracy_at_80, _90,
                   _95, doubt, aleatoric, epistemic; or rmse, log_likelihood, coverage_50, _90, _95 */
    temper_stress_score clean[TEMPER_STRESS_CLEAN];
    temper_disagreement disagreement; /* between seeds; NaN for one, and of numbers */
    int curves;
    temper_stress_curve *curve; /* [curves] corruptions, attacks, weight noise */
    /* Over all corruptions and severities: mean error 1 − accuracy, the same less the clean error, mean NLL. */
    temper_stress_score corruption_error, corruption_rise, corruption_nll;
    int foreigns;
    temper_stress_foreign foreign[TEMPER_STRESS_FOREIGN];
    temper_reliability raw, scaled; /* of the ensemble, before and after temperature scaling */
    int coverages;                  /* of the ensemble: accuracy among the surest rows */
    double coverage[20], accuracy_at[20];
    temper_text notes;   /* sentences about what was left out and why, one a line */
    temper_text verdict; /* sentences about what came out */
    double seconds;
    char hash[17]; /* over every number but the seconds */
    double *room;  /* the values of all scores */
    int64_t used, size;
} temper_stress;

/* Does it all. *out is filled in, and on failure, too, cleared by the caller; desk may be {0}. TEMPER_STOPPED when that is asked for. */
temper_status temper_stress_run(const char *run, const temper_stress_options *options, temper_desk *desk,
                                temper_stress *out);
void temper_stress_clear(temper_stress *stress);

/* A clean score by name, a curve by name; NULL: there is none. */
const temper_stress_score *temper_stress_clean_named(const temper_stress *stress, const char *name);
const temper_stress_curve *temper_stress_curve_named(const temper_stress *stress, const char *name);

/* JSON ("temper.stress/1") and table; with the page, robustness.html (stress_page.c). */
temper_status temper_stress_report(const temper_stress *stress, temper_report **report);
temper_status temper_stress_html(const temper_stress *stress, const char *command, const char *text,
                                 temper_text *out);

#endif
