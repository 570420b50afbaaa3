/* temper stress: the stress test as a job. What it finds lies beside the run that it is about. */
#include <string.h>
#include "base/memory.h"
#include "run/stress.h"
#include "run/work.h"

temper_stress_options temper_stress_options_of(const temper_settings *s) {
    return (temper_stress_options){.corruptions = s->corruptions,
                                   .severities = s->severities,
                                   .attacks = s->attacks,
                                   .epsilon = s->epsilon,
                                   .weight_noise = s->weight_noise,
                                   .data = s->data,
                                   .ood = s->ood,
                                   .seed = s->seed,
                                   .rows = s->rows,
                                   .draws = s->draws};
}

/* RUN/robustness.json and .html, or the file that was asked for and the page beside it. */
static temper_status name_files(const temper_settings *s, temper_text *json, temper_text *html) {
    size_t length = strlen(s->out);
    if (!length || !strcmp(s->out, "auto")) {
        temper_text_add(json, "%s/robustness.json", s->run);
        temper_text_add(html, "%s/robustness.html", s->run);
    } else {
        bool named = length > 5 && !strcmp(s->out + length - 5, ".json");
        temper_text_add(json, "%s", s->out);
        temper_text_add(html, "%.*s.html", (int)(named ? length - 5 : length), s->out);
    }
    return json->failed || html->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

static temper_status write_files(const temper_settings *s, const temper_desk *desk,
                                 const temper_stress *stress, const temper_report *report) {
    temper_text json = {0}, html = {0}, object = {0}, page = {0};
    if (!strcmp(s->out, "none")) return TEMPER_OK;
    temper_status bad = name_files(s, &json, &html);
    temper_text_add(&object, "%s\n", temper_report_json(report));
    if (!bad && object.failed) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = temper_stress_html(stress, desk->command, temper_report_text(report), &page);
    if (!bad) bad = temper_write_file(html.data, page.data, page.length);
    if (!bad) /* last: where it lies, all is there */
        bad = temper_write_file(json.data, object.data, object.length);
    if (!bad) temper_desk_say(desk, "written: %s, %s", json.data, html.data);
    temper_text_clear(&json);
    temper_text_clear(&html);
    temper_text_clear(&object);
    temper_text_clear(&page);
    return bad;
}

temper_status temper_work_stress(temper_settings *settings, temper_desk *desk, temper_report **report) {
    temper_stress stress;
    temper_stress_options options = temper_stress_options_of(settings);
    temper_status bad = temper_stress_run(settings->run, &options, desk, &stress);
    if (!bad) bad = temper_stress_report(&stress, report);
    if (!bad) bad = write_files(settings, desk, &stress, *report);
    temper_stress_clear(&stress);
    return bad;
}
