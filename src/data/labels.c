/* Labels as they stand in text files: told apart, ordered, numbered. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "data/samples.h"

enum { DIFFERENT_MAX = 1000, AUTO_MAX = 100 };

typedef struct {
    temper_token word;
    double value;
} entry;

typedef struct {
    bool numbers; /* every label is one */
    bool whole;
    int64_t count; /* DIFFERENT_MAX + 1 when there are more */
    entry *list;   /* the different ones in ascending order */
} roll;

static bool number(temper_token word, double *value) {
    return temper_read_real(word.at, word.length, value) && fabs(*value) <= 1e100;
}

static bool is_number(temper_token word) {
    double value;
    return number(word, &value);
}

static int compare(const roll *r, const entry *a, const entry *b) {
    if (r->numbers) return (a->value > b->value) - (a->value < b->value);
    size_t shorter = a->word.length < b->word.length ? a->word.length : b->word.length;
    int order = shorter ? memcmp(a->word.at, b->word.at, shorter) : 0;
    return order ? order : (a->word.length > b->word.length) - (a->word.length < b->word.length);
}

/* The place of x in the list, or where it belongs. */
static int64_t place(const roll *r, const entry *x, bool *there) {
    int64_t low = 0, high = r->count;
    *there = false;
    /* Invariant: entries below `low` are less than x, entries from `high` on are greater. */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = compare(r, &r->list[middle], x);
        if (order == 0) return *there = true, middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static entry entry_of(const roll *r, temper_token word) {
    entry x = {word, 0};
    if (r->numbers) number(word, &x.value);
    return x;
}

static void call_the_roll(roll *r, const temper_label *label, int64_t n) {
    r->numbers = r->whole = true;
    for (int64_t i = 0; i < n && r->numbers; i++) {
        double value;
        r->numbers = number(label[i].word, &value);
        r->whole = r->whole && r->numbers && value == floor(value);
    }
    for (int64_t i = 0; i < n && r->count <= DIFFERENT_MAX; i++) {
        bool there;
        entry x = entry_of(r, label[i].word);
        int64_t k = place(r, &x, &there);
        if (there) continue;
        memmove(r->list + k + 1, r->list + k, (size_t)(r->count - k) * sizeof *r->list);
        r->list[k] = x;
        r->count++;
    }
}

static temper_status classes(temper_samples *samples, temper_lines lines, const temper_label *label,
                             const roll *r) {
    lines.line = 0;
    if (r->count > DIFFERENT_MAX)
        return temper_lines_fail(
            &lines, "expected at most %d different labels, found more (task=regression?)", DIFFERENT_MAX);
    if (!(samples->y = temper_alloc((size_t)samples->n, sizeof *samples->y))) return TEMPER_NO_MEMORY;
    samples->classes = r->count;
    for (int64_t i = 0; i < samples->n; i++) {
        bool there;
        entry x = entry_of(r, label[i].word);
        samples->y[i] = (int32_t)place(r, &x, &there);
    }
    return TEMPER_OK;
}

static temper_status targets(temper_samples *samples, temper_lines lines, const temper_label *label) {
    if (!(samples->t = temper_alloc((size_t)samples->n, sizeof *samples->t))) return TEMPER_NO_MEMORY;
    samples->outputs = 1;
    for (int64_t i = 0; i < samples->n; i++) {
        lines.line = label[i].line;
        temper_status bad = temper_lines_real(&lines, label[i].word, "target", &samples->t[i]);
        if (bad) return bad;
    }
    return TEMPER_OK;
}

temper_status temper_labels_take(temper_samples *samples, const char *name, const temper_label *label,
                                 temper_task task) {
    temper_lines lines;
    roll r = {0};
    temper_lines_begin(&lines, name, "", 0);
    for (int64_t i = 0; i < samples->n; i++) {
        lines.line = label[i].line;
        if (label[i].word.length == 0 || (label[i].word.length == 1 && *label[i].word.at == '?'))
            return temper_lines_fail(&lines, "expected a label, found none");
        /* One slip of the pen must not turn targets into classes. */
        if (task == TEMPER_TASK_AUTO && is_number(label[i].word) != is_number(label[0].word))
            return temper_lines_fail(
                &lines, "expected a label that is a %s as the first one, found a %s (task=class?)",
                is_number(label[0].word) ? "number" : "word", is_number(label[0].word) ? "word" : "number");
    }
    if (!(r.list = temper_alloc(DIFFERENT_MAX + 2, sizeof *r.list))) return TEMPER_NO_MEMORY;
    call_the_roll(&r, label, samples->n);
    bool real = task == TEMPER_TASK_REGRESSION ||
                (task == TEMPER_TASK_AUTO && r.numbers && (!r.whole || r.count > AUTO_MAX));
    temper_status bad = real ? targets(samples, lines, label) : classes(samples, lines, label, &r);
    temper_release(r.list);
    return bad;
}
