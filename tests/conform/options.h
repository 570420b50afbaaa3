/* Bad options of anything listable: each is refused with the thing's name, the option's name and the value. */
#ifndef TEMPER_CONFORM_OPTIONS_H
#define TEMPER_CONFORM_OPTIONS_H

#include <stdio.h>
#include "small.h"

static inline void refuses(const temper_about *about, const char *options, const char *option,
                           const char *value) {
    void *self;
    char *text;
    temper_status bad = temper_options_read(about, options, &self, &text);
    CHECK(bad == TEMPER_BAD_OPTION, "%s:%s was taken", about->name, options);
    if (!bad) temper_options_free(about, self, text);
    CHECK(strstr(temper_message(), about->name), "%s not named in: %s", about->name, temper_message());
    CHECK(strstr(temper_message(), option), "option %s not named in: %s", option, temper_message());
    CHECK(strstr(temper_message(), value), "value %s not named in: %s", value, temper_message());
}

static inline void refuses_bad_options(const temper_about *about) {
    char text[256], value[64];
    CHECK(about->name && about->brief && *about->brief && about->specimen, "an incomplete head");
    for (const temper_option *o = about->options; o && o->name; o++) {
        CHECK(o->doc && *o->doc, "%s: option %s has no doc", about->name, o->name);
        bool number = o->kind == TEMPER_INT || o->kind == TEMPER_REAL || o->kind == TEMPER_DIMS;
        if (o->kind == TEMPER_STRING || o->kind == TEMPER_REST) continue;
        snprintf(text, sizeof text, "%s=nonsense", o->name);
        refuses(about, text, o->name, "nonsense");
        if (!number) continue;
        CHECK(o->low <= o->high, "%s: %s has an empty range", about->name, o->name);
        snprintf(text, sizeof text, "%s=nan", o->name);
        refuses(about, text, o->name, "nan");
        if (o->low > -1e17) {
            snprintf(value, sizeof value, "%.17g", o->low - fmax(1.0, fabs(o->low)));
            snprintf(text, sizeof text, "%s=%s", o->name, value);
            refuses(about, text, o->name, "legal");
        }
        if (o->high < 1e17) {
            snprintf(value, sizeof value, "%.17g", o->high + fmax(1.0, fabs(o->high)));
            snprintf(text, sizeof text, "%s=%s", o->name, value);
            refuses(about, text, o->name, "legal");
        }
    }
    bool rest = about->options && about->options->name && about->options->kind == TEMPER_REST;
    if (!rest) refuses(about, "zzz=1", "zzz", "zzz");
}

#endif
