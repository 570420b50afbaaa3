/* Langevin dynamics by Euler–Maruyama: what is known of it exactly at finite step (training.md 5.1–5.4, 5.7). Nothing here has
 * a tolerance for the step size; where the chain is biased, the bias is computed. */
#include "moments.h"
#include "temper/temper.h"
#include "walker_rig.h"

static double one(double x, int64_t i, double *slope) { /* k = 1 */
    (void)i;
    *slope = x;
    return x * x / 2;
}

static double well(double x, int64_t i, double *slope) { /* x⁴/4 − x²/2 + ¼ */
    (void)i;
    *slope = x * (x * x - 1);
    return (x * x - 1) * (x * x - 1) / 4;
}

/* At T = 0 it is sgd without momentum, bit by bit, minibatches and all. */
static void without_heat_it_is_sgd(void) {
    rig r = rig_of(5000, 7, rig_bowl);
    temper_potential bowl = rig_potential(&r), *data;
    CHECK_OK(temper_potential_create(&data, "regression:batch=7"));
    for (int k = 0; k < 3; k++) {
        const temper_potential *p = k < 2 ? &bowl : data;
        temper_walker *a = rig_walker(p, "langevin:rate=0.03", k == 1, 2),
                      *b = rig_walker(p, "sgd:rate=0.03,momentum=0", k == 1, 2);
        a->temperature = 0, b->temperature = 1;
        temper_walker_steps(a, 50), temper_walker_steps(b, 50);
        size_t bytes = (size_t)p->dim * (k == 1 ? sizeof(float) : sizeof(double));
        CHECK(!memcmp(a->theta, b->theta, bytes) && a->energy == b->energy, "case %d differs", k);
        rig_walker_free(a), rig_walker_free(b);
    }
    temper_potential_free(data);
}

/* ⟨θ²⟩ of the mean of 100 coins, k = N + λ = 101 and η = 10⁻³ in units of U, and with the noise of batches of ten
 * (N² s²/n = 1000). The first two numbers are those of training.md 5.2. */
static void variance_with_and_without_minibatch_noise(void) {
    static const struct {
        const char *potential;
        double truth;
    } cases[] = {{"regression:data=coins,samples=100", 0.010427583043},
                 {"regression:data=coins,samples=100,batch=10,draw=replace", 0.015641374564},
                 /* without replacement (N − n)/(N − 1) of the noise: (2 + 1000·10⁻³·90/99)/(101·1.899) */
                 {"regression:data=coins,samples=100,batch=10,draw=subset", 0.015167393482}};
    for (int k = 0; k < 3; k++) {
        temper_potential *p;
        moments m = {0};
        CHECK_OK(temper_potential_create(&p, cases[k].potential));
        for (uint32_t c = 0; p && c < 60; c++) {
            temper_walker *w = rig_walker(p, "langevin:rate=0.1", false, c);
            w->temperature = 1;
            temper_walker_steps(w, 200);
            double sum = 0;
            for (int n = 0; n < 10000; n++)
                temper_walker_steps(w, 1), sum += *(double *)w->theta * *(double *)w->theta;
            moments_add(&m, sum / 10000);
            rig_walker_free(w);
        }
        moments_are(cases[k].potential, &m, cases[k].truth, 0.007);
        temper_potential_free(p);
    }
}

