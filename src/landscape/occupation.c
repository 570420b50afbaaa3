/* What walkers do in a simple landscape: how often they are where, and where they are while they cool. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/hop.h"
#include "temper/parallel.h"
#include "temper/simple.h"

enum { BLOCKS = 16, BATCH = 16 };

typedef struct {
    const temper_occupation_plan *plan;
    const temper_errand *errand;
    temper_occupation *out;
    int first;      /* chain of item 0 */
    double *series; /* [1 + 2 dim][chains][BLOCKS]: means of u, x_k, x_k² */
    double *count;  /* [chains][axes][bins] */
    bool *failed;   /* [chains] */
    int axes;
} job;

static double *blocks(const job *j, int quantity, int chain) {
    return j->series + ((int64_t)quantity * j->plan->chains + chain) * BLOCKS;
}

static void note(const job *j, int chain, int block, const double *x, double u) {
    int dim = j->out->dim, bins = j->plan->bins;
    blocks(j, 0, chain)[block] += u;
    for (int k = 0; k < dim; k++) {
        blocks(j, 1 + k, chain)[block] += x[k];
        blocks(j, 1 + dim + k, chain)[block] += x[k] * x[k];
    }
    for (int a = 0; a < j->axes && bins; a++) {
        double place = (x[a] - j->plan->low[a]) / (j->plan->high[a] - j->plan->low[a]) * bins;
        if (place >= 0 && place < bins) j->count[((int64_t)chain * j->axes + a) * bins + (int)place] += 1;
    }
}

/* Snapshot m of M is taken after step (m + 1)·steps/M. */
static void follow(const job *j, int chain, temper_walker *w) {
    const temper_occupation_plan *p = j->plan;
    int64_t seen = p->steps - p->burn;
    int m = 0, dim = j->out->dim;
    bool own = temper_hop_suits(w);
    for (int64_t k = 0; k < p->steps; k++) {
        double x[64];
        w->rate = p->rate;
        w->temperature = p->temperature * (p->cooling ? temper_schedule_at(p->cooling, k, p->steps) : 1);
        if (k >= p->burn) memcpy(x, w->theta, (size_t)dim * sizeof *x);
        temper_hop(w, own);
        if (w->failed) {
            j->failed[chain] = true;
            return;
        }
        if (k >= p->burn) note(j, chain, (int)((k - p->burn) * BLOCKS / seen), x, w->energy);
        while (m < p->moments && k + 1 == (m + 1) * p->steps / p->moments) {
            memcpy(j->out->snapshot + ((int64_t)m * p->chains + chain) * dim, w->theta,
                   (size_t)dim * sizeof(double));
            if (chain == 0) j->out->heat[m] = w->temperature;
            m++;
        }
    }
    for (int q = 0; q < 1 + 2 * dim; q++)
        for (int b = 0; b < BLOCKS; b++) {
            int64_t n = 0; /* steps k′ with ⌊k′ BLOCKS/seen⌋ = b */
            n = ((b + 1) * seen + BLOCKS - 1) / BLOCKS - (b * seen + BLOCKS - 1) / BLOCKS;
            blocks(j, q, chain)[b] /= (double)n;
        }
}

static temper_status walk(void *context, int64_t item) {
    job *j = context;
    const temper_occupation_plan *p = j->plan;
    int chain = j->first + (int)item;
    temper_stream stream = j->errand ? j->errand->stream : (temper_stream){0};
    stream.chain += (uint32_t)chain;
    temper_walker *w;
    temper_status bad = temper_walker_create(&w, p->potential, p->dynamics, false, stream);
    if (bad) return bad;
    follow(j, chain, w);
    temper_walker_free(w);
    return TEMPER_OK;
}

/* ---- from walkers to numbers ---- */

static temper_status shares(const job *j, const int *alive, int n) {
    int bins = j->plan->bins;
    double steps = (double)(j->plan->steps - j->plan->burn);
    for (int c = 0; c < j->axes * bins; c++) {
        double mean = 0, square = 0;
        for (int i = 0; i < n; i++) mean += j->count[(int64_t)alive[i] * j->axes * bins + c] / steps / n;
        for (int i = 0; i < n; i++) {
            double d = j->count[(int64_t)alive[i] * j->axes * bins + c] / steps - mean;
            square += d * d;
        }
        j->out->share[c] = mean;
        j->out->error[c] = n > 1 ? __builtin_sqrt(square / ((double)n * (n - 1))) : NAN;
    }
    return TEMPER_OK;
}

