/* league: methods × data sets × seeds, each method with the settings that won on validation rows, all under one budget of gradients:
 * `temper study FILE.toml`. (A study of run/study.h is one training run.)
 *
 * league_file.c reads the file, league_jobs.c lists what is to be done, league_runs.c does it, league_entry.c reads what came out,
 * league_pool.c averages forecasts of seeds, league_judge.c tests against the reference, league_report.c and league_page.c tell. Every trial
 * and every final run is an ordinary training run in a directory of its own, OUT/runs/DATA/METHOD/NAME: what is finished there is taken as it
 * is, what was begun goes on. So a study is as resumable as its runs, and its numbers come from their files alone. */
#ifndef TEMPER_RUN_LEAGUE_H
#define TEMPER_RUN_LEAGUE_H

#include "base/json.h"
#include "base/toml.h"
#include "estimate/calibration.h"
#include "estimate/paired.h"
#include "run/desk.h"
#include "run/report.h"

enum {
    TEMPER_KNOBS_MOST = 6,
    TEMPER_TRIALS_MOST = 64,
    TEMPER_METHODS_MOST = 32,
    TEMPER_JUDGED_MOST = 8,
    TEMPER_FIRST_TUNED = 100000
};

typedef struct
{ /* values to try: of an option of a thing (dynamics.rate), or of an option of the job (temperature) */
    const char *thing, *name; /* thing NULL: of the job */
    const temper_toml_node *values;
} temper_knob;

typedef struct { /* [data.NAME] or [method.NAME] */
    const char *name;
    const temper_toml_node *table;
    int knobs, trials; /* of methods: the grid is the product, the last knob runs fastest */
    temper_knob knob[TEMPER_KNOBS_MOST];
    bool equal;            /* of methods: a seed of several networks divides the budget among them */
    int64_t budget;        /* of data sets: epochs */
    const char *choose_by; /* of data sets: the validation score */
} temper_entrant;

typedef enum {
    TEMPER_TUNING,
    TEMPER_FINAL,
    TEMPER_STRESS_RUN,
    TEMPER_VARIANCE,
    TEMPER_COLD
} temper_league_kind;

typedef struct {
    temper_league_kind kind;
    int data, method, number; /* of the trial, of the source, of the temperature */
    const char *folder;
    char label[64]; /* "digits sam 2/4" */
    double cost;    /* for the progress: gradients, roughly */
    bool done;
    const char *failed; /* a sentence: it diverged; that is a result */
    temper_json_node *results;
} temper_league_job;

typedef struct { /* one score of one method on one data set */
    const char *name;
    const double *value;                      /* [seeds] */
    double mean, error, deviation, low, high; /* over seeds; with the 95 % interval of the deviation */
    double ensemble, ensemble_error;          /* of the forecast of all seeds together */
} temper_league_score;

enum { TEMPER_LEAGUE_SCORES = 12, TEMPER_SEVERITY_POINTS = 16, TEMPER_CORRUPTIONS_MOST = 64 };
typedef struct {
    const temper_league_job *tuning[TEMPER_TRIALS_MOST], *final, *stress;
    int chosen;           /* trial; −1: all diverged */
    const char *settings; /* of the chosen trial: "rate=0.05" */
    int scores;
    temper_league_score
        score[TEMPER_LEAGUE_SCORES]; /* test scores, then corruption_error and corruption_nll */
    double gradients, seconds;       /* of one seed; of all */
    int corruptions, severities;
    const char *corruption[TEMPER_CORRUPTIONS_MOST];
    double wrong[TEMPER_CORRUPTIONS_MOST]; /* mean error over severities and seeds */
    double severity[TEMPER_SEVERITY_POINTS], nll[TEMPER_SEVERITY_POINTS], nll_error[TEMPER_SEVERITY_POINTS];
    double *pooled,
        *pooled_error; /* [seeds] NLL of the mean forecast of k = 1 … seeds seeds; error over seeds */
    temper_reliability one, all; /* forecasts of single seeds, and of all together */
} temper_standing;

typedef struct { /* one method against the reference in one score */
    int data, method;
    const char *score;
    bool higher; /* is better */
    temper_paired test;
    double corrected;     /* p after Holm's correction over all bouts of the study */
    temper_ratio scatter; /* seed deviation over that of the reference */
} temper_bout;

