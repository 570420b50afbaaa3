/* Layers of 0/1 units on byte tiles (AMX). Weights are the first factor of a product, packed as tiles of 16 units × 64 inputs, states the
 * second: 16 words of four inputs × 16 chains. So what one layer draws is at once what the next one multiplies, and nothing is transposed
 * between sweeps. A 16-bit weight is a signed and an unsigned byte, each with its own sum; 256 high + low is exact.
 *
 * A tile of 16 units × 32 chains is drawn while the products of the next one are under way: the processor does both at a time when their
 * instructions lie close together, so each unit is drawn between two steps of the
 * products: the processor looks 512 operations ahead, and with parts four times as long it did one after the other.
 *
 * Layouts of this level, in tiles of 1 KiB:
 *     hidden  [Hp/16][Vp/64][high, low] of 16 hidden units × 64 visible ones     fine  [Hp/16][Vp/64]
 *     visible [Vp/16][Hp/64][high, low]
 *     M       [Hp/16][Cp/64][high, low] of 16 fours of chains × 16 hidden units  A     [Vp/16][Cp/64] of 16 visible units × 64 chains */
#include "kernel/gibbs.h"
#include "kernel/kernel.h"
#include "kernel/levels.h"
#if defined(__AMX_INT8__) || defined(__AMXINT8__)
#include "kernel/gibbs_law.h"
#include "kernel/gibbs_states.h"
#include "kernel/gibbs_stroke.h"
#include "kernel/gibbs_weigh.h"

enum { TILE = 1024, ROWS = 16, ROW = 64, MOST_BLOCKS = 8, SUMS = ROWS * 2 * WIDE };

typedef struct {
    uint8_t palette, start, unused[14];
    uint16_t columns[16];
    uint8_t rows[16];
} tiles_shape;
static const tiles_shape whole_tiles = {
    1, 0, {0}, {ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW}, {ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS}};

/* The instructions that load tiles don't tell gcc 12 that they read memory: what was stored before stays before. */
FLAT void all_stored(void) { __asm__ volatile("" ::: "memory"); }

/* At the start of each piece of work, whose thread has no tiles of its own; _tile_release ends it. */
FLAT void begin_tiles(void) {
    _tile_loadconfig(&whole_tiles);
    all_stored();
}

/* Row i, number j to row j, number i. */
FLAT void turn_ints(wide_int x[WIDE]) {
    wide t[WIDE];
    for (int i = 0; i < WIDE; i++) t[i] = (wide)x[i];
    turn(t);
    for (int i = 0; i < WIDE; i++) x[i] = (wide_int)t[i];
}

/* ---- a layer: fields of 16 units of 32 chains, and what becomes of them ---- */

typedef struct {
    const uint8_t *panel;
    int64_t depth, tiles, limit; /* tiles of inputs, of units; chains */
    const uint8_t *from;         /* [blocks][64 depth · 32] */
    uint8_t *to;                 /* [blocks][to_size], or NULL */
    int64_t to_size;
    gibbs_law law;
    gibbs_draws draws[MOST_BLOCKS][2]; /* chains 0 … 15 and 16 … 31 of each block */
    uint8_t *M; /* means of the first block; whole strips of Cp/64 blocks per 16 units */
    int64_t M_size, first;
    int32_t *sum; /* [blocks][units] */
    int64_t units;
    bool minus;
} layer;

typedef struct { /* where a finished tile belongs */
    const int32_t *high, *low;
    int64_t tile, block;
    wide_int words[ROWS]; /* of means: high bytes of eight fours of chains, then low bytes */
} finished;

FLAT wide_int field_of(const finished *f, int row, int half) {
    wide_int high, low;
    memcpy(&high, f->high + row * 2 * WIDE + half * WIDE, sizeof high);
    memcpy(&low, f->low + row * 2 * WIDE + half * WIDE, sizeof low);
    return (high << 8) + low;
}

