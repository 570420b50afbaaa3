/* Units and layers: laws of lone units against closed forms, deep machines against sums over all their states. */
#include <stdlib.h>
#include "check.h"
#include "core/layers.h"
#include "core/unit_law.h"
#include "kernel/real.h"
#include "kernel/units.h"
#include "temper/cpu.h"

static const temper_stream here = {20251125, 11};
static const char *const levels[] = {"ref", "avx2", "avx512"};

/* Mean and mean square of a lone unit are slope and curvature of its ln z: ⟨s²⟩ = 1 + x ⟨s⟩ of real units. 4.5 σ. */
static void draws_have_their_moments(void) {
    enum { UNITS = 20000, N = UNITS * LANES };
    static const double fields[] = {-30, -6, -2, -1, -0.2, 0, 0.3, 1, 2.5, 6};
    static const temper_unit kinds[] = {TEMPER_BINARY, TEMPER_SPIN, TEMPER_GAUSSIAN, TEMPER_RELU};
    float *x = calloc(N, sizeof *x), *s = calloc(N, sizeof *s);
    for (int k = 0; k < 4; k++)
        for (int f = 0; f < 10; f++) {
            const temper_unit unit = kinds[k];
            const bool continuous = unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU;
            double mean, sum = 0, square = 0, fourth = 0;
            for (int i = 0; i < N; i++) x[i] = (float)fields[f];
            temper_unit_kernel()->draw(&(temper_draw){unit, UNITS, 1, x, s, here, TEMPER_FOR_UNITS, f, 0});
            for (int i = 0; i < N; i++) {
                double v = (double)s[i];
                sum += v / N, square += v * v / N, fourth += v * v * v * v / N;
                CHECK(continuous ? unit == TEMPER_GAUSSIAN || v >= 0
                                 : v == 1 || v == (unit == TEMPER_SPIN ? -1 : 0),
                      "unit %d is %g", k, v);
            }
            double xf = (double)(float)fields[f];
            temper_unit_law(unit, 1, 1, &xf, &mean);
            double mean2 = continuous ? 1 + xf * mean : unit == TEMPER_SPIN ? 1 : mean;
            if (unit == TEMPER_RELU && xf < -20)
                mean2 = 2 * mean * mean * (1 - 1 / (xf * xf)); /* 1 + x⟨s⟩ cancels */
            double variance = unit == TEMPER_SPIN ? 1 - mean * mean : mean2 - mean * mean;
            CHECK_NEAR(sum, mean, 4.5 * sqrt(fabs(variance) / N) + 3e-6 * fabs(mean) * (xf < -20) + 1e-9);
            if (continuous)
                CHECK_NEAR(square, mean2,
                           4.5 * sqrt((fourth - square * square) / N) + 1e-4 * mean2 * (xf < -20));
        }
    free(x), free(s);
}

/* A potts unit is state a with probability e^{x_a}/Σ; one component is 1. A state of weight 0 never comes. */
static void one_of_many(void) {
    enum { Q = 5, UNITS = 20000 };
    static const float field[Q] = {0.5F, -2, 3, -200, 1.25F};
    float *x = calloc(Q * UNITS * LANES, sizeof *x), *s = calloc(Q * UNITS * LANES, sizeof *s);
    double share[Q] = {0}, xd[Q], p[Q];
    for (int i = 0; i < UNITS * Q * LANES; i++) x[i] = field[i / LANES % Q];
    temper_unit_kernel()->draw(&(temper_draw){TEMPER_POTTS, UNITS, Q, x, s, here, TEMPER_FOR_UNITS, 0, 0});
    for (int i = 0; i < UNITS; i++)
        for (int l = 0; l < LANES; l++) {
            float ones = 0;
            for (int a = 0; a < Q; a++) {
                float v = s[(i * Q + a) * LANES + l];
                CHECK(v == 0 || v == 1, "component %g", (double)v);
                ones += v, share[a] += (double)v / (UNITS * LANES);
            }
            CHECK(ones == 1, "%g states at once", (double)ones);
        }
    for (int a = 0; a < Q; a++) xd[a] = (double)field[a];
    temper_unit_law(TEMPER_POTTS, 1, Q, xd, p);
    for (int a = 0; a < Q; a++) CHECK_NEAR(share[a], p[a], 4.5 * sqrt(p[a] * (1 - p[a]) / (UNITS * LANES)));
    free(x), free(s);
}

