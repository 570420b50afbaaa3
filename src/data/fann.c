/* FANN's training files (Nissen 2003): three whole numbers, `pairs inputs outputs`, then for each pair its inputs and its
 * outputs. Where lines end means nothing. */
#include "base/memory.h"
#include "data/texts.h"

static temper_status next_word(temper_lines *lines, temper_token *word) {
    while (!temper_lines_word(lines, word))
        if (!temper_lines_next(lines))
            return temper_lines_fail(lines, "expected more numbers, found the end (truncated file?)");
    return TEMPER_OK;
}

static temper_status read_head(temper_lines *lines, int64_t size[3], size_t length) {
    static const char *const what[] = {"number of pairs", "number of inputs", "number of outputs"};
    static const int64_t range[] = {1, 1 << 30};
    for (int k = 0; k < 3; k++) {
        temper_token word;
        temper_status bad = next_word(lines, &word);
        if (!bad) bad = temper_lines_int(lines, word, what[k], range, &size[k]);
        if (bad) return bad;
    }
    /* A number takes two bytes, so memory follows what the file holds and not what it claims. */
    if ((int64_t)length / 2 / size[0] < size[1] + size[2])
        return temper_lines_fail(
            lines, "expected %lld pairs of %lld and %lld numbers, found only %zu bytes (truncated file?)",
            (long long)size[0], (long long)size[1], (long long)size[2], length);
    return TEMPER_OK;
}

static temper_status read_pairs(temper_samples *samples, temper_lines *lines) {
    temper_token word;
    for (int64_t i = 0; i < samples->n; i++) {
        temper_status bad = TEMPER_OK;
        for (int64_t k = 0; k < samples->features && !bad; k++) {
            bad = next_word(lines, &word);
            if (!bad) bad = temper_lines_feature(lines, word, &samples->X[i * samples->features + k]);
        }
        for (int64_t k = 0; k < samples->outputs && !bad; k++) {
            bad = next_word(lines, &word);
            if (!bad) bad = temper_lines_real(lines, word, "output", &samples->t[i * samples->outputs + k]);
        }
        if (bad) return bad;
    }
    if (temper_lines_word(lines, &word) || temper_lines_next(lines))
        return temper_lines_fail(lines, "expected the end after %lld pairs, found more",
                                 (long long)samples->n);
    return TEMPER_OK;
}

/* The class that the outputs of a pair mean, or −1: the one that is 1 while all others are 0, or all −1. A single output
 * means class 1 by 1 and class 0 by 0 or −1. */
static int32_t class_of(const double *t, int64_t outputs) {
    int32_t one = -1;
    double rest = t[0] != 1 || outputs == 1 ? t[0] : t[1];
    if (outputs == 1) return rest == 1 ? 1 : rest == 0 || rest == -1 ? 0 : -1;
    if (rest != 0 && rest != -1) return -1;
    for (int64_t k = 0; k < outputs; k++) {
        if (t[k] == rest) continue;
        if (t[k] != 1 || one >= 0) return -1;
        one = (int32_t)k;
    }
    return one;
}

/* Outputs become one label per row, where every row allows it. */
static temper_status to_classes(temper_samples *samples, const char *name, temper_task task) {
    int32_t *y = temper_alloc((size_t)samples->n, sizeof *y);
    if (!y) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < samples->n; i++) {
        y[i] = class_of(samples->t + i * samples->outputs, samples->outputs);
        if (y[i] >= 0) continue;
        temper_release(y);
        if (task == TEMPER_TASK_AUTO) return TEMPER_OK;
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: pair %lld: expected one output of 1 and the others 0 or -1, found others",
                           name, (long long)i + 1);
    }
    samples->y = y;
    samples->classes = samples->outputs == 1 ? 2 : samples->outputs;
    temper_release(samples->t);
    samples->t = NULL;
    samples->outputs = 0;
    return TEMPER_OK;
}

temper_status temper_fann_take(temper_samples *samples, temper_bytes bytes, temper_task task) {
    temper_lines lines;
    int64_t size[3];
    temper_lines_begin(&lines, bytes.name, bytes.at, bytes.length);
    temper_status bad = read_head(&lines, size, bytes.length);
    if (!bad) bad = temper_samples_room(samples, bytes, size[0], size[1]);
    if (bad) return bad;
    samples->outputs = size[2];
    if (!(samples->t = temper_alloc((size_t)(size[0] * size[2]), sizeof *samples->t)))
        return TEMPER_NO_MEMORY;
    bad = read_pairs(samples, &lines);
    return bad || task == TEMPER_TASK_REGRESSION ? bad : to_classes(samples, bytes.name, task);
}
