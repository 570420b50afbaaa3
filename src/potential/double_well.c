/* U(x) = h (x² − 1)² + tilt·x: two wells at x ≈ ±1 with a barrier of height h between them.
 *
 * The smallest landscape with a memory: at T ≪ h a trajectory stays in one well for a time ∝ exp(h/T) (Kramers 1940). */
#include "temper/potential.h"

typedef struct {
    double height, tilt;
} double_well;

static int64_t dim(const void *self) {
    (void)self;
    return 1;
}

static void start(const void *self, temper_stream stream, double *theta) {
    (void)self;
    theta[0] = temper_uniform(stream, TEMPER_FOR_INITIAL, 0, 0) < 0.5 ? -1 : 1;
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    (void)look;
    const double_well *w = self;
    double x = theta[0], a = x * x - 1;
    return w->height * a * a + w->tilt * x;
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const double_well *w = self;
    double x = theta[0];
    grad[0] = 4 * w->height * x * (x * x - 1) + w->tilt;
    return energy(self, look, theta);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv) {
    const double_well *w = self;
    Hv[0] = 4 * w->height * (3 * theta[0] * theta[0] - 1) * v[0];
    return slope(self, look, theta, grad);
}

static const temper_option options[] = {{"height", TEMPER_REAL, offsetof(double_well, height), "1", 0, 1e6,
                                         NULL, "energy", "barrier between the wells"},
                                        {"tilt", TEMPER_REAL, offsetof(double_well, tilt), "0", -1e6, 1e6,
                                         NULL, "energy", "slope that favours the left well"},
                                        {0}};

const temper_potential_type temper_potential_double_well = {
    .about = {"double_well", "U = h (x² − 1)² + tilt·x", "Kramers, Physica 7, 284 (1940)", "tilt=0.1",
              options, sizeof(double_well)},
    .dim = dim,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
};