/* T/(k(1 − ηk/2)) and the correlation C_n = C_0 (1 − ηk)^n, over 4000 coordinates that know nothing of each other. */
static void ornstein_uhlenbeck(void) {
    static const double eta[] = {0.1, 0.5}, variance[] = {1.0526315789473684, 1.3333333333333333};
    enum { DIM = 4000, LAG = 5, STEPS = 300 };
    static double past[LAG][DIM], sum[2][DIM];
    for (int k = 0; k < 2; k++) {
        rig r = rig_of(DIM, 1, one);
        temper_potential p = rig_potential(&r);
        moments c0 = {0}, c5 = {0};
        char text[64];
        snprintf(text, sizeof text, "langevin:rate=%g", eta[k]);
        temper_walker *w = rig_walker(&p, text, k == 0, 1);
        w->temperature = 1;
        temper_walker_steps(w, 100);
        memset(sum, 0, sizeof sum);
        for (int n = 0; n < STEPS + LAG; n++) {
            for (int i = 0; i < DIM; i++) {
                double x = w->single ? (double)((float *)w->theta)[i] : ((double *)w->theta)[i];
                if (n >= LAG) sum[0][i] += x * x, sum[1][i] += x * past[n % LAG][i];
                past[n % LAG][i] = x;
            }
            temper_walker_steps(w, 1);
        }
        for (int i = 0; i < DIM; i++)
            moments_add(&c0, sum[0][i] / STEPS), moments_add(&c5, sum[1][i] / STEPS);
        moments_are("C_0", &c0, variance[k], 0.01);
        moments_are("C_5", &c5, variance[k] * pow(1 - eta[k], LAG), k ? 0.1 : 0.01);
        rig_walker_free(w);
    }
}

/* Two walkers with one noise; one is pushed for one step by a force of 1. They differ by η(1 − ηk)^{n−1}, exactly. */
static void impulse_response(void) {
    rig still = rig_of(50, 3, rig_bowl), pushed = still;
    pushed.push_step = 20;
    temper_potential p = rig_potential(&still), q = rig_potential(&pushed);
    temper_walker *a = rig_walker(&p, "langevin:rate=0.1", false, 1),
                  *b = rig_walker(&q, "langevin:rate=0.1", false, 1);
    a->temperature = b->temperature = 1;
    temper_walker_steps(a, 20), temper_walker_steps(b, 20);
    for (int n = 1; n <= 12; n++) {
        temper_walker_steps(a, 1), temper_walker_steps(b, 1);
        for (int i = 0; i < 50; i++)
            CHECK_NEAR(((double *)b->theta)[i] - ((double *)a->theta)[i],
                       0.1 * pow(1 - 0.1 * (1 + i % 3), n - 1), 1e-14);
    }
    rig_walker_free(a), rig_walker_free(b);
}

/* The mean of 100 successive θ (stochastic weight averaging at a constant rate): an AR(1) with a = 0.95, 0.31444996 of one. */
static void averaged_weights(void) {
    enum { DIM = 8000, STEPS = 100 };
    rig r = rig_of(DIM, 1, one);
    temper_potential p = rig_potential(&r);
    temper_walker *w = rig_walker(&p, "langevin:rate=0.05", true, 1);
    static double sum[DIM];
    moments m = {0};
    w->temperature = 0.975; /* T/(1 − η/2) = 1 */
    temper_walker_steps(w, 200);
    for (int n = 0; n < STEPS; n++) {
        for (int i = 0; i < DIM; i++) sum[i] += (double)((float *)w->theta)[i] / STEPS;
        temper_walker_steps(w, 1);
    }
    for (int i = 0; i < DIM; i++) moments_add(&m, sum[i] * sum[i]);
    moments_are("variance of the mean", &m, 0.31444996, 0.02);
    rig_walker_free(w);
}

/* ⟨x²⟩ of the Euler chain x' ~ N(x − ηU', 2ηT) in the double well: power iteration of its kernel on a grid. */
static double chain_on_a_grid(double eta, double T) {
    enum { M = 301 };
    static double K[M][M], f[M], next[M];
    double dx = 5.0 / (M - 1), slope, squares = 0, total = 0;
    for (int j = 0; j < M; j++) {
        double x = -2.5 + j * dx, sum = 0;
        well(x, 0, &slope);
        for (int i = 0; i < M; i++) {
            double miss = -2.5 + i * dx - (x - eta * slope);
            sum += K[j][i] = exp(-miss * miss / (4 * eta * T));
        }
        for (int i = 0; i < M; i++) K[j][i] /= sum;
        f[j] = 1.0 / M;
    }
    for (int n = 0; n < 600; n++) {
        memset(next, 0, sizeof next);
        for (int j = 0; j < M; j++)
            for (int i = 0; i < M; i++) next[i] += f[j] * K[j][i];
        memcpy(f, next, sizeof f);
    }
    for (int j = 0; j < M; j++) total += f[j], squares += f[j] * (-2.5 + j * dx) * (-2.5 + j * dx);
    return squares / total;
}

