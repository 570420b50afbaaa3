#include "run/recipe.h"
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"

static void quote(temper_text *text, const char *s) {
    temper_text_bytes(text, "\"", 1);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            temper_text_add(text, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            temper_text_add(text, "\\u%04X", (unsigned)c);
        else
            temper_text_bytes(text, s, 1);
    }
    temper_text_bytes(text, "\"", 1);
}

temper_status temper_recipe_write(const char *verb, const temper_settings *settings, temper_text *text) {
    temper_text_add(text,
                    "# Everything needed to repeat this run. To go on with it: temper resume DIRECTORY\n");
    temper_text_add(text, "schema = \"temper.recipe/1\"\nverb = \"%s\"\n\n[options]\n", verb);
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        char *value;
        if (temper_settings_text(o, settings, &value)) return TEMPER_NO_MEMORY;
        if (value && *value) {
            temper_text_add(text, "%s = ", o->name);
            if (o->kind == TEMPER_STRING)
                quote(text, value);
            else
                temper_text_add(text, "%s",
                                o->kind != TEMPER_FLAG ? value
                                : strcmp(value, "yes") ? "false"
                                                       : "true");
            temper_text_add(text, "\n");
        }
        temper_release(value);
    }
    return text->failed ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the recipe") : TEMPER_OK;
}

temper_status temper_recipe_hash(const char *verb, const temper_settings *settings, const char *input,
                                 char hex[65]) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, verb, strlen(verb) + 1);
    for (const temper_option *o = temper_settings_table(verb); o->name; o++) {
        if (!temper_settings_decides(o)) continue;
        char *value;
        if (temper_settings_text(o, settings, &value)) return TEMPER_NO_MEMORY;
        temper_sha256_add(&sha, o->name, strlen(o->name) + 1);
        if (value && *value) temper_sha256_add(&sha, value, strlen(value) + 1);
        temper_release(value);
    }
    temper_sha256_add(&sha, input, strlen(input));
    temper_sha256_end(&sha, hex);
    return TEMPER_OK;
}

typedef struct { /* where the reader is */
    const char *path, *at, *end;
    int line;
} reader;

static temper_status wrong(const reader *r, const char *why) {
    return temper_fail(TEMPER_BAD_DATA, "%s: line %d: %s", r->path, r->line, why);
}

static void skip_blanks(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t')) r->at++;
}

/* To the next line; only blanks and a comment may stand before it. */
static temper_status end_line(reader *r) {
    skip_blanks(r);
    if (r->at < r->end && *r->at == '#')
        while (r->at < r->end && *r->at != '\n') r->at++;
    if (r->at < r->end && *r->at == '\r') r->at++;
    if (r->at < r->end && *r->at != '\n') return wrong(r, "something stands behind the value");
    if (r->at < r->end) r->at++;
    r->line++;
    return TEMPER_OK;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX as UTF-8; surrogates and NUL are refused. */
static bool read_unicode(reader *r, temper_text *out) {
    unsigned code = 0;
    if (r->end - r->at < 4) return false;
    for (int k = 0; k < 4; k++) {
        int digit = hex_digit(*r->at++);
        if (digit < 0) return false;
        code = code << 4 | (unsigned)digit;
    }
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) return false;
    char utf8[3];
    size_t n = 0;
    if (code < 0x80) {
        utf8[n++] = (char)code;
    } else if (code < 0x800) {
        utf8[n++] = (char)(0xC0 | code >> 6);
        utf8[n++] = (char)(0x80 | (code & 0x3F));
    } else {
        utf8[n++] = (char)(0xE0 | code >> 12);
        utf8[n++] = (char)(0x80 | (code >> 6 & 0x3F));
        utf8[n++] = (char)(0x80 | (code & 0x3F));
    }
    temper_text_bytes(out, utf8, n);
    return true;
}

static bool read_escape(reader *r, temper_text *out) {
    static const char letters[] = "\"\\ntrbf", meant[] = "\"\\\n\t\r\b\f";
    if (r->at == r->end) return false;
    char c = *r->at++;
    if (c == 'u') return read_unicode(r, out);
    const char *known = c ? strchr(letters, c) : NULL;
    if (known) temper_text_bytes(out, &meant[known - letters], 1);
    return known != NULL;
}

static temper_status read_string(reader *r, temper_text *out) {
    for (r->at++; r->at < r->end && *r->at != '"';) {
        unsigned char c = (unsigned char)*r->at++;
        if (c < 0x20 || c == 0x7F) return wrong(r, "a control character inside a string");
        if (c == '\\') {
            if (!read_escape(r, out)) return wrong(r, "an unknown escape inside a string");
        } else {
            temper_text_bytes(out, r->at - 1, 1);
        }
    }
    if (r->at == r->end) return wrong(r, "a string without an end");
    r->at++;
    return TEMPER_OK;
}

static temper_status read_value(reader *r, temper_text *out) {
    if (r->at < r->end && *r->at == '"') return read_string(r, out);
    const char *start = r->at;
    while (r->at < r->end && *r->at && strchr("+-.eE0123456789abcdefghijklmnopqrstuvwxyz", *r->at)) r->at++;
    size_t length = (size_t)(r->at - start);
    double x;
    bool word = (length == 4 && !memcmp(start, "true", 4)) || (length == 5 && !memcmp(start, "false", 5));
    if (!word && !temper_read_real(start, length, &x))
        return wrong(r, "a value is a string in quotes, a number, true or false");
    temper_text_bytes(out, start, length);
    return TEMPER_OK;
}

