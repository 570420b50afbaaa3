/* Averages over noise whose outcome is known: SGD at a constant rate in a bowl u = θ²/2 with noisy gradients is an autoregression, θ ← aθ −
 * ησξ with a = 1 − η, of variance s² = η²σ²/(1 − a²). What swa, swag and replicas make of it is exact arithmetic. */
#include "crew_rig.h"
#include "kernel/net.h"

enum { DIM = 100000 };
static const double eta = 0.05, a = 0.95, sigma = 1.5;

static void start(const void *self, temper_stream stream, float *theta) {
    (void)self;
    temper_net_kernel()->normals(stream, TEMPER_FOR_INITIAL, 0, 0, DIM, theta);
}

static double energy(const void *self, const temper_look *look, const float *theta) {
    (void)self, (void)look;
    return temper_net_kernel()->dot(DIM, theta, theta) / 2;
}

static double slope(const void *self, const temper_look *look, const float *theta, float *grad) {
    temper_net_kernel()->normals(look->stream, TEMPER_FOR_MINIBATCH, look->step, 0, DIM, grad);
    for (int i = 0; i < DIM; i++) grad[i] = theta[i] + (float)sigma * grad[i];
    return energy(self, look, theta);
}

static const temper_potential_type type = {
    .about = {.name = "noisy_bowl"}, .start_single = start, .energy_single = energy, .slope_single = slope};
static const temper_potential bowl = {
    .type = &type, .text = (char *)"noisy_bowl", .dim = DIM, .samples = 1, .batches = 1};

static bool open_crew(crew_rig *c, const char *ensemble, int64_t steps) {
    crew_order order = {ensemble, "sgd:rate=0.05,momentum=0", steps, 1, 1, 0};
    return crew_open(c, &bowl, &order) && !c->mustered;
}

static double s2(void) { return eta * eta * sigma * sigma / (1 - a * a); }

/* Variance of the mean of n states that are followed each by `every` steps, over s²; training.md 5.7, with a^every for a. */
static double share(int n, int every) {
    double A = pow(a, every);
    return ((1 + A) / (1 - A) - 2 * A * (1 - pow(A, n)) / (n * (1 - A) * (1 - A))) / n;
}

static double mean_square(const float *x) { return temper_net_kernel()->dot(DIM, x, x) / DIM; }

/* Over 10⁵ coordinates a variance is good to sqrt(2/10⁵) = 0.45 %. After 300 steps a³⁰⁰ = 2·10⁻⁷ of the start is left. */
static void swa_has_its_variance(void) {
    static const char *const text[] = {"swa:from=0.75,every=1", "swa:from=0.75,every=4"};
    static float shown[DIM];
    CHECK_NEAR(share(100, 1), 0.31444996, 5e-9); /* training.md 5.7 */
    for (int k = 0; k < 2; k++) {
        crew_rig c;
        if (!open_crew(&c, text[k], 400)) continue;
        crew_run(&c, 400);
        int every = k ? 4 : 1;
        double want = share(100 / every, every) * s2();
        CHECK_NEAR(mean_square(c.walker[0]->theta), s2(), 4.5 * sqrt(2. / DIM) * s2());
        crew_present(&c, 0, shown);
        CHECK_NEAR(mean_square(shown), want, 4.5 * sqrt(2. / DIM) * want);
        /* |θ − θ̄|² has Var θ + Var θ̄ − 2 Cov, Cov = (s²/n) Σ_{k<n} A^k: the last moment is the end of the run. */
        double A = pow(a, every), n = 100. / every, told = crew_told(&c, "distance", 0);
        double apart = s2() + want - 2 * s2() / n * (1 - pow(A, n)) / (1 - A);
        CHECK_NEAR(told * told * mean_square(shown), apart, 4.5 * sqrt(2. / DIM) * apart);
        crew_close(&c);
    }
}

/* What is left of s² about a mean that fluctuates with it: s²(1 − 0.31444996), with less error than one state's square would have. A draw
 * with c = 1 adds it to the mean's own variance: s² again, but for one normal number more, whence the 3. */
static void swag_has_its_variance(void) {
    static float shown[DIM];
    crew_rig c;
    if (!open_crew(&c, "swag:from=0.75,every=1,rank=0,scale=1", 400)) return;
    crew_run(&c, 400);
    double want = (1 - share(100, 1)) * s2();
    CHECK_NEAR(crew_told(&c, "variance", 0), want, 4.5 * sqrt(2. / DIM) * want);
    crew_present(&c, 7, shown); /* Var θ̄ + E v = s² */
    CHECK_NEAR(mean_square(shown), s2(), 4.5 * sqrt(3. / DIM) * s2());
    crew_close(&c);
}

/* y replicas with springs c = e^{−γη}: the barycentre is an autoregression with a and noise σ²/y whatever γ is; each relative coordinate one
 * with ac, noise c²σ²(1 − 1/y) per replica. */
static void springs_act_on_what_is_relative(void) {
    static const char *const text[] = {"replicas:y=4,gamma0=0,growth=1,every=1",
                                       "replicas:y=4,gamma0=2,growth=1,every=1"};
    static float free_mean[DIM], mean[DIM], apart[DIM];
    for (int k = 0; k < 2; k++) {
        crew_rig c;
        if (!open_crew(&c, text[k], 300)) continue;
        crew_run(&c, 300);
        crew_present(&c, 0, k ? mean : free_mean);
        double spring = k ? exp(-2 * eta) : 1, y = 4, ac = a * spring;
        double relative = spring * spring * eta * eta * sigma * sigma * (1 - 1 / y) / (1 - ac * ac);
        CHECK_NEAR(mean_square(k ? mean : free_mean), s2() / y, 4.5 * sqrt(2. / DIM) * s2() / y);
        for (int j = 0; j < 4; j++) {
            const float *theta = c.walker[j]->theta;
            for (int i = 0; i < DIM; i++) apart[i] = theta[i] - (k ? mean : free_mean)[i];
            CHECK_NEAR(mean_square(apart), relative, 4.5 * sqrt(2. / DIM) * relative);
        }
        crew_close(&c);
    }
    double most = 0;
    for (int i = 0; i < DIM; i++) most = fmax(most, fabs((double)mean[i] - (double)free_mean[i]));
    CHECK(most < 1e-6, "springs move the barycentre by %g", most);
}

int main(void) {
    RUN(swa_has_its_variance);
    RUN(swag_has_its_variance);
    RUN(springs_act_on_what_is_relative);
    return check_end();
}
