/* The loss in a neighbourhood of θ: its maximum, by turning to where the slope points, and its mean under Gaussian noise. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/sharpness_parts.h"

void temper_sharpness_normals(const temper_errand *errand, int64_t step, int64_t n, double *xi) {
    const temper_stream stream = temper_errand_stream(errand);
    float tile[TEMPER_SHARPNESS_TILE];
    for (int64_t k = 0; k < n; k += TEMPER_SHARPNESS_TILE) {
        int64_t m = n - k < TEMPER_SHARPNESS_TILE ? n - k : TEMPER_SHARPNESS_TILE;
        temper_net_kernel()->normals(stream, TEMPER_FOR_TESTS, step, k, m, tile);
        for (int64_t i = 0; i < m; i++) xi[k + i] = (double)tile[i];
    }
}

/* ---- the worst case ---- */

/* δ = argmax ⟨g, δ⟩ over the neighbourhood; g is overwritten. False where g is 0. */
static bool farthest(temper_neighbourhood where, double rho, int64_t n, const double *theta, double *g,
                     double *delta) {
    double steep = 0;
    for (int64_t i = 0; i < n; i++) {
        double T = where == TEMPER_BALL            ? 1
                   : where == TEMPER_BALL_ADAPTIVE ? fabs(theta[i])
                                                   : fabs(theta[i]) + 1;
        steep += T * g[i] * (T * g[i]);
        delta[i] = where == TEMPER_BOX ? (g[i] > 0 ? rho * T : g[i] < 0 ? -rho * T : 0) : T * T * g[i];
    }
    if (!(steep > 0)) return false;
    double size = rho / sqrt(steep);
    for (int64_t i = 0; i < n && where != TEMPER_BOX; i++) delta[i] *= size;
    return true;
}

typedef struct {
    temper_landscape *landscape;
    const double *theta;
    temper_neighbourhood where;
    double rho;
    int64_t n;
    double *g, *delta, *place;
} climber;

static temper_status climb(const climber *c, int steps, const temper_errand *errand, temper_flat *out) {
    double home, u, best = 0, gained = 0;
    temper_status bad = temper_landscape_slope(c->landscape, c->theta, &home, c->g);
    if (!bad && !farthest(c->where, c->rho, c->n, c->theta, c->g, c->delta)) {
        temper_sharpness_normals(errand, (int64_t)TEMPER_SHARPNESS_WORST << 40, c->n, c->g);
        (void)farthest(c->where, c->rho, c->n, c->theta, c->g, c->delta);
    }
    for (int k = 0; k < steps && !bad; k++) {
        for (int64_t i = 0; i < c->n; i++) c->place[i] = c->theta[i] + c->delta[i];
        bool last = k == steps - 1;
        bad = last ? temper_landscape_energy(c->landscape, c->place, &u)
                   : temper_landscape_slope(c->landscape, c->place, &u, c->g);
        gained = k == 0 || u - home > best ? u - home - (k ? best : 0) : 0;
        if (k == 0 || u - home > best || isnan(u)) best = u - home;
        if (isnan(u) || (!last && !farthest(c->where, c->rho, c->n, c->theta, c->g, c->delta))) break;
        if (!bad) bad = temper_errand_step(errand, k + 1, steps);
    }
    *out = (temper_flat){best, steps > 1 ? gained : 0, (double)steps + 1.0 / 3, 0};
    return bad;
}

