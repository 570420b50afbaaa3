/* Free energy and entropy in three ways that share nothing but the energies:
 *
 *     thermodynamic integration   ln Z(β) = ln Ω − ∫_0^β ⟨E⟩ dβ'
 *     MBAR                        reweighting between all rungs of a ladder at once
 *     population annealing        mean weights of a population cooled from T = ∞
 *
 * with ln Z(0) = ln Ω, the number of configurations, exactly; F = −T ln Z, S = ln Z + βE. */
#ifndef TEMPER_RUN_FREE_ENERGY_H
#define TEMPER_RUN_FREE_ENERGY_H

#include "base/json.h"
#include "base/sha256.h"
#include "run/desk.h"
#include "temper/sampler.h"

typedef struct { /* what is asked for */
    const temper_system *system;
    const temper_sampler *sampler;
    const double *T; /* [temperatures], T > 0, one of them finite */
    int temperatures, copies;
    int64_t burn, sweeps;
    uint64_t seed;
} temper_free_energy_order;

enum { TEMPER_INTEGRATION, TEMPER_MBAR, TEMPER_POPULATION, TEMPER_WAYS };

typedef struct { /* per site */
    double F, F_error, S, S_error;
} temper_thermo;

typedef struct { /* start from {0} */
    int temperatures, rungs;
    double *T;          /* [temperatures] */
    temper_thermo *way; /* [temperatures][TEMPER_WAYS] */
    double *exact;      /* [temperatures][2] F and S by theory, NaN: none */
    char *theory;       /* its text, NULL: none */
    const char *worth;
} temper_free_energies;

/* The campaigns add their final states to `sha`. */
temper_status temper_free_energy_work(const temper_free_energy_order *order, temper_desk *desk,
                                      temper_free_energies *out, temper_sha256 *sha);
void temper_free_energy_clear(temper_free_energies *out);

/* The member "free_energy", null where nothing was done; and the table, which is then empty. */
void temper_free_energy_json(temper_json *json, const temper_free_energies *of);
void temper_free_energy_text(temper_text *text, const temper_free_energies *of);

#endif
