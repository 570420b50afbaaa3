/* The settings of a job, for those in the house who work with one without running it. */
#ifndef TEMPER_RUN_JOB_H
#define TEMPER_RUN_JOB_H

#include "run/settings.h"
#include "temper/run.h"

const temper_settings *temper_job_settings(const temper_job *job);
const char *temper_job_verb(const temper_job *job);

#endif
