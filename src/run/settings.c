/* Option tables of the verbs, and values from text. Unlike the options of things, a value here may contain
 * commas ("ising:dims=8x8,J=2"), so every option comes by a call of its own. */
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/settings.h"

/* Every option once, with the verbs that take it, in the order of the help pages. */
static const struct {
    const char *verbs;
    temper_option option;
} rows[] = {
    {"sample anneal",
     {"system", TEMPER_STRING, offsetof(temper_settings, system), NULL, 0, 0, NULL, "",
      "what has the energy: ising:dims=32x32,J=1 or graph:file=G1.txt"}},
    {"sample",
     {"temperature", TEMPER_STRING, offsetof(temper_settings, temperature), NULL, 0, INFINITY, NULL, "J/k_B",
      "values a,b,c and ranges from:to:count, inf is legal"}},
    {"sample anneal",
     {"sampler", TEMPER_STRING, offsetof(temper_settings, sampler), "metropolis", 0, 0, NULL, "",
      "what moves it; moves are joined by '+'"}},
    {"anneal",
     {"ensemble", TEMPER_STRING, offsetof(temper_settings, ensemble), "anneal", 0, 0, NULL, "",
      "the schedule: anneal, exchange or population"}},
    {"anneal",
     {"temperature", TEMPER_STRING, offsetof(temper_settings, temperature), "", 0, INFINITY, NULL, "J/k_B",
      "what the ensemble takes: the ends of a schedule, the rungs of a ladder"}},
    {"anneal",
     {"reads", TEMPER_INT, offsetof(temper_settings, reads), "100", 1, 1e6, NULL, "",
      "independent repetitions"}},
    {"sample",
     {"sweeps", TEMPER_INT, offsetof(temper_settings, sweeps), "10000", 1, 1e15, NULL, "sweeps",
      "recorded part of every chain"}},
    {"sample",
     {"burn", TEMPER_STRING, offsetof(temper_settings, burn), "auto", 0, 1e15, NULL, "sweeps",
      "sweeps thrown away before; auto: a fifth of --sweeps, after the ladder has adapted"}},
    {"sample",
     {"chains", TEMPER_INT, offsetof(temper_settings, chains), "4", 1, 1e6, NULL, "",
      "independent chains at every temperature"}},
    {"sample",
     {"every", TEMPER_INT, offsetof(temper_settings, every), "1", 1, 1e12, NULL, "sweeps",
      "sweeps between two measurements"}},
    {"sample anneal",
     {"start", TEMPER_STRING, offsetof(temper_settings, start), "random", 0, 0, NULL, "",
      "first configuration: random, ordered, ordered:k"}},
    {"sample",
     {"observe", TEMPER_STRING, offsetof(temper_settings, observe), "auto", 0, 0, NULL, "",
      "observables a,b,c; auto: what suits the system"}},
    {"sample",
     {"ensemble", TEMPER_STRING, offsetof(temper_settings, ensemble), "", 0, 0, NULL, "",
      "exchange: the temperatures become one ladder that trades places"}},
    {"sample",
     {"theory", TEMPER_FLAG, offsetof(temper_settings, compare), "no", 0, 0, NULL, "",
      "print the exact value and the z-score beside each number"}},
    {"sample",
     {"free_energy", TEMPER_FLAG, offsetof(temper_settings, free_energy), "no", 0, 0, NULL, "",
      "free energy and entropy in three ways, on a ladder up to T = infinity"}},
    {"sample",
     {"reweight", TEMPER_STRING, offsetof(temper_settings, reweight), "", 0, INFINITY, NULL, "J/k_B",
      "temperatures to reweight the measurements to, written like --temperature"}},
    {"sample",
     {"plot", TEMPER_FLAG, offsetof(temper_settings, plot), "no", 0, 0, NULL, "",
      "draw the first observables over temperature, in the terminal"}},
    {"sample",
     {"strict", TEMPER_FLAG, offsetof(temper_settings, strict), "no", 0, 0, NULL, "",
      "fail (exit 4) when |z| > 4.5 against exact theory, R-hat > 1.05 or ESS < 100"}},
    {"anneal",
     {"configuration", TEMPER_STRING, offsetof(temper_settings, configuration), "", 0, 0, NULL, "",
      "file for the best configuration (with --out: best.txt there)"}},
    {"theory",
     {"theory", TEMPER_STRING, offsetof(temper_settings, theory), NULL, 0, 0, NULL, "",
      "which theory: ising2d:dims=32x32, sk, hopfield:alpha=0.05"}},
    {"theory",
     {"temperature", TEMPER_STRING, offsetof(temper_settings, temperature), "0.5:4:8", 0, INFINITY, NULL,
      "J/k_B", "values a,b,c and ranges from:to:count, inf is legal"}},
    {"theory",
     {"states", TEMPER_FLAG, offsetof(temper_settings, states), "no", 0, 0, NULL, "",
      "of density:dims=…: the density of states g(E) itself, in whole numbers"}},
    {"resume",
     {"run", TEMPER_STRING, offsetof(temper_settings, out), NULL, 0, 0, NULL, "",
      "the run directory to go on with"}},
    {"sample anneal",
     {"seed", TEMPER_INT, offsetof(temper_settings, seed), "1", 0, 9e18, NULL, "",
      "the same seed gives the same bits"}},
    {"sample anneal resume",
     {"threads", TEMPER_INT, offsetof(temper_settings, threads), "0", 0, 256, NULL, "",
      "worker threads; 0: all there are; never changes a result"}},
    {"sample anneal resume",
     {"cpu", TEMPER_STRING, offsetof(temper_settings, cpu), "auto", 0, 0, NULL, "",
      "auto, ref, avx2 or avx512; never changes a result"}},
    {"sample anneal",
     {"out", TEMPER_STRING, offsetof(temper_settings, out), "", 0, 0, NULL, "",
      "run directory: recipe, provenance, checkpoints, results"}},
    {"sample anneal",
     {"force", TEMPER_FLAG, offsetof(temper_settings, force), "no", 0, 0, NULL, "",
      "replace the run that is in the directory"}},
    {"sample anneal",
     {"checkpoint", TEMPER_REAL, offsetof(temper_settings, checkpoint), "60", 0.01, 1e9, NULL, "seconds",
      "time between two checkpoints"}},
};

