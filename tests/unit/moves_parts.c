/* Long vectors are shared by the threads: θ, memories and thermometer must be those of one call of the kernel. */
#define TEMPER_F64
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "core/moves.h"
#include "temper/parallel.h"

enum { DIM = 3 * 8 * TEMPER_UPDATE_CHUNK + 5 * TEMPER_UPDATE_CHUNK + 77 };

static void one(const char *name, temper_walker *w, int threads, double *theta, temper_thermometer *seen) {
    CHECK_OK(temper_threads(threads));
    temper_thermometer_reset(&w->thermometer);
    temper_walker_steps(w, 3);
    CHECK(!w->failed, "%s diverged", name);
    memcpy(theta, w->theta, DIM * sizeof *theta);
    *seen = w->thermometer;
}

static void dynamics_on_threads(const char *text) {
    char options[64];
    temper_potential *potential;
    temper_dynamics *dynamics;
    double *theta = malloc(2 * DIM * sizeof *theta);
    temper_thermometer seen[2];
    snprintf(options, sizeof options, "gaussian:dim=%d", DIM);
    CHECK_OK(temper_potential_create(&potential, options));
    CHECK_OK(temper_dynamics_create(&dynamics, text));
    for (int threads = 1; threads <= 3; threads++) {
        temper_walker *w;
        CHECK_OK(temper_walker_create(&w, potential, dynamics, false, (temper_stream){3, 1}));
        w->temperature = 0.5;
        one(text, w, threads, theta + (threads > 1) * DIM, &seen[threads > 1]);
        if (threads > 1) {
            CHECK(!memcmp(theta, theta + DIM, DIM * sizeof *theta), "%s: θ on %d threads", text, threads);
            CHECK(!memcmp(&seen[0], &seen[1], sizeof *seen), "%s: thermometer on %d threads", text, threads);
        }
        temper_walker_free(w);
    }
    temper_dynamics_free(dynamics);
    temper_potential_free(potential);
    free(theta);
}

static void threads_agree(void) {
    dynamics_on_threads("sgd:rate=0.1,momentum=0.5,decay=0.01");
    dynamics_on_threads("adam:rate=0.01");
    dynamics_on_threads("sghmc:rate=0.01");
}

/* Against the kernel itself, with noise: parts draw their own numbers. */
static void kernel_agrees(void) {
    char options[64];
    temper_potential *potential;
    temper_dynamics *dynamics;
    temper_walker *w;
    temper_sums whole, parts;
    double *theta = malloc(DIM * sizeof *theta), *grad = malloc(DIM * sizeof *grad);
    snprintf(options, sizeof options, "gaussian:dim=%d", DIM);
    CHECK_OK(temper_threads(2));
    CHECK_OK(temper_potential_create(&potential, options));
    CHECK_OK(temper_dynamics_create(&dynamics, "langevin:rate=0.01"));
    CHECK_OK(temper_walker_create(&w, potential, dynamics, false, (temper_stream){5, 2}));
    CHECK(temper_walker_look(w), "no look");
    memcpy(theta, w->theta, DIM * sizeof *theta), memcpy(grad, w->grad, DIM * sizeof *grad);
    temper_update update = {.rate = 0.01, .noise = 0.2, .stream = w->noise};
    temper_net_kernel()->update_sgd(&update, DIM, grad, theta, NULL, &whole);
    temper_walker_sgd(w, &update, &parts);
    CHECK(!memcmp(theta, w->theta, DIM * sizeof *theta), "θ");
    CHECK(!memcmp(&whole, &parts, sizeof whole), "sums: %.17g, want %.17g", parts.grad_grad, whole.grad_grad);
    temper_walker_free(w);
    temper_dynamics_free(dynamics);
    temper_potential_free(potential);
    free(theta), free(grad);
}

/* Wherever a gradient is not finite, somebody sees it. */
static void nothing_is_overlooked(void) {
    enum { PART = 8 * TEMPER_UPDATE_CHUNK };
    static const int64_t places[] = {0, PART - 1, PART, 2 * PART + 5, 3 * PART, DIM - 1};
    double *grad = calloc(DIM, sizeof *grad);
    const temper_walker w = {.dim = DIM};
    CHECK_OK(temper_threads(2));
    CHECK(temper_moves_double.finite(&w, grad), "zeros are finite");
    for (int k = 0; k < 6; k++) {
        grad[places[k]] = k % 2 ? INFINITY : NAN;
        CHECK(!temper_moves_double.finite(&w, grad), "place %lld", (long long)places[k]);
        grad[places[k]] = 0;
    }
    free(grad);
}

int main(void) {
    RUN(threads_agree);
    RUN(kernel_agrees);
    RUN(nothing_is_overlooked);
    return check_end();
}
