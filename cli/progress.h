/* Progress on stderr: on a terminal one line that is drawn again, elsewhere a line at growing intervals. */
#ifndef TEMPER_CLI_PROGRESS_H
#define TEMPER_CLI_PROGRESS_H

#include "command.h"

typedef struct {
    bool quiet, terminal, colour, drawn;
    int width;
    double shown;  /* seconds of the last drawing */
    int milestone; /* of the phase, elsewhere */
    const char *phase;
} temper_cli_progress;

void temper_cli_progress_begin(temper_cli_progress *progress, bool quiet);
void temper_cli_progress_tell(void *progress, const temper_progress *now);
void temper_cli_progress_say(void *progress, const char *sentence);
void temper_cli_progress_end(temper_cli_progress *progress); /* wipes the line */

#endif
