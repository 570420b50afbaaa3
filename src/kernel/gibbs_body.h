/* Layers of 0/1 units by sums of rows: chain by chain, the field of a layer is kept and changed by the units that flipped, or made anew of
 * those that are on where these are fewer. WIDE chains go together, because they share the vectors that draw; units of a chain lie side by
 * side, and their states are bits, WIDE to a mark.
 *
 * Layouts of this level: hidden [Vp][Hp] and visible [Hp][Vp] and fine [Vp][Hp] of int16, M [chains][Hp] of int16. */
#include "kernel/gibbs.h"
#include "kernel/gibbs_law.h"
#include "kernel/gibbs_rows.h"
#include "kernel/gibbs_states.h"
#include "kernel/kernel.h"

typedef struct { /* one layer of WIDE chains */
    int64_t units;
    int32_t *field[WIDE];
    mark *marks[WIDE]; /* [units/WIDE] */
    int64_t on[WIDE];
} side;

typedef struct {
    side hidden, visible;
    mark *fresh; /* [WIDE][longer layer/WIDE] */
    int32_t *list;
} desk;

/* Cuts the room of a block up. Fields take half of it, the rest is less than half of the rest. */
static void lay_desk(desk *d, const gibbs_weights *w, uint8_t *room) {
    int64_t most = w->Hp > w->Vp ? w->Hp : w->Vp;
    int32_t *fields = (int32_t *)room;
    mark *marks = (mark *)(fields + WIDE * (w->Hp + w->Vp));
    d->hidden.units = w->Hp, d->visible.units = w->Vp;
    for (int c = 0; c < WIDE; c++) {
        d->hidden.field[c] = fields + c * w->Hp;
        d->visible.field[c] = fields + WIDE * w->Hp + c * w->Vp;
        d->hidden.marks[c] = marks + c * w->Hp / WIDE;
        d->visible.marks[c] = marks + w->Hp + c * w->Vp / WIDE;
    }
    d->fresh = marks + w->Hp + w->Vp;
    d->list = (int32_t *)(d->fresh + most);
}

static void all_off(side *s) {
    for (int c = 0; c < WIDE; c++)
        memset(s->marks[c], 0, (size_t)(s->units / WIDE) * sizeof(mark)), s->on[c] = 0;
}

static void no_field(const side *s) {
    for (int c = 0; c < WIDE; c++) memset(s->field[c], 0, (size_t)s->units * sizeof(int32_t));
}

/* The field that the units of a chain make in the other layer, brought from `before` to `now`. */
static void follow(int32_t *field, const int16_t *rows, int64_t stride, desk *d, const mark *now,
                   const mark *before, int64_t units, int64_t flips, int64_t on) {
    const bool anew = flips > on;
    if (anew) memset(field, 0, (size_t)stride * sizeof *field);
    gibbs_rows r = {rows, stride, d->list, 0};
    r.n = list_flips(d->list, now, anew ? NULL : before, units);
    gibbs_add_rows(field, &r);
}

/* Draws every unit of a layer and lets the other layer's fields follow (unless rows is NULL). */
static void draw_layer(desk *d, side *s, const side *other, const gibbs_law *law, gibbs_draws *draws,
                       const int16_t *rows) {
    const wide scale = wide_all(law->scale);
    const int64_t marks = s->units / WIDE;
    int64_t flips[WIDE] = {0}, on[WIDE] = {0};
    for (int64_t k = 0; k < marks; k++) {
        wide draw[WIDE], bias = wide_load(law->bias + k * WIDE);
        for (int l = 0; l < WIDE; l++) draw[l] = (wide)gibbs_draw(draws);
        turn(draw);
        for (int c = 0; c < WIDE; c++) {
            wide_int field;
            memcpy(&field, s->field[c] + k * WIDE, sizeof field);
            uint32_t bits = gibbs_bits(gibbs_on(gibbs_power(field, scale, bias), (wide_bits)draw[c]));
            d->fresh[c * marks + k] = (mark)bits;
            on[c] += __builtin_popcount(bits);
            flips[c] += __builtin_popcount(bits ^ s->marks[c][k]);
        }
    }
    for (int c = 0; c < WIDE; c++) {
        const mark *now = d->fresh + c * marks;
        if (rows) follow(other->field[c], rows, other->units, d, now, s->marks[c], s->units, flips[c], on[c]);
        memcpy(s->marks[c], now, (size_t)marks * sizeof(mark));
        s->on[c] = on[c];
    }
}

static void seed_draws(gibbs_draws *draws, const uint32_t *words, int side_number) {
    uint32_t s[4][WIDE];
    for (int c = 0; c < WIDE; c++)
        for (int k = 0; k < 4; k++) s[k][c] = words[8 * c + 4 * side_number + k];
    memcpy(draws->s, s, sizeof s);
}

/* Hidden fields of WIDE chains from their visible units. */
static void first_fields(desk *d, const gibbs_weights *w, const uint8_t *from, int64_t lane) {
    no_field(&d->hidden);
    for (int c = 0; c < WIDE; c++) {
        read_marks(d->visible.marks[c], w->Vp, from, lane + c);
        gibbs_rows r = {(const int16_t *)w->hidden, w->Hp, d->list, 0};
        r.n = list_flips(d->list, d->visible.marks[c], NULL, w->Vp);
        gibbs_add_rows(d->hidden.field[c], &r);
    }
}

