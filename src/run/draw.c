/* draw: samples of a learned machine, one a chain, and how well the chains mix. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "data/rows_write.h"
#include "run/learned.h"
#include "run/report.h"
#include "run/work.h"
#include "temper/estimate.h"

enum { SERIES = 1000 }; /* energies noted at most, evenly over the sweeps */

typedef struct {
    temper_settings *s;
    temper_desk *desk;
    temper_learned learned;
    temper_flock *flock;
    float *rows;    /* [chains][columns] */
    double *series; /* [chains][points] ln of the unnormalised weight over the run */
    double *now;    /* [chains] */
    int64_t points;
    temper_estimate weight;
    char hash[65];
} drawing;

static temper_status start(drawing *d) {
    const temper_settings *s = d->s;
    temper_rows_view rows = temper_table_view(&d->learned.data.part[TEMPER_TRAIN]);
    if (!strcmp(s->start, "random")) return TEMPER_OK; /* as the flock was made */
    if (strcmp(s->start, "data"))
        return temper_fail(TEMPER_BAD_OPTION, "draw: start=%.60s is none of random, data", s->start);
    temper_status bad = temper_learned_wants(&d->learned, "start=data", "draw");
    for (int64_t c = 0; c < s->chains && !bad; c++) {
        const float *row = rows.X + c % rows.n * rows.columns;
        memcpy(d->rows + c * rows.columns, row, (size_t)rows.columns * sizeof *row);
    }
    const float **row = bad ? NULL : temper_alloc((size_t)s->chains, sizeof *row);
    if (!bad && !row) bad = TEMPER_NO_MEMORY;
    for (int64_t c = 0; c < s->chains && !bad; c++) row[c] = d->rows + c * rows.columns;
    if (!bad) temper_flock_clamp(d->flock, row, s->chains);
    temper_release((void *)row);
    return bad;
}

static temper_status prepare(drawing *d) {
    const temper_settings *s = d->s;
    const char *data = strcmp(s->start, "data") ? "none" : s->data;
    temper_status bad = *s->out ? temper_rows_path(s->out) : TEMPER_OK;
    if (!bad && strcmp(s->data, "auto") && strcmp(s->start, "data"))
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "draw: data=%.100s is where chains begin with start=data, and start is %.60s",
                          s->data, s->start);
    if (!bad) bad = temper_learned_open(&d->learned, s->run, data, "draw");
    if (!bad && !d->learned.machine->type->sweep)
        bad = temper_fail(TEMPER_CANNOT, "draw: %s has no chains to draw samples from",
                          d->learned.machine->text);
    if (!bad)
        bad = temper_flock_create(&d->flock, d->learned.machine, s->chains,
                                  (temper_stream){(uint64_t)s->seed, 0});
    if (bad) return bad;
    d->flock->place.beta = 1 / s->heat;
    d->points = s->sweeps < SERIES ? s->sweeps : SERIES;
    d->rows = temper_alloc((size_t)s->chains, (size_t)d->learned.machine->io.columns * sizeof *d->rows);
    d->series = temper_alloc((size_t)s->chains, (size_t)d->points * sizeof *d->series);
    d->now = temper_alloc((size_t)s->chains, sizeof *d->now);
    return d->rows && d->series && d->now ? start(d) : TEMPER_NO_MEMORY;
}

static void tell(const drawing *d, int64_t done, double begun) {
    double seconds = temper_clock() - begun;
    temper_progress p = {.phase = "drawing",
                         .unit = "sweeps",
                         .done = done,
                         .total = d->s->sweeps,
                         .seconds = seconds,
                         .left = done ? seconds * (double)(d->s->sweeps - done) / (double)done : NAN,
                         .rate = (double)done / fmax(seconds, 1e-9),
                         .updates = NAN,
                         .coldest = d->s->heat,
                         .hottest = d->s->heat,
                         .energy_name = "ln p*",
                         .energy = done ? d->now[0] : NAN,
                         .energy_error = NAN,
                         .acceptance = NAN,
                         .swap_rate = NAN};
    temper_desk_tell(d->desk, &p);
}

