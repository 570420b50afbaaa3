/* The desk of a job: who watches, where the run directory is, and when it is time to tell, to save, to stop. */
#ifndef TEMPER_RUN_DESK_H
#define TEMPER_RUN_DESK_H

#include "base/json.h"
#include "run/settings.h"
#include "temper/dataset.h"
#include "temper/run.h"

typedef struct {                /* start from {0} with watch, verb and command filled in */
    const temper_watch *watch;  /* or NULL */
    const char *verb, *command; /* command may be NULL */
    bool resuming;
    char *folder; /* path of the run directory, NULL: none */
    int lock;     /* the recipe, held open and locked, if `locked` */
    bool locked;
    char recipe[65];           /* fingerprint of what decides the numbers */
    char *started;             /* when the run was begun, UTC */
    int resumed;               /* how often it went on since */
    bool noted;                /* that it goes on, in the provenance */
    char *first_command;       /* of the start, when resuming */
    const temper_input *input; /* [read] files that were read, with their fingerprints */
    int read;
    char *inputs; /* JSON of the input files and their fingerprints */
    double begun, checkpoint_every;
    double told, written, measured, saved; /* moments of the last call, status, metrics and checkpoint */
    double saving;                         /* seconds that the last checkpoint took */
    bool warned;                           /* of a directory that cannot be written */
    const char *state;                     /* in status.json: "running", "stopped", "done" */
    temper_progress last;                  /* what was told last */
} temper_desk;

/* The settings are spelled out: opens the directory, writes recipe and provenance; when resuming, reads them.
 * inputs[n]: files that things were made from; NULL entries are skipped. */
temper_status temper_desk_open(temper_desk *desk, const temper_settings *settings, const char *const *inputs,
                               int n);
/* A checkpoint was taken up: notes in the provenance that the run goes on. */
temper_status temper_desk_go_on(temper_desk *desk);
/* Writes results and the end of the provenance. */
temper_status temper_desk_finish(temper_desk *desk, const temper_report *report);
void temper_desk_close(temper_desk *desk);

bool temper_desk_stopped(const temper_desk *desk); /* has a stop been asked for? */
void temper_desk_say(const temper_desk *desk, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool temper_desk_due(const temper_desk *desk); /* is it time for the next temper_desk_tell? */
bool temper_desk_save_due(const temper_desk *desk);
/* The last word on a job: "stopped" or "done". */
void temper_desk_rest(temper_desk *desk, const char *state);
void temper_desk_tell(temper_desk *desk, const temper_progress *progress);

/* Path of a file in the directory; released by the caller. */
char *temper_desk_path(const temper_desk *desk, const char *name);
temper_status temper_desk_write(const temper_desk *desk, const char *name, const char *text);

double temper_clock(void); /* seconds from some fixed moment */

#endif