static void double_well(void) {
    enum { DIM = 2000, STEPS = 400 };
    const double exact = 0.832745487128; /* training.md 5.1, T = 0.25 */
    double coarse = chain_on_a_grid(0.1, 0.25) - exact, fine = chain_on_a_grid(0.05, 0.25) - exact;
    CHECK(fabs(coarse) < 0.05 && fabs(fine / coarse - 0.5) < 0.1, "biases %g and %g are not of first order",
          coarse, fine);
    rig r = rig_of(DIM, 4, well);
    temper_potential p = rig_potential(&r);
    temper_walker *w = rig_walker(&p, "langevin:rate=0.1", true, 1);
    static double sum[DIM];
    moments m = {0};
    w->temperature = 1; /* T/N = 1/4 */
    temper_walker_steps(w, 300);
    for (int n = 0; n < STEPS; n++) {
        temper_walker_steps(w, 1);
        for (int i = 0; i < DIM; i++)
            sum[i] += (double)((float *)w->theta)[i] * (double)((float *)w->theta)[i] / STEPS;
    }
    for (int i = 0; i < DIM; i++) moments_add(&m, sum[i]);
    moments_are("⟨x²⟩", &m, exact + coarse, 0.004);
    rig_walker_free(w);
}

/* Batches that the test of the variance takes for granted: whole epochs have the gradient of all rows, other draws its mean. */
static void minibatches_are_fair(void) {
    static const char *const draws[] = {"shuffle", "subset", "replace"};
    for (int k = 0; k < 3; k++) {
        char text[96];
        temper_potential *p;
        snprintf(text, sizeof text, "regression:data=teacher,dim=3,samples=20,batch=5,draw=%s", draws[k]);
        CHECK_OK(temper_potential_create(&p, text));
        if (!p) continue;
        double theta[3] = {0.3, -1, 2}, whole[3], grad[3];
        void *scratch = calloc(p->scratch + 1, 1);
        temper_look look = {{4, 1}, 0, true, scratch};
        moments m[3] = {{0}};
        p->type->slope(p->self, &look, theta, whole);
        look.whole = false;
        for (look.step = 0; look.step < 4000;) {
            double sum[3] = {0};
            for (int b = 0; b < 4; b++, look.step++) {
                p->type->slope(p->self, &look, theta, grad);
                for (int i = 0; i < 3; i++) sum[i] += grad[i] / 4;
            }
            for (int i = 0; i < 3; i++) moments_add(&m[i], sum[i]);
            for (int i = 0; i < 3 && k == 0; i++) CHECK_NEAR(sum[i], whole[i], 1e-13);
        }
        for (int i = 0; i < 3 && k > 0; i++) moments_are(text, &m[i], whole[i], 0.1);
        CHECK(p->samples == 20 && p->batches == 4, "%s: %lld batches", text, (long long)p->batches);
        free(scratch);
        temper_potential_free(p);
    }
    temper_potential *p;
    CHECK_FAILS(temper_potential_create(&p, "regression:batch=101"), TEMPER_BAD_OPTION, "batch=101");
    CHECK_FAILS(temper_potential_create(&p, "regression:data=eight,dim=3"), TEMPER_BAD_OPTION, "dim=2");
    CHECK_FAILS(temper_potential_create(&p, "regression:data=coins,samples=7"), TEMPER_BAD_OPTION, "even");
}

int main(void) {
    RUN(without_heat_it_is_sgd);
    RUN(variance_with_and_without_minibatch_noise);
    RUN(ornstein_uhlenbeck);
    RUN(impulse_response);
    RUN(averaged_weights);
    RUN(double_well);
    RUN(minibatches_are_fair);
    return check_end();
}
