/* Weight matching (Ainsworth, Hayase & Srinivasa, "Git Re-Basin", 2023).
 *
 * Permuting the units of a hidden layer, with the weights that lead to them and from them, changes θ but not the function. Among all
 * permutations of network b one looks for that with the largest Σ_k a_k b_k, which is the one nearest to a. With all groups of units but one
 * held, that sum is Σ_i C[i, σ(i)],
 *
 *     C[i, j] = Σ over the numbers that belong to unit i in a and to unit j in b, their other unit being the same,
 *
 * an assignment problem, solved exactly. Groups take turns until none can gain: coordinate descent on a finite set, so it ends. Where one array
 * has the same group on both sides (a residual block of one layer) the sum is quadratic in σ; C is then its linear part, and a step that
 * does not gain is taken back.
 *
 * Where it ends depends on where it begins. The first beginning works from what is known inwards: groups in the order of the tape, each judged
 * by those arrays alone whose other side is settled (data, outputs, groups before). A permutation that was planted is found in that one pass,
 * because no array of noise has a voice. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/align_units.h"
#include "temper/parallel.h"
#include "temper/path.h"

typedef struct {
    align_units units;
    const double *a;
    double *b;                     /* [P] as arranged now */
    float *statistics;             /* or NULL */
    int32_t *from;                 /* [units] whose numbers unit u has now */
    double *room;                  /* [largest array] */
    double *C;                     /* [n][n] of the largest group: −C */
    int64_t *match, *back, *place; /* [n] */
    bool *settled;                 /* [groups] */
    bool inwards;
    int64_t P;
} rebasin;

/* ---- what a group gains ---- */

typedef struct {
    const rebasin *r;
    const int32_t *member;
    int64_t n;
    /* one array, one side of it, one occurrence */
    const align_block *block;
    bool in;
} judge;

static bool known(const rebasin *r, const align_axis *axis) {
    for (int64_t p = 0; p < axis->n && axis->unit; p++) {
        int32_t g = r->units.group[axis->unit[p]];
        if (g >= 0 && !r->settled[g]) return false;
    }
    return true;
}

/* Row i of −C from one array, member m being at place[m] of this side of it and all else alike. */
static temper_status judge_row(void *context, int64_t i) {
    const judge *j = context;
    const rebasin *r = j->r;
    const align_block *k = j->block;
    const int64_t *place = r->place, wide = k->reps * k->out.n, all = k->in.n * wide;
    const double *a = r->a + k->offset, *b = r->b + k->offset;
    double *C = r->C + i * j->n;
    for (int64_t m = 0; m < j->n && j->in; m++) {
        const double *x = a + place[i] * wide, *y = b + place[m] * wide;
        double sum = 0;
        for (int64_t o = 0; o < wide; o++) sum += x[o] * y[o];
        C[m] -= sum;
    }
    for (int64_t o = 0; o < all && !j->in; o += k->out.n) {
        const double x = a[o + place[i]];
        for (int64_t m = 0; m < j->n; m++) C[m] -= x * b[o + place[m]];
    }
    return TEMPER_OK;
}

static bool concerns(const align_axis *axis, int32_t u) {
    return axis->unit && temper_align_place(axis, u, 0) >= 0;
}

/* One side of an array, occurrence by occurrence: all members have equally many. */
static temper_status judge_side(const rebasin *r, judge *j, const align_axis *side, const align_axis *other) {
    temper_status bad = TEMPER_OK;
    if (!concerns(side, j->member[0]) || (r->inwards && !known(r, other))) return bad;
    for (int64_t q = 0; temper_align_place(side, j->member[0], q) >= 0 && !bad; q++) {
        for (int64_t m = 0; m < j->n; m++) r->place[m] = temper_align_place(side, j->member[m], q);
        bad = temper_parallel(j->n, judge_row, j);
    }
    return bad;
}

static temper_status judge_group(const rebasin *r, judge *j) {
    temper_status bad = TEMPER_OK;
    memset(r->C, 0, (size_t)(j->n * j->n) * sizeof *r->C);
    for (int k = 0; k < r->units.blocks && !bad; k++) {
        const align_block *block = j->block = &r->units.block[k];
        if (block->statistic) continue;
        j->in = true;
        bad = judge_side(r, j, &block->in, &block->out);
        j->in = false;
        if (!bad) bad = judge_side(r, j, &block->out, &block->in);
    }
    return bad;
}

