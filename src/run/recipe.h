/* recipe.toml: the options of a job, all spelled out, in a strict subset of TOML.
 *
 *     # comment
 *     schema = "temper.recipe/1"
 *     verb = "sample"
 *     [options]
 *     system = "ising:dims=32x32"      strings with \" \\ \n \t \r \b \f \uXXXX
 *     sweeps = 10000                   whole numbers
 *     checkpoint = 60.0                numbers
 *     strict = false                   true, false */
#ifndef TEMPER_RUN_RECIPE_H
#define TEMPER_RUN_RECIPE_H

#include "base/text.h"
#include "run/settings.h"

temper_status temper_recipe_write(const char *verb, const temper_settings *settings, temper_text *text);
/* SHA-256 over what decides the numbers, and over `input`, the fingerprint of files read ("" if none). */
temper_status temper_recipe_hash(const char *verb, const temper_settings *settings, const char *input,
                                 char hex[65]);

/* Reads a recipe. `verb` receives the verb (at most 15 bytes and NUL), then set(context, name, value) is called for every
 * option in the order of the text. TEMPER_BAD_DATA names `path` and the line. */
typedef temper_status (*temper_recipe_set)(void *context, const char *verb, const char *name,
                                           const char *value);
temper_status temper_recipe_read(const char *path, const char *text, size_t length, temper_recipe_set set,
                                 void *context);
/* The options of the job of this verb in a run directory, into settings that were begun (temper_settings_begin). */
temper_status temper_recipe_recall(const char *run, const char *verb, temper_settings *settings);

#endif
