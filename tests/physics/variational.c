/* Mean-field variational inference finds the optimum that is known: of linear regression in closed form, of the two-weight net by
 * quadrature (reference/training.md 5.6, 5.7), and on real digits a network as good as it should be.
 *
 * Noise of variance σ² is the temperature T = σ² of the squared loss: F/T = E_q[Σ (y − t)²/(2σ²)] + KL, so
 * ELBO = −F/T − (n/2) ln 2πσ². Each row stands `COPIES` times in the data, and T is as many times larger: the same F/T with
 * less noise from the draws. */
#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "temper/dynamics.h"
#include "temper/network.h"

static const double PI = 3.14159265358979324;

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_potential *potential;
    temper_dynamics *dynamics;
    temper_walker *walker;
    int64_t *row;
    float *theta; /* of the walker */
    double T;     /* of F as the potential has it */
} study;

static bool begin(study *s, const char *model, temper_objective objective, temper_network_task task,
                  const char *dynamics) {
    const temper_samples *d = &s->data;
    temper_network_io io = {d->features, d->channels, d->height, d->width, d->y ? d->classes : d->outputs};
    CHECK_OK(temper_network_create(&s->network, model, &io, &objective));
    if (!s->network) return false;
    task.network = s->network, task.samples = d, task.row = s->row;
    task.variational = true, task.init_scale = 1, task.threads = 1;
    s->T = task.kl;
    CHECK_OK(temper_dynamics_create(&s->dynamics, dynamics));
    if (!s->dynamics) return false;
    CHECK(s->dynamics->type->variational, "not variational");
    if (task.deviation == 0) task.deviation = s->dynamics->type->deviation(s->dynamics->self);
    CHECK_OK(temper_network_potential(&s->potential, &task));
    if (!s->potential) return false;
    temper_stream stream = {5, 0};
    CHECK_OK(temper_walker_create(&s->walker, s->potential, s->dynamics, true, stream));
    if (s->walker) s->theta = s->walker->theta;
    return s->walker != NULL;
}

/* Steps at a rate that falls from `rate` to 0 along a cosine. */
static void descend(study *s, int64_t steps, double rate) {
    for (int64_t k = 0; k < steps && !s->walker->failed; k++) {
        s->walker->rate = rate * 0.5 * (1 + cos(PI * (double)k / (double)steps));
        temper_walker_steps(s->walker, 1);
    }
    CHECK(!s->walker->failed, "diverged at step %d", (int)s->walker->clock);
}

static void end(study *s) {
    temper_walker_free(s->walker), temper_dynamics_free(s->dynamics);
    temper_potential_free(s->potential), temper_network_free(s->network);
    free(s->row);
}

enum { COPIES = 64 };

static void copy_rows(study *s, int64_t n) {
    s->row = calloc((size_t)(n * COPIES), sizeof *s->row);
    for (int64_t i = 0; i < n * COPIES; i++) s->row[i] = i % n;
}

/* y = w·(1, x, x²), x = 0, 0.1 … 1, y = sin 2πx ± 0.1, prior variance 1, σ = 0.1; the network's bias is the weight of the 1. With
 * Λ = ΦᵀΦ/σ² + 1 the posterior is N(m, Λ⁻¹), and the best q has its means m, variances 1/Λ_ii and a gap
 * (Σ ln Λ_ii − ln det Λ)/2 to the log evidence −140.8376100566. */
