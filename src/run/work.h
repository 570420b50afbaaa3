/* The verbs. Each spells out the settings it was given, opens the desk, works, and makes its report. */
#ifndef TEMPER_RUN_WORK_H
#define TEMPER_RUN_WORK_H

#include "run/desk.h"
#include "run/settings.h"

temper_status temper_work_sample(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_anneal(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_train(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_predict(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_stress(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_compare(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_study(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_learn(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_draw(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_measure(temper_settings *settings, temper_desk *desk, temper_report **report);
/* measure, of a network or a potential; landscape. */
temper_status temper_work_survey(temper_settings *settings, temper_desk *desk, temper_report **report);
temper_status temper_work_theory(temper_settings *settings, temper_desk *desk, temper_report **report);

#endif
