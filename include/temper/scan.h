/* scan: a network's loss at many points θ + Σ_k x_k d_k of a plane. The first layer is linear in x as long as only it and what is after it
 * moves, so its products with the data are made once; points go side by side. */
#ifndef TEMPER_SCAN_H
#define TEMPER_SCAN_H

#include "temper/network.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_AXES_MAX = 4 };

typedef struct {
    const temper_network_task *task; /* rows; statistics: constants of batch norms, NULL: of each batch */
    const float *theta;              /* [P] */
    int axes;                        /* 1 … TEMPER_AXES_MAX */
    const float *direction[TEMPER_AXES_MAX]; /* [P] each */
    int64_t points;
    const double *x;          /* [points][axes]; neighbours that share their last coordinates are cheapest */
    bool plain;               /* without the shortcut: for comparison */
    const volatile int *stop; /* or NULL */
    void (*tell)(void *context, int64_t done, int64_t total);
    void *context;
} temper_scan;

typedef struct {  /* [points] each, or NULL; not finite numbers are told as they are */
    double *loss; /* mean over rows, with the prior */
    double *
        error; /* standard error of loss − loss(θ) over the choice of rows: of shape, what all points share is gone */
    double *wrong; /* share of rows whose largest output is another class; NaN for targets */
} temper_scanned;

/* A point's bits depend neither on threads nor on which other points are asked for. */
TEMPER_API temper_status temper_network_scan(const temper_scan *scan, const temper_scanned *out);

#ifdef __cplusplus
}
#endif
#endif
