/* Updates of θ: every level gives the bits of the formulas and of the order of sums in update_body.h, written here as one
 * scalar loop; and the physics of them in plain double. */
#include <stdint.h>
#include <stdlib.h>
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 9000, GUARD = 16, KINDS = 3 };
typedef enum { SGD, ADAM, BAOAB } family;

typedef struct {
    _Alignas(64) float theta[MOST + GUARD];
    float first[MOST + GUARD], second[MOST + GUARD];
    temper_sums sums;
} state;

static float grad[MOST], force[MOST];
static const temper_stream stream = {99, 3};

static void start(state *s) {
    static state fresh;
    static bool made;
    for (int k = 0; k < MOST + GUARD && !made; k++) {
        fresh.theta[k] = (float)temper_normal(stream, TEMPER_FOR_TESTS, 0, k);
        fresh.first[k] = 0.1F * (float)temper_normal(stream, TEMPER_FOR_TESTS, 1, k);
        fresh.second[k] = fabsf(0.1F * (float)temper_normal(stream, TEMPER_FOR_TESTS, 2, k));
        if (k < MOST) force[k] = 0.3F * (float)temper_normal(stream, TEMPER_FOR_TESTS, 3, k);
    }
    made = true;
    memcpy(s, &fresh, sizeof fresh);
    memcpy(grad, force, sizeof force);
}

static void run(int level, family f, const temper_update *u, int64_t n, state *s) {
    const temper_net_kernels *k = temper_net_kernel_of(level);
    if (f == SGD) k->update_sgd(u, n, grad, s->theta, u->momentum != 0 ? s->first : NULL, &s->sums);
    if (f == ADAM) k->update_adam(u, n, grad, s->theta, s->first, s->second, &s->sums);
    if (f == BAOAB) k->update_baoab(u, n, grad, s->theta, s->first, &s->sums);
}

/* ---- the order of sums ---- */

/* Sum of chunks first … last−1: a tree that is full on the left. */
static double joined(const double *chunk, int n) {
    int half = 1;
    if (n == 0) return 0;
    if (n == 1) return chunk[0];
    while (2 * half < n) half *= 2;
    return joined(chunk, half) + joined(chunk + half, n - half);
}

