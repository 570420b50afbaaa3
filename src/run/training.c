#include "run/training.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "run/train_monitor.h"
#include "temper/parallel.h"

static const char *const inits[] = {"auto", "he", "xavier", "gaussian", "orthogonal"};

static temper_status replace_real(char **place, double x) {
    temper_text text = {0};
    if (isinf(x))
        temper_text_add(&text, "none");
    else
        temper_text_real(&text, x);
    temper_status bad = text.failed ? TEMPER_NO_MEMORY : temper_settings_replace(place, text.data);
    temper_text_clear(&text);
    return bad;
}

static temper_status make_network(temper_training *t) {
    temper_settings *s = t->settings;
    const temper_samples *data = &t->data->data;
    temper_network_io io = {data->features, data->channels, data->height, data->width,
                            data->y ? data->classes : data->outputs};
    int init = TEMPER_INIT_AUTO;
    if (s->smoothing > 0 && t->loss != TEMPER_CROSS_ENTROPY)
        return temper_fail(TEMPER_BAD_OPTION, "train: smoothing=%g is for loss=cross_entropy, not %s",
                           s->smoothing, s->loss);
    temper_status bad = temper_network_create(&t->network, s->model, &io,
                                              &(temper_objective){t->loss, s->smoothing, s->confidence});
    if (!bad) bad = temper_training_choose("init", s->init, inits, 5, &init);
    if (!bad) bad = temper_settings_replace(&s->model, temper_network_text(t->network));
    if (bad) return bad;
    if (s->batch > t->parts.n[TEMPER_TRAIN])
        return temper_fail(TEMPER_BAD_OPTION, "train: batch=%lld is more than the %lld training rows",
                           (long long)s->batch, (long long)t->parts.n[TEMPER_TRAIN]);
    t->task.network = t->network, t->task.samples = data, t->task.scaling = &t->scaling;
    t->task.row = t->parts.row[TEMPER_TRAIN], t->task.rows = t->parts.n[TEMPER_TRAIN];
    t->task.batch = s->batch;
    t->task.init = (temper_init)init, t->task.init_scale = s->scale;
    return TEMPER_OK;
}

/* T and the prior, which "auto" makes depend on what the dynamics is. */
static temper_status read_temperature(temper_training *t) {
    temper_settings *s = t->settings;
    bool variational = t->dynamics->type->variational, thermal = t->dynamics->type->thermal || variational;
    t->T = thermal ? 1 : 0;
    if (strcmp(s->temperature, "auto") &&
        (!temper_read_real(s->temperature, strlen(s->temperature), &t->T) || !(t->T >= 0 && t->T <= 1e9)))
        return temper_fail(TEMPER_BAD_OPTION,
                           "train: temperature=%.80s is neither auto nor a number in 0 … 1e9",
                           s->temperature);
    if (t->T > 0 && !thermal)
        return temper_fail(TEMPER_BAD_OPTION,
                           "train: temperature=%g, but %s has none; langevin, sghmc and vi do", t->T,
                           t->dynamics->type->about.name);
    double prior = thermal && t->T > 0 ? 0.3 : INFINITY;
    if (!strcmp(s->prior, "none"))
        prior = INFINITY;
    else if (strcmp(s->prior, "auto") &&
             (!temper_read_real(s->prior, strlen(s->prior), &prior) || !(prior > 0)))
        return temper_fail(TEMPER_BAD_OPTION,
                           "train: prior=%.80s is none of auto, none and a variance above 0", s->prior);
    t->task.prior = prior;
    t->task.variational = variational, t->task.kl = t->T;
    if (variational) t->task.deviation = t->dynamics->type->deviation(t->dynamics->self);
    if (variational && !(prior < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "train: prior=%s: %s needs a prior to stay near to; prior=0.3",
                           s->prior, s->dynamics);
    if (variational && strncmp(s->cooling, "constant", 8))
        return temper_fail(TEMPER_CANNOT,
                           "train: cooling=%.80s: the temperature of %s is the weight of its KL "
                           "divergence, which stays as it is",
                           s->cooling, t->dynamics->type->about.name);
    temper_status bad = replace_real(&s->temperature, t->T);
    return bad ? bad : replace_real(&s->prior, prior);
}

static temper_status make_dynamics(temper_training *t) {
    temper_settings *s = t->settings;
    temper_status bad = temper_dynamics_create(&t->dynamics, s->dynamics);
    if (!bad) bad = read_temperature(t);
    const char *schedule = strcmp(s->schedule, "auto")              ? s->schedule
                           : t->T > 0 && t->dynamics->type->thermal ? "constant"
                                                                    : "cosine";
    if (!bad) bad = temper_schedule_create(&t->schedule, schedule);
    if (!bad) bad = temper_schedule_create(&t->cooling, s->cooling);
    if (!bad) bad = temper_settings_replace(&s->dynamics, t->dynamics->text);
    if (!bad) bad = temper_settings_replace(&s->schedule, t->schedule->text);
    if (!bad) bad = temper_settings_replace(&s->cooling, t->cooling->text);
    return bad;
}

/* How many members there are, and how many walkers make one. */
static temper_status read_ensemble(temper_training *t) {
    temper_status bad = temper_ensemble_create(&t->ensemble, t->settings->ensemble);
    if (bad) return bad;
    if (!t->ensemble->type->walkers)
        return temper_fail(TEMPER_CANNOT,
                           "train: ensemble=%s moves systems ('temper anneal'); seeds trains networks",
                           t->ensemble->type->about.name);
    int64_t group = t->ensemble->type->walkers(t->ensemble->self);
    if ((double)group * (double)t->settings->seeds > 1e5)
        return temper_fail(TEMPER_BAD_OPTION, "train: seeds=%lld of %lld walkers each are too many",
                           (long long)t->settings->seeds, (long long)group);
    if (((double)t->settings->first + (double)t->settings->seeds) * (double)group > 4294967296.0)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "train: first=%lld: with %lld walkers a seed their numbers would pass 2^32 and begin again",
            (long long)t->settings->first, (long long)group);
    t->members = (int)t->settings->seeds, t->group = (int)group;
    return temper_settings_replace(&t->settings->ensemble, t->ensemble->text);
}

