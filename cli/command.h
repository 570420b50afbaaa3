/* The command line: a table of verbs, one file each. Sees include/temper only. */
#ifndef TEMPER_CLI_COMMAND_H
#define TEMPER_CLI_COMMAND_H

#include "temper/run.h"
#include "temper/temper.h"

typedef struct { /* a flag that belongs to the command line and not to the job */
    const char *name;
    char letter;       /* 0: none */
    const char *value; /* what it takes, NULL: nothing */
    const char *doc;
} temper_cli_flag;

typedef struct temper_cli_command {
    const char *name, *brief, *usage;
    const char *examples;         /* lines for --help */
    const char *job;              /* its flags are the options of this job; NULL: none */
    const char *positional;       /* option that gets the argument without a flag; NULL: none allowed */
    bool many;                    /* it takes several, joined by line ends */
    const temper_cli_flag *flags; /* ends with a zero entry */
    int (*run)(const struct temper_cli_command *command, int argc, char **argv);
} temper_cli_command;

extern const temper_cli_command temper_cli_list, temper_cli_describe, temper_cli_convert, temper_cli_info,
    temper_cli_sample, temper_cli_anneal, temper_cli_train, temper_cli_predict, temper_cli_stress,
    temper_cli_compare, temper_cli_study, temper_cli_learn, temper_cli_draw, temper_cli_measure,
    temper_cli_landscape, temper_cli_report, temper_cli_theory, temper_cli_resume, temper_cli_help;

extern const temper_cli_command *const temper_cli_commands[]; /* ends with NULL */
const temper_cli_command *temper_cli_find(const char *name);  /* says what is wrong; NULL then */

/* Exit codes. */
enum {
    TEMPER_CLI_OK = 0,
    TEMPER_CLI_FAILED = 1,
    TEMPER_CLI_USAGE = 2,
    TEMPER_CLI_DATA = 3,
    TEMPER_CLI_DIAGNOSTIC = 4,
    TEMPER_CLI_STOPPED = 75,
    TEMPER_CLI_INTERRUPTED = 130
};

/* Prints the library's last sentence on stderr and returns the exit code of a status. */
int temper_cli_failed(temper_status status);
/* Prints text on stdout and sees whether it got there. Returns the exit code. */
int temper_cli_print(const char *text);
/* The same for text that the library handed out, which is released. */
int temper_cli_print_free(temper_status status, char *text);

/* A whole job from argv to exit code; the run function of job verbs. */
int temper_cli_job(const temper_cli_command *command, int argc, char **argv);
extern const temper_cli_flag temper_cli_job_flags[];

/* First SIGINT or SIGTERM sets *temper_cli_stop, the second ends the program. */
void temper_cli_watch_signals(void);
extern volatile int temper_cli_stop;

#endif
