/* The data of a training run: read, parted, scaled, and (on the training rows alone) augmented or spoilt. */
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "run/training.h"

static const char *const losses[] = {"cross_entropy", "squared", "gaussian", "hinge"};
static const char *const scalings[] = {"none", "unit", "standard"};

/* The place of a word in a list; `preset` where it is "auto" and that is not in the list. */
temper_status temper_training_choose(const char *option, const char *word, const char *const *list, int n,
                                     int *choice) {
    for (int k = 0; k < n; k++)
        if (!strcmp(word, list[k])) return *choice = k, TEMPER_OK;
    if (!strcmp(word, "auto")) return TEMPER_OK;
    const char *near = temper_nearest(word, list, n);
    temper_text all = {0};
    for (int k = 0; k < n; k++) temper_text_add(&all, "%s%s", k ? ", " : "", list[k]);
    temper_status bad = temper_fail(TEMPER_BAD_OPTION, "train: %s=%.60s is none of auto, %s%s%s%s", option,
                                    word, all.data ? all.data : "", near ? "; did you mean '" : "",
                                    near ? near : "", near ? "'?" : "");
    temper_text_clear(&all);
    return bad;
}

static temper_status make_data(temper_training *t) {
    temper_settings *s = t->settings;
    int kind = 0;
    temper_status bad = temper_dataset_create(&t->data, s->data);
    if (bad) return bad;
    const temper_samples *data = &t->data->data;
    if (!data->y && !data->t)
        return temper_fail(TEMPER_BAD_DATA, "train: %s has neither labels nor targets to learn",
                           t->data->text);
    kind = data->channels ? TEMPER_SCALING_UNIT : TEMPER_SCALING_STANDARD;
    if ((bad = temper_training_choose("scaling", s->scaling, scalings, 3, &kind))) return bad;
    t->loss = data->y ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    int loss = (int)t->loss;
    if ((bad = temper_training_choose("loss", s->loss, losses, 4, &loss))) return bad;
    t->loss = (temper_loss)loss;
    bool wants_labels = t->loss == TEMPER_CROSS_ENTROPY || t->loss == TEMPER_HINGE;
    if (wants_labels != (data->y != NULL))
        return temper_fail(TEMPER_BAD_OPTION, "train: loss=%s needs %s, but %s has %s", losses[loss],
                           wants_labels ? "labels" : "numbers", t->data->text,
                           wants_labels ? "numbers" : "labels");
    if (!bad) bad = temper_parts_build(&t->parts, data, s->validation, s->test, (uint64_t)s->split_seed);
    if (!bad)
        bad = temper_scaling_build(&t->scaling, (temper_scaling_kind)kind, data, t->parts.row[TEMPER_TRAIN],
                                   t->parts.n[TEMPER_TRAIN]);
    if (!bad) bad = temper_settings_replace(&s->data, t->data->text);
    if (!bad) bad = temper_settings_replace(&s->scaling, scalings[kind]);
    return bad ? bad : temper_settings_replace(&s->loss, losses[loss]);
}

/* A class that no training row shows cannot be learned, and its absence is a mistake more often than not. */
static temper_status check_classes(const temper_training *t) {
    const temper_samples *data = &t->data->data;
    if (!data->y) return TEMPER_OK;
    int64_t *count = temper_alloc((size_t)data->classes, sizeof *count), missing = -1;
    if (!count) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < t->parts.n[TEMPER_TRAIN]; i++) count[data->y[t->parts.row[TEMPER_TRAIN][i]]]++;
    for (int64_t c = data->classes - 1; c >= 0; c--)
        if (!count[c]) missing = c;
    temper_release(count);
    if (data->classes < 2)
        return temper_fail(TEMPER_BAD_DATA,
                           "train: all labels of %s are the same: there is nothing to tell apart",
                           t->data->text);
    if (missing < 0) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA, "train: class %lld of %lld is missing in the %lld training rows",
                       (long long)missing, (long long)data->classes, (long long)t->parts.n[TEMPER_TRAIN]);
}

typedef struct {
    int64_t shift;
    bool mirror;
    double blur;
} augmentation;

static const temper_option augment_options[] = {{"shift", TEMPER_INT, offsetof(augmentation, shift), "0", 0,
                                                 64, NULL, "pixels", "random shifts of up to so many"},
                                                {"mirror", TEMPER_FLAG, offsetof(augmentation, mirror), "no",
                                                 0, 0, NULL, NULL, "random left-right reflection"},
                                                {"blur", TEMPER_REAL, offsetof(augmentation, blur), "0", 0,
                                                 100, NULL, NULL, "noise of this standard deviation"},
                                                {0}};
static const temper_about augment_about = {"augment", "", "", "", augment_options, sizeof(augmentation)};

static temper_status read_augment(temper_training *t) {
    augmentation *a;
    char *text;
    if (!*t->settings->augment) return TEMPER_OK;
    temper_status bad = temper_options_read(&augment_about, t->settings->augment, (void **)&a, &text);
    if (bad) return bad;
    t->task.shift = (int)a->shift, t->task.mirror = a->mirror, t->task.blur = a->blur;
    bad = temper_settings_replace(&t->settings->augment, strchr(text, ':') + 1);
    temper_options_free(&augment_about, a, text);
    if (!bad && (t->task.shift || t->task.mirror) && !t->data->data.channels)
        bad = temper_fail(TEMPER_CANNOT, "train: augment=%s: %s has no images to shift or mirror",
                          t->settings->augment, t->data->text);
    return bad;
}

/* A share of the training labels is wrong: another class, each with the same probability. Validation and test rows stay as they are. */
temper_status temper_training_spoil(temper_dataset *set, const temper_parts *parts,
                                    const temper_settings *s) {
    const int64_t labels = 0x6c6162656c73; /* "labels" */
    temper_samples *data = &set->data;
    double share = s->label_noise;
    if (share == 0) return TEMPER_OK;
    if (!data->y || data->classes < 2)
        return temper_fail(TEMPER_BAD_OPTION, "train: label_noise=%g, but %s has no labels", share,
                           set->text);
    temper_stream stream = {(uint64_t)s->split_seed, 0};
    for (int64_t k = 0; k < parts->n[TEMPER_TRAIN]; k++) {
        int64_t i = parts->row[TEMPER_TRAIN][k];
        if (temper_uniform(stream, TEMPER_FOR_DISORDER, labels, 2 * i) >= share) continue;
        uint32_t word = temper_word(stream, TEMPER_FOR_DISORDER, labels, 8 * i + 7);
        data->y[i] =
            (int32_t)((data->y[i] + 1 + temper_below(word, (uint32_t)data->classes - 1)) % data->classes);
    }
    return TEMPER_OK;
}

temper_status temper_training_data(temper_training *t) {
    temper_status bad = make_data(t);
    if (!bad) bad = check_classes(t);
    if (!bad) bad = temper_training_spoil(t->data, &t->parts, t->settings);
    return bad ? bad : read_augment(t);
}
