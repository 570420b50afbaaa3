#include "base/plain.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* newlocale("C") hands out a static object, so this costs two thread-local stores. If it should fail,
 * uselocale(0) changes nothing and the text follows the program's locale. */
typedef struct {
    locale_t plain, before;
} scope;

static scope enter(void) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return (scope){plain, uselocale(plain)};
}

static void leave(scope of) {
    uselocale(of.before);
    if (of.plain) freelocale(of.plain);
}

int temper_plain_format(char *out, size_t size, const char *format, va_list values) {
    scope here = enter();
    int length = vsnprintf(out, size, format, values);
    leave(here);
    return length;
}

double temper_plain_number(const char *s) {
    scope here = enter();
    double x = strtod(s, NULL);
    leave(here);
    return x;
}
