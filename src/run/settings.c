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
static const temper_settings_row rows[] = {
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
    {"resume report",
     {"run", TEMPER_STRING, offsetof(temper_settings, out), NULL, 0, 0, NULL, "", "the run directory"}},
    {"train",
     {"data", TEMPER_STRING, offsetof(temper_settings, data), NULL, 0, 0, NULL, "",
      "what to learn from: digits, csv:file=wine.csv, idx:…"}},
    {"train",
     {"model", TEMPER_STRING, offsetof(temper_settings, model), NULL, 0, 0, NULL, "",
      "the network: mlp:100, lenet5, resnet20, transformer:…, graph:…"}},
    {"train",
     {"dynamics", TEMPER_STRING, offsetof(temper_settings, dynamics), "sgd", 0, 0, NULL, "",
      "what moves the weights: sgd:rate=0.05,momentum=0.9, adam, langevin, …"}},
    {"train",
     {"epochs", TEMPER_INT, offsetof(temper_settings, epochs), "200", 1, 1e9, NULL, "epochs",
      "gradients, in passes over the training rows: sam, with two a step, makes half as many steps"}},
    {"train",
     {"steps", TEMPER_INT, offsetof(temper_settings, steps), "0", 0, 1e12, NULL, "steps",
      "minibatches instead of epochs; 0: --epochs decides"}},
    {"train",
     {"batch", TEMPER_INT, offsetof(temper_settings, batch), "64", 1, 1e9, NULL, "rows",
      "rows of a minibatch"}},
    {"train",
     {"schedule", TEMPER_STRING, offsetof(temper_settings, schedule), "auto", 0, 0, NULL, "",
      "learning rate over the run: constant, cosine, …; auto: cosine at T = 0, else constant"}},
    {"train",
     {"temperature", TEMPER_STRING, offsetof(temper_settings, temperature), "auto", 0, INFINITY, NULL, "",
      "T of exp(-U/T); 1 is Bayes, 0 plain optimisation; auto: 1 if the dynamics has a temperature"}},
    {"train",
     {"cooling", TEMPER_STRING, offsetof(temper_settings, cooling), "constant", 0, 0, NULL, "",
      "temperature over the run: a schedule that multiplies --temperature"}},
    {"train",
     {"seeds", TEMPER_INT, offsetof(temper_settings, seeds), "1", 1, 1e5, NULL, "",
      "members of the ensemble, trained independently; member r draws from the stream {seed, r}"}},
    {"train",
     {"first", TEMPER_INT, offsetof(temper_settings, first), "0", 0, 1e9, NULL, "",
      "number of the first member, to train members elsewhere to the same bits"}},
    {"train",
     {"ensemble", TEMPER_STRING, offsetof(temper_settings, ensemble), "seeds", 0, 0, NULL, "",
      "how members are joined; seeds: independent, forecasts averaged"}},
    {"train",
     {"monitor", TEMPER_STRING, offsetof(temper_settings, monitor), "", 0, 0, NULL, "",
      "looked at on the way, on up to 512 training rows: sensitivity (mean |dloss/dx|), curvature (top eigenvalue, trace), fdr; joined by ','"}},
    {"train",
     {"vary", TEMPER_STRING, offsetof(temper_settings, vary), "all", 0, 0, NULL, "",
      "what differs between seeds, of init,order,dropout,augment,noise; or all, none"}},
    {"train",
     {"prior", TEMPER_STRING, offsetof(temper_settings, prior), "auto", 0, 0, NULL, "",
      "variance of the Gaussian prior of every weight, or none; auto: none at T = 0, else 0.3"}},
    {"train",
     {"loss", TEMPER_STRING, offsetof(temper_settings, loss), "auto", 0, 0, NULL, "",
      "cross_entropy or hinge of labels, squared or gaussian of numbers; auto: the first"}},
    {"train",
     {"smoothing", TEMPER_REAL, offsetof(temper_settings, smoothing), "0", 0, 0.999, NULL, "",
      "of labels: targets are (1 - s) one-hot + s/classes"}},
    {"train",
     {"confidence", TEMPER_REAL, offsetof(temper_settings, confidence), "0", 0, 10, NULL, "",
      "penalty on it: the loss less so many times the entropy of the forecast"}},
    {"train",
     {"label_noise", TEMPER_REAL, offsetof(temper_settings, label_noise), "0", 0, 1, NULL, "",
      "share of the training labels that are made wrong; the other rows keep theirs"}},
    {"train",
     {"validation", TEMPER_REAL, offsetof(temper_settings, validation), "0.1", 0, 0.9, NULL, "",
      "share of rows to make choices on"}},
    {"train",
     {"test", TEMPER_REAL, offsetof(temper_settings, test), "0.25", 0, 0.9, NULL, "",
      "share of rows looked at once, at the end, where the publisher holds none back"}},
    {"train",
     {"split_seed", TEMPER_INT, offsetof(temper_settings, split_seed), "0", 0, 9e18, NULL, "",
      "decides which rows are which"}},
    {"train",
     {"scaling", TEMPER_STRING, offsetof(temper_settings, scaling), "auto", 0, 0, NULL, "",
      "none, unit or standard, fitted on training rows; auto: unit for images, else standard"}},
    {"train",
     {"augment", TEMPER_STRING, offsetof(temper_settings, augment), "", 0, 0, NULL, "",
      "of training images: shift=2,mirror=yes,blur=0.1"}},
    {"train",
     {"init", TEMPER_STRING, offsetof(temper_settings, init), "auto", 0, 0, NULL, "",
      "first weights: auto, he, xavier, gaussian or orthogonal"}},
    {"train",
     {"scale", TEMPER_REAL, offsetof(temper_settings, scale), "1", 0, 1e6, NULL, "",
      "of the first weights: standard deviation of gaussian, else a factor"}},
    {"train",
     {"samples", TEMPER_INT, offsetof(temper_settings, samples), "0", 0, 1e5, NULL, "",
      "weights per member to average forecasts over; 0: 20 at T > 0, else the last ones alone"}},
    {"train",
     {"samples_from", TEMPER_REAL, offsetof(temper_settings, samples_from), "0.5", 0, 1, NULL, "",
      "share of the run before the first of several samples"}},
    {"predict",
     {"run", TEMPER_STRING, offsetof(temper_settings, run), NULL, 0, 0, NULL, "",
      "directory of a finished train run"}},
    {"predict",
     {"data", TEMPER_STRING, offsetof(temper_settings, data), NULL, 0, 0, NULL, "",
      "rows to forecast: a data set with the features that the network was trained on"}},
    {"predict",
     {"out", TEMPER_STRING, offsetof(temper_settings, out), "", 0, 0, NULL, "",
      "file for the forecasts, as CSV; without it they are printed"}},
    {"compare",
     {"run", TEMPER_STRING, offsetof(temper_settings, run), NULL, 0, 0, NULL, "",
      "directories of finished train runs, two or more; one a line, or joined by commas"}},
    {"compare",
     {"against", TEMPER_STRING, offsetof(temper_settings, against), "", 0, 0, NULL, "",
      "the run that the others are held against; the first, if nothing is said"}},
    {"compare",
     {"scores", TEMPER_STRING, offsetof(temper_settings, scores), "", 0, 0, NULL, "",
      "which to test, accuracy,nll,…: the fewer, the less is corrected for; all, if nothing is said"}},
    {"compare",
     {"any_model", TEMPER_FLAG, offsetof(temper_settings, any_model), "no", 0, 0, NULL, "",
      "compare runs of different models, too"}},
    {"study",
     {"file", TEMPER_STRING, offsetof(temper_settings, file), NULL, 0, 0, NULL, "",
      "TOML file with methods, data sets and a budget: docs/study.md"}},
    {"study",
     {"out", TEMPER_STRING, offsetof(temper_settings, out), "", 0, 0, NULL, "",
      "directory of the study, gone on with where it is there; without it NAME-study of NAME.toml, here"}},
    {"study",
     {"force", TEMPER_FLAG, offsetof(temper_settings, force), "no", 0, 0, NULL, "",
      "do every run again, finished or not"}},
    {"study",
     {"plan", TEMPER_FLAG, offsetof(temper_settings, plan), "no", 0, 0, NULL, "",
      "print the runs and their gradients, and stop"}},
    {"stress",
     {"run", TEMPER_STRING, offsetof(temper_settings, run), NULL, 0, 0, NULL, "",
      "directory of a finished train run"}},
    {"stress",
     {"corruptions", TEMPER_STRING, offsetof(temper_settings, corruptions), "all", 0, 0, NULL, "",
      "of the inputs: all, none, or names with commas; 'temper list corruptions' shows them"}},
    {"stress",
     {"severities", TEMPER_STRING, offsetof(temper_settings, severities), "1,2,3,4,5", 0, 0, NULL, "",
      "of the corruptions"}},
    {"stress",
     {"attacks", TEMPER_STRING, offsetof(temper_settings, attacks), "fgsm,pgd", 0, 0, NULL, "",
      "fgsm, pgd, or none"}},
    {"stress",
     {"epsilon", TEMPER_STRING, offsetof(temper_settings, epsilon), "0.01,0.02,0.05,0.1", 0, 1, NULL, "",
      "how far attacks move an input, in units of its range"}},
    {"stress",
     {"weight_noise", TEMPER_STRING, offsetof(temper_settings, weight_noise), "0.01,0.02,0.05,0.1,0.2", 0, 10,
      NULL, "", "deviations of the noise on weights, in units of each array's root mean square, or none"}},
    {"stress",
     {"draws", TEMPER_INT, offsetof(temper_settings, draws), "5", 1, 1e4, NULL, "",
      "of the noise on weights, to be averaged"}},
    {"stress",
     {"rows", TEMPER_INT, offsetof(temper_settings, rows), "1000", 0, 1e9, NULL, "rows",
      "test rows for attacks and weight noise, evenly chosen; 0: all"}},
    {"stress",
     {"ood", TEMPER_STRING, offsetof(temper_settings, ood), "", 0, 0, NULL, "",
      "a data set of foreign inputs, with as many features"}},
    {"stress",
     {"data", TEMPER_STRING, offsetof(temper_settings, data), "auto", 0, 0, NULL, "",
      "the data of the run, where it lies elsewhere now; auto: as in its recipe"}},
    {"stress",
     {"out", TEMPER_STRING, offsetof(temper_settings, out), "auto", 0, 0, NULL, "",
      "file for the results as JSON, with the page beside it; auto: robustness.json in the run; none: no file"}},
    {"sample anneal train stress learn draw measure landscape",
     {"seed", TEMPER_INT, offsetof(temper_settings, seed), "1", 0, 9e18, NULL, "",
      "the same seed gives the same bits"}},
    {"sample anneal train predict stress study learn draw measure landscape resume report",
     {"threads", TEMPER_INT, offsetof(temper_settings, threads), "0", 0, 256, NULL, "",
      "worker threads; 0: all there are; never changes a result"}},
    {"sample anneal train predict stress study learn draw measure landscape resume report",
     {"cpu", TEMPER_STRING, offsetof(temper_settings, cpu), "auto", 0, 0, NULL, "",
      "auto, ref, avx2, avx512, vnni or amx; never changes a result"}},
    {"sample anneal train learn landscape",
     {"out", TEMPER_STRING, offsetof(temper_settings, out), "", 0, 0, NULL, "",
      "run directory: recipe, provenance, checkpoints, results"}},
    {"sample anneal train learn measure landscape",
     {"force", TEMPER_FLAG, offsetof(temper_settings, force), "no", 0, 0, NULL, "",
      "replace the run that is in the directory"}},
    {"sample anneal train learn landscape",
     {"checkpoint", TEMPER_REAL, offsetof(temper_settings, checkpoint), "60", 0.01, 1e9, NULL, "seconds",
      "time between two checkpoints"}},
    {"train",
     {"tensorboard", TEMPER_STRING, offsetof(temper_settings, tensorboard), "", 0, 0, NULL, "",
      "directory for event files with the learning curves"}},
    {"train",
     {"plan", TEMPER_FLAG, offsetof(temper_settings, plan), "no", 0, 0, NULL, "",
      "print layers, sizes and memory, and stop"}},
    {"train",
     {"strict", TEMPER_FLAG, offsetof(temper_settings, strict), "no", 0, 0, NULL, "",
      "fail (exit 4) when a member has not learned or the thermometer is off by more than 20 %"}},
    {0}};

