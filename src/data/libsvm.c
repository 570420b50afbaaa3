/* LIBSVM's sparse lines (Chang & Lin 2011): `label index:value index:value …`, indices from 1 and ascending; what is not
 * listed is 0. The set is held densely. */
#include <string.h>
#include "base/memory.h"
#include "data/texts.h"

enum { INDEX_MAX = 1 << 26 };

/* One `index:value`. */
static temper_status read_entry(const temper_lines *lines, temper_token word, int64_t before, int64_t *index,
                                float *x) {
    const int64_t range[] = {before + 1, INDEX_MAX};
    const char *colon = memchr(word.at, ':', word.length);
    if (!colon)
        return temper_lines_fail(lines, "expected index:value, found no colon behind index %lld",
                                 (long long)before);
    temper_token first = {word.at, (size_t)(colon - word.at)};
    temper_token second = {colon + 1, word.length - first.length - 1};
    temper_status bad = temper_lines_int(lines, first, before ? "larger index" : "index", range, index);
    return bad ? bad : temper_lines_feature(lines, second, x);
}

/* First look: rows, entries and the largest index, all sane. */
static temper_status look(temper_lines lines, temper_growing *rows, int64_t *entries, int64_t *largest) {
    while (temper_lines_next(&lines)) {
        temper_token word;
        temper_label label = {{"", 0}, lines.line};
        int64_t index = 0;
        float x;
        temper_lines_word(&lines, &label.word);
        while (temper_lines_word(&lines, &word)) {
            temper_status bad = read_entry(&lines, word, index, &index, &x);
            if (bad) return bad;
            ++*entries;
        }
        if (index > *largest) *largest = index;
        temper_status bad = temper_growing_row(rows, label);
        if (bad) return bad;
    }
    if (rows->rows == 0 || *largest == 0)
        return temper_lines_fail(&lines, "expected lines 'label index:value …', found none");
    return TEMPER_OK;
}

static void fill(temper_samples *samples, temper_lines lines) {
    for (int64_t i = 0; i < samples->n && temper_lines_next(&lines); i++) {
        temper_token word;
        int64_t index = 0;
        float x = 0;
        temper_lines_word(&lines, &word); /* the label */
        while (temper_lines_word(&lines, &word) && !read_entry(&lines, word, index, &index, &x))
            samples->X[i * samples->features + index - 1] = x;
    }
}

/* A few bytes can name a huge index; memory must follow what the file holds. */
static temper_status densely(const temper_lines *lines, int64_t rows, int64_t features, int64_t entries) {
    int64_t most = 64 * entries > 1 << 24 ? 64 * entries : 1 << 24;
    if (features <= most / rows) return TEMPER_OK;
    return temper_lines_fail(
        lines,
        "expected at most %lld numbers for %lld entries, since rows are held densely, found %lld x %lld",
        (long long)most, (long long)entries, (long long)rows, (long long)features);
}

temper_status temper_libsvm_take(temper_samples *samples, temper_bytes bytes, int64_t features,
                                 temper_task task) {
    temper_lines lines;
    temper_growing rows = {0};
    int64_t entries = 0, largest = 0;
    temper_lines_begin(&lines, bytes.name, bytes.at, bytes.length);
    temper_status bad = look(lines, &rows, &entries, &largest);
    if (!bad && features && largest > features)
        bad = temper_lines_fail(&lines, "expected indices up to features=%lld, found %lld",
                                (long long)features, (long long)largest);
    if (!features) features = largest;
    if (!bad) bad = densely(&lines, rows.rows, features, entries);
    if (!bad) bad = temper_samples_room(samples, bytes, rows.rows, features);
    if (!bad) fill(samples, lines);
    if (!bad) bad = temper_labels_take(samples, bytes.name, rows.label, task);
    temper_growing_clear(&rows);
    return bad;
}
