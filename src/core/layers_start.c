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

/* ---- zero-sum gauge of potts units ---- */

/* A number added to all states of a potts unit i in its coupling to j is a field of j, and in its own field nothing at all. So:
 * W_(ia)j loses its mean over a, which c_j takes; W_i(jk) its mean over k, which b_i takes; fields of potts units lose their mean. */
static void gauge_side(const temper_layer *mine, const temper_layer *other, float *W, const int64_t step[2],
                       float *field) {
    const int64_t q = mine->states;
    for (int64_t j = 0; mine->unit == TEMPER_POTTS && j < other->width; j++) {
        double gain = (double)field[j];
        for (int64_t i = 0; i < mine->units; i++) {
            float *w = W + i * q * step[0] + j * step[1];
            double mean = 0;
            for (int64_t a = 0; a < q; a++) mean += (double)w[a * step[0]] / (double)q;
            for (int64_t a = 0; a < q; a++) w[a * step[0]] = (float)((double)w[a * step[0]] - mean);
            gain += mean;
        }
        field[j] = (float)gain;
    }
}

void temper_layers_gauge(const temper_layers *of, float *theta) {
    for (int l = 1; l < of->n; l++) {
        const temper_layer *below = &of->layer[l - 1], *here = &of->layer[l];
        const int64_t up[2] = {here->width, 1}, down[2] = {1, here->width};
        gauge_side(below, here, theta + here->coupling, up, theta + here->bias);
        gauge_side(here, below, theta + here->coupling, down, theta + below->bias);
    }
    for (int l = 0; l < of->n; l++) {
        const temper_layer *here = &of->layer[l];
        float *b = theta + here->bias;
        for (int64_t i = 0; here->unit == TEMPER_POTTS && i < here->units; i++, b += here->states) {
            double mean = 0;
            for (int64_t a = 0; a < here->states; a++) mean += (double)b[a] / (double)here->states;
            for (int64_t a = 0; a < here->states; a++) b[a] = (float)((double)b[a] - mean);
        }
    }
}
