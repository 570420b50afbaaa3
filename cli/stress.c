/* temper stress */
#include "command.h"

const temper_cli_command temper_cli_stress = {
    .name = "stress",
    .brief =
        "how robust the networks of a run are: calibration, corruptions, attacks, weight noise, foreign inputs",
    .usage = "stress DIRECTORY [--corruptions all] [--attacks fgsm,pgd] [--ood D] [--out FILE] [flags]",
    .examples =
        "  temper stress run1\n"
        "  temper stress run1 --corruptions gaussian_noise,rotation --severities 1,3 --attacks none\n"
        "  temper stress run1 --ood idx:images=letters-images.gz,labels=letters-labels.gz --out none --json\n",
    .job = "stress",
    .positional = "run",
    .flags = temper_cli_job_flags,
    .run = temper_cli_job};
