/* temper sample */
#include <stdbool.h>
#include <stdio.h>
#include "command.h"

/* The name of something that is there, without a flag, is a run directory or a model file: samples of a learned machine. */
static int run(const temper_cli_command *command, int argc, char **argv) {
    FILE *there = argc > 0 && *argv[0] != '-' ? fopen(argv[0], "r") : NULL;
    const bool learned = there != NULL;
    if (there) fclose(there);
    return temper_cli_job(learned ? &temper_cli_draw : command, argc, argv);
}

const temper_cli_command temper_cli_sample = {
    .name = "sample",
    .brief = "measure a system at one or many temperatures; every number has its error bar",
    .usage =
        "sample --system S --temperature T [--sampler M] [flags]; of a learned machine: sample RUN (draw)",
    .examples =
        "  temper sample --system ising:dims=32x32 --sampler wolff --temperature 2.269 --theory\n"
        "  temper sample --system spin_glass:dims=6x6x6 --temperature 0.8:2:12 --ensemble exchange\n"
        "  temper sample --system hopfield:n=500,patterns=20 --temperature 0.2 --start ordered:0 --out run1\n"
        "  temper sample --system ising:dims=16x16 --temperature 2.1,2.3,2.5 --reweight 2.1:2.5:9 --theory\n"
        "  temper sample --system ising:dims=16x16 --temperature 1.5:3:4 --free-energy --json\n",

    .job = "sample",
    .flags = temper_cli_job_flags,
    .run = run};
