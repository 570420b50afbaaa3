/* band: images of a path between two minima, while they move. */
#ifndef TEMPER_LANDSCAPE_BAND_H
#define TEMPER_LANDSCAPE_BAND_H

#include "landscape/path_route.h"

typedef struct {
    int64_t M, P;                   /* images, coordinates */
    double *x;                      /* [M][P] the route's knots */
    double *g, *g_before;           /* [M][P] slopes, now and one step ago */
    double *move;                   /* [M][P] band: velocities; string: second derivatives of the spline */
    double *x_before;               /* [M][P] band: forces; string: images one step ago */
    double *energy, *along, *force; /* [M], of temper_band */
    double *incline;                /* [M] slope along the path, g·τ */
    double *moved, *span;           /* [M] |Δx| of the last step; distance to the image before */
    double stiffness;               /* the largest secant so far: what the curvature is at least */
    double spring, dt, mix;         /* of the band */
    int64_t downhill;               /* steps in a row */
    int64_t climber;                /* −1: none */
    double speed;                   /* string: the largest |Δx| of the last step */
} band_state;

/* Length of the way to each image, and between neighbours. */
void temper_band_measure(band_state *b);
/* Unit tangents, slopes along and across: incline, force. upwind: towards the higher neighbour (Henkelman & Jónsson), else central. */
void temper_band_tangent(const band_state *b, int64_t i, bool upwind, double *tangent);
/* One step of all inner images. rate: 0 or the string's step. */
temper_status temper_band_advance(band_state *b);
temper_status temper_band_pull(band_state *b, double rate);
/* The highest point of the cubic through energies and inclines: value, and *at in units of along. */
double temper_band_peak(const band_state *b, double *at);

#endif
