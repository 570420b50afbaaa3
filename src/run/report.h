/* What a job hands back. */
#ifndef TEMPER_RUN_REPORT_H
#define TEMPER_RUN_REPORT_H

#include "base/json.h"
#include "temper/run.h"

struct temper_report {
    char *json, *text;
};

/* Takes over both texts, also when it fails. */
temper_status temper_report_make(temper_report **report, temper_json *json, temper_text *text);
/* A temperature or any other number that may be infinite: "inf" as a string. */
void temper_report_number(temper_json *json, const char *name, double value);

#endif
