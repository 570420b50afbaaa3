/* What is learned from chains of an RBM: statistics, and whole updates in one pass.
 *
 * With v and the means h of the data (d) and of the model's chains (m), B of each, and μ = ⟨v⟩_d, λ = ⟨h⟩_d, the centred gradient (Cho,
 * Raiko and Ilin 2011; Melchior, Fischer and Wiskott 2016) is
 *     g_W = ⟨v h⟩_d − ⟨v h⟩_m − g_b λᵀ − μ g_cᵀ,    g_b and g_c of the fields as without centring: ⟨v⟩_d − ⟨v⟩_m, ⟨h⟩_d − ⟨h⟩_m,
 *     θ_W += rate g_W,   b += rate (g_b − g_W λ),   c += rate (g_c − g_Wᵀ μ).
 * All sums over chains are integers: v is 0 or 1 and h has 15 bits. */
#include <string.h>
#include "core/gibbs_engine.h"
#include "temper/parallel.h"

typedef struct {
    const temper_gibbs *g;
    gibbs_means job[2];
    int64_t blocks, group;
} taking;

static void means_of_blocks(const void *context, int64_t first, int64_t blocks) {
    const taking *t = context;
    while (blocks) { /* a group may reach from the first side into the second */
        const int64_t s = first >= t->blocks, from = first - s * t->blocks;
        const int64_t n = from + blocks <= t->blocks ? blocks : t->blocks - from;
        t->g->kernel->means(&t->job[s], from, n);
        first += n, blocks -= n;
    }
}

static gibbs_means means_job(const temper_gibbs *g, const temper_flock *flock, int64_t n, bool minus) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    gibbs_law visible;
    gibbs_means m = {.weights = &g->w,
                     .v = d.v,
                     .room = d.room,
                     .chains = n,
                     .minus = minus,
                     .M = d.M,
                     .A = d.A,
                     .sum = d.sum,
                     .on = d.on};
    temper_gibbs_laws(g, &d, &flock->place, &m.hidden, &visible);
    return m;
}

void temper_gibbs_take_means(const temper_gibbs *g, const temper_flock *flock, int64_t n, bool minus) {
    taking t = {.g = g, .blocks = gibbs_blocks(n)};
    t.job[0] = means_job(g, flock, n, minus);
    temper_gibbs_spread(t.blocks, means_of_blocks, &t);
}

/* Σ over blocks of [blocks][units]. */
static int64_t over_blocks(const int32_t *parts, int64_t blocks, int64_t units, int64_t unit) {
    int64_t sum = 0;
    for (int64_t k = 0; k < blocks; k++) sum += parts[k * units + unit];
    return sum;
}

typedef struct {
    const temper_gibbs *g;
    gibbs_update job;
} moving;

static temper_status move_strip(void *context, int64_t strip) {
    const moving *m = context;
    m->g->kernel->update(&m->job, strip);
    return TEMPER_OK;
}

/* ---- statistics ---- */

typedef struct {
    const temper_gibbs *g;
    const temper_flock *flock;
    int64_t n;
    const double *weight;
    double scale;
    float *stat;
} tally;

static bool is_on(const temper_gibbs *g, const gibbs_desk *d, int64_t chain, int64_t i) {
    return d->v[chain / GIBBS_BLOCK * GIBBS_BLOCK * g->w.Vp +
                (i / 4 * GIBBS_BLOCK + chain % GIBBS_BLOCK) * 4 + i % 4];
}

/* With weights that are real numbers: in double, chain by chain. Item i: row i of W; item V: both fields. */
static temper_status tally_row(void *context, int64_t i) {
    const tally *t = context;
    const temper_gibbs *g = t->g;
    const gibbs_desk d = temper_gibbs_desk_of(g, t->flock);
    const int64_t V = g->w.V, H = g->w.H;
    float *to = t->stat + (i < V ? i * H : V * H + V);
    double on = 0;
    for (int64_t c = 0; i < V && c < t->n; c++) on += is_on(g, &d, c, i) ? t->weight[c] : 0;
    for (int64_t j = 0; j < H; j++) {
        double sum = 0;
        for (int64_t c = 0; c < t->n; c++)
            if (i == V || is_on(g, &d, c, i))
                sum += t->weight[c] * g->kernel->mean(d.M, &g->w, gibbs_pad(t->n), c, j);
        to[j] = (float)((double)to[j] + t->scale / GIBBS_MEAN * sum);
    }
    if (i < V) t->stat[V * H + i] = (float)((double)t->stat[V * H + i] + t->scale * on);
    return TEMPER_OK;
}

void temper_gibbs_statistics(const temper_gibbs *g, const temper_flock *flock, int64_t n,
                             const double *weight, double scale, float *stat) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    const int64_t V = g->w.V, H = g->w.H, blocks = gibbs_blocks(n);
    temper_gibbs_take_means(g, flock, n, false);
    if (weight) {
        tally t = {g, flock, n, weight, scale, stat};
        (void)temper_parallel(V + 1, tally_row, &t);
        return;
    }
    moving m = {g,
                {.theta = stat,
                 .V = V,
                 .H = H,
                 .Vp = g->w.Vp,
                 .Hp = g->w.Hp,
                 .sides = 1,
                 .v = {d.v},
                 .M = {d.M},
                 .A = {d.A},
                 .chains = n,
                 .per = (float)(scale / GIBBS_MEAN),
                 .rate = 1,
                 .most = d.visible_bias}};
    (void)temper_parallel(g->w.Vp / GIBBS_PAD, move_strip, &m);
    float *b = stat + V * H, *c = b + V;
    for (int64_t i = 0; i < V; i++)
        b[i] = (float)((double)b[i] + scale * (double)over_blocks(d.on, blocks, g->w.Vp, i));
    for (int64_t j = 0; j < H; j++)
        c[j] = (float)((double)c[j] + scale / GIBBS_MEAN * (double)over_blocks(d.sum, blocks, g->w.Hp, j));
}

