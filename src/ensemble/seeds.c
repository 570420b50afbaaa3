/* Deep ensemble (Lakshminarayanan, Pritzel & Blundell 2017): members that share data and recipe but neither first weights nor noise
 * are trained each for itself, and their predictions averaged. In the thermodynamic reading, independent copies of one system
 * that fell into different valleys: the mean over copies instead of the mean over time that none of them would live to see.
 *
 * Member j of seed r draws from stream {seed, r·members + j}. Members never meet. */
#include "temper/ensemble.h"

typedef struct {
    int64_t members;
} seeds;

static const temper_option options[] = {{"members", TEMPER_INT, offsetof(seeds, members), "1", 1, 1e4, NULL,
                                         "", "networks that one seed's forecast averages over"},
                                        {0}};

static int64_t walkers(const void *self) { return ((const seeds *)self)->members; }

const temper_ensemble_type temper_ensemble_seeds = {
    .about = {.name = "seeds",
              .brief = "independent networks, their predictions averaged (temper train)",
              .reference = "Lakshminarayanan, Pritzel & Blundell, NeurIPS 2017",
              .specimen = "members=3",
              .options = options,
              .size = sizeof(seeds)},
    .walkers = walkers};
