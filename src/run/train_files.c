/* What a training run leaves in its directory beside the report: all that is needed to use the networks again. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "run/model_file.h"
#include "run/train_results.h"

static temper_status take_and_write(const temper_desk *desk, const char *name, temper_text *text) {
    char *whole = temper_text_take(text);
    temper_status bad = whole ? temper_desk_write(desk, name, whole) : TEMPER_NO_MEMORY;
    temper_release(whole);
    return bad;
}

/* One row a moment. Empty cells are numbers that do not exist. */
static temper_status write_curves(const temper_trained *out, const temper_training *t) {
    temper_text text = {0};
    temper_text_add(&text,
                    "member,step,evaluations,rate,temperature,loss,T_configurational,T_kinetic,T_gradient,"
                    "fdr_left,fdr_right,noise_scale");
    if (t->monitor) temper_text_add(&text, ",lambda1,lambda1_error,edge,trace,trace_error,sensitivity");
    for (int k = 0; k < out->study.scores; k++)
        temper_text_add(&text, ",validation_%s", out->study.score[k].name);
    temper_text_add(&text, "\n");
    for (int64_t i = 0; i < t->members * t->moments && !text.failed; i++) {
        const temper_moment *m = &t->moment[i];
        double x[15 + TEMPER_MARKS] = {m->rate,     m->temperature, m->train_energy,
                                       m->T_config, m->T_kinetic,   m->T_gradient,
                                       m->fdr_left, m->fdr_right,   m->noise_scale};
        int plain = 9;
        if (t->monitor) {
            const double seen[] = {m->lambda1, m->lambda1_error, m->edge,
                                   m->trace,   m->trace_error,   m->sensitivity};
            memcpy(x + plain, seen, sizeof seen), plain += 6;
        }
        memcpy(x + plain, m->validation, TEMPER_MARKS * sizeof *x);
        temper_text_add(&text, "%lld,%lld,%lld", (long long)(t->settings->first + i / t->moments),
                        (long long)m->step, (long long)m->evaluations);
        for (int k = 0; k < plain + out->study.scores; k++) {
            temper_text_bytes(&text, ",", 1);
            if (!isnan(x[k])) temper_text_real(&text, x[k]);
        }
        temper_text_bytes(&text, "\n", 1);
    }
    return take_and_write(t->desk, "curves.csv", &text);
}

static temper_status write_weights(const temper_trained *out, const temper_training *t) {
    char *folder = temper_desk_path(t->desk, "weights");
    temper_status bad = TEMPER_OK;
    if (!folder) return TEMPER_NO_MEMORY;
    if (mkdir(folder, 0777) && errno != EEXIST)
        bad = temper_fail(TEMPER_BAD_FILE, "%s: cannot make the directory: %s", folder, strerror(errno));
    int64_t statistics = temper_network_statistics(t->network);
    for (int r = 0; r < t->members; r++)
        for (int64_t k = 0; k < t->samples && !bad; k++)
            bad = temper_model_weights_write(folder, t->network,
                                             (temper_model_place){t->settings->first + r, k, t->samples},
                                             t->sample + (r * t->samples + k) * t->parameters,
                                             out->statistics + (r * t->samples + k) * statistics);
    temper_release(folder);
    return bad;
}

temper_status temper_trained_write(const temper_trained *out, const temper_training *t) {
    const temper_samples *data = &t->data->data;
    const temper_model_file model = {.model = t->settings->model,
                                     .io = {data->features, data->channels, data->height, data->width,
                                            data->y ? data->classes : data->outputs},
                                     .loss = t->loss,
                                     .first = t->settings->first,
                                     .members = t->members,
                                     .samples = t->samples,
                                     .scaling = t->scaling,
                                     .noise = t->noise};
    temper_text json = {0}, forecasts = {0};
    temper_status bad = write_weights(out, t);
    if (!bad) bad = temper_model_file_print(&model, &json);
    if (!bad) bad = take_and_write(t->desk, "network.json", &json);
    if (!bad) bad = write_curves(out, t);
    if (!bad) {
        temper_forecaster_csv(&out->forecaster, &forecasts);
        bad = take_and_write(t->desk, "predictions.csv", &forecasts);
    }
    temper_text_clear(&json);
    return bad;
}
