#include "run/things.h"
#include <string.h>

static const temper_option *option_of(const temper_about *about, const char *name) {
    for (const temper_option *o = about->options; o && o->name; o++)
        if (!strcmp(o->name, name)) return o;
    return NULL;
}

bool temper_thing_number(const temper_about *about, const void *self, const char *name, double *value) {
    const temper_option *o = option_of(about, name);
    if (!o || o->kind != TEMPER_INT) return false;
    *value = (double)*(const int64_t *)((const char *)self + o->offset);
    return true;
}

bool temper_thing_dims(const temper_about *about, const void *self, temper_dims *dims) {
    const temper_option *o = option_of(about, "dims");
    if (!o || o->kind != TEMPER_DIMS) return false;
    *dims = *(const temper_dims *)((const char *)self + o->offset);
    return true;
}

const char *temper_thing_file(const temper_about *about, const void *self) {
    const temper_option *o = option_of(about, "file");
    if (!o || o->kind != TEMPER_STRING) return NULL;
    return *(char *const *)((const char *)self + o->offset);
}
