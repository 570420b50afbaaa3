/* The engine of RBMs of 0/1 units: weights and memory, states, sweeps and log weights. What is learned from them: gibbs_learn.c. */
#include "core/gibbs.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/gibbs_engine.h"
#include "temper/parallel.h"

enum { MOST_UNITS = 65535, GROUP = 8, LINE = 64 };
static const double LOG2_E = 1.4426950408889634074, OFF = -1e3;
static const float OFF_Y = 100, MOST_WEIGHT = 2047;

/* Hands out pieces of one allocation, or, from NULL, counts the bytes. */
static void *piece(uint8_t **at, size_t bytes) {
    void *start = *at;
    *at += (bytes + LINE - 1) / LINE * LINE;
    return start;
}

static size_t lay(temper_gibbs *g, uint8_t *memory) {
    uint8_t *at = memory;
    const size_t V = (size_t)g->w.Vp, H = (size_t)g->w.Hp, strips = V / GIBBS_PAD, f = sizeof(float);
    g->w.hidden = piece(&at, 2 * V * H), g->w.visible = piece(&at, 2 * V * H),
    g->w.fine = piece(&at, 2 * V * H);
    g->b = piece(&at, V * f), g->c = piece(&at, H * f);
    g->mu = piece(&at, V * f), g->gain_b = piece(&at, V * f), g->row_dot = piece(&at, V * f);
    g->lambda = piece(&at, H * f), g->gain_c = piece(&at, H * f);
    g->column_dot = piece(&at, strips * H * f), g->most = piece(&at, strips * f);
    return (size_t)(at - memory);
}

temper_status temper_gibbs_create(temper_gibbs **out, int64_t V, int64_t H) {
    *out = NULL;
    if (V < 1 || V > MOST_UNITS || H < 1 || H > MOST_UNITS)
        return temper_fail(TEMPER_BAD_OPTION, "rbm: %lld visible and %lld hidden units; legal are 1 ... %d",
                           (long long)V, (long long)H, MOST_UNITS);
    temper_gibbs g = {.w = {.V = V, .H = H, .Vp = gibbs_pad(V), .Hp = gibbs_pad(H)}};
    const size_t head = (sizeof g + LINE - 1) / LINE * LINE;
    temper_gibbs *made = temper_alloc(1, head + lay(&g, (uint8_t *)LINE));
    if (!made) return TEMPER_NO_MEMORY;
    *made = g;
    lay(made, (uint8_t *)made + head);
    made->kernel = temper_gibbs_kernel_of(temper_cpu_level());
    made->w.e = temper_gibbs_exponent(0);
    *out = made;
    return TEMPER_OK;
}

void temper_gibbs_free(temper_gibbs *g) { temper_release(g); }

int temper_gibbs_exponent(float most) {
    int e = 20;
    while (e > 0 && ldexpf(most, e) > GIBBS_MEAN) e--;
    return e;
}

typedef struct {
    temper_gibbs *g;
    const float *theta;
} packing;

static temper_status pack_strip(void *context, int64_t strip) {
    const packing *p = context;
    p->g->kernel->pack(&p->g->w, p->theta, strip);
    return TEMPER_OK;
}

void temper_gibbs_pack_all(temper_gibbs *g, const float *theta) {
    packing p = {g, theta};
    (void)temper_parallel(g->w.Vp / GIBBS_PAD, pack_strip, &p);
}

temper_status temper_gibbs_refresh(temper_gibbs *g, const float *theta) {
    const int64_t V = g->w.V, H = g->w.H, P = V * H + V + H;
    float most = 0;
    for (int64_t k = 0; k < P; k++) {
        const float size = fabsf(theta[k]);
        if (!(size <= (k < V * H ? MOST_WEIGHT : 1e30F)))
            return temper_fail(TEMPER_DIVERGED, "rbm: weight %lld is %g; it must be finite and below %g",
                               (long long)k, (double)theta[k], (double)MOST_WEIGHT);
        if (k < V * H && size > most) most = size;
    }
    g->w.e = temper_gibbs_exponent(most);
    memcpy(g->b, theta + V * H, (size_t)V * sizeof *theta);
    memcpy(g->c, theta + V * H + V, (size_t)H * sizeof *theta);
    temper_gibbs_pack_all(g, theta);
    return TEMPER_OK;
}

/* ---- the memory of a flock ---- */