static temper_status reduce(const job *j) {
    int chains = j->plan->chains, dim = j->out->dim, n = 0;
    int *alive = temper_alloc((size_t)chains, sizeof *alive);
    if (!alive) return TEMPER_NO_MEMORY;
    for (int c = 0; c < chains; c++)
        if (!j->failed[c]) alive[n++] = c;
    j->out->failed = chains - n;
    temper_status bad =
        n ? TEMPER_OK
          : temper_fail(TEMPER_DIVERGED, "all %d walkers ran away; a smaller rate may hold them (rate=%g)",
                        chains, j->plan->rate);
    for (int q = 0; q < 1 + 2 * dim && !bad; q++) {
        for (int i = 0; i < n; i++) memmove(blocks(j, q, i), blocks(j, q, alive[i]), BLOCKS * sizeof(double));
        temper_estimate *e = q == 0     ? &j->out->energy
                             : q <= dim ? &j->out->x[q - 1]
                                        : &j->out->xx[q - 1 - dim];
        bad = temper_estimate_mean(blocks(j, q, 0), n, BLOCKS, e);
    }
    double N = (double)j->plan->potential->samples;
    j->out->energy.mean *= N, j->out->energy.error *= N;
    if (!bad) bad = shares(j, alive, n);
    temper_release(alive);
    return bad;
}

static temper_status check(const temper_occupation_plan *p) {
    if (p->potential->dim > 64)
        return temper_fail(TEMPER_CANNOT, "occupation: %lld coordinates, up to 64",
                           (long long)p->potential->dim);
    if (p->chains < 1 || p->burn < 0 || p->steps - p->burn < BLOCKS)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "occupation: chains=%d, steps=%lld, burn=%lld; legal are at least 1 walker and %d steps after the burn-in",
            p->chains, (long long)p->steps, (long long)p->burn, BLOCKS);
    if (!(p->rate > 0 && isfinite(p->rate)) || !(p->temperature >= 0))
        return temper_fail(TEMPER_BAD_OPTION,
                           "occupation: rate=%g, temperature=%g; legal are above 0, and not below 0", p->rate,
                           p->temperature);
    return TEMPER_OK;
}

static temper_status furnish(temper_occupation *out, const temper_occupation_plan *p, int axes) {
    size_t dim = (size_t)out->dim, histogram = (size_t)axes * (size_t)p->bins, moments = (size_t)p->moments;
    size_t doubles = 2 * histogram + moments * (size_t)p->chains * dim + moments;
    char *room = temper_alloc(1, 2 * dim * sizeof(temper_estimate) + doubles * sizeof(double));
    if (!room) return TEMPER_NO_MEMORY;
    out->room = room;
    out->x = (temper_estimate *)(void *)room, out->xx = out->x + dim;
    out->share = (double *)(void *)(out->xx + dim), out->error = out->share + histogram;
    out->snapshot = out->error + histogram, out->heat = out->snapshot + moments * (size_t)p->chains * dim;
    return TEMPER_OK;
}

void temper_occupation_clear(temper_occupation *o) {
    temper_release(o->room);
    *o = (temper_occupation){0};
}

temper_status temper_occupation_measure(const temper_occupation_plan *p, const temper_errand *errand,
                                        temper_occupation *out) {
    *out = (temper_occupation){.dim = (int)p->potential->dim};
    temper_status bad = check(p);
    if (bad) return bad;
    job j = {.plan = p, .errand = errand, .out = out, .axes = out->dim < 2 ? out->dim : 2};
    size_t chains = (size_t)p->chains, dim = (size_t)out->dim;
    size_t series = (1 + 2 * dim) * chains * BLOCKS, counts = chains * (size_t)j.axes * (size_t)p->bins;
    j.series = temper_alloc(1, (series + counts) * sizeof *j.series + chains * sizeof *j.failed);
    if (!j.series) return TEMPER_NO_MEMORY;
    j.count = j.series + series, j.failed = (bool *)(j.count + counts);
    bad = furnish(out, p, j.axes);
    for (j.first = 0; j.first < p->chains && !bad; j.first += BATCH) {
        bad = temper_parallel(p->chains - j.first < BATCH ? p->chains - j.first : BATCH, walk, &j);
        int64_t done = j.first + BATCH < p->chains ? j.first + BATCH : p->chains;
        if (errand && errand->tell) errand->tell(errand->context, done, p->chains);
        if (!bad && errand && errand->stop && *errand->stop) bad = TEMPER_STOPPED;
    }
    if (!bad) bad = reduce(&j);
    temper_release(j.series);
    if (bad) temper_occupation_clear(out);
    return bad;
}
