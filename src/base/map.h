/* A file looked at where it lies on the disk: its pages come when they are touched and go when memory is short. */
#ifndef TEMPER_BASE_MAP_H
#define TEMPER_BASE_MAP_H

#include <stddef.h>
#include "temper/status.h"

typedef struct {
    const char *at;
    size_t length;
} temper_map;

/* TEMPER_BAD_FILE with the reason. A file that is cut short by somebody else while it is mapped ends the process when the
 * lost part is touched: don't. */
temper_status temper_map_file(temper_map *map, const char *path);
void temper_unmap(temper_map *map);

#endif
