/* temper draw; temper sample RUN */
#include "command.h"

const temper_cli_command temper_cli_draw = {
    .name = "draw",
    .brief = "samples of a learned machine, and how well its chains mix",
    .usage = "draw RUN|MODEL [--chains 100] [--sweeps 1000] [--start random] [--out FILE] [flags]",
    .examples = "  temper draw run1 --chains 16 --sweeps 2000 --out samples.npy\n"
                "  temper draw run1/model.safetensors --temperature 0.5 --out cold.csv\n"
                "  temper draw run1 --start data --json\n",
    .job = "draw",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
