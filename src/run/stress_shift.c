/* Inputs that went bad: the corruptions of the catalogue in five severities. */
#include <math.h>
#include "base/memory.h"
#include "core/catalogue.h"
#include "run/stress_bench.h"

static temper_status corrupt(const temper_stress_bench *b, const char *name, int severity,
                             temper_samples *spoilt) {
    temper_corruption *corruption;
    temper_text text = {0};
    temper_text_add(&text, "%s:severity=%d", name, severity);
    temper_status bad = text.failed ? TEMPER_NO_MEMORY : temper_corruption_create(&corruption, text.data);
    temper_text_clear(&text);
    if (bad) return bad;
    bad = temper_corrupt(corruption, &b->data->data, b->parts.row[TEMPER_TRAIN], b->parts.n[TEMPER_TRAIN],
                         b->parts.row[TEMPER_TEST], b->parts.n[TEMPER_TEST], (uint64_t)b->out->options.seed,
                         spoilt);
    temper_corruption_free(corruption);
    return bad;
}

static temper_status one_corruption(temper_stress_bench *b, const temper_stress_plan *plan,
                                    const char *name) {
    temper_stress_curve *curve = temper_stress_curve_begin(b->out, plan, TEMPER_STRESS_CORRUPTION, name);
    temper_status bad = TEMPER_OK;
    for (int p = 0; p < curve->points && !bad; p++) {
        temper_samples spoilt = {0};
        bad = corrupt(b, name, (int)curve->at[p], &spoilt);
        if (!bad) bad = temper_stress_measure(b, &b->whole, &spoilt, curve->score[p]);
        temper_samples_clear(&spoilt);
    }
    return bad;
}

/* Mean over corruptions and severities of one mark (a + s·mark), seed by seed and of the ensemble. */
static void average(temper_stress *out, const char *name, int mark, double a, double s,
                    temper_stress_score *into) {
    *into = temper_stress_score_begin(out, name);
    double together = 0;
    int points = 0;
    for (int64_t r = 0; r < out->members; r++) into->value[r] = 0;
    for (int c = 0; c < out->curves; c++) {
        const temper_stress_curve *curve = &out->curve[c];
        if (curve->kind != TEMPER_STRESS_CORRUPTION) continue;
        for (int p = 0; p < curve->points; p++, points++) {
            for (int64_t r = 0; r < out->members; r++)
                into->value[r] += a + s * curve->score[p][mark].value[r];
            together += a + s * curve->score[p][mark].ensemble;
        }
    }
    for (int64_t r = 0; r < out->members; r++) into->value[r] /= points; /* no point: NaN */
    into->ensemble = together / points;
}

static void sum_up(temper_stress *out) {
    average(out, "mean_corruption_error", 0, 1, -1, &out->corruption_error);
    average(out, "corruption_rise", 0, 1, -1, &out->corruption_rise);
    average(out, "corruption_nll", 1, 0, 1, &out->corruption_nll);
    temper_stress_score *rise = &out->corruption_rise;
    for (int64_t r = 0; r < out->members; r++) rise->value[r] -= 1 - out->clean[0].value[r];
    rise->ensemble -= 1 - out->clean[0].ensemble;
    temper_stress_score_end(out, &out->corruption_error);
    temper_stress_score_end(out, rise);
    temper_stress_score_end(out, &out->corruption_nll);
}

temper_status temper_stress_shift(temper_stress_bench *b, const temper_stress_plan *plan) {
    temper_status bad = TEMPER_OK;
    int left_out = 0;
    b->phase = "corruptions";
    for (int c = 0; temper_list_corruption[c] && !bad; c++) {
        const temper_corruption_type *type = temper_list_corruption[c];
        if (!plan->corruption[c]) continue;
        if (type->images && !b->data->data.channels && plan->every)
            left_out++;
        else
            bad = one_corruption(b, plan, type->about.name);
    }
    if (left_out) temper_text_add(&b->out->notes, "%d corruptions are of images: left out\n", left_out);
    if (!bad && b->labels) sum_up(b->out);
    return bad;
}
