/* Moves of a walker to places near θ, in both precisions and at every cpu level: the formulas one number after the other, noise by its
 * bits and moments, whatever the threads. Sizes below a lane, beyond a chunk (4096) and beyond a part that threads share (32768). */
#include <stdlib.h>
#include "core/moves.h"
#include "temper/temper.h"
#include "walker_rig.h"

static const int64_t sizes[] = {1, 15, 63, 64, 65, 4097, 70001};
enum { SIZES = sizeof sizes / sizeof *sizes };

static double get(const temper_walker *w, const void *x, int64_t i) {
    return w->single ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

/* A walker whose gradient is kx at θ, with places to go to. */
static temper_walker *walker_at(rig *r, temper_potential *p, int64_t dim, bool single) {
    *r = rig_of(dim, 20, rig_bowl), *p = rig_potential(r);
    temper_walker *w = rig_walker(p, "entropy_sgd", single, 3);
    CHECK(temper_walker_look(w), "a bad look");
    return w;
}

/* |out − (θ + far·g)| over all coordinates, the largest; T = 1 where floor < 0. */
static double off_course(const temper_walker *w, double far, double floor) {
    double most = 0;
    for (int64_t i = 0; i < w->dim; i++) {
        double t = get(w, w->theta, i), T = floor < 0 ? 1 : fabs(t) + floor;
        most = fmax(most, fabs(get(w, w->place[0], i) - (t + far * T * T * get(w, w->grad, i))));
    }
    return most;
}

static void climbs_as_far_as_it_should(void) {
    for (int s = 0; s < SIZES; s++)
        for (int single = 0; single < 2; single++) {
            rig r;
            temper_potential p;
            temper_walker *w = walker_at(&r, &p, sizes[s], single);
            double plain = 0, scaled = 0, within = single ? 2e-6 : 1e-13;
            for (int64_t i = 0; i < w->dim; i++) {
                double g = get(w, w->grad, i), T = fabs(get(w, w->theta, i)) + 0.25;
                plain += g * g, scaled += T * g * T * g;
            }
            temper_walker_climb(w, 3);
            CHECK_NEAR(off_course(w, 3 / (sqrt(plain) + 1e-12), -1), 0, within);
            temper_walker_climb_scaled(w, 3, 0.25);
            CHECK_NEAR(off_course(w, 3 / (sqrt(scaled) + 1e-12), 0.25), 0, within);
            rig_walker_free(w);
        }
}

/* Number 64t + 16j + l is (ones in byte j of word 16t + l, less 4)/√2. */
static double binomial(const temper_walker *w, int64_t step, int64_t i) {
    uint32_t word = temper_word(w->noise, TEMPER_FOR_NOISE, step, i / 64 * 16 + i % 16);
    int ones = 0;
    for (uint32_t byte = word >> (8 * (i % 64 / 16)) & 255; byte; byte >>= 1) ones += byte & 1;
    return (ones - 4) * sqrt(0.5);
}

static void scatters_by_addressed_noise(void) {
    for (int s = 0; s < SIZES; s++)
        for (int single = 0; single < 2; single++) {
            rig r;
            temper_potential p;
            temper_walker *w = walker_at(&r, &p, sizes[s], single);
            w->noise.chain = 77, w->clock = 5;
            double most = 0, sum = 0, square = 0, fourth = 0, n = (double)w->dim;
            for (int relative = 0; relative < 2; relative++) {
                temper_walker_scatter(w, 0.5, relative);
                for (int64_t i = 0; i < w->dim; i++) {
                    double t = get(w, w->theta, i), xi = binomial(w, 5, i);
                    most = fmax(most, fabs(get(w, w->place[0], i) - (t + 0.5 * (relative ? t : 1) * xi)));
                    if (!relative) sum += xi, square += xi * xi, fourth += xi * xi * xi * xi;
                }
            }
            CHECK_NEAR(most, 0, single ? 1e-6 : 1e-14);
            if (s == SIZES - 1) { /* moments 0, 1, 2.75; variances 1, 1.75, and below 26 */
                CHECK_NEAR(sum / n, 0, 4.5 * sqrt(1 / n));
                CHECK_NEAR(square / n, 1, 4.5 * sqrt(1.75 / n));
                CHECK_NEAR(fourth / n, 2.75, 4.5 * sqrt(26 / n));
            }
            rig_walker_free(w);
        }
}

/* Three steps of the inner loop: begin, go on, end; the force is −m/s. */
static void explores_step_by_step(void) {
    for (int s = 0; s < SIZES; s++)
        for (int single = 0; single < 2; single++) {
            rig r;
            temper_potential p;
            temper_walker *w = walker_at(&r, &p, sizes[s], single);
            double *d = calloc((size_t)w->dim, sizeof *d), *m = calloc((size_t)w->dim, sizeof *m), most = 0;
            w->clock = 2; /* five looks per step: number 10, 11, 12 */
            for (int k = 0; k < 3; k++) {
                temper_exploration u = {.rate = 0.1, .pull = 0.5, .noise = 0.2, .fresh = 0.6, .reach = 0.4};
                u.first = k == 0, u.last = k == 2;
                for (int64_t i = 0; i < w->dim; i++) {
                    d[i] += -0.1 * (get(w, w->grad, i) + 0.5 * d[i]) + 0.2 * binomial(w, 10 + k, i);
                    m[i] += 0.6 * (d[i] - m[i]);
                }
                temper_walker_explore(w, &u, k);
                for (int64_t i = 0; i < w->dim; i++)
                    most = fmax(most, k < 2 ? fabs(get(w, w->place[0], i) - get(w, w->theta, i) - d[i])
                                            : fabs(get(w, w->grad, i) + m[i] / 0.4));
            }
            CHECK_NEAR(most, 0, single ? 4e-6 : 1e-13);
            free(d), free(m), rig_walker_free(w);
        }
}

/* Momenta are noise of the moves: they come from walker->noise, so that one who freezes it (temper train --vary) freezes them. */
static void momenta_are_drawn_from_the_noise(void) {
    for (int single = 0; single < 2; single++) {
        rig r = rig_of(65, 20, rig_bowl);
        temper_potential p = rig_potential(&r);
        temper_walker *a = rig_walker(&p, "sghmc", single, 3), *b = rig_walker(&p, "sghmc", single, 4);
        b->noise = a->noise;
        temper_walker_thermalise(a, 0, 1), temper_walker_thermalise(b, 0, 1);
        for (int64_t i = 0; i < a->dim; i++)
            CHECK(get(a, a->memory[0], i) == get(b, b->memory[0], i), "momentum %lld", (long long)i);
        rig_walker_free(a), rig_walker_free(b);
    }
}

static void one_bad_number_in_the_force_is_found(void) {
    for (int single = 0; single < 2; single++) {
        rig r;
        temper_potential p;
        temper_walker *w = walker_at(&r, &p, 65, single);
        CHECK(temper_walker_sound(w) && !w->failed, "a sound force");
        single ? (void)(((float *)w->grad)[64] = INFINITY) : (void)(((double *)w->grad)[64] = (double)NAN);
        CHECK(!temper_walker_sound(w) && w->failed, "a bad force");
        rig_walker_free(w);
    }
}

/* One way whatever computes it: steps of all that moves to places, on every level and 1, 2, 3 threads. */
static void bits_depend_on_neither_level_nor_threads(void) {
    static const char *const kinds[] = {"sam", "asam", "weight_noise", "entropy_sgd:L=3,noise=0.1"};
    for (int k = 0; k < 4; k++) {
        float *kept = NULL;
        for (int level = 0; level <= (int)temper_cpu_best(); level++)
            for (int threads = 1; threads <= 3; threads++) {
                rig r = rig_of(70001, 20, rig_bowl);
                temper_potential p = rig_potential(&r);
                CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
                CHECK_OK(temper_threads(threads));
                temper_walker *w = rig_walker(&p, kinds[k], true, 3);
                temper_walker_steps(w, 2);
                size_t bytes = (size_t)w->dim * sizeof(float);
                if (!kept) kept = malloc(bytes), memcpy(kept, w->theta, bytes);
                CHECK(!memcmp(kept, w->theta, bytes), "%s: level %d, %d threads", kinds[k], level, threads);
                rig_walker_free(w);
            }
        free(kept);
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK_OK(temper_threads(1));
}

int main(void) {
    RUN(climbs_as_far_as_it_should);
    RUN(scatters_by_addressed_noise);
    RUN(explores_step_by_step);
    RUN(momenta_are_drawn_from_the_noise);
    RUN(one_bad_number_in_the_force_is_found);
    RUN(bits_depend_on_neither_level_nor_threads);
    return check_end();
}
