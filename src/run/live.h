/* What can be said of a campaign while it runs. */
#ifndef TEMPER_RUN_LIVE_H
#define TEMPER_RUN_LIVE_H

#include "run/campaign.h"

/* `begun` and `first`: when this process began, and how much was done then. */
void temper_live_tell(temper_campaign *campaign, temper_desk *desk, double begun, int64_t first);

#endif
