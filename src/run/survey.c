#include "run/survey.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "run/figure.h"
#include "run/report.h"
#include "run/sheet.h"
#include "run/work.h"
#include "temper/catalogue.h"

typedef struct {
    const char *verb, *name;
    bool networks, potentials; /* what it is about */
    temper_status (*take)(temper_survey *);
    bool layers; /* of some layers, and of another operator than the Hessian, where that is asked for */
} entry;

static const entry table[] = {/* the first that suits is what=auto */
                              {"landscape", "simple", false, true, temper_survey_simple, false},
                              {"landscape", "slice", true, true, temper_survey_slice, true},
                              {"landscape", "projections", true, true, temper_survey_projections, true},
                              {"landscape", "path", true, true, temper_survey_path, false},
                              {"landscape", "saddle", true, true, temper_survey_saddle, false},
                              {"measure", "curvature", true, true, temper_survey_curvature, true},
                              {"measure", "flatness", true, true, temper_survey_flatness, false},
                              {"measure", "llc", true, true, temper_survey_llc, false},
                              {"measure", "sensitivity", true, false, temper_survey_sensitivity, false},
                              {"measure", "response", true, true, temper_survey_response, false},
                              {"measure", "work", true, true, temper_survey_work, false},
                              {NULL, NULL, false, false, NULL, false}};
enum { ENTRIES = sizeof table / sizeof *table - 1 };

/* ---- what is told on the way ---- */

typedef struct { /* what errand.tell is given as its context: the survey, and how it names what it does */
    temper_desk *desk;
    const char *phase, *unit;
    double since;
} telling;

static void tell(void *context, int64_t done, int64_t total) {
    telling *t = context;
    if (!temper_desk_due(t->desk)) return;
    double seconds = temper_clock() - t->since;
    temper_progress p = {.phase = t->phase,
                         .unit = t->unit,
                         .done = done,
                         .total = total,
                         .seconds = temper_clock() - t->desk->begun,
                         .left = done ? seconds * (double)(total - done) / (double)done : NAN,
                         .rate = (double)done / fmax(seconds, 1e-9),
                         .updates = NAN,
                         .coldest = NAN,
                         .hottest = NAN,
                         .energy = NAN,
                         .energy_error = NAN,
                         .acceptance = NAN,
                         .swap_rate = NAN};
    temper_desk_tell(t->desk, &p);
}

void temper_survey_phase(temper_survey *survey, const char *phase, const char *unit) {
    telling *t = survey->errand.context;
    t->phase = phase, t->unit = unit, t->since = temper_clock();
}

/* ---- curvature ---- */

temper_status temper_survey_operator(temper_survey *survey, temper_operator **A) {
    static const char *const kinds[] = {"hessian",          "gauss_newton", "fisher",
                                        "empirical_fisher", "covariance",   "ntk"};
    const char *word = survey->s->curvature ? survey->s->curvature : kinds[0];
    int kind = 0;
    while (kind <= TEMPER_NTK && strcmp(word, kinds[kind])) kind++;
    if (kind > TEMPER_NTK) {
        const char *near = temper_nearest(word, kinds, TEMPER_NTK + 1);
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: operator=%.60s is none of hessian, gauss_newton, fisher, empirical_fisher, "
                           "covariance, ntk%s%s%s",
                           survey->scene.verb, word, near ? "; did you mean '" : "", near ? near : "",
                           near ? "'?" : "");
    }
    if (kind == TEMPER_NTK && strcmp(survey->s->layers, "all"))
        return temper_fail(TEMPER_CANNOT,
                           "%s: layers=%.60s; the neural tangent kernel lives on rows, not on layers",
                           survey->scene.verb, survey->s->layers);
    int64_t *index, n;
    temper_status bad = temper_scene_part(&survey->scene, &index, &n);
    if (bad) return bad;
    bad = temper_landscape_operator(survey->scene.landscape, (temper_curvature)kind, survey->scene.theta,
                                    survey->errand.stream, A);
    if (!bad && index) bad = temper_operator_restrict(A, *A, n, index);
    temper_release(index);
    return bad;
}

/* ---- from the settings to the report ---- */