static const char *const verbs[] = {"sample",    "anneal", "train",  "predict", "stress",
                                    "compare",   "study",  "learn",  "draw",    "measure",
                                    "landscape", "report", "theory", "resume"};
static const temper_settings_row *const lists[] = {rows, temper_settings_of_machines,
                                                   temper_settings_of_landscapes};
enum { VERBS = sizeof verbs / sizeof *verbs, LISTS = sizeof lists / sizeof *lists, OPTIONS_MOST = 64 };
static temper_option tables[VERBS][OPTIONS_MOST]; /* the rows of each verb, and a zero entry; filled once */

static void fill_tables(void) {
    for (int v = 0; v < VERBS; v++) {
        int n = 0;
        for (int l = 0; l < LISTS; l++)
            for (const temper_settings_row *row = lists[l]; row->verbs; row++)
                if (strstr(row->verbs, verbs[v]) && n < OPTIONS_MOST - 1) tables[v][n++] = row->option;
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
    static const char *const free_to_change[] = {
        "threads", "cpu", "out", "force", "checkpoint", "configuration", "reweight", "tensorboard", "plan"};
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
    for (int l = 0; l < LISTS; l++)
        for (const temper_settings_row *row = lists[l]; row->verbs; row++) {
            char **text = (char **)(void *)((char *)settings + row->option.offset);
            if (row->option.kind != TEMPER_STRING) continue;
            temper_release(*text); /* several verbs may have one place */
            *text = NULL;
        }
    *settings = (temper_settings){0};
}

temper_status temper_settings_set(const char *verb, temper_settings *settings, const char *name,
                                  const char *value) {
    const char *names[OPTIONS_MOST];
    int n = 0;
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        if (!strcmp(o->name, name)) return assign(verb, o, settings, value);
        if (n < OPTIONS_MOST) names[n++] = o->name;
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
