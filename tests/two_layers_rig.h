/* Small two-layer machines with random parameters, and their sums by brute force in long double: every state of every discrete unit of
 * both layers, real units by quadrature. Shares nothing with the library but the struct. */
#ifndef TEMPER_TWO_LAYERS_RIG_H
#define TEMPER_TWO_LAYERS_RIG_H

#include <math.h>
#include "core/two_layers.h"
#include "temper/stream.h"

enum { RIG_MOST = 4096 };
typedef struct {
    temper_two_layers of;
    float W[RIG_MOST], b[64], c[64];
} rig;

static inline bool rig_real(temper_unit unit) { return unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU; }

static inline void rig_fill(rig *r, int64_t seed, double coupling, double field) {
    temper_stream of = {(uint64_t)seed, 9};
    int64_t v = r->of.V * r->of.visible_states, h = r->of.H * r->of.hidden_states;
    for (int64_t k = 0; k < v * h; k++)
        r->W[k] = (float)(coupling * temper_normal(of, TEMPER_FOR_TESTS, 0, k));
    for (int64_t k = 0; k < v; k++) r->b[k] = (float)(field * temper_normal(of, TEMPER_FOR_TESTS, 1, k));
    for (int64_t k = 0; k < h; k++) r->c[k] = (float)(field * temper_normal(of, TEMPER_FOR_TESTS, 2, k));
}

static inline void rig_make(rig *r, temper_unit visible, int64_t V, temper_unit hidden, int64_t H) {
    int64_t q = visible == TEMPER_POTTS ? 3 : 1, p = hidden == TEMPER_POTTS ? 4 : 1;
    r->of = (temper_two_layers){visible, hidden, V, H, q, p, r->W, r->b, r->c};
}

/* The components of a unit at level l: returns how many levels there are. */
static inline int64_t rig_levels(temper_unit unit, int64_t states) {
    return unit == TEMPER_POTTS ? states : 2;
}
static inline void rig_value(temper_unit unit, int64_t states, int64_t level, double *s) {
    for (int64_t a = 0; a < states; a++) s[a] = a == level;
    if (unit == TEMPER_BINARY) s[0] = (double)level;
    if (unit == TEMPER_SPIN) s[0] = 2.0 * (double)level - 1;
}
static inline void rig_layer(temper_unit unit, int64_t n, int64_t states, int64_t number, double *s) {
    int64_t L = rig_levels(unit, states);
    for (int64_t i = 0; i < n; i++, number /= L) rig_value(unit, states, number % L, s + i * states);
}
static inline int64_t rig_count(temper_unit unit, int64_t n, int64_t states) {
    int64_t count = 1;
    for (int64_t i = 0; i < n; i++) count *= rig_levels(unit, states);
    return count;
}

/* ∫ t^k exp(−t²/2 + x t) dt for k = 0, 1, 2 over the line or (relu) the half line t = e^{s − e^{−s}}: trapezoids. */
static inline void rig_integrals(temper_unit unit, long double x, long double out[3]) {
    const long double step = 0.0125L;
    out[0] = out[1] = out[2] = 0;
    for (int k = -1600; k <= 1600; k++) {
        long double s = (long double)k * step, t = s, dt = step;
        if (unit == TEMPER_RELU) {
            s *= 0.4L;
            t = expl(s - expl(-s)), dt = 0.4L * step * t * (1 + expl(-s));
        } else
            t += x; /* centred on the peak */
        if (t == 0 && unit == TEMPER_RELU) continue;
        long double w = expl(-t * t / 2 + x * t) * dt;
        out[0] += w, out[1] += w * t, out[2] += w * t * t;
    }
}

/* ln Z, the moments in the layout of θ, and ⟨E⟩. At most one layer is real. */
static inline long double rig_sums(const rig *r, double beta, double *stat, double *energy) {
    const temper_two_layers *of = &r->of;
    static long double sum[RIG_MOST + 128];
    bool turned = rig_real(of->visible);
    temper_unit A = turned ? of->hidden : of->visible, B = turned ? of->visible : of->hidden;
    int64_t n = turned ? of->H : of->V, m = turned ? of->V : of->H;
    int64_t q = turned ? of->hidden_states : of->visible_states,
            p = turned ? of->visible_states : of->hidden_states;
    int64_t rows = n * q, width = m * p, P = rows * width + rows + width;
    const float *a = turned ? r->c : r->b, *x0 = turned ? r->b : r->c;
    long double Z = 0, E = 0;
    for (int64_t k = 0; k < P; k++) sum[k] = 0;
    for (int64_t i = 0; i < rig_count(A, n, q); i++) {
        double s[64], t[64];
        long double field[64], second = 0, own = 0, all = 1, mean[64];
        rig_layer(A, n, q, i, s);
        for (int64_t d = 0; d < rows; d++) own += (long double)beta * a[d] * s[d];
        for (int64_t k = 0; k < width; k++) {
            field[k] = (long double)beta * x0[k];
            for (int64_t d = 0; d < rows; d++)
                field[k] += (long double)beta * r->W[turned ? k * rows + d : d * width + k] * s[d];
        }
        int64_t inner = rig_real(B) ? 1 : rig_count(B, m, p);
        if (rig_real(B))
            for (int64_t k = 0; k < width; k++) {
                long double out[3];
                rig_integrals(B, field[k], out);
                all *= out[0], mean[k] = out[1] / out[0], second += out[2] / out[0];
            }
        for (int64_t j = 0; j < inner; j++) {
            long double w = own;
            if (!rig_real(B)) rig_layer(B, m, p, j, t);
            for (int64_t k = 0; k < width; k++) {
                if (!rig_real(B)) mean[k] = t[k], w += field[k] * t[k];
            }
            w = expl(w) * all;
            long double linear = 0;
            Z += w;
            for (int64_t d = 0; d < rows; d++) {
                sum[rows * width + (turned ? width : 0) + d] += w * s[d];
                linear += a[d] * (long double)s[d];
                for (int64_t k = 0; k < width; k++) {
                    int64_t at = turned ? k * rows + d : d * width + k;
                    sum[at] += w * s[d] * mean[k];
                    linear += r->W[at] * s[d] * mean[k];
                }
            }
            for (int64_t k = 0; k < width; k++) {
                sum[rows * width + (turned ? 0 : rows) + k] += w * mean[k];
                linear += x0[k] * mean[k];
            }
            E += w * (second / 2 - linear);
        }
    }
    for (int64_t k = 0; k < P; k++) stat[k] = (double)(sum[k] / Z);
    *energy = (double)(E / Z);
    return logl(Z);
}

#endif
