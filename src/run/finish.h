/* The end of a job with a run directory: results, the page, the last words of the provenance. */
#ifndef TEMPER_RUN_FINISH_H
#define TEMPER_RUN_FINISH_H

#include "run/campaign.h"

temper_status temper_finish(temper_desk *desk, const temper_report *report, const temper_campaign *campaign);

#endif