void temper_gibbs_features(const temper_gibbs *g, const temper_flock *flock, float *out) {
    const gibbs_desk d = temper_gibbs_desk_of(g, flock);
    temper_gibbs_take_means(g, flock, flock->chains, false);
    for (int64_t c = 0; c < flock->chains; c++)
        for (int64_t j = 0; j < g->w.H; j++)
            out[c * g->w.H + j] = (float)g->kernel->mean(d.M, &g->w, d.Cp, c, j) / (float)GIBBS_MEAN;
}

/* ---- a whole update ---- */

/* Means of the data and gains of the fields, from the sums of both sides. */
static void field_gains(temper_gibbs *g, const gibbs_desk *data, const gibbs_desk *model) {
    const double B = (double)data->chains, per = 1 / (B * GIBBS_MEAN);
    for (int64_t i = 0; i < g->w.V; i++) {
        const int64_t on = over_blocks(data->on, data->blocks, g->w.Vp, i);
        g->mu[i] = (float)((double)on / B);
        g->gain_b[i] = (float)((double)(on - over_blocks(model->on, model->blocks, g->w.Vp, i)) / B);
    }
    for (int64_t j = 0; j < g->w.H; j++) {
        const int64_t sum = over_blocks(data->sum, data->blocks, g->w.Hp, j);
        g->lambda[j] = (float)((double)sum * per);
        g->gain_c[j] = (float)((double)(sum - over_blocks(model->sum, model->blocks, g->w.Hp, j)) * per);
    }
}

static void move_fields(temper_gibbs *g, float *theta, const temper_stride *stride) {
    const int64_t V = g->w.V, H = g->w.H, strips = g->w.Vp / GIBBS_PAD;
    float *b = theta + V * H, *c = b + V;
    for (int64_t i = 0; i < V; i++) {
        const double gain = (double)g->gain_b[i] - (stride->centred ? (double)g->row_dot[i] : 0);
        g->b[i] = b[i] = (float)((double)b[i] + stride->rate * gain);
    }
    for (int64_t j = 0; j < H; j++) {
        double gain = g->gain_c[j];
        for (int64_t s = 0; s < strips && stride->centred; s++)
            gain -= (double)g->column_dot[s * g->w.Hp + j];
        g->c[j] = c[j] = (float)((double)c[j] + stride->rate * gain);
    }
}

static gibbs_update update_job(temper_gibbs *g, const gibbs_desk *data, const gibbs_desk *model, float *theta,
                               const temper_stride *stride) {
    return (gibbs_update){.weights = &g->w,
                          .theta = theta,
                          .V = g->w.V,
                          .H = g->w.H,
                          .Vp = g->w.Vp,
                          .Hp = g->w.Hp,
                          .sides = 2,
                          .v = {data->v, model->v},
                          .M = {data->M, model->M},
                          .A = {data->A, model->A},
                          .chains = data->chains,
                          .per = (float)(1 / ((double)data->chains * GIBBS_MEAN)),
                          .rate = (float)stride->rate,
                          .l1 = (float)stride->l1,
                          .l2 = (float)stride->l2,
                          .centred = stride->centred,
                          .mu = g->mu,
                          .gain_b = g->gain_b,
                          .lambda = g->lambda,
                          .gain_c = g->gain_c,
                          .row_dot = g->row_dot,
                          .column_dot = g->column_dot,
                          .most = g->most};
}

/* θ has moved and is packed with the old e: with weights that now need another one all is packed again. e depends on θ alone, so that a
 * run that was stopped and goes on packs as one that was not. */
static temper_status settle(temper_gibbs *g, const float *theta) {
    float most = 0, other = 0;
    for (int64_t s = 0; s < g->w.Vp / GIBBS_PAD; s++) most = g->most[s] > most ? g->most[s] : most;
    for (int64_t i = 0; i < g->w.V; i++) other += g->b[i] - g->b[i];
    for (int64_t j = 0; j < g->w.H; j++) other += g->c[j] - g->c[j];
    if (!(most <= 2047) || other != 0) return temper_gibbs_refresh(g, theta); /* which says what is wrong */
    if (temper_gibbs_exponent(most) == g->w.e) return TEMPER_OK;
    g->w.e = temper_gibbs_exponent(most);
    temper_gibbs_pack_all(g, theta);
    return TEMPER_OK;
}

temper_status temper_gibbs_learn(temper_gibbs *g, temper_flock *data, temper_flock *model, float *theta,
                                 const temper_stride *stride) {
    const gibbs_desk d = temper_gibbs_desk_of(g, data), m = temper_gibbs_desk_of(g, model);
    if (data->chains != model->chains)
        return temper_fail(TEMPER_BAD_OPTION, "rbm: %lld rows and %lld chains; a fused update needs as many",
                           (long long)data->chains, (long long)model->chains);
    taking t = {.g = g, .blocks = d.blocks};
    t.job[0] = means_job(g, data, data->chains, false), t.job[1] = means_job(g, model, model->chains, true);
    temper_gibbs_spread(2 * t.blocks, means_of_blocks, &t);
    field_gains(g, &d, &m);
    moving move = {g, update_job(g, &d, &m, theta, stride)};
    (void)temper_parallel(g->w.Vp / GIBBS_PAD, move_strip, &move);
    move_fields(g, theta, stride);
    return settle(g, theta);
}
