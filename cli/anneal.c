/* temper anneal */
#include "command.h"

const temper_cli_command temper_cli_anneal = {
    .name = "anneal",
    .brief = "look for the lowest energy: cool many reads, say how often the best was hit",
    .usage = "anneal --system S [--ensemble anneal:…|exchange:…|population:…] [--reads R] [flags]",
    .examples = "  temper anneal --system graph:file=G1.txt --reads 100 --configuration best.txt\n"
                "  temper anneal --system sk:n=128 --ensemble exchange:steps=2000 --reads 8\n"
                "  temper anneal --system spin_glass:dims=8x8 --ensemble population:size=5000 --json\n",
    .job = "anneal",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
