/* temper learn */
#include "command.h"

const temper_cli_command temper_cli_learn = {
    .name = "learn",
    .brief = "fit an energy to data: Boltzmann machines, restricted and deep ones, Potts models, memories",
    .usage = "learn --system M --data D [--method A] [--epochs E] [--out DIR] [flags]",
    .examples =
        "  temper learn --system rbm:hidden=16 --data bars-and-stripes:3 --method exact --epochs 2000\n"
        "  temper learn --system rbm:hidden=64 --data digits --method pcd:k=5 --epochs 100 --out run1\n"
        "  temper learn --system hopfield --data digits --rows 5 --method pseudo_inverse --out run2\n"
        "  temper learn --system boltzmann:hidden=1 --data parity:3 --method exact --epochs 4000 --rate 1 --momentum 0.9\n",
    .job = "learn",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
