/* learn: a machine is fitted to rows, and judged on rows that it has not seen. */
#include "base/memory.h"
#include "run/teaching.h"
#include "run/work.h"

static temper_status write_page(const temper_teaching *t, const temper_report *report) {
    temper_text page = {0};
    temper_status bad = temper_teaching_page(t, temper_report_text(report), &page);
    if (!bad && page.failed) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = temper_desk_write(t->desk, "report.html", page.data);
    temper_text_clear(&page);
    return bad;
}

/* All that was learned is in the checkpoint: only the judging is done again. */
static temper_status judge(temper_teaching *t, temper_report **report) {
    temper_status bad = temper_teaching_report(t, report);
    if (bad != TEMPER_STOPPED || !t->desk->folder) return bad;
    temper_desk_rest(t->desk, "stopped");
    return temper_fail(bad, "stopped while the machine was judged; go on with 'temper resume %s'",
                       t->desk->folder);
}

static temper_status work(temper_teaching *t, temper_report **report) {
    temper_desk *desk = t->desk;
    temper_status bad = temper_teaching_make(t);
    if (!bad) bad = temper_teaching_begin(t);
    if (bad) return bad;
    desk->input = t->data.data->data.input, desk->read = t->data.data->data.inputs;
    bad = temper_desk_open(desk, t->settings, NULL, 0);
    if (!bad && t->data.presumed) temper_desk_say(desk, "the data are not of two values: %s", t->data.told);
    if (!bad) bad = temper_teaching_run(t);
    if (!bad) bad = judge(t, report);
    if (bad || !desk->folder) return bad;
    bad = temper_teaching_write(t);
    if (!bad) bad = write_page(t, *report);
    return bad ? bad : temper_desk_finish(desk, *report);
}

temper_status temper_work_learn(temper_settings *settings, temper_desk *desk, temper_report **report) {
    temper_teaching t = {.settings = settings, .desk = desk};
    temper_status bad = work(&t, report);
    temper_teaching_clear(&t);
    return bad;
}
