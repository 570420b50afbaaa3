/* What observables ask of a system, with the sentence that refuses it. */
#ifndef TEMPER_CORE_NEEDS_H
#define TEMPER_CORE_NEEDS_H

#include "temper/system.h"

/* TEMPER_CANNOT in the name of `who` unless every site is ±1. */
temper_status temper_needs_spins(const char *who, const temper_system *system);

#endif
