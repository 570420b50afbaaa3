/* run: whole jobs, named and set by text. The command line and Python are thin layers over this header.
 *
 *     temper_job *job;
 *     temper_report *report;
 *     temper_job_create(&job, "sample");
 *     temper_job_set(job, "system", "ising:dims=32x32");
 *     temper_job_set(job, "temperature", "2.0,2.269,2.5");
 *     temper_job_run(job, NULL, &report);
 *     puts(temper_report_text(report));
 *
 * Verbs: "sample", "anneal", "train", "predict", "stress", "compare", "study", "learn", "draw", "measure", "landscape", "theory", and "resume", which goes on with a run directory. A job prints nothing,
 * installs no handler and reads no environment; what happens on the way is told to a temper_watch. */
#ifndef TEMPER_RUN_H
#define TEMPER_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/option.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct temper_job temper_job;
typedef struct temper_report temper_report;

typedef struct {       /* where a job stands; numbers that do not exist are NaN */
    const char *phase; /* "burn-in", "sampling", "annealing", … */
    const char *unit;  /* what is counted: "sweeps", "steps" */
    int64_t done, total;
    double seconds;              /* since the job began (or went on) */
    double left;                 /* seconds that it is likely to take still */
    double rate;                 /* units per second */
    double updates;              /* single-site updates per nanosecond, over all chains */
    double coldest, hottest;     /* temperatures of the chains now */
    const char *energy_name;     /* "E/N", or "loss" of a network; NULL: "E/N" */
    double energy, energy_error; /* per site or per sample, over the chains at the coldest temperature now */
    const char *score_name;      /* what a network is judged by, on the validation rows; NULL: nothing */
    double score;
    double acceptance; /* of single-site proposals since the last call */
    double swap_rate;  /* of exchanges, so far */
} temper_progress;

typedef struct {                                                  /* every part may be NULL */
    void (*tell)(void *context, const temper_progress *progress); /* at most 20 times a second */
    void (*say)(void *context, const char *sentence);             /* something worth knowing happened */
    void *context;
    const volatile int *stop; /* once it is not 0 the job ends at the next macro step */
} temper_watch;

/* The options of a verb; ends with a zero entry; `offset` means nothing to the caller. NULL: no such verb. */
TEMPER_API const temper_option *temper_job_options(const char *verb);

TEMPER_API temper_status temper_job_create(temper_job **job, const char *verb);
TEMPER_API void temper_job_free(temper_job *job); /* NULL is allowed */
/* Sets an option from text; a later call replaces an earlier one. TEMPER_BAD_OPTION with the nearest name. */
TEMPER_API temper_status temper_job_set(temper_job *job, const char *name, const char *value);
/* The option as text; after a run as spelled out by it. NULL: there is none of that name, or it has no value yet.
 * Valid until the next call with this job. */
TEMPER_API const char *temper_job_value(temper_job *job, const char *name);
/* What the user typed, for provenance.json. */
TEMPER_API temper_status temper_job_command(temper_job *job, const char *command);

/* Does the work. TEMPER_DIAGNOSTIC: done, *report is there, but strict=yes and a check failed.
 * TEMPER_STOPPED: watch->stop was seen; with an `out` directory the job can be resumed. Otherwise *report is NULL
 * unless the status is TEMPER_OK. `threads` and `cpu`, where set, change the settings of the whole library. */
TEMPER_API temper_status temper_job_run(temper_job *job, const temper_watch *watch, temper_report **report);

/* One JSON object that names its schema ("temper.sample/1"). Numbers that do not exist are null; infinite
 * temperatures and theories are the strings "inf" and "-inf". Energies, entropies, … are per site unless their name
 * says otherwise. */
TEMPER_API const char *temper_report_json(const temper_report *report);
TEMPER_API const char *temper_report_text(const temper_report *report); /* the same as a table for people */
TEMPER_API void temper_report_free(temper_report *report);              /* NULL is allowed */

/* The one of `names` that `wrong` was probably meant to be, or NULL. For command lines. */
TEMPER_API const char *temper_closest(const char *wrong, const char *const *names, int n);

#ifdef __cplusplus
}
#endif
#endif
