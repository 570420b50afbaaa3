/* Attacks with the sign of the slope, the steepest way within a box:
 *
 *     x' ← P(x' + a sign Σ_m w_m ∇ℓ_m(x')),     P: back to |x'_k − x_k| ≤ ε·range_k, and into the range.
 *
 * The mean loss has w_m = 1/M. The mean forecast p = Σ_m p_m/M has the loss −ln p with w_m ∝ e^{−ℓ_m}; as only signs count, the sum is
 * begun with the first member's weight 1 and shrinks when a larger one comes. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "temper/network.h"

enum { BATCH = 1024 }; /* rows that are moved at a time */

typedef struct {
    const temper_attack *of;
    int64_t first;        /* of the rows of this batch */
    temper_samples moved; /* X: where they are; y, t: their answers */
    int64_t *count;       /* 0, 1, 2, … */
    float *slope, *room;  /* [batch][features] of one member; [features] */
    double *sum;          /* [batch][features] */
    double *loss, *top;   /* [batch] of one member; the largest −ℓ so far */
} raid;

/* ---- uphill ---- */

static void add_row(const raid *r, int64_t i, bool begins) {
    const int64_t d = r->moved.features;
    const float *g = r->slope + i * d;
    double *sum = r->sum + i * d, w = 1, shrink = begins ? 0 : 1;
    if (r->of->mixture) {
        double u = -r->loss[i];
        if (begins || u > r->top[i]) {
            shrink = begins ? 0 : temper_exp(r->top[i] - u);
            r->top[i] = u;
        }
        w = temper_exp(u - r->top[i]);
    }
    for (int64_t k = 0; k < d; k++) sum[k] = (begins ? 0 : sum[k] * shrink) + w * (double)g[k];
}

static temper_status climb(raid *r) {
    const temper_attack *of = r->of;
    temper_status bad = TEMPER_OK;
    for (int64_t m = 0; m < of->members && !bad; m++) {
        bad = temper_network_slope(of->network, &r->moved, of->scaling, r->count, r->moved.n, of->theta[m],
                                   of->statistics ? of->statistics[m] : NULL, r->slope, r->loss);
        for (int64_t i = 0; i < r->moved.n && !bad; i++) add_row(r, i, m == 0);
    }
    return bad;
}

/* ---- a step, and back into the box ---- */

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

/* Each input moves by a share of ε·range that `how` tells. */
static void push(raid *r, double (*how)(const raid *r, int64_t i, int64_t k), double share) {
    const temper_attack *of = r->of;
    const int64_t d = r->moved.features;
    for (int64_t i = 0; i < r->moved.n; i++) {
        const float *clean = temper_samples_row(of->samples, of->row[r->first + i], r->room);
        float *x = r->moved.X + i * d;
        for (int64_t k = 0; k < d; k++) {
            double far = of->epsilon * (of->high[k] - of->low[k]);
            double to = (double)x[k] + share * far * how(r, i, k);
            if (of->clip) to = clamp(to, of->low[k], of->high[k]);
            x[k] = (float)clamp(to, (double)clean[k] - far, (double)clean[k] + far);
        }
    }
}

static double uphill(const raid *r, int64_t i, int64_t k) {
    double g = r->sum[i * r->moved.features + k];
    return g > 0 ? 1 : g < 0 ? -1 : 0;
}

static double anywhere(const raid *r, int64_t i, int64_t k) {
    const temper_stream stream = {r->of->seed, 0};
    return 2 * temper_uniform(stream, TEMPER_FOR_NOISE, r->of->row[r->first + i], k) - 1;
}

static void arrive(raid *r, int64_t first, int64_t n) {
    const temper_samples *s = r->of->samples;
    const int64_t d = s->features;
    r->first = first, r->moved.n = n;
    for (int64_t i = 0; i < n; i++) {
        int64_t row = r->of->row[first + i];
        memcpy(r->moved.X + i * d, temper_samples_row(s, row, r->room), (size_t)d * sizeof(float));
        if (s->y) r->moved.y[i] = s->y[row];
        if (s->t)
            memcpy(r->moved.t + i * s->outputs, s->t + row * s->outputs, (size_t)s->outputs * sizeof *s->t);
    }
}

