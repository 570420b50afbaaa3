/* sample: chains at fixed temperatures, or on one ladder of exchange, measured into numbers with error bars. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/campaign.h"
#include "run/finish.h"
#include "run/free_energy.h"
#include "run/plot.h"
#include "run/present.h"
#include "run/report.h"
#include "run/reweight.h"
#include "run/temperatures.h"
#include "run/things.h"
#include "run/work.h"

typedef struct { /* all of a sample job */
    temper_settings *settings;
    temper_desk *desk;
    temper_system *system;
    temper_sampler *sampler;
    temper_ensemble *ensemble;
    double *T, *asked; /* sampled, and to be reweighted to */
    int temperatures, nasked;
    int64_t burn;
    temper_series series;
    temper_campaign campaign;
    temper_results results;
    temper_free_energies free_energies;
    temper_reweighted reweighted;
    char hash[65];
} sample;

/* A ladder that still moves has no temperatures to measure at. */
static temper_status read_burn(sample *s) {
    const char *text = s->settings->burn;
    double adapt = 0;
    if (s->ensemble) temper_thing_number(&s->ensemble->type->about, s->ensemble->self, "adapt", &adapt);
    s->burn = s->settings->sweeps / 5 + (int64_t)adapt;
    if (!strcmp(text, "auto")) return TEMPER_OK;
    if (!temper_read_int(text, strlen(text), &s->burn) || s->burn < 0 || s->burn > (int64_t)1e15)
        return temper_fail(TEMPER_BAD_OPTION,
                           "sample: burn=%.80s is neither auto nor a whole number in 0 … 1e15", text);
    if (adapt > (double)s->burn)
        return temper_fail(TEMPER_BAD_OPTION, "sample: burn=%lld must be at least adapt=%.0f of %s",
                           (long long)s->burn, adapt, s->ensemble->type->about.name);
    return TEMPER_OK;
}

static temper_status check(const sample *s) {
    if (s->settings->every > s->settings->sweeps)
        return temper_fail(TEMPER_BAD_OPTION, "sample: every=%lld leaves no measurement in sweeps=%lld",
                           (long long)s->settings->every, (long long)s->settings->sweeps);
    if (s->temperatures == 0) return temper_fail(TEMPER_BAD_OPTION, "sample: temperature is empty");
    if (s->ensemble && s->ensemble->type->plan && !s->ensemble->type->at)
        return temper_fail(TEMPER_BAD_OPTION,
                           "sample: ensemble=%s keeps no temperatures to measure at; exchange does "
                           "('temper anneal' runs the others)",
                           s->ensemble->type->about.name);
    if (s->nasked) {
        temper_status bad = temper_reweight_check(s->T, s->temperatures, s->asked, s->nasked);
        if (bad) return bad;
    }
    bool finite = false;
    for (int t = 0; t < s->temperatures && s->settings->free_energy; t++) {
        finite |= isfinite(s->T[t]);
        if (s->T[t] == 0)
            return temper_fail(TEMPER_CANNOT, "sample: free_energy=yes needs temperatures above 0");
    }
    if (s->settings->free_energy && !finite)
        return temper_fail(TEMPER_CANNOT, "sample: free_energy=yes needs a finite temperature");
    return TEMPER_OK;
}

/* Reweighting needs energies, and its users ask for the heat capacity. */
static temper_status add_observables(sample *s) {
    const char *observe = s->settings->observe;
    bool more = s->nasked > 0;
    return temper_series_begin(&s->series, s->system, observe, more ? "energy,heat_capacity" : "");
}

/* From text to things. */
static temper_status create(sample *s) {
    temper_settings *settings = s->settings;
    temper_status bad =
        temper_temperatures_read("sample: temperature", settings->temperature, &s->T, &s->temperatures);
    if (!bad) bad = temper_temperatures_read("sample: reweight", settings->reweight, &s->asked, &s->nasked);
    if (!bad) bad = temper_system_create(&s->system, settings->system);
    if (!bad) bad = temper_sampler_create(&s->sampler, settings->sampler);
    if (!bad) bad = temper_sampler_whole(s->sampler);
    if (!bad) bad = temper_sampler_suits(s->sampler, s->system);
    if (!bad && *settings->ensemble) bad = temper_ensemble_create(&s->ensemble, settings->ensemble);
    if (!bad) bad = read_burn(s);
    if (!bad) bad = add_observables(s);
    return bad ? bad : check(s);
}

