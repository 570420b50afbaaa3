/* What the files of a slice survey share: directions by their names, a slice that can be stopped, and what is made of it. */
#ifndef TEMPER_RUN_SURVEY_SLICE_H
#define TEMPER_RUN_SURVEY_SLICE_H

#include "run/survey.h"
#include "temper/slice.h"

enum { SLICE_AXES = 3 };

typedef struct {                 /* one axis */
    char word[24];               /* "random", "hessian", … */
    int turn;                    /* how many axes before it have the same word */
    const char *norm, *bias;     /* as they were applied */
    double eigenvalue, residual; /* of hessian and top, else NaN */
    double share;                /* of the variance of the trajectory, else NaN */
    int64_t step;                /* of random: its address {seed, 200}, step */
    const char *label;           /* "random direction 1", "top eigenvector", … */
    int norm_rule, bias_rule;    /* temper_direction_norm, temper_direction_bias */
} temper_bearing;

typedef struct { /* start from {0} */
    int axes;
    temper_axis axis[SLICE_AXES];
    temper_bearing bearing[SLICE_AXES];
    double *direction; /* [axes][dim] */
    int64_t stops;     /* points of the trajectory, or the places of directions=points; 0: none */
    double *way;       /* [stops][axes] their coordinates */
    double *away;      /* [stops] distance from the plane */
    double *height;    /* [stops] loss of the plane there */
} temper_bundle;

/* Axes and directions of the settings; words: instead of the setting `directions`, or NULL. */
temper_status temper_bundle_make(temper_bundle *bundle, temper_survey *survey, const char *words);
void temper_bundle_clear(temper_bundle *bundle);

typedef struct { /* what was found about a slice; start from {0} */
    temper_bundle bundle;
    temper_slice *slice;
    temper_slice_view view;
    temper_operator *H; /* or NULL, where there is none */
    temper_beside beside[SLICE_AXES];
    double usual[SLICE_AXES],
        usual_error[SLICE_AXES]; /* dᵀHd/|d|² that a random direction has on average; NaN: not one */
    temper_trace trace;
    double top, bottom; /* NaN: not looked for */
    temper_merge_tree tree;
    bool raw; /* heights as they are; else there was a log scale */
} temper_cut;

/* Makes the slice (checkpoints in the file `name` of the run directory), and looks at what is beside it. */
temper_status temper_cut_make(temper_cut *cut, temper_survey *survey, const char *words, const char *name);
void temper_cut_clear(temper_cut *cut);

void temper_cut_json(const temper_cut *cut, temper_json *json); /* members of the open object */
void temper_cut_text(const temper_cut *cut, temper_text *text);
/* A figure and, with two axes, a surface that can be turned. */
void temper_cut_page(const temper_cut *cut, temper_text *page);
temper_status temper_cut_files(const temper_cut *cut, const temper_survey *survey, const char *stem);

#endif
