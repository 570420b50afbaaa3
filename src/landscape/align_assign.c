/* The assignment problem, exactly: Kuhn's Hungarian method as shortest augmenting paths with potentials (Jonker & Volgenant 1987).
 *
 * Rows join one after another. Potentials a_i, b_j keep every reduced cost c_ij − a_i − b_j ≥ 0 and those of matched pairs at 0; a new row is
 * brought in along the alternating path of least reduced cost (Dijkstra's algorithm, dense), after which the potentials are raised so that this holds again. Of
 * equal columns the first one is taken, so the answer depends on the numbers alone. */
#include <math.h>
#include "base/memory.h"
#include "temper/path.h"

/* One row more; columns are counted from 1, 0 is where the new row waits. */
typedef struct {
    int64_t n;
    const double *cost;
    double *a, *b, *reach; /* [n + 1] */
    int64_t *row, *from;   /* [n + 1] row of a column (0: free); the column before it on the path */
    bool *done;
} matching;

static void bring(matching *m, int64_t fresh) {
    int64_t at = 0;
    m->row[0] = fresh;
    for (int64_t j = 0; j <= m->n; j++) m->reach[j] = INFINITY, m->done[j] = false;
    do { /* Invariant: reach[j] is the least reduced cost of a path to column j through columns that are done. */
        m->done[at] = true;
        const int64_t i = m->row[at];
        const double *c = m->cost + (i - 1) * m->n - 1;
        int64_t next = 0;
        double least = INFINITY;
        for (int64_t j = 1; j <= m->n; j++) {
            if (m->done[j]) continue;
            double reduced = c[j] - m->a[i] - m->b[j];
            if (reduced < m->reach[j]) m->reach[j] = reduced, m->from[j] = at;
            if (m->reach[j] < least) least = m->reach[j], next = j;
        }
        for (int64_t j = 0; j <= m->n; j++)
            if (m->done[j])
                m->a[m->row[j]] += least, m->b[j] -= least;
            else
                m->reach[j] -= least;
        at = next;
    } while (m->row[at] != 0);
    for (int64_t before; at != 0; at = before) {
        before = m->from[at];
        m->row[at] = m->row[before];
    }
}

temper_status temper_assign(int64_t n, const double *cost, int64_t *match) {
    const size_t room = (size_t)n + 1;
    double *real = temper_alloc(3 * room, sizeof *real);
    int64_t *whole = temper_alloc(2 * room, sizeof *whole);
    bool *done = temper_alloc(room, sizeof *done);
    temper_status bad = real && whole && done ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < n * n && !bad; k++)
        if (!isfinite(cost[k]))
            bad = temper_fail(TEMPER_DIVERGED,
                              "assignment: the cost of row %lld with column %lld is not finite",
                              (long long)(k / n), (long long)(k % n));
    if (!bad) {
        matching m = {.n = n, .cost = cost, .a = real, .b = real + room, .reach = real + 2 * room};
        m.row = whole, m.from = whole + room, m.done = done;
        for (int64_t i = 1; i <= n; i++) bring(&m, i);
        for (int64_t j = 1; j <= n; j++) match[m.row[j] - 1] = j - 1;
    }
    temper_release(real);
    temper_release(whole);
    temper_release(done);
    return bad;
}
