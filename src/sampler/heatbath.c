/* Heat bath: forget the site's value and draw it anew from its conditional distribution, p(v) ∝ exp(−H(s_i = v)/T).
 * With two values that is a flip with probability 1/(1 + exp(ΔH/T)) (Glauber 1963); in statistics, the Gibbs
 * sampler (Geman & Geman 1984). */
#include "core/sweep.h"

typedef struct {
    int order; /* temper_order */
} heatbath;

static const temper_option options[] = {
    {.name = "order",
     .kind = TEMPER_CHOICE,
     .offset = offsetof(heatbath, order),
     .preset = "auto",
     .choices = "auto|sequential|random|colour",
     .doc = "which site is next; auto is colour on a lattice of two colours, sequential on everything else"},
    {0}};

static temper_status suits(const void *self, const temper_system *system) {
    return temper_sweep_suits("heatbath", ((const heatbath *)self)->order, system);
}

static size_t scratch(const void *self, const temper_system *system) {
    return temper_sweep_scratch(((const heatbath *)self)->order, system);
}

static temper_status advance(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps) {
    return temper_sweep(TEMPER_HEATBATH, ((const heatbath *)self)->order, chains, nchains, sweeps);
}

const temper_sampler_type temper_sampler_heatbath = {
    .about = {.name = "heatbath",
              .brief =
                  "draw a site anew from p(v) ∝ exp(−H(s_i = v)/T); two values flip with 1/(1 + exp(ΔH/T))",
              .reference = "Glauber, J. Math. Phys. 4, 294 (1963); Geman & Geman, IEEE PAMI 6, 721 (1984)",
              .specimen = "",
              .options = options,
              .size = sizeof(heatbath)},
    .suits = suits,
    .scratch = scratch,
    .advance = advance,
    .group = 1};
