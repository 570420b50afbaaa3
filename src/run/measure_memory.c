/* What a memory gives back from spoilt cues, and how much memories of its kind hold. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/measure.h"
#include "run/temperatures.h"
#include "temper/memories.h"

static bool is_memory(const temper_measurement *m) {
    const char *name = m->learned.machine->type->about.name;
    return !strcmp(name, "hopfield") || !strcmp(name, "memory");
}

static temper_status wants_memory(const temper_measurement *m) {
    if (is_memory(m)) return temper_learned_wants(&m->learned, m->s->what, "measure");
    return temper_fail(TEMPER_CANNOT,
                       "measure: what=%s asks a memory, and %s is none; legal: hopfield, memory", m->s->what,
                       m->learned.machine->type->about.name);
}

temper_status temper_measure_retrieval(temper_measurement *m) {
    temper_status bad = wants_memory(m);
    if (bad) return bad;
    const temper_rows_view *rows = &m->rows[TEMPER_TRAIN];
    const int64_t n = m->s->rows > 0 && m->s->rows < rows->n ? m->s->rows : rows->n, V = rows->columns;
    const temper_memory memory = {m->learned.machine, rows->n, V, (float *)rows->X};
    const temper_stream stream = {(uint64_t)m->s->seed, 0};
    float *cue = temper_alloc(2 * (size_t)V, sizeof *cue);
    double sum = 0, squares = 0, sweeps = 0;
    int64_t exact = 0, right = 0;
    if (!cue) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < n && !bad; k++) {
        const temper_retrieval how = {.stream = {stream.seed, (uint32_t)k + 1}};
        temper_recall recall;
        temper_memory_corrupt(rows->X + k * V, V, m->s->noise, stream, k, cue);
        bad = temper_memory_retrieve(&memory, cue, &how, cue + V, &recall);
        if (bad) break;
        double overlap = 0, a = 0, b = 0;
        for (int64_t j = 0; j < V; j++) {
            double x = cue[V + j], y = rows->X[k * V + j];
            overlap += x * y, a += x * x, b += y * y;
        }
        overlap /= sqrt(a * b);
        sum += overlap, squares += overlap * overlap, sweeps += (double)recall.sweeps;
        right += recall.nearest == k, exact += recall.exact && recall.nearest == k;
    }
    temper_release(cue);
    if (bad) return bad;
    double mean = sum / (double)n,
           spread = n > 1 ? (squares - (double)n * mean * mean) / (double)(n - 1) : NAN;
    double error = spread > 0 ? sqrt(spread / (double)n) : n > 1 ? 0 : NAN;
    temper_json_real(&m->json, "noise", m->s->noise);
    temper_json_int(&m->json, "patterns", rows->n);
    temper_json_open(&m->json, "overlap", '{');
    temper_json_real(&m->json, "mean", mean);
    temper_json_real(&m->json, "error", error);
    temper_json_close(&m->json, '}');
    temper_json_real(&m->json, "recalled", (double)right / (double)n);
    temper_json_real(&m->json, "exactly", (double)exact / (double)n);
    temper_json_real(&m->json, "sweeps", sweeps / (double)n);
    temper_text_add(&m->text, "%lld patterns of %lld units stored; cues with %.4g %% of the units wrong\n",
                    (long long)rows->n, (long long)V, 100 * m->s->noise);
    temper_text_add(&m->text, "overlap with the pattern at the end  %.5f ± %.5f\n", mean, error);
    temper_text_add(
        &m->text,
        "%lld of %lld end nearest to their pattern, %lld in it to the last unit; %.1f sweeps on average\n",
        (long long)right, (long long)n, (long long)exact, sweeps / (double)n);
    return TEMPER_OK;
}

/* "energy=polynomial" in the text of a machine: the word behind `key`, as long as `room` allows. */
static void option_of(const char *text, const char *key, char *word, size_t room) {
    const char *at = strstr(text, key);
    size_t length = at ? strcspn(at + strlen(key), ",") : 0;
    snprintf(word, room, "%.*s", (int)length, at ? at + strlen(key) : "");
}

/* The rule of temper/memories.h by which this machine was taught. */
static void rule_of(const temper_measurement *m, char *rule, size_t room) {
    char energy[32], number[32];
    const char *text = m->learned.machine->text;
    if (!strcmp(m->learned.machine->type->about.name, "hopfield")) {
        snprintf(rule, room, "%s", m->learned.recipe.method);
        return;
    }
    option_of(text, "energy=", energy, sizeof energy);
    option_of(text, !strcmp(energy, "polynomial") ? "degree=" : "sharpness=", number, sizeof number);
    if (!strcmp(energy, "exponential"))
        snprintf(rule, room, "exponential");
    else
        snprintf(rule, room, "%s:%s=%s", energy, !strcmp(energy, "polynomial") ? "degree" : "sharpness",
                 number);
}