/* Means in float against unit_law, and all kernels bit for bit on every level. */
static void means_and_levels(void) {
    enum { UNITS = 40, ALL = 4 * UNITS * LANES };
    static float x[ALL], first[5][2][ALL], out[2][ALL];
    for (int i = 0; i < ALL; i++) x[i] = (float)(4 * temper_normal(here, TEMPER_FOR_TESTS, 0, i));
    for (int k = 0; k < LANES; k++) x[k] = (float)(k - 8) * 12.5F;
    for (int level = 0; level < 3 && level <= (int)temper_cpu_best(); level++) {
        CHECK_OK(temper_cpu_cap(levels[level]));
        for (int unit = 0; unit < 5; unit++) {
            const int64_t q = unit == TEMPER_POTTS ? 4 : 1, n = 4 * UNITS / q;
            const temper_draw draw = {(temper_unit)unit, n, q, x, out[0], here, TEMPER_FOR_UNITS, 3, 160};
            temper_unit_kernel()->draw(&draw);
            temper_unit_kernel()->mean((temper_unit)unit, n, q, x, out[1]);
            if (level == 0) memcpy(first[unit], out, sizeof out);
            CHECK(!memcmp(first[unit], out, sizeof out), "%s units at level %s",
                  temper_unit_name((temper_unit)unit), levels[level]);
            for (int i = 0; i < ALL && q == 1; i++) {
                double mean, field = (double)x[i];
                temper_unit_law((temper_unit)unit, 1, 1, &field, &mean);
                CHECK_NEAR((double)out[1][i], mean, 1e-6 * fabs(mean) + 1e-30);
            }
        }
    }
    CHECK_OK(temper_cpu_cap("auto"));
}

static temper_machine *make(const char *text, int64_t columns, double size) {
    temper_machine *m;
    CHECK_OK(temper_machine_create(&m, text, &(temper_machine_io){.columns = columns}));
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)(size * temper_normal(here, TEMPER_FOR_TESTS, 7, k));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

enum { U = 10 }; /* units of the deep machine: 4 visible, 3, 2, 1 hidden */
static const int width[] = {4, 3, 2, 1};

/* −E of all its units, straight from the formula. */
static double minus_energy(const temper_machine *m, const double *s, double *stat) {
    double sum = 0;
    int64_t at = 0;
    for (int l = 1, from = 0; l < 4; from += width[l - 1], l++)
        for (int i = 0; i < width[l - 1]; i++)
            for (int j = 0; j < width[l]; j++, at++) {
                stat[at] = s[from + i] * s[from + width[l - 1] + j];
                sum += (double)m->theta[at] * stat[at];
            }
    for (int i = 0; i < U; i++, at++) stat[at] = s[i], sum += (double)m->theta[at] * s[i];
    return sum;
}

