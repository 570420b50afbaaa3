/* Exchange: swaps alone sample the product of Boltzmann weights exactly; the books are kept right; ladders adapt. */
#include "ensemble_rig.h"

/* A sampler that leaves every chain alone, so that only swaps act. It notes the temperatures in the order given. */
static double seen[64];
static int seen_n;
static temper_status stand_still(const void *self, temper_chain *const *chains, int n, int64_t sweeps) {
    (void)self;
    seen_n = n;
    for (int k = 0; k < n; k++) {
        chains[k]->clock += sweeps;
        if (k < 64) seen[k] = chains[k]->temperature;
    }
    return TEMPER_OK;
}
static const temper_sampler_type still = {.about = {.name = "still"}, .advance = stand_still, .group = 1};

static void make_still(rig *r) {
    temper_sampler *sampler = (temper_sampler *)(uintptr_t)r->team.sampler;
    sampler->part[0].type = &still;
}

/* Three frozen configurations on three rungs: swaps walk among the 6 permutations, whose weights are exp(−Σ β E). */
static void swaps_sample_the_product_exactly(void) {
    static const double T[] = {3, 1.4, 0.9}, E[] = {0, 1.1, 2.3};
    enum { BATCHES = 50, LENGTH = 4000 };
    double weight[27] = {0}, sum = 0, mean[27] = {0}, square[27] = {0};
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", NULL, "exchange", T, 3, 1, 3}));
    make_still(&r);
    for (int c = 0; c < 3; c++) r.team.chains[c]->energy = E[c];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int c = 3 - a - b;
            if (a != b && c != a && c != b)
                sum += weight[9 * a + 3 * b + c] = exp(-E[a] / T[0] - E[b] / T[1] - E[c] / T[2]);
        }
    for (int batch = 0; batch < BATCHES; batch++) {
        double count[27] = {0};
        for (int k = 0; k < LENGTH; k++) {
            CHECK_OK(rig_step(&r, 1));
            count[9 * rig_at(&r, 0, 0) + 3 * rig_at(&r, 1, 0) + rig_at(&r, 2, 0)]++;
        }
        for (int p = 0; p < 27; p++)
            mean[p] += count[p] / LENGTH, square[p] += count[p] * count[p] / LENGTH / LENGTH;
    }
    for (int p = 0; p < 27; p++) {
        double m = mean[p] / BATCHES, error = sqrt((square[p] / BATCHES - m * m) / (BATCHES - 1));
        CHECK_NEAR(m, weight[p] / sum, 4.5 * error);
    }
    rig_free(&r);
}

/* T = ∞ and T = 0 are rungs like others: the coldest ends with the lowest energy, equal energies always swap. */
static void extreme_rungs(void) {
    static const double T[] = {INFINITY, 0}, four[] = {INFINITY, INFINITY, 0, 0};
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", NULL, "exchange", T, 2, 1, 3}));
    make_still(&r);
    r.team.chains[0]->energy = -5, r.team.chains[1]->energy = 7;
    CHECK_OK(rig_step(&r, 1));
    CHECK(rig_at(&r, 1, 0) == 0 && r.team.chains[0]->temperature == 0, "the lowest energy is not at T = 0");
    CHECK_OK(rig_step(&r, 20));
    CHECK(rig_at(&r, 1, 0) == 0, "T = 0 has taken a higher energy");
    r.team.chains[0]->energy = 7;
    r.team.step = 40; /* even: pair (0,1) */
    CHECK_OK(rig_step(&r, 1));
    CHECK(rig_at(&r, 1, 0) == 1, "equal energies have not swapped");
    rig_free(&r);
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", NULL, "exchange", four, 4, 2, 3}));
    CHECK_OK(rig_step(&r, 200));
    for (int c = 0; c < 2; c++)
        for (int k = 2; k < 4; k++) CHECK(isfinite(r.team.chains[rig_at(&r, k, c)]->energy), "rung %d", k);
    rig_free(&r);
}

/* Chains and rungs are matched one to one, the sampler sees rung order with copies side by side, and round trips and
 * flow are what a second bookkeeper, who only sees at(), finds. */
