/* Dynamics that look for flat minima, where their force is known exactly (training.md 5.7): quadratic, cubic and quartic wells; the limits
 * in which they are sgd; the thermometer of a force that is not the gradient at θ. */
#include "moments.h"
#include "temper/temper.h"
#include "walker_rig.h"

static double stiffness = 4;

static double well(double x, int64_t i, double *slope) {
    (void)i;
    *slope = stiffness * x;
    return stiffness * x * x / 2;
}

static double cubic(double x, int64_t i, double *slope) {
    (void)i;
    *slope = x * x;
    return x * x * x / 3;
}

static double quartic(double x, int64_t i, double *slope) {
    (void)i;
    *slope = x * x * x;
    return x * x * x * x / 4;
}

static void put(temper_walker *w, double x) {
    for (int64_t i = 0; i < w->dim; i++)
        w->single ? (void)(((float *)w->theta)[i] = (float)x) : (void)(((double *)w->theta)[i] = x);
}

static double at(const temper_walker *w, int64_t i) {
    return w->single ? (double)((float *)w->theta)[i] : ((double *)w->theta)[i];
}

/* The force of one step from x in every coordinate, rate 1 and no momentum: θ − θ'. */
static moments force(temper_walker *w, double x) {
    moments m = {0};
    put(w, x);
    temper_walker_steps(w, 1);
    for (int64_t i = 0; i < w->dim; i++) moments_add(&m, x - at(w, i));
    return m;
}

/* k (x + ρ sign x) in one dimension; in more, along the gradient: k_i (x_i + ρ k_i x_i/|g|). */
static void sam_goes_up_before_it_goes_down(void) {
    for (int single = 0; single < 2; single++)
        for (int side = -1; side < 2; side += 2) {
            rig r = rig_of(1, 20, well);
            temper_potential p = rig_potential(&r);
            temper_walker *w = rig_walker(&p, "sam:rate=1,momentum=0,rho=0.3", single, 3);
            double x = 0.5 * side, G = stiffness * (x + 0.3 * side);
            moments m = force(w, x);
            CHECK_NEAR(moments_mean(&m), G, single ? 1e-6 : 1e-11);
            CHECK_NEAR(w->thermometer.theta_grad, x * G, single ? 1e-6 : 1e-11);
            CHECK_NEAR(w->thermometer.grad_grad, G * G, single ? 1e-5 : 1e-10);
            CHECK_NEAR(w->thermometer.fdr_right, G * G / 2, single ? 1e-5 : 1e-10);
            CHECK_NEAR(w->thermometer.energy, stiffness * x * x / 2, 1e-12);
            CHECK(w->energy == w->thermometer.energy && w->evaluations == 2, "%lld gradients",
                  (long long)w->evaluations);
            rig_walker_free(w);
        }
    rig r = rig_of(37, 20, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_walker *w = rig_walker(&p, "sam:rate=0.1,momentum=0,decay=0.2,rho=0.3", false, 3);
    double x[37], g2 = 0;
    for (int i = 0; i < 37; i++) x[i] = at(w, i), g2 += pow((1 + i % 3) * x[i], 2);
    temper_walker_steps(w, 1);
    for (int i = 0; i < 37; i++) { /* decay is not in the perturbation */
        double k = 1 + i % 3, G = k * (x[i] + 0.3 * k * x[i] / sqrt(g2)) + 0.2 * x[i];
        CHECK_NEAR(at(w, i), x[i] - 0.1 * G, 1e-12);
    }
    rig_walker_free(w);
}

/* Both gradients come from one minibatch, and the next step has the next. */
static void sam_looks_twice_at_one_minibatch(void) {
    temper_potential *p;
    CHECK_OK(temper_potential_create(&p, "regression:batch=4"));
    temper_walker *w = rig_walker(p, "sam:rate=0.03,momentum=0,rho=0.1", false, 3);
    double x[16], g[16], near[16];
    for (int64_t step = 0; step < 9; step++) {
        const temper_look look = {w->stream, step, false, w->scratch};
        double g2 = 0;
        for (int i = 0; i < p->dim; i++) x[i] = at(w, i);
        double u = p->type->slope(p->self, &look, x, g);
        for (int i = 0; i < p->dim; i++) g2 += g[i] * g[i];
        for (int i = 0; i < p->dim; i++) near[i] = x[i] + 0.1 * g[i] / sqrt(g2);
        p->type->slope(p->self, &look, near, g);
        temper_walker_steps(w, 1);
        CHECK_NEAR(w->energy, u, 1e-14);
        for (int i = 0; i < p->dim; i++) CHECK_NEAR(at(w, i), x[i] - 0.03 * g[i], 1e-12);
    }
    rig_walker_free(w);
    temper_potential_free(p);
}

/* Two weights in a row, u = (ab − 1)²/2: (a, b) and (ca, b/c) are one network. */
static double chain_slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    (void)self, (void)look;
    double off = theta[0] * theta[1] - 1;
    grad[0] = off * theta[1], grad[1] = off * theta[0];
    return off * off / 2;
}

