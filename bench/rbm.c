/* Persistent contrastive divergence and Gibbs sampling of an RBM of 784 × 500 units, 500 rows and 500 chains, on every cpu level.
 *
 *     bench_rbm [repeats [V H chains [θ.bin]]]
 *
 * For each level and for one and two threads: PCD-1 and PCD-10 in ms an update (clamp, sweeps, centred fused update), the parts of an
 * update, and chain-steps a second of pure sampling, best of so many repeats. One thread is timed by its own clock, which a busy machine
 * disturbs less; two by the clock on the wall. Rows are random bits at 13 %, as in boltzmann.md; θ is random, or P floats of a file: how
 * many units flip in a sweep, on which the levels below amx depend, is a matter of the model. */
#include <time.h>
#include "gibbs_rig.h"
#include "temper/parallel.h"

static clockid_t used = CLOCK_MONOTONIC;

static double now(void) {
    struct timespec t;
    clock_gettime(used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    gibbs_rig r;
    temper_flock data, model;
    const float **row;
    double clamp, sweep, learn; /* s, of the best update */
} lab;

static void update(lab *l, int k) {
    const temper_stride stride = {0.01, 0, 0, true};
    const double t0 = now();
    temper_gibbs_clamp(l->r.g, &l->data, l->row, l->data.chains);
    const double t1 = now();
    temper_gibbs_sweep(l->r.g, &l->model, k);
    const double t2 = now();
    CHECK_OK(temper_gibbs_learn(l->r.g, &l->data, &l->model, l->r.theta, &stride));
    const double t3 = now();
    if (t1 - t0 < l->clamp) l->clamp = t1 - t0;
    if (t2 - t1 < l->sweep) l->sweep = t2 - t1;
    if (t3 - t2 < l->learn) l->learn = t3 - t2;
}

static void measure(lab *l, const char *level, int threads, int repeats) {
    double one = 1e9, ten = 1e9, steps = 1e9, parts[3] = {0};
    for (int r = 0; r < repeats; r++) {
        double t = now();
        temper_gibbs_sweep(l->r.g, &l->model, 20);
        if ((t = (now() - t) / 20) < steps) steps = t;
    }
    for (int r = 0; r < repeats; r++) {
        double t = now();
        l->clamp = l->sweep = l->learn = 1e9;
        for (int k = 0; k < 10; k++) update(l, 1);
        if ((t = (now() - t) / 10) < one)
            one = t, parts[0] = l->clamp, parts[1] = l->sweep, parts[2] = l->learn;
        t = now(), update(l, 10);
        if ((t = now() - t) < ten) ten = t;
    }
    printf(
        "%-7s %d threads: PCD-1 %.3f ms (%.0f/s: clamp %.3f, sweep %.3f, learn %.3f)  PCD-10 %.3f ms  step %.3f ms, %.0fk chain-steps/s\n",
        level, threads, 1e3 * one, 1 / one, 1e3 * parts[0], 1e3 * parts[1], 1e3 * parts[2], 1e3 * ten,
        1e3 * steps, 1e-3 * (double)l->model.chains / steps);
    fflush(stdout);
}

static void read_theta(gibbs_rig *r, const char *path) {
    FILE *f = fopen(path, "rb");
    CHECK(f && fread(r->theta, sizeof *r->theta, (size_t)r->P, f) == (size_t)r->P, "%s", path);
    if (f) fclose(f);
}

int main(int argc, char **argv) {
    const int repeats = argc > 1 ? atoi(argv[1]) : 20;
    const int64_t V = argc > 4 ? atoi(argv[2]) : 784, H = argc > 4 ? atoi(argv[3]) : 500,
                  C = argc > 4 ? atoi(argv[4]) : 500;
    float *X = temper_alloc((size_t)(C * V), sizeof *X);
    for (int64_t k = 0; k < C * V; k++)
        X[k] = temper_uniform((temper_stream){1, 1}, TEMPER_FOR_TESTS, 1, k) < 0.13;
    for (int level = TEMPER_CPU_AMX; level >= TEMPER_CPU_REF; level--) {
        if (level > (int)temper_cpu_best()) continue;
        for (int threads = 1; threads <= 2; threads++) {
            lab l;
            CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
            CHECK_OK(temper_threads(threads));
            l.r = gibbs_rig_of(V, H, 0.05, 3);
            for (int64_t i = 0; i < V; i++) l.r.theta[V * H + i] = -1.9F;
            if (argc > 5) read_theta(&l.r, argv[5]);
            CHECK_OK(temper_gibbs_refresh(l.r.g, l.r.theta));
            used = threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
            l.data = gibbs_flock(&l.r, C, 1), l.model = gibbs_flock(&l.r, C, 2);
            l.data.pinned = true;
            l.row = temper_alloc((size_t)C, sizeof *l.row);
            for (int64_t c = 0; c < C; c++) l.row[c] = X + c * V;
            temper_gibbs_sweep(l.r.g, &l.model, 200);
            measure(&l, temper_cpu_name((temper_cpu)level), threads, level == TEMPER_CPU_REF ? 1 : repeats);
            temper_release(l.row);
            gibbs_flock_free(&l.data), gibbs_flock_free(&l.model), gibbs_rig_free(&l.r);
        }
    }
    temper_release(X);
    return check_failed != 0;
}
