#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain.h"

/* Room for `more` bytes and a NUL. */
static bool reserve(temper_text *text, size_t more) {
    if (text->failed) return false;
    if (more < text->capacity - text->length) return true;
    size_t capacity = text->capacity ? 2 * text->capacity : 128;
    while (capacity - text->length <= more && capacity <= SIZE_MAX / 2) capacity *= 2;
    char *data = temper_regrow(text->data, text->length, capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data, text->capacity = capacity;
    return true;
}

void temper_text_bytes(temper_text *text, const char *bytes, size_t count) {
    if (!reserve(text, count)) return;
    if (count) memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = 0;
}

void temper_text_add(temper_text *text, const char *format, ...) {
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    char brief[256];
    int length = temper_plain_format(brief, sizeof brief, format, values);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length < sizeof brief) {
        temper_text_bytes(text, brief, (size_t)length);
    } else if (reserve(text, (size_t)length)) {
        temper_plain_format(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(values);
}

void temper_text_cell(temper_text *text, int width, int digits, double x) {
    if (isfinite(x))
        temper_text_add(text, " %*.*g", width, digits, x + 0.0); /* −0 is 0 */
    else
        temper_text_add(text, " %*s%s", width - (isinf(x) && x < 0 ? 2 : 1), "",
                        isnan(x) ? "–"
                        : x < 0  ? "−∞"
                                 : "∞");
}

void temper_text_clear(temper_text *text) {
    temper_release(text->data);
    *text = (temper_text){0};
}

char *temper_text_take(temper_text *text) {
    temper_text_bytes(text, "", 0); /* an empty text is "" and not NULL */
    char *data = text->data;
    if (text->failed) temper_release(data), data = NULL;
    *text = (temper_text){0};
    return data;
}
