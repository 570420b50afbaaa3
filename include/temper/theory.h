/* theory: what is known exactly or asymptotically, as a function of temperature. The judge of samplers. */
#ifndef TEMPER_THEORY_H
#define TEMPER_THEORY_H

#include "temper/system.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */
    const char *const *fields;          /* names of its values, ends with NULL; per site where extensive */
    /* values[k] of fields[k] at T; NaN where it has none there. Names that others compare with: energy, free_energy,
     * entropy, heat_capacity, magnetisation, abs_magnetisation, susceptibility, binder. */
    temper_status (*at)(const void *self, double T, double *values);
    /* Does it judge this system? Then writes its own text ("ising2d:dims=32x32") and what the numbers are worth:
     * "exact", or "N = infinity" (may be NULL: no). */
    bool (*judges)(const temper_system *system, char *text, size_t size, const char **worth);
} temper_theory_type;

typedef struct temper_theory {
    const temper_theory_type *type;
    void *self;
    char *text;
} temper_theory;

TEMPER_API temper_status temper_theory_create(temper_theory **theory, const char *text);
TEMPER_API void temper_theory_free(temper_theory *theory);
TEMPER_API int temper_theory_fields(const temper_theory *theory); /* number of fields */
TEMPER_API const char *temper_theory_field(const temper_theory *theory, int k);
TEMPER_API temper_status temper_theory_at(const temper_theory *theory, double T, double *values);
/* The best theory of a system (exact ones first), or TEMPER_CANNOT. *worth is static text. */
TEMPER_API temper_status temper_theory_of(temper_theory **theory, const temper_system *system,
                                          const char **worth);

#ifdef __cplusplus
}
#endif
#endif
