/* Ensembles remember nothing but chains and state, and their bits don't depend on threads, also with pairs of chains,
 * adapting ladders and systems with floating-point caches. */
#include "ensemble_rig.h"

static const double range[] = {3.0, 0.4};
static const double falling[] = {INFINITY, 3.0, 2.0, 1.3, 0.9, 0.6, 0.4, 0.0};

static const rig_order orders[] = {
    {"sk:n=24,seed=3", NULL, "anneal:steps=12,sweeps=2", range, 2, 6, 1},
    {"sk:n=24,seed=3", "heatbath", "anneal:schedule=adaptive,steps=40", range, 2, 9, 2},
    {"spin_glass:dims=4x4x2", "metropolis+houdayer", "exchange:adapt=9,sweeps=2", falling, 8, 4, 3},
    {"sk:n=24,seed=3", NULL, "exchange:adapt=16,rungs=5", NULL, 0, 3, 4},
    {"sk:n=24,seed=3", NULL, "population:size=50,sweeps=1", falling, 7, 1, 5},
    {"potts:dims=5x5,q=4", NULL, "population:size=40,sweeps=1,overlap=0.7", NULL, 0, 1, 6},
};
enum { ORDERS = sizeof orders / sizeof *orders };

static void threads_change_nothing(void) {
    for (int o = 0; o < ORDERS; o++) {
        char first[65], now[65];
        for (int threads = 1; threads <= 3; threads++) {
            rig r;
            CHECK_OK(temper_threads(threads));
            CHECK_OK(rig_create(&r, &orders[o]));
            CHECK_OK(rig_step(&r, 20));
            rig_hash(&r, threads == 1 ? first : now);
            CHECK(threads == 1 || !strcmp(first, now), "%s on %d threads", r.ensemble->text, threads);
            rig_free(&r);
        }
    }
    CHECK_OK(temper_threads(0));
}

/* Everything that a checkpoint carries, into a rig that has lived another life. */
static void restore(rig *to, const rig *from) {
    memcpy(to->team.state, from->team.state, (size_t)from->plan.states * sizeof(double));
    to->team.step = from->team.step;
    to->team.seed = from->team.seed;
    for (int c = 0; c < from->team.n; c++) {
        temper_chain *t = to->team.chains[c];
        const temper_chain *f = from->team.chains[c];
        temper_chain_copy(t, f);
        t->stream = f->stream, t->clock = f->clock, t->temperature = f->temperature;
        memset(t->scratch, 0x5A, t->scratch_bytes);
    }
}

static void a_copy_of_the_state_goes_on_alike(void) {
    for (int o = 0; o < ORDERS; o++)
        for (int cut = 1; cut <= 13; cut += 3) {
            rig a, b;
            rig_order other = orders[o];
            char whole[65], resumed[65];
            other.seed = 99;
            CHECK_OK(rig_create(&a, &orders[o]));
            CHECK_OK(rig_create(&b, &other));
            CHECK_OK(rig_step(&b, 5));
            CHECK_OK(rig_step(&a, cut));
            restore(&b, &a);
            CHECK_OK(rig_step(&a, 9));
            CHECK_OK(rig_step(&b, 9));
            rig_hash(&a, whole), rig_hash(&b, resumed);
            CHECK(!strcmp(whole, resumed), "%s differs when cut at %d", a.ensemble->text, cut);
            rig_free(&a), rig_free(&b);
        }
}

static void seeds_matter(void) {
    for (int o = 0; o < ORDERS; o++) {
        rig a, b;
        rig_order other = orders[o];
        char one[65], two[65];
        other.seed++;
        CHECK_OK(rig_create(&a, &orders[o]));
        CHECK_OK(rig_create(&b, &other));
        CHECK_OK(rig_step(&a, 3));
        CHECK_OK(rig_step(&b, 3));
        rig_hash(&a, one), rig_hash(&b, two);
        CHECK(strcmp(one, two), "%s: two seeds, one result", a.ensemble->text);
        rig_free(&a), rig_free(&b);
    }
}

/* Nothing is allocated in a step, and what failed before leaves nothing behind. */
static void allocations(void) {
    for (int o = 0; o < ORDERS; o++) {
        rig r;
        int64_t live = temper_alloc_live();
        CHECK_OK(rig_create(&r, &orders[o]));
        temper_alloc_fail_at(0);
        CHECK_OK(rig_step(&r, 5));
        CHECK(temper_alloc_count() == 0, "%s allocates in a step", r.ensemble->text);
        rig_free(&r);
        CHECK(temper_alloc_live() == live, "%s leaks", orders[o].ensemble);
        for (int64_t k = 1; k < 1000; k++) {
            temper_alloc_fail_at(k);
            temper_status bad = rig_create(&r, &orders[o]);
            temper_alloc_fail_at(0);
            rig_free(&r);
            CHECK(temper_alloc_live() == live, "%s leaks after failure %lld", orders[o].ensemble,
                  (long long)k);
            if (!bad) break;
            CHECK(bad == TEMPER_NO_MEMORY, "%s", temper_message());
        }
    }
}

int main(void) {
    RUN(threads_change_nothing);
    RUN(a_copy_of_the_state_goes_on_alike);
    RUN(seeds_matter);
    RUN(allocations);
    return check_end();
}
