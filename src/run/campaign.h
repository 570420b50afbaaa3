/* A campaign: chains of one system, moved alone or by an ensemble, watched, measured, saved on the way.
 *
 * Chains stand temperature-major: chain t·K + k is copy k at temperature t, and that is its stream number. */
#ifndef TEMPER_RUN_CAMPAIGN_H
#define TEMPER_RUN_CAMPAIGN_H

#include "base/sha256.h"
#include "run/best.h"
#include "run/desk.h"
#include "run/series.h"
#include "temper/ensemble.h"

typedef struct {
    /* filled in by the owner; all borrowed */
    const char *file; /* name of its checkpoint */
    const temper_system *system;
    const temper_sampler *sampler;
    const temper_ensemble *ensemble; /* NULL: chains on their own */
    const double *temperature;
    int temperatures, copies; /* copies = K chains at each temperature; the reads of an ensemble */
    uint64_t seed;
    const char *start, *unit;
    const char *phase; /* of progress; NULL: burn-in and sampling */
    int64_t burn, length,
        every;             /* sweeps (macro steps of an ensemble) before, measurements, and between them */
    temper_series *series; /* allocated by open; NULL: nothing is measured */
    temper_best *best;     /* NULL: nobody asks */
    /* its own */
    temper_chain **chain;
    int chains;
    temper_plan plan;
    temper_team team;
    int64_t done, total;
    bool over;
    int64_t proposed, accepted; /* at the last call to tell */
} temper_campaign;

/* Makes chains, ensemble and series. On failure, too, the owner closes. */
temper_status temper_campaign_open(temper_campaign *campaign);
/* Goes back to the checkpoint when the desk resumes, and runs to the end, or to a stop (TEMPER_STOPPED). Leaves a
 * final checkpoint in the run directory. */
temper_status temper_campaign_run(temper_campaign *campaign, temper_desk *desk);
/* Adds the final state to a fingerprint. */
void temper_campaign_hash(const temper_campaign *campaign, temper_sha256 *sha);
void temper_campaign_close(temper_campaign *campaign);

int temper_campaign_rungs(const temper_campaign *campaign);
double temper_campaign_temperature(const temper_campaign *campaign, int t); /* of rung t, as it is now */
int64_t temper_campaign_measured(const temper_campaign *campaign);          /* measurements so far */

#endif