static double lanes_joined(double lane[16]) {
    for (int half = 8; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

static double sum_of(int64_t n, const float *a, const float *b) {
    double chunk[MOST / 4096 + 1];
    int chunks = 0;
    for (int64_t k = 0; k < n; k += 4096) {
        double lane[16] = {0};
        for (int l = 0; l < 16; l++)
            for (int64_t i = k; i < n && i < k + 4096; i += 128) {
                float chain = 0;
                for (int64_t j = i + l; j < n && j < i + 128; j += 16) chain = fmaf(a[j], b[j], chain);
                lane[l] += (double)chain;
            }
        chunk[chunks++] = lanes_joined(lane);
    }
    return joined(chunk, chunks);
}

/* ---- the formulas, one number after the other ---- */

static void follow(family f, const temper_update *u, int64_t n, state *s) {
    static float before[MOST], g[MOST], memory[MOST], xi[MOST];
    float eta = (float)u->rate, mu = (float)u->momentum, sigma = (float)u->noise, h = (float)u->drift,
          keep = (float)u->keep;
    float b1 = (float)u->beta1, b2 = (float)u->beta2, decay = f == ADAM && u->decoupled ? 0 : (float)u->decay;
    if (sigma > 0)
        temper_net_kernel_of(TEMPER_CPU_REF)->normals(u->stream, TEMPER_FOR_NOISE, u->step, 0, n, xi);
    for (int64_t k = 0; k < n; k++) {
        float t = s->theta[k], *p = s->first + k, *v = s->second + k, next;
        before[k] = t, g[k] = fmaf(decay, t, grad[k]);
        if (f == SGD) {
            memory[k] = mu != 0 ? fmaf(mu, *p, (float)(1 - u->dampening) * g[k]) : g[k];
            if (mu != 0) *p = memory[k];
            next = fmaf(-eta, u->nesterov ? fmaf(mu, memory[k], g[k]) : memory[k], t);
            s->theta[k] = sigma > 0 ? fmaf(sigma, xi[k], next) : next;
        } else if (f == ADAM) {
            *p = memory[k] = fmaf(b1, *p, (1 - b1) * g[k]);
            *v = fmaf(b2, *v, (1 - b2) * g[k] * g[k]);
            float root = sqrtf(*v * (float)(1 / u->correction2)),
                  shrink = (float)(u->decoupled ? 1 - u->rate * u->decay : 1);
            s->theta[k] = shrink * t - (float)(u->rate / u->correction1) * *p / (root + (float)u->epsilon);
        } else {
            memory[k] = fmaf(-h, g[k], *p);
            float q = fmaf(-h, g[k], memory[k]);
            t = fmaf(h, q, t);
            *p = sigma > 0 ? fmaf(sigma, xi[k], keep * q) : keep * q;
            s->theta[k] = fmaf(h, *p, t);
        }
    }
    s->sums = (temper_sums){sum_of(n, before, g), sum_of(n, g, g), sum_of(n, memory, memory),
                            sum_of(n, before, before)};
}

static temper_update options(int choice) {
    temper_update u = {.rate = 0.01,
                       .beta1 = 0.9,
                       .beta2 = 0.99,
                       .epsilon = 1e-8,
                       .correction1 = 0.1,
                       .correction2 = 0.02,
                       .drift = 0.05,
                       .keep = 0.8,
                       .stream = stream,
                       .step = 12};
    if (choice & 1) u.momentum = 0.9, u.dampening = 0.1;
    if (choice & 2) u.decay = 0.02, u.decoupled = choice & 1;
    if (choice & 4) u.noise = 0.1;
    if (choice & 8) u.nesterov = true;
    return u;
}

static void every_level_follows_the_formulas(void) {
    static const int lengths[] = {0,   1,   5,    15,   16,   17,   31,   127, 128,
                                  129, 144, 4095, 4096, 4097, 4112, 8192, 8999};
    static state got, want;
    for (int choice = 0; choice < 16; choice++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (int f = 0; f < KINDS; f++) {
                if (choice > 3 && f == ADAM) continue; /* it has neither noise nor Nesterov */
                temper_update u = options(choice);
                start(&want), follow((family)f, &u, lengths[i], &want);
                for (int level = 0; level <= (int)temper_cpu_best(); level++) {
                    start(&got), run(level, (family)f, &u, lengths[i], &got);
                    CHECK(!memcmp(&got, &want, sizeof got),
                          "kind %d, options %d, level %d, n = %d: sums %g %g, want %g %g", f, choice, level,
                          lengths[i], got.sums.theta_grad, got.sums.memory_memory, want.sums.theta_grad,
                          want.sums.memory_memory);
                }
            }
}

static void sums_are_sums(void) {
    static state s, before;
    temper_update u = options(3);
    double t_g = 0, g_g = 0, t_t = 0;
    start(&s), start(&before);
    run((int)temper_cpu_best(), SGD, &u, MOST, &s);
    for (int k = 0; k < MOST; k++) {
        double t = (double)before.theta[k], g = (double)grad[k] + u.decay * t;
        t_g += t * g, g_g += g * g, t_t += t * t;
    }
    CHECK_NEAR(s.sums.theta_theta, t_t, 1e-7 * t_t);
    CHECK_NEAR(s.sums.grad_grad, g_g, 1e-7 * g_g);
    CHECK_NEAR(s.sums.theta_grad, t_g, 1e-7 * sqrt(t_t * g_g));
}

static void dot_is_the_inner_product(void) {
    static state s;
    start(&s);
    for (int n = 0; n <= MOST; n += 1 + n / 3) {
        long double exact = 0;
        double ref = temper_net_kernel_of(TEMPER_CPU_REF)->dot(n, s.theta, s.first), chunk[4];
        int chunks = 0;
        for (int k = 0; k < n; k++) exact += (long double)s.theta[k] * (long double)s.first[k];
        CHECK_NEAR(ref, (double)exact, 1e-12);
        for (int k = 0; k < n; k += 4096) {
            double lane[16] = {0};
            for (int i = k; i < n && i < k + 4096; i++)
                lane[i % 16] += (double)s.theta[i] * (double)s.first[i];
            chunk[chunks++] = lanes_joined(lane);
        }
        CHECK(ref == joined(chunk, chunks), "the order of the sum, n = %d", n);
        for (int level = 0; level <= (int)temper_cpu_best(); level++) {
            double got = temper_net_kernel_of(level)->dot(n, s.theta, s.first);
            CHECK(got == ref, "level %d, n = %d: %a, reference %a", level, n, got, ref);
        }
    }
}

static void one_bad_number_is_found(void) {
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    static state s;
    start(&s);
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int n = 0; n < 200; n++) {
            bool (*all_finite)(int64_t, const float *) = temper_net_kernel_of(level)->all_finite;
            bool right = all_finite(n, s.theta);
            for (int k = 0; k <= n; k++) { /* the one beyond the end doesn't count */
                float was = s.theta[k];
                s.theta[k] = bad[k % 3], right &= all_finite(n, s.theta) == (k == n), s.theta[k] = was;
            }
            CHECK(right, "level %d, n = %d", level, n);
        }
}

/* BAOAB on U = θ²/2 is exact in θ: ⟨θ²⟩ = T at any step below 2 (Leimkuhler & Matthews 2013), ⟨p²⟩ between the half kicks
 * = T (1 − h²/4). The drift is h/2, keep e^{−γh}, noise √(T (1 − keep²)). All numbers are chains of their own. */
static void baoab_is_exact_for_a_quadratic(void) {
    enum { STEPS = 3000, BURN = 100 };
    static state s;
    double h = 1.2, T = 0.7, keep = 0.3, theta_theta = 0, p_p = 0;
    temper_update u = {.drift = h / 2, .keep = keep, .noise = sqrt(T * (1 - keep * keep)), .stream = stream};
    int n = 500;
    start(&s);
    for (u.step = 0; u.step < BURN + STEPS; u.step++) {
        memcpy(grad, s.theta, sizeof grad);
        run((int)temper_cpu_best(), BAOAB, &u, n, &s);
        if (u.step < BURN) continue;
        theta_theta += s.sums.theta_theta, p_p += s.sums.memory_memory;
    }
    double N = (double)n * STEPS;
    CHECK_NEAR(theta_theta / N, T,
               4.5 * T * sqrt(2 * 3 / N)); /* correlation times of the squares are below 3 steps */
    CHECK_NEAR(p_p / N, T * (1 - h * h / 4), 4.5 * T * sqrt(2 * 3 / N));
}

int main(void) {
    RUN(every_level_follows_the_formulas);
    RUN(sums_are_sums);
    RUN(dot_is_the_inner_product);
    RUN(one_bad_number_is_found);
    RUN(baoab_is_exact_for_a_quadratic);
    return check_end();
}
