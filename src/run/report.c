#include "run/report.h"
#include <math.h>
#include "base/memory.h"

temper_status temper_report_make(temper_report **out, temper_json *json, temper_text *text) {
    temper_report *report = temper_alloc(1, sizeof *report);
    char *j = temper_text_take(&json->text), *t = temper_text_take(text);
    *out = NULL;
    if (!report || !j || !t) {
        temper_release(report);
        temper_release(j);
        temper_release(t);
        return temper_fail(TEMPER_NO_MEMORY, "out of memory for the report");
    }
    *report = (temper_report){j, t};
    *out = report;
    return TEMPER_OK;
}

void temper_report_number(temper_json *json, const char *name, double value) {
    if (isinf(value))
        temper_json_string(json, name, value > 0 ? "inf" : "-inf");
    else
        temper_json_real(json, name, value);
}

const char *temper_report_json(const temper_report *report) { return report->json; }
const char *temper_report_text(const temper_report *report) { return report->text; }

void temper_report_free(temper_report *report) {
    if (!report) return;
    temper_release(report->json);
    temper_release(report->text);
    temper_release(report);
}
