/* Looking into things: options by name, files that they were made from. */
#ifndef TEMPER_RUN_THINGS_H
#define TEMPER_RUN_THINGS_H

#include "temper/ensemble.h"

/* A whole-number option of a thing; false when it has none of that name. */
bool temper_thing_number(const temper_about *about, const void *self, const char *name, double *value);
/* Its option `dims`. */
bool temper_thing_dims(const temper_about *about, const void *self, temper_dims *dims);
/* The path in its option `file`, NULL: none. */
const char *temper_thing_file(const temper_about *about, const void *self);

#endif
