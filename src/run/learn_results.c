/* What a learn job found: as JSON, as a table, and as files of its directory. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "run/report.h"
#include "run/teaching.h"
#include "temper/weights.h"
#include "temper/couplings.h"

static void moment_json(const temper_lesson_moment *m, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_int(json, "update", m->update);
    temper_json_real(json, "rate", m->rate);
    temper_json_real(json, "pseudo_likelihood", m->pseudo[0]);
    temper_json_real(json, "reconstruction", m->reconstruction[0]);
    temper_json_real(json, "free_energy_gap", m->weight[0] - m->weight[1]);
    temper_json_real(json, "log_z", m->log_z);
    temper_json_real(json, "log_z_error", m->log_z_error);
    temper_json_real(json, "log_z_reverse", m->reverse);
    temper_json_real(json, "log_likelihood", m->likelihood[0]);
    temper_json_real(json, "log_likelihood_validation", m->likelihood[1]);
    temper_json_real(json, "overlap", m->overlap);
    temper_json_real(json, "swap_rate", m->swap_rate);
    temper_json_real(json, "pearson", m->pearson);
    temper_json_real(json, "coupling_rms", m->size);
    temper_json_close(json, '}');
}

static void hash_weights(temper_teaching *t) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, t->machine->theta, (size_t)t->machine->parameters * sizeof(float));
    temper_sha256_end(&sha, t->hash);
}

/* What the training rows weigh together: of an alignment, where near copies share their weight, the number of sequences that tell something new. */
static double effective_rows(const temper_teaching *t) {
    const temper_table_rows *rows = &t->data.part[TEMPER_TRAIN];
    double sum = 0;
    for (int64_t i = 0; i < rows->n; i++) sum += rows->weight ? rows->weight[i] : 1;
    return sum;
}

static void print_head(const temper_teaching *t, temper_text *text) {
    const temper_settings *s = t->settings;
    temper_text_add(text, "%s\n%s, %lld rows", s->system, s->data, (long long)t->data.part[TEMPER_TRAIN].n);
    if (t->data.part[TEMPER_TRAIN].weight)
        temper_text_add(text, " that weigh as much as %.6g", effective_rows(t));
    for (int p = TEMPER_VALIDATION; p < TEMPER_PARTS; p++)
        if (t->data.part[p].n)
            temper_text_add(text, ", %lld to %s", (long long)t->data.part[p].n,
                            p == TEMPER_TEST ? "test" : "validate");
    temper_text_add(text, "\n%s, %lld updates in %.1f s, %lld weights\n", s->method,
                    (long long)t->lesson->clock, t->seconds, (long long)t->machine->parameters);
    if (!strcmp(s->keep, "best"))
        temper_text_add(text, "kept are the weights of update %lld, the best on the validation rows\n",
                        (long long)t->moment[t->best_moment].update);
    if (t->data.told) temper_text_add(text, "# %s\n", t->data.told);
}

static void print_curve(const temper_teaching *t, temper_text *text) {
    static const char *const head[] = {"update",   "pseudo-LL", "reconstr", "LL train",
                                       "LL valid", "FE gap",    "overlap",  "rms J"};
    temper_text_add(text, "\n");
    for (int k = 0; k < 8; k++) temper_text_add(text, "%12s", head[k]);
    temper_text_add(text, "\n");
    int64_t every = (t->seen + 9) / 10;
    for (int64_t k = 0; k < t->seen; k++) {
        const temper_lesson_moment *m = &t->moment[k];
        if (k % every && k + 1 < t->seen) continue;
        const double x[] = {m->pseudo[0],     m->reconstruction[0],        m->likelihood[0],
                            m->likelihood[1], m->weight[0] - m->weight[1], m->overlap,
                            m->size};
        temper_text_add(text, "%12lld", (long long)m->update);
        for (int c = 0; c < 7; c++)
            if (isnan(x[c]))
                temper_text_add(text, "%12s", "");
            else
                temper_text_add(text, "%12.5g", x[c]);
        temper_text_add(text, "\n");
    }
    temper_text_add(text, "\n");
    if (t->seen && !isnan(t->moment[t->seen - 1].pearson))
        temper_text_add(text, "Pearson of the C_ij of the chains with those of the rows %.4f\n",
                        t->moment[t->seen - 1].pearson);
}

/* The perceptron's rule does; chains that learn labels as probabilities do not. */
static bool counts_mistakes(const temper_teaching *t) {
    return t->machine->type->labelled && t->method->type->solve;
}

static void warn(const temper_teaching *t, temper_text *text) {
    const temper_lesson_moment *m = &t->moment[t->seen - 1];
    double best = -INFINITY;
    if (!isnan(m->overlap) && m->overlap > 0.9 && t->lesson->models && t->seen > 2 &&
        !t->method->type->paired)
        temper_text_add(
            text,
            "! the chains hardly moved since the last look (overlap %.2f): they do not forget where "
            "they are; pt or ptt would help\n",
            m->overlap);
    if (m->weight[0] - m->weight[1] > 10)
        temper_text_add(
            text, "! training rows are favoured over validation rows by %.1f nats: the machine overfits\n",
            m->weight[0] - m->weight[1]);
    for (int64_t k = 0; k < t->seen; k++) best = fmax(best, t->moment[k].likelihood[0]);
    if (m->likelihood[0] < best - 1 && !t->method->type->solve)
        temper_text_add(
            text,
            "! the training rows were %.4g nats likelier on the way: a smaller --rate, or a falling --schedule, "
            "would help\n",
            best - m->likelihood[0]);
    if (counts_mistakes(t))
        temper_text_add(text,
                        t->lesson->done ? "an epoch without a mistake; %lld mistakes before\n"
                                        : "! mistakes to the end: %lld; rows that no hyperplane separates?\n",
                        (long long)t->lesson->mistakes);
}

