/* The gradient of a lesson's flocks, and θ moved along it. */
#ifndef TEMPER_CORE_LESSON_H
#define TEMPER_CORE_LESSON_H

#include "temper/learn.h"

/* After the method's step: data minus model (unless the method filled grad), centred or standardised where asked for, then the optimiser's
 * move with its penalties. TEMPER_DIVERGED, with θ untouched, where the gradient is not finite; as refresh says it, where θ is what the
 * machine cannot pack. */
temper_status temper_lesson_update(temper_lesson *lesson);

#endif