enum { VERBS = 4, OPTIONS_MOST = 32 };
static const char *const verbs[VERBS] = {"sample", "anneal", "theory", "resume"};
static temper_option tables[VERBS][OPTIONS_MOST]; /* the rows of each verb, and a zero entry; filled once */

static void fill_tables(void) {
    for (int v = 0; v < VERBS; v++) {
        int n = 0;
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            if (strstr(rows[k].verbs, verbs[v]) && n < OPTIONS_MOST - 1) tables[v][n++] = rows[k].option;
    }
}

const temper_option *temper_settings_table(const char *verb) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_tables);
    for (int v = 0; v < VERBS; v++)
        if (!strcmp(verb, verbs[v])) return tables[v];
    return NULL;
}

bool temper_settings_decides(const temper_option *option) {
    static const char *const free_to_change[] = {"threads",    "cpu",           "out",     "force",
                                                 "checkpoint", "configuration", "reweight"};
    for (size_t k = 0; k < sizeof free_to_change / sizeof *free_to_change; k++)
        if (!strcmp(option->name, free_to_change[k])) return false;
    return true;
}

static temper_status refuse(const char *verb, const temper_option *o, const char *value) {
    static const char *const wants[] = {"a whole number", "a number", "yes or no"};
    return temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.200s is not %s", verb, o->name, value, wants[o->kind]);
}

static temper_status out_of_range(const char *verb, const temper_option *o, const char *value) {
    return temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.200s is not in the legal range %.9g … %.9g", verb,
                       o->name, value, o->low, o->high);
}