/* A memory that a rule has filled is asked what it recalls: only a cheap ln Z is worth its time. */
static bool is_memory(const temper_teaching *t) {
    const temper_machine_type *type = t->machine->type;
    return t->method->type->solve &&
           (!strcmp(type->about.name, "hopfield") || !strcmp(type->about.name, "memory")) &&
           !(type->enumerable(t->machine->self) <= TEMPER_EXACT_BITS);
}

static temper_status judge(temper_teaching *t) {
    temper_rows_view rows[TEMPER_PARTS];
    if (t->machine->type->labelled || !t->machine->type->sweep || is_memory(t)) {
        t->judgement = (temper_judgement){.method = "none", .z.log_z = NAN, .z.error = NAN};
        if (is_memory(t))
            t->judgement.why = "how much of its rows it recalls: temper measure RUN --what retrieval";
        return TEMPER_OK;
    }
    for (int p = 0; p < TEMPER_PARTS; p++) rows[p] = temper_table_view(&t->data.part[p]);
    temper_evidence_plan plan = {.betas = t->settings->betas,
                                 .runs = t->settings->runs,
                                 .stream = {(uint64_t)t->settings->seed, 122},
                                 .rows = &rows[TEMPER_TRAIN],
                                 .stop = t->desk->watch ? t->desk->watch->stop : NULL};
    return temper_judge(t->machine, rows, &plan, &t->judgement);
}

temper_status temper_teaching_report(temper_teaching *t, temper_report **report) {
    const temper_settings *s = t->settings;
    temper_json json = {0};
    temper_text text = {0};
    temper_status bad = judge(t);
    if (bad) return bad;
    hash_weights(t);
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.learn/1");
    temper_json_string(&json, "system", s->system);
    temper_json_string(&json, "data", s->data);
    temper_json_string(&json, "method", s->method);
    temper_json_int(&json, "updates", t->lesson->clock);
    if (!strcmp(s->keep, "best")) temper_json_int(&json, "kept", t->moment[t->best_moment].update);
    temper_json_int(&json, "parameters", t->machine->parameters);
    temper_json_int(&json, "rows", t->data.part[TEMPER_TRAIN].n);
    if (t->data.part[TEMPER_TRAIN].weight) temper_json_real(&json, "effective_rows", effective_rows(t));
    temper_judgement_json(&t->judgement, &json);
    if (counts_mistakes(t)) {
        temper_json_int(&json, "mistakes", t->lesson->mistakes);
        temper_json_bool(&json, "separated", t->lesson->done);
    }
    temper_json_open(&json, "curve", '[');
    for (int64_t k = 0; k < t->seen; k++) moment_json(&t->moment[k], &json);
    temper_json_close(&json, ']');
    temper_json_string(&json, "hash", t->hash);
    temper_json_close(&json, '}');
    print_head(t, &text);
    print_curve(t, &text);
    temper_judgement_text(&t->judgement, &text);
    warn(t, &text);
    temper_text_add(&text, "hash %.16s\n", t->hash);
    return temper_report_make(report, &json, &text);
}

static temper_status write_curve(const temper_teaching *t) {
    temper_text text = {0};
    temper_text_add(
        &text,
        "update,rate,pseudo_likelihood,pseudo_likelihood_validation,reconstruction,log_weight,"
        "log_weight_validation,log_z,log_z_error,log_z_reverse,overlap,swap_rate,pearson,coupling_rms\n");
    for (int64_t k = 0; k < t->seen; k++) {
        const temper_lesson_moment *m = &t->moment[k];
        const double x[] = {m->rate,      m->pseudo[0], m->pseudo[1],   m->reconstruction[0], m->weight[0],
                            m->weight[1], m->log_z,     m->log_z_error, m->reverse,           m->overlap,
                            m->swap_rate, m->pearson,   m->size};
        temper_text_add(&text, "%lld", (long long)m->update);
        for (size_t c = 0; c < sizeof x / sizeof *x; c++) {
            temper_text_bytes(&text, ",", 1);
            if (!isnan(x[c])) temper_text_real(&text, x[c]);
        }
        temper_text_bytes(&text, "\n", 1);
    }
    char *whole = temper_text_take(&text);
    temper_status bad = whole ? temper_desk_write(t->desk, "curves.csv", whole) : TEMPER_NO_MEMORY;
    temper_release(whole);
    return bad;
}

static bool has_pairs(const temper_machine *machine) {
    temper_machine_array J;
    return temper_machine_find(machine, "J", &J);
}

temper_status temper_teaching_write(const temper_teaching *t) {
    static const char *const names[] = {"model.safetensors", "model.npz"};
    temper_status bad = write_curve(t);
    for (int k = 0; k < 2 && !bad; k++) {
        char *path = temper_desk_path(t->desk, names[k]);
        bad = path ? temper_machine_write(t->machine, path) : TEMPER_NO_MEMORY;
        temper_release(path);
    }
    if (bad || strcmp(t->machine->type->about.name, "maxent") || !has_pairs(t->machine)) return bad;
    char *path = temper_desk_path(t->desk, "params.dat");
    bad = path ? temper_params_write(t->machine, NULL, path) : TEMPER_NO_MEMORY;
    temper_release(path);
    return bad;
}
