/* temper study */
#include "command.h"

const temper_cli_command temper_cli_study = {
    .name = "study",
    .brief =
        "methods × data sets × seeds from one file: settings tuned on validation rows, one budget of gradients, one report",
    .usage = "study FILE.toml [--out DIRECTORY] [flags]",
    .examples = "  temper study digits.toml --plan\n"
                "  temper study digits.toml --out digits-study\n"
                "  temper resume digits-study\n",
    .job = "study",
    .positional = "file",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
