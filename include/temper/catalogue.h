/* catalogue: all that can be named, described as text or as JSON. The command line, the docs and Python are made
 * from it. */
#ifndef TEMPER_CATALOGUE_H
#define TEMPER_CATALOGUE_H

#include <stdbool.h>
#include "temper/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rooms: "systems", "potentials", "samplers", "ensembles", "observables", "theories", "datasets", "dynamics", "schedules", "layers", "models", "corruptions", "machines", "methods"; k = 0 …; NULL past the end. */
TEMPER_API const char *temper_room(int k);
TEMPER_API const temper_about *temper_entry(const char *room, int k);
/* The entry called `name`, in whatever room; *room is then set. TEMPER_BAD_OPTION with the nearest name. */
TEMPER_API temper_status temper_find(const char *name, const char **room, const temper_about **about);

/* One line per entry; room NULL for all. Caller frees with temper_free. */
TEMPER_API temper_status temper_list_text(const char *room, char **text);
/* Options with type, default, range, unit, doc. `thing` is a name, or text of an instance such as "ising:dims=8x8". */
TEMPER_API temper_status temper_describe_text(const char *thing, char **text);
/* The whole catalogue, schema "temper.catalogue/1". */
TEMPER_API temper_status temper_catalogue_json(char **json);
/* Version, compiler, cpu level, threads, optional libraries; as lines of text or JSON ("temper.info/1"). */
TEMPER_API temper_status temper_info(bool json, char **text);
TEMPER_API const char *temper_version(void);

/* Releases text that the library handed out. */
TEMPER_API void temper_free(void *text);

#ifdef __cplusplus
}
#endif
#endif
