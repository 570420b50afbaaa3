/* What pairwise machines are asked for beside their likelihood: connected correlations, contacts. Both speak of categories; units of two
 * values are q = 2. */
#include "core/connected.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/couplings.h"

temper_status temper_machine_mean(const temper_machine *machine, const temper_rows_view *rows, float *stat) {
    enum { LOT = 1024 };
    const float *row[LOT];
    double total = 0;
    temper_flock *flock;
    temper_status bad =
        temper_flock_create(&flock, machine, rows->n < LOT ? rows->n : LOT, (temper_stream){0, 0});
    if (bad) return bad;
    for (int64_t r = 0; r < rows->n; r++) total += rows->weight ? rows->weight[r] : 1;
    memset(stat, 0, (size_t)machine->parameters * sizeof *stat);
    for (int64_t first = 0; first < rows->n; first += LOT) {
        int64_t n = rows->n - first < LOT ? rows->n - first : LOT;
        for (int64_t r = 0; r < n; r++) row[r] = rows->X + (first + r) * rows->columns;
        temper_flock_clamp(flock, row, n);
        machine->type->statistics(flock, n, rows->weight ? rows->weight + first : NULL, 1 / total, stat);
    }
    temper_flock_free(flock);
    return TEMPER_OK;
}

/* Cells of a pair: 1 of units with two values, q² of categories. */
static temper_status pairwise(const temper_machine *machine, temper_machine_array *J,
                              temper_machine_array *h) {
    const temper_machine_type *type = machine->type;
    const int64_t V = machine->io.columns;
    if (type->hidden && type->hidden(machine->self) == 0 && temper_machine_find(machine, "J", J) &&
        temper_machine_find(machine, "h", h) && J->shape[0] == V * (V - 1) / 2)
        return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "%s: has no couplings of all pairs of its columns; maxent with "
                       "features=pairs has",
                       type->about.name);
}

temper_status temper_machine_pearson(const temper_machine *machine, const float *stat, const float *other,
                                     double *pearson) {
    temper_machine_array J, h;
    temper_status bad = pairwise(machine, &J, &h);
    if (bad) return bad;
    const int64_t V = machine->io.columns, q = J.dims == 3 ? J.shape[1] : 1;
    const float *x1 = stat + h.offset, *y1 = other + h.offset, *x2 = stat + J.offset, *y2 = other + J.offset;
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < V; i++)
        for (int64_t j = i + 1; j < V; j++)
            for (int64_t a = 0; a < q; a++)
                for (int64_t b = 0; b < q; b++, x2++, y2++, n++) {
                    double s = (double)*x2 - (double)x1[i * q + a] * (double)x1[j * q + b];
                    double t = (double)*y2 - (double)y1[i * q + a] * (double)y1[j * q + b];
                    x += s, y += t, xx += s * s, yy += t * t, xy += s * t;
                }
    double both = (n * xx - x * x) * (n * yy - y * y);
    *pearson = both > 0 ? (n * xy - x * y) / sqrt(both) : 0;
    return TEMPER_OK;
}

temper_status temper_potts_form(const temper_machine *machine, temper_potts *shape, float **theta) {
    temper_machine_array J, h;
    temper_status bad = pairwise(machine, &J, &h);
    if (bad) return bad;
    const int64_t V = machine->io.columns, q = J.dims == 3 ? J.shape[1] : 2, pairs = V * (V - 1) / 2;
    *shape = (temper_potts){.V = V, .q = q, .coupled = true, .pairs = pairs};
    float *to = *theta = temper_alloc((size_t)temper_potts_parameters(shape), sizeof *to);
    if (!to) return TEMPER_NO_MEMORY;
    const float *of_J = machine->theta + J.offset, *of_h = machine->theta + h.offset;
    const bool spin = machine->type->visible(machine->self) == TEMPER_SPIN;
    if (J.dims == 3) {
        memcpy(to, of_J, (size_t)(pairs * q * q) * sizeof *to);
        memcpy(to + pairs * q * q, of_h, (size_t)(V * q) * sizeof *to);
    }
    for (int64_t k = 0; J.dims < 3 && k < pairs; k++)
        for (int64_t s = 0; s < 4; s++)
            to[4 * k + s] = spin ? (s == 0 || s == 3 ? of_J[k] : -of_J[k]) : (s == 3 ? of_J[k] : 0);
    for (int64_t i = 0; J.dims < 3 && i < V; i++) {
        to[4 * pairs + 2 * i] = spin ? -of_h[i] : 0;
        to[4 * pairs + 2 * i + 1] = of_h[i];
    }
    temper_potts_gauge(shape, to);
    return TEMPER_OK;
}

temper_status temper_contacts(const temper_machine *machine, int64_t gap, double *out) {
    temper_potts shape;
    float *theta;
    temper_status bad = temper_potts_form(machine, &shape, &theta);
    if (bad) return bad;
    const int64_t V = shape.V, q = shape.q;
    double *mean = temper_alloc((size_t)V, sizeof *mean), all = 0;
    if (!mean) bad = TEMPER_NO_MEMORY;
    for (int64_t i = 0; !bad && i < V; i++) {
        out[i * V + i] = 0;
        for (int64_t j = i + 1; j < V; j++) {
            const float *J = theta + temper_pair_number(V, i, j) * q * q;
            double square = 0;
            for (int64_t a = 0; a < q; a++)
                for (int64_t b = 0; b < q; b++)
                    if (a != gap && b != gap) square += (double)J[a * q + b] * (double)J[a * q + b];
            out[i * V + j] = out[j * V + i] = sqrt(square);
        }
    }
    for (int64_t i = 0; !bad && i < V; i++) {
        for (int64_t j = 0; j < V; j++) mean[i] += out[i * V + j];
        all += mean[i];
    }
    /* row means over V − 1 others and the mean over V (V − 1) pairs: F_i F_j/F = sums' product over the sum, times V/(V − 1) */
    for (int64_t i = 0; !bad && all > 0 && i < V; i++)
        for (int64_t j = 0; j < V; j++)
            if (j != i) out[i * V + j] -= mean[i] * mean[j] / all * (double)V / (double)(V - 1);
    temper_release(mean);
    temper_release(theta);
    return bad;
}
