/* report.html of a learn job. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/sheet.h"
#include "run/teaching.h"

temper_status temper_teaching_page(const temper_teaching *t, const char *text, temper_text *out) {
    (void)t;
    temper_sheet_begin("temper learn", out);
    temper_sheet_verdict(text, out);
    temper_sheet_end(out);
    return out->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}
