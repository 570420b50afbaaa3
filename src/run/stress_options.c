/* The options of a stress test: lists of names and of numbers. */
#include <string.h>
#include "run/stress_bench.h"

temper_stress_options temper_stress_preset(void) {
    return (temper_stress_options){.corruptions = "all",
                                   .severities = "1,2,3,4,5",
                                   .attacks = "fgsm,pgd",
                                   .epsilon = "0.01,0.02,0.05,0.1",
                                   .weight_noise = "0.01,0.02,0.05,0.1,0.2",
                                   .data = "auto",
                                   .ood = "none",
                                   .seed = 1,
                                   .rows = 1000,
                                   .draws = 5};
}

/* The next word of a list, or NULL behind the last. */
static const char *next_word(const char **rest, size_t *length) {
    const char *word = *rest;
    if (!word) return NULL;
    *length = strcspn(word, ",");
    *rest = word[*length] ? word + *length + 1 : NULL;
    return word;
}

temper_status temper_stress_read(const char *option, const char *text, double low, double high,
                                 temper_stress_list *list) {
    size_t length;
    list->n = 0;
    if (!*text || !strcmp(text, "none")) return TEMPER_OK;
    for (const char *rest = text, *word; (word = next_word(&rest, &length));) {
        double x;
        if (list->n == TEMPER_STRESS_POINTS)
            return temper_fail(TEMPER_BAD_OPTION, "stress: %s=%.80s has more than %d numbers", option, text,
                               TEMPER_STRESS_POINTS);
        if (!temper_read_real(word, length, &x) || !(x >= low && x <= high))
            return temper_fail(TEMPER_BAD_OPTION,
                               "stress: %s=%.80s: '%.*s' is not a number in %g … %g; none leaves it out",
                               option, text, (int)(length < 40 ? length : 40), word, low, high);
        if (list->n && x <= list->x[list->n - 1])
            return temper_fail(TEMPER_BAD_OPTION, "stress: %s=%.80s must ascend", option, text);
        list->x[list->n++] = x;
    }
    return TEMPER_OK;
}

temper_status temper_stress_pick(const char *option, const char *text, const char *const *names, int n,
                                 bool *on) {
    size_t length;
    bool all = !strcmp(text, "all");
    for (int k = 0; k < n; k++) on[k] = all;
    if (all || !*text || !strcmp(text, "none")) return TEMPER_OK;
    for (const char *rest = text, *word; (word = next_word(&rest, &length));) {
        char wrong[64] = "";
        int k = 0;
        while (k < n && (strlen(names[k]) != length || memcmp(names[k], word, length))) k++;
        if (k < n) {
            on[k] = true;
            continue;
        }
        memcpy(wrong, word, length < 63 ? length : 63);
        const char *near = temper_nearest(wrong, names, n);
        return temper_fail(TEMPER_BAD_OPTION, "stress: %s: there is no '%s'%s%s%s", option, wrong,
                           near ? "; did you mean '" : "; 'all' takes all, 'none' leaves them out",
                           near ? near : "", near ? "'?" : "");
    }
    return TEMPER_OK;
}
