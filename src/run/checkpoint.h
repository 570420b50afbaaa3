/* Checkpoints of a campaign: everything that the next step depends on, and the measurements so far.
 *
 * The body of the file (run/saving.h): chains (s, cache, energy, temperature, stream, clock, counters), memory of the
 * ensemble, best configurations, series. What is read is checked: configurations are legal, caches and energies are theirs,
 * and the ensemble looks through what it remembers. */
#ifndef TEMPER_RUN_CHECKPOINT_H
#define TEMPER_RUN_CHECKPOINT_H

#include "run/campaign.h"

temper_status temper_checkpoint_save(temper_campaign *campaign, temper_desk *desk);
/* Goes back to the newest checkpoint that is whole; says so when that is the previous one. Without any checkpoint
 * the campaign begins at the beginning. */
temper_status temper_checkpoint_load(temper_campaign *campaign, temper_desk *desk);

#endif