static double product(const double *a, const double *b, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

/* ---- units change places ---- */

/* Slices of `wide` numbers, `calls` times, `step` apart: slice of member i becomes that of member match[i]. */
static void shuffle(const align_axis *axis, const judge *j, const int64_t *match, const double *old,
                    double *now, int64_t wide) {
    for (int64_t i = 0; i < j->n; i++)
        for (int64_t q = 0, x; (x = temper_align_place(axis, j->member[i], q)) >= 0; q++) {
            int64_t y = temper_align_place(axis, j->member[match[i]], q);
            memcpy(now + x * wide, old + y * wide, (size_t)wide * sizeof *now);
        }
}

/* One array of doubles [in][reps][out]. */
static void rearrange(rebasin *r, const align_block *k, const judge *j, const int64_t *match, double *b) {
    const int64_t n = k->in.n * k->reps * k->out.n;
    if (concerns(&k->in, j->member[0])) {
        memcpy(r->room, b, (size_t)n * sizeof *b);
        shuffle(&k->in, j, match, r->room, b, k->reps * k->out.n);
    }
    if (concerns(&k->out, j->member[0])) {
        memcpy(r->room, b, (size_t)n * sizeof *b);
        for (int64_t o = 0; o < n; o += k->out.n) shuffle(&k->out, j, match, r->room + o, b + o, 1);
    }
}

static void permute(rebasin *r, const judge *j, const int64_t *match) {
    for (int k = 0; k < r->units.blocks; k++)
        if (!r->units.block[k].statistic)
            rearrange(r, &r->units.block[k], j, match, r->b + r->units.block[k].offset);
}

/* Statistics move once, at the end: [out] floats each. */
static void permute_statistics(rebasin *r) {
    for (int k = 0; k < r->units.blocks && r->statistics; k++) {
        const align_block *block = &r->units.block[k];
        if (!block->statistic) continue;
        float *s = r->statistics + block->offset;
        for (int64_t x = 0; x < block->out.n; x++) r->room[x] = (double)s[x];
        for (int64_t x = 0; x < block->out.n; x++) {
            int32_t u = block->out.unit[x];
            int64_t q = 0;
            while (temper_align_place(&block->out, u, q) != x) q++;
            s[x] = (float)r->room[temper_align_place(&block->out, r->from[u], q)];
        }
    }
}

/* ---- sweeps ---- */

static temper_status turn(rebasin *r, int g, bool *moved) {
    const align_units *units = &r->units;
    judge j = {.r = r, .member = units->member + units->first[g], .n = units->first[g + 1] - units->first[g]};
    temper_status bad = judge_group(r, &j);
    if (!bad) bad = temper_assign(j.n, r->C, r->match);
    if (bad) return bad;
    double stay = 0, go = 0, size = 0;
    for (int64_t i = 0; i < j.n; i++) {
        stay -= r->C[i * j.n + i], go -= r->C[i * j.n + r->match[i]];
        size += fabs(r->C[i * j.n + i]) + fabs(r->C[i * j.n + r->match[i]]);
    }
    if (!(go > stay + 1e-12 * size)) return TEMPER_OK;
    double before = product(r->a, r->b, r->P);
    permute(r, &j, r->match);
    if (!r->inwards && !(product(r->a, r->b, r->P) > before)) { /* only where C is a linear part */
        for (int64_t i = 0; i < j.n; i++) r->back[r->match[i]] = i;
        permute(r, &j, r->back);
        return TEMPER_OK;
    }
    for (int64_t i = 0; i < j.n; i++) r->back[i] = r->from[j.member[r->match[i]]];
    for (int64_t i = 0; i < j.n; i++) r->from[j.member[i]] = (int32_t)r->back[i];
    *moved = true;
    return TEMPER_OK;
}

/* The order of groups in a sweep: of the tape, or by chance (Fisher–Yates). */
static void order_groups(int32_t *order, int groups, int start, int sweep, temper_stream stream) {
    for (int g = 0; g < groups; g++) order[g] = g;
    for (int g = groups - 1; g > 0 && start > 1; g--) {
        uint32_t word = temper_word(stream, TEMPER_FOR_SITES, (int64_t)start * 1000000 + sweep, g);
        int32_t k = (int32_t)temper_below(word, (uint32_t)g + 1), held = order[g];
        order[g] = order[k], order[k] = held;
    }
}

static temper_status descend(rebasin *r, const temper_align_plan *plan, const temper_errand *errand,
                             int start, int32_t *order, int *sweeps) {
    temper_status bad = TEMPER_OK;
    bool moved = true;
    memset(r->settled, 0, (size_t)r->units.groups * sizeof *r->settled);
    r->inwards = start == 0;
    for (int g = 0; g < r->units.groups && start == 0 && !bad; g++) {
        bad = turn(r, g, &moved);
        r->settled[g] = true;
    }
    r->inwards = false;
    for (*sweeps = 0; *sweeps < plan->sweeps && moved && !bad; ++*sweeps) {
        moved = false;
        order_groups(order, r->units.groups, start, *sweeps, errand->stream);
        for (int g = 0; g < r->units.groups && !bad; g++) {
            bad = turn(r, order[g], &moved);
            if (errand->stop && *errand->stop) bad = temper_fail(TEMPER_STOPPED, "stopped");
        }
    }
    return bad;
}

static double norm_of(const double *x, int64_t n) { return sqrt(product(x, x, n)); }

static double distance_of(const double *x, const double *y, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sqrt(sum);
}

static double cosine_of(const double *x, const double *y, int64_t n) {
    double size = norm_of(x, n) * norm_of(y, n);
    return size > 0 ? product(x, y, n) / size : 0;
}

/* Every beginning from θ as it came; best[P] and keep[units] hold the best. */
static temper_status try_all(rebasin *r, const temper_align_plan *plan, const temper_errand *errand,
                             double *theta, temper_alignment *out) {
    const size_t P = (size_t)r->P, units = (size_t)r->units.units;
    double *best = temper_alloc(P, sizeof *best);
    int32_t *keep = temper_alloc(units + (size_t)r->units.groups + 1, sizeof *keep);
    temper_status bad = best && keep ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int start = 0; start < plan->starts && !bad; start++) {
        int sweeps = 0;
        memcpy(r->b, theta, P * sizeof *theta);
        for (size_t u = 0; u < units; u++) r->from[u] = (int32_t)u;
        bad = descend(r, plan, errand, start, keep + units, &sweeps);
        if (bad || (start > 0 && !(product(r->a, r->b, r->P) > product(r->a, best, r->P)))) continue;
        memcpy(best, r->b, P * sizeof *best);
        memcpy(keep, r->from, units * sizeof *keep);
        out->sweeps = sweeps, out->start = start;
        if (errand->tell) errand->tell(errand->context, start + 1, plan->starts);
    }
    if (!bad && product(r->a, best, r->P) > product(r->a, theta, r->P)) {
        memcpy(theta, best, P * sizeof *theta);
        memcpy(r->from, keep, units * sizeof *keep);
        permute_statistics(r);
        for (size_t u = 0; u < units; u++) out->moved += r->from[u] != (int32_t)u;
    }
    temper_release(best);
    temper_release(keep);
    return bad;
}

