/* temper predict */
#include "command.h"

const temper_cli_command temper_cli_predict = {
    .name = "predict",
    .brief =
        "class and probability, or mean and deviation, of every row of a data set, by the networks of a run",
    .usage = "predict DIRECTORY --data D [--out FILE] [flags]",
    .examples = "  temper predict run1 --data digits\n"
                "  temper predict run1 --data digits --out forecasts.csv\n",
    .job = "predict",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