/* ln Z, means and energy of the exact sum over two sides are those of the sum over all 2^10 states; so are means over long chains. */
static void a_deep_machine(void) {
    enum { CHAINS = 320, LOOKS = 150 };
    for (int spin = 0; spin < 2; spin++) {
        temper_machine *m =
            make(spin ? "dbm:hidden=3x2x1,visible=spin,hidden_units=spin" : "dbm:hidden=3x2x1", 4, 0.5);
        const int P = (int)m->parameters;
        double z = 0, stat[64], sum[64] = {0}, exact[64], log_z, energy, mean_e = 0, s[U];
        for (int k = 0; k < 1 << U; k++) {
            for (int i = 0; i < U; i++) s[i] = k >> i & 1 ? 1 : spin ? -1 : 0;
            double e = minus_energy(m, s, stat), w = exp(e);
            z += w, mean_e -= w * e;
            for (int p = 0; p < P; p++) sum[p] += w * stat[p];
        }
        CHECK_OK(m->type->exact(m->self, 1, &log_z, exact, &energy));
        CHECK_NEAR(log_z, log(z), 1e-9);
        CHECK_NEAR(energy, mean_e / z, 1e-9);
        for (int p = 0; p < P; p++) CHECK_NEAR(exact[p], sum[p] / z, 1e-9);
        temper_flock *f;
        float look[64];
        double mean[64] = {0}, square[64] = {0};
        CHECK_OK(temper_flock_create(&f, m, CHAINS, here));
        temper_flock_sweep(f, 50);
        double *chain = calloc((size_t)(CHAINS * P), sizeof *chain), one[CHAINS];
        for (int look_no = 0; look_no < LOOKS; look_no++) {
            temper_flock_sweep(f, 1);
            for (int c = 0; c < CHAINS; c += 16) { /* sixteen chains at a time are one sample */
                memset(look, 0, sizeof look);
                for (int k = 0; k < CHAINS; k++) one[k] = k / 16 == c / 16;
                m->type->statistics(f, CHAINS, one, 1.0 / 16, look);
                for (int p = 0; p < P; p++) chain[c / 16 * P + p] += (double)look[p] / LOOKS;
            }
        }
        enum { GROUPS = CHAINS / 16 };
        for (int p = 0; p < P; p++) {
            for (int c = 0; c < GROUPS; c++)
                mean[p] += chain[c * P + p] / GROUPS, square[p] += pow(chain[c * P + p], 2) / GROUPS;
            CHECK_NEAR(mean[p], exact[p], 4.5 * sqrt((square[p] - mean[p] * mean[p]) / (GROUPS - 1)));
        }
        free(chain), temper_flock_free(f), temper_machine_free(m);
    }
}

/* The weight of what a deep chain keeps, layers 0 and 2, is the sum over layers 1 and 3. */
static void a_deep_weight(void) {
    temper_machine *m = make("dbm:hidden=3x2x1", 4, 0.5);
    temper_flock *f;
    double stat[64], w[16], s[U];
    CHECK_OK(temper_flock_create(&f, m, 16, here));
    temper_flock_sweep(f, 3);
    temper_flock_log_weight(f, &f->place, w);
    const float *state = f->state;
    for (int c = 0; c < 16; c++) {
        double sum = 0;
        for (int i = 0; i < U; i++) s[i] = (double)state[i * LANES + c];
        for (int k = 0; k < 16; k++) {
            for (int j = 0; j < 3; j++) s[4 + j] = k >> j & 1;
            s[9] = k >> 3;
            sum += exp(minus_energy(m, s, stat));
        }
        CHECK_NEAR(w[c], log(sum), 1e-12);
    }
    temper_flock_free(f), temper_machine_free(m);
}

/* Mean field of pinned chains: odd and even layers in turn from means ½, in double. */
static void pinned_means(void) {
    temper_machine *m = make("dbm:hidden=3x2x1,inference=6", 4, 1);
    temper_flock *f;
    float row[4] = {1, 0, 1, 1}, stat[64] = {0};
    const float *rows[] = {row};
    double want[64], s[U];
    CHECK_OK(temper_flock_create(&f, m, 1, here));
    f->pinned = true;
    temper_flock_clamp(f, rows, 1);
    for (int i = 0; i < U; i++) s[i] = i < 4 ? (double)row[i] : 0.5;
    for (int round = 0; round < 6; round++)
        for (int half = 0; half < 2; half++)
            for (int i = 4; i < U; i++) {
                if ((i < 7 || i == 9) != (half == 0)) continue; /* layers 1 and 3, then layer 2 */
                const double kept = s[i];
                s[i] = 1;
                double on = minus_energy(m, s, want);
                s[i] = 0;
                double off = minus_energy(m, s, want);
                s[i] = kept;
                double p = 1 / (1 + exp(off - on));
                s[i] = p;
            }
    minus_energy(m, s, want);
    m->type->statistics(f, 1, NULL, 1, stat);
    for (int p = 0; p < m->parameters; p++) CHECK_NEAR((double)stat[p], want[p], 1e-6);
    temper_flock_free(f), temper_machine_free(m);
}

/* Two coupled normals: precision (1, −w; −w, 1), so ⟨v²⟩ = 1/(1 − w²) about the mean (b + w c)/(1 − w²), and
 * ln weight(v) = b v − v²/2 + (c + w v)²/2 + ½ ln 2π. */
