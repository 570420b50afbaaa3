/* Averages over training and over replicas: vectors of any length, the running mean, and what swa, swag and replicas do to a crew,
 * each against numbers worked out here in double. */
#include "crew_rig.h"
#include "walker_rig.h"
#include "core/average.h"
#include "core/vectors.h"
#include "kernel/net.h"
#include "temper/cpu.h"

static double normal(int64_t step, int64_t i) {
    return temper_normal((temper_stream){77, 1}, TEMPER_FOR_TESTS, step, i);
}

static void vectors_of_any_length(void) {
    static const int64_t lengths[] = {0, 1, 15, 16, 17, 33, 1023, 1024, 1041};
    float x[1100], y[1100], out[1100], want[1100];
    for (int level = 0; level <= (int)temper_cpu_best(); level++) {
        CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
        for (int l = 0; l < 9; l++) {
            int64_t n = lengths[l];
            double square = 0, apart = 0;
            for (int64_t i = 0; i < 1100; i++) x[i] = (float)normal(1, i), y[i] = (float)normal(2, i);
            memcpy(out, y, sizeof y);
            for (int64_t i = 0; i < n; i++) {
                float d = x[i + 1] - y[i + 1];
                want[i] = fmaf(0.3f, x[i + 1], -1.7f * y[i + 1]);
                square += (double)x[i + 1] * (double)x[i + 1], apart += (double)d * (double)d;
            }
            CHECK_NEAR(temper_vector_square(n, x + 1), square, 1e-12 * square);
            CHECK_NEAR(temper_vector_distance(n, x + 1, y + 1), apart, 1e-12 * apart);
            if (n) CHECK_NEAR(temper_vector_apart(n, y + 1, x + 1), sqrt(apart / square), 1e-12);
            temper_vector_blend(n, 0.3f, x + 1, -1.7f, y + 1, out + 1);
            CHECK(!memcmp(out + 1, want, (size_t)n * sizeof *out), "blend of %d differs", (int)n);
            CHECK(out[n + 1] == y[n + 1] && out[0] == y[0], "blend of %d writes outside", (int)n);
            temper_vector_blend(n, 1, x + 1, 0, NULL, out + 1);
            CHECK(!memcmp(out + 1, x + 1, (size_t)n * sizeof *out), "a copy of %d differs", (int)n);
            temper_vector_multiply(n, out + 1, y + 1, out + 1);
            for (int64_t i = 0; i < n; i++)
                CHECK(out[i + 1] == x[i + 1] * y[i + 1], "product %d of %d", (int)i, (int)n);
            CHECK(out[n + 1] == y[n + 1], "product of %d writes outside", (int)n);
        }
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK(temper_vector_apart(3, x, x) == 0, "a vector is apart from itself");
}

/* Numbers near 1 that differ by 10⁻³, a hundred thousand of them: a plain running mean in float is off by 10⁻⁵ and more, the bound of
 * average.h is 3u·max|x − mean| + n·u²/2 = 2·10⁻¹⁰ + 2·10⁻¹⁰, to which the mean in float itself adds u = 6·10⁻⁸. */
static void the_running_mean_keeps_what_float_cannot(void) {
    enum { DIM = 19, N = 100000 };
    float x[DIM], mean[DIM] = {0}, rest[DIM] = {0}, variance[DIM] = {0};
    double sum[DIM] = {0}, squares[DIM] = {0};
    for (int n = 1; n <= N; n++) {
        for (int i = 0; i < DIM; i++) {
            uint32_t word = temper_word((temper_stream){3, 0}, TEMPER_FOR_TESTS, n, i);
            x[i] = (float)(1 + 1e-3 * (ldexp(word, -31) - 1));
            sum[i] += (double)x[i], squares[i] += ((double)x[i] - 1) * ((double)x[i] - 1);
        }
        temper_average_spread(DIM, n, x, mean, variance);
        temper_average_add(DIM, n, x, mean, rest);
        if (n == 1) CHECK(!memcmp(x, mean, sizeof x), "the mean of one is another");
    }
    for (int i = 0; i < DIM; i++) {
        double m = sum[i] / N, v = squares[i] / N - (m - 1) * (m - 1);
        CHECK_NEAR((double)mean[i] + (double)rest[i], m, 4e-10);
        CHECK_NEAR((double)variance[i], v, 2e-5 * v);
        CHECK(variance[i] >= 0, "a variance of %g", (double)variance[i]);
    }
}

/* A crew on any potential whose walkers stand where the test puts them. */
static rig bowl;
static temper_potential potential;
static bool open_crew(crew_rig *c, int64_t dim, const char *ensemble, int64_t steps, int64_t epoch) {
    bowl = rig_of(dim, 20, rig_bowl);
    potential = rig_potential(&bowl);
    return crew_open(c, &potential, &(crew_order){ensemble, "sgd:momentum=0,rate=0.05", steps, epoch, 2, 0});
}

static void windows_are_met(void) {
    static const struct {
        const char *text;
        int64_t steps, epoch, first, stride, n; /* by hand */
    } at[] = {{"swa", 100, 10, 60, 10, 5},
              {"swa:from=0", 100, 10, 10, 10, 10},
              {"swa:from=0.29,every=0", 100, 7, 30, 1, 71},
              {"swa:from=0.5,every=0.5", 90, 9, 50, 5, 9},
              {"swa:from=0.75,every=2", 100, 10, 80, 20, 2},
              {"swag:from=0.9", 97, 4, 88, 4, 3}};
    for (int k = 0; k < 6; k++) {
        crew_rig c;
        if (!open_crew(&c, 3, at[k].text, at[k].steps, at[k].epoch)) continue;
        CHECK_OK(c.mustered);
        CHECK(crew_stride(&c) == at[k].stride, "%s: stride %d", at[k].text, (int)crew_stride(&c));
        crew_run(&c, at[k].first - 1);
        CHECK(c.crew.state[0] == 0, "%s began before %d", at[k].text, (int)at[k].first);
        crew_run(&c, at[k].first);
        CHECK(c.crew.state[0] == 1, "%s did not begin at %d", at[k].text, (int)at[k].first);
        crew_run(&c, at[k].steps);
        CHECK(c.crew.state[0] == at[k].n, "%s: %g moments", at[k].text, c.crew.state[0]);
        CHECK_NEAR(crew_told(&c, "averaged", 0), at[k].n, 0);
        crew_close(&c);
    }
}

static void windows_without_moments_are_refused(void) {
    static const char *const bad[] = {"swa:every=11", "swa:from=0.96,every=3", "swag:from=0.91",
                                      "swag:every=6"};
    static const char *const words[] = {"every=11", "from=0.96", "from=0.91", "choose 1 moment(s)"};
    for (int k = 0; k < 4; k++) {
        crew_rig c;
        if (!open_crew(&c, 3, bad[k], 100, 10)) continue;
        CHECK(c.mustered == TEMPER_BAD_OPTION && strstr(temper_message(), words[k]), "%s: %s", bad[k],
              temper_message());
        crew_close(&c);
    }
}

static void swa_is_the_mean(void) {
    enum { DIM = 37 };
    crew_rig c;
    float shown[DIM];
    double sum[DIM] = {0};
    if (!open_crew(&c, DIM, "swa:from=0.5,every=1", 80, 10)) return;
    CHECK(c.ensemble->type->late && crew_weights(&c) == 1, "swa is one network, at the end");
    float *theta = c.walker[0]->theta;
    for (c.crew.step = 10; c.crew.step <= 80; c.crew.step += 10) {
        for (int i = 0; i < DIM; i++) theta[i] = (float)normal(c.crew.step, i);
        crew_couple(&c);
        crew_present(&c, 0, shown);
        for (int i = 0; i < DIM; i++) {
            sum[i] += c.crew.step > 40 ? (double)theta[i] : 0;
            double want = c.crew.step > 40 ? sum[i] / (double)(c.crew.step / 10 - 4) : (double)theta[i];
            CHECK_NEAR((double)shown[i], want, 5e-7);
        }
    }
    CHECK(!memcmp(c.crew.vector, shown, sizeof shown), "the first vector is not the mean");
    CHECK_NEAR(crew_told(&c, "distance", 0), temper_vector_apart(DIM, theta, shown), 1e-12);
    crew_close(&c);
}

enum { D = 18, MOMENTS = 7 }; /* coordinates beyond one block of lanes */
typedef struct {
    double mean[D], cov[D][D];
} gaussian;

/* Moments of a correlated walk, and c·(Σ_diag + DDᵀ/(K−1)) from them in double: deviation i is from the mean of the first i. */
static void feed(crew_rig *c, int rank, double scale, gaussian *want) {
    double x[MOMENTS][D], deviation[MOMENTS][D], sum[D] = {0};
    float *theta = c->walker[0]->theta;
    memset(want, 0, sizeof *want);
    for (int n = 0; n < MOMENTS; n++) {
        for (int i = 0; i < D; i++)
            theta[i] = (float)(3 + normal(500 + n, i) + 0.7 * normal(500 + n, i / 2 * 2));
        c->crew.step = n + 1;
        crew_couple(c);
        for (int i = 0; i < D; i++) {
            x[n][i] = (double)theta[i], sum[i] += x[n][i];
            deviation[n][i] = x[n][i] - sum[i] / (n + 1);
        }
    }
    int K = MOMENTS < rank ? MOMENTS : rank;
    for (int i = 0; i < D; i++) {
        want->mean[i] = sum[i] / MOMENTS;
        for (int n = 0; n < MOMENTS; n++)
            want->cov[i][i] += scale * (x[n][i] - want->mean[i]) * (x[n][i] - want->mean[i]) / MOMENTS;
        for (int j = 0; j < D; j++)
            for (int n = MOMENTS - K; n < MOMENTS && K > 1; n++)
                want->cov[i][j] += scale * deviation[n][i] * deviation[n][j] / (K - 1);
    }
}

/* The variance of an entry of a sample covariance of normal draws is (Σ_ii Σ_jj + Σ_ij²)/n. 513 numbers of three cases: 4.5 σ each. */
static void swag_draws_have_their_covariance(void) {
    static const char *const text[] = {"swag:from=0,every=0,rank=3,draws=10000",
                                       "swag:from=0,every=0,rank=20,draws=10000,scale=2",
                                       "swag:from=0,every=0,rank=1,draws=10000,scale=1"};
    static const double scales[] = {0.5, 2, 1};
    static const int ranks[] = {3, 20, 1};
    for (int k = 0; k < 3; k++) {
        crew_rig c;
        gaussian want, got = {0};
        if (!open_crew(&c, D, text[k], 7, 1)) continue;
        feed(&c, ranks[k], scales[k], &want);
        int64_t n = crew_weights(&c);
        CHECK(n == 10000, "%d draws", (int)n);
        for (int64_t m = 0; m < n; m++) {
            float theta[D];
            crew_present(&c, m, theta);
            for (int i = 0; i < D; i++) {
                got.mean[i] += ((double)theta[i] - want.mean[i]) / (double)n;
                for (int j = 0; j < D; j++)
                    got.cov[i][j] +=
                        ((double)theta[i] - want.mean[i]) * ((double)theta[j] - want.mean[j]) / (double)n;
            }
        }
        double trace = 0, square = 0;
        for (int i = 0; i < D; i++) {
            CHECK_NEAR(got.mean[i], 0, 4.5 * sqrt(want.cov[i][i] / (double)n));
            trace += want.cov[i][i], square += want.mean[i] * want.mean[i];
            for (int j = 0; j < D; j++)
                CHECK_NEAR(got.cov[i][j], want.cov[i][j],
                           4.5 * sqrt((want.cov[i][i] * want.cov[j][j] + want.cov[i][j] * want.cov[i][j]) /
                                      (double)n));
        }
        CHECK_NEAR(crew_told(&c, "spread", 0), sqrt(trace / square), 1e-5);
        crew_close(&c);
    }
}

/* Draw k takes its numbers from the address in swag.c, whatever was drawn before. */
static void swag_draws_have_addresses(void) {
    crew_rig c;
    gaussian want;
    float first[D], again[D], other[D];
    if (!open_crew(&c, D, "swag:from=0,every=0,rank=1,draws=5,scale=1", 7, 1)) return;
    crew_present(&c, 3, first);
    CHECK(!memcmp(first, c.walker[0]->theta, sizeof first), "before the first moment: the walker's weights");
    feed(&c, 1, 1, &want);
    crew_present(&c, 3, first), crew_present(&c, 2, other), crew_present(&c, 3, again);
    CHECK(!memcmp(first, again, sizeof first) && memcmp(first, other, sizeof first),
          "draws by order of calls");
    temper_net_kernel()->normals(c.crew.stream, TEMPER_FOR_NOISE, 0x737761670003, 0, D, other);
    for (int i = 0; i < D; i++)
        CHECK_NEAR((double)first[i], want.mean[i] + sqrt(want.cov[i][i]) * (double)other[i], 1e-5);
    crew_close(&c);
}

/* A count that no run can have reached, as a damaged file may hold, begins anew. */
static void damaged_counts_are_harmless(void) {
    static const char *const text[] = {"swa:from=0,every=0", "swag:from=0,every=0,rank=3"};
    static const double counts[] = {NAN, -INFINITY, -3, 1e300, 9};
    for (int k = 0; k < 10; k++) {
        crew_rig c;
        float shown[D];
        if (!open_crew(&c, D, text[k % 2], 7, 1)) continue;
        crew_run(&c, 4);
        c.crew.state[0] = counts[k / 2];
        crew_present(&c, 0, shown);
        CHECK(!memcmp(shown, c.walker[0]->theta, sizeof shown), "an average of %g moments", counts[k / 2]);
        crew_run(&c, 5);
        CHECK(c.crew.state[0] == 1, "%s: %g moments after %g", text[k % 2], c.crew.state[0], counts[k / 2]);
        crew_close(&c);
    }
}

/* Replicas where the test puts them: the pull keeps the barycentre and shortens what is relative by e^{−γη·every}. */
static void replicas_are_pulled(void) {
    static const struct {
        const char *text;
        double gamma, every;
    } at[] = {{"replicas:gamma0=0.5,growth=1,every=1", 0.5, 1},
              {"replicas:gamma0=2,growth=1,every=6,y=5", 2, 6},
              {"replicas:gamma0=0.01,growth=256,every=2,y=2", 0.01 * 4, 2}, /* epoch 1 of 4: 256^{1/4} */
              {"replicas:gamma0=1e6,growth=1,every=3,y=4", 1e6, 3}};
    enum { DIM = 1500 };
    for (int k = 0; k < 4; k++) {
        crew_rig c;
        if (!open_crew(&c, DIM, at[k].text, 40, 10)) continue;
        double mean[DIM] = {0}, keep = exp(-at[k].gamma * 0.05 * at[k].every), x[DIM][8];
        for (int i = 0; i < DIM; i++)
            for (int a = 0; a < c.crew.n; a++) {
                x[i][a] = (double)((float *)c.walker[a]->theta)[i];
                mean[i] += x[i][a] / c.crew.n;
            }
        CHECK(crew_stride(&c) == (int64_t)at[k].every, "stride %d", (int)crew_stride(&c));
        c.crew.step = 18;
        crew_couple(&c);
        double most = 0, shift = 0;
        for (int i = 0; i < DIM; i++) {
            double after = 0;
            for (int a = 0; a < c.crew.n; a++) {
                double theta = (double)((float *)c.walker[a]->theta)[i];
                after += theta / c.crew.n;
                most = fmax(most, fabs(theta - mean[i] - keep * (x[i][a] - mean[i])));
            }
            shift = fmax(shift, fabs(after - mean[i]));
        }
        CHECK(most < 1e-6 && shift < 1e-6, "%s: off by %g, barycentre by %g", at[k].text, most, shift);
        crew_close(&c);
    }
}

static void the_coupling_grows(void) {
    crew_rig c;
    if (!open_crew(&c, 4, "replicas:gamma0=0.125,growth=1e4,every=1", 40, 10)) return;
    for (int step = 1; step <= 40; step++) { /* epochs 1 … 4: 1, 10, 100, 1000 times */
        c.crew.steps = 40, c.crew.step = step;
        for (int a = 0; a < 3; a++) ((float *)c.walker[a]->theta)[0] = a == 0 ? 1024.f : 0.f;
        double mean = 1024. / 3, gamma = 0.125 * pow(10, (step - 1) / 10);
        c.walker[0]->rate = c.walker[1]->rate = c.walker[2]->rate = 1e-3;
        crew_couple(&c);
        double left = ((double)((float *)c.walker[1]->theta)[0] - mean) / -mean;
        CHECK_NEAR(left, exp(-gamma * 1e-3), 3e-7);
    }
    for (int a = 0; a < 3; a++) CHECK_NEAR(crew_told(&c, "coupling", a), 125, 125e-15);
    for (int a = 0; a < 3; a++) CHECK_NEAR(crew_told(&c, "pull", a), 1 - exp(-0.125), 1e-14);
    crew_close(&c);
}

static void replicas_begin_and_end(void) {
    enum { DIM = 1050 };
    crew_rig c;
    float shown[DIM];
    if (open_crew(&c, DIM, "replicas:start=same", 40, 10)) {
        for (int a = 1; a < 3; a++)
            CHECK(!memcmp(c.walker[a]->theta, c.walker[0]->theta, sizeof shown),
                  "replica %d begins elsewhere", a);
        crew_close(&c);
    }
    if (open_crew(&c, DIM, "replicas:y=4", 40, 10)) {
        CHECK(memcmp(c.walker[1]->theta, c.walker[0]->theta, sizeof shown), "replicas begin at one place");
        CHECK(crew_weights(&c) == 1 && c.ensemble->type->late, "the barycentre is one network, at the end");
        crew_present(&c, 0, shown);
        double apart = 0, centre = 0;
        for (int i = 0; i < DIM; i++) {
            double sum = 0, x = (double)((float *)c.walker[2]->theta)[i];
            for (int a = 0; a < 4; a++) sum += (double)((float *)c.walker[a]->theta)[i];
            CHECK_NEAR((double)shown[i], sum / 4, 2e-7);
            apart += (x - sum / 4) * (x - sum / 4), centre += sum * sum / 16;
        }
        CHECK_NEAR(crew_told(&c, "distance", 2), sqrt(apart / centre), 1e-6);
        crew_close(&c);
    }
    if (open_crew(&c, DIM, "replicas:output=ensemble", 40, 10)) {
        CHECK(crew_weights(&c) == 3, "an ensemble of %d", (int)crew_weights(&c));
        for (int a = 0; a < 3; a++) {
            crew_present(&c, a, shown);
            CHECK(!memcmp(c.walker[a]->theta, shown, sizeof shown), "network %d is another's", a);
        }
        crew_close(&c);
    }
}

int main(void) {
    RUN(vectors_of_any_length);
    RUN(the_running_mean_keeps_what_float_cannot);
    RUN(windows_are_met);
    RUN(windows_without_moments_are_refused);
    RUN(swa_is_the_mean);
    RUN(swag_draws_have_their_covariance);
    RUN(swag_draws_have_addresses);
    RUN(damaged_counts_are_harmless);
    RUN(replicas_are_pulled);
    RUN(the_coupling_grows);
    RUN(replicas_begin_and_end);
    return check_end();
}
