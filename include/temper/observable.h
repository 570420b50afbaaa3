/* observable: numbers read off a configuration, and quantities derived from their averages. */
#ifndef TEMPER_OBSERVABLE_H
#define TEMPER_OBSERVABLE_H

#include "temper/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raw numbers are recorded sweep by sweep. An observable without `derive` reports their means. One with `derive`
 * (heat capacity, Binder ratio) reports functions of the means, with jackknife errors. */
typedef struct {
    temper_about about;
    const char *on;     /* text of a small system on which it can be measured, for the shared tests */
    int configurations; /* 1; 2 for overlaps between replicas */
    temper_status (*suits)(const void *self, const temper_system *system); /* (may be NULL: every system) */
    int (*raw)(const void *self, const temper_system *system);             /* raw numbers per measurement */
    /* s[configurations] with their energies; writes raw[raw()]. */
    void (*measure)(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw);
    int (*count)(const void *self, const temper_system *system); /* reported numbers */
    /* Reported numbers from means of raw ones at temperature T (may be NULL: reported = raw). */
    void (*derive)(const void *self, const temper_system *system, double T, const double *means,
                   double *values);
    /* Name of reported number k if there are several: "overlap[3]" (may be NULL: name, or name[k]). */
    void (*label)(const void *self, const temper_system *system, int k, char *text, size_t size);
} temper_observable_type;

typedef struct temper_observable {
    const temper_observable_type *type;
    void *self;
    char *text;
} temper_observable;

TEMPER_API temper_status temper_observable_create(temper_observable **observable, const char *text);
TEMPER_API void temper_observable_free(temper_observable *observable);

#ifdef __cplusplus
}
#endif
#endif
