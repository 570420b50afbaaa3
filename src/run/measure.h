/* measure: one quantity of a learned machine, as numbers with errors. Each file of measure_*.c has a few. */
#ifndef TEMPER_RUN_MEASURE_H
#define TEMPER_RUN_MEASURE_H

#include "base/json.h"
#include "run/learned.h"

typedef struct {
    temper_settings *s;
    temper_desk *desk;
    temper_learned learned;
    temper_rows_view rows[TEMPER_PARTS]; /* empty where there are no data */
    temper_rows_view judged; /* test, else validation, else training rows; cut to settings->rows */
    const char *judged_name;
    float *own; /* [OWN][columns] samples of the machine, where there are no data */
    temper_rows_view own_rows;
    temper_evidence_plan plan;
    temper_json json; /* open: schema, system and what are in it */
    temper_text text;
} temper_measurement;

temper_status temper_measure_log_z(temper_measurement *m);
temper_status temper_measure_likelihood(temper_measurement *m);
temper_status temper_measure_entropy(temper_measurement *m);
temper_status temper_measure_spectrum(temper_measurement *m);
temper_status temper_measure_landscape(temper_measurement *m);
temper_status temper_measure_mixing(temper_measurement *m);
temper_status temper_measure_quality(temper_measurement *m);
temper_status temper_measure_contacts(temper_measurement *m);
temper_status temper_measure_retrieval(temper_measurement *m);
temper_status temper_measure_capacity(temper_measurement *m);
temper_status temper_measure_basins(temper_measurement *m);

#endif
