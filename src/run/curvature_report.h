/* What `temper measure --what curvature` found, and its report. */
#ifndef TEMPER_RUN_CURVATURE_REPORT_H
#define TEMPER_RUN_CURVATURE_REPORT_H

#include <string.h>
#include "run/survey.h"

typedef struct {
    temper_survey *survey;
    const char *name; /* of the operator */
    int64_t dim, products;
    bool hessian, whole, each,
        rows;                     /* whole: in all coordinates; rows: it lives on rows, not on coordinates */
    double slope;                 /* |∇L| */
    temper_ends ends;             /* pairs 0: not asked for */
    bool traced, differed, shown; /* trace, energies, density */
    temper_trace trace, index;
    temper_differences differences;
    temper_density_of_states density;
    double threshold; /* of the index */
    int64_t layers;
    temper_trace *layer; /* [layers] */
    int *number;
    int64_t *start; /* [layers + 1] coordinates */
} temper_curvature_found;

/* Numbers, table, figures; density.npz and eigen.npz where there is a folder. */
temper_status temper_curvature_report(const temper_curvature_found *found);

#endif