static temper_status run(drawing *d) {
    const double begun = temper_clock();
    const temper_place here = {1, NULL};
    int64_t done = 0;
    for (int64_t k = 0; k < d->points; k++) {
        int64_t until = (int64_t)((double)d->s->sweeps * ((double)(k + 1) / (double)d->points) + 0.5);
        if (temper_desk_stopped(d->desk))
            return temper_fail(TEMPER_STOPPED, "stopped after %lld of %lld sweeps", (long long)done,
                               (long long)d->s->sweeps);
        temper_flock_sweep(d->flock, until - done);
        done = until;
        temper_flock_log_weight(d->flock, &here, d->now);
        if (d->flock->trouble) return d->flock->trouble;
        for (int64_t c = 0; c < d->s->chains; c++) d->series[c * d->points + k] = d->now[c];
        if (temper_desk_due(d->desk)) tell(d, done, begun);
    }
    for (int64_t c = 0; c < d->s->chains; c++)
        temper_flock_read(d->flock, c, d->rows + c * d->learned.machine->io.columns);
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, d->rows,
                      (size_t)(d->s->chains * d->learned.machine->io.columns) * sizeof *d->rows);
    temper_sha256_end(&sha, d->hash);
    return TEMPER_OK;
}

/* The second half of the energies: the first may still remember the start. */
static temper_status estimate(drawing *d) {
    int64_t half = d->points / 2, n = d->points - half, chains = d->s->chains;
    d->weight = (temper_estimate){.mean = NAN, .error = NAN, .tau = NAN, .ess = NAN, .rhat = NAN};
    if (n < 8) return TEMPER_OK;
    double *late = temper_alloc((size_t)(n * chains), sizeof *late);
    if (!late) return TEMPER_NO_MEMORY;
    for (int64_t c = 0; c < chains; c++)
        memcpy(late + c * n, d->series + c * d->points + half, (size_t)n * sizeof *late);
    temper_status bad = temper_estimate_mean(late, (int)chains, n, &d->weight);
    temper_release(late);
    return bad;
}

static temper_status report(const drawing *d, temper_report **out) {
    const temper_settings *s = d->s;
    temper_json json = {0};
    temper_text text = {0};
    double per_point = d->points ? (double)s->sweeps / (double)d->points : NAN;
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.draw/1");
    temper_json_string(&json, "system", d->learned.machine->text);
    temper_json_int(&json, "chains", s->chains);
    temper_json_int(&json, "sweeps", s->sweeps);
    temper_json_real(&json, "temperature", s->heat);
    temper_json_open(&json, "log_weight", '{');
    temper_json_real(&json, "mean", d->weight.mean);
    temper_json_real(&json, "error", d->weight.error);
    temper_json_real(&json, "tau_sweeps", d->weight.tau * per_point);
    temper_json_real(&json, "ess", d->weight.ess);
    temper_json_real(&json, "rhat", d->weight.rhat);
    temper_json_close(&json, '}');
    if (*s->out) temper_json_string(&json, "samples", s->out);
    temper_json_string(&json, "hash", d->hash);
    temper_json_close(&json, '}');
    temper_text_add(&text, "%s\n%lld samples after %lld sweeps at T = %g\n", d->learned.machine->text,
                    (long long)s->chains, (long long)s->sweeps, s->heat);
    if (!isnan(d->weight.mean)) {
        temper_text_add(&text, "ln p* (not normalised)  %.4f ± %.4f (ESS %.0f)\n", d->weight.mean,
                        d->weight.error, d->weight.ess);
        temper_text_add(&text, "it forgets in %.3g sweeps (integrated autocorrelation time), R-hat %.3f\n",
                        d->weight.tau * per_point, d->weight.rhat);
        if (d->weight.rhat > 1.05)
            temper_text_add(
                &text, "! the chains are not of one mind (R-hat > 1.05): more --sweeps, or they are stuck\n");
    }
    if (*s->out) temper_text_add(&text, "samples in %s\n", s->out);
    temper_text_add(&text, "hash %.16s\n", d->hash);
    return temper_report_make(out, &json, &text);
}

temper_status temper_work_draw(temper_settings *settings, temper_desk *desk, temper_report **out) {
    drawing d = {.s = settings, .desk = desk};
    desk->begun = temper_clock();
    temper_status bad = prepare(&d);
    if (!bad) bad = run(&d);
    if (!bad) bad = estimate(&d);
    if (!bad && *settings->out)
        bad = temper_rows_write(settings->out, d.rows, settings->chains, d.learned.machine->io.columns);
    if (!bad) bad = report(&d, out);
    temper_flock_free(d.flock);
    temper_learned_clear(&d.learned);
    temper_release(d.rows);
    temper_release(d.series);
    temper_release(d.now);
    return bad;
}
