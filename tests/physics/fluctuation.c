/* Fluctuation–dissipation relations on eight rows (training.md 5.4; docs/dynamics.md): the stationary second moments of every
 * dynamics come from linear equations that are written and solved here, independently of the library; the relations hold for
 * them to 1e-9, and for the thermometers of simulated walkers within 4.5 σ. */
#include <stdlib.h>
#include "moments.h"
#include "temper/temper.h"

static const double X[8][2] = {{1, .2},    {.5, -1},  {-.3, .8}, {1.2, .4},
                               {-.7, -.6}, {.1, 1.1}, {.9, -.2}, {-1.1, .5}};
static const double t[8] = {.7, -1.2, .9, 1.4, -1.0, .8, .5, -.4};
static const double decay = 0.01;

enum { D = 5 }; /* z = (θ₁, θ₂, v₁, v₂, 1) */
typedef double matrix[D][D];

/* g_i(z) = G z: the gradient of row i as a linear function of z, its components in rows 0 and 1. */
static void gradient(int i, matrix G) {
    memset(G, 0, sizeof(matrix));
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) G[a][b] = X[i][a] * X[i][b] + (a == b ? decay : 0);
        G[a][4] = -X[i][a] * t[i];
    }
}

/* One step of a dynamics on z with the gradient of row i: z ← B z + noise. */
typedef struct {
    enum { SGD, NESTEROV, SGHMC } kind;
    double eta, mu, nu, T; /* T: T/N */
    double h;
} dynamics;

static void step_of(const dynamics *d, int i, matrix B) {
    matrix G;
    gradient(i, G);
    memset(B, 0, sizeof(matrix));
    B[4][4] = 1;
    for (int a = 0; a < 2; a++)
        for (int k = 0; k < D; k++) {
            double theta = k == a, v = k == 2 + a, g = G[a][k];
            if (d->kind == SGHMC) { /* r = μ(p − h g), θ + (h/2)(p − h g + r) */
                double q = v - d->h * g;
                B[2 + a][k] = d->mu * q;
                B[a][k] = theta + d->h / 2 * (1 + d->mu) * q;
            } else {
                double next = d->mu * v + (1 - d->nu) * g;
                B[2 + a][k] = next;
                B[a][k] = theta - d->eta * (d->kind == NESTEROV ? g + d->mu * next : next);
            }
        }
}

/* The covariance of what the noise of one step adds. */
static void noise_of(const dynamics *d, matrix Q) {
    memset(Q, 0, sizeof(matrix));
    for (int a = 0; a < 2; a++) {
        double s2 = d->kind == SGHMC ? (1 - d->mu * d->mu) * d->T : 2 * d->eta * d->T;
        Q[a][a] = d->kind == SGHMC ? d->h * d->h / 4 * s2 : s2;
        if (d->kind == SGHMC) Q[2 + a][2 + a] = s2, Q[a][2 + a] = Q[2 + a][a] = d->h / 2 * s2;
    }
}

static void quadratic(matrix A, matrix S, matrix B, matrix out) { /* out = A S Bᵀ */
    matrix left = {{0}};
    memset(out, 0, sizeof(matrix));
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            for (int k = 0; k < D; k++) left[i][j] += A[i][k] * S[k][j];
    for (int i = 0; i < D; i++)
        for (int j = 0; j < D; j++)
            for (int k = 0; k < D; k++) out[i][j] += left[i][k] * B[j][k];
}

/* S = ⟨z zᵀ⟩ solves S = ⅛ Σ B_i S B_iᵀ + Q, S_44 = 1: 15 unknowns, Gaussian elimination. */
static int unknown(int a, int b) {
    int i = a < b ? a : b, j = a < b ? b : a;
    return i * D - i * (i - 1) / 2 + j - i;
}

