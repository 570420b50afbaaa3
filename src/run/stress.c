/* A stress test from the directory of a run to its numbers. */
#include "run/stress.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "core/catalogue.h"
#include "run/recipe.h"
#include "run/stress_bench.h"

static temper_status read_data(temper_stress_bench *b) {
    const char *asked = b->out->options.data, *given = strcmp(asked, "auto") ? asked : "";
    const temper_model_file *file = &b->networks.file;
    temper_status bad = temper_dataset_create(&b->data, *given ? given : b->recipe.data);
    if (bad == TEMPER_BAD_FILE && !*given) {
        char sentence[400];
        snprintf(sentence, sizeof sentence, "%s", temper_message());
        bad = temper_fail(
            bad,
            "%s (file names in a recipe count from the folder where the run began; --data says where the set is now)",
            sentence);
    }
    if (!bad) bad = temper_networks_suit(&b->networks, b->data, "stress");
    if (bad) return bad;
    const temper_samples *s = &b->data->data;
    if (!temper_networks_known(&b->networks, b->data))
        return temper_fail(TEMPER_BAD_DATA,
                           "stress: %s has not the %lld %s that the networks were trained on", b->data->text,
                           (long long)file->io.outputs, b->labels ? "classes" : "targets");
    bad = temper_parts_build(&b->parts, s, b->recipe.validation, b->recipe.test,
                             (uint64_t)b->recipe.split_seed);
    if (!bad && !b->parts.n[TEMPER_TEST])
        bad = temper_fail(TEMPER_BAD_DATA,
                          "stress: %s has no test rows under the split of the run; train with --test 0.25",
                          b->data->text);
    return bad;
}

/* Before any work, so that a wrong name costs nothing. */
static temper_status read_foreign(temper_stress_bench *b) {
    const char *ood = b->out->options.ood;
    if (!*ood || !strcmp(ood, "none")) return TEMPER_OK;
    if (!b->labels)
        return temper_fail(
            TEMPER_CANNOT,
            "stress: ood=%.80s: foreign inputs are told by probabilities of classes; this run forecasts numbers",
            ood);
    temper_status bad = temper_dataset_create(&b->other, ood);
    if (!bad && b->other->data.features != b->data->data.features)
        bad = temper_fail(TEMPER_BAD_DATA, "stress: ood: %s has %lld features, the networks take %lld",
                          b->other->text, (long long)b->other->data.features,
                          (long long)b->data->data.features);
    return bad;
}

static temper_status read_weights(temper_stress_bench *b) {
    int64_t M = b->out->members, S = b->out->samples, P = b->networks.parameters, Q = b->networks.statistics;
    b->theta = temper_alloc((size_t)(M * S), (size_t)P * sizeof *b->theta);
    b->statistics = temper_alloc((size_t)(M * S), (size_t)Q * sizeof *b->statistics);
    temper_status bad = b->theta && b->statistics ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t v = 0; v < M * S && !bad; v++)
        bad = temper_networks_weights(&b->networks, v / S, v % S, b->theta + v * P, b->statistics + v * Q);
    return bad;
}

/* The smallest value of every input over the training rows and how far it is to the largest. The pixels of an image's channel have one
 * range, as they have one scaling. */
static temper_status measure_range(temper_stress_bench *b) {
    const temper_samples *s = &b->data->data;
    int64_t d = s->features, block = s->channels ? s->height * s->width : 1;
    float *room = temper_alloc((size_t)d, sizeof *room);
    b->low = temper_alloc((size_t)d, sizeof *b->low), b->range = temper_alloc((size_t)d, sizeof *b->range);
    if (!room || !b->low || !b->range) {
        temper_release(room);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t k = 0; k < d; k++)
        b->low[k] = INFINITY, b->range[k] = -INFINITY; /* range: the largest, for now */
    for (int64_t i = 0; i < b->parts.n[TEMPER_TRAIN]; i++) {
        const float *x = temper_samples_row(s, b->parts.row[TEMPER_TRAIN][i], room);
        for (int64_t k = 0; k < d; k++) {
            int64_t at = k / block * block;
            b->low[at] = x[k] < b->low[at] ? x[k] : b->low[at];
            b->range[at] = x[k] > b->range[at] ? x[k] : b->range[at];
        }
    }
    for (int64_t k = d - 1; k >= 0; k--) { /* from behind: the first of a block is turned into a range last */
        int64_t at = k / block * block;
        b->low[k] = b->low[at], b->range[k] = b->range[at] - b->low[at];
    }
    temper_release(room);
    return TEMPER_OK;
}