static void score_json(const temper_memory_score *x, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_real(json, "load", x->load);
    temper_json_int(json, "patterns", x->patterns);
    temper_json_open(json, "overlap", '{');
    temper_json_real(json, "mean", x->mean);
    temper_json_real(json, "error", x->error);
    temper_json_real(json, "median", x->median);
    temper_json_real(json, "theory", x->theory);
    temper_json_close(json, '}');
    temper_json_real(json, "recalled", x->recalled);
    temper_json_real(json, "one_step", x->one_step);
    temper_json_real(json, "one_step_error", x->one_step_error);
    temper_json_real(json, "one_step_theory", x->one_step_theory);
    temper_json_close(json, '}');
}

/* Random patterns, as many units as the machine has: what memories taught by this rule hold, beside theory where there is one. */
temper_status temper_measure_capacity(temper_measurement *m) {
    char rule[96];
    double *loads;
    int n;
    temper_status bad = wants_memory(m);
    if (!bad) bad = temper_temperatures_read("measure: loads", m->s->loads, &loads, &n);
    if (bad) return bad;
    rule_of(m, rule, sizeof rule);
    const int64_t N = m->learned.machine->io.columns;
    const temper_memory_plan plan = {.rule = rule, .n = N, .stream = {(uint64_t)m->s->seed, 0}};
    temper_json_string(&m->json, "rule", rule);
    temper_json_open(&m->json, "curve", '[');
    temper_text_add(&m->text, "random patterns, %s, %lld units, start at the pattern\n\n", rule,
                    (long long)N);
    temper_text_add(&m->text, "%8s%10s%22s%10s%10s%12s\n", "load", "patterns", "overlap", "median", "theory",
                    "recalled");
    for (int k = 0; k < n && !bad; k++) {
        temper_memory_score x;
        int64_t patterns = (int64_t)(loads[k] * (double)N + 0.5);
        if (temper_desk_stopped(m->desk))
            bad = temper_fail(TEMPER_STOPPED, "stopped after %d of %d loads", k, n);
        if (!bad) bad = temper_memory_test(&plan, patterns < 1 ? 1 : patterns, &x);
        if (bad) break;
        score_json(&x, &m->json);
        temper_text_add(&m->text, "%8.4g%10lld%12.5f ± %7.5f%10.5f", x.load, (long long)x.patterns, x.mean,
                        x.error, x.median);
        if (isnan(x.theory))
            temper_text_add(&m->text, "%10s", "");
        else
            temper_text_add(&m->text, "%10.5f", x.theory);
        temper_text_add(&m->text, "%11.1f%%\n", 100 * x.recalled);
    }
    temper_json_close(&m->json, ']');
    temper_release(loads);
    return bad;
}

/* Basins of attraction: as many random patterns as the machine holds rows, and cues with more and more of their units wrong. */
temper_status temper_measure_basins(temper_measurement *m) {
    enum { CUES = 11 };
    char rule[96];
    temper_status bad = wants_memory(m);
    if (bad) return bad;
    rule_of(m, rule, sizeof rule);
    const int64_t N = m->learned.machine->io.columns, P = m->rows[TEMPER_TRAIN].n;
    temper_json_string(&m->json, "rule", rule);
    temper_json_int(&m->json, "patterns", P);
    temper_json_open(&m->json, "curve", '[');
    temper_text_add(&m->text, "%lld random patterns, %s, %lld units\n\n%12s%22s%10s%12s\n", (long long)P,
                    rule, (long long)N, "wrong units", "overlap", "median", "recalled");
    for (int k = 0; k < CUES && !bad; k++) {
        const temper_memory_plan plan = {
            .rule = rule, .n = N, .flipped = 0.05 * k, .stream = {(uint64_t)m->s->seed, 0}};
        temper_memory_score x;
        if (temper_desk_stopped(m->desk))
            bad = temper_fail(TEMPER_STOPPED, "stopped after %d of %d cues", k, CUES);
        if (!bad) bad = temper_memory_test(&plan, P, &x);
        if (bad) break;
        temper_json_open(&m->json, NULL, '{');
        temper_json_real(&m->json, "flipped", plan.flipped);
        temper_json_real(&m->json, "overlap", x.mean);
        temper_json_real(&m->json, "error", x.error);
        temper_json_real(&m->json, "median", x.median);
        temper_json_real(&m->json, "recalled", x.recalled);
        temper_json_close(&m->json, '}');
        temper_text_add(&m->text, "%11.0f%%%12.5f ± %7.5f%10.5f%11.1f%%\n", 100 * plan.flipped, x.mean,
                        x.error, x.median, 100 * x.recalled);
    }
    temper_json_close(&m->json, ']');
    return bad;
}
