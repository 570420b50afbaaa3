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

/* Where all of the spectrum is, but for what chance hides: the outermost node of all probes, and as far beyond it as the largest residual of the
 * probes' outermost nodes. The theorem alone would leave the weight of a probe's last node open as far as infinity. */
static void find_ends(const temper_density_of_states *d, double *low, double *high) {
    double doubt[2] = {0};
    for (int top = 0; top < 2; top++)
        for (int32_t p = 0; p < d->probes; p++) {
            int64_t i = top ? d->n - 1 : 0;
            while (d->probe[i] != p) i += top ? -1 : 1;
            doubt[top] = fmax(doubt[top], d->residual[i]);
        }
    *low = d->node[0] - doubt[0], *high = d->node[d->n - 1] + doubt[1];
}

void temper_density_open(const temper_density_of_states *d, double x, double *under, double *over) {
    double low, high;
    *under = *over = 0;
    find_ends(d, &low, &high);
    if (x < low || x >= high) return;
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

/* What is known of the random vectors' own distribution function, a staircase each: rise[i] is what the three gain at node i. */
typedef struct {
    double sum, low, high; /* quadrature; the bounds of the theorem */
} step;

/* In node order. A probe's lower bound rises at a node by what it itself leaves not open and by what the node before left open; the upper one by what
 * is not open and by what the node after leaves open. Returns the upper bound to the left of all. */
static double find_steps(const temper_density_of_states *d, int64_t *last, step *rise) {
    double begin = 0;
    for (int64_t p = 0; p < d->probes; p++) last[p] = -1;
    for (int64_t i = 0; i < d->n; i++) {
        int64_t *before = last + d->probe[i];
        double shut = d->weight[i] - open(d, i);
        rise[i] = (step){d->weight[i], shut, shut};
        if (*before >= 0)
            rise[i].low += open(d, *before), rise[*before].high += open(d, i);
        else
            begin += open(d, i);
        *before = i;
    }
    return begin;
}

/* How far the bounds reach out of the staircase when x may be off by `shift`: the largest of F̂(x − shift) − low(x) and high(x) − F̂(x + shift).
 * Bounds ascend, so the first is largest where F̂(x − shift) has just risen, the second where F̂(x + shift) is about to. */
static double excess(const temper_density_of_states *d, const step *rise, double begin, double shift) {
    double most = 0, sum = 0, low = 0, high = begin, before = 0, from, to;
    int64_t a = 0, b = 0;
    find_ends(d, &from, &to);
    for (int64_t i = 0; i < d->n; i++) {
        before = sum, sum += rise[i].sum;
        while (a < d->n && d->node[a] <= d->node[i] + shift) low += rise[a++].low;
        while (b < d->n && d->node[b] < d->node[i] - shift) high += rise[b++].high;
        if (d->node[i] + shift < to) most = fmax(most, sum - low);
        if (d->node[i] - shift > from) most = fmax(most, high - before);
    }
    return most;
}

/* The resolution, to a part in a thousand, by halving. Chance alone where all that quadrature leaves open is nothing. */
static temper_status find_band(temper_density_of_states *d) {
    const double half = chance(d), spread = d->node[d->n - 1] - d->node[0];
    int64_t *last = temper_alloc((size_t)d->probes + 1, sizeof *last);
    step *rise = temper_alloc((size_t)d->n, sizeof *rise);
    if (!d->probes) d->band = d->resolution = 0;
    if (last && rise && d->probes) {
        double begin = find_steps(d, last, rise), least = excess(d, rise, begin, spread),
               bar = least + half / 2;
        double fits = spread, fails = 0;
        if (excess(d, rise, begin, 0) <= bar) fits = 0;
        while (fits > 1e-9 * spread && fits - fails > 1e-3 * fits) {
            double middle = fails > 0 ? sqrt(fails * fits) : fits / 8;
            if (excess(d, rise, begin, middle) <= bar)
                fits = middle;
            else
                fails = middle;
        }
        d->resolution = fmax(fits, 1e-8 * spread); /* no closer is a node to its eigenvalue */
        d->band = fmin(1, half + excess(d, rise, begin, d->resolution));
    }
    temper_status bad = last && rise ? TEMPER_OK : TEMPER_NO_MEMORY;
    temper_release(last);
    temper_release(rise);
    return bad;
}

/* ---- what stands apart ----
 *
 * From one end, j eigenvalues stand apart where the gap behind the j-th one is more than four times as wide as each of the five gaps that follow,
 * every probe has found the j of them to a quarter of that gap, and they agree so far. Of several such j the largest counts. Ritz values inside a
 * continuous bulk lie closer towards its edge, so the edge of a bulk makes no such gap. Copies of an eigenvalue count once. */

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