static temper_status strike(raid *r) {
    const temper_attack *of = r->of;
    double rate = of->rate > 0 ? of->rate : of->steps == 1 ? 1 : 2.5 / of->steps;
    temper_status bad = TEMPER_OK;
    if (of->steps > 1) push(r, anywhere, 1);
    for (int step = 0; step < of->steps && !bad; step++) {
        bad = climb(r);
        if (!bad) push(r, uphill, rate);
    }
    return bad;
}

/* ---- checked at the door ---- */

static temper_status check(const temper_attack *of) {
    const temper_samples *s = of->samples;
    if (of->members < 1)
        return temper_fail(TEMPER_BAD_OPTION, "attack: members=%lld; legal: 1 or more",
                           (long long)of->members);
    if (!(of->epsilon >= 0 && of->epsilon < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "attack: epsilon=%g; legal: a share of the range, 0 or more",
                           of->epsilon);
    if (of->steps < 1)
        return temper_fail(TEMPER_BAD_OPTION, "attack: steps=%d; legal: 1 (FGSM) or more (PGD)", of->steps);
    if (!(of->rate >= 0 && of->rate < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "attack: rate=%g; legal: 0 (by itself) or more", of->rate);
    for (int64_t k = 0; k < s->features; k++)
        if (!(of->low[k] <= of->high[k] && of->high[k] - of->low[k] < INFINITY))
            return temper_fail(TEMPER_BAD_OPTION, "attack: input %lld has the range %g ... %g", (long long)k,
                               of->low[k], of->high[k]);
    for (int64_t i = 0; i < of->rows; i++)
        if (of->row[i] < 0 || of->row[i] >= s->n)
            return temper_fail(TEMPER_BAD_DATA, "attack: row %lld is outside 0 ... %lld",
                               (long long)of->row[i], (long long)s->n - 1);
    return TEMPER_OK;
}

/* A block for all that a batch needs. */
static char *settle(raid *r) {
    const temper_samples *s = r->of->samples;
    size_t n = (size_t)(r->of->rows < BATCH ? r->of->rows : BATCH), d = (size_t)s->features;
    size_t wide = n * d * sizeof(double), line = n * sizeof(double);
    char *memory = temper_alloc(wide + 3 * line + (s->t ? line * (size_t)s->outputs : 0) +
                                    (n * d + d) * sizeof(float) + n * sizeof(int32_t),
                                1);
    if (!memory) return NULL;
    char *at = memory;
    r->sum = (double *)(void *)at, at += wide;
    r->loss = (double *)(void *)at, at += line;
    r->top = (double *)(void *)at, at += line;
    r->count = (int64_t *)(void *)at, at += line;
    r->moved = *s;
    r->moved.source = NULL;
    if (s->t) r->moved.t = (double *)(void *)at, at += line * (size_t)s->outputs;
    r->slope = (float *)(void *)at, at += n * d * sizeof(float);
    r->room = (float *)(void *)at, at += d * sizeof(float);
    if (s->y) r->moved.y = (int32_t *)(void *)at;
    for (size_t i = 0; i < n; i++) r->count[i] = (int64_t)i;
    return memory;
}

temper_status temper_network_attack(const temper_attack *attack, float *out) {
    raid r = {.of = attack};
    temper_status bad = check(attack);
    if (bad || attack->rows < 1) return bad;
    char *memory = settle(&r);
    if (!memory) return TEMPER_NO_MEMORY;
    for (int64_t first = 0; first < attack->rows && !bad; first += BATCH) {
        r.moved.X = out + first * attack->samples->features;
        arrive(&r, first, attack->rows - first < BATCH ? attack->rows - first : BATCH);
        bad = strike(&r);
    }
    temper_release(memory);
    return bad;
}
