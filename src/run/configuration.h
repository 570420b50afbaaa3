/* A configuration as a text file: comment lines that begin with '#', then one value per site, blanks between. */
#ifndef TEMPER_RUN_CONFIGURATION_H
#define TEMPER_RUN_CONFIGURATION_H

#include "temper/system.h"

/* Can a file be written there? */
temper_status temper_configuration_place(const char *path);
temper_status temper_configuration_write(const char *path, const temper_system *system, const int8_t *s);
/* Checks the number of sites and every value. */
temper_status temper_configuration_read(const char *path, const temper_system *system, int8_t *s);

#endif