temper_status temper_sharpness_worst(temper_landscape *landscape, const double *theta,
                                     temper_neighbourhood where, double rho, int steps,
                                     const temper_errand *errand, temper_flat *out) {
    *out = (temper_flat){NAN, NAN, 0, 0};
    if (!(rho >= 0 && rho < INFINITY) || steps < 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "sharpness: radius=%g steps=%d; legal are radii from 0 and steps from 1", rho,
                           steps);
    int64_t n = temper_landscape_dim(landscape);
    double *room = temper_alloc((size_t)n, 3 * sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    climber c = {landscape, theta, where, rho, n, room, room + n, room + 2 * n};
    temper_status bad = climb(&c, steps, errand, out);
    temper_release(room);
    return bad;
}

/* ---- the average ---- */

/* Size of the noise of each weight. Scaled: the root mean square of its filter; biases, norms and potentials by themselves. */
static void sizes(const temper_landscape *landscape, const double *theta, bool scaled, double *size) {
    const temper_part *part;
    int parts = temper_landscape_parts(landscape, &part);
    for (int k = 0; k < parts; k++) {
        const double *w = theta + part[k].offset;
        double *out = size + part[k].offset;
        int64_t F = part[k].filters, rows = part[k].length / F;
        bool filters = part[k].kind == TEMPER_PART_WEIGHT && temper_landscape_task(landscape);
        for (int64_t i = 0; i < part[k].length; i++) out[i] = scaled ? fabs(w[i]) : 1;
        for (int64_t f = 0; scaled && filters && f < F; f++) {
            double square = 0;
            for (int64_t j = 0; j < rows; j++) square += w[j * F + f] * w[j * F + f];
            double rms = sqrt(square / (double)rows);
            for (int64_t j = 0; j < rows; j++) out[j * F + f] = rms;
        }
    }
}

typedef struct {
    temper_landscape *landscape;
    const double *theta;
    const temper_errand *errand;
    int64_t n, draws;
    double home, *size, *xi, *place;
    double energies; /* how many were asked for */
} cloud;

/* Mean over draws of [L(θ + σξ) + L(θ − σξ)]/2 − L(θ), the even part alone, and its standard error. */
static temper_status rise(cloud *c, double sigma, double *mean, double *error) {
    double sum = 0, square = 0;
    for (int64_t k = 0; k < c->draws; k++) {
        double u[2];
        temper_sharpness_normals(c->errand, ((int64_t)TEMPER_SHARPNESS_MEAN << 40) + k, c->n, c->xi);
        for (int side = 0; side < 2; side++) {
            double far = side ? -sigma : sigma;
            for (int64_t i = 0; i < c->n; i++) c->place[i] = c->theta[i] + far * c->size[i] * c->xi[i];
            temper_status failed = temper_landscape_energy(c->landscape, c->place, &u[side]);
            if (failed) return failed;
        }
        double even = (u[0] - c->home) / 2 + (u[1] - c->home) / 2;
        double deviation = even - (k ? sum / (double)k : 0);
        sum += even;
        square += deviation * (even - sum / (double)(k + 1)); /* Welford */
        c->energies += 2;
        temper_status bad = temper_errand_step(c->errand, k + 1, c->draws);
        if (bad) return bad;
    }
    *mean = sum / (double)c->draws;
    *error = c->draws > 1 ? sqrt(square / (double)(c->draws - 1) / (double)c->draws) : INFINITY;
    return TEMPER_OK;
}

static temper_status gather(cloud *c, temper_landscape *landscape, const double *theta,
                            const temper_scatter *scatter, const temper_errand *errand) {
    *c = (cloud){.landscape = landscape, .theta = theta, .errand = errand};
    c->n = temper_landscape_dim(landscape), c->draws = scatter->draws ? scatter->draws : 32;
    if (c->draws < 1)
        return temper_fail(TEMPER_BAD_OPTION, "sharpness: draws=%lld; at least one is needed",
                           (long long)c->draws);
    c->size = temper_alloc((size_t)c->n, 3 * sizeof *c->size);
    if (!c->size) return TEMPER_NO_MEMORY;
    c->xi = c->size + c->n, c->place = c->xi + c->n;
    sizes(landscape, theta, scatter->scaled, c->size);
    c->energies = 1;
    return temper_landscape_energy(landscape, theta, &c->home);
}

temper_status temper_sharpness_mean(temper_landscape *landscape, const double *theta,
                                    const temper_scatter *scatter, const temper_errand *errand,
                                    temper_flat *out) {
    cloud c;
    *out = (temper_flat){NAN, NAN, 0, 0};
    if (!(scatter->sigma >= 0 && scatter->sigma < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "sharpness: sigma=%g is not a finite deviation of 0 or more",
                           scatter->sigma);
    temper_status bad = gather(&c, landscape, theta, scatter, errand);
    if (!bad) bad = rise(&c, scatter->sigma, &out->value, &out->error);
    out->cost = c.energies / 3;
    temper_release(c.size);
    return bad;
}

/* ---- PAC-Bayes ---- */

/* Invariant: the rise at `low` is within the bound, that at `high` is above it (or not a number); both move together in ln σ. */
static temper_status bisect(cloud *c, double bound, temper_flat *out) {
    enum { HALVINGS = 12 }; /* of ln 4: to 3e-4, far below what chance does with tens of draws */
    static const double MOST = 1e6;
    double low = 0, high = 0, sigma = 1e-2, mean = 0, error;
    temper_status bad = TEMPER_OK;
    while (!bad && (low == 0 || high == 0)) {
        bad = rise(c, sigma, &mean, &error);
        if (mean <= bound)
            low = sigma, sigma *= 4;
        else
            high = sigma, sigma /= 4;
        if (low > MOST) return *out = (temper_flat){INFINITY, NAN, 0, 0}, bad;
        if (high && high < 1e-12) return *out = (temper_flat){0, 0, 0, 0}, bad;
    }
    for (int k = 0; k < HALVINGS && !bad; k++) {
        double middle = sqrt(low * high);
        bad = rise(c, middle, &mean, &error);
        if (mean <= bound)
            low = middle;
        else
            high = middle;
    }
    double up = 0, down = 0, spread = 0;
    if (!bad) bad = rise(c, 1.1 * low, &up, &spread);
    if (!bad) bad = rise(c, low / 1.1, &down, &spread);
    if (!bad) bad = rise(c, low, &mean, &spread);
    double slope = (up - down) / ((1.1 - 1 / 1.1) * low); /* of the rise in σ */
    /* Where the rise does not grow with σ, the crossing is nowhere in particular. */
    *out = (temper_flat){.value = low, .error = slope > 0 ? spread / slope + (high - low) : INFINITY};
    return bad;
}

temper_status temper_sharpness_sigma(temper_landscape *landscape, const double *theta,
                                     const temper_scatter *scatter, double bound, const temper_errand *errand,
                                     temper_flat *out) {
    cloud c;
    *out = (temper_flat){NAN, NAN, 0, 0};
    if (!(bound > 0 && bound < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "sharpness: bound=%g is not a finite rise above 0", bound);
    temper_status bad = gather(&c, landscape, theta, scatter, errand);
    if (!bad) bad = bisect(&c, bound, out);
    out->cost = c.energies / 3;
    temper_release(c.size);
    return bad;
}