typedef struct { /* start from {.settings, .desk} */
    temper_settings *settings;
    temper_desk *desk;
    const char *path; /* of the file */
    temper_toml_node *tree;
    void *kept; /* blocks that live as long as the league */
    const char *title, *choose_by;
    int64_t seeds, tune_seeds, budget, seed, trials; /* trials: declared for every method, 0: not */
    bool stress;
    int datas, methods, reference;
    temper_entrant *data, *method;
    int judged;
    const char *judge[TEMPER_JUDGED_MOST];
    /* [variance] and [temperature]; nodes are NULL where they are not wanted */
    const temper_toml_node *variance, *cold;
    int sources;
    const char *source[8];
    bool varied[TEMPER_METHODS_MOST];
    int64_t vary_seeds;
    int cold_method;
    const temper_toml_node *temperatures; /* array */
    int jobs;
    temper_league_job *job;
    double total, done, fresh; /* cost of all jobs; done; of those done in this sitting */
    double begun;
    temper_standing *entry; /* [datas][methods] */
    int bouts;
    temper_bout *bout;
    char hash[65];
} temper_league;

/* A block that is released with the league; NULL with the sentence stored. */
void *temper_league_keep(temper_league *league, size_t count, size_t size);
const char *temper_league_words(temper_league *league, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void temper_league_clear(temper_league *league);

temper_status temper_league_read(temper_league *league, const char *path);
/* "FILE: line n: …"; of a sentence that came from below, with its code. */
temper_status temper_league_refuse(const temper_league *league, const temper_toml_node *at,
                                   const char *format, ...) __attribute__((format(printf, 3, 4)));
temper_status temper_league_blame(const temper_league *league, const temper_toml_node *at, const char *what,
                                  temper_status status);
/* A value as an option takes it. */
const char *temper_toml_text(const temper_toml_node *value);

/* Value of knob k in this trial, and all of them in words: "dynamics.rate=0.05, temperature=0.1". */
const temper_toml_node *temper_knob_value(const temper_entrant *method, int k, int trial);
const char *temper_trial_words(temper_league *league, int method, int trial);
/* The settings of a training job. A final job takes the trial that was chosen. On failure, too, the caller clears. */
temper_status temper_league_settings(temper_league *league, const temper_league_job *job,
                                     temper_settings *settings);
/* Lists all jobs, and makes each of them once, to see that it is legal. */
temper_status temper_league_jobs(temper_league *league);
/* Options of the stress test from [stress]. On failure, too, the caller clears. */
temper_status temper_league_stress(const temper_league *league, temper_settings *settings);
temper_standing *temper_league_entry(const temper_league *league, int data, int method);

/* Runs what is not done yet, tuning before the choice, the choice before the final runs. TEMPER_STOPPED when that is asked for. */
temper_status temper_league_run(temper_league *league);
/* From results.json and robustness.json of the runs. */
temper_status temper_league_enter(temper_league *league, temper_standing *entry);
double temper_league_number(const temper_json_node *node,
                            const char *path); /* "test.nll.mean"; NaN: not there */
double temper_league_validation(const temper_league *league,
                                const temper_league_job *job); /* what trials are chosen by */
temper_status temper_league_pool(temper_league *league, temper_standing *entry);
const temper_league_score *temper_standing_score(const temper_standing *entry, const char *name);
bool temper_score_higher(const char *name); /* is better */
/* Scores that tables show, as far as some method has them on a data set. */
enum { TEMPER_LEAGUE_SHOWN = 8 };
extern const char *const temper_league_shown[TEMPER_LEAGUE_SHOWN];
bool temper_league_has(const temper_league *league, int data, const char *score);

temper_status temper_league_judge(temper_league *league);
const char *
temper_bout_verdict(const temper_bout *bout); /* "better", "worse", "not significant", "not tested" */
/* Sentences, one a line; '!' opens a warning, '-' a loser. */
void temper_league_verdict(const temper_league *league, temper_text *out);
void temper_league_choice(const temper_league *league,
                          temper_text *out); /* how settings were chosen, in words */
void temper_league_budget(const temper_league *league, temper_text *out);
/* The seed deviation of a score under one source of randomness alone. */
typedef struct {
    double deviation, low, high;
} temper_scatter;
temper_scatter temper_league_scatter(const temper_league *league, const temper_league_job *job,
                                     const char *score);

/* JSON ("temper.study/1") and Markdown; `title` opens the tables. */
temper_status temper_league_report(const temper_league *league, temper_report **report);
temper_status temper_league_html(const temper_league *league, temper_text *out);
void temper_league_figures(const temper_league *league, int data, temper_text *out); /* league_figures.c */
void temper_league_heat(const temper_league *league, int data, temper_text *out);

#endif
