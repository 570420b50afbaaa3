/* From "key=value,key=value" to a private struct and back, driven by the option table alone. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

enum { OPTIONS_MAX = 64 }; /* of one thing; `given` below is a set of bits */

typedef struct { /* a piece of the caller's text */
    const char *at;
    size_t length;
} piece;

static const temper_option *option_named(const temper_about *about, piece name) {
    for (const temper_option *o = about->options; o && o->name; o++)
        if (strlen(o->name) == name.length && !memcmp(o->name, name.at, name.length)) return o;
    return NULL;
}

static temper_status no_such_option(const temper_about *about, piece name) {
    const char *names[OPTIONS_MAX];
    int n = 0;
    for (const temper_option *o = about->options; o && o->name && n < OPTIONS_MAX; o++) names[n++] = o->name;
    char wrong[64];
    snprintf(wrong, sizeof wrong, "%.*s", (int)(name.length < 60 ? name.length : 60), name.at);
    if (n == 0)
        return temper_fail(TEMPER_BAD_OPTION, "%s: takes no options, so '%s' means nothing", about->name,
                           wrong);
    const char *near = temper_nearest(wrong, names, n);
    if (near)
        return temper_fail(TEMPER_BAD_OPTION, "%s: there is no option '%s'; did you mean '%s'?", about->name,
                           wrong, near);
    temper_text all = {0};
    for (int k = 0; k < n; k++) temper_text_add(&all, "%s%s", k ? ", " : "", names[k]);
    temper_status bad = temper_fail(TEMPER_BAD_OPTION, "%s: there is no option '%s'; it has %s", about->name,
                                    wrong, all.data ? all.data : "others");
    temper_text_clear(&all);
    return bad;
}

static temper_status refuse(const temper_about *about, const temper_option *o, piece value,
                            const char *want) {
    return temper_fail(TEMPER_BAD_OPTION, "%s: %s=%.*s is not %s", about->name, o->name,
                       (int)(value.length < 80 ? value.length : 80), value.at, want);
}

static temper_status read_number(const temper_about *about, const temper_option *o, piece v, double *x) {
    char want[128];
    int64_t whole;
    bool ok =
        o->kind == TEMPER_INT ? temper_read_int(v.at, v.length, &whole) : temper_read_real(v.at, v.length, x);
    if (!ok) return refuse(about, o, v, o->kind == TEMPER_INT ? "a whole number" : "a number");
    if (o->kind == TEMPER_INT) *x = (double)whole;
    if (*x >= o->low && *x <= o->high) return TEMPER_OK;
    snprintf(want, sizeof want, "in the legal range %.9g … %.9g", o->low, o->high);
    return refuse(about, o, v, want);
}

static temper_status read_dims(const temper_about *about, const temper_option *o, piece v,
                               temper_dims *dims) {
    char want[128];
    dims->n = 0;
    for (size_t from = 0; from <= v.length;) {
        size_t to = from;
        while (to < v.length && v.at[to] != 'x') to++;
        int64_t extent;
        if (dims->n == TEMPER_DIMS_MAX || !temper_read_int(v.at + from, to - from, &extent))
            return refuse(about, o, v, "1 to 8 whole numbers joined by 'x', such as 32x32");
        if (!((double)extent >= o->low && (double)extent <= o->high)) {
            snprintf(want, sizeof want, "legal: each extent must be in %.0f … %.0f", o->low, o->high);
            return refuse(about, o, v, want);
        }
        dims->extent[dims->n++] = extent;
        from = to + 1;
    }
    return TEMPER_OK;
}

static temper_status read_choice(const temper_about *about, const temper_option *o, piece v, int *choice) {
    const char *names[OPTIONS_MAX];
    char copy[512], wrong[64];
    int n = 0;
    snprintf(copy, sizeof copy, "%s", o->choices);
    for (char *save = NULL, *name = strtok_r(copy, "|", &save); name; name = strtok_r(NULL, "|", &save)) {
        if (strlen(name) == v.length && !memcmp(name, v.at, v.length)) {
            *choice = n;
            return TEMPER_OK;
        }
        if (n < OPTIONS_MAX) names[n++] = name;
    }
    snprintf(wrong, sizeof wrong, "%.*s", (int)(v.length < 60 ? v.length : 60), v.at);
    const char *near = temper_nearest(wrong, names, n);
    char want[640];
    snprintf(want, sizeof want, "one of %s%s%s%s", o->choices, near ? "; did you mean '" : "",
             near ? near : "", near ? "'?" : "");
    return refuse(about, o, v, want);
}

