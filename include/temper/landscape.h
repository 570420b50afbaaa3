/* landscape: an energy per sample u(θ) on fixed data, without noise, seen from any place: value, slope, curvature, planes. Networks and
 * potentials alike; computed in float where the energy is (networks), told in double. */
#ifndef TEMPER_LANDSCAPE_H
#define TEMPER_LANDSCAPE_H

#include "temper/curvature.h"
#include "temper/probe.h"
#include "temper/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TEMPER_PART_WEIGHT, TEMPER_PART_BIAS, TEMPER_PART_NORM } temper_part_kind;

typedef struct {   /* one array of θ */
    char name[64]; /* "2.weight"; of a potential: "theta" */
    temper_part_kind kind;
    int layer;
    int64_t offset, length;
    int64_t
        filters; /* entry offset + i belongs to filter i % filters: an output unit, a channel; 1 for biases and norms */
} temper_part;

typedef struct temper_landscape temper_landscape;

/* Of a potential with slope (and curve, for curvature) in double, or in float alone. The potential stays the caller's. */
TEMPER_API temper_status temper_landscape_of_potential(temper_landscape **landscape,
                                                       const temper_potential *potential);
/* Of a network on task->rows; task is copied, what it points to stays the caller's. test: other rows to look at as well, or NULL. precise: all
 * in double (slow: the oracle). */
TEMPER_API temper_status temper_landscape_of_network(temper_landscape **landscape,
                                                     const temper_network_task *task,
                                                     const temper_network_task *test, bool precise);
TEMPER_API void temper_landscape_free(temper_landscape *landscape);

TEMPER_API int64_t temper_landscape_dim(const temper_landscape *landscape);
TEMPER_API int64_t
temper_landscape_samples(const temper_landscape *landscape); /* N; 1 where there are no data */
TEMPER_API int temper_landscape_parts(const temper_landscape *landscape, const temper_part **part);
TEMPER_API const temper_network_task *
temper_landscape_task(const temper_landscape *landscape); /* NULL: no network */
TEMPER_API bool
temper_landscape_single(const temper_landscape *landscape); /* energy and slope are computed in float */
TEMPER_API const temper_potential *temper_landscape_potential(const temper_landscape *landscape);

/* The functions below are not for two callers at a time: each uses all threads itself. u may be infinite or NaN: no failure. */
TEMPER_API temper_status temper_landscape_energy(temper_landscape *landscape, const double *theta, double *u);
TEMPER_API temper_status temper_landscape_slope(temper_landscape *landscape, const double *theta, double *u,
                                                double *grad);
/* θ is copied. Potentials have TEMPER_HESSIAN alone. */
TEMPER_API temper_status temper_landscape_operator(temper_landscape *landscape, temper_curvature kind,
                                                   const double *theta, temper_stream stream,
                                                   temper_operator **A);
/* The same for languages that don't pass structs by value: stream {seed, 200}. */
TEMPER_API temper_status temper_landscape_operator_seeded(temper_landscape *landscape, int kind,
                                                          const double *theta, uint64_t seed,
                                                          temper_operator **A);
/* θ + Σ x_k d_k for points x[points][axes], direction[axes][dim]; loss[points], error, wrong as in temper_scanned, each or NULL. test: on the
 * test rows. */
typedef struct {
    const double *theta, *direction;
    int axes;
    int64_t points;
    const double *x;
    bool test;
} temper_plane;
TEMPER_API temper_status temper_landscape_scan(temper_landscape *landscape, const temper_plane *plane,
                                               const temper_errand *errand, const temper_scanned *out);

/* tr ∇²L from energies alone (Böttcher & Wheeler 2024): the mean over random directions z of [L(θ + εz) − 2L(θ) + L(θ − εz)]/ε². */
typedef struct {        /* zeros are defaults */
    int64_t directions; /* 100 */
    bool normal;        /* entries of z from N(0, 1); else ±1, which has the smaller variance */
    double step;        /* ε; 0: by a ladder of steps, where truncation and rounding balance */
} temper_differences_plan;
typedef struct {
    temper_trace trace; /* products: energies. The error has chance and truncation in it */
    double step;
    double truncation; /* of the mean, seen with a step four times as wide; in the error */
} temper_differences;
TEMPER_API temper_status temper_trace_by_differences(temper_landscape *landscape, const double *theta,
                                                     const temper_differences_plan *plan,
                                                     const temper_errand *errand, temper_differences *out);

#ifdef __cplusplus
}
#endif
#endif
