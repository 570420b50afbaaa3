#include "run/scene.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"
#include "run/recipe.h"
#include "run/training.h"

/* The place of a word in a list, with the nearest one where it is none of them. */
static temper_status choose(const temper_scene *scene, const char *option, const char *word,
                            const char *const *list, int n, int *choice) {
    for (int k = 0; k < n; k++)
        if (!strcmp(word, list[k])) return *choice = k, TEMPER_OK;
    const char *near = temper_nearest(word, list, n);
    temper_text all = {0};
    for (int k = 0; k < n; k++) temper_text_add(&all, "%s%s", k ? ", " : "", list[k]);
    temper_status bad = temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.60s is none of %s%s%s%s", scene->verb,
                                    option, word, all.data ? all.data : "", near ? "; did you mean '" : "",
                                    near ? near : "", near ? "'?" : "");
    temper_text_clear(&all);
    return bad;
}

/* ---- data: which rows, and scaled how ---- */

static temper_status read_data(temper_scene *scene, const temper_settings *recipe) {
    const temper_settings *s = scene->settings;
    bool own = !strcmp(s->data, "auto");
    if (own && !recipe)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: a model file comes without data; --data says which rows to look at",
                           scene->verb);
    temper_status bad = temper_dataset_create(&scene->data, own ? recipe->data : s->data);
    if (bad == TEMPER_BAD_FILE && own) {
        char sentence[400];
        snprintf(sentence, sizeof sentence, "%.399s", temper_message());
        bad = temper_fail(bad,
                          "%s (file names in a recipe count from the folder where the run began; --data says "
                          "where the set is now)",
                          sentence);
    }
    if (bad) return bad;
    bad = temper_parts_build(&scene->parts, &scene->data->data, recipe ? recipe->validation : 0,
                             recipe ? recipe->test : 0, recipe ? (uint64_t)recipe->split_seed : 0);
    if (!bad && recipe && own) bad = temper_training_spoil(scene->data, &scene->parts, recipe);
    return bad;
}

/* n of row[count], ascending: the first n of a shuffle whose draws depend on the seed alone. */
static temper_status draw_rows(const temper_scene *scene, const int64_t *row, int64_t count, int64_t n,
                               int64_t **out) {
    const temper_stream stream = {(uint64_t)scene->settings->seed, 0};
    const int64_t step = 0x726f7773; /* "rows" */
    int64_t *place = temper_alloc((size_t)count, sizeof *place);
    if (!(*out = place)) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < count; i++) place[i] = i;
    if (n < count) {
        for (int64_t i = 0; i < n; i++) {
            int64_t j =
                i + temper_below(temper_word(stream, TEMPER_FOR_BOOTSTRAP, step, i), (uint32_t)(count - i));
            int64_t held = place[i];
            place[i] = place[j], place[j] = held;
        }
        bool *taken = temper_alloc((size_t)count, sizeof *taken);
        if (!taken) return TEMPER_NO_MEMORY;
        for (int64_t i = 0; i < n; i++) taken[place[i]] = true;
        for (int64_t i = 0, k = 0; i < count; i++)
            if (taken[i]) place[k++] = i;
        temper_release(taken);
    }
    for (int64_t i = 0; i < n; i++) place[i] = row ? row[place[i]] : place[i];
    return TEMPER_OK;
}

static temper_status choose_rows(temper_scene *scene) {
    static const char *const parts[] = {"training", "validation", "test", "all"};
    const temper_settings *s = scene->settings;
    int part = 0;
    temper_status bad = choose(scene, "part", s->part, parts, 4, &part);
    if (bad) return bad;
    const int64_t *row = part < 3 ? scene->parts.row[part] : NULL;
    int64_t count = part < 3 ? scene->parts.n[part] : scene->data->data.n;
    if (count < 1)
        return temper_fail(TEMPER_BAD_DATA, "%s: %s has no %s rows", scene->verb, scene->data->text,
                           parts[part]);
    scene->rows = s->rows > 0 && s->rows < count ? s->rows : count;
    bad = draw_rows(scene, row, count, scene->rows, &scene->row);
    if (part == TEMPER_TRAIN && !bad && scene->parts.n[TEMPER_TEST])
        scene->test = scene->parts.row[TEMPER_TEST], scene->tests = scene->parts.n[TEMPER_TEST];
    return bad;
}

/* ---- where one stands ---- */

static temper_network_task task_on(const temper_scene *scene, const int64_t *row, int64_t rows) {
    bool train = !strcmp(scene->settings->bn, "train");
    int64_t batch = scene->settings->batch < rows ? scene->settings->batch : rows;
    return (temper_network_task){.network = scene->network,
                                 .samples = &scene->data->data,
                                 .scaling = scene->scaled ? &scene->scaling : NULL,
                                 .row = row,
                                 .rows = rows,
                                 .batch = batch,
                                 .prior = INFINITY,
                                 .init_scale = 1,
                                 .statistics = train || !scene->statistics ? NULL : scene->statistics};
}

