/* temper measure */
#include "command.h"

const temper_cli_command temper_cli_measure = {
    .name = "measure",
    .brief = "how good a learned machine is: ln Z, likelihood, entropy, spectrum, mixing, retrieval",
    .usage = "measure RUN|MODEL [--what loglikelihood] [--method auto] [--data D] [flags]",
    .examples = "  temper measure run1 --what loglikelihood --method ais --betas 2000\n"
                "  temper measure run1 --what spectrum\n"
                "  temper measure run2 --what retrieval --noise 0.2\n",
    .job = "measure",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