typedef struct { /* what has been seen */
    char verb[16];
    bool schema, options;
    temper_text names; /* "\nname\n" of every option so far */
} seen;

static temper_status take(reader *r, seen *so_far, const char *name, const char *value) {
    if (so_far->options) return TEMPER_OK;
    if (!strcmp(name, "schema") && !so_far->schema) {
        so_far->schema = true;
        return strcmp(value, "temper.recipe/1") ? wrong(r, "schema is not temper.recipe/1") : TEMPER_OK;
    }
    if (!strcmp(name, "verb") && !*so_far->verb && *value && strlen(value) < sizeof so_far->verb) {
        memcpy(so_far->verb, value, strlen(value) + 1);
        return TEMPER_OK;
    }
    return wrong(r, "before [options] there must be one schema and one verb, and nothing else");
}

/* name = value */
static temper_status read_pair(reader *r, seen *so_far, temper_recipe_set set, void *context) {
    char name[32], mark[36];
    size_t length = 0;
    while (
        r->at < r->end &&
        ((*r->at >= 'a' && *r->at <= 'z') || *r->at == '_' || (length && *r->at >= '0' && *r->at <= '9')) &&
        length + 1 < sizeof name)
        name[length++] = *r->at++;
    name[length] = 0;
    skip_blanks(r);
    if (!length || r->at == r->end || *r->at != '=')
        return wrong(r, "a line is 'name = value' or '[options]'");
    r->at++;
    skip_blanks(r);
    temper_text value = {0};
    temper_status bad = read_value(r, &value);
    temper_text_bytes(&value, "", 0);
    if (!bad && value.failed) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = take(r, so_far, name, value.data);
    if (!bad && so_far->options) {
        mark[0] = '\n';
        memcpy(mark + 1, name, length);
        memcpy(mark + 1 + length, "\n", 2);
        if (so_far->names.data && strstr(so_far->names.data, mark))
            bad = wrong(r, "an option is given twice");
        temper_text_add(&so_far->names, "%s", mark);
        if (!bad) bad = set(context, so_far->verb, name, value.data);
    }
    temper_text_clear(&value);
    return bad;
}

static temper_status read_line(reader *r, seen *so_far, temper_recipe_set set, void *context) {
    skip_blanks(r);
    if (r->at < r->end && *r->at == '[') {
        static const char head[] = "[options]";
        size_t length = sizeof head - 1;
        if ((size_t)(r->end - r->at) < length || memcmp(r->at, head, length) || so_far->options)
            return wrong(r, "the only section is one [options]");
        if (!so_far->schema || !*so_far->verb) return wrong(r, "schema and verb must stand before [options]");
        r->at += length;
        so_far->options = true;
    } else if (r->at < r->end && *r->at != '#' && *r->at != '\n' && *r->at != '\r') {
        temper_status bad = read_pair(r, so_far, set, context);
        if (bad) return bad;
    }
    return end_line(r);
}

temper_status temper_recipe_read(const char *path, const char *text, size_t length, temper_recipe_set set,
                                 void *context) {
    reader r = {path, text, text + length, 1};
    seen so_far = {0};
    temper_status bad = memchr(text, 0, length) ? wrong(&r, "a NUL byte") : TEMPER_OK;
    while (!bad && r.at < r.end) bad = read_line(&r, &so_far, set, context);
    if (!bad && !so_far.options) bad = wrong(&r, "there is no [options] section");
    if (!bad && so_far.names.failed) bad = TEMPER_NO_MEMORY; /* an option given twice would go unseen */
    temper_text_clear(&so_far.names);
    return bad;
}

typedef struct {
    const char *verb;
    temper_settings *settings;
} recollection;

static temper_status recall(void *context, const char *verb, const char *name, const char *value) {
    const recollection *r = context;
    if (strcmp(verb, r->verb))
        return temper_fail(TEMPER_BAD_OPTION, "is the recipe of a '%s', not of a '%s'", verb, r->verb);
    return temper_settings_set(verb, r->settings, name, value);
}

temper_status temper_recipe_recall(const char *run, const char *verb, temper_settings *settings) {
    temper_text path = {0};
    char *text = NULL;
    size_t length;
    recollection r = {verb, settings};
    temper_text_add(&path, "%s/recipe.toml", run);
    temper_status bad = path.failed ? TEMPER_NO_MEMORY : temper_read_file(path.data, 1 << 20, &text, &length);
    if (!bad && (bad = temper_recipe_read(path.data, text, length, recall, &r)) == TEMPER_BAD_OPTION)
        bad = temper_fail(TEMPER_BAD_DATA, "%s: %s", path.data, temper_message());
    if (!bad && !settings->data && strcmp(verb, "sample") && strcmp(verb, "anneal"))
        bad = temper_fail(TEMPER_BAD_DATA, "%s: names no data", path.data);
    temper_text_clear(&path);
    temper_release(text);
    return bad;
}
