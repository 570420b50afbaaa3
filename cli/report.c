/* temper report */
#include "command.h"

const temper_cli_command temper_cli_report = {.name = "report",
                                              .brief =
                                                  "make the page and the numbers of a finished run again",
                                              .usage = "report RUN [flags]",
                                              .examples = "  temper report run1\n",
                                              .job = "report",
                                              .positional = "run",
                                              .flags = temper_cli_job_flags,
                                              .run = temper_cli_job};