static temper_status stand(temper_scene *scene) {
    temper_landscape_free(scene->landscape);
    scene->landscape = NULL;
    scene->task = task_on(scene, scene->row, scene->rows);
    temper_network_task test = task_on(scene, scene->test, scene->tests);
    return temper_landscape_of_network(&scene->landscape, &scene->task, scene->tests ? &test : NULL,
                                       scene->settings->precise);
}

/* Batch norms measured on the rows at θ. */
static temper_status freeze(temper_scene *scene) {
    float *theta = temper_alloc((size_t)scene->dim, sizeof *theta);
    if (!theta) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < scene->dim; i++) theta[i] = (float)scene->theta[i];
    temper_network_task task = task_on(scene, scene->row, scene->rows);
    task.statistics = NULL;
    temper_status bad = temper_network_calibrate(&task, theta, scene->statistics);
    temper_release(theta);
    return bad;
}

temper_status temper_scene_move(temper_scene *scene, const double *theta, const float *statistics) {
    size_t S = scene->network ? (size_t)temper_network_statistics(scene->network) : 0;
    if (theta != scene->theta) memcpy(scene->theta, theta, (size_t)scene->dim * sizeof *theta);
    if (!scene->network) return TEMPER_OK;
    if (S && statistics && statistics != scene->statistics)
        memcpy(scene->statistics, statistics, S * sizeof *statistics);
    temper_status bad =
        S && (!statistics || !strcmp(scene->settings->bn, "frozen")) ? freeze(scene) : TEMPER_OK;
    return bad ? bad : stand(scene);
}

/* ---- networks ---- */

static temper_status read_weights(const temper_networks *networks, int64_t member, int64_t sample,
                                  double *theta, float *statistics) {
    float *single = temper_alloc((size_t)(networks->parameters + networks->statistics), sizeof *single);
    if (!single) return TEMPER_NO_MEMORY;
    float *S = single + networks->parameters;
    temper_status bad = temper_networks_weights(networks, member, sample, single, S);
    for (int64_t i = 0; i < networks->parameters && !bad; i++) theta[i] = (double)single[i];
    if (!bad && statistics && networks->statistics)
        memcpy(statistics, S, (size_t)networks->statistics * sizeof *S);
    temper_release(single);
    return bad;
}

temper_status temper_scene_weights(const temper_scene *scene, int64_t member, int64_t sample, double *theta,
                                   float *statistics) {
    if (!scene->networks.folder)
        return temper_fail(TEMPER_CANNOT, "%s: a model file holds one network", scene->verb);
    if (member < 0 || member >= scene->members)
        return temper_fail(TEMPER_BAD_OPTION, "%s: member=%lld is outside 0 ... %lld, the networks of %s",
                           scene->verb, (long long)member, (long long)scene->members - 1,
                           scene->settings->run);
    if (sample < -1 || sample >= scene->samples)
        return temper_fail(TEMPER_BAD_OPTION, "%s: sample=%lld is outside 0 ... %lld, or −1, the last, of %s",
                           scene->verb, (long long)sample, (long long)scene->samples - 1,
                           scene->settings->run);
    return read_weights(&scene->networks, member, sample < 0 ? scene->samples - 1 : sample, theta,
                        statistics);
}

