/* An update of weights by sums of rows: for one visible unit, the means of the chains that have it on are added up; then its row of θ moves
 * and is packed. */
#include "kernel/gibbs_stroke.h"

FLAT void store_quantised(gibbs_weights *w, int64_t at, wide theta, wide scale) {
    typedef int16_t narrow __attribute__((vector_size(WIDE * sizeof(int16_t))));
    wide_int q, r;
    quantise(theta, scale, &q, &r);
    narrow q16 = __builtin_convertvector(q, narrow), r16 = __builtin_convertvector(r, narrow);
    memcpy((int16_t *)w->hidden + at, &q16, sizeof q16);
    memcpy((int16_t *)w->fine + at, &r16, sizeof r16);
}

/* The rows 64 strip … of `hidden` become columns of `visible`. */
static void transpose_strip(gibbs_weights *w, int64_t strip) {
    const int16_t *from = (const int16_t *)w->hidden + strip * GIBBS_PAD * w->Hp;
    int16_t *to = (int16_t *)w->visible + strip * GIBBS_PAD;
    for (int64_t j = 0; j < w->Hp; j++)
        for (int64_t i = 0; i < GIBBS_PAD; i++) to[j * w->Vp + i] = from[i * w->Hp + j];
}

static void pack(gibbs_weights *w, const float *theta, int64_t strip) {
    const wide scale = wide_all(power_of(w->e));
    for (int64_t i = strip * GIBBS_PAD; i < (strip + 1) * GIBBS_PAD && i < w->V; i++)
        for (int64_t j = 0; j < w->H; j += WIDE)
            store_quantised(w, i * w->Hp + j, load_some(theta + i * w->H + j, w->H - j), scale);
    transpose_strip(w, strip);
}

/* The chains that have units 4q … 4q+3 on, as four lists of `stride` places; eight bytes are two chains. */
static void list_chains(int32_t *list, int64_t n[4], const gibbs_update *u, int side_number, int64_t q,
                        int64_t stride) {
    for (int j = 0; j < 4; j++) n[j] = 0;
    for (int64_t block = 0; block < gibbs_blocks(u->chains); block++) {
        const uint8_t *from = u->v[side_number] + block * GIBBS_BLOCK * u->Vp + q * 4 * GIBBS_BLOCK;
        for (int64_t c = 0; c < GIBBS_BLOCK; c += 2) {
            uint64_t word;
            memcpy(&word, from + 4 * c, 8);
            for (; word; word &= word - 1) {
                int byte = __builtin_ctzll(word) >> 3;
                int32_t chain = (int32_t)(block * GIBBS_BLOCK + c + (byte >> 2));
                if (chain < u->chains)
                    list[(byte & 3) * stride + n[byte & 3]++] = side_number ? ~chain : chain;
            }
        }
    }
}

static float move_row(const gibbs_update *u, int64_t i, const int32_t *sum, float *column_dot) {
    const stroke s = stroke_of(u, i, u->centred);
    const wide scale = wide_all(power_of(u->weights ? u->weights->e : 0));
    wide dot[GIBBS_DOTS / WIDE], most = wide_all(0);
    float dots[GIBBS_DOTS], largest[WIDE];
    for (int p = 0; p < GIBBS_DOTS / WIDE; p++) dot[p] = wide_all(0);
    for (int64_t j = 0; j < u->H; j += WIDE) {
        wide_int whole;
        memcpy(&whole, sum + j, sizeof whole);
        wide g = __builtin_convertvector(whole, wide) * s.per;
        float *theta = u->theta + i * u->H + j;
        if (s.centred) {
            const int64_t p = j / WIDE % (GIBBS_DOTS / WIDE);
            wide lambda = wide_load(u->lambda + j);
            g = centre(&s, g, lambda, wide_load(u->gain_c + j));
            dot[p] = wide_fma(g, lambda, dot[p]);
            wide_store(column_dot + j, wide_fma(s.mu, g, wide_load(column_dot + j)));
        }
        wide now = moved(&s, load_some(theta, u->H - j), g);
        store_some(theta, now, u->H - j);
        wide size = wide_size(now), infinite = wide_all(__builtin_inff());
        most = wide_from(most, wide_pick(wide_below(size, infinite), size, infinite));
        if (u->weights) store_quantised(u->weights, i * u->Hp + j, now, scale);
    }
    memcpy(dots, dot, sizeof dots), memcpy(largest, &most, sizeof largest);
    if (s.centred) u->row_dot[i] = joined(dots);
    for (int l = 1; l < WIDE; l++)
        if (largest[l] > largest[0]) largest[0] = largest[l];
    return largest[0];
}

static void update(const gibbs_update *u, int64_t strip) {
    const int64_t Cp = gibbs_pad(u->chains), first = strip * GIBBS_PAD;
    int32_t *sum = (int32_t *)(u->A[0] + strip * (GIBBS_PAD * Cp + 4 * u->Hp)), *list = sum + u->Hp;
    float *column_dot = u->centred ? u->column_dot + strip * u->Hp : NULL;
    u->most[strip] = 0;
    if (column_dot) memset(column_dot, 0, (size_t)u->Hp * sizeof *column_dot);
    for (int64_t q = first / 4; q < (first + GIBBS_PAD) / 4 && 4 * q < u->V; q++) {
        int64_t n[2][4];
        for (int s = 0; s < u->sides; s++) list_chains(list + 4 * Cp * s, n[s], u, s, q, Cp);
        for (int j = 0; j < 4 && 4 * q + j < u->V; j++) {
            memset(sum, 0, (size_t)u->Hp * sizeof *sum);
            for (int s = 0; s < u->sides; s++) {
                gibbs_rows r = {(const int16_t *)u->M[s], u->Hp, list + 4 * Cp * s + Cp * j, n[s][j]};
                gibbs_add_rows(sum, &r);
            }
            float most = move_row(u, 4 * q + j, sum, column_dot);
            if (most > u->most[strip]) u->most[strip] = most;
        }
    }
    if (u->weights) transpose_strip(u->weights, strip);
}
