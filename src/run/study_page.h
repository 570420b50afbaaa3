/* report.html of a training run. */
#ifndef TEMPER_RUN_STUDY_PAGE_H
#define TEMPER_RUN_STUDY_PAGE_H

#include "base/text.h"
#include "run/study.h"

/* Appends the whole page. `text`: the report as a table for people. On failure the page must not be written. */
temper_status temper_study_html(const temper_study *study, const char *text, temper_text *out);

/* Its parts, one file each. Learning curves and thermometer (study_curves.c), what the predictions are worth
 * (study_predictions.c). */
void temper_study_curves(const temper_study *study, temper_text *out);
void temper_study_thermometer(const temper_study *study, temper_text *out);
void temper_study_monitor(const temper_study *study, temper_text *out);
void temper_study_calibration(const temper_study *study, temper_text *out);
void temper_study_confusion(const temper_study *study, temper_text *out);
void temper_study_examples(const temper_study *study, temper_text *out);

#endif