static void the_books_are_right(void) {
    static const double T[] = {1.2, 1.9, 2.8, 5};
    enum { R = 4, K = 2, N = R * K, STEPS = 3000 };
    rig r;
    int last_end[N] = {0}, trips[N] = {0}; /* last_end: −1 cold, +1 hot */
    bool has_been_cold[N] = {false};
    double up[R] = {0}, down[R] = {0};
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", NULL, "exchange", T, R, K, 11}));
    for (int step = 0; step < STEPS; step++) {
        int holder[N];
        for (int k = 0; k < N; k++) holder[k] = -1;
        CHECK_OK(rig_step(&r, 1));
        for (int k = 0; k < N; k++) {
            int i = rig_at(&r, k / K, k % K);
            CHECK(i / R == k % K, "chain %d has left its ladder", i);
            CHECK(holder[i] < 0, "chain %d is on two rungs", i);
            holder[i] = k / K;
            CHECK(r.team.chains[i]->temperature == T[k / K], "chain %d has another temperature", i);
            CHECK(r.team.chains[i]->stream.chain == (uint32_t)i,
                  "chains are not in the order of their numbers");
        }
        for (int i = 0; i < N; i++) {
            if (holder[i] == 0) {
                if (last_end[i] == 1 && has_been_cold[i]) trips[i]++;
                last_end[i] = -1, has_been_cold[i] = true;
            }
            if (holder[i] == R - 1) last_end[i] = 1;
            if (last_end[i]) ++*(last_end[i] < 0 ? &up[holder[i]] : &down[holder[i]]);
        }
    }
    temper_table table = rig_report(&r);
    for (int k = 0; k < R; k++) {
        CHECK_NEAR(rig_value(&table, "round_trips", k), trips[k] + trips[R + k], 0);
        CHECK_NEAR(rig_value(&table, "flow", k), up[k] / (up[k] + down[k]), 1e-14);
        CHECK(trips[k] > 20, "hardly a round trip");
    }
    CHECK_NEAR(rig_value(&table, "flow", 0), 1, 0); /* by definition, Katzgraber et al. 2006 */
    CHECK_NEAR(rig_value(&table, "flow", R - 1), 0, 0);
    CHECK(isnan(rig_value(&table, "swap_rate", R - 1)), "the last rung has no next one");
    temper_table_clear(&table);
    make_still(&r);
    CHECK_OK(rig_step(&r, 1));
    CHECK(seen_n == N, "%d chains", seen_n);
    for (int k = 0; k < N; k++) CHECK(seen[k] == T[k / K], "place %d of the sampler has T = %g", k, seen[k]);
    rig_free(&r);
}

/* swap_rate is a mean of probabilities; it must equal the frequency of swaps that at() shows. */
static void the_swap_rate_is_the_frequency_of_swaps(void) {
    static const double T[] = {2, 3};
    enum { STEPS = 40000 };
    rig r;
    int swaps = 0, now = 0;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=4x4", NULL, "exchange", T, 2, 1, 5}));
    for (int k = 0; k < STEPS; k++) {
        CHECK_OK(rig_step(&r, 1));
        swaps += rig_at(&r, 0, 0) != now;
        now = rig_at(&r, 0, 0);
    }
    temper_table table = rig_report(&r);
    double p = rig_value(&table, "swap_rate", 0), n = STEPS / 2.0; /* the pair is tried at even steps */
    CHECK(p > 0.3 && p < 0.8, "%g", p);
    CHECK_NEAR(swaps / n, p, 4.5 * sqrt(p * (1 - p) / n));
    temper_table_clear(&table);
    rig_free(&r);
}

