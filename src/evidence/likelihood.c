/* How well a machine foresees rows: the mean of ln p*(row) − ln Z, with one error from the choice of rows and one from ln Z, which are independent.
 *
 * Hidden units that cannot be summed out leave p*(v) = Σ_h e^{−E(v, h)} unknown. AIS over h with v pinned estimates it, from independent hidden
 * units at β = 0. On average its logarithm is too small: with the true ln Z the mean is then a lower bound in the mean (Salakhutdinov and Hinton 2009). */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "evidence/path.h"

enum { ROW_BETAS = 1000, ROW_RUNS = 10, CHAINS = 512 };

/* ln of the measure of all hidden units at β = 0: that of all units less that of the visible ones. */
static temper_status hidden_measure(const temper_machine *machine, double *log_measure) {
    const temper_machine_type *type = machine->type;
    temper_unit unit = type->visible(machine->self);
    if (unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU)
        return temper_fail(TEMPER_CANNOT,
                           "evidence: %s has hidden units that cannot be summed out and %s visible units; "
                           "likelihoods of rows are there for discrete ones",
                           type->about.name, temper_unit_name(unit));
    double states = unit == TEMPER_POTTS ? (double)machine->io.states : 2;
    *log_measure = type->log_base(machine->self, NULL) - (double)machine->io.columns * temper_log(states);
    return TEMPER_OK;
}

/* ln p* of rows first … first + n − 1, each on `runs` chains of the flock. */
static temper_status pinned(temper_path *path, temper_flock *flock, const temper_rows_view *rows,
                            int64_t first, int64_t n, double *out) {
    int64_t runs = path->plan.runs, C = flock->chains;
    double *log_w = temper_alloc((size_t)C, sizeof *log_w);
    const float **row = temper_alloc((size_t)C, sizeof *row);
    temper_status status = log_w && row ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t c = 0; c < C && !status; c++)
        row[c] = rows->X + rows->columns * (first + (c / runs < n ? c / runs : 0));
    if (!status) {
        flock->place.beta = 0;
        flock->pinned = false;
        temper_flock_scatter(flock);
        temper_flock_clamp(flock, row, C);
        flock->pinned = true;
    }
    for (int64_t k = 1; k <= path->plan.betas && !status; k++) {
        temper_place to = {temper_path_beta(k, path->plan.betas), NULL};
        temper_flock_climb(flock, &to, log_w);
        status = flock->trouble ? flock->trouble : temper_path_step(path);
    }
    for (int64_t i = 0; i < n && !status; i++) {
        temper_evidence seen;
        status = temper_weigh(log_w + i * runs, runs, 1, &seen);
        out[i] = seen.log_z;
    }
    temper_release(log_w);
    temper_release(row);
    return status;
}

static temper_status bound(const temper_machine *machine, const temper_rows_view *rows,
                           const temper_evidence_plan *plan, double *score) {
    double measure = 0;
    temper_status status = hidden_measure(machine, &measure);
    if (status) return status;
    temper_evidence_plan p = {.betas = 0};
    if (plan) p = *plan;
    if (!p.betas) p.betas = ROW_BETAS;
    if (!p.runs) p.runs = ROW_RUNS;
    p.rows = NULL;
    temper_path path;
    temper_flock *flock = NULL;
    int64_t block = p.runs < CHAINS ? CHAINS / p.runs : 1;
    if (block > rows->n) block = rows->n;
    status = temper_path_open(&path, machine, &p);
    path.total = (rows->n + block - 1) / block * p.betas;
    if (!status) status = temper_path_flock(&path, &flock, block * p.runs, ROW_FLOCK, 0);
    for (int64_t i = 0; i < rows->n && !status; i += block)
        status = pinned(&path, flock, rows, i, i + block <= rows->n ? block : rows->n - i, score + i);
    for (int64_t i = 0; i < rows->n && !status; i++) score[i] += measure;
    temper_flock_free(flock);
    temper_path_close(&path);
    return status;
}

static void summarise(const temper_rows_view *rows, const double *score, const temper_evidence *of,
                      temper_likelihood *out) {
    double sum = 0, total = 0, spread = 0, n = (double)rows->n;
    for (int64_t i = 0; i < rows->n; i++) {
        double w = rows->weight ? rows->weight[i] : 1;
        sum += w * score[i];
        total += w;
    }
    double mean = sum / total;
    for (int64_t i = 0; i < rows->n; i++) {
        double d = (rows->weight ? rows->weight[i] : 1) / total * (score[i] - mean);
        spread += d * d;
    }
    out->mean = mean - of->log_z;
    out->rows_error = rows->n > 1 ? sqrt(spread * n / (n - 1)) : INFINITY;
    out->error = sqrt(out->rows_error * out->rows_error + (of->error > 0 ? of->error * of->error : 0));
    out->low = out->mean - 1.959963984540054 * out->error;
    out->high = out->mean + 1.959963984540054 * out->error;
}

temper_status temper_evidence_likelihood(const temper_machine *machine, const temper_evidence *of,
                                         const temper_rows_view *rows, const temper_evidence_plan *plan,
                                         temper_likelihood *out) {
    if (rows->n < 1) return temper_fail(TEMPER_BAD_DATA, "evidence: there are no rows");
    temper_status status = temper_machine_legal(machine, rows);
    if (status) return status;
    double *score = temper_alloc((size_t)rows->n, sizeof *score);
    if (!score) return TEMPER_NO_MEMORY;
    status = temper_machine_score(machine, rows, score);
    *out = (temper_likelihood){.bound = status == TEMPER_CANNOT};
    if (out->bound) status = bound(machine, rows, plan, score);
    if (!status) summarise(rows, score, of, out);
    temper_release(score);
    return status;
}
