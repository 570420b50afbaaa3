/* The square lattice with one J and one h, periodic, even extents: a checkerboard swept row by row.
 *
 * The odd sites of row y see only even sites of the rows y−1, y, y+1. So they may follow as soon as the even sites
 * of row y+1 are done, while row and words are still in the nearest cache; the result is that of two whole passes:
 *
 *     even 0, even 1, even 2, odd 1, even 3, odd 2, …, even Ly−1, odd Ly−2, odd Ly−1, odd 0
 *
 * "Even" are the sites of colour 0, among them site 0. Words are made for slabs of rows; the first slab keeps its own,
 * because row 0 ends last. */
#include <string.h>
#include "core/sweep_paths.h"
#include "kernel/kernel.h"

enum {
    SLABS = 3,  /* kept in scratch: the first, and two that alternate */
    BULK = 512, /* words worth a call of kernel->words: a slab has at least as many, in 1, 2, 4, … rows */
};

typedef struct {
    temper_chain *chain;
    const temper_kernels *kernel;
    int Lx, Ly, log2_rows;       /* of a slab */
    temper_chance chance[2][5];  /* of flipping a site s = ±1 (index s > 0) with m neighbours up */
    uint32_t flip[2][5], always; /* the same for the kernel */
    uint32_t *words;             /* [SLABS][1 << log2_rows][Lx] */
    int8_t *before;              /* as large: the rows before this sweep, to count what flipped */
} board;

bool temper_lattice_path_suits(temper_order order, const temper_system *system) {
    const temper_lattice *lattice = &system->lattice;
    return order == TEMPER_ORDER_COLOUR && system->has_lattice && lattice->uniform && lattice->periodic &&
           lattice->dims.n == 2 && lattice->dims.extent[0] % 2 == 0 && lattice->dims.extent[1] % 2 == 0 &&
           system->cached == 0 && system->colours == 2 && system->order[0] == 0;
}

static int log2_rows(int Lx) {
    int log2 = 0;
    while (((int64_t)Lx << log2) < BULK) log2++;
    return log2;
}

static size_t slab_sites(int Lx) { return (size_t)Lx << log2_rows(Lx); }

size_t temper_lattice_path_scratch(const temper_system *system) {
    return SLABS * slab_sites((int)system->lattice.dims.extent[1]) * (sizeof(uint32_t) + sizeof(int8_t));
}

static void set_chances(board *b, temper_rule rule) {
    const temper_lattice *lattice = &b->chain->system->lattice;
    double beta = temper_beta(b->chain->temperature);
    b->always = 0;
    for (int up = 0; up < 2; up++)
        for (int m = 0; m <= 4; m++) {
            double dH = 2 * (up ? 1 : -1) * (lattice->J * (2 * m - 4) + lattice->h);
            temper_chance chance = temper_chance_of(temper_site_chance(rule, dH * beta));
            b->chance[up][m] = chance;
            b->flip[up][m] = chance.whole;
            b->always |= (uint32_t)chance.always << (2 * m + up);
        }
}

static int8_t *row_of(const board *b, int y) { /* −1 ≤ y ≤ Ly */
    return b->chain->s + (size_t)(y < 0 ? b->Ly - 1 : y == b->Ly ? 0 : y) * (size_t)b->Lx;
}

/* The place in scratch of what belongs to row y. */
static size_t place(const board *b, int y) {
    int slab = y >> b->log2_rows, slot = slab == 0 ? 0 : 1 + slab % 2, row = y - (slab << b->log2_rows);
    return (((size_t)slot << b->log2_rows) + (size_t)row) * (size_t)b->Lx;
}

/* One colour of row y. A word that equals its threshold (once in 2^32) is decided here by its tail. */
static void pass(board *b, int y, int colour) {
    temper_chain *chain = b->chain;
    int8_t *row = row_of(b, y);
    const int8_t *up = row_of(b, y - 1), *down = row_of(b, y + 1);
    const uint32_t *words = b->words + place(b, y);
    int x = (y + colour) % 2;
    while ((x = b->kernel->lattice_row(row, up, down, b->Lx, x, words, b->flip, b->always)) >= 0) {
        int m = (row[x ? x - 1 : b->Lx - 1] > 0) + (row[x + 1 < b->Lx ? x + 1 : 0] > 0) + (up[x] > 0) +
                (down[x] > 0);
        temper_tail tail = {chain->stream, chain->clock, (int64_t)y * b->Lx + x};
        if (temper_chance_decides(b->chance[row[x] > 0][m], words[x], tail)) row[x] = (int8_t)-row[x];
        x += 2;
        if (x >= b->Lx) break;
    }
}

/* Makes the words of the slab that begins with row y, and keeps its sites as they are now. No turn in it has passed. */
static void begin_slab(board *b, int y) {
    int most = 1 << b->log2_rows, rows = b->Ly - y < most ? b->Ly - y : most;
    int64_t first = (int64_t)y * b->Lx, count = (int64_t)rows * b->Lx;
    b->kernel->words(b->chain->stream, TEMPER_FOR_MOVES, b->chain->clock, first, count,
                     b->words + place(b, y));
    memcpy(b->before + place(b, y), b->chain->s + first, (size_t)count);
}

static void even(board *b, int y) {
    if (y % (1 << b->log2_rows) == 0) begin_slab(b, y);
    pass(b, y, 0);
}

static void odd(board *b, int y) {
    pass(b, y, 1);
    b->chain->accepted +=
        b->kernel->differing(b->before + place(b, y), row_of(b, y), b->Lx); /* no site has two turns */
}

/* H = −J Σ s s' − h Σ s, from counts of unequal pairs and of spins up: exact up to the last product and sum. Rows
 * lie one behind the other, so each direction is one long comparison of the lattice with itself moved by 1 or by Lx.
 * Moved by 1 the end of a row meets the next row instead of its own beginning, which is put right row by row. */
static double energy_of(const board *b) {
    const temper_lattice *lattice = &b->chain->system->lattice;
    const int8_t *s = b->chain->s;
    int64_t n = b->chain->system->n, Lx = b->Lx, down = 0;
    int64_t unequal = b->kernel->differing(s, s + 1, n - 1) + b->kernel->differing(s, s + Lx, n - Lx) +
                      b->kernel->differing(s + n - Lx, s, Lx) + (s[n - 1] != s[n - Lx]);
    for (int64_t x = Lx - 1; x < n - 1; x += Lx) unequal += (s[x] != s[x + 1 - Lx]) - (s[x] != s[x + 1]);
    for (int64_t i = 0; lattice->h != 0 && i < n; i++) down += s[i] < 0;
    return -lattice->J * (double)(2 * n - 2 * unequal) - lattice->h * (double)(n - 2 * down);
}

void temper_lattice_path(temper_chain *chain, temper_rule rule, int64_t sweeps) {
    const temper_dims *dims = &chain->system->lattice.dims;
    board b = {.chain = chain,
               .kernel = temper_kernel(),
               .Ly = (int)dims->extent[0],
               .Lx = (int)dims->extent[1],
               .words = chain->scratch};
    b.log2_rows = log2_rows(b.Lx);
    b.before = (int8_t *)(b.words + SLABS * slab_sites(b.Lx));
    set_chances(&b, rule);
    for (int64_t sweep = 0; sweep < sweeps; sweep++) {
        for (int y = 0; y < b.Ly; y++) {
            even(&b, y);
            if (y >= 2) odd(&b, y - 1);
        }
        odd(&b, b.Ly - 1);
        odd(&b, 0);
        chain->clock++;
    }
    chain->proposed += sweeps * chain->system->n;
    chain->energy = energy_of(&b);
}