/* Sources of randomness that differ between seeds; the others are the same for all: stream {seed, 0}. */
static temper_status read_vary(temper_training *t) {
    static const char *const sources[] = {"all", "init", "order", "dropout", "augment", "noise", "none"};
    enum { ALL, INIT, ORDER, DROPOUT, AUGMENT, NOISE, NONE, SOURCES };
    bool free_to_differ[SOURCES] = {false};
    t->shared = (temper_stream){(uint64_t)t->settings->seed, 0};
    for (const char *at = t->settings->vary; *at; at += strcspn(at, ","), at += *at == ',') {
        char word[16];
        int k = 0;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
        while (k < SOURCES && strcmp(word, sources[k])) k++;
        if (k == SOURCES) {
            const char *near = temper_nearest(word, sources, SOURCES);
            return temper_fail(
                TEMPER_BAD_OPTION,
                "train: vary=%.40s: '%s' is none of all, init, order, dropout, augment, noise, "
                "none%s%s%s",
                t->settings->vary, word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        free_to_differ[k] = true;
    }
    if (free_to_differ[ALL]) return TEMPER_OK;
    if (t->group > 1)
        return temper_fail(TEMPER_CANNOT,
                           "train: vary=%.40s: the walkers of ensemble=%s would share what is frozen; "
                           "vary is for one network a seed",
                           t->settings->vary, t->ensemble->text);
    if (!free_to_differ[INIT]) t->task.first = &t->shared;
    if (!free_to_differ[ORDER]) t->task.order = &t->shared;
    if (!free_to_differ[DROPOUT]) t->task.masks = &t->shared;
    if (!free_to_differ[AUGMENT]) t->task.blurs = &t->shared;
    t->frozen_noise = !free_to_differ[NOISE];
    return TEMPER_OK;
}

/* Things that are each legal and make no sense together. */
static temper_status check_company(const temper_training *t) {
    bool warm = *(const double *)t->cooling->self > 0,
         steady = !strcmp(t->cooling->type->about.name, "constant") && !warm;
    if (t->ensemble->type->temperature && !steady)
        return temper_fail(
            TEMPER_CANNOT,
            "train: cooling=%.80s: ensemble=%s sets the temperatures of its walkers itself; leave --cooling out",
            t->cooling->text, t->ensemble->type->about.name);
    if (!strcmp(t->schedule->type->about.name, "speed"))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "train: schedule=%.80s is a law for temperatures, not for learning rates: --cooling speed",
            t->schedule->text);
    return TEMPER_OK;
}

temper_status temper_training_make(temper_training *t) {
    temper_status bad = read_ensemble(t);
    if (!bad) bad = read_vary(t);
    if (!bad) bad = temper_training_data(t);
    if (!bad) bad = make_network(t);
    if (!bad) bad = make_dynamics(t);
    if (bad) return bad;
    /* The threads share members where there are enough of them, else the walkers of one, else the work of one minibatch. */
    int threads = temper_thread_count();
    t->order = 2 * t->members > threads || t->members == threads ? MEMBERS_ABREAST
               : t->group > 1                                    ? WALKERS_ABREAST
                                                                 : ONE_BY_ONE;
    t->task.threads = t->order == ONE_BY_ONE || t->members * t->group == 1 ? 0 : 1;
    bad = check_company(t);
    if (!bad) bad = temper_network_potential(&t->potential, &t->task);
    if (!bad) bad = temper_monitor_read(t->settings->monitor, &t->monitor);
    return bad ? bad : temper_training_plan(t);
}

/* Training rows for batch norms on the way: at most 2048, evenly spread, so that sorted data do no harm. */
static temper_status make_probe(temper_training *t) {
    int64_t rows = t->parts.n[TEMPER_TRAIN];
    t->probes = rows < 2048 ? rows : 2048;
    if (!(t->probe = temper_alloc((size_t)t->probes, sizeof *t->probe))) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < t->probes; k++)
        t->probe[k] = t->parts.row[TEMPER_TRAIN][(int64_t)((double)k / (double)t->probes * (double)rows)];
    return TEMPER_OK;
}