/* One unit of 32 chains is drawn; with the fourth of a word, two registers of words are whole. */
FLAT void draw_unit(const layer *l, const finished *f, int row, gibbs_draws draws[2], wide_int words[2]) {
    const wide scale = wide_all(l->law.scale), bias = wide_all(l->law.bias[f->tile * ROWS + row]);
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        wide power = gibbs_power(field_of(f, row, half), scale, bias);
        choice on = gibbs_on(power, gibbs_draw(&draws[half]));
        words[half] = (wide_int)_mm512_mask_or_epi32((__m512i)words[half], on, (__m512i)words[half],
                                                     _mm512_set1_epi32(1 << 8 * (row % 4)));
    }
    if (row % 4 < 3) return;
    memcpy(l->to + f->block * l->to_size + (f->tile * 4 + row / 4) * 4 * GIBBS_BLOCK, words,
           2 * sizeof *words);
    words[0] = words[1] = (wide_int){0};
}

/* Means of a unit of 32 chains as bytes. */
FLAT void mean_unit(const layer *l, finished *f, int row) {
    const wide scale = wide_all(l->law.scale), bias = wide_all(l->law.bias[f->tile * ROWS + row]);
    __m128i high[2], low[2];
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        const int64_t left = l->limit - (l->first + f->block) * GIBBS_BLOCK - half * WIDE;
        const __mmask16 real_ones = left >= WIDE ? 0xFFFF : left <= 0 ? 0 : (__mmask16)((1u << left) - 1);
        wide_int q = gibbs_mean(gibbs_power(field_of(f, row, half), scale, bias));
        __m512i kept = _mm512_maskz_mov_epi32(real_ones, (__m512i)(l->minus ? -q : q));
        high[half] = _mm512_cvtepi32_epi8(_mm512_srai_epi32(kept, 8));
        low[half] = _mm512_cvtepi32_epi8(kept);
    }
    __m256i front = _mm256_set_m128i(high[1], high[0]), back = _mm256_set_m128i(low[1], low[0]);
    f->words[row] = (wide_int)_mm512_inserti64x4(_mm512_castsi256_si512(front), back, 1);
}

/* The words of a tile go to where the outer product reads them, and their sums over the chains of the block. */
FLAT void store_means(const layer *l, finished *f) {
    const int64_t block = l->first + f->block;
    uint8_t *to = l->M + f->tile * l->M_size + block / 2 * 2 * TILE + block % 2 * (TILE / 2);
    __m512i ones = _mm512_set1_epi8(1), high = _mm512_setzero_si512(), low = high;
    turn_ints(f->words);
    for (int i = 0; i < 8; i++) {
        memcpy(to + i * ROW, &f->words[i], ROW), memcpy(to + TILE + i * ROW, &f->words[8 + i], ROW);
        high = _mm512_dpbusd_epi32(high, ones, (__m512i)f->words[i]);
        low = _mm512_dpbusd_epi32(low, (__m512i)f->words[8 + i], ones);
    }
    wide_int sum = ((wide_int)high << 8) + (wide_int)low;
    if (l->minus) sum = -sum;
    memcpy(l->sum + f->block * l->units + f->tile * ROWS, &sum, sizeof sum);
}

FLAT void multiply(const uint8_t *weights, const uint8_t *states, int64_t from, int64_t to) {
    for (int64_t k = from; k < to; k++) {
        const uint8_t *w = weights + k * 2 * TILE, *s = states + k * ROWS * 2 * ROW;
        _tile_loadd(6, s, 2 * ROW);
        _tile_loadd(4, w, ROW);
        _tile_dpbsud(0, 4, 6);
        _tile_loadd(7, s + ROW, 2 * ROW);
        _tile_dpbsud(1, 4, 7);
        _tile_loadd(5, w + TILE, ROW);
        _tile_dpbuud(2, 5, 6);
        _tile_dpbuud(3, 5, 7);
    }
}