static bool read_flag(const char *value, bool *flag) {
    static const char *const words[] = {"no", "false", "0", "off", "yes", "true", "1", "on"};
    for (int k = 0; k < 8; k++)
        if (!strcmp(words[k], value)) return *flag = k >= 4, true;
    return false;
}

temper_status temper_settings_replace(char **place, const char *text) {
    char *copy = temper_strdup(text);
    if (!copy) return TEMPER_NO_MEMORY;
    temper_release(*place);
    *place = copy;
    return TEMPER_OK;
}

static temper_status assign(const char *verb, const temper_option *o, temper_settings *settings,
                            const char *value) {
    void *place = (char *)settings + o->offset;
    size_t length = strlen(value);
    int64_t whole;
    double x;
    switch (o->kind) {
    case TEMPER_INT:
        if (!temper_read_int(value, length, &whole)) return refuse(verb, o, value);
        if ((double)whole < o->low || (double)whole > o->high) return out_of_range(verb, o, value);
        *(int64_t *)place = whole;
        return TEMPER_OK;
    case TEMPER_REAL:
        if (!temper_read_real(value, length, &x)) return refuse(verb, o, value);
        if (x < o->low || x > o->high) return out_of_range(verb, o, value);
        *(double *)place = x;
        return TEMPER_OK;
    case TEMPER_FLAG: return read_flag(value, place) ? TEMPER_OK : refuse(verb, o, value);
    default: return temper_settings_replace(place, value);
    }
}

temper_status temper_settings_begin(const char *verb, temper_settings *settings) {
    *settings = (temper_settings){0};
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        temper_status bad = o->preset ? assign(verb, o, settings, o->preset) : TEMPER_OK;
        if (bad) return bad;
    }
    return TEMPER_OK;
}

void temper_settings_clear(temper_settings *settings) {
    char *texts[] = {settings->system,        settings->sampler, settings->ensemble, settings->temperature,
                     settings->burn,          settings->start,   settings->observe,  settings->theory,
                     settings->configuration, settings->out,     settings->cpu,      settings->reweight};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) temper_release(texts[k]);
    *settings = (temper_settings){0};
}

temper_status temper_settings_set(const char *verb, temper_settings *settings, const char *name,
                                  const char *value) {
    enum { MOST = 32 };
    const char *names[MOST];
    int n = 0;
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        if (!strcmp(o->name, name)) return assign(verb, o, settings, value);
        if (n < MOST) names[n++] = o->name;
    }
    const char *near = temper_nearest(name, names, n);
    return temper_fail(TEMPER_BAD_OPTION, "%s: there is no option '%.60s'%s%s%s", verb, name,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

temper_status temper_settings_complete(const char *verb, const temper_settings *settings) {
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        const char *text =
            o->kind == TEMPER_STRING ? *(char *const *)((const char *)settings + o->offset) : "-";
        if (!o->preset && (!text || !*text))
            return temper_fail(TEMPER_BAD_OPTION, "%s: needs the option %s (%s)", verb, o->name, o->doc);
    }
    return TEMPER_OK;
}

temper_status temper_settings_text(const temper_option *o, const temper_settings *settings, char **out) {
    const void *place = (const char *)settings + o->offset;
    temper_text text = {0};
    *out = NULL;
    switch (o->kind) {
    case TEMPER_INT: temper_text_add(&text, "%lld", (long long)*(const int64_t *)place); break;
    case TEMPER_REAL: temper_text_real(&text, *(const double *)place); break;
    case TEMPER_FLAG: temper_text_add(&text, "%s", *(const bool *)place ? "yes" : "no"); break;
    default:
        if (!*(char *const *)place) return TEMPER_OK;
        temper_text_add(&text, "%s", *(char *const *)place);
    }
    *out = temper_text_take(&text);
    return *out ? TEMPER_OK : TEMPER_NO_MEMORY;
}