static void stationary(const dynamics *d, matrix S) {
    enum { M = D * (D + 1) / 2 };
    static double A[M][M + 1];
    memset(A, 0, sizeof A);
    matrix Q, B;
    noise_of(d, Q);
    for (int a = 0; a < D; a++)
        for (int b = a; b < D; b++) {
            double *row = A[unknown(a, b)];
            row[unknown(a, b)] += 1;
            row[M] = a == D - 1 ? 1 : Q[a][b];
            for (int i = 0; i < 8 && a < D - 1; i++) {
                step_of(d, i, B);
                for (int k = 0; k < D; k++)
                    for (int l = 0; l < D; l++) row[unknown(k, l)] -= B[a][k] * B[b][l] / 8;
            }
        }
    for (int c = 0; c < M; c++) {
        int pivot = c;
        for (int r = c; r < M; r++)
            if (fabs(A[r][c]) > fabs(A[pivot][c])) pivot = r;
        for (int k = 0; k <= M; k++) {
            double swap = A[c][k];
            A[c][k] = A[pivot][k], A[pivot][k] = swap;
        }
        for (int r = 0; r < M; r++) {
            double f = r == c ? 0 : A[r][c] / A[c][c];
            for (int k = c; k <= M && f != 0; k++) A[r][k] -= f * A[c][k];
        }
    }
    for (int a = 0; a < D; a++)
        for (int b = 0; b < D; b++) S[a][b] = A[unknown(a, b)][M] / A[unknown(a, b)][unknown(a, b)];
}

typedef struct {
    double theta_grad, grad_grad, v2, p2, signal, trace, loss;
} means;

/* Stationary means of what a thermometer sees. v2: |v|² after the update; p2: |p|² between the half kicks. */
static means means_of(const dynamics *d, matrix S) {
    means m = {0};
    matrix mean = {{0}}, G, B, one = {{0}}, out;
    for (int k = 0; k < D; k++) one[k][k] = 1;
    for (int i = 0; i < 8; i++) {
        gradient(i, G);
        step_of(d, i, B);
        matrix p; /* p − (h/2) g */
        memset(p, 0, sizeof p);
        for (int a = 0; a < 2; a++)
            for (int k = 0; k < D; k++) {
                p[a][k] = (k == 2 + a) - d->h / 2 * G[a][k];
                mean[a][k] += G[a][k] / 8;
            }
        quadratic(one, S, G, out);
        m.theta_grad += (out[0][0] + out[1][1]) / 8;
        quadratic(G, S, G, out);
        m.grad_grad += (out[0][0] + out[1][1]) / 8;
        quadratic(B, S, B, out);
        m.v2 += (out[2][2] + out[3][3]) / 8;
        quadratic(p, S, p, out);
        m.p2 += (out[0][0] + out[1][1]) / 8;
        m.loss += t[i] * t[i] / 16;
    }
    quadratic(mean, S, mean, out);
    m.signal = out[0][0] + out[1][1];
    /* Tr(H C) with C = ⟨g_B g_Bᵀ⟩; the loss is ½ θᵀHθ − b·θ + const */
    for (int i = 0; i < 8; i++) {
        gradient(i, G);
        quadratic(G, S, G, out);
        for (int a = 0; a < 2; a++)
            for (int b = 0; b < 2; b++) m.trace += mean[a][b] * out[b][a] / 8;
    }
    for (int a = 0; a < 2; a++) {
        for (int b = 0; b < 2; b++) m.loss += mean[a][b] * S[a][b] / 2;
        m.loss += mean[a][4] * S[a][4];
    }
    return m;
}

/* What the table of training.md 5.4 holds, itself computed with other code. */
static void exact_values(void) {
    static const double table[2][7] = {
        {0.05, 0.002322883756, 0.001266368142, 0.0462388762, 0.41296367, 0.67303947, 1.10465082},
        {0.2, 0.010213157929, 0.005590051647, 0.0501840132, 0.41676402, 0.6714685, 1.11572474}};
    for (int k = 0; k < 2; k++) {
        dynamics d = {SGD, table[k][0], 0, 0, 0, 0};
        matrix S;
        stationary(&d, S);
        means m = means_of(&d, S);
        CHECK_NEAR(m.theta_grad, table[k][1], 1e-11);
        CHECK_NEAR(d.eta / 2 * m.grad_grad, table[k][1], 1e-11);
        CHECK_NEAR(m.signal, table[k][2], 1e-11);
        CHECK_NEAR(d.eta / 2 * m.trace, table[k][2], 1e-11);
        CHECK_NEAR(m.loss, table[k][3], 1e-9);
        CHECK_NEAR(S[0][0], table[k][4], 1e-7);
        CHECK_NEAR(S[0][1], table[k][5], 1e-7);
        CHECK_NEAR(S[1][1], table[k][6], 1e-7);
        CHECK_NEAR(S[0][4], 0.64179428, 1e-7);
        CHECK_NEAR(S[1][4], 1.04943559, 1e-7);
    }
}