static size_t lay_desk(gibbs_desk *d, const gibbs_weights *w, uint8_t *memory) {
    uint8_t *at = memory;
    const size_t V = (size_t)w->Vp, H = (size_t)w->Hp, n = (size_t)d->blocks, C = (size_t)d->Cp;
    d->visible_bias = piece(&at, V * sizeof(float)), d->hidden_bias = piece(&at, H * sizeof(float));
    for (int p = 0; p < 2; p++) {
        d->linear[p] = piece(&at, V * sizeof(double)), d->hidden[p] = piece(&at, H * sizeof(double));
        d->out[p] = piece(&at, C * sizeof(double));
    }
    d->sum = piece(&at, n * H * sizeof(int32_t)), d->on = piece(&at, n * V * sizeof(int32_t));
    d->h = piece(&at, n * GIBBS_BLOCK * H), d->room = piece(&at, n * (size_t)gibbs_room(w->Vp, w->Hp));
    d->M = piece(&at, 2 * H * C), d->A = piece(&at, (size_t)gibbs_operand(w->Vp, w->Hp, d->Cp));
    return (size_t)(at - memory);
}

gibbs_desk temper_gibbs_desk_of(const temper_gibbs *g, const temper_flock *flock) {
    gibbs_desk d = {
        .chains = flock->chains, .blocks = gibbs_blocks(flock->chains), .Cp = gibbs_pad(flock->chains)};
    d.v = flock->state;
    lay_desk(&d, &g->w, flock->scratch);
    return d;
}

void temper_gibbs_sizes(const temper_gibbs *g, int64_t chains, size_t *state, size_t *scratch) {
    gibbs_desk d = {.chains = chains, .blocks = gibbs_blocks(chains), .Cp = gibbs_pad(chains)};
    *state = (size_t)(d.blocks * GIBBS_BLOCK * g->w.Vp);
    *scratch = lay_desk(&d, &g->w, (uint8_t *)LINE);
}

typedef struct {
    gibbs_work work;
    const void *context;
    int64_t blocks, group;
} spread;

static temper_status one_group(void *context, int64_t i) {
    const spread *s = context;
    int64_t first = i * s->group, left = s->blocks - first;
    s->work(s->context, first, left < s->group ? left : s->group);
    return TEMPER_OK;
}

void temper_gibbs_spread(int64_t blocks, gibbs_work work, const void *context) {
    const int64_t threads = temper_thread_count(), even = (blocks + threads - 1) / threads;
    spread s = {work, context, blocks, even < GROUP ? even : GROUP};
    (void)temper_parallel((blocks + s.group - 1) / s.group, one_group, &s);
}

/* ---- states ---- */

/* The word of four units of a chain. */
static uint8_t *word_of(const temper_gibbs *g, const temper_flock *flock, int64_t chain, int64_t quad) {
    return (uint8_t *)flock->state + chain / GIBBS_BLOCK * GIBBS_BLOCK * g->w.Vp +
           4 * (quad * GIBBS_BLOCK + chain % GIBBS_BLOCK);
}

/* Nothing is kept between sweeps but the visible units. */
void temper_gibbs_wake(const temper_gibbs *g, temper_flock *flock) { (void)g, (void)flock; }

static double base_of(const temper_place *at, int64_t i) { return at->base ? (double)at->base[i] : 0; }

typedef struct {
    const temper_gibbs *g;
    temper_flock *flock;
    const float *const *row;
    int64_t n;
    const double *chance;
} filling;

static void scatter_blocks(const void *context, int64_t first, int64_t blocks) {
    const filling *f = context;
    const int64_t V = f->g->w.V, last = (first + blocks) * GIBBS_BLOCK;
    for (int64_t c = first * GIBBS_BLOCK; c < last && c < f->flock->chains; c++)
        for (int64_t i = 0; i < V; i++)
            word_of(f->g, f->flock, c, i / 4)[i % 4] =
                temper_uniform(f->flock->stream, TEMPER_FOR_INITIAL, f->flock->clock, c * V + i) <
                f->chance[i];
}

void temper_gibbs_scatter(const temper_gibbs *g, temper_flock *flock) {
    gibbs_desk d = temper_gibbs_desk_of(g, flock);
    double *chance = d.linear[0];
    for (int64_t i = 0; i < g->w.V; i++) chance[i] = 1 / (1 + temper_exp(-base_of(&flock->place, i)));
    filling f = {.g = g, .flock = flock, .chance = chance};
    temper_gibbs_spread(d.blocks, scatter_blocks, &f);
}

static void clamp_blocks(const void *context, int64_t first, int64_t blocks) {
    const filling *f = context;
    const int64_t last = (first + blocks) * GIBBS_BLOCK;
    for (int64_t c = first * GIBBS_BLOCK; c < last && c < f->n; c++)
        f->g->kernel->fill(word_of(f->g, f->flock, c, 0), f->row[c], f->row[c + 1 < f->n ? c + 1 : c],
                           f->g->w.V);
}

void temper_gibbs_clamp(const temper_gibbs *g, temper_flock *flock, const float *const *row, int64_t n) {
    filling f = {.g = g, .flock = flock, .row = row, .n = n};
    temper_gibbs_spread(gibbs_blocks(n), clamp_blocks, &f);
}