static temper_status room(temper_scene *scene) {
    scene->dim = temper_network_parameters(scene->network);
    scene->theta = temper_alloc((size_t)scene->dim, sizeof *scene->theta);
    int64_t S = temper_network_statistics(scene->network);
    if (S) scene->statistics = temper_alloc((size_t)S, sizeof *scene->statistics);
    return scene->theta && (!S || scene->statistics) ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status suits(const temper_scene *scene) {
    temper_status bad = temper_networks_suit(&scene->networks, scene->data, scene->verb);
    if (bad || temper_networks_known(&scene->networks, scene->data)) return bad;
    return temper_fail(TEMPER_BAD_DATA, "%s: %s has not the %lld %s that the network was trained on",
                       scene->verb, scene->data->text, (long long)scene->networks.file.io.outputs,
                       scene->labels ? "classes" : "targets");
}

static temper_status open_run(temper_scene *scene) {
    temper_settings recipe = {0};
    temper_networks *networks = &scene->networks;
    temper_status bad = temper_networks_open(networks, scene->settings->run, scene->verb);
    if (!bad) bad = temper_settings_begin("train", &recipe);
    if (!bad) bad = temper_recipe_recall(scene->settings->run, "train", &recipe);
    scene->network = networks->network;
    scene->members = networks->file.members, scene->samples = networks->file.samples;
    if (!bad) scene->labels = temper_networks_labels(networks);
    if (!bad) bad = read_data(scene, &recipe);
    if (!bad) bad = suits(scene);
    if (!bad) bad = choose_rows(scene);
    scene->scaling = networks->file.scaling, scene->scaled = true;
    if (!bad) bad = room(scene);
    if (!bad) bad = temper_scene_weights(scene, scene->settings->member, -1, scene->theta, scene->statistics);
    temper_settings_clear(&recipe);
    return bad ? bad : temper_scene_move(scene, scene->theta, scene->statistics);
}

/* ---- model files ---- */

static temper_status choose_loss(const temper_scene *scene, temper_objective *objective) {
    static const char *const losses[] = {"cross_entropy", "squared", "gaussian", "hinge"};
    const char *word = scene->settings->loss;
    int loss = scene->data->data.y ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    temper_status bad = strcmp(word, "auto") ? choose(scene, "loss", word, losses, 4, &loss) : TEMPER_OK;
    objective->loss = (temper_loss)loss;
    return bad;
}

static temper_status scale(temper_scene *scene) {
    static const char *const scalings[] = {"none", "unit", "standard"};
    int kind = 0;
    temper_status bad = choose(scene, "scaling", scene->settings->scaling, scalings, 3, &kind);
    if (bad || kind == TEMPER_SCALING_NONE) return bad;
    scene->scaled = true;
    return temper_scaling_build(&scene->scaling, (temper_scaling_kind)kind, &scene->data->data,
                                scene->parts.row[TEMPER_TRAIN], scene->parts.n[TEMPER_TRAIN]);
}

static temper_network_io io_of(const temper_samples *s) {
    return (temper_network_io){s->features, s->channels, s->height, s->width, s->y ? s->classes : s->outputs};
}

static temper_status read_model(const temper_scene *scene, const char *path, temper_model *model) {
    temper_network_io io = io_of(&scene->data->data);
    temper_objective objective = {0};
    temper_status bad = choose_loss(scene, &objective);
    const temper_model_how how = {*scene->settings->model ? scene->settings->model : NULL, &io, &objective};
    return bad ? bad : temper_model_open(model, path, &how);
}

static void widen(const float *x, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++) out[i] = (double)x[i];
}

static temper_status open_model(temper_scene *scene) {
    temper_status bad = read_data(scene, NULL);
    if (!bad) bad = choose_rows(scene);
    if (!bad) bad = scale(scene);
    if (!bad) bad = read_model(scene, scene->settings->run, &scene->model);
    if (bad) return bad;
    if (scene->settings->member)
        return temper_fail(TEMPER_BAD_OPTION, "%s: member=%lld; a model file holds one network, number 0",
                           scene->verb, (long long)scene->settings->member);
    scene->network = scene->model.network;
    scene->members = scene->samples = 1;
    scene->labels = scene->data->data.y != NULL;
    if ((bad = room(scene))) return bad;
    widen(scene->model.theta, scene->dim, scene->theta);
    return temper_scene_move(scene, scene->theta, scene->model.statistics);
}

/* ---- another run, or another file ---- */

static temper_status alike(const temper_scene *scene, const temper_network *other, const char *run) {
    const char *mine = temper_network_text(scene->network), *theirs = temper_network_text(other);
    if (!strcmp(mine, theirs) && temper_network_parameters(other) == scene->dim) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA, "%s: %s holds %.150s, not the %.150s of %s", scene->verb, run, theirs,
                       mine, scene->settings->run);
}

static temper_status other_model(const temper_scene *scene, const char *path, double *theta,
                                 float *statistics) {
    temper_model model = {0};
    temper_status bad = read_model(scene, path, &model);
    if (!bad) bad = alike(scene, model.network, path);
    if (!bad) {
        widen(model.theta, scene->dim, theta);
        if (statistics && model.statistics)
            memcpy(statistics, model.statistics,
                   (size_t)temper_network_statistics(model.network) * sizeof *statistics);
    }
    temper_model_clear(&model);
    return bad;
}

temper_status temper_scene_other(const temper_scene *scene, const char *run, int64_t member, double *theta,
                                 float *statistics) {
    if (temper_model_named(run)) return other_model(scene, run, theta, statistics);
    temper_networks other = {0};
    temper_status bad = temper_networks_open(&other, run, scene->verb);
    if (!bad) bad = alike(scene, other.network, run);
    if (!bad && (member < 0 || member >= other.file.members))
        bad = temper_fail(TEMPER_BAD_OPTION, "%s: member %lld is outside 0 ... %lld, the networks of %s",
                          scene->verb, (long long)member, (long long)other.file.members - 1, run);
    if (!bad) bad = read_weights(&other, member, other.file.samples - 1, theta, statistics);
    temper_networks_clear(&other);
    return bad;
}

