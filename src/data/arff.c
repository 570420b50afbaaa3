/* ARFF, Weka's format: `@relation`, `@attribute name type` one a line, `@data`, then rows separated by commas. Types: numeric,
 * real, integer, or a list of values {a, b}. Dates, strings, sparse rows, weights and missing values are refused. */
#include <string.h>
#include "base/memory.h"
#include "data/texts.h"

enum { NO_LABEL = -1, ATTRIBUTES_MAX = 1 << 20, VALUES_MAX = 1000 };

typedef struct {
    temper_token name;
    int64_t values, first; /* how many values, 0 for a number; where they begin in the list of all */
} attribute;

typedef struct {
    temper_lines lines;
    attribute *list;
    int64_t count, room;
    temper_token *value; /* of all attributes */
    int64_t values, value_room;
    int64_t label, most; /* most: numbers that a file of this length may become */
} head;

static void clear(head *h) {
    temper_release(h->list);
    temper_release(h->value);
}

static temper_status add_value(head *h, temper_token word) {
    if (h->values == h->value_room) {
        int64_t room = h->value_room ? 2 * h->value_room : 64;
        temper_token *grown = temper_regrow(h->value, (size_t)h->values, (size_t)room, sizeof *grown);
        if (!grown) return TEMPER_NO_MEMORY;
        h->value = grown;
        h->value_room = room;
    }
    h->value[h->values++] = word;
    return TEMPER_OK;
}

static temper_status add_attribute(head *h, attribute a) {
    if (h->count == ATTRIBUTES_MAX)
        return temper_lines_fail(&h->lines, "expected at most 2^20 attributes, found more");
    if (h->count == h->room) {
        int64_t room = h->room ? 2 * h->room : 64;
        attribute *grown = temper_regrow(h->list, (size_t)h->count, (size_t)room, sizeof *grown);
        if (!grown) return TEMPER_NO_MEMORY;
        h->list = grown;
        h->room = room;
    }
    h->list[h->count++] = a;
    return TEMPER_OK;
}

/* {a, b, c}: from behind the first brace to the end of the line. */
static temper_status read_values(head *h, const char *at, attribute *a) {
    const char *stop = h->lines.stop;
    while (stop > at && stop[-1] != '}') stop--;
    if (stop == at) return temper_lines_fail(&h->lines, "expected '}' at the end of the values, found none");
    for (stop--; at;) {
        temper_token word;
        if (!temper_field(&at, stop, ',', true, &word) || word.length == 0)
            return temper_lines_fail(&h->lines, "expected values separated by commas in {…}");
        temper_status bad = add_value(h, word);
        if (bad) return bad;
    }
    a->values = h->values - a->first;
    if (a->values > VALUES_MAX)
        return temper_lines_fail(&h->lines, "expected at most %d values of an attribute, found %lld",
                                 VALUES_MAX, (long long)a->values);
    return TEMPER_OK;
}

/* Behind the word @attribute: a name, in quotes or not, and a type. */
static temper_status read_attribute(head *h) {
    attribute a = {.first = h->values};
    const char *at = h->lines.at;
    if (!temper_field(&at, h->lines.stop, ' ', true, &a.name) || a.name.length == 0 || !at)
        return temper_lines_fail(&h->lines, "expected '@attribute name type'");
    h->lines.at = at;
    temper_token type;
    temper_status bad = TEMPER_OK;
    if (*at == '{')
        bad = read_values(h, at + 1, &a);
    else if (!temper_lines_word(&h->lines, &type) ||
             !(temper_token_means(type, "numeric") || temper_token_means(type, "real") ||
               temper_token_means(type, "integer")))
        bad = temper_lines_fail(&h->lines,
                                "expected the type numeric, real, integer or {values}; others are not read");
    return bad ? bad : add_attribute(h, a);
}

static temper_status read_head(head *h) {
    temper_token word;
    h->lines.comments = "%";
    while (temper_lines_next(&h->lines)) {
        temper_lines_word(&h->lines, &word);
        if (temper_token_means(word, "@data")) return TEMPER_OK;
        if (temper_token_means(word, "@relation")) continue;
        if (!temper_token_means(word, "@attribute"))
            return temper_lines_fail(&h->lines, "expected @relation, @attribute or @data");
        temper_status bad = read_attribute(h);
        if (bad) return bad;
    }
    return temper_lines_fail(&h->lines, "expected @data, found the end (truncated file?)");
}

