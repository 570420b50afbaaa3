/* Rows of text files as they come in, and the fields of a line. */
#include <string.h>
#include "base/memory.h"
#include "data/texts.h"

temper_status temper_growing_number(temper_growing *rows, float x) {
    if (rows->used == rows->room) {
        int64_t room = rows->room ? 2 * rows->room : 1024;
        float *X = temper_regrow(rows->X, (size_t)rows->used, (size_t)room, sizeof *X);
        if (!X) return TEMPER_NO_MEMORY;
        rows->X = X;
        rows->room = room;
    }
    rows->X[rows->used++] = x;
    return TEMPER_OK;
}

temper_status temper_growing_row(temper_growing *rows, temper_label label) {
    if (rows->rows == rows->label_room) {
        int64_t room = rows->label_room ? 2 * rows->label_room : 256;
        temper_label *grown = temper_regrow(rows->label, (size_t)rows->rows, (size_t)room, sizeof *grown);
        if (!grown) return TEMPER_NO_MEMORY;
        rows->label = grown;
        rows->label_room = room;
    }
    rows->label[rows->rows++] = label;
    return TEMPER_OK;
}

temper_status temper_growing_take(temper_growing *rows, const temper_lines *lines, temper_samples *samples) {
    if (rows->rows == 0 || rows->used == 0)
        return temper_lines_fail(lines, "expected rows of numbers, found none");
    samples->n = rows->rows;
    samples->features = rows->used / rows->rows;
    samples->X = rows->X;
    rows->X = NULL;
    return TEMPER_OK;
}

void temper_growing_clear(temper_growing *rows) {
    temper_release(rows->X);
    temper_release(rows->label);
    *rows = (temper_growing){0};
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool temper_field(const char **at, const char *stop, char separator, bool single, temper_token *field) {
    const char *p = *at;
    while (p < stop && blank(*p) && *p != separator) p++;
    while (separator == ' ' && p < stop && blank(*p)) p++;
    if (p < stop && (*p == '"' || (single && *p == '\''))) {
        char quote = *p++;
        field->at = p;
        /* A doubled quote stands for one and does not end the field; it stays doubled, names are only compared. */
        while (p < stop && (*p != quote || (p + 1 < stop && p[1] == quote))) p += *p == quote ? 2 : 1;
        if (p == stop) return false;
        field->length = (size_t)(p - field->at);
        p++;
    } else {
        field->at = p;
        while (p < stop && *p != separator && !(separator == ' ' && blank(*p))) p++;
        field->length = (size_t)(p - field->at);
        while (field->length > 0 && blank(field->at[field->length - 1])) field->length--;
    }
    while (p < stop && blank(*p) && (separator == ' ' || *p != separator)) p++;
    if (p == stop)
        *at = NULL;
    else if (separator == ' ')
        *at = p;
    else if (*p == separator)
        *at = p + 1;
    else
        return false;
    return true;
}

bool temper_token_is(temper_token word, const char *text) {
    return word.length == strlen(text) && !memcmp(word.at, text, word.length);
}

bool temper_token_means(temper_token word, const char *text) {
    if (word.length != strlen(text)) return false;
    for (size_t k = 0; k < word.length; k++) {
        char c = word.at[k];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != text[k]) return false;
    }
    return true;
}
