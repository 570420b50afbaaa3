/* temper compare */
#include "command.h"

const temper_cli_command temper_cli_compare = {
    .name = "compare",
    .brief = "training runs side by side: better, worse or not significant, and by how much",
    .usage = "compare DIRECTORY DIRECTORY… [--against NAME] [flags]",
    .examples = "  temper train --data digits --model mlp:100 --seeds 5 --out sgd\n"
                "  temper train --data digits --model mlp:100 --seeds 5 --dynamics adam --out adam\n"
                "  temper compare sgd adam\n",
    .job = "compare",
    .positional = "run",
    .many = true,
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