FLAT void begin_sums(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

FLAT void store_sums(int32_t *to) {
    _tile_stored(0, to, 4 * 2 * WIDE);
    _tile_stored(1, to + WIDE, 4 * 2 * WIDE);
    _tile_stored(2, to + SUMS, 4 * 2 * WIDE);
    _tile_stored(3, to + SUMS + WIDE, 4 * 2 * WIDE);
}

/* Tiles of units outside, blocks of chains inside: a panel of weights stays in a near cache for all of them. */
FLAT void run_layer(layer *l, int64_t blocks, const bool draws) {
    _Alignas(64) int32_t sums[2 * SUMS];
    const int64_t n = l->tiles * blocks, size = l->depth * ROWS * 2 * ROW;
    finished f = {.high = sums, .low = sums + SUMS};
    all_stored();
    begin_sums();
    multiply(l->panel, l->from, 0, l->depth);
    store_sums(sums);
    for (int64_t t = 1; t <= n; t++) {
        const int64_t tile = t / blocks, block = t - tile * blocks, depth = t < n ? l->depth : 0;
        const uint8_t *weights = l->panel + tile * l->depth * 2 * TILE, *states = l->from + block * size;
        gibbs_draws d[2] = {l->draws[f.block][0], l->draws[f.block][1]};
        wide_int words[2] = {{0}, {0}};
        begin_sums();
#pragma GCC unroll 16
        for (int row = 0; row < ROWS; row++) {
            multiply(weights, states, depth * row / ROWS, depth * (row + 1) / ROWS);
            if (draws)
                draw_unit(l, &f, row, d, words);
            else
                mean_unit(l, &f, row);
        }
        if (draws)
            l->draws[f.block][0] = d[0], l->draws[f.block][1] = d[1];
        else
            store_means(l, &f);
        store_sums(sums);
        f.tile = tile, f.block = block;
    }
}

static __attribute__((noinline)) void run_drawing(layer *l, int64_t blocks) { run_layer(l, blocks, true); }
static __attribute__((noinline)) void run_means(layer *l, int64_t blocks) { run_layer(l, blocks, false); }

static void seed_layer(layer *l, const uint32_t *words, int64_t blocks, int side_number) {
    const __m512i lane = _mm512_mullo_epi32(
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32(8));
    for (int64_t half = 0; half < 2 * blocks; half++)
        for (int k = 0; k < 4; k++)
            l->draws[half / 2][half % 2].s[k] =
                (wide_bits)_mm512_i32gather_epi32(lane, words + half * 8 * WIDE + 4 * side_number + k, 4);
}

static void sweep_group(const gibbs_sweep *s, int64_t first, int64_t blocks) {
    const gibbs_weights *w = s->weights;
    uint8_t *v = s->v + first * GIBBS_BLOCK * w->Vp, *h = s->h + first * GIBBS_BLOCK * w->Hp;
    layer up = {.panel = w->hidden, .depth = w->Vp / ROW, .tiles = (w->H + ROWS - 1) / ROWS};
    layer down = {.panel = w->visible, .depth = w->Hp / ROW, .tiles = (w->V + ROWS - 1) / ROWS};
    up.from = v, up.to = h, up.to_size = GIBBS_BLOCK * w->Hp, up.law = s->hidden;
    down.from = h, down.to = v, down.to_size = GIBBS_BLOCK * w->Vp, down.law = s->visible;
    for (int64_t t = 0; t < s->n; t++) {
        uint32_t words[MOST_BLOCKS * GIBBS_BLOCK * 8];
        temper_words_avx512(s->stream, TEMPER_FOR_UNITS, s->clock + t, first * GIBBS_BLOCK * 8,
                            blocks * GIBBS_BLOCK * 8, words);
        seed_layer(&up, words, blocks, 1), seed_layer(&down, words, blocks, 0);
        run_drawing(&up, blocks), run_drawing(&down, blocks);
    }
}

static void sweep(const gibbs_sweep *s, int64_t first, int64_t blocks) {
    begin_tiles();
    for (int64_t done = 0; done < blocks; done += MOST_BLOCKS)
        sweep_group(s, first + done, blocks - done < MOST_BLOCKS ? blocks - done : MOST_BLOCKS);
    _tile_release();
}

/* ---- means ---- */

/* Words of four units × 16 chains become four rows of 16 chains. */
static void lay_operand(uint8_t *A, const uint8_t *states, int64_t Vp, int64_t Cp, int64_t block) {
    const __m512i by_unit = _mm512_broadcast_i32x4(
                      _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
                  together = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    for (int64_t q = 0; q < Vp / 4; q++) {
        uint8_t *to = A + (q / 4 * (Cp / ROW) + block / 2) * TILE + q % 4 * 4 * ROW + block % 2 * GIBBS_BLOCK;
        for (int half = 0; half < 2; half++, to += WIDE) {
            __m512i x = _mm512_loadu_si512(states + q * 4 * GIBBS_BLOCK + half * ROW);
            x = _mm512_permutexvar_epi32(together, _mm512_shuffle_epi8(x, by_unit));
            _mm_storeu_si128((void *)to, _mm512_castsi512_si128(x));
            _mm_storeu_si128((void *)(to + ROW), _mm512_extracti32x4_epi32(x, 1));
            _mm_storeu_si128((void *)(to + 2 * ROW), _mm512_extracti32x4_epi32(x, 2));
            _mm_storeu_si128((void *)(to + 3 * ROW), _mm512_extracti32x4_epi32(x, 3));
        }
    }
}

static void means(const gibbs_means *m, int64_t first, int64_t blocks) {
    const gibbs_weights *w = m->weights;
    const int64_t Cp = gibbs_pad(m->chains);
    begin_tiles();
    for (int64_t done = 0; done < blocks; done += MOST_BLOCKS) {
        const int64_t n = blocks - done < MOST_BLOCKS ? blocks - done : MOST_BLOCKS, start = first + done;
        layer l = {.panel = w->hidden, .depth = w->Vp / ROW, .tiles = (w->H + ROWS - 1) / ROWS};
        l.from = m->v + start * GIBBS_BLOCK * w->Vp, l.law = m->hidden, l.limit = m->chains, l.first = start;
        l.M = m->M, l.M_size = Cp / ROW * 2 * TILE, l.minus = m->minus;
        l.sum = m->sum + start * w->Hp, l.units = w->Hp;
        run_means(&l, n);
        for (int64_t block = start; block < start + n; block++) {
            const uint8_t *states = m->v + block * GIBBS_BLOCK * w->Vp;
            lay_operand(m->A, states, w->Vp, Cp, block);
            count_on(m->on + block * w->Vp, states, w->Vp, m->chains - GIBBS_BLOCK * block);
        }
    }
    _tile_release();
}

static int mean(const uint8_t *M, const gibbs_weights *w, int64_t Cp, int64_t chain, int64_t unit) {
    const uint8_t *tile = M + (unit / ROWS * (Cp / ROW) + chain / ROW) * 2 * TILE;
    const int64_t at = chain % ROW / 4 * ROW + unit % ROWS * 4 + chain % 4;
    (void)w;
    return (int8_t)tile[at] * 256 + tile[TILE + at];
}

#include "kernel/gibbs_amx_weights.h"

extern const temper_gibbs_kernels temper_gibbs_amx;
const temper_gibbs_kernels temper_gibbs_amx = {pack, sweep, means, weigh, update, fill, mean};
#else
extern const temper_gibbs_kernels temper_gibbs_amx;
const temper_gibbs_kernels temper_gibbs_amx = {
    0}; /* a compiler or a processor without tiles: gibbs.c takes vnni */
#endif
