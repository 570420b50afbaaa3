/* What lies where on the way of a training run: epochs, moments of the learning curves, samples of the weights. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/training.h"

int64_t temper_training_epoch_step(const temper_training *t, int64_t epoch) {
    int64_t step = (epoch * t->batches + t->looks - 1) / t->looks;
    return step < t->steps ? step : t->steps;
}

int64_t temper_training_epochs_by(const temper_training *t, int64_t step) {
    return step * t->looks / t->batches;
}

int64_t temper_training_moment_step(const temper_training *t, int64_t m) {
    return m >= t->moments - 1 ? t->steps : temper_training_epoch_step(t, m * t->every);
}

int64_t temper_training_moments_by(const temper_training *t, int64_t step) {
    if (step >= t->steps) return t->moments;
    int64_t m = temper_training_epochs_by(t, step) / t->every + 1;
    return m < t->moments ? m : t->moments - 1;
}

int64_t temper_training_times_by(const temper_training *t, int64_t step) {
    int64_t low = 0, high = t->times; /* invariant: due[low − 1] ≤ step < due[high] */
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (t->due[middle] <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t temper_training_epochs(const temper_training *t) {
    return t->steps ? temper_training_epochs_by(t, t->steps - 1) + 1 : 0;
}

/* Moments: about 200. About one pass in sixty goes into gradients over all data. */
static void place_moments(temper_training *t) {
    enum { MOMENTS = 200, WHOLES = 4 };
    int64_t epochs = temper_training_epochs(t), wholes = epochs / 64;
    if (epochs > t->steps) epochs = t->steps; /* an epoch may be less than a step */
    t->every = (epochs + MOMENTS - 1) / MOMENTS;
    if (t->every * t->batches < t->looks) t->every = (t->looks + t->batches - 1) / t->batches;
    t->moments = (epochs + t->every - 1) / t->every + 1;
    wholes = wholes < 1 ? 1 : wholes > WHOLES ? WHOLES : wholes;
    t->whole = (t->moments - 1 + wholes - 1) / wholes;
}

/* Samples: evenly over the last part of the run, or where a cyclic schedule wants them. */
static temper_status place_samples(temper_training *t) {
    enum { SAMPLES = 20 };
    const temper_settings *s = t->settings;
    const temper_ensemble_type *type = t->ensemble->type;
    const temper_schedule *cyclic = t->cooling->type->sample    ? t->cooling
                                    : t->schedule->type->sample ? t->schedule
                                                                : NULL;
    int64_t late = (int64_t)((1 - s->samples_from) * (double)t->steps),
            most = late + 1 < SAMPLES ? late + 1 : SAMPLES;
    t->times = s->samples ? s->samples : t->dynamics->type->thermal && t->T > 0 ? most : 1;
    if (type->late && s->samples > 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "train: samples=%lld, but ensemble=%s makes its weights at the end of the run",
                           (long long)s->samples, type->about.name);
    if (type->late) t->times = 1;
    if (t->times > late + 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "train: samples=%lld do not fit behind samples_from=%g of %lld steps",
                           (long long)t->times, s->samples_from, (long long)t->steps);
    if (!(t->due = temper_alloc((size_t)t->times, sizeof *t->due))) return TEMPER_NO_MEMORY;
    int64_t gap = t->times > 1 ? late / (t->times - 1) : 0;
    for (int64_t k = 0; k < t->times; k++) {
        t->due[k] = t->steps - (t->times - 1 - k) * gap;
        if (!cyclic || t->times == 1) continue;
        double q = (double)k / (double)(t->times - 1);
        int64_t at = (int64_t)(cyclic->type->sample(cyclic->self, q) * (double)t->steps);
        t->due[k] = at < 0 ? 0 : at > t->steps ? t->steps : at;
        if (k && t->due[k] <= t->due[k - 1])
            return temper_fail(TEMPER_BAD_OPTION,
                               "train: samples=%lld are too many for the sampling part of %s in %lld steps",
                               (long long)t->times, cyclic->text, (long long)t->steps);
    }
    return TEMPER_OK;
}

temper_status temper_training_plan(temper_training *t) {
    temper_settings *s = t->settings;
    const temper_ensemble_type *ensemble = t->ensemble->type;
    const temper_dynamics_type *dynamics = t->dynamics->type;
    t->batches = t->potential->batches;
    t->looks = dynamics->looks ? dynamics->looks(t->dynamics->self) : 1;
    if ((double)s->epochs * (double)t->batches > 1e13)
        return temper_fail(TEMPER_BAD_OPTION, "train: epochs=%lld of %lld minibatches are too many",
                           (long long)s->epochs, (long long)t->batches);
    t->steps = s->steps ? s->steps : (s->epochs * t->batches + t->looks - 1) / t->looks;
    t->parameters = temper_network_parameters(t->network);
    int64_t draws = dynamics->draws ? dynamics->draws(t->dynamics->self) : 0;
    t->takes = (ensemble->weights ? ensemble->weights(t->ensemble->self) : t->group) * (draws ? draws : 1);
    place_moments(t);
    temper_status bad = place_samples(t);
    t->samples = t->times * t->takes;
    if (!bad && t->samples > 1000000)
        bad = temper_fail(TEMPER_BAD_OPTION, "train: %lld weights for each seed are too many",
                          (long long)t->samples);
    return bad;
}