static temper_status make_forecasters(temper_training *t) {
    const temper_samples *data = &t->data->data;
    const temper_forecast_task task = {.network = t->network,
                                       .samples = data,
                                       .scaling = &t->scaling,
                                       .loss = t->loss,
                                       .classes = data->y ? data->classes : 0,
                                       .targets = data->y ? 0 : data->outputs,
                                       .row = t->parts.row[TEMPER_VALIDATION],
                                       .n = t->parts.n[TEMPER_VALIDATION]};
    t->forecaster = temper_alloc((size_t)t->members, sizeof *t->forecaster);
    t->noise = temper_alloc((size_t)t->members, (size_t)data->outputs * sizeof *t->noise);
    t->statistics = temper_alloc((size_t)t->members,
                                 (size_t)temper_network_statistics(t->network) * sizeof *t->statistics);
    temper_status bad = t->forecaster && t->noise && t->statistics ? make_probe(t) : TEMPER_NO_MEMORY;
    for (int r = 0; r < t->members && !bad; r++) bad = temper_forecaster_begin(&t->forecaster[r], &task);
    return bad;
}

static void make_crew(temper_training *t, int r) {
    const temper_ensemble_type *type = t->ensemble->type;
    int states = type->states ? type->states(t->ensemble->self) : 0;
    int vectors = type->vectors ? type->vectors(t->ensemble->self) : 0;
    t->crew[r] = (temper_crew){.walker = t->walker + (ptrdiff_t)r * t->group,
                               .n = t->group,
                               .seed = t->settings->first + r,
                               .steps = t->steps,
                               .epoch = (t->batches + t->looks - 1) / t->looks,
                               .T = t->T,
                               .state = t->state + (ptrdiff_t)r * states,
                               .vector = t->vector + (ptrdiff_t)r * vectors * t->potential->dim};
    t->crew[r].stream = (*t->crew[r].walker)->noise;
}

static temper_status make_crews(temper_training *t) {
    const temper_ensemble_type *type = t->ensemble->type;
    size_t members = (size_t)t->members, walkers = members * (size_t)t->group,
           dim = (size_t)t->potential->dim;
    size_t states = type->states ? (size_t)type->states(t->ensemble->self) : 0;
    size_t vectors = type->vectors ? (size_t)type->vectors(t->ensemble->self) : 0;
    t->walker = temper_alloc(walkers, sizeof *t->walker);
    t->crew = temper_alloc(members, sizeof *t->crew);
    t->state = temper_alloc(members * states, sizeof *t->state);
    t->vector = temper_alloc(members * vectors, dim * sizeof *t->vector);
    temper_status bad = t->walker && t->crew && t->state && t->vector ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (size_t k = 0; k < walkers && !bad; k++) {
        int64_t number = t->settings->first * t->group + (int64_t)k;
        temper_stream stream = {(uint64_t)t->settings->seed, (uint32_t)number};
        bad = temper_walker_create(&t->walker[k], t->potential, t->dynamics, true, stream);
        if (!bad && t->frozen_noise) t->walker[k]->noise = t->shared;
    }
    for (int r = 0; r < t->members && !bad; r++) {
        make_crew(t, r);
        if (type->muster) bad = type->muster(t->ensemble->self, &t->crew[r]);
    }
    return bad;
}

temper_status temper_training_begin(temper_training *t) {
    size_t members = (size_t)t->members, dim = (size_t)t->potential->dim;
    t->moment = temper_alloc(members * (size_t)t->moments, sizeof *t->moment);
    t->sample = temper_alloc(members * (size_t)t->samples, (size_t)t->parameters * sizeof *t->sample);
    t->scratch = temper_alloc(members, 3 * dim * sizeof *t->scratch);
    if (!t->moment || !t->sample || !t->scratch) return TEMPER_NO_MEMORY;
    temper_status bad = make_forecasters(t);
    return bad ? bad : make_crews(t);
}

void temper_training_clear(temper_training *t) {
    for (int k = 0; t->walker && k < t->members * t->group; k++) temper_walker_free(t->walker[k]);
    for (int r = 0; t->forecaster && r < t->members; r++) temper_forecaster_clear(&t->forecaster[r]);
    temper_release(t->walker);
    temper_release(t->crew);
    temper_release(t->state);
    temper_release(t->vector);
    temper_release(t->due);
    temper_release(t->forecaster);
    temper_release(t->noise);
    temper_release(t->statistics);
    temper_release(t->probe);
    temper_release(t->scratch);
    temper_release(t->moment);
    temper_release(t->sample);
    temper_potential_free(t->potential);
    temper_schedule_free(t->schedule);
    temper_schedule_free(t->cooling);
    temper_dynamics_free(t->dynamics);
    temper_ensemble_free(t->ensemble);
    temper_network_free(t->network);
    temper_scaling_clear(&t->scaling);
    temper_parts_clear(&t->parts);
    temper_dataset_free(t->data);
    *t = (temper_training){0};
}
