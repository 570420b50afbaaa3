#include "base/lines.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"

enum { NAME_SHOWN = 200, WORD_SHOWN = 24 };
static const double LARGEST = 1e100;

void temper_lines_begin(temper_lines *lines, const char *path, const char *bytes, size_t length) {
    size_t size = strlen(path);
    *lines = (temper_lines){.name = size > NAME_SHOWN ? path + size - NAME_SHOWN : path,
                            .next = bytes,
                            .end = bytes + length,
                            .comments = "#"};
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool temper_lines_next(temper_lines *lines) {
    while (lines->next < lines->end) {
        const char *start = lines->next;
        const char *stop = memchr(start, '\n', (size_t)(lines->end - start));
        if (!stop) stop = lines->end;
        lines->next = stop < lines->end ? stop + 1 : stop;
        lines->line++;
        while (start < stop && blank(*start)) start++;
        if (start == stop || (*start && strchr(lines->comments, *start))) continue;
        lines->at = start, lines->stop = stop;
        return true;
    }
    lines->at = lines->stop = lines->end;
    return false;
}

bool temper_lines_word(temper_lines *lines, temper_token *word) {
    const char *p = lines->at;
    while (p < lines->stop && blank(*p)) p++;
    word->at = p;
    while (p < lines->stop && !blank(*p)) p++;
    word->length = (size_t)(p - word->at);
    lines->at = p;
    return word->length > 0;
}

int temper_lines_split(temper_lines *lines, temper_token *words, int most) {
    temper_token more;
    int count = 0;
    while (count <= most && temper_lines_word(lines, count < most ? &words[count] : &more)) count++;
    return count;
}

temper_status temper_lines_fail(const temper_lines *lines, const char *format, ...) {
    char sentence[400];
    va_list values;
    va_start(values, format);
    vsnprintf(sentence, sizeof sentence, format, values);
    va_end(values);
    if (lines->line == 0) return temper_fail(TEMPER_BAD_DATA, "%s: %s", lines->name, sentence);
    return temper_fail(TEMPER_BAD_DATA, "%s:%lld: %s", lines->name, (long long)lines->line, sentence);
}

/* A word from a hostile file, fit for a terminal. */
static void show(temper_token word, char shown[WORD_SHOWN + 4]) {
    size_t count = word.length < WORD_SHOWN ? word.length : WORD_SHOWN;
    for (size_t k = 0; k < count; k++) shown[k] = word.at[k] >= ' ' && word.at[k] <= '~' ? word.at[k] : '?';
    memcpy(shown + count, word.length > count ? "…" : "", word.length > count ? sizeof "…" : 1);
}

temper_status temper_lines_int(const temper_lines *lines, temper_token word, const char *what,
                               const int64_t range[2], int64_t *x) {
    if (temper_read_int(word.at, word.length, x) && *x >= range[0] && *x <= range[1]) return TEMPER_OK;
    char shown[WORD_SHOWN + 4];
    show(word, shown);
    return temper_lines_fail(lines, "expected a %s, a whole number in %lld … %lld, found '%s'", what,
                             (long long)range[0], (long long)range[1], shown);
}

temper_status temper_lines_real(const temper_lines *lines, temper_token word, const char *what, double *x) {
    int64_t whole;
    /* Most files hold small integers, which need no strtod. */
    if (word.length < 16 && temper_read_int(word.at, word.length, &whole)) {
        *x = (double)whole;
        return TEMPER_OK;
    }
    if (temper_read_real(word.at, word.length, x) && fabs(*x) <= LARGEST) return TEMPER_OK;
    char shown[WORD_SHOWN + 4];
    show(word, shown);
    return temper_lines_fail(lines, "expected a %s, a number between -1e100 and 1e100, found '%s'", what,
                             shown);
}
