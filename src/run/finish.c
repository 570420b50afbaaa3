#include "run/finish.h"
#include "base/memory.h"
#include "run/page.h"

enum { SNAPSHOTS = 6 };

/* One chain of up to six temperatures, evenly chosen. */
static int choose(const temper_campaign *c, temper_chain *shown[SNAPSHOTS]) {
    int rungs = temper_campaign_rungs(c), count = rungs < SNAPSHOTS ? rungs : SNAPSHOTS;
    for (int k = 0; k < count; k++) {
        int t = count > 1 ? (int)((int64_t)k * (rungs - 1) / (count - 1)) : 0;
        int at = t * c->copies;
        if (c->ensemble)
            at = c->ensemble->type->at ? c->ensemble->type->at(c->ensemble->self, &c->team, t, 0) : 0;
        shown[k] = c->chain[at < 0 ? 0 : at];
    }
    return count;
}

static temper_status write_page(const temper_desk *desk, const temper_report *report,
                                const temper_campaign *c) {
    temper_chain *shown[SNAPSHOTS];
    temper_text text = {0};
    temper_page page = {
        desk->command,   temper_report_json(report), temper_report_text(report), c->system, shown,
        choose(c, shown)};
    temper_status bad = temper_page_html(&page, &text);
    if (!bad) bad = temper_desk_write(desk, "report.html", text.data);
    temper_text_clear(&text);
    return bad;
}

temper_status temper_finish(temper_desk *desk, const temper_report *report, const temper_campaign *c) {
    if (!desk->folder) return TEMPER_OK;
    temper_status bad = write_page(desk, report, c);
    return bad ? bad : temper_desk_finish(desk, report);
}