/* ---- potentials ---- */

/* A name of the catalogue, perhaps with options; else a formula. */
static temper_status make_potential(temper_scene *scene) {
    const char *text = scene->settings->potential;
    temper_text formula = {0};
    size_t length = strcspn(text, ":");
    bool known = false;
    for (int k = 0; temper_list_potential[k]; k++) {
        const char *name = temper_list_potential[k]->about.name;
        known |= strlen(name) == length && !strncmp(name, text, length);
    }
    temper_text_add(&formula, "%s%s", known ? "" : "expression:", text);
    temper_status bad =
        formula.failed ? TEMPER_NO_MEMORY : temper_potential_create(&scene->potential, formula.data);
    temper_text_clear(&formula);
    return bad;
}

static temper_status open_potential(temper_scene *scene) {
    temper_status bad = make_potential(scene);
    if (bad) return bad;
    scene->dim = scene->potential->dim;
    scene->theta = temper_alloc((size_t)scene->dim, sizeof *scene->theta);
    if (!scene->theta) return TEMPER_NO_MEMORY;
    scene->potential->type->start(scene->potential->self, (temper_stream){(uint64_t)scene->settings->seed, 0},
                                  scene->theta);
    return temper_landscape_of_potential(&scene->landscape, scene->potential);
}

/* ---- open, clear, parts ---- */

temper_status temper_scene_open(temper_scene *scene, temper_settings *settings, const char *verb) {
    static const char *const modes[] = {"eval", "frozen", "train"};
    int mode;
    scene->settings = settings, scene->verb = verb;
    temper_status bad = choose(scene, "bn", settings->bn, modes, 3, &mode);
    if (bad) return bad;
    bool potential = *settings->potential != 0, run = settings->run && *settings->run;
    if (potential && run)
        return temper_fail(TEMPER_BAD_OPTION, "%s: a run and a potential; one of them is enough", verb);
    if (!potential && !run)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "%s: of what? a finished train run, a model file, or --potential \"x^4 - 4*x^2 + x\"", verb);
    return potential                           ? open_potential(scene)
           : temper_model_named(settings->run) ? open_model(scene)
                                               : open_run(scene);
}

void temper_scene_clear(temper_scene *scene) {
    temper_landscape_free(scene->landscape);
    temper_potential_free(scene->potential);
    if (scene->networks.folder)
        temper_networks_clear(&scene->networks); /* with the scaling */
    else
        temper_scaling_clear(&scene->scaling);
    temper_model_clear(&scene->model);
    temper_dataset_free(scene->data);
    temper_parts_clear(&scene->parts);
    temper_release(scene->row);
    temper_release(scene->theta);
    temper_release(scene->statistics);
    *scene = (temper_scene){0};
}

static bool names_layer(const char *list, int layer) {
    for (const char *at = list; *at; at += *at == ',') {
        char *end;
        long k = strtol(at, &end, 10);
        if (end != at && k == layer) return true;
        at = end + strcspn(end, ",");
    }
    return false;
}

temper_status temper_scene_part(const temper_scene *scene, int64_t **index, int64_t *n) {
    const char *layers = scene->settings->layers;
    const temper_part *part;
    int parts = temper_landscape_parts(scene->landscape, &part);
    *index = NULL, *n = scene->dim;
    if (!strcmp(layers, "all") || !strcmp(layers, "each"))
        return TEMPER_OK; /* each: all, told layer by layer */
    bool weights = !strcmp(layers, "weights");
    if (!weights && layers[strspn(layers, "0123456789,")])
        return temper_fail(TEMPER_BAD_OPTION, "%s: layers=%.60s, legal are all, weights, and numbers 0,2",
                           scene->verb, layers);
    if (!(*index = temper_alloc((size_t)scene->dim, sizeof **index))) return TEMPER_NO_MEMORY;
    *n = 0;
    for (int k = 0; k < parts; k++) /* parts ascend */
        if (weights ? part[k].kind == TEMPER_PART_WEIGHT : names_layer(layers, part[k].layer))
            for (int64_t i = 0; i < part[k].length; i++) (*index)[(*n)++] = part[k].offset + i;
    if (*n) return TEMPER_OK;
    temper_release(*index);
    *index = NULL;
    return temper_fail(TEMPER_BAD_OPTION, "%s: layers=%.60s names no layer with parameters", scene->verb,
                       layers);
}
