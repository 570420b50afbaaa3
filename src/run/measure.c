#include "run/measure.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/report.h"
#include "run/survey.h"
#include "run/work.h"

static const struct {
    const char *name, *data; /* which rows it looks at by itself: "auto", or "none" */
    temper_status (*take)(temper_measurement *);
} quantities[] = {{"loglikelihood", "auto", temper_measure_likelihood},
                  {"logz", "auto", temper_measure_log_z},
                  {"entropy", "auto", temper_measure_entropy},
                  {"spectrum", "none", temper_measure_spectrum},
                  {"mixing", "auto", temper_measure_mixing},
                  {"quality", "auto", temper_measure_quality},
                  {"landscape", "auto", temper_measure_landscape},
                  {"contacts", "none", temper_measure_contacts},
                  {"retrieval", "auto", temper_measure_retrieval},
                  {"capacity", "auto", temper_measure_capacity},
                  {"basins", "auto", temper_measure_basins}};
enum { QUANTITIES = sizeof quantities / sizeof *quantities };

static void choose_rows(temper_measurement *m) {
    static const char *const parts[TEMPER_PARTS] = {"training", "validation", "test"};
    int p = TEMPER_PARTS - 1;
    while (p > 0 && m->rows[p].n < 1) p--;
    m->judged = m->rows[p], m->judged_name = parts[p];
    if (m->s->rows > 0 && m->s->rows < m->judged.n) m->judged.n = m->s->rows;
}

static temper_status unknown(const char *what) {
    const char *names[QUANTITIES];
    temper_text all = {0};
    for (int k = 0; k < QUANTITIES; k++) {
        names[k] = quantities[k].name;
        temper_text_add(&all, "%s%s", k ? ", " : "", names[k]);
    }
    const char *near = temper_nearest(what, names, QUANTITIES);
    temper_status bad = temper_fail(TEMPER_BAD_OPTION, "measure: what=%.60s is none of %s%s%s%s", what,
                                    all.data ? all.data : "", near ? "; did you mean '" : "",
                                    near ? near : "", near ? "'?" : "");
    temper_text_clear(&all);
    return bad;
}

static void told(void *context, int64_t done, int64_t total) {
    temper_desk *desk = context;
    if (!temper_desk_due(desk)) return;
    double seconds = temper_clock() - desk->begun;
    temper_progress p = {.phase = "measuring",
                         .unit = "steps",
                         .done = done,
                         .total = total,
                         .seconds = seconds,
                         .left = done ? seconds * (double)(total - done) / (double)done : NAN,
                         .rate = (double)done / fmax(seconds, 1e-9),
                         .updates = NAN,
                         .coldest = NAN,
                         .hottest = NAN,
                         .energy = NAN,
                         .energy_error = NAN,
                         .acceptance = NAN,
                         .swap_rate = NAN};
    temper_desk_tell(desk, &p);
}

/* Without data the base of a path gets its means from samples of the machine itself. */
static temper_status sample_own(temper_measurement *m) {
    enum { OWN = 200, SWEEPS = 200 };
    const temper_machine *machine = m->learned.machine;
    temper_flock *flock;
    if (!machine->type->sweep || machine->type->labelled) return TEMPER_OK;
    temper_status bad = temper_flock_create(&flock, machine, OWN, (temper_stream){(uint64_t)m->s->seed, 124});
    if (bad) return bad;
    m->own = temper_alloc(OWN, (size_t)machine->io.columns * sizeof *m->own);
    if (!m->own) bad = TEMPER_NO_MEMORY;
    for (int t = 0; t < SWEEPS && !bad; t++) {
        temper_flock_sweep(flock, 1);
        bad = flock->trouble;
    }
    for (int64_t c = 0; c < OWN && !bad; c++) temper_flock_read(flock, c, m->own + c * machine->io.columns);
    temper_flock_free(flock);
    m->own_rows = (temper_rows_view){OWN, machine->io.columns, m->own, NULL};
    if (!bad) m->plan.rows = &m->own_rows;
    return bad;
}

static temper_status open(temper_measurement *m, const char *own) {
    temper_settings *s = m->s;
    const char *data = strcmp(s->data, "auto") ? s->data : own;
    temper_status bad = temper_learned_open(&m->learned, s->run, data, "measure");
    if (bad) return bad;
    for (int p = 0; p < TEMPER_PARTS; p++) m->rows[p] = temper_table_view(&m->learned.data.part[p]);
    choose_rows(m);
    m->plan = (temper_evidence_plan){.betas = s->betas,
                                     .runs = s->runs,
                                     .stream = {(uint64_t)s->seed, 122},
                                     .rows = m->learned.has_data ? &m->rows[TEMPER_TRAIN] : NULL,
                                     .stop = m->desk->watch ? m->desk->watch->stop : NULL,
                                     .tell = told,
                                     .context = m->desk};
    temper_json_open(&m->json, NULL, '{');
    temper_json_string(&m->json, "schema", "temper.measure/1");
    temper_json_string(&m->json, "system", m->learned.machine->text);
    temper_json_string(&m->json, "what", s->what);
    temper_text_add(&m->text, "%s\n", m->learned.machine->text);
    return m->learned.has_data ? TEMPER_OK : sample_own(m);
}

static temper_status work(temper_measurement *m, temper_report **report) {
    int k = 0;
    temper_status bad = TEMPER_OK;
    if (!m->s->run || !*m->s->run)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "measure: of what? the directory of a finished learn or train run, a model file, or --potential");
    if (!strcmp(m->s->what, "auto") && (bad = temper_settings_replace(&m->s->what, quantities[0].name)))
        return bad;
    while (k < QUANTITIES && strcmp(m->s->what, quantities[k].name)) k++;
    if (k == QUANTITIES) return unknown(m->s->what);
    m->desk->begun = temper_clock();
    bad = open(m, quantities[k].data);
    if (!bad) bad = quantities[k].take(m);
    if (bad) return bad;
    temper_json_close(&m->json, '}');
    bad = temper_report_make(report, &m->json, &m->text);
    if (!bad && *m->s->out) bad = temper_write_file(m->s->out, (*report)->json, strlen((*report)->json));
    return bad;
}

temper_status temper_work_measure(temper_settings *settings, temper_desk *desk, temper_report **report) {
    if (temper_survey_wanted(settings)) return temper_work_survey(settings, desk, report);
    temper_measurement m = {.s = settings, .desk = desk};
    temper_status bad = work(&m, report);
    if (bad) {
        temper_text_clear(&m.json.text);
        temper_text_clear(&m.text);
    }
    temper_learned_clear(&m.learned);
    temper_release(m.own);
    return bad;
}
