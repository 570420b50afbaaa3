/* anneal: the lowest energy that many reads can find, how often it was found, and the configuration that has it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/campaign.h"
#include "run/configuration.h"
#include "run/finish.h"
#include "run/grid.h"
#include "run/present.h"
#include "run/report.h"
#include "run/temperatures.h"
#include "run/things.h"
#include "run/work.h"

typedef struct { /* all of an anneal job */
    temper_settings *settings;
    temper_desk *desk;
    temper_system *system;
    temper_sampler *sampler;
    temper_ensemble *ensemble;
    double *T;
    int temperatures;
    temper_best best;
    temper_campaign campaign;
    double energy; /* of the best configuration, by the naive sum */
    double score;  /* what users of such instances quote; NaN: nothing */
    const char *score_name;
    char *path;    /* of the file with the configuration, NULL: none */
    int levels;    /* distinct energies of the reads */
    double *level; /* [levels] ascending */
    int *hits;     /* [levels] */
    char hash[65];
} anneal;

static temper_status create(anneal *a) {
    temper_settings *settings = a->settings;
    temper_status bad =
        temper_temperatures_read("anneal: temperature", settings->temperature, &a->T, &a->temperatures);
    if (!bad) bad = temper_system_create(&a->system, settings->system);
    if (!bad) bad = temper_sampler_create(&a->sampler, settings->sampler);
    if (!bad) bad = temper_sampler_whole(a->sampler);
    if (!bad) bad = temper_sampler_suits(a->sampler, a->system);
    if (!bad) bad = temper_ensemble_create(&a->ensemble, settings->ensemble);
    if (!bad) bad = temper_settings_replace(&settings->system, a->system->text);
    if (!bad) bad = temper_settings_replace(&settings->sampler, a->sampler->text);
    if (!bad) bad = temper_settings_replace(&settings->ensemble, a->ensemble->text);
    return bad;
}

/* Where the best configuration goes; that it can go there is asked before the work. */
static temper_status choose_path(anneal *a) {
    const char *given = a->settings->configuration;
    if (!*given && !a->desk->folder) return TEMPER_OK;
    a->path = *given ? temper_strdup(given) : temper_desk_path(a->desk, "best.txt");
    return a->path ? temper_configuration_place(a->path) : TEMPER_NO_MEMORY;
}

