/* The base: independent visible units with the means of the data, hidden units uniform. The nearer it is to the machine, the shorter the path
 * (Salakhutdinov and Murray 2008); means are clipped, so that no state is impossible. */
#include "core/base_fields.h"
#include "base/elementary.h"
#include "temper/parallel.h"

static const double LEAST = 0.001; /* of a probability */

static double clip(double p) { return p < LEAST ? LEAST : p > 1 - LEAST ? 1 - LEAST : p; }

/* Weighted share of rows that hold category a in column i. */
static double share(const temper_rows_view *rows, int64_t i, int64_t a) {
    double sum = 0, total = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        double w = rows->weight ? rows->weight[r] : 1, x = rows->X[r * rows->columns + i];
        sum += w * (double)((int64_t)x == a);
        total += w;
    }
    return sum / total;
}

/* φ(b)/Φ(b): what the cut at 0 adds to the mean of N(b, 1). Far below, −b + 1/−b. */
static double cut(double b) {
    if (b < -30) return -b - 1 / b;
    return temper_exp(-0.5 * b * b) * 0.3989422804014327 / (0.5 * temper_erfc(-b * 0.7071067811865476));
}

/* Field b whose relu unit, density ∝ e^{bx − x²/2} on x ≥ 0, has mean m: b + φ(b)/Φ(b) = m rises with b. */
static double relu_field(double m) {
    double low = -1000, high = m > 1 ? m : 1;
    if (m < LEAST) m = LEAST;
    for (int k = 0; k < 100; k++) {
        double b = 0.5 * (low + high);
        if (b + cut(b) > m)
            high = b;
        else
            low = b;
    }
    return 0.5 * (low + high);
}

static double field(temper_unit unit, double m) {
    if (unit == TEMPER_GAUSSIAN) return m; /* e^{bx − x²/2} has mean b */
    if (unit == TEMPER_RELU) return relu_field(m);
    double p = clip(unit == TEMPER_SPIN ? 0.5 * (1 + m) : m), odds = temper_log(p / (1 - p));
    return unit == TEMPER_SPIN ? 0.5 * odds : odds;
}

/* Fields of a categorical unit, zero on average: uniform ones are then exactly 0. */
static void categories(const temper_rows_view *rows, int64_t i, int64_t q, float *base) {
    double sum = 0;
    for (int64_t a = 0; a < q; a++) sum += temper_log(clip(share(rows, i, a)));
    for (int64_t a = 0; a < q; a++) base[a] = (float)(temper_log(clip(share(rows, i, a))) - sum / (double)q);
}

/* Some columns side by side, because rows lie far apart; each is summed row after row. */
enum { SIDE = 64 };
typedef struct {
    const temper_rows_view *rows;
    temper_unit unit;
    int64_t n, q;
    float *base;
} columns;

static temper_status some_columns(void *context, int64_t item) {
    const columns *c = context;
    const temper_rows_view *rows = c->rows;
    const int64_t first = item * SIDE, n = c->n - first < SIDE ? c->n - first : SIDE;
    double sum[SIDE] = {0}, total = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        const double w = rows->weight ? rows->weight[r] : 1;
        const float *x = rows->X + r * rows->columns + first;
        for (int64_t i = 0; i < n; i++) sum[i] += w * (double)x[i];
        total += w;
    }
    for (int64_t i = 0; i < n; i++) c->base[first + i] = (float)field(c->unit, sum[i] / total);
    return TEMPER_OK;
}

static temper_status one_category(void *context, int64_t i) {
    const columns *c = context;
    categories(c->rows, i, c->q, c->base + i * c->q);
    return TEMPER_OK;
}

void temper_base_fields(const temper_machine *machine, const temper_rows_view *rows, float *base) {
    columns c = {.rows = rows, .unit = machine->type->visible(machine->self), .q = machine->io.states};
    const bool potts = c.unit == TEMPER_POTTS;
    c.n = machine->type->components(machine->self) / (potts ? c.q : 1);
    c.base = base; /* a label, the last column of a perceptron, is none of them */
    (void)(potts ? temper_parallel(c.n, one_category, &c)
                 : temper_parallel((c.n + SIDE - 1) / SIDE, some_columns, &c));
}