static double right_side(const dynamics *d,
                         const means *m) { /* as the headers of sgd.c, langevin.c, sghmc.c say */
    double mu = d->mu, noise = (1 - mu * mu) * 2 * d->T;
    if (d->kind == NESTEROV) return d->eta / 2 * (m->grad_grad + mu * (1 + mu) * m->v2);
    if (d->kind == SGD) return d->eta / 2 * (1 + mu) / (1 - d->nu) * m->v2 + 2 * d->T;
    double Q = (2 * m->p2 + d->h * d->h / 2 * m->grad_grad - noise) / (1 + mu * mu);
    return (1 + mu) * (1 + mu) / 4 * Q + (3 + mu) / (4 * (1 + mu)) * noise;
}

typedef struct {
    const char *text;
    double T;
    dynamics by_hand;
} instance;

static const instance instances[] = {
    {"sgd:rate=0.05,momentum=0", 0, {SGD, 0.05, 0, 0, 0, 0}},
    {"sgd:rate=0.2,momentum=0", 0, {SGD, 0.2, 0, 0, 0, 0}},
    {"sgd:rate=0.02,momentum=0.9", 0, {SGD, 0.02, 0.9, 0, 0, 0}},
    {"sgd:rate=0.1,momentum=0.8,dampening=0.8", 0, {SGD, 0.1, 0.8, 0.8, 0, 0}},
    {"sgd:rate=0.05,momentum=0.8,nesterov=yes", 0, {NESTEROV, 0.05, 0.8, 0, 0, 0}},
    {"langevin:rate=0.1", 0.5, {SGD, 0.1, 0, 0, 0.0625, 0}},
    {"sghmc:step=0.4,momentum=0.6", 0.5, {SGHMC, 0, 0.6, 0, 0.0625, 0.4}},
    {"sghmc:step=0.7,momentum=0.1", 0.05, {SGHMC, 0, 0.1, 0, 0.00625, 0.7}},
};
enum { INSTANCES = sizeof instances / sizeof *instances };

static void first_relation_is_exact(void) {
    for (int k = 0; k < INSTANCES; k++) {
        matrix S;
        stationary(&instances[k].by_hand, S);
        means m = means_of(&instances[k].by_hand, S);
        double right = right_side(&instances[k].by_hand, &m);
        CHECK(fabs(m.theta_grad - right) < 1e-9, "%s: ⟨θ·g⟩ = %.12g, right side %.12g", instances[k].text,
              m.theta_grad, right);
    }
}

static void walkers_show_it(void) {
    enum { WALKERS = 24, BURN = 600, STEPS = 6000 };
    temper_potential *p;
    CHECK_OK(temper_potential_create(&p, "regression:data=eight,batch=1,draw=replace"));
    for (int k = 0; p && k < INSTANCES; k++) {
        temper_dynamics *d;
        moments left = {0}, grad2 = {0}, right = {0}, gap = {0}, kinetic = {0};
        matrix S;
        stationary(&instances[k].by_hand, S);
        means m = means_of(&instances[k].by_hand, S);
        CHECK_OK(temper_dynamics_create(&d, instances[k].text));
        for (uint32_t c = 0; d && c < WALKERS; c++) {
            temper_walker *w;
            CHECK_OK(temper_walker_create(&w, p, d, false, (temper_stream){5, c}));
            w->temperature = instances[k].T;
            temper_walker_steps(w, BURN);
            temper_thermometer_reset(&w->thermometer);
            temper_walker_steps(w, STEPS);
            const temper_thermometer *th = &w->thermometer;
            moments_add(&left, th->theta_grad / STEPS), moments_add(&right, th->fdr_right / STEPS);
            moments_add(&gap, (th->theta_grad - th->fdr_right) / STEPS);
            moments_add(&grad2, th->grad_grad / STEPS), moments_add(&kinetic, th->kinetic / STEPS);
            temper_walker_free(w);
        }
        temper_dynamics_free(d);
        int before = check_bad;
        moments_are("⟨θ·g⟩", &left, m.theta_grad, 0.1);
        moments_are("the right side", &right, m.theta_grad, 0.1);
        moments_are("⟨|g|²⟩", &grad2, m.grad_grad, 0.05);
        if (instances[k].by_hand.kind == SGHMC) moments_are("⟨|p|²⟩", &kinetic, m.p2, 0.05);
        CHECK(fabs(moments_mean(&gap)) <= 4.5 * moments_error(&gap), "left − right = %g ± %g",
              moments_mean(&gap), moments_error(&gap));
        if (check_bad != before) printf("  in %s\n", instances[k].text);
    }
    temper_potential_free(p);
}

