/* Parallel tempering of weights (Swendsen & Wang 1986; Geyer 1991; for networks Deng et al. 2020): K walkers of one network on a ladder of
 * temperatures, the coldest at the T asked for, the others at T·ratio^r. Every so many epochs neighbouring rungs propose to exchange their
 * temperatures; with the energies U = N·u over all data of walkers a, b that stand on them it is accepted with
 *
 *     min(1, exp[(1/T_a − 1/T_b)(U_a − U_b)]),
 *
 * which leaves the product of their distributions alone: the walker on the coldest rung samples e^{−U/T}, and those that come down to it have
 * crossed barriers where it was hot. Even couplings try the pairs (0,1), (2,3) …, odd ones (1,2), (3,4) … (Syed et al. 2022).
 *
 * Temperatures are exchanged, not weights: weights, minibatches and noise stay with a walker, and whatever belongs to a temperature goes with
 * the rung: momenta are scaled by √(T'/T), thermometers and what adaptive schedules remember change hands.
 *
 * For a harmonic energy of d coordinates the mean acceptance is 2 I_{1/(1+ratio)}(d/2, d/2), near erfc(ln(ratio)·√d/√8): a ladder
 * reaches only as far as its steps of 2/√d. That is the automatic `ratio`: 1 + 2/√d, a third of all swaps.
 *
 * In the first part of the run inner rungs move until all pairs swap equally often: the distance of neighbours is d = 2 erfc⁻¹(acceptance), rungs
 * are put at equal steps of it (exchange.c has the theory), over rounds that double. Then the ladder is frozen for ever, and only from
 * there on swaps, round trips and energies are counted. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "core/average.h"
#include "core/chance.h"
#include "core/crew.h"
#include "core/rungs.h"

typedef struct {
    int64_t walkers;
    double ratio, every, adapt;
} tempering;

enum { ROUNDS = 5, LEAST = 8, MOST = 1000 };

static const temper_option options[] = {
    {"walkers", TEMPER_INT, offsetof(tempering, walkers), "4", 2, MOST, NULL, "",
     "networks, one on each rung"},
    {"ratio", TEMPER_REAL, offsetof(tempering, ratio), "0", 0, 1e6, NULL, "",
     "of neighbouring temperatures at the start, above 1; 0: 1 + 2/√d for d weights"},
    {"every", TEMPER_REAL, offsetof(tempering, every), "1", 0, 1e6, NULL, "epochs",
     "time between two couplings; 0: each step"},
    {"adapt", TEMPER_REAL, offsetof(tempering, adapt), "0.25", 0, 1, NULL, "",
     "share of the run in which inner rungs move to equal acceptance; 0: never"},
    {0}};

/* What crew->state holds. A walker that a damaged file puts nowhere is on rung 0, a rung without one has walker 0: wrong, but harmless. */
typedef struct {
    int K;
    double *factor, *fresh; /* [K] T of a rung over that asked for; the next ladder, while it is made */
    double *chance, *tries; /* [K] of pair r, r+1: sum of acceptance probabilities, proposals */
    double *energy, *looks; /* [K] of a rung: sum of U, and how many */
    double *U, *rung, *mark,
        *trips; /* [K] of a walker: energy now, where it stands, where it comes from, round trips */
} ladder;

enum { COLUMNS = 10 };
/* ladder.mark: the end that a walker touched last. A round trip is cold → hot → cold. */
enum { NOWHERE, COLD, HOT_AND_COLD_BEFORE, HOT };

static ladder ladder_of(const temper_crew *crew) {
    int K = crew->n;
    double *p = crew->state;
    return (ladder){K,         p,         p + K,     p + 2 * K, p + 3 * K, p + 4 * K,
                    p + 5 * K, p + 6 * K, p + 7 * K, p + 8 * K, p + 9 * K};
}

static int rung_of(const ladder *l, int j) {
    double r = l->rung[j];
    return r >= 0 && r < l->K ? (int)r : 0;
}

static int walker_on(const ladder *l, int r) {
    for (int j = 0; j < l->K; j++)
        if (rung_of(l, j) == r) return j;
    return 0;
}

static temper_status build(void *self) {
    const tempering *x = self;
    if (x->ratio == 0 || x->ratio > 1) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "tempering: ratio=%g; legal are 0 (automatic) and above 1 … 1e6",
                       x->ratio);
}

static int64_t walkers(const void *self) { return ((const tempering *)self)->walkers; }
static int states(const void *self) { return COLUMNS * (int)((const tempering *)self)->walkers; }

static int64_t stride(const void *self, int64_t epoch) {
    const temper_window window = {0, ((const tempering *)self)->every};
    return temper_window_stride(&window, epoch);
}