/* From things to text with everything spelled out, so that the recipe leaves nothing to defaults. */
static temper_status spell_out(sample *s) {
    temper_settings *settings = s->settings;
    char *observe = NULL;
    temper_text burn = {0};
    temper_text_add(&burn, "%lld", (long long)s->burn);
    temper_status bad = burn.failed ? TEMPER_NO_MEMORY : temper_settings_replace(&settings->burn, burn.data);
    if (!bad) bad = temper_settings_replace(&settings->system, s->system->text);
    if (!bad) bad = temper_settings_replace(&settings->sampler, s->sampler->text);
    if (!bad && s->ensemble) bad = temper_settings_replace(&settings->ensemble, s->ensemble->text);
    if (!bad) bad = temper_series_text(&s->series, &observe);
    if (!bad) bad = temper_settings_replace(&settings->observe, observe);
    temper_text_clear(&burn);
    temper_release(observe);
    return bad;
}

static temper_status prepare(sample *s) {
    const temper_settings *settings = s->settings;
    s->campaign = (temper_campaign){.file = "checkpoint",
                                    .system = s->system,
                                    .sampler = s->sampler,
                                    .ensemble = s->ensemble,
                                    .temperature = s->T,
                                    .temperatures = s->temperatures,
                                    .copies = (int)settings->chains,
                                    .seed = (uint64_t)settings->seed,
                                    .start = settings->start,
                                    .unit = s->ensemble ? "steps" : "sweeps",
                                    .burn = s->burn,
                                    .length = settings->sweeps / settings->every,
                                    .every = settings->every,
                                    .series = &s->series};
    return temper_campaign_open(&s->campaign);
}

static temper_status estimate(sample *s) {
    double *T = temper_alloc((size_t)s->series.temperatures, sizeof *T);
    if (!T) return TEMPER_NO_MEMORY;
    for (int t = 0; t < s->series.temperatures; t++) T[t] = temper_campaign_temperature(&s->campaign, t);
    temper_status bad = temper_results_make(&s->results, &s->series, T);
    if (!bad && s->settings->compare) bad = temper_results_judge(&s->results, s->system);
    if (!bad && s->nasked)
        bad = temper_reweight(&s->reweighted, &s->series, &s->results, s->asked, s->nasked);
    if (!bad && s->nasked && s->settings->compare) bad = temper_reweight_judge(&s->reweighted, s->system);
    temper_release(T);
    return bad;
}

static temper_status free_energy(sample *s, temper_sha256 *sha) {
    const temper_settings *settings = s->settings;
    temper_free_energy_order order = {s->system,
                                      s->sampler,
                                      s->results.T,
                                      s->results.temperatures,
                                      (int)settings->chains,
                                      s->burn,
                                      settings->sweeps,
                                      (uint64_t)settings->seed};
    return temper_free_energy_work(&order, s->desk, &s->free_energies, sha);
}

static void write_json(const sample *s, const temper_table *table, temper_json *json) {
    const temper_settings *settings = s->settings;
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.sample/1");
    temper_json_string(json, "system", settings->system);
    temper_json_int(json, "sites", s->system->n);
    temper_json_string(json, "sampler", settings->sampler);
    temper_json_string(json, "ensemble", s->ensemble ? settings->ensemble : NULL);
    temper_json_int(json, "seed", settings->seed);
    temper_json_int(json, "chains", settings->chains);
    temper_json_int(json, "sweeps", settings->sweeps);
    temper_json_int(json, "burn", s->burn);
    temper_json_int(json, "every", settings->every);
    temper_json_string(json, "start", settings->start);
    temper_present_results_json(json, &s->results);
    if (s->ensemble) temper_present_table_json(json, "exchange", table);
    temper_reweighted_json(json, &s->reweighted);
    temper_free_energy_json(json, &s->free_energies);
    temper_json_string(json, "hash", s->hash);
    temper_json_close(json, '}');
}

