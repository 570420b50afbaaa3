/* base_fields: where the paths of evidence and the ladders of tempering begin. */
#ifndef TEMPER_CORE_BASE_FIELDS_H
#define TEMPER_CORE_BASE_FIELDS_H

#include "temper/machine.h"

/* Base fields whose means are those of rows, clipped: [components]. */
void temper_base_fields(const temper_machine *machine, const temper_rows_view *rows, float *base);

#endif
