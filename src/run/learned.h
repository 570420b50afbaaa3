/* learned: the machine of a finished `temper learn --out RUN`, or of a model file, with the rows that it was taught. */
#ifndef TEMPER_RUN_LEARNED_H
#define TEMPER_RUN_LEARNED_H

#include "run/teaching.h"

typedef struct { /* start from {0} */
    temper_machine *machine;
    temper_settings recipe; /* of the learn job; preset where there is none */
    temper_lesson_data data;
    bool has_data;
} temper_learned;

/* `data`: a data set, "auto" (as in the recipe; a model file has none) or "none". `verb` names who asks, in sentences. On failure, too, the caller
 * clears. */
temper_status temper_learned_open(temper_learned *learned, const char *run, const char *data,
                                  const char *verb);
void temper_learned_clear(temper_learned *learned);
/* TEMPER_BAD_DATA unless there are rows of this part, with how to come by them. */
temper_status temper_learned_wants(const temper_learned *learned, const char *what, const char *verb);

#endif
