/* CSV and its relatives: one row a line, one column of it the label. RFC 4180 without line ends inside quotes; also
 * separated by tabs, semicolons or blanks. Blank lines and lines that begin with # are skipped. Missing values are refused:
 * what stands for them is a choice that the reader must not make. */
#include <string.h>
#include "base/text.h"
#include "data/texts.h"

enum { AUTO, YES, NO }; /* of header */
enum { NO_LABEL = -1 }; /* as a column */
enum { COLUMNS_MAX = 1 << 24 };

typedef struct {
    temper_lines lines;
    char separator;
    int64_t columns, label; /* which column is the label */
} reading;

static temper_status next_field(const reading *r, const char **at, temper_token *field) {
    if (temper_field(at, r->lines.stop, r->separator, false, field)) return TEMPER_OK;
    return temper_lines_fail(&r->lines,
                             "expected a quote at the end of a field, and a separator or nothing behind it");
}

/* Tabs, semicolons and commas in this order; the first line has to have one, or else blanks separate. */
static char guess(const char *at, const char *stop) {
    static const char marks[] = "\t;,";
    for (int k = 0; k < 3; k++)
        if (memchr(at, marks[k], (size_t)(stop - at))) return marks[k];
    return ' ';
}

static temper_status count_columns(reading *r) {
    temper_token field;
    r->columns = 0;
    for (const char *at = r->lines.at; at; r->columns++) {
        temper_status bad = next_field(r, &at, &field);
        if (bad) return bad;
    }
    return r->columns <= COLUMNS_MAX ? TEMPER_OK
                                     : temper_lines_fail(&r->lines, "expected at most 2^24 columns");
}

/* Which column is called `label`; quotes are checked already. */
static temper_status find_label(reading *r, const char *label, bool header) {
    temper_token field;
    if (!strcmp(label, "none")) return r->label = NO_LABEL, TEMPER_OK;
    if (!strcmp(label, "first")) return r->label = 0, TEMPER_OK;
    if (!strcmp(label, "last")) return r->label = r->columns - 1, TEMPER_OK;
    if (header) {
        const char *at = r->lines.at;
        for (r->label = 0; at; r->label++)
            if (!next_field(r, &at, &field) && temper_token_is(field, label)) return TEMPER_OK;
    }
    return temper_lines_fail(&r->lines, "expected a header with a column '%.60s', the label, found none",
                             label);
}

/* A first line is a header when its features are words, all of them: where only some are, the line is a row with a fault.
 * Before the label is known by name it is simply one of the columns. */
static bool is_header(reading *r, const char *label) {
    temper_token field;
    int64_t column = 0;
    double x;
    int64_t skip = !strcmp(label, "first") ? 0 : !strcmp(label, "last") ? r->columns - 1 : NO_LABEL;
    for (const char *at = r->lines.at; at; column++) {
        if (next_field(r, &at, &field)) return false;
        if (column == skip) continue;
        if (field.length == 0 || temper_read_real(field.at, field.length, &x)) return false;
    }
    return true;
}

static temper_status read_row(const reading *r, temper_growing *rows) {
    temper_label label = {{"", 0}, r->lines.line};
    int64_t column = 0;
    for (const char *at = r->lines.at; at; column++) {
        temper_token field;
        float x;
        temper_status bad = next_field(r, &at, &field);
        if (bad) return bad;
        if (column == r->label) {
            label.word = field;
            continue;
        }
        bad = temper_lines_feature(&r->lines, field, &x);
        if (!bad) bad = temper_growing_number(rows, x);
        if (bad) return bad;
    }
    if (column != r->columns)
        return temper_lines_fail(&r->lines, "expected %lld fields as in the first line, found %lld",
                                 (long long)r->columns, (long long)column);
    return temper_growing_row(rows, label);
}

static temper_status read_lines(reading *r, const temper_csv_how *how, temper_growing *rows) {
    static const char separators[] = "?,\t; ";
    if (!temper_lines_next(&r->lines))
        return temper_lines_fail(&r->lines, "expected rows of numbers, found none");
    r->separator = how->separator ? separators[how->separator] : guess(r->lines.at, r->lines.stop);
    temper_status bad = count_columns(r);
    if (bad) return bad;
    bool header = how->header == YES || (how->header == AUTO && is_header(r, how->label));
    if ((bad = find_label(r, how->label, header))) return bad;
    if (r->columns - (r->label != NO_LABEL) < 1)
        return temper_lines_fail(&r->lines, "expected a feature beside the label, found one column");
    if (header && !temper_lines_next(&r->lines))
        return temper_lines_fail(&r->lines, "expected rows below the header, found none");
    do {
        if ((bad = read_row(r, rows))) return bad;
    } while (temper_lines_next(&r->lines));
    return TEMPER_OK;
}

temper_status temper_csv_take(temper_samples *samples, temper_bytes bytes, const temper_csv_how *how) {
    reading r = {.label = NO_LABEL};
    temper_growing rows = {0};
    size_t mark =
        bytes.length >= 3 && !memcmp(bytes.at, "\xef\xbb\xbf", 3) ? 3 : 0; /* UTF-8's byte order mark */
    temper_lines_begin(&r.lines, bytes.name, bytes.at + mark, bytes.length - mark);
    temper_status bad = read_lines(&r, how, &rows);
    if (!bad) bad = temper_growing_take(&rows, &r.lines, samples);
    if (!bad && r.label != NO_LABEL) bad = temper_labels_take(samples, bytes.name, rows.label, how->task);
    temper_growing_clear(&rows);
    return bad;
}