static temper_status unknown(const char *verb, const char *what, bool potential) {
    const char *names[ENTRIES + 1];
    temper_text all = {0};
    int n = 0;
    for (int k = 0; k < ENTRIES; k++) {
        if (strcmp(table[k].verb, verb) || !(potential ? table[k].potentials : table[k].networks)) continue;
        temper_text_add(&all, "%s%s", n ? ", " : "", table[k].name);
        names[n++] = table[k].name;
    }
    const char *near = temper_nearest(what, names, n);
    temper_status bad =
        temper_fail(TEMPER_BAD_OPTION, "%s: what=%.60s is none of %s, which there are of a %s%s%s%s", verb,
                    what, all.data ? all.data : "", potential ? "potential" : "network",
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    temper_text_clear(&all);
    return bad;
}

static const entry *find(const char *verb, const char *what, bool potential) {
    for (int k = 0; k < ENTRIES; k++)
        if (!strcmp(table[k].verb, verb) && (!strcmp(table[k].name, what) || !strcmp(what, "auto")) &&
            (potential ? table[k].potentials : table[k].networks))
            return &table[k];
    return NULL;
}

/* The population of every number, and the place. */
static temper_status begin(temper_survey *survey, const char *schema) {
    const temper_scene *scene = &survey->scene;
    double u;
    temper_status bad = temper_landscape_energy(scene->landscape, scene->theta, &u);
    if (!bad && !isfinite(u))
        bad = temper_fail(TEMPER_DIVERGED, "%s: the %s is not finite where one stands%s", scene->verb,
                          scene->network ? "loss" : "energy",
                          scene->network ? ": the network has diverged on these rows" : "");
    if (bad) return bad;
    temper_json *json = &survey->json;
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", schema);
    temper_json_string(json, "what", survey->s->what);
    if (scene->network) {
        temper_json_string(json, "run", survey->s->run);
        temper_json_int(json, "member", survey->s->member);
        temper_json_string(json, "model", temper_network_text(scene->network));
        temper_json_string(json, "data", scene->data->text);
        temper_json_string(json, "part", survey->s->part);
        temper_json_int(json, "rows", scene->rows);
        temper_json_string(json, "bn", survey->s->bn);
        if (survey->s->with && *survey->s->with) temper_json_string(json, "with", survey->s->with);
        temper_text_add(&survey->text,
                        "%s, member %lld of %s\n%lld parameters; %lld %s rows of %s; loss %.6g\n",
                        temper_network_text(scene->network), (long long)survey->s->member, survey->s->run,
                        (long long)scene->dim, (long long)scene->rows, survey->s->part, scene->data->text, u);
    } else {
        temper_json_string(json, "potential", scene->potential->text);
        temper_text_add(&survey->text, "%s\n", scene->potential->text);
    }
    if (survey->s->to && *survey->s->to)
        temper_json_string(json, "to", survey->s->to); /* here, since it can be a path */
    temper_json_int(json, "parameters", scene->dim);
    temper_json_real(json, "loss", u);
    temper_json_int(json, "seed", survey->s->seed);
    return TEMPER_OK;
}

static temper_status write_page(temper_survey *survey, const temper_report *report) {
    temper_text page = {0};
    const temper_desk *desk = survey->desk;
    temper_text_add(&page, "%s", "");
    temper_sheet_begin(!strcmp(desk->verb, "measure") ? "temper measure" : "temper landscape", &page);
    if (desk->command) {
        temper_text_add(&page, "<p><code>");
        temper_escape(desk->command, &page);
        temper_text_add(&page, "</code></p>\n");
    }
    if (survey->page.length) temper_text_bytes(&page, survey->page.data, survey->page.length);
    temper_text_add(&page, "<h2>Numbers</h2><pre>");
    temper_escape(temper_report_text(report), &page);
    temper_text_add(
        &page,
        "</pre>\n<h2>Provenance</h2>\n<p>temper %s. The recipe is in <code>recipe.toml</code>, the "
        "computer in <code>provenance.json</code>.</p>\n",
        temper_version());
    temper_sheet_end(&page);
    temper_status bad = page.failed || survey->page.failed
                            ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the report page")
                            : temper_desk_write(desk, "report.html", page.data);
    temper_text_clear(&page);
    return bad;
}

static bool is_json(const char *path) {
    size_t n = strlen(path);
    return n > 5 && !strcmp(path + n - 5, ".json");
}

/* Fingerprint of what was found: all of the report but its head, in which are paths. */
static void seal(temper_survey *survey, size_t head) {
    temper_sha256 sha;
    char hex[65];
    if (survey->json.text.failed) return;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, survey->json.text.data + head, survey->json.text.length - head);
    temper_sha256_end(&sha, hex);
    temper_json_string(&survey->json, "hash", hex);
    temper_text_add(&survey->text, "\nhash %.16s\n", hex);
}

