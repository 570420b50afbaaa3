/* The path: its places, its flocks, and the defaults of a plan. */
#include <math.h>
#include "base/memory.h"
#include "evidence/path.h"

enum { BETAS = 14500, RUNS = 100, BURN = 2000, SWEEPS = 200 };

/* Stretches of the path with their share of the steps: slow where the machine becomes itself (Salakhutdinov and Murray 2008). */
static const struct {
    double from, to;
    int64_t share;
} stretch[] = {{0, 0.5, 500}, {0.5, 0.9, 4000}, {0.9, 1, 10000}};

double temper_path_beta(int64_t k, int64_t betas) {
    if (k >= betas) return 1;
    double at = (double)k * BETAS / (double)betas; /* place on the path of 14500 */
    int s = 0;
    while (s < 2 && at >= (double)stretch[s].share) at -= (double)stretch[s++].share;
    return stretch[s].from + (stretch[s].to - stretch[s].from) * at / (double)stretch[s].share;
}

static temper_status check(const temper_machine *machine, const temper_evidence_plan *plan) {
    const struct {
        const char *name;
        int64_t value, most;
    } number[] = {{"betas", plan->betas, 1000000000},
                  {"runs", plan->runs, 10000000},
                  {"burn", plan->burn, 1000000000000},
                  {"rungs", plan->rungs, 4096},
                  {"sweeps", plan->sweeps, 1000000000000}};
    for (int k = 0; k < 5; k++)
        if (number[k].value < 0 || number[k].value > number[k].most)
            return temper_fail(TEMPER_BAD_OPTION, "evidence: %s=%lld, must be 0 (the default) … %lld",
                               number[k].name, (long long)number[k].value, (long long)number[k].most);
    if (plan->runs == 1)
        return temper_fail(TEMPER_BAD_OPTION, "evidence: runs=1, two or more are needed for an error bar");
    if (plan->rungs == 1 || plan->rungs == 2)
        return temper_fail(TEMPER_BAD_OPTION, "evidence: rungs=%lld, must be 0 or at least 3",
                           (long long)plan->rungs);
    if (plan->rows && plan->rows->n < 1) return temper_fail(TEMPER_BAD_DATA, "evidence: there are no rows");
    return plan->rows ? temper_machine_legal(machine, plan->rows) : TEMPER_OK;
}

temper_status temper_path_balanced(const temper_machine *machine) {
    if (!machine->type->balanced || machine->type->balanced(machine->self)) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "evidence: chains of %s do not sample exp(-E); no ln Z comes of them",
                       machine->text);
}

temper_status temper_path_open(temper_path *path, const temper_machine *machine,
                               const temper_evidence_plan *plan) {
    static const temper_evidence_plan presets = {.betas = 0};
    *path = (temper_path){.machine = machine, .plan = plan ? *plan : presets};
    temper_status status = check(machine, &path->plan);
    if (status) return status;
    if (machine->type->labelled)
        return temper_fail(TEMPER_CANNOT, "evidence: the inputs of a %s are given and have no distribution",
                           machine->type->about.name);
    temper_evidence_plan *p = &path->plan;
    if (!p->betas) p->betas = BETAS;
    if (!p->runs) p->runs = RUNS;
    if (!p->burn) p->burn = BURN;
    if (!p->sweeps) p->sweeps = SWEEPS;
    if (p->rows) {
        path->base = temper_alloc((size_t)machine->type->components(machine->self), sizeof *path->base);
        if (!path->base) return TEMPER_NO_MEMORY;
        temper_base_fields(machine, p->rows, path->base);
    }
    path->log_base = machine->type->log_base(machine->self, path->base);
    return TEMPER_OK;
}

void temper_path_close(temper_path *path) {
    temper_release(path->base);
    path->base = NULL;
}

temper_status temper_path_step(temper_path *path) {
    path->done++;
    if (path->plan.tell) path->plan.tell(path->plan.context, path->done, path->total);
    if (path->plan.stop && *path->plan.stop)
        return temper_fail(TEMPER_STOPPED, "evidence: stopped after %lld of %lld steps",
                           (long long)path->done, (long long)path->total);
    return TEMPER_OK;
}

temper_status temper_path_flock(const temper_path *path, temper_flock **flock, int64_t chains, int number,
                                double beta) {
    temper_stream stream = path->plan.stream;
    stream.chain += (uint32_t)number;
    temper_status status = temper_flock_create(flock, path->machine, chains, stream);
    if (status) return status;
    (*flock)->place = (temper_place){beta, path->base};
    return TEMPER_OK;
}

/* Row whose stretch of the total weight holds the fraction u. */
static int64_t draw(const temper_rows_view *rows, const double *until, double u) {
    int64_t low = 0, high = rows->n - 1;
    if (!until) return (int64_t)(u * (double)rows->n);
    u *= until[rows->n - 1];
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (until[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

temper_status temper_path_clamp(const temper_path *path, temper_flock *flock) {
    const temper_rows_view *rows = path->plan.rows;
    flock->place.beta = 1;
    temper_flock_scatter(flock);
    if (!rows) return TEMPER_OK;
    const float **row = temper_alloc((size_t)flock->chains, sizeof *row);
    double *until = rows->weight ? temper_alloc((size_t)rows->n, sizeof *until) : NULL;
    if (!row || (rows->weight && !until)) {
        temper_release(row);
        temper_release(until);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t i = 0; until && i < rows->n; i++) until[i] = (i ? until[i - 1] : 0) + rows->weight[i];
    for (int64_t c = 0; c < flock->chains; c++)
        row[c] = rows->X +
                 rows->columns * draw(rows, until, temper_uniform(flock->stream, TEMPER_FOR_BOOTSTRAP, 0, c));
    temper_flock_clamp(flock, row, flock->chains);
    temper_release(row);
    temper_release(until);
    return TEMPER_OK;
}

temper_status temper_path_settle(temper_path *path, temper_flock *flock) {
    temper_status status = temper_path_clamp(path, flock);
    for (int64_t s = 0; s < path->plan.burn && !status; s++) {
        temper_flock_sweep(flock, 1);
        status = temper_path_step(path);
    }
    return status;
}
