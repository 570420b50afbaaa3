/* First weights of layered machines. */
#include "base/elementary.h"
#include "core/layers.h"
#include "core/unit_law.h"
#include "kernel/net.h"

static const double NOISE = 0.01, RARE = 1e-3; /* of couplings; least probability of a state */

/* Weighted mean of column i, or of its being category a (a ≥ 0). */
static double mean_of(const temper_rows_view *rows, int64_t i, int64_t a) {
    double sum = 0, weights = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        const double w = rows->weight ? rows->weight[r] : 1;
        const double x = (double)rows->X[r * rows->columns + i];
        sum += w * (a < 0 ? x : x == (double)a ? 1 : 0);
        weights += w;
    }
    return sum / weights;
}

static double kept(double p, double low) { return p < low ? low : p > 1 - low ? 1 - low : p; }

static double log_odds(double p) {
    p = kept(p, RARE);
    return temper_log(p / (1 - p));
}

/* The field of a lone relu unit of this mean, by bisection: the mean grows with the field. */
static double relu_field(double mean) {
    double low = -1e3, high = mean;
    for (int k = 0; k < 60; k++) {
        double middle = 0.5 * (low + high), there;
        (void)temper_unit_law(TEMPER_RELU, 1, 1, &middle, &there);
        if (there < mean)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* ln of the frequencies, their mean taken off (the zero-sum gauge). */
static void potts_fields(const temper_rows_view *rows, int64_t i, int64_t q, float *b) {
    double sum = 0, f[TEMPER_STATES_MAX];
    for (int64_t a = 0; a < q; a++) {
        f[a] = temper_log(kept(mean_of(rows, i, a), RARE / (double)q));
        sum += f[a];
    }
    for (int64_t a = 0; a < q; a++) b[a] = (float)(f[a] - sum / (double)q);
}

static float field_of(temper_unit unit, double mean) {
    switch (unit) {
    case TEMPER_BINARY: return (float)log_odds(mean);
    case TEMPER_SPIN: return (float)(0.5 * log_odds(0.5 * (1 + mean)));
    case TEMPER_RELU: return (float)relu_field(mean);
    default: return (float)mean;
    }
}

void temper_layers_start(const temper_layers *of, const temper_rows_view *rows, temper_stream stream,
                         float *theta) {
    const temper_layer *v = &of->layer[0];
    for (int64_t k = 0; k < of->parameters; k++) theta[k] = 0;
    for (int l = 1; l < of->n; l++) {
        float *W = theta + of->layer[l].coupling;
        const int64_t n = of->layer[l - 1].width * of->layer[l].width;
        temper_net_kernel()->normals(stream, TEMPER_FOR_INITIAL, l, 0, n, W);
        for (int64_t k = 0; k < n; k++) W[k] *= (float)NOISE;
    }
    float *b = theta + v->bias;
    for (int64_t i = 0; i < v->units; i++)
        if (v->unit == TEMPER_POTTS)
            potts_fields(rows, i, v->states, b + i * v->states);
        else
            b[i] = field_of(v->unit, mean_of(rows, i, -1));
}
