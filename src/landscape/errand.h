/* What long work is given and tells. */
#ifndef TEMPER_LANDSCAPE_ERRAND_H
#define TEMPER_LANDSCAPE_ERRAND_H

#include <stddef.h>
#include "temper/curvature.h"

/* Between two products: tells how far it is, and TEMPER_STOPPED once that was asked for. */
static inline temper_status temper_errand_step(const temper_errand *errand, int64_t done, int64_t total) {
    if (!errand) return TEMPER_OK;
    if (errand->tell) errand->tell(errand->context, done, total);
    return errand->stop && *errand->stop ? temper_fail(TEMPER_STOPPED, "stopped") : TEMPER_OK;
}

static inline temper_stream temper_errand_stream(const temper_errand *errand) {
    return errand ? errand->stream : (temper_stream){0, 0};
}

#endif
