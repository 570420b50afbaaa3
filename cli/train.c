/* temper train */
#include "command.h"

const temper_cli_command temper_cli_train = {
    .name = "train",
    .brief = "train a network, or an ensemble of them, by a dynamics at a temperature; with error bars",
    .usage = "train --data D --model M [--dynamics U] [--temperature T] [--seeds N] [flags]",
    .examples = "  temper train --data digits --model mlp:100 --seeds 5\n"
                "  temper train --data digits --model mlp:100 --seeds 5 --out run1\n"
                "  temper train --data digits --model mlp:100 --dynamics langevin --temperature 0.1\n"
                "  temper train --data spirals --model mlp:32,32 --dynamics adam --epochs 100 --json\n"
                "  temper train --data digits --model mlp:100 --plan\n",
    .job = "train",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
