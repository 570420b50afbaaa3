/* judgement: what a machine is worth on rows: ln Z with its error, exact or bracketed by annealed importance sampling from both sides, and
 * the likelihood of rows that follows. */
#ifndef TEMPER_RUN_JUDGEMENT_H
#define TEMPER_RUN_JUDGEMENT_H

#include "base/json.h"
#include "temper/dataset.h"
#include "temper/evidence.h"

typedef struct {
    const char *method;   /* "exact", "ais", or "none" where ln Z was not to be had */
    temper_evidence z;    /* exact, or annealed importance sampling: the likelihood tends to be too large */
    temper_evidence back; /* the reverse way, where `pair`: tends to be too small */
    bool pair;
    int64_t rows[TEMPER_PARTS]; /* judged; 0: none, then there is no likelihood of them */
    temper_likelihood part[TEMPER_PARTS], part_back[TEMPER_PARTS]; /* by z and by back */
    const char *why;                                               /* a sentence where there is no number */
} temper_judgement;

enum { TEMPER_EXACT_BITS = 22 }; /* up to so many binary units are summed over without being asked */

/* rows[part] may be empty. plan->rows: training rows. */
temper_status temper_judge(const temper_machine *machine, const temper_rows_view rows[TEMPER_PARTS],
                           const temper_evidence_plan *plan, temper_judgement *out);
/* "log_likelihood": {…}, "log_z": {…}. */
void temper_judgement_json(const temper_judgement *judgement, temper_json *json);
void temper_judgement_text(const temper_judgement *judgement, temper_text *text);

#endif