static double chain_energy(const void *self, const temper_look *look, const double *theta) {
    double grad[2];
    return chain_slope(self, look, theta, grad);
}

static const temper_potential_type chain_type = {
    .about = {.name = "chain"}, .start = rig_start, .energy = chain_energy, .slope = chain_slope};

/* How much the force of one step differs from that of the same network written with (ca, b/c), in units that undo c. */
static double scale_felt(const char *dynamics, double c) {
    rig r = rig_of(2, 20, well);
    temper_potential p = {
        .type = &chain_type, .self = &r, .text = (char *)"chain", .dim = 2, .samples = 20, .batches = 1};
    double G[2][2];
    for (int k = 0; k < 2; k++) {
        temper_walker *w = rig_walker(&p, dynamics, false, 3);
        double *x = w->theta, a = k ? 0.7 * c : 0.7, b = k ? 0.4 / c : 0.4;
        x[0] = a, x[1] = b;
        temper_walker_steps(w, 1);
        G[k][0] = (a - x[0]) * (k ? c : 1), G[k][1] = (b - x[1]) / (k ? c : 1);
        rig_walker_free(w);
    }
    return fmax(fabs(G[1][0] - G[0][0]), fabs(G[1][1] - G[0][1]));
}

static void asam_does_not_feel_the_scale_of_layers(void) {
    CHECK_NEAR(scale_felt("asam:rate=1,momentum=0,rho=0.5,eta=0", 8), 0, 1e-11);
    CHECK(scale_felt("sam:rate=1,momentum=0,rho=0.5", 8) > 0.1, "sam does not feel it either");
    /* by hand: x = 0.5, g = kx, T = 0.5 + 0.1: ε = ρ T² g/(T|g|) = ρT */
    rig r = rig_of(1, 20, well);
    temper_potential p = rig_potential(&r);
    for (int single = 0; single < 2; single++) {
        temper_walker *w = rig_walker(&p, "asam:rate=1,momentum=0,rho=0.5,eta=0.1", single, 3);
        moments m = force(w, -0.5);
        CHECK_NEAR(moments_mean(&m), -stiffness * (0.5 + 0.5 * 0.6), 1e-6);
        rig_walker_free(w);
    }
}

/* Curvature k becomes kγ/(k + γ): 4 becomes 0.8 at γ = 1; and the inner loop's variance is that of T = N e². */
static void local_entropy_of_a_well(void) {
    enum { D = 40000 };
    rig r = rig_of(D, 20, well), one = rig_of(1, 20, well);
    temper_potential many = rig_potential(&r), p = rig_potential(&one);
    temper_walker *w =
        rig_walker(&p, "entropy_sgd:rate=1,momentum=0,L=400,gamma=1,growth=0,noise=0,alpha=0.75", false, 3);
    moments m = force(w, 0.5);
    CHECK_NEAR(moments_mean(&m), 0.8 * 0.5, 1e-12);
    rig_walker_free(w);
    w = rig_walker(&many, "entropy_sgd:rate=1,momentum=0,L=200,gamma=1,growth=0,noise=0.3,alpha=0.05", true,
                   3);
    m = force(w, 0.5);
    moments_are("kγx/(k + γ)", &m, 0.8 * 0.5, 0.01);
    rig_walker_free(w);
    /* the last d alone: variance e²/((k + γ)(1 − η'(k + γ)/2)), times γ² */
    w = rig_walker(&many, "entropy_sgd:rate=1,momentum=0,L=150,gamma=1,growth=0,noise=0.3,alpha=1", true, 3);
    m = force(w, 0.5);
    moments_are("kγx/(k + γ), the last", &m, 0.8 * 0.5, 0.01);
    double variance = 0.09 / (5 * (1 - 0.1 * 5 / 2));
    CHECK_NEAR(m.squares / m.n - pow(moments_mean(&m), 2), variance, 4.5 * variance * sqrt(2. / D));
    CHECK_NEAR(w->dynamics->type->temperature(w->dynamics->self, 20), 20 * 0.09, 1e-12);
    rig_walker_free(w);
}

