/* system: a discrete energy H(s) over n sites. Immutable after build, shared by all chains.
 *
 * Conventions (docs/conventions.md): H = −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i, k_B = 1, H extensive. */
#ifndef TEMPER_SYSTEM_H
#define TEMPER_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/option.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pair couplings in compressed rows: the neighbours of i are to[start[i]] … to[start[i+1]−1], each pair stored
 * from both ends, no i in its own row. A pair that a small torus joins twice appears twice.
 * ±1 system:     H = −Σ_pairs J s_i s_j − Σ h_i s_i
 * Potts system:  H = −Σ_pairs J δ(s_i, s_j)          (h is NULL) */
typedef struct {
    const int64_t *start; /* [n+1] */
    const int32_t *to;    /* [start[n]] */
    const double *J;      /* [start[n]] */
    const double *h;      /* [n], or NULL when all fields vanish */
} temper_bonds;

/* Geometry: site index is row-major in `dims`, the last extent fastest. */
typedef struct {
    temper_dims dims;
    bool periodic;
    bool uniform; /* nearest-neighbour ±1 model with one J and one field h: a lattice kernel may run it */
    double J, h;
} temper_lattice;

typedef struct { /* functions marked (may be NULL) have a generic version, or the thing cannot do it */
    temper_about about;
    temper_status (*build)(
        void *self);           /* options are filled in: check combinations, draw couplings, allocate */
    void (*clear)(void *self); /* releases what build allocated, also after a failed build (may be NULL) */
    int (*sites)(const void *self);
    int (*cached)(const void *self);                     /* doubles of cache per chain (may be NULL: none) */
    double (*energy)(const void *self, const int8_t *s); /* the naive sum: the oracle of cost */
    void (*prime)(const void *self, const int8_t *s, double *cache); /* fills the cache (may be NULL: none) */
    int (*alphabet)(const void *self, int i, const int8_t **values); /* legal values of site i, ascending */
    double (*cost)(const void *self, const int8_t *s, const double *cache, int i,
                   int to); /* H after − H before */
    void (*set)(const void *self, int8_t *s, double *cache, int i,
                int to); /* (may be NULL: no cache, s[i] = to) */
    /* (may be NULL) True if every site is ±1 and cache[i] is the local field, so that cost(i) = 2 s_i cache[i]. */
    bool (*fields)(const void *self);
    int (*colour)(const void *self, int i); /* 0 …; sites of one colour don't interact (may be NULL) */
    bool (*bonds)(const void *self,
                  temper_bonds *bonds); /* a view that lives as long as self (may be NULL) */
    bool (*lattice)(const void *self, temper_lattice *lattice); /* the geometry (may be NULL) */
    int (*patterns)(const void *self,
                    const int8_t **xi); /* stored patterns [P][n], returns P (may be NULL) */
    /* A configuration of its own to start from, number k ≥ 0 (Ising: all up; Hopfield: pattern k); false when
     * there is no such k (may be NULL: the largest value of every alphabet, k = 0 only). */
    bool (*ordered)(const void *self, int k, int8_t *s);
    /* The number that users of such instances quote instead of H, and its name: "cut", "qubo" (may be NULL). */
    double (*score)(const void *self, const int8_t *s, const char **name);
    int (*weights)(const void *self); /* number of learnable parameters w (may be NULL) */
    void (*slope)(const void *self, const int8_t *s,
                  double *dHdw);                 /* adds dH/dw (NULL exactly if weights is) */
    void (*learn)(void *self, const double *dw); /* w += dw (NULL exactly if weights is) */
} temper_system_type;

typedef struct temper_system { /* an instance; read-only for everybody but its creator */
    const temper_system_type *type;
    void *self;  /* the private struct: options, couplings */
    char *text;  /* the instance with every option spelled out; create(text) makes it again */
    int n;       /* sites */
    int cached;  /* doubles of cache per chain */
    bool binary; /* every site is ±1 */
    bool fields; /* see above */
    bool has_bonds, has_lattice;
    temper_bonds bonds;
    temper_lattice lattice;
    int colours;             /* 0 when the system has no colouring */
    const int *order;        /* [n] sites by colour, ascending within a colour; NULL when colours is 0 */
    const int *colour_start; /* [colours+1] into order */
} temper_system;

/* Makes an instance from text such as "ising:dims=32x32,J=1". Cost: that of its build. */
TEMPER_API temper_status temper_system_create(temper_system **system, const char *text);
/* The same for a type that is not in the catalogue. `options` is the part after the colon, "" for the defaults. */
TEMPER_API temper_status temper_system_create_type(temper_system **system, const temper_system_type *type,
                                                   const char *options);
TEMPER_API void temper_system_free(temper_system *system); /* NULL is allowed */

TEMPER_API const char *temper_system_text(const temper_system *system);
TEMPER_API int temper_system_sites(const temper_system *system);
/* H(s) by the naive sum; s has `sites` legal values. */
TEMPER_API double temper_system_energy(const temper_system *system, const int8_t *s);
/* TEMPER_BAD_DATA, with site and value, unless every s[i] is in the alphabet of site i. */
TEMPER_API temper_status temper_system_legal(const temper_system *system, const int8_t *s);
/* ln of the number of configurations: Σ_i ln |alphabet(i)|. */
TEMPER_API double temper_system_log_states(const temper_system *system);
/* A numeric option of the instance by name ("J"); false when it has none of that name or it is no number. */
TEMPER_API bool temper_system_option(const temper_system *system, const char *name, double *value);
/* Any option as one would type it; NULL when there is none of that name. Valid until this thread calls again. */
TEMPER_API const char *temper_system_choice(const temper_system *system, const char *name);

#ifdef __cplusplus
}
#endif
#endif
