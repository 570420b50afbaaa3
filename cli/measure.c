/* temper measure */
#include "command.h"

const temper_cli_command temper_cli_measure = {
    .name = "measure",
    .brief =
        "numbers of a learned machine (ln Z, entropy, retrieval, …) or of a network (curvature, flatness, response, …)",
    .usage = "measure RUN|MODEL [--what loglikelihood] [--method auto] [--data D] [flags]",
    .examples = "  temper measure run1 --what loglikelihood --method ais --betas 2000\n"
                "  temper measure run1 --what spectrum\n"
                "  temper measure run2 --what retrieval --noise 0.2\n"
                "  temper measure net1 --what curvature --pairs 10\n"
                "  temper measure net1 --what flatness --with net2,net3\n"
                "  temper measure model.onnx --data digits --what curvature\n",
    .job = "measure",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