/* Any L, and γ on its way to the cap: the recursion of the file's head, in numbers. */
static void entropy_sgd_follows_its_recursion(void) {
    rig r = rig_of(1, 20, well);
    temper_potential p = rig_potential(&r);
    double x = 0.5, v = 0, fdr = 0, tg = 0;
    temper_walker *w = rig_walker(&p,
                                  "entropy_sgd:rate=0.05,momentum=0.8,nesterov=yes,decay=0.3,L=4,gamma=0.5,"
                                  "growth=0.5,cap=3,inner_rate=0.07,noise=0,alpha=0.6",
                                  false, 3);
    put(w, x);
    for (int t = 0; t < 9; t++) {
        double gamma = fmin(0.5 * pow(1.5, t), 3), d = 0, m = 0, e = 0, s = 0;
        for (int l = 0; l < 4; l++) {
            d -= 0.07 * (stiffness * (x + d) + gamma * d), m = 0.4 * m + 0.6 * d;
            e += 0.07 * (1 - gamma * e), s = 0.4 * s + 0.6 * e;
        }
        double G = -m / s + 0.3 * x;
        v = 0.8 * v + G, tg += x * G, fdr += 0.025 * (G * G + 0.8 * 1.8 * v * v);
        temper_walker_steps(w, 1);
        CHECK_NEAR(w->energy, stiffness * x * x / 2, 1e-12);
        x -= 0.05 * (G + 0.8 * v);
        CHECK_NEAR(at(w, 0), x, 1e-12);
    }
    CHECK_NEAR(w->thermometer.theta_grad, tg, 1e-12);
    CHECK_NEAR(w->thermometer.fdr_right, fdr, 1e-12);
    CHECK(w->evaluations == 36, "%lld gradients", (long long)w->evaluations);
    rig_walker_free(w);
}

/* ⟨∇u(x + σξ)⟩ is the slope of the smoothed well: (x + …)³/3 gives x² + σ², x⁴/4 gives x³ + 3xσ²; relative: σx for σ. */
static void noisy_weights_see_a_smoothed_potential(void) {
    enum { D = 60000 };
    rig c = rig_of(D, 20, cubic), q = rig_of(D, 20, quartic);
    temper_potential third = rig_potential(&c), fourth = rig_potential(&q);
    for (int single = 0; single < 2; single++) {
        temper_walker *w = rig_walker(&third, "weight_noise:rate=1,momentum=0,sigma=0.4", single, 3);
        moments m = force(w, -0.3);
        moments_are("x² + σ²", &m, 0.09 + 0.16, 0.01);
        CHECK_NEAR(w->thermometer.theta_grad / D, -0.3 * moments_mean(&m), 1e-6);
        rig_walker_free(w);
        w = rig_walker(&third, "weight_noise:rate=1,momentum=0,sigma=0.4,relative=yes", single, 3);
        m = force(w, -2);
        moments_are("x²(1 + σ²)", &m, 4 * 1.16, 0.01);
        rig_walker_free(w);
        w = rig_walker(&fourth, "weight_noise:rate=1,momentum=0,sigma=0.4", single, 3);
        m = force(w, 0.7);
        moments_are("x³ + 3xσ²", &m, 0.343 + 3 * 0.7 * 0.16, 0.01);
        moments again = force(w, 0.7); /* other noise at the next step */
        CHECK(moments_mean(&m) != moments_mean(&again), "the same noise twice");
        rig_walker_free(w);
    }
}