/* `n` of these rows, evenly chosen. */
static int64_t *choose(const int64_t *row, int64_t all, int64_t n) {
    int64_t *few = temper_alloc((size_t)n, sizeof *few);
    for (int64_t i = 0; few && i < n; i++) few[i] = row[i * all / n];
    return few;
}

static temper_status begin_forecasts(temper_stress_bench *b) {
    temper_stress *out = b->out;
    int64_t train = b->parts.n[TEMPER_TRAIN], asked = out->options.rows;
    out->tests = b->parts.n[TEMPER_TEST], out->validations = b->parts.n[TEMPER_VALIDATION];
    out->rows = asked && asked < out->tests ? asked : out->tests;
    b->ntrain = asked && asked < train ? asked : train;
    int64_t most = out->tests > b->ntrain ? out->tests : b->ntrain;
    b->few = choose(b->parts.row[TEMPER_TEST], out->tests, out->rows);
    b->fewtrain = choose(b->parts.row[TEMPER_TRAIN], train, b->ntrain);
    b->count = temper_alloc((size_t)most, sizeof *b->count);
    b->inner = temper_alloc((size_t)most, sizeof *b->inner);
    if (!b->few || !b->fewtrain || !b->count || !b->inner) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < most; i++) b->count[i] = i;
    temper_forecast_task task = {.network = b->networks.network,
                                 .samples = &b->data->data,
                                 .scaling = &b->networks.file.scaling,
                                 .loss = b->networks.file.loss,
                                 .classes = b->labels ? b->networks.file.io.outputs : 0,
                                 .targets = b->labels ? 0 : b->networks.file.io.outputs,
                                 .row = b->parts.row[TEMPER_TEST],
                                 .n = out->tests};
    temper_status bad = temper_forecaster_begin(&b->whole, &task);
    task.row = b->few, task.n = out->rows;
    if (!bad) bad = temper_forecaster_begin(&b->part, &task);
    task.row = b->fewtrain, task.n = b->ntrain;
    if (!bad) bad = temper_forecaster_begin(&b->trained, &task);
    if (bad) return bad;
    b->sum = temper_alloc((size_t)most, (size_t)b->whole.width * sizeof *b->sum);
    b->views = temper_alloc((size_t)most, (size_t)b->whole.width * sizeof *b->views);
    return b->sum && b->views ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status read_corruptions(const temper_stress_options *o, temper_stress_plan *plan) {
    int n = 0;
    while (temper_list_corruption[n]) n++;
    plan->every = !strcmp(o->corruptions, "all");
    plan->corruption = temper_alloc((size_t)n + 1, sizeof *plan->corruption);
    const char **names = temper_alloc((size_t)n + 1, sizeof *names);
    temper_status bad = plan->corruption && names ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int k = 0; k < n && !bad; k++) names[k] = temper_list_corruption[k]->about.name;
    if (!bad) bad = temper_stress_pick("corruptions", o->corruptions, names, n, plan->corruption);
    temper_release(names);
    return bad;
}

