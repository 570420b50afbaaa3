/* temper landscape */
#include "command.h"

const temper_cli_command temper_cli_landscape = {
    .name = "landscape",
    .brief =
        "the shape of an energy: slices, projections, paths between minima, saddles; simple potentials with noise",
    .usage =
        "landscape RUN|MODEL|--potential U [--what slice] [--x from:to:n] [--directions D] [--out DIR] [flags]",
    .examples = "  temper landscape net1 --x=-1:1:51 --y=-1:1:51 --out slice1\n"
                "  temper landscape net1 --directions hessian --out slice2\n"
                "  temper landscape net1 --what path --to member:1 --align\n"
                "  temper landscape --potential 'x^4 - 4*x^2 + x' --temperature 1,0.5\n",
    .job = "landscape",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