static temper_status write_text(const sample *s, const temper_table *table, temper_text *text) {
    const temper_settings *settings = s->settings;
    temper_text_add(text, "# %s, %d sites\n", settings->system, s->system->n);
    temper_text_add(text,
                    "# %s%s%s, %lld chains × %lld %s after %lld of burn-in, measured every %lld, seed %lld\n",
                    settings->sampler, s->ensemble ? " in " : "", s->ensemble ? settings->ensemble : "",
                    (long long)settings->chains, (long long)settings->sweeps, s->campaign.unit,
                    (long long)s->burn, (long long)settings->every, (long long)settings->seed);
    if (s->results.theory)
        temper_text_add(text, "# theory: %s, %s\n", s->results.theory, s->results.worth);
    else if (settings->compare)
        temper_text_add(text, "# no theory in the catalogue judges this system\n");
    temper_text_add(text, "\n");
    temper_present_results_text(text, &s->results);
    if (s->ensemble) {
        temper_text_add(text, "\n");
        temper_present_table_text(text, table, s->campaign.plan.rungs);
    }
    temper_reweighted_text(text, &s->reweighted);
    temper_free_energy_text(text, &s->free_energies);
    temper_status bad = settings->plot ? temper_plot(text, &s->results) : TEMPER_OK;
    temper_text_add(text, "\n");
    temper_present_advice(text, &s->results);
    temper_reweighted_advice(text, &s->reweighted);
    temper_text_add(text, "# hash %s\n", s->hash);
    return bad;
}

static temper_status make_report(sample *s, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    temper_table table = {0};
    temper_status bad = TEMPER_OK;
    if (s->ensemble) bad = s->ensemble->type->report(s->ensemble->self, &s->campaign.team, &table);
    if (!bad) {
        write_json(s, &table, &json);
        bad = write_text(s, &table, &text);
    }
    if (bad) {
        temper_text_clear(&json.text);
        temper_text_clear(&text);
    } else {
        bad = temper_report_make(report, &json, &text);
    }
    temper_table_clear(&table);
    return bad;
}

static temper_status work(sample *s, temper_report **report) {
    temper_sha256 sha;
    temper_status bad = create(s);
    const char *input = bad ? NULL : temper_thing_file(&s->system->type->about, s->system->self);
    if (!bad) bad = spell_out(s);
    if (!bad) bad = prepare(s); /* what can be refused is refused before there is a directory */
    if (!bad) bad = temper_desk_open(s->desk, s->settings, &input, 1);
    if (!bad) bad = temper_campaign_run(&s->campaign, s->desk);
    if (!bad) bad = estimate(s);
    if (bad) return bad;
    temper_sha256_begin(&sha);
    temper_campaign_hash(&s->campaign, &sha);
    if (s->settings->free_energy && (bad = free_energy(s, &sha))) return bad;
    temper_sha256_end(&sha, s->hash);
    s->hash[16] = 0;
    if ((bad = make_report(s, report))) return bad;
    if ((bad = temper_finish(s->desk, *report, &s->campaign))) return bad;
    if (!s->settings->strict) return TEMPER_OK;
    temper_status failed = temper_results_strict(&s->results);
    return failed ? failed : temper_results_strict(&s->reweighted.results);
}

temper_status temper_work_sample(temper_settings *settings, temper_desk *desk, temper_report **report) {
    sample s = {.settings = settings, .desk = desk};
    temper_status bad = work(&s, report);
    temper_reweighted_clear(&s.reweighted);
    temper_free_energy_clear(&s.free_energies);
    temper_results_clear(&s.results);
    temper_campaign_close(&s.campaign);
    temper_series_clear(&s.series);
    temper_ensemble_free(s.ensemble);
    temper_sampler_free(s.sampler);
    temper_system_free(s.system);
    temper_release(s.T);
    temper_release(s.asked);
    return bad;
}
