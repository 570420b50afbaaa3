/* Checkpoints of a campaign: everything that the next step depends on, and the measurements so far.
 *
 * Little-endian file: "TEMPERCK", version, byte-order mark, fingerprint of the recipe, shape, chains (s, cache, energy,
 * temperature, stream, clock, counters), memory of the ensemble, best configurations, series, and the SHA-256 of
 * all that as 64 hexadecimal digits. Written new, fsynced, renamed; the one before is kept as NAME.previous.
 *
 * A digest can be made to fit, so what is read is checked too: configurations are legal, caches and energies are theirs,
 * and the ensemble looks through what it remembers. */
#ifndef TEMPER_RUN_CHECKPOINT_H
#define TEMPER_RUN_CHECKPOINT_H

#include "run/campaign.h"

temper_status temper_checkpoint_save(temper_campaign *campaign, temper_desk *desk);
/* Goes back to the newest checkpoint that is whole; says so when that is the previous one. Without any checkpoint
 * the campaign begins at the beginning. */
temper_status temper_checkpoint_load(temper_campaign *campaign, temper_desk *desk);

#endif
