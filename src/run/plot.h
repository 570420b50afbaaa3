/* Results as plots in the terminal: measured points over temperature, with the exact curve where there is one. */
#ifndef TEMPER_RUN_PLOT_H
#define TEMPER_RUN_PLOT_H

#include "base/text.h"
#include "run/results.h"

/* The first few observables; nothing for fewer than two finite temperatures. */
temper_status temper_plot(temper_text *text, const temper_results *results);

#endif