static void sweep(const gibbs_sweep *s, int64_t first, int64_t blocks) {
    const gibbs_weights *w = s->weights;
    const int64_t groups = GIBBS_BLOCK / WIDE;
    for (int64_t g = first * groups; g < (first + blocks) * groups && g * WIDE < s->chains; g++) {
        const int64_t block = g / groups, lane = g % groups * WIDE;
        uint8_t *states = s->v + block * GIBBS_BLOCK * w->Vp;
        desk d;
        gibbs_draws draws;
        lay_desk(&d, w, s->room + block * gibbs_room(w->Vp, w->Hp));
        all_off(&d.hidden), no_field(&d.visible), first_fields(&d, w, states, lane);
        for (int64_t t = 0; t < s->n; t++) {
            uint32_t words[8 * WIDE];
            GIBBS_WORDS(s->stream, TEMPER_FOR_UNITS, s->clock + t, 8 * WIDE * g, 8 * WIDE, words);
            seed_draws(&draws, words, 1);
            draw_layer(&d, &d.hidden, &d.visible, &s->hidden, &draws, (const int16_t *)w->visible);
            seed_draws(&draws, words, 0);
            draw_layer(&d, &d.visible, &d.hidden, &s->visible, &draws,
                       t + 1 < s->n ? (const int16_t *)w->hidden : NULL);
        }
        for (int c = 0; c < WIDE; c++) write_marks(d.visible.marks[c], w->Vp, states, lane + c);
    }
}

static void mean_row(int16_t *M, int32_t *sum, const int32_t *field, const gibbs_law *law, int64_t units) {
    const wide scale = wide_all(law->scale);
    for (int64_t j = 0; j < units; j += WIDE) {
        wide_int f, total;
        memcpy(&f, field + j, sizeof f);
        wide_int q = gibbs_mean(gibbs_power(f, scale, wide_load(law->bias + j)));
        for (int l = 0; l < WIDE; l++) M[j + l] = (int16_t)q[l];
        memcpy(&total, sum + j, sizeof total);
        total += q;
        memcpy(sum + j, &total, sizeof total);
    }
}

static void means(const gibbs_means *m, int64_t first, int64_t blocks) {
    const gibbs_weights *w = m->weights;
    for (int64_t block = first; block < first + blocks; block++) {
        const uint8_t *states = m->v + block * GIBBS_BLOCK * w->Vp;
        int32_t *sum = m->sum + block * w->Hp;
        desk d;
        lay_desk(&d, w, m->room + block * gibbs_room(w->Vp, w->Hp));
        memset(sum, 0, (size_t)w->Hp * sizeof *sum);
        for (int64_t lane = 0; lane < GIBBS_BLOCK; lane += WIDE) {
            if (GIBBS_BLOCK * block + lane < m->chains) first_fields(&d, w, states, lane);
            for (int c = 0; c < WIDE; c++) {
                int64_t chain = GIBBS_BLOCK * block + lane + c;
                int16_t *row = (int16_t *)m->M + chain * w->Hp;
                if (chain < m->chains)
                    mean_row(row, sum, d.hidden.field[c], &m->hidden, w->Hp);
                else
                    memset(row, 0, (size_t)w->Hp * sizeof *row);
            }
        }
        count_on(m->on + block * w->Vp, states, w->Vp, m->chains - GIBBS_BLOCK * block);
    }
}

static int mean(const uint8_t *M, const gibbs_weights *w, int64_t padded_chains, int64_t chain,
                int64_t unit) {
    (void)padded_chains;
    return ((const int16_t *)M)[chain * w->Hp + unit];
}

#include "kernel/gibbs_weigh.h"
#include "kernel/gibbs_update.h"

static void weigh(const gibbs_weigh *s, int64_t first, int64_t blocks) {
    const gibbs_weights *w = s->weights;
    for (int64_t block = first; block < first + blocks; block++) {
        const uint8_t *states = s->v + block * GIBBS_BLOCK * w->Vp;
        desk d;
        lay_desk(&d, w, s->room + block * gibbs_room(w->Vp, w->Hp));
        int32_t *field = d.hidden.field[0], *fine = d.hidden.field[1];
        doubles linear[2][EIGHTS];
        linear_sums(s, block, linear);
        for (int64_t lane = 0; lane < GIBBS_BLOCK && GIBBS_BLOCK * block + lane < s->chains; lane++) {
            read_marks(d.fresh, w->Vp, states, lane);
            gibbs_rows r = {(const int16_t *)w->hidden, w->Hp, d.list, 0};
            r.n = list_flips(d.list, d.fresh, NULL, w->Vp);
            memset(field, 0, (size_t)w->Hp * sizeof *field), memset(fine, 0, (size_t)w->Hp * sizeof *fine);
            gibbs_add_rows(field, &r);
            r.rows = (const int16_t *)w->fine;
            gibbs_add_rows(fine, &r);
            for (int p = 0; p < s->places; p++)
                s->out[p][GIBBS_BLOCK * block + lane] =
                    linear[p][lane / DOUBLES][lane % DOUBLES] +
                    soft_sum(field, fine, s->hidden[p], s->scale[p], w->Hp);
        }
    }
}

extern const temper_gibbs_kernels GIBBS_TABLE;
const temper_gibbs_kernels GIBBS_TABLE = {pack, sweep, means, weigh, update, fill, mean};
