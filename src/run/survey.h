/* survey: one job of `temper landscape`, or of `temper measure` on a network or a potential: one entry of a table in survey.c. Each file of
 * survey_*.c has a few. */
#ifndef TEMPER_RUN_SURVEY_H
#define TEMPER_RUN_SURVEY_H

#include "base/json.h"
#include "run/scene.h"
#include "temper/weights.h"

typedef struct {
    temper_settings *s;
    temper_desk *
        desk; /* with --out DIR its folder is open: temper_desk_write(desk, "slice.csv", …); else desk->folder is NULL */
    temper_scene scene;
    temper_errand errand; /* stream {seed, 200}; stop and tell are those of the desk */
    temper_json json;     /* open: schema, what, system, data, rows, parameters, loss at the point */
    temper_text text;     /* a table for people */
    temper_text
        page; /* HTML: sections for report.html, in their order (figures by run/figure.h); what it appends is what is shown */
} temper_survey;

/* Is what the settings name a network or a potential (else a machine)? */
bool temper_survey_wanted(const temper_settings *settings);
/* What a survey says it does, for errand.tell: "slice", "Lanczos" (a word); unit of the counter. */
void temper_survey_phase(temper_survey *survey, const char *phase, const char *unit);
/* Curvature at the point, of settings `operator` and restricted to `layers`. The caller frees it. */
temper_status temper_survey_operator(temper_survey *survey, temper_operator **A);

/* landscape --what … */
temper_status temper_survey_slice(temper_survey *survey);       /* survey_slice.c */
temper_status temper_survey_projections(temper_survey *survey); /* survey_projections.c */
temper_status temper_survey_path(temper_survey *survey);        /* survey_path.c */
temper_status temper_survey_saddle(temper_survey *survey);      /* survey_saddle.c */
temper_status
temper_survey_simple(temper_survey *survey); /* survey_simple.c: a potential, sampled and escaped from */
/* measure --what … */
temper_status temper_survey_curvature(temper_survey *survey); /* survey_curvature.c */
temper_status temper_survey_flatness(temper_survey *survey);  /* survey_flatness.c */
temper_status temper_survey_llc(temper_survey *survey);       /* survey_llc.c */
/* scene->theta of a potential goes down to a minimum. */
temper_status temper_survey_settle(temper_survey *survey);
temper_status temper_survey_sensitivity(temper_survey *survey); /* survey_sensitivity.c */
temper_status temper_survey_response(temper_survey *survey);    /* survey_response.c */
temper_status temper_survey_work(temper_survey *survey);

#endif