static void linear_regression(void) {
    enum { N = 11, P = 3 };
    static const double m[P] = {0.70705786, -1.43104293, 0.04831925}, evidence = -140.8376100566;
    const double sigma2 = 0.01;
    float X[N * 2];
    double t[N], L[P][P] = {{0}}, gap = 0;
    for (int i = 0; i < N; i++) {
        double x = 0.1 * i, phi[P] = {1, x, x * x};
        X[2 * i] = (float)x, X[2 * i + 1] = (float)(x * x);
        t[i] = sin(2 * PI * x) + (i % 2 ? -0.1 : 0.1);
        for (int a = 0; a < P; a++)
            for (int b = 0; b < P; b++) L[a][b] += phi[a] * phi[b] / sigma2 + (i == 0 && a == b);
    }
    double det = L[0][0] * (L[1][1] * L[2][2] - L[1][2] * L[2][1]) -
                 L[0][1] * (L[1][0] * L[2][2] - L[1][2] * L[2][0]) +
                 L[0][2] * (L[1][0] * L[2][1] - L[1][1] * L[2][0]);
    for (int a = 0; a < P; a++) gap += log(L[a][a]) / 2;
    gap -= log(det) / 2;
    study s = {.data = {.n = N, .features = 2, .outputs = 1, .X = X, .t = t}};
    copy_rows(&s, N);
    temper_network_task task = {
        .rows = N * COPIES, .batch = N * COPIES, .prior = 1, .kl = sigma2 * COPIES, .deviation = 0.05};
    if (!begin(&s, "graph:dense 1", (temper_objective){.loss = TEMPER_SQUARED}, task, "vi")) return;
    descend(&s, 12000, 0.03);
    double U, S, elbo;
    static const int order[P] = {2, 0, 1}; /* θ: weights of x and x², then the bias */
    for (int a = 0; a < P; a++) {
        double width =
            1 / sqrt(L[a][a]); /* the posterior is flat in some directions: measure in its own unit */
        CHECK_NEAR((double)s.theta[order[a]], m[a], 0.3 * width);
        CHECK_NEAR((double)s.theta[P + order[a]], -0.5 * log(L[a][a]), 0.02);
    }
    CHECK_OK(temper_network_free_energy(s.potential, (temper_stream){9, 9}, 100000, s.theta, &U, &S));
    elbo = -(U - s.T * S) / s.T - 0.5 * N * log(2 * PI * sigma2);
    printf("  linear regression: evidence − ELBO %.5f, exact gap %.5f\n", evidence - elbo, gap);
    CHECK_NEAR(evidence - elbo, gap, 0.02);
    end(&s);
}

/* y = a tanh(b x), a, b ~ N(0, 1), σ = 0.1, six points: the best mean field has ELBO 1.5090732754 at |μ_a| = 0.9785095,
 * σ_a = 0.0537368, |μ_b| = 1.0108854, σ_b = 0.1175721. A convolution of one pixel without a bias is a single weight. */
static void two_weights(void) {
    enum { N = 6 };
    float X[N] = {-2, -1, -0.5F, 0.5F, 1, 2};
    double t[N] = {-0.9, -0.8, -0.4, 0.5, 0.7, 1};
    const double sigma2 = 0.01;
    study s = {
        .data = {
            .n = N, .features = 1, .channels = 1, .height = 1, .width = 1, .outputs = 1, .X = X, .t = t}};
    copy_rows(&s, N);
    temper_network_task task = {
        .rows = N * COPIES, .batch = N * COPIES, .prior = 1, .kl = sigma2 * COPIES, .deviation = 0.05};
    if (!begin(&s, "graph:conv 1 1 plain=yes; tanh; conv 1 1 plain=yes",
               (temper_objective){.loss = TEMPER_SQUARED}, task, "vi"))
        return;
    CHECK(s.walker->dim == 4, "%d coordinates", (int)s.walker->dim);
    s.theta[0] = 0.5F, s.theta[1] = 0.5F; /* on one side of the saddle at 0 */
    descend(&s, 6000, 0.01);
    CHECK_NEAR((double)s.theta[1], 0.9785095, 0.002);
    CHECK_NEAR((double)s.theta[0], 1.0108854, 0.004);
    CHECK_NEAR(exp((double)s.theta[3]), 0.0537368, 0.001);
    CHECK_NEAR(exp((double)s.theta[2]), 0.1175721, 0.002);
    double U, S;
    temper_potential *once; /* each row as often as it is: less work */
    task.network = s.network, task.samples = &s.data, task.row = s.row, task.rows = task.batch = N;
    task.kl = sigma2, task.variational = true, task.threads = 1;
    CHECK_OK(temper_network_potential(&once, &task));
    if (!once) return;
    CHECK_OK(temper_network_free_energy(once, (temper_stream){9, 9}, 1000000, s.theta, &U, &S));
    double elbo = -(U - sigma2 * S) / sigma2 - 0.5 * N * log(2 * PI * sigma2);
    temper_potential_free(once);
    printf("  two weights: ELBO %.4f, best mean field 1.5091\n", elbo);
    CHECK_NEAR(elbo, 1.5090732754, 0.01); /* the band of A7 */
    end(&s);
}