static void gaussians_on_both_sides(void) {
    enum { CHAINS = 4000 };
    const double w = 0.6, b = 0.25, c = -0.5;
    temper_machine *m = make("rbm:hidden=1,visible=gaussian,hidden_units=gaussian", 1, 0);
    temper_flock *f;
    double sum = 0, square = 0, weight[CHAINS];
    float v;
    m->theta[0] = (float)w, m->theta[1] = (float)b, m->theta[2] = (float)c;
    CHECK_OK(temper_machine_refresh(m));
    CHECK_OK(temper_flock_create(&f, m, CHAINS, here));
    temper_flock_sweep(f, 60);
    temper_flock_log_weight(f, &f->place, weight);
    for (int k = 0; k < CHAINS; k++) {
        temper_flock_read(f, k, &v);
        double x = (double)v, W = (double)m->theta[0];
        sum += x / CHAINS, square += x * x / CHAINS;
        CHECK_NEAR(weight[k], b * x - x * x / 2 + pow(c + W * x, 2) / 2 + 0.5 * log(2 * acos(-1)), 1e-12);
    }
    const double mean = (b + w * c) / (1 - w * w), variance = 1 / (1 - w * w);
    CHECK_NEAR(sum, mean, 4.5 * sqrt(variance / CHAINS));
    CHECK_NEAR(square - sum * sum, variance, 4.5 * variance * sqrt(2.0 / CHAINS));
    CHECK_NEAR(m->type->log_base(m->self, NULL), log(2 * acos(-1)), 1e-12);
    temper_flock_free(f), temper_machine_free(m);
}

/* Centred slopes: G_W' = Σ over data minus model of (v − μ)(h − λ)ᵀ, fields by what the couplings shift. Constant columns stay finite. */
static void centred_slopes(void) {
    temper_machine *m = make("rbm:hidden=2,engine=float", 3, 0.3);
    float data[11], grad[11], raw[11];
    for (int k = 0; k < 11; k++) {
        data[k] = (float)(0.5 + 0.1 * temper_normal(here, TEMPER_FOR_TESTS, 3, k));
        raw[k] = grad[k] = (float)temper_normal(here, TEMPER_FOR_TESTS, 4, k);
    }
    const float *mu = data + 6, *lambda = data + 9;
    m->type->centre(m->self, data, false, grad);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            CHECK_NEAR((double)grad[2 * i + j],
                       (double)(raw[2 * i + j] - mu[i] * raw[9 + j] - raw[6 + i] * lambda[j]), 1e-6);
    for (int i = 0; i < 3; i++)
        CHECK_NEAR((double)grad[6 + i],
                   (double)(raw[6 + i] - grad[2 * i] * lambda[0] - grad[2 * i + 1] * lambda[1]), 1e-6);
    for (int j = 0; j < 2; j++)
        CHECK_NEAR((double)grad[9 + j],
                   (double)(raw[9 + j] - mu[0] * grad[j] - mu[1] * grad[2 + j] - mu[2] * grad[4 + j]), 1e-6);
    data[6] = 0, data[9] = 1;
    memcpy(grad, raw, sizeof grad);
    m->type->centre(m->self, data, true, grad);
    for (int k = 0; k < 11; k++) CHECK(isfinite(grad[k]), "slope %d is %g", k, (double)grad[k]);
    temper_machine_free(m);
}

/* Lone visible units at their first fields have the means of the rows. */
static void first_fields(void) {
    static const float X[] = {1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1};
    temper_machine *m = make("rbm:hidden=2", 3, 0);
    CHECK_OK(temper_machine_start(m, &(temper_rows_view){4, 3, X, NULL}, here));
    const float *b = m->theta + 6;
    CHECK_NEAR((double)b[0], 0, 1e-6);
    CHECK_NEAR((double)b[1], -log(3), 1e-6);
    CHECK_NEAR((double)b[2], log(999), 1e-4); /* always on: 0.999 */
    CHECK(m->theta[0] != 0 && fabs((double)m->theta[0]) < 0.05 && m->theta[9] == 0, "first weights");
    temper_machine_free(m);
}

int main(void) {
    RUN(draws_have_their_moments);
    RUN(one_of_many);
    RUN(means_and_levels);
    RUN(a_deep_machine);
    RUN(a_deep_weight);
    RUN(pinned_means);
    RUN(gaussians_on_both_sides);
    RUN(centred_slopes);
    RUN(first_fields);
    return check_end();
}
