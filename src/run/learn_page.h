/* The parts of the page of a learn job, and the samples that they are drawn from: chains of the learned machine, from the data and from noise. */
#ifndef TEMPER_RUN_LEARN_PAGE_H
#define TEMPER_RUN_LEARN_PAGE_H

#include "run/teaching.h"

enum { TEMPER_GALLERY_STEPS = 6, TEMPER_GALLERY_SHOWN = 10, TEMPER_GALLERY_SAMPLES = 500 };

typedef struct { /* start from {0}; rows are [columns] floats in the units of the machine */
    int64_t V, samples,
        rows;           /* samples of the machine; rows of the data beside them: evenly, at most as many */
    const float **data; /* [rows] */
    float *sample;      /* [samples][V] from random starts, after `sweeps` sweeps */
    int64_t sweeps;
    double *weight[2];                  /* [samples], [rows] ln p* of samples and data; NULL: not to be had */
    int64_t step[TEMPER_GALLERY_STEPS]; /* sweeps after which chains were read */
    float *trail;                       /* [steps][shown][V] of the first chains, from noise */
    float *cue, *recalled;              /* [shown][V] spoilt rows, and what the machine makes of them */
    double spoilt;                      /* share of units that are wrong in a cue */
    bool image;                         /* rows can be shown as pictures */
    bool cold;                          /* chains and cues at T = 0: of a memory */
} temper_gallery;

/* Draws what is shown, with streams of its own. A machine without chains has an empty gallery. */
temper_status temper_gallery_build(temper_gallery *gallery, const temper_teaching *teaching);
void temper_gallery_clear(temper_gallery *gallery);
/* learn_pictures.c: filters, samples along the chain, rows retrieved from spoilt cues. */
void temper_gallery_pictures(const temper_gallery *gallery, const temper_teaching *teaching,
                             temper_text *out);
/* learn_figures.c: energies, correlations and principal components of samples beside data, spectrum. */
temper_status temper_gallery_figures(const temper_gallery *gallery, const temper_teaching *teaching,
                                     temper_text *out);

#endif
