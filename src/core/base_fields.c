/* The base: independent visible units with the means of the data, hidden units uniform. The nearer it is to the machine, the shorter the path
 * (Salakhutdinov and Murray 2008); means are clipped, so that no state is impossible. */
#include "core/base_fields.h"
#include "base/elementary.h"

static const double LEAST = 0.001; /* of a probability */

static double clip(double p) { return p < LEAST ? LEAST : p > 1 - LEAST ? 1 - LEAST : p; }

/* Weighted mean of column i; `a` ≥ 0: of the share of rows that hold category a. */
static double mean(const temper_rows_view *rows, int64_t i, int64_t a) {
    double sum = 0, total = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        double w = rows->weight ? rows->weight[r] : 1, x = rows->X[r * rows->columns + i];
        sum += w * (a < 0 ? x : (double)((int64_t)x == a));
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
    for (int64_t a = 0; a < q; a++) sum += temper_log(clip(mean(rows, i, a)));
    for (int64_t a = 0; a < q; a++) base[a] = (float)(temper_log(clip(mean(rows, i, a))) - sum / (double)q);
}

void temper_base_fields(const temper_machine *machine, const temper_rows_view *rows, float *base) {
    temper_unit unit = machine->type->visible(machine->self);
    int64_t q = machine->io.states,
            n = machine->type->components(machine->self) / (unit == TEMPER_POTTS ? q : 1);
    for (int64_t i = 0; i < n; i++) { /* a label, the last column of a perceptron, is none of them */
        if (unit == TEMPER_POTTS)
            categories(rows, i, q, base + i * q);
        else
            base[i] = (float)field(unit, mean(rows, i, -1));
    }
}
