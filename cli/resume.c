/* temper resume */
#include "command.h"

const temper_cli_command temper_cli_resume = {
    .name = "resume",
    .brief = "go on with a run directory, to the same bits as if it had never stopped",
    .usage = "resume DIRECTORY [flags]",
    .examples = "  temper resume run1\n"
                "  temper resume run1 --threads 2 --json\n",
    .job = "resume",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
