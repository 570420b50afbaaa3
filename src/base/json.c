/* The writer. */
#include "base/json.h"
#include <math.h>
#include <string.h>

static void quote(temper_text *text, const char *s) {
    temper_text_bytes(text, "\"", 1);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            temper_text_add(text, "\\%c", c);
        else if (c == '\n')
            temper_text_bytes(text, "\\n", 2);
        else if (c < 0x20)
            temper_text_add(text, "\\u%04x", (unsigned)c);
        else
            temper_text_bytes(text, s, 1);
    }
    temper_text_bytes(text, "\"", 1);
}

/* What stands in front of a value: the comma and the name. */
static void lead(temper_json *json, const char *name) {
    if (json->comma) temper_text_bytes(&json->text, ", ", 2);
    json->comma = true;
    if (!name) return;
    quote(&json->text, name);
    temper_text_bytes(&json->text, ": ", 2);
}

void temper_json_open(temper_json *json, const char *name, char bracket) {
    lead(json, name);
    temper_text_bytes(&json->text, &bracket, 1);
    json->depth++;
    json->comma = false;
}

void temper_json_close(temper_json *json, char bracket) {
    temper_text_bytes(&json->text, &bracket, 1);
    json->depth--;
    json->comma = true;
}

void temper_json_string(temper_json *json, const char *name, const char *value) {
    lead(json, name);
    if (value)
        quote(&json->text, value);
    else
        temper_text_bytes(&json->text, "null", 4);
}

void temper_json_real(temper_json *json, const char *name, double value) {
    lead(json, name);
    if (isfinite(value))
        temper_text_real(&json->text, value);
    else
        temper_text_bytes(&json->text, "null", 4);
}

void temper_json_int(temper_json *json, const char *name, int64_t value) {
    lead(json, name);
    temper_text_add(&json->text, "%lld", (long long)value);
}

void temper_json_bool(temper_json *json, const char *name, bool value) {
    lead(json, name);
    temper_text_add(&json->text, "%s", value ? "true" : "false");
}