/* The estimates that a run prints: one walker each, judged by their own error bars. */
static void readings_know_their_errors(void) {
    enum { WALKERS = 60, ROWS = 60, STRETCH = 30, WHICH = 5 };
    static double x[ROWS][TEMPER_READINGS];
    static const char *const names[] = {"T_config", "T_gradient", "FDR1", "noise scale"};
    const instance *in = &instances[WHICH]; /* langevin at N·T/N = 0.5 */
    const temper_gauge gauge = {8, 2, 1};
    matrix S, G;
    stationary(&in->by_hand, S);
    means m = means_of(&in->by_hand, S);
    double laplacian = 0, covered[4] = {0};
    for (int i = 0; i < 8; i++) gradient(i, G), laplacian += (G[0][0] + G[1][1]) / 8;
    const double truth[4] = {8 * m.theta_grad / 2, 8 * m.signal / laplacian, 1,
                             (m.grad_grad - m.signal) / m.signal};
    temper_potential *p;
    temper_dynamics *d;
    moments z[4] = {{0}};
    CHECK_OK(temper_potential_create(&p, "regression:data=eight,batch=1,draw=replace"));
    CHECK_OK(temper_dynamics_create(&d, in->text));
    for (uint32_t c = 0; p && d && c < WALKERS; c++) {
        temper_walker *w;
        temper_thermometry read;
        CHECK_OK(temper_walker_create(&w, p, d, false, (temper_stream){6, c}));
        w->temperature = in->T;
        temper_walker_steps(w, 400);
        for (int r = 0; r < ROWS; r++) {
            double signal = 0, grad[2];
            temper_thermometer_reset(&w->thermometer);
            for (int k = 0; k < STRETCH; k++) {
                temper_walker_whole(w, grad);
                signal += (grad[0] * grad[0] + grad[1] * grad[1]) / STRETCH;
                temper_walker_steps(w, 1);
            }
            const temper_thermometer *th = &w->thermometer;
            const double row[] = {th->theta_grad / STRETCH,
                                  th->grad_grad / STRETCH,
                                  NAN,
                                  th->fdr_right / STRETCH,
                                  signal,
                                  laplacian};
            memcpy(x[r], row, sizeof row);
        }
        CHECK_OK(temper_thermometry_read(&x[0][0], 1, ROWS, &gauge, &read));
        const temper_reading reading[] = {read.configurational, read.gradient, read.fdr, read.noise_scale};
        for (int q = 0; q < 4; q++) {
            moments_add(&z[q], (reading[q].value - truth[q]) / reading[q].error);
            covered[q] += fabs(reading[q].value - truth[q]) < reading[q].error;
        }
        temper_walker_free(w);
    }
    for (int q = 0; q < 4; q++) { /* 41 ± 3.6 of 60 within one error; z without drift and of size one */
        CHECK(covered[q] > 26 && covered[q] < 56, "%s: one error covers %g of %d", names[q], covered[q],
              WALKERS);
        CHECK(fabs(moments_mean(&z[q])) < 4.5 / sqrt(WALKERS) && z[q].squares < 2 * WALKERS,
              "%s: z = %.2g, ⟨z²⟩ = %.2g", names[q], moments_mean(&z[q]), z[q].squares / WALKERS);
    }
    temper_dynamics_free(d);
    temper_potential_free(p);
}

int main(void) {
    RUN(exact_values);
    RUN(first_relation_is_exact);
    RUN(walkers_show_it);
    RUN(readings_know_their_errors);
    return check_end();
}