static void spread_of(const char *text, const double *T, int n, double *low, double *high) {
    rig r;
    CHECK_OK(rig_create(&r, &(rig_order){"ising:dims=16x16", NULL, text, T, n, 1, 7}));
    CHECK_OK(rig_step(&r, 10000));
    temper_table table = rig_report(&r);
    const temper_column *rate = temper_table_find(&table, "swap_rate"),
                        *rung = temper_table_find(&table, "temperature");
    *low = 1, *high = 0;
    for (int k = 0; k + 1 < rate->rows; k++) {
        *low = fmin(*low, rate->values[k]), *high = fmax(*high, rate->values[k]);
        CHECK(T ? (rung->values[k] <= rung->values[k + 1]) == (T[0] <= T[n - 1])
                : rung->values[k] > rung->values[k + 1],
              "rungs %d and %d are out of order", k, k + 1);
    }
    CHECK(rung->values[0] == (T ? T[0] : 8) && rung->values[rate->rows - 1] == (T ? T[n - 1] : 1.5),
          "the ends have moved");
    for (int k = 0; k < r.team.n; k++)
        CHECK(r.team.chains[rig_at(&r, k, 0)]->temperature == rung->values[k],
              "rung %d: chain and ladder differ", k);
    temper_table_clear(&table);
    rig_free(&r);
}

static void ladders_adapt_to_equal_acceptance(void) {
    static const double poor[] = {1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2, 5, 8},
                        with_zero[] = {INFINITY, 4, 3, 2.8, 2.6, 2.4, 2.2, 0};
    double low, high;
    spread_of("exchange:rungs=10,from=8,to=1.5", NULL, 0, &low, &high);
    CHECK(high - low > 0.25, "a geometric ladder is good enough: %g … %g", low, high);
    spread_of("exchange:rungs=10,from=8,to=1.5,adapt=4000", NULL, 0, &low, &high);
    CHECK(high - low < 0.1, "after adapting: %g … %g", low, high);
    spread_of("exchange:adapt=3000", poor, 10, &low, &high);
    CHECK(high - low < 0.1, "from a poor ladder: %g … %g", low, high);
    spread_of("exchange:adapt=3000", with_zero, 8, &low, &high);
    CHECK(high - low < 0.15, "between infinity and zero: %g … %g", low, high);
}

static temper_status try_plan(const char *ensemble, const double *T, int n, int reads) {
    rig r;
    temper_status bad =
        rig_plan(&r, &(rig_order){"ising:dims=4x4", "metropolis+houdayer", ensemble, T, n, reads, 1});
    rig_free(&r);
    return bad;
}

static void refuses(void) {
    static const double T[] = {3, 2, 2.5}, with_nan[] = {1, NAN}, level[] = {1, 2, 2, 3};
    CHECK_FAILS(try_plan("exchange:from=-0.5", NULL, 0, 2), TEMPER_BAD_OPTION, "from=-0.5");
    CHECK_FAILS(try_plan("exchange:to=0", NULL, 0, 2), TEMPER_BAD_OPTION, "to=0");
    CHECK_FAILS(try_plan("exchange", T, 3, 2), TEMPER_BAD_OPTION, "2 comes before 2.5");
    CHECK_FAILS(try_plan("exchange", T, 1, 2), TEMPER_BAD_OPTION, "two temperatures");
    CHECK_FAILS(try_plan("exchange", with_nan, 2, 2), TEMPER_BAD_OPTION, "number 2 is nan");
    CHECK_FAILS(try_plan("exchange", T, 2, 3), TEMPER_BAD_OPTION, "copies");
    CHECK_FAILS(try_plan("exchange:copies=4", T, 2, 2), TEMPER_BAD_OPTION, "copies=4");
    CHECK_FAILS(try_plan("exchange:copies=1000000,rungs=1000", NULL, 0, 0), TEMPER_BAD_OPTION, "chains");
    CHECK_OK(try_plan("exchange:copies=4", T, 2, 1));
    CHECK_OK(try_plan("exchange", level, 4, 2)); /* a temperature may stand on several rungs */
}

int main(void) {
    RUN(swaps_sample_the_product_exactly);
    RUN(extreme_rungs);
    RUN(the_books_are_right);
    RUN(the_swap_rate_is_the_frequency_of_swaps);
    RUN(ladders_adapt_to_equal_acceptance);
    RUN(refuses);
    return check_end();
}