static bool read_flag(piece v, bool *flag) {
    static const char *const yes[] = {"yes", "true", "1", "on"}, *const no[] = {"no", "false", "0", "off"};
    for (int k = 0; k < 4; k++) {
        if (strlen(yes[k]) == v.length && !memcmp(yes[k], v.at, v.length)) return *flag = true, true;
        if (strlen(no[k]) == v.length && !memcmp(no[k], v.at, v.length)) return *flag = false, true;
    }
    return false;
}

/* Parses one value into its place in the private struct. */
static temper_status assign(const temper_about *about, const temper_option *o, piece v, void *self) {
    void *place = (char *)self + o->offset;
    double x = 0;
    temper_status bad;
    switch (o->kind) {
    case TEMPER_INT:
        if ((bad = read_number(about, o, v, &x))) return bad;
        return temper_read_int(v.at, v.length, place) ? TEMPER_OK : TEMPER_BAD_OPTION;
    case TEMPER_REAL: return read_number(about, o, v, place);
    case TEMPER_FLAG: return read_flag(v, place) ? TEMPER_OK : refuse(about, o, v, "yes or no");
    case TEMPER_CHOICE: return read_choice(about, o, v, place);
    case TEMPER_DIMS: return read_dims(about, o, v, place);
    case TEMPER_STRING:
    case TEMPER_REST: break;
    }
    char *copy = NULL;
    /* An empty text would be left out where the instance is spelled out, and read again as the default. */
    if (v.length == 0 && (!o->preset || *o->preset))
        return temper_fail(TEMPER_BAD_OPTION, "%s: %s= is empty; legal: any other text", about->name,
                           o->name);
    if (v.length > 0) {
        if (!(copy = temper_alloc(v.length + 1, 1))) return TEMPER_NO_MEMORY;
        memcpy(copy, v.at, v.length);
    }
    temper_release(*(char **)place);
    *(char **)place = copy;
    return TEMPER_OK;
}

/* parity:4 is parity:n=4: a first piece that is only a number belongs to the first option, where that is a whole number or extents. */
static bool begins_with_size(const temper_option *table, char first) {
    return table && table->name && (table->kind == TEMPER_INT || table->kind == TEMPER_DIMS) &&
           first >= '0' && first <= '9';
}

static temper_status read_given(const temper_about *about, const char *options, void *self, uint64_t *given) {
    const temper_option *table = about->options;
    if (table && table->name && table->kind == TEMPER_REST) {
        *given = *options ? 1 : 0;
        return *options ? assign(about, table, (piece){options, strlen(options)}, self) : TEMPER_OK;
    }
    for (const char *p = options; *p;) {
        size_t length = strcspn(p, ","), key = strcspn(p, "=,");
        const bool bare = p == options && key == length && begins_with_size(table, *p);
        if ((key == length || key == 0) && !bare)
            return temper_fail(TEMPER_BAD_OPTION, "%s: '%.*s' is not of the form option=value", about->name,
                               (int)length, p);
        piece name = {p, key}, value = {p + key + 1, length - key - 1};
        if (bare) value = name;
        const temper_option *o = bare ? table : option_named(about, name);
        if (!o) return no_such_option(about, name);
        if (*given >> (o - table) & 1)
            return temper_fail(TEMPER_BAD_OPTION, "%s: %s is given twice", about->name, o->name);
        *given |= 1ull << (o - table);
        temper_status bad = assign(about, o, value, self);
        if (bad) return bad;
        p += length;
        if (*p == ',' && !*++p)
            return temper_fail(TEMPER_BAD_OPTION, "%s: the options end with a comma", about->name);
    }
    return TEMPER_OK;
}