void temper_gibbs_read(const temper_gibbs *g, const temper_flock *flock, int64_t chain, float *row) {
    for (int64_t i = 0; i < g->w.V; i++) row[i] = word_of(g, flock, chain, i / 4)[i % 4];
}

void temper_gibbs_swap(const temper_gibbs *g, temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    for (int64_t q = 0; q < g->w.Vp / 4; q++) {
        uint8_t *x = word_of(g, a, i, q), *y = word_of(g, b, j, q), keep[4];
        memcpy(keep, x, 4), memcpy(x, y, 4), memcpy(y, keep, 4);
    }
}

/* ---- sweeps ---- */

void temper_gibbs_laws(const temper_gibbs *g, const gibbs_desk *desk, const temper_place *at,
                       gibbs_law *hidden, gibbs_law *visible) {
    const gibbs_weights *w = &g->w;
    const float scale = (float)(-LOG2_E * at->beta * ldexp(1, -w->e));
    for (int64_t j = 0; j < w->Hp; j++)
        desk->hidden_bias[j] = j < w->H ? (float)(-LOG2_E * at->beta * (double)g->c[j]) : OFF_Y;
    for (int64_t i = 0; i < w->Vp; i++)
        desk->visible_bias[i] =
            i < w->V ? (float)(-LOG2_E * ((1 - at->beta) * base_of(at, i) + at->beta * (double)g->b[i]))
                     : OFF_Y;
    *hidden = (gibbs_law){scale, desk->hidden_bias};
    *visible = (gibbs_law){scale, desk->visible_bias};
}

typedef struct {
    const temper_gibbs *g;
    gibbs_sweep sweep;
} sweeping;

static void sweep_blocks(const void *context, int64_t first, int64_t blocks) {
    const sweeping *s = context;
    s->g->kernel->sweep(&s->sweep, first, blocks);
}

/* Lanes of the last block that are no chains are 0 in every state. */
static void clear_rest(const temper_gibbs *g, const temper_flock *flock) {
    for (int64_t c = flock->chains; c % GIBBS_BLOCK; c++)
        for (int64_t q = 0; q < g->w.Vp / 4; q++) memset(word_of(g, flock, c, q), 0, 4);
}

void temper_gibbs_sweep(const temper_gibbs *g, temper_flock *flock, int64_t n) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    sweeping s = {g,
                  {.weights = &g->w,
                   .v = d.v,
                   .h = d.h,
                   .room = d.room,
                   .stream = flock->stream,
                   .chains = d.chains,
                   .clock = flock->clock,
                   .n = n}};
    flock->clock += n;
    if (flock->pinned || n < 1) return;
    temper_gibbs_laws(g, &d, &flock->place, &s.sweep.hidden, &s.sweep.visible);
    temper_gibbs_spread(d.blocks, sweep_blocks, &s);
    clear_rest(g, flock);
}

/* ---- log weights ---- */

typedef struct {
    const temper_gibbs *g;
    gibbs_weigh weigh;
} weighing;

static void weigh_blocks(const void *context, int64_t first, int64_t blocks) {
    const weighing *w = context;
    w->g->kernel->weigh(&w->weigh, first, blocks);
}

static void weigh_at(const temper_gibbs *g, const gibbs_desk *d, const temper_place *const *at, int places) {
    const gibbs_weights *w = &g->w;
    weighing job = {g, {.weights = w, .v = d->v, .room = d->room, .chains = d->chains, .places = places}};
    for (int p = 0; p < places; p++) {
        const double beta = at[p]->beta;
        job.weigh.scale[p] = beta * LOG2_E * ldexp(1, -w->e - 8);
        for (int64_t j = 0; j < w->Hp; j++)
            d->hidden[p][j] = j < w->H ? beta * (double)g->c[j] * LOG2_E : OFF;
        for (int64_t i = 0; i < w->V; i++)
            d->linear[p][i] = (1 - beta) * base_of(at[p], i) + beta * (double)g->b[i];
        job.weigh.hidden[p] = d->hidden[p], job.weigh.linear[p] = d->linear[p], job.weigh.out[p] = d->out[p];
    }
    temper_gibbs_spread(d->blocks, weigh_blocks, &job);
}

void temper_gibbs_log_weight(const temper_gibbs *g, const temper_flock *flock, const temper_place *at,
                             double *out) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    weigh_at(g, &d, &at, 1);
    memcpy(out, d.out[0], (size_t)flock->chains * sizeof *out);
}

void temper_gibbs_climb(const temper_gibbs *g, temper_flock *flock, const temper_place *to, double *log_w) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    const temper_place *const at[2] = {&flock->place, to};
    weigh_at(g, &d, at, 2);
    for (int64_t c = 0; c < flock->chains; c++) log_w[c] += d.out[1][c] - d.out[0][c];
    flock->place = *to;
    temper_gibbs_sweep(g, flock, 1);
}
