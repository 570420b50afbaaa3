/* Flags from tables: --name value, --name=value. Nothing is abbreviated, nothing unknown is let through. */
#ifndef TEMPER_CLI_FLAGS_H
#define TEMPER_CLI_FLAGS_H

#include "command.h"

typedef struct {
    void *context;
    /* Receives every flag of the command line (value NULL if it takes none) and every option of the job. */
    temper_status (*set)(void *context, const char *name, const char *value, bool of_job);
} temper_cli_sink;

/* Reads the arguments behind the verb. TEMPER_BAD_OPTION with a sentence. --help goes to the sink as "help". */
temper_status temper_cli_parse(const temper_cli_command *command, int argc, char **argv,
                               temper_cli_sink sink);

/* The page of `temper VERB --help`: examples first. Returns the exit code. */
int temper_cli_usage(const temper_cli_command *command);

#endif
