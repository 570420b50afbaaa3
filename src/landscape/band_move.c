/* How the images of a band and of a string move, and the highest point between them. */
#include <math.h>
#include <string.h>
#include "landscape/band.h"
#include "temper/parallel.h"

/* ---- tangents ---- */

/* Henkelman & Jónsson (2000), eqs. (8) … (11): towards the higher neighbour, and near an extremum a mean weighted by the energy differences, so
 * that it turns smoothly. Central differences kink where the force along the path is large against that across. */
static void weights_of(const band_state *b, int64_t i, bool upwind, double w[2]) {
    const double below = b->energy[i - 1], me = b->energy[i], above = b->energy[i + 1];
    const double up = fabs(above - me), down = fabs(below - me), most = fmax(up, down),
                 least = fmin(up, down);
    w[0] = w[1] = 1; /* of x_i − x_{i−1} and of x_{i+1} − x_i */
    if (!upwind) return;
    if (above > me && me > below)
        w[0] = 0;
    else if (above < me && me < below)
        w[1] = 0;
    else if (most > 0)
        w[0] = above > below ? least : most, w[1] = above > below ? most : least;
}

void temper_band_tangent(const band_state *b, int64_t i, bool upwind, double *tangent) {
    double w[2], size = 0;
    const double *x = b->x + i * b->P;
    weights_of(b, i, upwind, w);
    for (int64_t c = 0; c < b->P; c++) {
        tangent[c] = w[0] * (x[c] - x[c - b->P]) + w[1] * (x[c + b->P] - x[c]);
        size += tangent[c] * tangent[c];
    }
    size = size > 0 ? 1 / sqrt(size) : 0;
    for (int64_t c = 0; c < b->P; c++) tangent[c] *= size;
}

/* ---- the band: true force across, springs along; all images together by FIRE (Bitzek et al. 2006) ---- */

/* x_before holds the tangent and becomes the force. */
static temper_status push(void *context, int64_t k) {
    band_state *b = context;
    const int64_t i = k + 1;
    double *F = b->x_before + i * b->P;
    const double *g = b->g + i * b->P;
    const bool climbs = i == b->climber;
    const double along =
        climbs ? 2 * b->incline[i] : b->incline[i] + b->spring * (b->span[i + 1] - b->span[i]);
    for (int64_t c = 0; c < b->P; c++) F[c] = fma(along, F[c], -g[c]);
    return TEMPER_OK;
}

static double sum_of(const double *x, const double *y, int64_t n) {
    double sum = 0;
    for (int64_t c = 0; c < n; c++) sum += x[c] * y[c];
    return sum;
}

/* v ← v + dt F, x ← x + dt v, no image further than half the mean distance between images. */
static temper_status glide(void *context, int64_t k) {
    band_state *b = context;
    const int64_t i = k + 1;
    double *v = b->move + i * b->P, *x = b->x + i * b->P, dt = b->dt;
    const double *F = b->x_before + i * b->P, most = b->along[b->M - 1] / (double)(2 * (b->M - 1));
    for (int64_t c = 0; c < b->P; c++) v[c] += dt * F[c];
    double far = dt * sqrt(sum_of(v, v, b->P));
    b->moved[i] = far > most ? most : far;
    if (far > most) dt *= most / far;
    for (int64_t c = 0; c < b->P; c++) x[c] += dt * v[c];
    return TEMPER_OK;
}

temper_status temper_band_advance(band_state *b) {
    const double longest = 0.7 / sqrt(b->stiffness > b->spring ? b->stiffness : b->spring);
    const int64_t first = b->P, n = (b->M - 2) * b->P;
    temper_status bad = temper_parallel(b->M - 2, push, b);
    if (bad) return bad;
    double *v = b->move + first;
    const double *F = b->x_before + first, power = sum_of(F, v, n);
    if (power > 0) {
        double turn = b->mix * sqrt(sum_of(v, v, n) / sum_of(F, F, n));
        for (int64_t c = 0; c < n; c++) v[c] = fma(turn, F[c], (1 - b->mix) * v[c]);
        if (++b->downhill > 5) b->dt *= 1.1, b->mix *= 0.99;
    } else { /* uphill, or at rest: stop, and begin gently */
        memset(v, 0, (size_t)n * sizeof *v);
        b->dt = b->dt > 0 ? b->dt / 2 : longest / 3, b->mix = 0.1, b->downhill = 0;
    }
    if (b->dt > longest) b->dt = longest;
    if (b->dt < longest / 50) b->dt = longest / 50;
    return temper_parallel(b->M - 2, glide, b);
}

/* ---- the string: down the slope, then equal distances again, on the natural cubic spline through the images ---- */

enum { CHUNK = 512 };

typedef struct {
    band_state *b;
    double rate;
    double under[PATH_KNOTS],
        pivot[PATH_KNOTS]; /* of the spline's tridiagonal matrix, factorised once for all coordinates */
    double w[PATH_KNOTS]
            [4]; /* of the images left and right of new image i, and of their second derivatives */
    int64_t left[PATH_KNOTS];
} spline;

