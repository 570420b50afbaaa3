#include "temper/status.h"
#include <string.h>
#include "base/plain.h"

static _Thread_local char sentence[512];

const char *temper_message(void) { return sentence; }

/* Cuts a UTF-8 character that lost its end. */
static void trim(char *text, size_t length) {
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0) text[start - 1] = 0;
}

/* Formats beside the old sentence: it may be one of the values of the new one. */
temper_status temper_fail(temper_status code, const char *format, ...) {
    char text[sizeof sentence];
    va_list values;
    va_start(values, format);
    int length = temper_plain_format(text, sizeof text, format, values);
    va_end(values);
    if (length < 0) text[0] = 0;
    if (length >= (int)sizeof text) trim(text, sizeof text - 1);
    memcpy(sentence, text, sizeof text);
    return code;
}