static temper_status search(anneal *a) {
    const temper_settings *settings = a->settings;
    const char *inputs[] = {temper_thing_file(&a->system->type->about, a->system->self),
                            temper_thing_file(&a->ensemble->type->about, a->ensemble->self)};
    a->campaign = (temper_campaign){.file = "checkpoint",
                                    .system = a->system,
                                    .sampler = a->sampler,
                                    .ensemble = a->ensemble,
                                    .temperature = a->T,
                                    .temperatures = a->temperatures,
                                    .copies = (int)settings->reads,
                                    .seed = (uint64_t)settings->seed,
                                    .start = settings->start,
                                    .unit = "steps",
                                    .phase = a->ensemble->type->about.name,
                                    .every = 1,
                                    .best = &a->best};
    temper_status bad = temper_campaign_open(&a->campaign);
    if (!bad) bad = temper_desk_open(a->desk, settings, inputs, 2);
    if (!bad) bad = choose_path(a);
    return bad ? bad : temper_campaign_run(&a->campaign, a->desk);
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Energies that differ by rounding are one level. */
static temper_status count_levels(anneal *a) {
    int reads = a->best.reads;
    double *sorted = temper_alloc((size_t)reads, sizeof *sorted);
    a->level = temper_alloc((size_t)reads, sizeof *a->level);
    a->hits = temper_alloc((size_t)reads, sizeof *a->hits);
    if (sorted && a->level && a->hits) {
        memcpy(sorted, a->best.energy, (size_t)reads * sizeof *sorted);
        qsort(sorted, (size_t)reads, sizeof *sorted, rising);
        for (int r = 0; r < reads; r++) {
            bool same = a->levels && sorted[r] - a->level[a->levels - 1] <= 1e-9 * (1 + fabs(sorted[r]));
            if (!same) a->level[a->levels++] = sorted[r];
            a->hits[a->levels - 1]++;
        }
    }
    temper_release(sorted);
    return sorted && a->level && a->hits ? TEMPER_OK : TEMPER_NO_MEMORY;
}

/* The configuration goes to its file first; what is quoted is then computed from what the file says. */
static temper_status rescore(anneal *a) {
    temper_status bad = a->path ? temper_configuration_write(a->path, a->system, a->best.s) : TEMPER_OK;
    if (!bad && a->path) bad = temper_configuration_read(a->path, a->system, a->best.s);
    if (bad) return bad;
    a->energy = temper_system_energy(a->system, a->best.s);
    a->score = NAN;
    if (a->system->type->score) a->score = a->system->type->score(a->system->self, a->best.s, &a->score_name);
    if (!(fabs(a->energy - a->level[0]) <= 1e-6 * (1 + fabs(a->energy))))
        return temper_fail(TEMPER_CANNOT,
                           "anneal: the chain said %.17g, its configuration has the energy %.17g",
                           a->level[0], a->energy);
    return TEMPER_OK;
}

static void write_json(const anneal *a, const temper_table *table, temper_json *json) {
    const temper_settings *settings = a->settings;
    char name[64];
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.anneal/1");
    temper_json_string(json, "system", settings->system);
    temper_json_int(json, "sites", a->system->n);
    temper_json_string(json, "sampler", settings->sampler);
    temper_json_string(json, "ensemble", settings->ensemble);
    temper_json_int(json, "seed", settings->seed);
    temper_json_int(json, "reads", a->best.reads);
    temper_json_real(json, "best_energy", a->energy);
    if (a->score_name) {
        temper_text text = {0}; /* best_cut, best_qubo */
        temper_text_add(&text, "best_%s", a->score_name);
        memcpy(name, text.data ? text.data : "", text.length < 63 ? text.length + 1 : 0);
        temper_text_clear(&text);
        temper_json_real(json, name, a->score);
    }
    temper_json_int(json, "hits", a->hits[0]);
    temper_json_open(json, "energies", '[');
    for (int k = 0; k < a->levels; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "energy", a->level[k]);
        temper_json_int(json, "count", a->hits[k]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_string(json, "configuration", a->path);
    temper_present_table_json(json, "report", table);
    temper_json_string(json, "hash", a->hash);
    temper_json_close(json, '}');
}

static void write_text(const anneal *a, const temper_table *table, temper_text *text) {
    const temper_settings *settings = a->settings;
    temper_text_add(text, "# %s, %d sites\n# %s in %s, %d reads, seed %lld\n\n", settings->system,
                    a->system->n, settings->sampler, settings->ensemble, a->best.reads,
                    (long long)settings->seed);
    temper_text_add(text, "best energy  %.12g\n", a->energy);
    if (a->score_name) temper_text_add(text, "best %-7s %.12g\n", a->score_name, a->score);
    temper_text_add(text, "hits         %d of %d reads\n", a->hits[0], a->best.reads);
    if (a->path) temper_text_add(text, "written to   %s, read back and scored again\n", a->path);
    temper_text_add(text, "\n");
    temper_grid grid = {.columns = 2};
    temper_grid_add(&grid, "energy");
    temper_grid_add(&grid, "reads");
    for (int k = 0; k < a->levels && k < 12; k++) {
        temper_grid_add(&grid, "%.12g", a->level[k]);
        temper_grid_add(&grid, "%d", a->hits[k]);
    }
    temper_grid_print(&grid, "# ", text);
    if (a->levels > 12)
        temper_text_add(text, "  … %d more levels, up to %.12g\n", a->levels - 12, a->level[a->levels - 1]);
    temper_text_add(text, "\n");
    temper_present_table_text(text, table, 0);
    temper_text_add(text, "\n# hash %s\n", a->hash);
}

/* Columns that repeat what the levels say are left out. */
static void drop_best(temper_table *table) {
    for (int c = 0; c < table->columns; c++)
        if (!strcmp(table->column[c].name, "best_energy")) {
            temper_release(table->column[c].values);
            memmove(&table->column[c], &table->column[c + 1],
                    (size_t)(--table->columns - c) * sizeof *table->column);
        }
}

static temper_status make_report(anneal *a, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    temper_table table = {0};
    temper_status bad = a->ensemble->type->report(a->ensemble->self, &a->campaign.team, &table);
    if (!bad) {
        drop_best(&table);
        write_json(a, &table, &json);
        write_text(a, &table, &text);
        bad = temper_report_make(report, &json, &text);
    }
    temper_table_clear(&table);
    return bad;
}

static temper_status work(anneal *a, temper_report **report) {
    temper_sha256 sha;
    temper_status bad = create(a);
    if (!bad) bad = search(a);
    if (!bad) bad = count_levels(a);
    if (!bad) bad = rescore(a);
    if (bad) return bad;
    temper_sha256_begin(&sha);
    temper_campaign_hash(&a->campaign, &sha);
    temper_sha256_end(&sha, a->hash);
    a->hash[16] = 0;
    bad = make_report(a, report);
    return bad ? bad : temper_finish(a->desk, *report, &a->campaign);
}

temper_status temper_work_anneal(temper_settings *settings, temper_desk *desk, temper_report **report) {
    anneal a = {.settings = settings, .desk = desk};
    temper_status bad = work(&a, report);
    temper_release(a.level);
    temper_release(a.hits);
    temper_release(a.path);
    temper_campaign_close(&a.campaign);
    temper_best_clear(&a.best);
    temper_ensemble_free(a.ensemble);
    temper_sampler_free(a.sampler);
    temper_system_free(a.system);
    temper_release(a.T);
    return bad;
}
