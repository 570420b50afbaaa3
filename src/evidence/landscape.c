/* The landscape that samples of a machine see: their histogram on the plane of the first two principal components of the data, F = −ln p. A basin that
 * the data have and the samples don't is a mode that the machine has lost, or that its chains never reach. Chains are independent, so
 * the error of a cell is the spread of its share between chains: error(F) = s/(p √chains). */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "evidence/path.h"
#include "num/eigen.h"

enum { KEPT = 50 };
static const double MARGIN = 0.1; /* of the data's range, on each side */

typedef struct {
    int64_t V, grid;
    double *mean, *component; /* [V], [2][V] */
    temper_sample_landscape *out;
} plane;

/* Cell of a row, −1: beside the grid. Sums in index order. */
static int64_t cell(const plane *p, const float *x) {
    int64_t at[2];
    for (int k = 0; k < 2; k++) {
        double y = 0, width = p->out->high[k] - p->out->low[k];
        for (int64_t i = 0; i < p->V; i++) y += p->component[k * p->V + i] * (x[i] - p->mean[i]);
        double place = width > 0 ? (y - p->out->low[k]) / width * (double)p->grid : 0;
        if (!(place >= 0 && place <= (double)p->grid)) return -1;
        at[k] = place < (double)p->grid ? (int64_t)place : p->grid - 1;
    }
    return at[0] * p->grid + at[1];
}

static void frame(plane *p, const temper_rows_view *rows) {
    temper_sample_landscape *l = p->out;
    for (int k = 0; k < 2; k++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t r = 0; r < rows->n; r++) {
            double y = 0;
            for (int64_t i = 0; i < p->V; i++)
                y += p->component[k * p->V + i] * (rows->X[r * p->V + i] - p->mean[i]);
            low = fmin(low, y);
            high = fmax(high, y);
        }
        double margin = high > low ? MARGIN * (high - low) : 0.5;
        l->low[k] = low - margin;
        l->high[k] = high + margin;
    }
    double total = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        double w = rows->weight ? rows->weight[r] : 1;
        total += w;
        l->data[cell(p, rows->X + r * p->V)] += w;
    }
    for (int64_t c = 0; c < p->grid * p->grid; c++) l->data[c] /= total;
}

/* count[chains][cells] of int32, then F and its error. */
static void finish(plane *p, const int32_t *count, int64_t chains, int64_t kept, int64_t outside) {
    temper_sample_landscape *l = p->out;
    int64_t cells = p->grid * p->grid;
    for (int64_t c = 0; c < cells; c++) {
        double sum = 0, squares = 0, n = (double)chains;
        for (int64_t i = 0; i < chains; i++) {
            double share = (double)count[i * cells + c] / (double)kept;
            sum += share;
            squares += share * share;
        }
        double mean = sum / n, spread = fmax(0, squares / n - mean * mean) / (n - 1);
        l->free_energy[c] = mean > 0 ? -temper_log(mean) : INFINITY;
        l->error[c] = mean > 0 ? sqrt(spread) / mean : NAN;
        l->overlap += fmin(mean, l->data[c]);
    }
    l->outside = (double)outside / (double)(chains * kept);
}

static temper_status sample(temper_path *path, plane *p) {
    temper_flock *flock;
    temper_status status = temper_path_flock(path, &flock, path->plan.runs, MODEL_FLOCK, 1);
    if (status) return status;
    int64_t cells = p->grid * p->grid, C = path->plan.runs, outside = 0;
    int64_t kept = path->plan.sweeps < KEPT ? path->plan.sweeps : KEPT, stride = path->plan.sweeps / kept;
    int32_t *count = temper_alloc((size_t)(C * cells), sizeof *count);
    float *row = temper_alloc((size_t)p->V, sizeof *row);
    status = count && row ? temper_path_settle(path, flock) : TEMPER_NO_MEMORY;
    for (int64_t t = 0; t < kept && !status; t++) {
        temper_flock_sweep(flock, stride);
        for (int64_t c = 0; c < C; c++) {
            temper_flock_read(flock, c, row);
            int64_t at = cell(p, row);
            if (at < 0)
                outside++;
            else
                count[c * cells + at]++;
        }
        status = flock->trouble ? flock->trouble : temper_path_step(path);
    }
    if (!status) finish(p, count, C, kept, outside);
    temper_release(count);
    temper_release(row);
    temper_flock_free(flock);
    return status;
}

static temper_sample_landscape *carve(int64_t grid) {
    size_t head = (sizeof(temper_sample_landscape) + 63) / 64 * 8, cells = (size_t)(grid * grid);
    temper_sample_landscape *l = temper_alloc(head + 3 * cells, sizeof(double));
    if (!l) return NULL;
    l->grid = grid;
    l->free_energy = (double *)l + head;
    l->error = l->free_energy + cells;
    l->data = l->error + cells;
    return l;
}

static temper_status check(const temper_machine *machine, int64_t grid, const temper_evidence_plan *plan) {
    if (grid < 2 || grid > TEMPER_GRID_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "landscape: grid=%lld, must be 2 … %d", (long long)grid,
                           TEMPER_GRID_MAX);
    if (!plan || !plan->rows)
        return temper_fail(TEMPER_BAD_OPTION, "landscape: wants rows, whose components are its axes");
    if (machine->io.columns < 2) return temper_fail(TEMPER_CANNOT, "landscape: one column has no plane");
    if (machine->io.states)
        return temper_fail(
            TEMPER_CANNOT,
            "landscape: categories have no order; principal components want binary, spin or real units");
    return TEMPER_OK;
}

temper_status temper_evidence_landscape(const temper_machine *machine, int64_t grid,
                                        const temper_evidence_plan *plan, temper_sample_landscape **out) {
    *out = NULL;
    temper_status status = check(machine, grid, plan);
    temper_path path;
    if (status) return status;
    status = temper_path_open(&path, machine, plan);
    path.total = path.plan.burn + (path.plan.sweeps < KEPT ? path.plan.sweeps : KEPT);
    int64_t V = machine->io.columns;
    plane p = {.V = V, .grid = grid};
    double *axes = NULL;
    if (!status) {
        axes = temper_alloc(3 * (size_t)V, sizeof *axes);
        p.out = carve(grid);
        status = axes && p.out ? TEMPER_OK : TEMPER_NO_MEMORY;
    }
    if (!status) {
        p.mean = axes;
        p.component = axes + V;
        const temper_rows_view *rows = path.plan.rows;
        status = temper_principal(rows->n, V, rows->X, rows->weight, 2, p.mean, p.component, p.out->variance);
        if (!status) frame(&p, rows);
    }
    if (!status) status = sample(&path, &p);
    if (status)
        temper_sample_landscape_free(p.out);
    else
        *out = p.out;
    temper_release(axes);
    temper_path_close(&path);
    return status;
}

void temper_sample_landscape_free(temper_sample_landscape *landscape) { temper_release(landscape); }
