/* What is read off the nodes of a density of states: shares with their bounds, and which eigenvalues stand apart. */
#include <math.h>
#include "base/memory.h"
#include "landscape/density.h"

/* ---- shares ---- */

double temper_density_below(const temper_density_of_states *d, double x) {
    double sum = 0;
    for (int64_t i = 0; i < d->n && d->node[i] <= x; i++) sum += d->weight[i];
    return sum < 1 ? sum : 1;
}

/* Is the node an eigenvalue? Weight that it leaves open. */
static double open(const temper_density_of_states *d, int64_t i) {
    return d->residual[i] <= 1e-8 * (d->node[d->n - 1] - d->node[0]) ? 0 : d->weight[i];
}

void temper_density_open(const temper_density_of_states *d, double x, double *under, double *over) {
    *under = *over = 0;
    for (int32_t p = 0; p < d->probes; p++) {
        int64_t left = -1, right = -1;
        for (int64_t i = 0; i < d->n; i++) {
            if (d->probe[i] != p) continue;
            if (d->node[i] > x) {
                right = i;
                break;
            }
            left = i;
        }
        if (left >= 0) *under += open(d, left);
        if (right >= 0) *over += open(d, right);
    }
}

static double chance(const temper_density_of_states *d) {
    const double kolmogorov = 1.3581;
    return d->probes ? kolmogorov * sqrt(2 / ((double)d->dim + 2) / (double)d->probes) : 0;
}

void temper_density_bounds(const temper_density_of_states *d, double x, double *low, double *high) {
    double under, over, share = temper_density_below(d, x), half = chance(d);
    temper_density_open(d, x, &under, &over);
    *low = fmax(0, share - under - half), *high = fmin(1, share + over + half);
}

/* The largest of what is open on either side, over all intervals between nodes; at[p] is the last node of probe p so far, next[p] the one to come. */
static temper_status find_band(temper_density_of_states *d) {
    int64_t *at = temper_alloc((size_t)(2 * d->probes + d->n), sizeof *at);
    if (!at) return TEMPER_NO_MEMORY;
    int64_t *next = at + d->probes, *follower = next + d->probes;
    double under = 0, over = 0, most = 0;
    for (int64_t p = 0; p < d->probes; p++) at[p] = next[p] = -1;
    for (int64_t i = d->n - 1; i >= 0; i--) follower[i] = next[d->probe[i]], next[d->probe[i]] = i;
    for (int64_t p = 0; p < d->probes; p++) over += next[p] >= 0 ? open(d, next[p]) : 0;
    most = over;
    for (int64_t i = 0; i < d->n; i++) {
        int32_t p = d->probe[i];
        if (at[p] >= 0) under -= open(d, at[p]);
        under += open(d, i), over -= open(d, i);
        if (follower[i] >= 0) over += open(d, follower[i]);
        at[p] = i;
        most = fmax(most, fmax(under, over));
    }
    temper_release(at);
    d->band = fmin(1, most + chance(d));
    return TEMPER_OK;
}

/* ---- what stands apart ----
 *
 * From one end, j eigenvalues stand apart where the gap behind the j-th one is more than four times as wide as each of the five gaps that follow, every probe
 * has found the j of them to a quarter of that gap, and they agree so far. Of several such j the largest counts. Ritz values inside a continuous bulk lie closer towards its
 * edge, so the edge of a bulk makes no such gap. Copies of an eigenvalue count once. */

enum { FOLLOW = 5 };

typedef struct { /* Ritz values in the order of one end, each probe's j-th one side by side */
    int64_t n;   /* of the probe with the fewest */
    double *near,
        *far; /* [n] the extremes among the probes, as distances from that end inwards: near ≤ far */
    double *mean, *doubt; /* [n] over the probes; the largest residual */
} queue;

static void line_up(const temper_density_of_states *d, bool top, queue *q, int64_t *count) {
    const int64_t probes = d->probes ? d->probes : 1;
    for (int64_t j = 0; j < d->n; j++)
        q->near[j] = INFINITY, q->far[j] = -INFINITY, q->mean[j] = q->doubt[j] = 0;
    for (int64_t p = 0; p < probes; p++) count[p] = 0;
    for (int64_t i = 0; i < d->n; i++) {
        int64_t k = top ? d->n - 1 - i : i, j = count[d->probe[k]]++;
        double x = top ? -d->node[k] : d->node[k];
        q->near[j] = fmin(q->near[j], x), q->far[j] = fmax(q->far[j], x);
        q->mean[j] += x / (double)probes, q->doubt[j] = fmax(q->doubt[j], d->residual[k]);
    }
    q->n = count[0];
    for (int64_t p = 1; p < probes; p++) q->n = count[p] < q->n ? count[p] : q->n;
}

/* Centre of the bulk: where the distribution function passes ½, so that a spike is its own bulk. */
static double centre(const temper_density_of_states *d) {
    double sum = 0;
    for (int64_t i = 0; i < d->n; i++)
        if ((sum += d->weight[i]) >= 0.5) return d->node[i];
    return d->node[d->n - 1];
}

static int64_t apart(const queue *q, double middle) {
    int64_t found = 0;
    double doubt = 0, spread = 0;
    for (int64_t j = 1; j < q->n && q->far[j - 1] < middle; j++) {
        doubt = fmax(doubt, q->doubt[j - 1]), spread = fmax(spread, q->far[j - 1] - q->near[j - 1]);
        double gap = q->near[j] - q->far[j - 1], widest = 0;
        for (int64_t k = j; k < j + FOLLOW && k + 1 < q->n; k++)
            widest = fmax(widest, q->mean[k + 1] - q->mean[k]);
        if (gap > 4 * widest && doubt < gap / 4 && spread < gap / 4) found = j;
    }
    return found;
}

static temper_status find_outliers(temper_density_of_states *d) {
    const size_t n = (size_t)d->n;
    double *room = temper_alloc(4 * n, sizeof *room);
    int64_t *count = temper_alloc((size_t)d->probes + 1, sizeof *count);
    if (!room || !count) {
        temper_release(room);
        temper_release(count);
        return TEMPER_NO_MEMORY;
    }
    queue q = {.near = room, .far = room + n, .mean = room + 2 * n, .doubt = room + 3 * n};
    for (int top = 0; top < 2; top++) {
        double sign = top ? -1 : 1;
        line_up(d, top, &q, count);
        int64_t found = apart(&q, sign * centre(d));
        d->outliers += found;
        d->edge[top] = sign * q.near[found];
    }
    temper_release(room);
    temper_release(count);
    return TEMPER_OK;
}

temper_status temper_density_shape(temper_density_of_states *d) {
    temper_status bad = find_band(d);
    return bad ? bad : find_outliers(d);
}
