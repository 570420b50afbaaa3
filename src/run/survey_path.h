/* survey_path: paths that were looked at, and how they are told. */
#ifndef TEMPER_RUN_SURVEY_PATH_H
#define TEMPER_RUN_SURVEY_PATH_H

#include "run/survey.h"
#include "temper/path.h"

enum { SURVEY_LOOKS = 3 };

typedef struct {
    temper_survey *survey;
    temper_landscape *landscape, *own; /* own: with batch norms of each batch, or NULL */
    int curve;                         /* linear, bezier, polygon, band, string */
    double *ends;                      /* [2][dim] */
    float *statistics;                 /* of the other end */
    temper_alignment alignment;        /* with --align */
    temper_route route;                /* the curve; knot NULL: none */
    double trained;                    /* mean loss of the last steps; NaN: not trained */
    temper_band band;
    int looks;
    const char *name[SURVEY_LOOKS];
    temper_profile profile[SURVEY_LOOKS]; /* straight, straight and aligned, the curve */
} survey_path;

/* Numbers, table, figures, path.csv, path.npz. */
temper_status temper_survey_path_tell(survey_path *path);

#endif
