/* Work on a network: its loss on some rows becomes its loss on others, while a spring holds it near its weights. */
#ifndef TEMPER_RUN_WORK_TASKS_H
#define TEMPER_RUN_WORK_TASKS_H

#include "run/survey.h"
#include "temper/work.h"

typedef struct {          /* start from {0} */
    temper_dataset *data; /* of --to, or NULL: the survey's own */
    int64_t *row, rows;   /* at the end; as many rows at the begin, so that N is the same */
    temper_landscape *landscape[2];
    temper_potential *tied[2]; /* [1] NULL: the same rows */
    double gamma, rate;
    char name[200]; /* of the rows at the end */
} temper_work_tasks;

/* Settings to ("part:test", or a data set), gamma and rate (0: what suits). */
temper_status temper_work_tasks_open(temper_survey *survey, double T, temper_work_tasks *out);
void temper_work_tasks_clear(temper_work_tasks *tasks);

#endif