/* Couplings of the run, and those in which the ladder adapts. */
static int64_t couplings(const tempering *x, const temper_crew *crew) {
    return crew->steps / stride(x, crew->epoch);
}
static int64_t rehearsals(const tempering *x, const temper_crew *crew) {
    return (int64_t)(x->adapt * (double)couplings(x, crew));
}

static temper_status muster(const void *self, temper_crew *crew) {
    const tempering *x = self;
    temper_status bad = temper_crew_thermal("tempering", crew);
    if (bad) return bad;
    if (couplings(x, crew) - rehearsals(x, crew) < 2)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "tempering: every=%g,adapt=%g leave fewer than two couplings after the ladder is made, in "
            "%lld steps with epochs of %lld: more epochs help, or smaller every, or smaller adapt",
            x->every, x->adapt, (long long)crew->steps, (long long)crew->epoch);
    ladder l = ladder_of(crew);
    double ratio = x->ratio > 0 ? x->ratio : 1 + 2 / sqrt((double)crew->walker[0]->dim);
    for (int k = 0; k < COLUMNS * l.K; k++) crew->state[k] = 0;
    for (int r = 0; r < l.K; r++) {
        l.factor[r] = r ? l.factor[r - 1] * ratio : 1;
        l.rung[r] = r;
    }
    return TEMPER_OK;
}

static double temperature(const void *self, const temper_crew *crew, int j) {
    (void)self;
    ladder l = ladder_of(crew);
    return l.factor[rung_of(&l, j)];
}

static int lead(const void *self, const temper_crew *crew) {
    (void)self;
    ladder l = ladder_of(crew);
    return walker_on(&l, 0);
}

/* The walkers change rungs, and with them all that is a rung's. */
static void change_places(const ladder *l, const temper_crew *crew, int i, int j) {
    temper_walker *a = crew->walker[i], *b = crew->walker[j], was = *a;
    double rung = l->rung[i];
    l->rung[i] = l->rung[j], l->rung[j] = rung;
    temper_walker_warm(a, b->temperature), temper_walker_warm(b, was.temperature);
    a->rate = b->rate, b->rate = was.rate;
    a->thermometer = b->thermometer, b->thermometer = was.thermometer;
    a->epoch = b->epoch, b->epoch = was.epoch;
    memcpy(a->plan, b->plan, sizeof a->plan), memcpy(b->plan, was.plan, sizeof b->plan);
}

/* Rungs r and r + 1. Where a cooling schedule stands at T = 0 there is nothing to exchange. */
static void swap(const ladder *l, const temper_crew *crew, int r) {
    int i = walker_on(l, r), j = walker_on(l, r + 1);
    const temper_walker *a = crew->walker[i], *b = crew->walker[j];
    if (!(a->temperature > 0) || !(b->temperature > 0)) return;
    double x = -(1 / a->temperature - 1 / b->temperature) * (l->U[i] - l->U[j]);
    if (isnan(x)) x = INFINITY; /* both energies infinite: no swap */
    uint32_t word = temper_word(crew->stream, TEMPER_FOR_SWAPS, crew->step, r);
    l->chance[r] += temper_rule_chance(TEMPER_METROPOLIS, x);
    l->tries[r]++;
    if (temper_rule_decides(TEMPER_METROPOLIS, x, word, (temper_tail){crew->stream, crew->step, r}))
        change_places(l, crew, i, j);
}

/* Marks the walkers at the two ends, and counts the round trips that are complete. */
static void walk(const ladder *l) {
    int i = walker_on(l, 0), j = walker_on(l, l->K - 1);
    if (l->mark[i] == HOT_AND_COLD_BEFORE) l->trips[i]++;
    l->mark[i] = COLD;
    if (l->mark[j] != HOT_AND_COLD_BEFORE) l->mark[j] = l->mark[j] == COLD ? HOT_AND_COLD_BEFORE : HOT;
}

static void forget(const ladder *l) {
    for (int r = 0; r < l->K; r++) l->chance[r] = l->tries[r] = l->energy[r] = l->looks[r] = 0;
}