static temper_status read_plan(const temper_stress_options *o, temper_stress_plan *plan) {
    static const char *const attacks[2] = {"fgsm", "pgd"};
    temper_status bad =
        temper_stress_read("severities", o->severities, 1, TEMPER_SEVERITIES, &plan->severities);
    for (int k = 0; k < plan->severities.n && !bad; k++)
        if (plan->severities.x[k] != floor(plan->severities.x[k]))
            bad = temper_fail(TEMPER_BAD_OPTION, "stress: severities=%s: severities are whole numbers",
                              o->severities);
    if (!bad) bad = temper_stress_read("epsilon", o->epsilon, 0, 1, &plan->epsilon);
    if (!bad) bad = temper_stress_read("weight_noise", o->weight_noise, 0, 10, &plan->noise);
    if (!bad) bad = temper_stress_pick("attacks", o->attacks, attacks, 2, plan->attack);
    return bad ? bad : read_corruptions(o, plan);
}

temper_status temper_stress_check(const temper_settings *settings) {
    temper_stress_options options = temper_stress_options_of(settings);
    temper_stress_plan plan = {0};
    temper_status bad = read_plan(&options, &plan);
    temper_release(plan.corruption);
    return bad;
}

/* Room for every score there can be, and the work ahead in forward passes of one row. */
static temper_status begin_results(temper_stress_bench *b, const temper_stress_plan *plan) {
    temper_stress *out = b->out;
    int64_t corruptions = 0, V = out->members * out->samples;
    for (int k = 0; temper_list_corruption[k]; k++) corruptions += plan->corruption[k];
    int64_t curves = corruptions + 4;
    out->size = (TEMPER_STRESS_CLEAN + 3 + 3 * TEMPER_STRESS_FOREIGN +
                 curves * TEMPER_STRESS_POINTS * TEMPER_STRESS_MARKS) *
                out->members;
    out->room = temper_alloc((size_t)out->size, sizeof *out->room);
    out->curve = temper_alloc((size_t)curves, sizeof *out->curve);
    double attack = plan->attack[0] * 4.0 + plan->attack[1] * 31.0, tests = (double)out->tests;
    b->total = (double)V * (tests + (double)out->validations +
                            tests * (double)corruptions * plan->severities.n + (b->labels ? 4 * tests : 0) +
                            (out->members > 1 ? 2 : 1) * attack * plan->epsilon.n * (double)out->rows +
                            (double)(out->rows + b->ntrain) * plan->noise.n * (double)out->options.draws);
    return out->room && out->curve ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status name_all(temper_stress_bench *b, const char *run) {
    temper_stress *out = b->out;
    const char *from[] = {run, b->data->text, b->networks.file.model, b->recipe.dynamics, b->recipe.ensemble};
    char **to[] = {&out->run, &out->data, &out->model, &out->dynamics, &out->ensemble};
    for (int k = 0; k < 5; k++)
        if (!(*to[k] = temper_strdup(from[k] ? from[k] : ""))) return TEMPER_NO_MEMORY;
    return TEMPER_OK;
}

static temper_status open_run(temper_stress_bench *b, const char *run) {
    temper_stress *out = b->out;
    temper_status bad = temper_networks_open(&b->networks, run, "stress");
    if (!bad) bad = temper_settings_begin("train", &b->recipe);
    if (!bad) bad = temper_recipe_recall(run, "train", &b->recipe);
    if (bad) return bad;
    const temper_model_file *file = &b->networks.file;
    b->labels = temper_networks_labels(&b->networks);
    out->members = file->members, out->samples = file->samples, out->first = file->first;
    out->classes = b->labels ? file->io.outputs : 0, out->outputs = b->labels ? 0 : file->io.outputs;
    bad = read_data(b);
    if (!bad) bad = read_foreign(b);
    if (!bad) bad = name_all(b, run);
    if (!bad) bad = read_weights(b);
    if (!bad) bad = measure_range(b);
    return bad ? bad : begin_forecasts(b);
}

static void add_score(temper_sha256 *sha, const temper_stress *out, const temper_stress_score *s) {
    const double printed[] = {s->mean, s->ensemble};
    if (!s->value) return;
    temper_sha256_add(sha, s->value, (size_t)out->members * sizeof *s->value);
    temper_sha256_add(sha, printed, sizeof printed);
}

static void take_hash(temper_stress *out) {
    char hex[65];
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    for (int k = 0; k < out->scores; k++) add_score(&sha, out, &out->clean[k]);
    for (int c = 0; c < out->curves; c++)
        for (int p = 0; p < out->curve[c].points; p++)
            for (int m = 0; m < TEMPER_STRESS_MARKS; m++) add_score(&sha, out, &out->curve[c].score[p][m]);
    for (int f = 0; f < out->foreigns; f++)
        for (int k = 0; k < 3; k++) add_score(&sha, out, &out->foreign[f].score[k]);
    temper_sha256_end(&sha, hex);
    memcpy(out->hash, hex, 16);
    out->hash[16] = 0;
}

static temper_status all_chapters(temper_stress_bench *b, const temper_stress_plan *plan) {
    temper_status bad = begin_results(b, plan);
    if (!bad) bad = temper_stress_clean(b);
    if (!bad) bad = temper_stress_shift(b, plan);
    if (!bad) bad = temper_stress_attacks(b, plan);
    if (!bad) bad = temper_stress_shake(b, plan);
    return bad ? bad : temper_stress_aliens(b);
}

static void clear_bench(temper_stress_bench *b) {
    temper_forecaster_clear(&b->whole);
    temper_forecaster_clear(&b->part);
    temper_forecaster_clear(&b->trained);
    temper_release(b->theta);
    temper_release(b->statistics);
    temper_release(b->low);
    temper_release(b->range);
    temper_release(b->count);
    temper_release(b->few);
    temper_release(b->fewtrain);
    temper_release(b->sum);
    temper_release(b->inner);
    temper_release(b->views);
    temper_parts_clear(&b->parts);
    temper_dataset_free(b->data);
    temper_dataset_free(b->other);
    temper_settings_clear(&b->recipe);
    temper_networks_clear(&b->networks);
}

temper_status temper_stress_run(const char *run, const temper_stress_options *options, temper_desk *desk,
                                temper_stress *out) {
    temper_stress_bench b = {.out = out, .desk = desk, .phase = "opening"};
    temper_stress_plan plan = {0};
    double begun = temper_clock();
    *out = (temper_stress){.options = *options};
    out->corruption_error = out->corruption_rise = out->corruption_nll =
        (temper_stress_score){NULL, NAN, NAN, NAN, NAN, NAN, NULL, NAN, NAN};
    if (!desk->begun) desk->begun = begun;
    temper_status bad = read_plan(options, &plan);
    if (!bad) bad = open_run(&b, run);
    if (!bad) bad = all_chapters(&b, &plan);
    clear_bench(&b);
    temper_release(plan.corruption);
    if (bad) return bad;
    out->seconds = temper_clock() - begun;
    take_hash(out);
    temper_stress_judge(out);
    return out->notes.failed || out->verdict.failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

void temper_stress_clear(temper_stress *out) {
    temper_release(out->run);
    temper_release(out->data);
    temper_release(out->model);
    temper_release(out->dynamics);
    temper_release(out->ensemble);
    temper_release(out->curve);
    temper_release(out->room);
    temper_text_clear(&out->notes);
    temper_text_clear(&out->verdict);
    *out = (temper_stress){0};
}

const temper_stress_score *temper_stress_clean_named(const temper_stress *out, const char *name) {
    for (int k = 0; k < out->scores; k++)
        if (!strcmp(out->clean[k].name, name)) return &out->clean[k];
    return NULL;
}

const temper_stress_curve *temper_stress_curve_named(const temper_stress *out, const char *name) {
    for (int c = 0; c < out->curves; c++)
        if (!strcmp(out->curve[c].name, name)) return &out->curve[c];
    return NULL;
}
