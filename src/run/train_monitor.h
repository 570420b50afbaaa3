/* What a run looks at on the way beside its learning curves, with --monitor: how curved the loss is, and how much it hangs on the inputs. */
#ifndef TEMPER_RUN_TRAIN_MONITOR_H
#define TEMPER_RUN_TRAIN_MONITOR_H

#include "run/training.h"

enum { TEMPER_MONITOR_SENSITIVITY = 1, TEMPER_MONITOR_CURVATURE = 2, TEMPER_MONITOR_FDR = 4 };

/* "sensitivity,curvature,fdr", or nothing, as bits. */
temper_status temper_monitor_read(const char *text, int *monitor);
/* Fills what is monitored of the moment of member r, where its walkers stand; NaN where it is not, or is not due. Nothing that moves is touched. */
temper_status temper_training_monitor(temper_training *training, int r, temper_moment *moment, bool due);
/* As one object of the report, and as lines for people; nothing where nothing is monitored. */
void temper_monitor_json(const temper_training *training, temper_json *json);
void temper_monitor_text(const temper_training *training, temper_text *text);

#endif