/* Without what makes them different they are sgd: bit by bit, minibatches, momentum and all. */
static void limits_are_sgd(void) {
    static const struct {
        const char *dynamics, *sgd;
        double within;
    } limit[] = {{"sam:rate=0.03,decay=0.02,rho=0", "sgd:rate=0.03,decay=0.02", 0},
                 {"sam:rate=0.03,nesterov=yes,rho=0", "sgd:rate=0.03,nesterov=yes", 0},
                 {"asam:rate=0.03,momentum=0.5,rho=0", "sgd:rate=0.03,momentum=0.5", 0},
                 {"weight_noise:rate=0.03,decay=0.02,sigma=0", "sgd:rate=0.03,decay=0.02", 0},
                 {"entropy_sgd:rate=0.03,decay=0.02,L=1,noise=0,alpha=1,inner_rate=0.125",
                  "sgd:rate=0.03,decay=0.02", 0},
                 {"entropy_sgd:rate=0.03,decay=0.02,L=1,noise=0", "sgd:rate=0.03,decay=0.02", 1e-5}};
    rig r = rig_of(5003, 7, rig_bowl);
    temper_potential bowl = rig_potential(&r), *data;
    CHECK_OK(temper_potential_create(&data, "regression:batch=7"));
    for (size_t l = 0; l < sizeof limit / sizeof *limit; l++)
        for (int k = 0; k < 3; k++) {
            const temper_potential *p = k < 2 ? &bowl : data;
            temper_walker *a = rig_walker(p, limit[l].dynamics, k == 1, 2),
                          *b = rig_walker(p, limit[l].sgd, k == 1, 2);
            double most = 0;
            temper_walker_steps(a, 40), temper_walker_steps(b, 40);
            for (int64_t i = 0; i < p->dim; i++) most = fmax(most, fabs(at(a, i) - at(b, i)));
            CHECK(most <= limit[l].within, "%s is %g from sgd in case %d", limit[l].dynamics, most, k);
            CHECK(limit[l].within > 0 || a->thermometer.fdr_right == b->thermometer.fdr_right,
                  "%s: another thermometer", limit[l].dynamics);
            rig_walker_free(a), rig_walker_free(b);
        }
    temper_potential_free(data);
}

/* Without momentum |θ'|² = |θ|² − 2ηθ·G + η²|G|²: the two sides of FDR1 differ by what |θ|² has lost, whatever the force. With momentum
 * they agree in the mean. */
static void the_fluctuation_relation_holds_for_any_force(void) {
    static const char *const kinds[] = {
        "sam:rate=0.02,decay=0.02,rho=0.1,momentum=", "asam:rate=0.02,rho=0.5,momentum=",
        "weight_noise:rate=0.02,sigma=0.3,momentum=",
        "entropy_sgd:rate=0.02,L=3,noise=0.1,gamma=0.5,momentum=",
        "sam:rate=0.02,rho=0.1,nesterov=yes,momentum="};
    temper_potential *p;
    CHECK_OK(temper_potential_create(&p, "regression:batch=4"));
    for (int k = 0; k < 5; k++)
        for (int heavy = 0; heavy < 2; heavy++) {
            char text[128];
            double before = 0, after = 0;
            if (k == 4 && !heavy) continue;
            snprintf(text, sizeof text, "%s%s", kinds[k], heavy ? "0.6" : "0");
            temper_walker *w = rig_walker(p, text, false, 5);
            temper_walker_steps(w, 500);
            temper_thermometer_reset(&w->thermometer);
            for (int i = 0; i < p->dim; i++) before += at(w, i) * at(w, i);
            temper_walker_steps(w, 20000);
            for (int i = 0; i < p->dim; i++) after += at(w, i) * at(w, i);
            const temper_thermometer *t = &w->thermometer;
            if (!heavy)
                CHECK_NEAR(t->theta_grad - t->fdr_right, (before - after) / 0.04, 1e-9 * t->grad_grad);
            else
                CHECK(fabs(t->theta_grad / t->fdr_right - 1) < 0.02, "%s: FDR1 %g", text,
                      t->theta_grad / t->fdr_right);
            rig_walker_free(w);
        }
    temper_potential_free(p);
}

static void refuse_what_cannot_be(void) {
    temper_dynamics *d;
    CHECK_FAILS(temper_dynamics_create(&d, "sam:momentum=0,nesterov=yes"), TEMPER_BAD_OPTION,
                "sam: nesterov");
    CHECK_FAILS(temper_dynamics_create(&d, "asam:momentum=0,nesterov=yes"), TEMPER_BAD_OPTION,
                "asam: nesterov");
    CHECK_FAILS(temper_dynamics_create(&d, "entropy_sgd:momentum=0,nesterov=yes"), TEMPER_BAD_OPTION,
                "entropy_sgd: nesterov");
    CHECK_FAILS(temper_dynamics_create(&d, "entropy_sgd:inner_rate=2"), TEMPER_BAD_OPTION, "overshoots");
}

int main(void) {
    RUN(sam_goes_up_before_it_goes_down);
    RUN(sam_looks_twice_at_one_minibatch);
    RUN(asam_does_not_feel_the_scale_of_layers);
    RUN(local_entropy_of_a_well);
    RUN(entropy_sgd_follows_its_recursion);
    RUN(noisy_weights_see_a_smoothed_potential);
    RUN(limits_are_sgd);
    RUN(the_fluctuation_relation_holds_for_any_force);
    RUN(refuse_what_cannot_be);
    return check_end();
}