static temper_status finish(temper_survey *survey, size_t head, temper_report **report) {
    seal(survey, head);
    temper_json_close(&survey->json, '}');
    temper_status bad = temper_report_make(report, &survey->json, &survey->text);
    if (bad) return bad;
    const char *json = temper_report_json(*report);
    if (is_json(survey->s->out)) return temper_write_file(survey->s->out, json, strlen(json));
    if (!survey->desk->folder) return TEMPER_OK;
    bad = write_page(survey, *report);
    return bad ? bad : temper_desk_finish(survey->desk, *report);
}

/* Options that would be silent. */
static temper_status check_layers(const temper_survey *survey, const entry *it) {
    const char *layers = survey->s->layers, *curvature = survey->s->curvature;
    bool each = !strcmp(layers, "each"), whole = !strcmp(layers, "all");
    if (each && (survey->s->potential[0] || it->take != temper_survey_curvature))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "%s: layers=each is for the curvature of a network: a trace for every layer; legal "
            "here are all, weights, and numbers 0,2",
            it->verb);
    if (it->layers || (whole && (!curvature || !strcmp(curvature, "hessian")))) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.60s; what=%s looks at %s", it->verb,
                       whole ? "operator" : "layers", whole ? curvature : layers, it->name,
                       whole ? "no operator but the Hessian" : "all of the coordinates");
}

static temper_status work(temper_survey *survey, temper_report **report) {
    temper_settings *s = survey->s;
    temper_desk *desk = survey->desk;
    bool potential = *s->potential != 0;
    const entry *it = find(desk->verb, s->what, potential);
    if (!it) return unknown(desk->verb, s->what, potential);
    temper_status bad = check_layers(survey, it);
    if (!bad) bad = temper_settings_replace(&s->what, it->name);
    desk->begun = temper_clock();
    if (!bad) bad = temper_scene_open(&survey->scene, s, desk->verb);
    if (bad) return bad;
    if (survey->scene.data)
        desk->input = survey->scene.data->data.input, desk->read = survey->scene.data->data.inputs;
    if (*s->out && !is_json(s->out)) bad = temper_desk_open(desk, s, NULL, 0);
    char schema[64];
    snprintf(schema, sizeof schema, "temper.%s.%s/1", desk->verb, it->name);
    if (!bad) bad = begin(survey, schema);
    size_t head = survey->json.text.length;
    if (!bad) bad = it->take(survey);
    if (bad == TEMPER_STOPPED) {
        if (!desk->folder) return temper_fail(bad, "stopped; nothing was written");
        temper_desk_rest(desk, "stopped");
        return temper_fail(bad, "stopped; go on with 'temper resume %s'", desk->folder);
    }
    return bad ? bad : finish(survey, head, report);
}

bool temper_survey_wanted(const temper_settings *s) {
    char path[4096]; /* no allocation: this has no way to fail */
    struct stat about;
    char *model = NULL;
    const char *run = s->run ? s->run : "", *end = strrchr(run, '.');
    snprintf(path, sizeof path, "%s/network.json", run);
    bool file = end && (!strcmp(end, ".safetensors") || !strcmp(end, ".npz"));
    bool wanted = *s->potential || stat(path, &about) == 0 || (end && !strcmp(end, ".onnx")) ||
                  (file && *s->model); /* a machine says itself what it is */
    if (!wanted && file && !temper_weights_note(run, "model", &model) && model) wanted = true;
    temper_release(model);
    return wanted;
}

temper_status temper_work_survey(temper_settings *settings, temper_desk *desk, temper_report **report) {
    telling t = {.desk = desk, .phase = "looking", .unit = "steps", .since = temper_clock()};
    temper_survey survey = {.s = settings,
                            .desk = desk,
                            .errand = {.stream = {(uint64_t)settings->seed, 200},
                                       .stop = desk->watch ? desk->watch->stop : NULL,
                                       .tell = tell,
                                       .context = &t}};
    temper_status bad = work(&survey, report);
    if (bad && bad != TEMPER_DIAGNOSTIC) {
        temper_text_clear(&survey.json.text);
        temper_text_clear(&survey.text);
    }
    temper_text_clear(&survey.page);
    temper_scene_clear(&survey.scene);
    return bad;
}