/* Accuracy of the mean forecast of `draws` sets of weights, or of the means alone, and its NLL. */
static double accuracy(const study *s, const temper_scaling *scaling, const int64_t *row, int64_t n,
                       int draws, double *nll) {
    const int K = 10;
    const int64_t P = temper_network_parameters(s->network);
    float *weights = calloc((size_t)P, sizeof *weights), *z = calloc((size_t)(n * K), sizeof *z);
    double *p = calloc((size_t)(n * K), sizeof *p);
    int64_t right = 0;
    for (int k = draws ? 0 : -1; k < draws; k++) {
        temper_network_draw(s->network, (temper_stream){1, 2}, k, s->theta, weights);
        CHECK_OK(temper_network_predict(s->network, &s->data, scaling, row, n, weights, NULL, z));
        for (int64_t i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < K; j++) sum += exp((double)z[i * K + j]);
            for (int j = 0; j < K; j++) p[i * K + j] += exp((double)z[i * K + j]) / sum / (draws ? draws : 1);
        }
    }
    *nll = 0;
    for (int64_t i = 0; i < n; i++) {
        int best = 0, y = s->data.y[row[i]];
        for (int j = 1; j < K; j++)
            if (p[i * K + j] > p[i * K + best]) best = j;
        right += best == y;
        *nll -= log(p[i * K + y]) / (double)n;
    }
    free(weights), free(z), free(p);
    return (double)right / (double)n;
}

/* digits, 64-100-10, T = 0.1, prior variance 0.3: 99.3 % after 200 epochs in reference/training.md 9.1. */
static void digits(void) {
    enum { EPOCHS = 80, FEATURES = 64 };
    temper_dataset *set;
    CHECK_OK(temper_dataset_create(&set, "digits"));
    if (!set) return;
    double shift[FEATURES] = {0}, scale[FEATURES];
    for (int f = 0; f < FEATURES; f++) scale[f] = 1.0 / 16;
    temper_scaling scaling = {FEATURES, 0, shift, scale};
    study s = {.data = set->data};
    const int64_t n = s.data.n, train = n * 3 / 4;
    s.row = calloc((size_t)n, sizeof *s.row);
    for (int64_t i = 0; i < n; i++) s.row[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j =
            temper_below(temper_word((temper_stream){1, 1}, TEMPER_FOR_TESTS, 0, i), (uint32_t)(i + 1));
        int64_t held = s.row[i];
        s.row[i] = s.row[j], s.row[j] = held;
    }
    temper_network_task task = {.rows = train, .batch = 64, .prior = 0.3, .kl = 0.1, .scaling = &scaling};
    if (!begin(&s, "mlp:100", (temper_objective){.loss = TEMPER_CROSS_ENTROPY}, task, "vi:rate=0.003"))
        return;
    double U[2], S[2], nll, nll_means;
    CHECK_OK(temper_network_free_energy(s.potential, (temper_stream){9, 9}, 5, s.theta, &U[0], &S[0]));
    descend(&s, EPOCHS * s.potential->batches, s.walker->rate);
    CHECK_OK(temper_network_free_energy(s.potential, (temper_stream){9, 9}, 5, s.theta, &U[1], &S[1]));
    double drawn = accuracy(&s, &scaling, s.row + train, n - train, 20, &nll);
    double means = accuracy(&s, &scaling, s.row + train, n - train, 0, &nll_means);
    printf("  digits: accuracy %.4f (means %.4f), nll %.4f (%.4f), F %.0f -> %.0f, S %.0f -> %.0f\n", drawn,
           means, nll, nll_means, U[0] - 0.1 * S[0], U[1] - 0.1 * S[1], S[0], S[1]);
    CHECK(drawn >= 0.98, "accuracy %.4f", drawn);
    CHECK(nll <= 0.09, "nll %.4f", nll);
    /* deviations have grown */
    CHECK(S[1] > S[0] / 2, "entropy %g -> %g", S[0], S[1]);
    end(&s), temper_dataset_free(set);
}

int main(void) {
    RUN(linear_regression);
    RUN(two_weights);
    RUN(digits);
    return check_end();
}
