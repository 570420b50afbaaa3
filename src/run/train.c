/* train: members of one network learn from data by a dynamics at temperature T ≥ 0; then all of them are judged, once, on rows that
 * nobody has looked at. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/study_page.h"
#include "run/train_loop.h"
#include "run/train_results.h"
#include "run/work.h"
#include "temper/catalogue.h"

/* --plan: what the job would need, and nothing more. */
static temper_status show_plan(const temper_training *t, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    char *layers = NULL, *object = NULL;
    temper_status bad = temper_network_describe(t->network, t->task.batch, true, false, &layers);
    if (!bad) bad = temper_network_describe(t->network, t->task.batch, true, true, &object);
    if (!bad) {
        const temper_ensemble_type *e = t->ensemble->type;
        double walker = 4 * (double)t->potential->dim * (2 + t->dynamics->type->memories) +
                        (double)t->potential->scratch; /* θ, gradient, memories, work space */
        double bytes = walker * t->group + 4 * (double)t->parameters * (double)t->samples;
        if (e->vectors) bytes += 4 * (double)t->potential->dim * e->vectors(t->ensemble->self);
        bytes *= t->members;
        temper_text_add(&text, "%s", layers);
        temper_text_add(&text, "\n%lld rows to train on, %lld to validate, %lld to test\n",
                        (long long)t->parts.n[TEMPER_TRAIN], (long long)t->parts.n[TEMPER_VALIDATION],
                        (long long)t->parts.n[TEMPER_TEST]);
        temper_text_add(
            &text,
            "%lld steps, %lld to an epoch; %d members of %.3g MB: weights, memories, samples, work space\n",
            (long long)t->steps, (long long)temper_training_epoch_step(t, 1), t->members,
            bytes / t->members / 1e6);
        temper_json_open(&json, NULL, '{');
        temper_json_string(&json, "schema", "temper.train.plan/1");
        temper_json_int(&json, "steps", t->steps);
        temper_json_int(&json, "epoch", temper_training_epoch_step(t, 1));
        temper_json_int(&json, "members", t->members);
        temper_json_real(&json, "bytes", bytes);
        temper_text_add(&json.text, ", \"network\": %s", object);
        temper_json_close(&json, '}');
        bad = temper_report_make(report, &json, &text);
    }
    temper_free(layers);
    temper_free(object);
    return bad;
}

static temper_status write_page(const temper_trained *out, const temper_desk *desk,
                                const temper_report *report) {
    temper_text page = {0};
    temper_status bad = temper_study_html(&out->study, temper_report_text(report), &page);
    if (!bad) bad = temper_desk_write(desk, "report.html", page.data);
    temper_text_clear(&page);
    return bad;
}

static temper_status work(temper_training *t, temper_trained *out, temper_report **report) {
    temper_desk *desk = t->desk;
    temper_status bad = temper_training_make(t);
    if (bad) return bad;
    if (t->settings->plan) return show_plan(t, report);
    if ((bad = temper_training_begin(t))) return bad;
    desk->input = t->data->data.input, desk->read = t->data->data.inputs;
    bad = temper_desk_open(desk, t->settings, NULL, 0);
    if (!bad) bad = temper_training_run(t);
    if (!bad) bad = temper_trained_judge(out, t);
    if (!bad) bad = temper_trained_report(out, t, report);
    if (!bad && desk->folder) {
        bad = temper_trained_write(out, t);
        if (!bad) bad = write_page(out, desk, *report);
        if (!bad) bad = temper_desk_finish(desk, *report);
    }
    return bad || !t->settings->strict ? bad : temper_trained_strict(out, t);
}

temper_status temper_work_train(temper_settings *settings, temper_desk *desk, temper_report **report) {
    temper_training t = {.settings = settings, .desk = desk};
    temper_trained out = {0};
    temper_status bad = work(&t, &out, report);
    temper_trained_clear(&out);
    temper_training_clear(&t);
    return bad;
}