static temper_status read_presets(const temper_about *about, void *self, uint64_t given) {
    for (const temper_option *o = about->options; o && o->name; o++) {
        if (given >> (o - about->options) & 1) continue;
        if (!o->preset) {
            if (o->kind == TEMPER_REST)
                return temper_fail(TEMPER_BAD_OPTION, "%s: needs a %s, as in %s:%s", about->name, o->name,
                                   about->name, about->specimen);
            return temper_fail(TEMPER_BAD_OPTION, "%s: needs the option %s (%s)", about->name, o->name,
                               o->doc);
        }
        temper_status bad = assign(about, o, (piece){o->preset, strlen(o->preset)}, self);
        if (bad) return bad;
    }
    return TEMPER_OK;
}

bool temper_option_print(const temper_option *o, const void *self, char *buffer, size_t size) {
    const void *place = (const char *)self + o->offset;
    size_t used = 0;
    *buffer = 0;
    switch (o->kind) {
    case TEMPER_INT: snprintf(buffer, size, "%lld", (long long)*(const int64_t *)place); break;
    case TEMPER_REAL: {
        temper_text number = {0};
        temper_text_real(&number, *(const double *)place);
        bool whole = !number.failed;
        if (whole) snprintf(buffer, size, "%s", number.data);
        temper_text_clear(&number);
        if (!whole) return false;
        break;
    }
    case TEMPER_FLAG: snprintf(buffer, size, "%s", *(const bool *)place ? "yes" : "no"); break;
    case TEMPER_CHOICE: {
        const char *name = o->choices;
        for (int k = *(const int *)place; k > 0; k--) name = strchr(name, '|') + 1;
        snprintf(buffer, size, "%.*s", (int)strcspn(name, "|"), name);
        break;
    }
    case TEMPER_DIMS:
        for (int k = 0; k < ((const temper_dims *)place)->n && used < size; k++)
            used += (size_t)snprintf(buffer + used, size - used, "%s%lld", k ? "x" : "",
                                     (long long)((const temper_dims *)place)->extent[k]);
        break;
    case TEMPER_STRING:
    case TEMPER_REST: snprintf(buffer, size, "%s", *(char *const *)place ? *(char *const *)place : ""); break;
    }
    return true;
}

/* "name:key=value,…" with every option spelled out; strings that are empty are left out. */
static char *spell(const temper_about *about, const void *self) {
    temper_text text = {0};
    temper_text_add(&text, "%s", about->name);
    char mark = ':';
    for (const temper_option *o = about->options; o && o->name; o++) {
        bool is_text = o->kind == TEMPER_STRING || o->kind == TEMPER_REST;
        const char *string = is_text ? *(char *const *)((const char *)self + o->offset) : NULL;
        char value[512];
        if (is_text && !string) continue;
        if (!is_text && !temper_option_print(o, self, value, sizeof value)) text.failed = true;
        if (o->kind == TEMPER_REST)
            temper_text_add(&text, ":%s", string);
        else
            temper_text_add(&text, "%c%s=%s", mark, o->name, is_text ? string : value);
        mark = ',';
    }
    return temper_text_take(&text);
}

temper_status temper_options_read(const temper_about *about, const char *options, void **self, char **text) {
    uint64_t given = 0;
    *text = NULL;
    if (!(*self = temper_alloc(1, about->size ? about->size : 1))) return TEMPER_NO_MEMORY;
    temper_status bad = read_given(about, options, *self, &given);
    if (!bad) bad = read_presets(about, *self, given);
    if (!bad && !(*text = spell(about, *self)))
        bad = temper_fail(TEMPER_NO_MEMORY, "%s: out of memory", about->name);
    if (bad) {
        temper_options_free(about, *self, *text);
        *self = NULL;
        *text = NULL;
    }
    return bad;
}

void temper_options_free(const temper_about *about, void *self, char *text) {
    for (const temper_option *o = about->options; self && o && o->name; o++)
        if (o->kind == TEMPER_STRING || o->kind == TEMPER_REST)
            temper_release(*(char **)((char *)self + o->offset));
    temper_release(self);
    temper_release(text);
}
