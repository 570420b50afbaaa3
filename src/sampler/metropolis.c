/* Metropolis, Rosenbluth, Rosenbluth, Teller & Teller (1953): propose one site's change, accept it with the
 * probability min(1, exp(−ΔH/T)), or 15/16 where ΔH/T = 0, so that a scan in a fixed order stays ergodic. A site of more
 * than two values is proposed one of the others, each as likely. */
#include "core/sweep.h"

typedef struct {
    int order; /* temper_order */
} metropolis;

static const temper_option options[] = {
    {.name = "order",
     .kind = TEMPER_CHOICE,
     .offset = offsetof(metropolis, order),
     .preset = "auto",
     .choices = "auto|sequential|random|colour",
     .doc = "which site is next; auto is colour on a lattice of two colours, sequential on everything else"},
    {0}};

static temper_status suits(const void *self, const temper_system *system) {
    return temper_sweep_suits("metropolis", ((const metropolis *)self)->order, system);
}

static size_t scratch(const void *self, const temper_system *system) {
    return temper_sweep_scratch(((const metropolis *)self)->order, system);
}

static temper_status advance(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps) {
    return temper_sweep(TEMPER_METROPOLIS, ((const metropolis *)self)->order, chains, nchains, sweeps);
}

const temper_sampler_type temper_sampler_metropolis = {
    .about = {.name = "metropolis",
              .brief = "accept a changed site with probability min(1, exp(−ΔH/T)), a tie with 15/16",
              .reference = "Metropolis et al., J. Chem. Phys. 21, 1087 (1953)",
              .specimen = "",
              .options = options,
              .size = sizeof(metropolis)},
    .suits = suits,
    .scratch = scratch,
    .advance = advance,
    .group = 1};
