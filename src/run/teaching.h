/* teaching: all that a learn job needs, put together from its settings: rows in the units of the machine, the machine, its method, the lesson,
 * and what is looked at on the way. */
#ifndef TEMPER_RUN_TEACHING_H
#define TEMPER_RUN_TEACHING_H

#include "run/desk.h"
#include "run/judgement.h"
#include "temper/dataset.h"
#include "temper/dynamics.h"
#include "temper/learn.h"

typedef struct { /* rows of one part, in the units of the machine */
    int64_t n, columns;
    float *X;       /* [n][columns] */
    double *weight; /* [n], or NULL */
} temper_table_rows;

temper_rows_view temper_table_view(const temper_table_rows *rows);

typedef struct { /* a data set as rows for machines */
    temper_dataset *data;
    temper_machine_io io;
    temper_parts parts;
    temper_table_rows part[TEMPER_PARTS];
    float *room;      /* [features] */
    bool raw;         /* real numbers as they stand, not scaled */
    const char *told; /* how grey values became units of two states, a sentence; or NULL */
    bool presumed;    /* nobody asked for that */
} temper_lesson_data;

/* Reads settings->data and cuts it as validation, test, split_seed, rows and binarise say; settings are spelled out. What the columns are is
 * known after the first call, the rows after the second, when the machine is there. */
temper_status temper_lesson_data_open(temper_lesson_data *data, temper_settings *settings, const char *verb);
temper_status temper_lesson_data_take(temper_lesson_data *data, temper_settings *settings,
                                      const temper_machine *machine);
void temper_lesson_data_clear(temper_lesson_data *data);

enum { TEMPER_SINGULAR = 8 };
typedef struct
{ /* a look at the machine; numbers that do not exist are NaN. [0] training, [1] validation rows */
    int64_t update;
    double rate, seconds;
    double pseudo[2];         /* Σ_i ln p(x_i | rest), mean over probe rows */
    double reconstruction[2]; /* share of visible units that one sweep changes (mean square for real units) */
    double weight[2]; /* mean ln of the unnormalised weight: −F(v); their difference is the free-energy gap */
    double likelihood[2];                              /* ln p, by log_z */
    double log_z, log_z_error, reverse, reverse_error; /* exact: error 0, no reverse */
    double overlap; /* of the chains with themselves a moment ago: 1 frozen, 0 forgotten */
    double swap_rate, pearson;
    double size;                      /* root mean square of the couplings */
    double singular[TEMPER_SINGULAR]; /* largest singular values of the first coupling matrix */
    double mistakes;
} temper_lesson_moment;

typedef struct { /* start from {.settings, .desk} */
    temper_settings *settings;
    temper_desk *desk;
    temper_lesson_data data;
    temper_machine *machine;
    temper_method *method;
    temper_schedule *schedule;
    temper_lesson *lesson;
    double rate;                  /* before the schedule */
    int64_t rollbacks;            /* divergences that were rolled back; each halves the rate */
    int64_t updates;              /* of the run */
    int64_t moments;              /* planned: number 0 at the start … moments − 1 at the end */
    int64_t seen;                 /* looked at so far */
    temper_lesson_moment *moment; /* [moments] */
    float *before;                /* [remembered][columns] visible units of chains at the last moment */
    int64_t remembered;
    float *best, *good; /* [P] θ of the best moment; of the last one */
    int64_t best_moment;
    temper_flock *probe; /* [PROBES] chains for pseudo-likelihood and reconstruction */
    double seconds;
    temper_judgement judgement;
    char hash[65]; /* of θ at the end */
} temper_teaching;

enum { TEMPER_PROBES = 256, TEMPER_REMEMBERED = 256 };

temper_status temper_teaching_make(temper_teaching *teaching);
temper_status temper_teaching_begin(temper_teaching *teaching);
void temper_teaching_clear(temper_teaching *teaching);
int64_t temper_teaching_moment_at(const temper_teaching *teaching, int64_t moment); /* its update */

/* learn_moment.c */
temper_status temper_teaching_look(temper_teaching *teaching);
double temper_teaching_score(const temper_teaching *teaching,
                             int64_t moment); /* higher is better; on validation rows */
/* learn_loop.c: to the end, to a stop, or to a divergence with the last good weights in the machine. */
temper_status temper_teaching_run(temper_teaching *teaching);
/* learn_checkpoint.c */
temper_status temper_teaching_save(temper_teaching *teaching);
temper_status temper_teaching_load(temper_teaching *teaching);
/* learn_results.c */
temper_status temper_teaching_report(temper_teaching *teaching, temper_report **report);
temper_status temper_teaching_write(const temper_teaching *teaching);
/* learn_page.c: report.html */
temper_status temper_teaching_page(const temper_teaching *teaching, const char *text, temper_text *out);

#endif
