/* Valleys of a grid, by hand and against a judge that floods the grid anew for every height. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/slice.h"
#include "temper/stream.h"

static void by_hand(void) {
    /* floors at 0 (f = 1), 3 (f = 0), 6 (f = 2); passes at 1 (f = 4) and 5 (f = 3) */
    const double f[] = {1, 4, 2, 0, 1, 3, 2};
    temper_merge_tree t;
    CHECK_OK(temper_merge_tree_find(1, (int64_t[]){7}, f, &t));
    CHECK(t.n == 3, "%lld valleys", (long long)t.n);
    CHECK(t.valley[0].minimum == 3 && isinf(t.valley[0].death) && t.valley[0].saddle == -1, "the deepest");
    CHECK(t.valley[1].minimum == 0 && t.valley[1].death == 4 && t.valley[1].saddle == 1 &&
              t.valley[1].parent == 0,
          "left: 1 to 4");
    CHECK(t.valley[2].minimum == 6 && t.valley[2].birth == 2 && t.valley[2].death == 3 &&
              t.valley[2].parent == 0,
          "right: 2 to 3");
    temper_merge_tree_clear(&t);
    /* The younger of two shallow valleys flows into the elder one first, and that one into the deepest. */
    const double g[] = {0, 9, 2, 5, 3};
    CHECK_OK(temper_merge_tree_find(1, (int64_t[]){5}, g, &t));
    CHECK(t.n == 3 && t.valley[2].minimum == 4 && t.valley[2].parent == 1 && t.valley[1].parent == 0,
          "a tree");
    temper_merge_tree_clear(&t);
}

static void walls(void) {
    const double f[] = {1, INFINITY, 0, NAN, 2};
    temper_merge_tree t;
    CHECK_OK(temper_merge_tree_find(1, (int64_t[]){5}, f, &t));
    CHECK(t.n == 3 && t.valley[0].birth == 0 && t.valley[1].birth == 1 && t.valley[2].birth == 2,
          "three, for ever");
    CHECK(isinf(t.valley[2].death) && t.valley[2].parent == -1, "never reached");
    temper_merge_tree_clear(&t);
    const double none[] = {NAN, INFINITY};
    CHECK_OK(temper_merge_tree_find(1, (int64_t[]){2}, none, &t));
    CHECK(t.n == 0, "nothing");
    temper_merge_tree_clear(&t);
    CHECK_FAILS(temper_merge_tree_find(4, (int64_t[]){2, 2, 2, 2}, f, &t), TEMPER_BAD_OPTION, "axes=4");
    CHECK_FAILS(temper_merge_tree_find(2, (int64_t[]){2, 0}, f, &t), TEMPER_BAD_OPTION, "none");
}

/* ---- the judge ---- */

enum { POINTS = 400 };
typedef struct {
    int axes;
    int64_t n[3], points;
    double f[POINTS];
    int order[POINTS], rank[POINTS];
} field;

static bool below(const field *g, int a, int b) { return g->f[a] < g->f[b] || (g->f[a] == g->f[b] && a < b); }

static void make(field *g, int axes, int64_t n0, int64_t n1, int64_t n2, int64_t seed, int values) {
    *g = (field){.axes = axes, .n = {n0, n1, n2}, .points = n0 * n1 * n2};
    for (int p = 0; p < g->points; p++)
        g->f[p] = (double)temper_below(temper_word((temper_stream){7, 0}, TEMPER_FOR_TESTS, seed, p),
                                       (uint32_t)values);
    for (int p = 0; p < g->points; p++) {
        int rank = 0;
        for (int q = 0; q < g->points; q++) rank += below(g, q, p);
        g->rank[p] = rank, g->order[rank] = p;
    }
}

/* Component of each of the `turn` lowest points: the place of its lowest one; by spreading until nothing changes. */
static void components(const field *g, int turn, int *of) {
    for (int p = 0; p < g->points; p++) of[p] = g->rank[p] < turn ? p : -1;
    for (bool moved = true; moved;) {
        moved = false;
        int64_t stride = 1;
        for (int k = 0; k < g->axes; stride *= g->n[k], k++)
            for (int p = 0; p < g->points; p++) {
                if (p / stride % g->n[k] + 1 >= g->n[k]) continue;
                int q = p + (int)stride;
                if (of[p] < 0 || of[q] < 0 || of[p] == of[q]) continue;
                if (g->rank[of[p]] < g->rank[of[q]])
                    of[q] = of[p];
                else
                    of[p] = of[q];
                moved = true;
            }
    }
}

static bool has(const int *of, int points, int root) {
    for (int p = 0; p < points; p++)
        if (of[p] == root) return true;
    return false;
}

/* A valley is there as long as its minimum is the lowest point of a component. */
static void against_judge(void) {
    static field g;
    static int of[POINTS], born[POINTS], died[POINTS];
    static const int64_t shape[][4] = {
        {1, 60, 1, 1}, {2, 9, 8, 1}, {2, 1, 30, 1}, {3, 4, 5, 4}, {2, 12, 12, 1}};
    for (int trial = 0; trial < 40; trial++) {
        const int64_t *n = shape[trial % 5];
        make(&g, (int)n[0], n[1], n[2], n[3], trial,
             trial % 2 ? 6 : 100000); /* with many ties, and without */
        for (int p = 0; p < g.points; p++) born[p] = died[p] = -1;
        for (int turn = 1; turn <= g.points; turn++) {
            components(&g, turn, of);
            for (int p = 0; p < g.points; p++) {
                bool here = has(of, (int)g.points, p);
                if (here && born[p] < 0 && g.rank[p] == turn - 1) born[p] = turn;
                if (!here && born[p] >= 0 && died[p] < 0) died[p] = g.order[turn - 1];
            }
        }
        temper_merge_tree t;
        CHECK_OK(temper_merge_tree_find(g.axes, g.n, g.f, &t));
        int valleys = 0;
        for (int p = 0; p < g.points; p++) valleys += born[p] >= 0;
        CHECK(t.n == valleys, "trial %d: %lld valleys, the judge finds %d", trial, (long long)t.n, valleys);
        for (int64_t k = 0; k < t.n; k++) {
            int at = (int)t.valley[k].minimum;
            CHECK(born[at] >= 0 && t.valley[k].birth == g.f[at] && t.valley[k].saddle == died[at],
                  "trial %d: valley at %d ends at %lld, not %d", trial, at, (long long)t.valley[k].saddle,
                  died[at]);
            if (died[at] >= 0) {
                components(&g, g.rank[died[at]] + 1, of);
                const temper_valley *parent = &t.valley[t.valley[k].parent];
                CHECK(t.valley[k].death == g.f[died[at]], "height of the pass");
                CHECK(of[died[at]] == of[at] && below(&g, (int)parent->minimum, at),
                      "flows into an elder one");
            }
            if (k)
                CHECK(
                    !(t.valley[k].death - t.valley[k].birth > t.valley[k - 1].death - t.valley[k - 1].birth),
                    "by persistence");
        }
        temper_merge_tree_clear(&t);
    }
}

static void memory(void) {
    const double f[] = {1, 4, 2, 0};
    temper_merge_tree t;
    for (int64_t k = 1;; k++) {
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status bad = temper_merge_tree_find(2, (int64_t[]){2, 2}, f, &t);
        bool failed = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (failed ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld", (long long)k);
        if (!bad) temper_merge_tree_clear(&t);
        CHECK(temper_alloc_live() == live, "leak at %lld", (long long)k);
        if (!failed) break;
    }
}

int main(void) {
    RUN(by_hand);
    RUN(walls);
    RUN(against_judge);
    RUN(memory);
    return check_end();
}
