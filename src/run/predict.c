/* predict: what the networks of a finished run say about rows of any data set with the same features. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/forecast.h"
#include "run/grid.h"
#include "run/networks.h"
#include "run/report.h"
#include "run/work.h"

typedef struct {
    temper_settings *settings;
    temper_networks networks;
    temper_dataset *data;
    int64_t *row; /* [data->n] all rows */
    float *theta, *statistics;
    temper_forecaster forecaster; /* of one member, then of all */
    double *sum;                  /* [n][width] over members */
    bool known;                   /* labels or targets are there */
    double value[TEMPER_MARKS], error[TEMPER_MARKS];
} predict;

static bool labelled(const predict *p) { return temper_networks_labels(&p->networks); }

/* Labels that are none of the network's classes cannot be judged; features must be the network's. */
static temper_status read_data(predict *p) {
    temper_status bad = temper_dataset_create(&p->data, p->settings->data);
    if (bad) return bad;
    const temper_samples *s = &p->data->data;
    if ((bad = temper_networks_suit(&p->networks, p->data, "predict"))) return bad;
    p->known = temper_networks_known(&p->networks, p->data);
    if (!(p->row = temper_alloc((size_t)s->n, sizeof *p->row))) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < s->n; i++) p->row[i] = i;
    return TEMPER_OK;
}

static temper_status forecast(predict *p) {
    const temper_model_file *file = &p->networks.file;
    temper_forecaster *f = &p->forecaster;
    temper_forecast_task task = {.network = p->networks.network,
                                 .samples = &p->data->data,
                                 .scaling = &file->scaling,
                                 .loss = file->loss,
                                 .classes = labelled(p) ? file->io.outputs : 0,
                                 .targets = labelled(p) ? 0 : file->io.outputs,
                                 .row = p->row,
                                 .n = p->data->data.n};
    p->theta = temper_alloc((size_t)p->networks.parameters, sizeof *p->theta);
    p->statistics = temper_alloc((size_t)p->networks.statistics, sizeof *p->statistics);
    temper_status bad = !p->theta || !p->statistics ? TEMPER_NO_MEMORY : TEMPER_OK;
    if (!bad) bad = temper_forecaster_begin(f, &task);
    if (!bad && !(p->sum = temper_alloc((size_t)task.n, (size_t)f->width * sizeof *p->sum)))
        bad = TEMPER_NO_MEMORY;
    for (int64_t r = 0; r < file->members && !bad; r++) {
        temper_forecaster_reset(f);
        for (int64_t k = 0; k < file->samples && !bad; k++) {
            bad = temper_networks_weights(&p->networks, r, k, p->theta, p->statistics);
            if (!bad) bad = temper_forecaster_add(f, p->theta, p->statistics);
        }
        if (bad) break;
        temper_forecaster_average(f);
        if (file->noise) temper_forecaster_blur(f, file->noise + r * task.targets);
        temper_forecaster_pour(f, p->sum);
    }
    if (!bad) temper_forecaster_pooled(f, p->sum, file->members);
    return bad;
}

static temper_status judge(predict *p) {
    temper_forecast judged = temper_forecaster_judged(&p->forecaster);
    return p->known ? temper_forecast_errors(&judged, p->value, p->error) : TEMPER_OK;
}

static void rows_json(const temper_forecaster *f, temper_json *json) {
    int64_t K = f->task.targets, C = f->task.classes;
    temper_json_open(json, "rows", '[');
    for (int64_t i = 0; i < f->task.n; i++) {
        const double *p = f->p + i * f->width;
        int64_t best = 0;
        temper_json_open(json, NULL, '{');
        for (int64_t k = 0; k < C; k++) best = p[k] > p[best] ? k : best;
        if (C) temper_json_int(json, "class", best);
        temper_json_open(json, C ? "probabilities" : "means", '[');
        for (int64_t k = 0; k < C + K; k++) temper_json_real(json, NULL, p[k]);
        temper_json_close(json, ']');
        if (K) temper_json_open(json, "deviations", '[');
        for (int64_t k = 0; k < K; k++) temper_json_real(json, NULL, sqrt(p[K + k]));
        if (K) temper_json_close(json, ']');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void write_json(const predict *p, temper_json *json) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    int marks = temper_mark_names(labelled(p), name, unit);
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.predict/1");
    temper_json_string(json, "model", p->networks.file.model);
    temper_json_string(json, "data", p->data->text);
    temper_json_int(json, "members", p->networks.file.members);
    if (p->known) temper_json_open(json, "scores", '{');
    for (int k = 0; k < marks && p->known; k++) {
        temper_json_open(json, name[k], '{');
        temper_json_real(json, "value", p->value[k]);
        temper_json_real(json, "error", p->error[k]);
        temper_json_close(json, '}');
    }
    if (p->known) temper_json_close(json, '}');
    rows_json(&p->forecaster, json);
    temper_json_close(json, '}');
}

/* Scores as comments before the table; with --out the table is in that file. */
static temper_status write_text(const predict *p, temper_text *text) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS], *out = p->settings->out;
    int marks = temper_mark_names(labelled(p), name, unit);
    temper_text table = {0};
    char cell[64];
    temper_text_add(text, "# %s, %lld rows; %s, %lld members\n", p->data->text, (long long)p->data->data.n,
                    p->networks.file.model, (long long)p->networks.file.members);
    for (int k = 0; k < marks && p->known; k++) {
        temper_grid_number(cell, sizeof cell, p->value[k], p->error[k]);
        temper_text_add(text, "# %s %s\n", name[k], cell);
    }
    temper_forecaster_csv(&p->forecaster, &table);
    temper_status bad = table.failed ? TEMPER_NO_MEMORY : TEMPER_OK;
    if (!bad && *out) {
        bad = temper_write_file(out, table.data, table.length);
        temper_text_add(text, "# forecasts written to %s\n", out);
    } else if (!bad) {
        temper_text_bytes(text, table.data, table.length);
    }
    temper_text_clear(&table);
    return bad;
}

static temper_status work(predict *p, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    temper_status bad = temper_networks_open(&p->networks, p->settings->run, "predict");
    if (!bad) bad = read_data(p);
    if (!bad) bad = forecast(p);
    if (!bad) bad = judge(p);
    if (!bad) bad = write_text(p, &text);
    if (bad) {
        temper_text_clear(&text);
        return bad;
    }
    write_json(p, &json);
    return temper_report_make(report, &json, &text);
}

temper_status temper_work_predict(temper_settings *settings, temper_desk *desk, temper_report **report) {
    predict p = {.settings = settings};
    (void)desk;
    temper_status bad = work(&p, report);
    temper_forecaster_clear(&p.forecaster);
    temper_release(p.sum);
    temper_release(p.theta);
    temper_release(p.statistics);
    temper_release(p.row);
    temper_dataset_free(p.data);
    temper_networks_clear(&p.networks);
    return bad;
}