static temper_status slide(void *context, int64_t k) {
    const spline *s = context;
    const band_state *b = s->b;
    double *x = b->x + (k + 1) * b->P;
    const double *g = b->g + (k + 1) * b->P;
    for (int64_t c = 0; c < b->P; c++) x[c] -= s->rate * g[c];
    return TEMPER_OK;
}

/* Where the new images are on the old ones, and the matrix: row i is h_i m_{i−1} + 2 (h_i + h_{i+1}) m_i + h_{i+1} m_{i+1}, h = span. */
static void prepare(spline *s) {
    const band_state *b = s->b;
    const int64_t last = b->M - 1;
    for (int64_t i = 1; i < last; i++) {
        s->under[i] = i > 1 ? b->span[i] / s->pivot[i - 1] : 0;
        s->pivot[i] = 2 * (b->span[i] + b->span[i + 1]) - s->under[i] * (i > 1 ? b->span[i] : 0);
    }
    for (int64_t i = 1, k = 1; i < last; i++) {
        double at = b->along[last] * (double)i / (double)last;
        while (k < last && b->along[k] < at) k++;
        double h = b->span[k], right = h > 0 ? (at - b->along[k - 1]) / h : 0, left = 1 - right;
        s->left[i] = k - 1;
        s->w[i][0] = left, s->w[i][1] = right;
        s->w[i][2] = (left * left * left - left) * h * h / 6,
        s->w[i][3] = (right * right * right - right) * h * h / 6;
    }
}

/* One chunk of coordinates: second derivatives into move, the new images into x_before. */
static temper_status respace(void *context, int64_t k) {
    const spline *s = context;
    const band_state *b = s->b;
    const int64_t P = b->P, last = b->M - 1, from = k * CHUNK, to = from + CHUNK < P ? from + CHUNK : P;
    double *m = b->move, *x = b->x;
    for (int64_t c = from; c < to; c++) m[c] = m[last * P + c] = 0;
    for (int64_t i = 1; i < last; i++)
        for (int64_t c = from; c < to; c++) {
            double bend = 6 * ((x[(i + 1) * P + c] - x[i * P + c]) / b->span[i + 1] -
                               (x[i * P + c] - x[(i - 1) * P + c]) / b->span[i]);
            m[i * P + c] = bend - s->under[i] * m[(i - 1) * P + c];
        }
    for (int64_t i = last - 1; i > 0; i--)
        for (int64_t c = from; c < to; c++)
            m[i * P + c] = (m[i * P + c] - b->span[i + 1] * m[(i + 1) * P + c]) / s->pivot[i];
    double *fresh = b->x_before;
    for (int64_t i = 1; i < last; i++)
        for (int64_t c = from; c < to; c++) {
            const double *w = s->w[i];
            int64_t at = s->left[i] * P + c;
            fresh[i * P + c] = w[0] * x[at] + w[1] * x[at + P] + w[2] * m[at] + w[3] * m[at + P];
        }
    return TEMPER_OK;
}

temper_status temper_band_pull(band_state *b, double rate) {
    spline s = {.b = b, .rate = rate};
    const int64_t n = (b->M - 2) * b->P;
    temper_status bad = temper_parallel(b->M - 2, slide, &s);
    temper_band_measure(b);
    for (int64_t i = 1; i < b->M && !bad; i++)
        if (!(b->span[i] > 0)) return TEMPER_OK; /* two images in one place: nothing to put between them */
    prepare(&s);
    if (!bad) bad = temper_parallel((b->P + CHUNK - 1) / CHUNK, respace, &s);
    if (bad) return bad;
    b->speed = 0;
    for (int64_t i = 1; i < b->M - 1; i++) {
        double far = 0; /* from where the image was before it slid: x + rate·g */
        for (int64_t c = i * b->P; c < (i + 1) * b->P; c++) {
            double step = b->x_before[c] - (b->x[c] + rate * b->g[c]);
            far += step * step;
        }
        b->moved[i] = sqrt(far);
        if (b->moved[i] / rate > b->speed) b->speed = b->moved[i] / rate;
    }
    memcpy(b->x + b->P, b->x_before + b->P, (size_t)n * sizeof *b->x);
    return TEMPER_OK;
}

/* ---- the highest point ---- */

/* On an interval of length h, u = 0 … 1: E = a + h p u + c u² + d u³ with the energies and inclines of both ends. */
double temper_band_peak(const band_state *b, double *at) {
    double peak = b->energy[0];
    *at = 0;
    for (int64_t i = 0; i + 1 < b->M; i++) {
        const double h = b->span[i + 1], a = b->energy[i], z = b->energy[i + 1];
        const double p = h * b->incline[i], q = h * b->incline[i + 1];
        const double c = 3 * (z - a) - 2 * p - q, d = 2 * (a - z) + p + q;
        if (z > peak) peak = z, *at = b->along[i + 1];
        const double root = c * c - 3 * d * p;
        if (!(root >= 0)) continue;
        /* dE/du = p + 2 c u + 3 d u²; the maximum is where it falls: u = p/(−c + √root), which stands for d = 0 too */
        const double u = p / (sqrt(root) - c), E = a + u * (p + u * (c + u * d));
        if (u > 0 && u < 1 && E > peak) peak = E, *at = b->along[i] + u * h;
    }
    return peak;
}
