/* temper theory */
#include "command.h"

const temper_cli_command temper_cli_theory = {
    .name = "theory",
    .brief = "what is known exactly or asymptotically, as a table over temperature",
    .usage = "theory NAME[:options] [--temperature T] [flags]",
    .examples = "  temper theory ising2d:dims=32x32 --temperature 2:2.5:11\n"
                "  temper theory enumerate:ising:dims=4x4 --json\n"
                "  temper theory density:dims=8x8 --states\n",
    .job = "theory",
    .positional = "theory",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