static temper_status find_label(head *h, const temper_arff_how *how) {
    h->label = !strcmp(how->label, "first") ? 0 : !strcmp(how->label, "last") ? h->count - 1 : NO_LABEL;
    bool none = !strcmp(how->label, "none");
    for (int64_t k = 0; k < h->count && h->label == NO_LABEL && !none; k++)
        if (temper_token_is(h->list[k].name, how->label)) h->label = k;
    if (h->label == NO_LABEL && !none)
        return temper_lines_fail(&h->lines, "expected an attribute '%.60s', the label, found none",
                                 how->label);
    if (h->count - !none < 1)
        return temper_lines_fail(&h->lines, "expected an attribute beside the label, found none");
    for (int64_t k = 0; k < h->count && !how->onehot; k++)
        if (k != h->label && h->list[k].values)
            return temper_lines_fail(
                &h->lines,
                "expected numbers, but attribute %lld has named values; onehot=yes makes one "
                "number of each",
                (long long)k + 1);
    return TEMPER_OK;
}

/* Which of the attribute's values this is. */
static temper_status number_of(const head *h, int64_t k, temper_token word, int64_t *number) {
    const attribute *a = &h->list[k];
    for (*number = 0; *number < a->values; ++*number) {
        temper_token value = h->value[a->first + *number];
        if (value.length == word.length && !memcmp(value.at, word.at, word.length)) return TEMPER_OK;
    }
    return temper_lines_fail(&h->lines, "expected one of the %lld values of attribute %lld, found %s",
                             (long long)a->values, (long long)k + 1,
                             temper_token_is(word, "?") ? "a missing one" : "another");
}

static temper_status read_cell(const head *h, temper_growing *rows, int64_t k, temper_token word) {
    float x;
    int64_t number;
    if (!h->list[k].values) {
        temper_status bad = temper_lines_feature(&h->lines, word, &x);
        return bad ? bad : temper_growing_number(rows, x);
    }
    temper_status bad = number_of(h, k, word, &number);
    for (int64_t v = 0; v < h->list[k].values && !bad; v++) bad = temper_growing_number(rows, v == number);
    return bad;
}

static temper_status read_row(const head *h, temper_growing *rows) {
    temper_label label = {{"", 0}, h->lines.line};
    int64_t k = 0, number;
    if (*h->lines.at == '{')
        return temper_lines_fail(&h->lines, "expected a dense row, found a sparse one, which is not read");
    for (const char *at = h->lines.at; at; k++) {
        temper_token word;
        if (!temper_field(&at, h->lines.stop, ',', true, &word))
            return temper_lines_fail(
                &h->lines, "expected a quote at the end of a field, and a comma or nothing behind it");
        if (k >= h->count) continue;
        temper_status bad = TEMPER_OK;
        if (k != h->label)
            bad = read_cell(h, rows, k, word);
        else if (label.word = word, h->list[k].values)
            bad = number_of(h, k, word, &number);
        if (bad) return bad;
    }
    if (k != h->count)
        return temper_lines_fail(&h->lines, "expected %lld fields, one for each attribute, found %lld",
                                 (long long)h->count, (long long)k);
    if (rows->used > h->most)
        return temper_lines_fail(&h->lines,
                                 "expected at most %lld numbers from a file of this length, found more",
                                 (long long)h->most);
    return temper_growing_row(rows, label);
}

/* Named values are classes in the order in which the file declares them. */
static temper_status take_label(temper_samples *samples, const head *h, const temper_growing *rows) {
    if (!h->list[h->label].values)
        return temper_labels_take(samples, h->lines.name, rows->label, TEMPER_TASK_REGRESSION);
    if (!(samples->y = temper_alloc((size_t)samples->n, sizeof *samples->y))) return TEMPER_NO_MEMORY;
    samples->classes = h->list[h->label].values;
    for (int64_t i = 0; i < samples->n; i++) {
        int64_t number = 0;
        temper_status bad = number_of(h, h->label, rows->label[i].word, &number);
        if (bad) return bad;
        samples->y[i] = (int32_t)number;
    }
    return TEMPER_OK;
}

temper_status temper_arff_take(temper_samples *samples, temper_bytes bytes, const temper_arff_how *how) {
    head h = {0};
    temper_growing rows = {0};
    temper_lines_begin(&h.lines, bytes.name, bytes.at, bytes.length);
    /* A byte can name a value that becomes a thousand numbers; memory must follow what the file holds. */
    h.most = bytes.length > 1 << 18 ? 64 * (int64_t)bytes.length : 1 << 24;
    temper_status bad = read_head(&h);
    if (!bad) bad = find_label(&h, how);
    while (!bad && temper_lines_next(&h.lines)) bad = read_row(&h, &rows);
    if (!bad) bad = temper_growing_take(&rows, &h.lines, samples);
    if (!bad && h.label != NO_LABEL) bad = take_label(samples, &h, &rows);
    temper_growing_clear(&rows);
    clear(&h);
    return bad;
}