/* Inner rungs to equal distances; between the old ones ln T is interpolated. False: too few swaps were proposed to learn from. */
static bool move_rungs(const ladder *l, const temper_crew *crew) {
    int K = l->K;
    double total = 0, passed = 0;
    for (int r = 0; r + 1 < K; r++) {
        if (!(l->tries[r] >= LEAST)) return false;
        total += temper_rungs_distance(l->chance[r] / l->tries[r]);
    }
    if (!(total > 0)) return true;
    for (int r = 0; r + 1 < K; r++) l->chance[r] = temper_rungs_distance(l->chance[r] / l->tries[r]);
    for (int r = 0, k = 1; k + 1 < K; k++) {
        double want = total * k / (K - 1);
        /* Invariant: passed = distance from rung 0 to rung r ≤ want. */
        while (r + 2 < K && passed + l->chance[r] < want) passed += l->chance[r++];
        double part = l->chance[r] > 0 ? (want - passed) / l->chance[r] : 0;
        l->fresh[k] =
            l->factor[r] * temper_exp((part < 1 ? part : 1) * temper_log(l->factor[r + 1] / l->factor[r]));
    }
    for (int k = 1; k + 1 < K; k++) {
        temper_walker *w = crew->walker[walker_on(l, k)];
        if (w->temperature > 0) temper_walker_warm(w, w->temperature * (l->fresh[k] / l->factor[k]));
        l->factor[k] = l->fresh[k];
    }
    return true;
}

/* Rounds end after 1/16, 1/8, 1/4, 1/2 and all of the n couplings, each as long as everything before it; one that is too short goes on. */
static void adapt(const ladder *l, const temper_crew *crew, int64_t made, int64_t n) {
    for (int k = 0; k < ROUNDS; k++) {
        if (made != n >> k) continue;
        if (move_rungs(l, crew) || made == n) forget(l);
        return;
    }
}

static temper_status couple(const void *self, temper_crew *crew) {
    const tempering *x = self;
    ladder l = ladder_of(crew);
    int64_t made = crew->step / stride(x, crew->epoch),
            n = rehearsals(x, crew); /* made: from 1, with this one */
    temper_status bad = temper_crew_energies(crew, l.U);
    if (bad) return bad;
    for (int j = 0; j < l.K; j++) {
        if (!isfinite(l.U[j])) continue;
        l.energy[rung_of(&l, j)] += l.U[j];
        l.looks[rung_of(&l, j)]++;
    }
    for (int r = l.K > 2 ? (int)(made & 1) : 0; r + 1 < l.K; r += 2) swap(&l, crew, r);
    if (made <= n)
        adapt(&l, crew, made, n);
    else
        walk(&l);
    return TEMPER_OK;
}

static int64_t weights(const void *self) {
    (void)self;
    return 1;
}

static void present(const void *self, const temper_crew *crew, int64_t k, float *theta) {
    (void)k;
    const temper_walker *w = crew->walker[lead(self, crew)];
    const float *from = w->theta;
    for (int64_t i = 0; i < w->dim; i++) theta[i] = from[i];
}

static temper_status tell(const void *self, const temper_crew *crew, temper_table *table) {
    (void)self;
    ladder l = ladder_of(crew);
    double N = (double)crew->walker[0]->potential->samples;
    double *rung = temper_table_add(table, "rung", "number of the rung, from 0, the coldest", l.K);
    double *T = temper_table_add(table, "temperature", "of the rung, before cooling", l.K);
    double *u = temper_table_add(table, "energy", "mean of u = U/N over all data on this rung", l.K);
    double *rate = temper_table_add(table, "swap_rate", "mean probability that rungs r and r+1 swap", l.K);
    double *tries = temper_table_add(table, "tries", "swaps of rungs r and r+1 proposed", l.K);
    double *walker = temper_table_add(table, "walker", "number of the walker on this rung at the end", l.K);
    double *trips = temper_table_add(table, "round_trips",
                                     "journeys cold–hot–cold of the walker that began on this rung", l.K);
    if (!rung || !T || !u || !rate || !tries || !walker || !trips) return TEMPER_NO_MEMORY;
    for (int r = 0; r < l.K; r++) {
        rung[r] = r;
        T[r] = crew->T * l.factor[r];
        u[r] = l.looks[r] > 0 ? l.energy[r] / l.looks[r] / N : NAN;
        rate[r] = l.tries[r] > 0 ? l.chance[r] / l.tries[r] : NAN;
        tries[r] = l.tries[r];
        walker[r] = walker_on(&l, r);
        trips[r] = l.trips[r];
    }
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_tempering = {
    .about = {.name = "tempering",
              .brief =
                  "parallel tempering of weights: rungs swap with min(1, exp[(1/T_a − 1/T_b)(U_a − U_b)]) "
                  "(temper train)",
              .reference =
                  "Swendsen & Wang, Phys. Rev. Lett. 57, 2607 (1986); Geyer 1991; Deng et al., ICML 2020 "
                  "(stochastic gradients); Syed et al., J. R. Stat. Soc. B 84, 321 (2022)",
              .specimen = "walkers=3,ratio=1.05,adapt=0.5",
              .options = options,
              .size = sizeof(tempering)},
    .build = build,
    .walkers = walkers,
    .states = states,
    .muster = muster,
    .stride = stride,
    .couple = couple,
    .temperature = temperature,
    .lead = lead,
    .weights = weights,
    .present = present,
    .tell = tell};
