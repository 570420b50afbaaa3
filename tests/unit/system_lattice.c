/* core/lattice and core/pairs: rows, bond numbers, colours and sums against coordinates. */
#include "core/lattice.h"
#include "system_probe.h"

static const temper_dims shapes[] = {{1, {1}},
                                     {1, {2}},
                                     {1, {5}},
                                     {1, {6}},
                                     {2, {1, 1}},
                                     {2, {1, 4}},
                                     {2, {4, 1}},
                                     {2, {2, 2}},
                                     {2, {2, 3}},
                                     {2, {3, 2}},
                                     {2, {4, 6}},
                                     {2, {5, 4}},
                                     {2, {5, 7}},
                                     {3, {2, 2, 2}},
                                     {3, {3, 1, 4}},
                                     {3, {3, 4, 5}},
                                     {3, {2, 3, 1}},
                                     {4, {2, 3, 2, 2}},
                                     {5, {2, 1, 3, 2, 2}},
                                     {8, {2, 1, 3, 2, 1, 2, 2, 2}}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static int volume(const temper_dims *d) {
    int n = 1;
    for (int a = 0; a < d->n; a++) n *= (int)d->extent[a];
    return n;
}

static int index_of(const temper_dims *d, const int *x) {
    int i = 0;
    for (int a = 0; a < d->n; a++) i = i * (int)d->extent[a] + x[a];
    return i;
}

/* Counts the bonds between i and j along axis a, by coordinates alone: forward from i, and forward from j. */
static int bonds_between(const temper_dims *d, bool periodic, int i, int j, int a) {
    int x[8], count = 0;
    for (int turn = 0; turn < 2; turn++) {
        int rest = turn ? j : i, other = turn ? i : j, L = (int)d->extent[a];
        for (int b = d->n - 1; b >= 0; b--) x[b] = rest % (int)d->extent[b], rest /= (int)d->extent[b];
        if (L == 1 || (!periodic && x[a] == L - 1)) continue;
        x[a] = (x[a] + 1) % L;
        count += index_of(d, x) == other;
    }
    return count;
}

static void rows_follow_coordinates(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        for (int open = 0; open < 2; open++) {
            const temper_dims *d = &shapes[shape];
            int n = volume(d);
            for (int i = 0; i < n; i++) {
                int32_t to[TEMPER_DEGREE_MAX];
                int64_t bond[TEMPER_DEGREE_MAX];
                int count = temper_lattice_row(d, !open, i, to, bond), want = 0;
                for (int j = 0; j < n; j++) {
                    int found = 0, expected = 0;
                    for (int k = 0; k < count; k++) found += to[k] == j;
                    for (int a = 0; a < d->n && j != i; a++) expected += bonds_between(d, !open, i, j, a);
                    CHECK(found == expected, "shape %d open %d: %d-%d %d times, want %d", shape, open, i, j,
                          found, expected);
                    want += expected;
                }
                CHECK(count == want, "shape %d open %d: site %d has %d, want %d", shape, open, i, count,
                      want);
                for (int k = 0; k < count;
                     k++) { /* the bond's owner is i or the neighbour, and its axis joins them */
                    int owner = (int)(bond[k] / d->n), axis = (int)(bond[k] % d->n);
                    CHECK(owner == i || owner == to[k], "bond %d of site %d", (int)bond[k], i);
                    CHECK(bonds_between(d, !open, i, to[k], axis) > 0, "bond %d of site %d", (int)bond[k], i);
                    for (int l = 0; l < k; l++)
                        CHECK(bond[l] != bond[k], "site %d meets bond %d twice", i, (int)bond[k]);
                }
            }
        }
}

/* Bonds: periodic, d n, less n for each extent of 1; open, n − n/L along each axis. Worked by hand for a
 * few. */
static void bonds_are_counted(void) {
    struct {
        temper_dims dims;
        int periodic, open;
    } want[] = {{{1, {1}}, 0, 0},         {{1, {2}}, 2, 1},         {{1, {3}}, 3, 2},
                {{2, {2, 2}}, 8, 4},      {{2, {1, 4}}, 4, 3},      {{2, {3, 4}}, 24, 17},
                {{3, {2, 2, 2}}, 24, 12}, {{3, {3, 3, 3}}, 81, 54}, {{3, {4, 1, 2}}, 16, 10}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        for (int open = 0; open < 2; open++) {
            temper_pairs pairs = {0};
            int n = volume(&want[k].dims), bonds = open ? want[k].open : want[k].periodic;
            CHECK_OK(temper_lattice_pairs(&want[k].dims, !open, 0.5, &pairs));
            CHECK(pairs.n == n && pairs.start[n] == 2 * bonds, "case %d: %d half bonds", (int)k,
                  (int)pairs.start[n]);
            for (int64_t b = 0; b < pairs.start[n]; b++) CHECK(pairs.J[b] == 0.5, "J = %g", pairs.J[b]);
            int8_t up[64];
            memset(up, 1, sizeof up);
            CHECK(temper_lattice_products(&want[k].dims, !open, up) == bonds, "case %d", (int)k);
            CHECK(temper_lattice_equals(&want[k].dims, !open, up) == bonds, "case %d", (int)k);
            temper_pairs_clear(&pairs);
        }
    int64_t live = temper_alloc_live();
    for (int k = 1; k <= 3; k++) { /* one table after the other cannot be had */
        temper_pairs pairs = {0};
        temper_alloc_fail_at(k);
        CHECK(temper_lattice_pairs(&shapes[11], true, 1, &pairs) == TEMPER_NO_MEMORY && !pairs.start,
              "k = %d", k);
        CHECK(temper_alloc_live() == live, "k = %d leaves blocks", k);
    }
    temper_alloc_fail_at(0);
}

static void sums_follow_rows(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        for (int open = 0; open < 2; open++) {
            const temper_dims *d = &shapes[shape];
            int n = volume(d), products = 0, equals = 0;
            double weighted = 0, J[3000];
            int8_t s[300];
            for (int i = 0; i < n; i++)
                s[i] = temper_word((temper_stream){3, 0}, TEMPER_FOR_TESTS, shape, i) & 1 ? 1 : -1;
            for (int b = 0; b < n * d->n; b++)
                J[b] = temper_normal((temper_stream){4, 0}, TEMPER_FOR_TESTS, shape, b);
            for (int i = 0; i < n; i++) {
                int32_t to[TEMPER_DEGREE_MAX];
                int64_t bond[TEMPER_DEGREE_MAX];
                int count = temper_lattice_row(d, !open, i, to, bond);
                for (int k = 0; k < count; k++) { /* each bond from both ends */
                    products += s[i] * s[to[k]], equals += s[i] == s[to[k]];
                    weighted += J[bond[k]] * s[i] * s[to[k]];
                }
            }
            CHECK(2 * temper_lattice_products(d, !open, s) == products, "shape %d open %d", shape, open);
            CHECK(2 * temper_lattice_equals(d, !open, s) == equals, "shape %d open %d", shape, open);
            CHECK_NEAR(temper_lattice_weighted(d, !open, s, J), weighted / 2, 1e-11);
        }
}

static void colours_are_proper_and_few(void) {
    for (int shape = 0; shape < SHAPES; shape++)
        for (int open = 0; open < 2; open++) {
            const temper_dims *d = &shapes[shape];
            int n = volume(d), most = 0, need = 1;
            for (int a = 0; a < d->n; a++) { /* an odd ring needs three colours, any bond two */
                if (d->extent[a] > 1 && need < 2) need = 2;
                if (!open && d->extent[a] > 1 && d->extent[a] % 2) need = 3;
            }
            for (int i = 0; i < n; i++) {
                int32_t to[TEMPER_DEGREE_MAX];
                int count = temper_lattice_row(d, !open, i, to, NULL),
                    mine = temper_lattice_colour(d, !open, i);
                if (mine > most) most = mine;
                for (int k = 0; k < count; k++)
                    CHECK(temper_lattice_colour(d, !open, to[k]) != mine, "shape %d open %d: %d and %d",
                          shape, open, i, to[k]);
            }
            CHECK(most + 1 == need && temper_lattice_colours(d, !open) == need,
                  "shape %d open %d: %d colours", shape, open, most + 1);
        }
}

static void sizes_are_bounded(void) {
    int n = 0;
    temper_dims line = {1, {2147483647}}, box = {3, {70000, 70000, 70000}}, edge = {2, {46340, 46341}};
    CHECK_OK(temper_lattice_sites("x", &line, &n));
    CHECK(n == 2147483647, "n = %d", n);
    CHECK_OK(temper_lattice_sites("x", &edge, &n));
    CHECK(n == 2147441940, "n = %d", n);
    edge.extent[0] = 46342;
    CHECK_FAILS(temper_lattice_sites("x", &edge, &n), TEMPER_BAD_OPTION, "x: dims=46342x46341 is too large");
    CHECK_FAILS(temper_lattice_sites("x", &box, &n), TEMPER_BAD_OPTION, "1 … 2147483647");
    int32_t to[TEMPER_DEGREE_MAX]; /* the last site of the longest ring */
    CHECK(temper_lattice_row(&line, true, 2147483646, to, NULL) == 2, "degree");
    CHECK(to[0] == 2147483645 && to[1] == 0, "%d %d", to[0], to[1]);
}

/* A triangle 0-1-2 with a tail 2-3 and the pair 0-1 doubled, by hand. */
static void pairs_are_built_from_lists(void) {
    temper_pair list[] = {{0, 1, 1.0}, {2, 1, -2.0}, {0, 2, 0.5}, {3, 2, 4.0}, {1, 0, 0.25}};
    int32_t to[] = {1, 2, 1, 0, 2, 0, 1, 0, 3, 2};
    double J[] = {1, 0.5, 0.25, 1, -2, 0.25, -2, 0.5, 4, 4}, f[4], h[] = {0.1, 0.2, 0.3, 0.4};
    int64_t start[] = {0, 3, 6, 9, 10}, live = temper_alloc_live();
    int *colour;
    int8_t s[] = {1, -1, 1, -1};
    temper_pairs pairs;
    CHECK_OK(temper_pairs_build(&pairs, 4, list, 5));
    CHECK(!memcmp(pairs.start, start, sizeof start) && !memcmp(pairs.to, to, sizeof to), "rows");
    for (int k = 0; k < 10; k++) CHECK(pairs.J[k] == J[k], "J[%d] = %g", k, pairs.J[k]);
    temper_pairs_fields(&pairs, h, s, f);
    CHECK_NEAR(f[0], 0.1 - 1 + 0.5 - 0.25, 1e-15);
    CHECK_NEAR(f[2], 0.3 + 2 + 0.5 - 4, 1e-15);
    temper_pairs_set(&pairs, s, f, 2, -1);
    CHECK(s[2] == -1, "s[2] = %d", s[2]);
    CHECK_NEAR(f[0], 0.1 - 1 - 0.5 - 0.25, 1e-15);
    CHECK_NEAR(f[3], 0.4 - 4, 1e-15);
    temper_pairs_fields(&pairs, NULL, s, f);
    CHECK_NEAR(f[3], -4, 1e-15);
    CHECK_OK(temper_pairs_colour(&pairs, &colour));
    CHECK(colour[0] == 0 && colour[1] == 1 && colour[2] == 2 && colour[3] == 0, "greedy colours");
    temper_release(colour);
    for (int k = 1; k <= 2; k++) {
        temper_alloc_fail_at(k);
        CHECK(temper_pairs_colour(&pairs, &colour) == TEMPER_NO_MEMORY && !colour, "k = %d", k);
    }
    temper_pairs_clear(&pairs);
    for (int k = 1; k <= 3; k++) {
        temper_alloc_fail_at(k);
        CHECK(temper_pairs_build(&pairs, 4, list, 5) == TEMPER_NO_MEMORY && !pairs.start, "k = %d", k);
    }
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "%d blocks left", (int)(temper_alloc_live() - live));
}

int main(void) {
    RUN(rows_follow_coordinates);
    RUN(bonds_are_counted);
    RUN(sums_follow_rows);
    RUN(colours_are_proper_and_few);
    RUN(sizes_are_bounded);
    RUN(pairs_are_built_from_lists);
    return check_end();
}