static temper_status furnish(rebasin *r) {
    int64_t largest = 1, array = 1;
    for (int g = 0; g < r->units.groups; g++) {
        int64_t n = r->units.first[g + 1] - r->units.first[g];
        if (n > largest) largest = n;
    }
    for (int k = 0; k < r->units.blocks; k++) {
        const align_block *block = &r->units.block[k];
        int64_t n = block->in.n * block->reps * block->out.n;
        if (n > array) array = n;
    }
    r->b = temper_alloc((size_t)r->P, sizeof *r->b);
    r->from = temper_alloc((size_t)r->units.units + 1, sizeof *r->from);
    r->room = temper_alloc((size_t)array, sizeof *r->room);
    r->C = temper_alloc((size_t)largest, (size_t)largest * sizeof *r->C);
    r->match = temper_alloc(3 * (size_t)largest, sizeof *r->match);
    r->settled = temper_alloc((size_t)r->units.groups + 1, sizeof *r->settled);
    if (!r->b || !r->from || !r->room || !r->C || !r->match || !r->settled) return TEMPER_NO_MEMORY;
    r->back = r->match + largest, r->place = r->back + largest;
    return TEMPER_OK;
}

temper_status temper_align(const temper_network *network, const double *fixed, const temper_align_plan *plan,
                           const temper_errand *errand, double *theta, float *statistics,
                           temper_alignment *out) {
    const temper_align_plan p = {plan->sweeps > 0 ? plan->sweeps : 100, plan->starts > 0 ? plan->starts : 2};
    const temper_errand idle = {0};
    rebasin r = {.a = fixed, .statistics = statistics, .P = temper_network_parameters(network)};
    *out = (temper_alignment){.cosine = {cosine_of(fixed, theta, r.P)},
                              .distance = {distance_of(fixed, theta, r.P)}};
    temper_status bad = temper_align_units_find(network->graph, &r.units);
    if (!bad) bad = furnish(&r);
    if (!bad) {
        out->groups = r.units.groups, out->units = r.units.groups ? r.units.first[r.units.groups] : 0;
        bad = try_all(&r, &p, errand ? errand : &idle, theta, out);
    }
    out->cosine[1] = cosine_of(fixed, theta, r.P), out->distance[1] = distance_of(fixed, theta, r.P);
    temper_release(r.b);
    temper_release(r.from);
    temper_release(r.room);
    temper_release(r.C);
    temper_release(r.match);
    temper_release(r.settled);
    temper_align_units_clear(&r.units);
    return bad;
}
