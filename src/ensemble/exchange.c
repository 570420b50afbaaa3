/* Parallel tempering (Swendsen & Wang 1986; Geyer 1991; Hukushima & Nemoto 1996).
 *
 * One chain sits on each rung of a ladder of temperatures. A macro step is some sweeps of all chains, then proposed
 * swaps of the temperatures (never of the configurations) of neighbouring rungs i, j, accepted with
 *
 *     min(1, exp[(β_i − β_j)(E_i − E_j)]),
 *
 * which leaves the product of the Boltzmann distributions alone. Even steps try the pairs (0,1), (2,3) …, odd ones
 * (1,2), (3,4) …: this deterministic even–odd order makes walkers persist in their direction (Syed, Bouchard-Côté,
 * Deligiannidis & Doucet 2022).
 *
 * While the ladder adapts, its inner rungs move until every pair swaps equally often. For energies with a normal
 * distribution the mean acceptance is a = erfc(d/2) with d = Δβ σ_E (Predescu, Predescu & Ciobanu 2004), so that
 *
 *     Λ(T) = Σ d,   d = 2 erfc⁻¹(a),
 *
 * is a length along the ladder; the rungs are put at equal steps of it, and measured again, over rounds that double.
 * Then the ladder is frozen for ever: only from there on the chains have an invariant distribution, and only from
 * there on swaps, round trips and flow are counted. */
#include <math.h>
#include <stddef.h>
#include "base/elementary.h"
#include "core/chance.h"
#include "core/rungs.h"
#include "core/schedule.h"
#include "temper/ensemble.h"

typedef struct {
    double from, to; /* < 0: the system's own range */
    int64_t rungs, copies, sweeps, steps, adapt;
} exchange;

enum { CHAINS_MAX = 10000000, ROUNDS = 5 };

static const temper_option options[] = {
    {"from", TEMPER_REAL, offsetof(exchange, from), "-1", -1, INFINITY, NULL, "k_B T",
     "hot end of the ladder when no temperatures are given; -1: by the system itself"},
    {"to", TEMPER_REAL, offsetof(exchange, to), "-1", -1, INFINITY, NULL, "k_B T",
     "cold end of the ladder when no temperatures are given; -1: by the system itself"},
    {"rungs", TEMPER_INT, offsetof(exchange, rungs), "16", 2, 100000, NULL, "",
     "number of temperatures when none are given"},
    {"copies", TEMPER_INT, offsetof(exchange, copies), "0", 0, 1e6, NULL, "",
     "independent ladders; 0: as many as reads"},
    {"sweeps", TEMPER_INT, offsetof(exchange, sweeps), "1", 1, 1e12, NULL, "sweeps", "sweeps between swaps"},
    {"steps", TEMPER_INT, offsetof(exchange, steps), "1000", 1, 1e15, NULL, "",
     "macro steps (sweeps, then swaps) of an anneal; a sample decides for itself"},
    {"adapt", TEMPER_INT, offsetof(exchange, adapt), "0", 0, 1e15, NULL, "",
     "macro steps at the beginning in which inner rungs move to equal acceptance; 0: never"},
    {0}};

/* What team->state holds. Slot r·copies + c is rung r of ladder c; `at` and `slot` are inverse to each other. Chains
 * are numbered ladder by ladder: c·rungs + r begins on rung r of ladder c, which it never leaves. */
typedef struct {
    int rungs, copies;
    double *T;              /* [rungs] */
    double *fresh;          /* [rungs] the next ladder, while it is made */
    double *chance, *tries; /* [rungs] of pair r, r+1: sum of acceptance probabilities, number of proposals */
    double *up, *down;      /* [rungs] visits of walkers that come from the cold and from the hot end */
    double *at, *slot;      /* [n] chain in a slot, slot of a chain */
    double *mark, *trips;   /* [n] of a chain: where it comes from, round trips */
    double *best;           /* [copies] lowest energy seen at the end of a step */
} ladder;

/* ladder.mark: the end that a chain touched last. A round trip is cold → hot → cold. */
enum { NOWHERE, COLD, HOT_AND_COLD_BEFORE, HOT };

static int rungs_of(const exchange *x, const temper_team *team) {
    return team->ntemperatures ? team->ntemperatures : (int)x->rungs;
}

static ladder ladder_of(const exchange *x, const temper_team *team) {
    int R = rungs_of(x, team), n = team->n;
    double *p = team->state;
    ladder l = {.rungs = R, .copies = n / R};
    l.T = p, l.fresh = p + R, l.chance = p + 2 * R, l.tries = p + 3 * R, l.up = p + 4 * R, l.down = p + 5 * R;
    p += 6 * R;
    l.at = p, l.slot = p + n, l.mark = p + 2 * n, l.trips = p + 3 * n, l.best = p + 4 * n;
    return l;
}

static int hot_end(const ladder *l) { return l->T[0] > l->T[l->rungs - 1] ? 0 : l->rungs - 1; }

static temper_status build(void *self) {
    const exchange *x = self;
    double ends[2] = {x->from, x->to};
    if ((x->from < 0 && x->from != -1) || (x->to < 0 && x->to != -1))
        return temper_fail(TEMPER_BAD_OPTION, "exchange: from=%g,to=%g; legal are -1 (automatic) and 0 … inf",
                           x->from, x->to);
    return temper_schedule_ends("exchange", TEMPER_SCHEDULE_GEOMETRIC, ends);
}

static temper_status check_given(const temper_team *team) {
    const double *T = team->temperatures;
    int n = team->ntemperatures;
    temper_status bad = temper_schedule_check("exchange", T, n);
    if (!bad && n == 1)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "exchange: a ladder needs two temperatures or more; one (%g) was "
                          "given",
                          T[0]);
    for (int r = 0; !bad && r + 1 < n; r++) /* equal ones are legal: more rungs where one measures most */
        if (T[n - 1] > T[0] ? T[r + 1] < T[r] : T[r + 1] > T[r])
            bad = temper_fail(TEMPER_BAD_OPTION,
                              "exchange: the temperatures of a ladder rise or fall from one end "
                              "to the other, from %g to %g; there %g comes before %g",
                              T[0], T[n - 1], T[r], T[r + 1]);
    return bad;
}

static temper_status plan(const void *self, const temper_team *team, temper_plan *plan) {
    const exchange *x = self;
    temper_status bad = check_given(team);
    if (bad) return bad;
    int64_t R = rungs_of(x, team), copies = x->copies ? x->copies : team->reads > 0 ? team->reads : 1;
    if (x->copies && team->reads > 1 && team->reads != x->copies)
        return temper_fail(TEMPER_BAD_OPTION, "exchange: copies=%lld differs from reads=%d; give one of them",
                           (long long)x->copies, team->reads);
    if (copies % team->sampler->group)
        return temper_fail(TEMPER_BAD_OPTION,
                           "exchange: %s moves %d chains of one temperature together; copies "
                           "(or reads) is %lld, legal are its multiples",
                           team->sampler->text, team->sampler->group, (long long)copies);
    if (R * copies > CHAINS_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "exchange: %lld rungs in %lld copies are more than %d chains",
                           (long long)R, (long long)copies, CHAINS_MAX);
    int64_t n = R * copies;
    *plan = (temper_plan){.chains = (int)n, .rungs = (int)R, .steps = x->steps};
    plan->states = (int)(6 * R + 4 * n + copies);
    return TEMPER_OK;
}

static void warm(const ladder *l, temper_team *team) {
    for (int k = 0; k < team->n; k++) team->chains[(int)l->at[k]]->temperature = l->T[k / l->copies];
}

static void forget_swaps(const ladder *l) {
    for (int r = 0; r < l->rungs; r++) l->chance[r] = l->tries[r] = 0;
}

static void forget_walks(const ladder *l, int n) {
    for (int r = 0; r < l->rungs; r++) l->up[r] = l->down[r] = 0;
    for (int i = 0; i < n; i++) l->trips[i] = 0, l->mark[i] = NOWHERE;
}

/* Marks the walkers at the two ends, counts the round trips that are complete, and which way the others came. */
static void walk(const ladder *l, int n) {
    int hot = hot_end(l), cold = l->rungs - 1 - hot;
    for (int c = 0; c < l->copies; c++) {
        int i = (int)l->at[cold * l->copies + c], j = (int)l->at[hot * l->copies + c];
        if (l->mark[i] == HOT_AND_COLD_BEFORE) l->trips[i]++;
        l->mark[i] = COLD;
        if (l->mark[j] != HOT_AND_COLD_BEFORE) l->mark[j] = l->mark[j] == COLD ? HOT_AND_COLD_BEFORE : HOT;
    }
    for (int k = 0; k < n; k++) {
        double mark = l->mark[(int)l->at[k]];
        if (mark != NOWHERE) ++*(mark == COLD ? &l->up[k / l->copies] : &l->down[k / l->copies]);
    }
}

static void note_best(const ladder *l, temper_team *team) {
    for (int k = 0; k < team->n; k++) {
        double E = team->chains[(int)l->at[k]]->energy, *best = &l->best[k % l->copies];
        if (E < *best) *best = E;
    }
}

static temper_status begin(const void *self, temper_team *team) {
    const exchange *x = self;
    ladder l = ladder_of(x, team);
    double ends[2] = {x->from, x->to};
    temper_status bad =
        team->ntemperatures ? TEMPER_OK : temper_schedule_fill("exchange", team->system, ends);
    if (bad) return bad;
    for (int r = 0; r < l.rungs; r++)
        l.T[r] = team->ntemperatures ? team->temperatures[r]
                                     : temper_schedule_point(TEMPER_SCHEDULE_GEOMETRIC, ends, r, l.rungs);
    for (int k = 0; k < team->n; k++) {
        l.at[k] = k % l.copies * l.rungs + k / l.copies;
        l.slot[(int)l.at[k]] = k;
    }
    for (int c = 0; c < l.copies; c++) l.best[c] = INFINITY;
    forget_swaps(&l);
    forget_walks(&l, team->n);
    note_best(&l, team);
    warm(&l, team);
    return TEMPER_OK;
}

/* Puts every chain into its slot (in_slots) or back to its number, in place: each exchange of two pointers brings
 * at least one home, and nothing has to be remembered. */
static void arrange(const ladder *l, temper_team *team, bool in_slots) {
    for (int i = 0; i < team->n; i++)
        for (;;) {
            temper_chain *chain = team->chains[i];
            int home = (int)chain->stream.chain;
            if (in_slots) home = (int)l->slot[home];
            if (home == i) break;
            team->chains[i] = team->chains[home];
            team->chains[home] = chain;
        }
}

/* Rung r of copy c with the next one. The draw's index is the slot, so no two proposals of a step share one. */
static void swap(const ladder *l, temper_team *team, int slot) {
    int other = slot + l->copies, r = slot / l->copies;
    double i = l->at[slot], j = l->at[other];
    temper_chain *a = team->chains[(int)i], *b = team->chains[(int)j];
    double x = -(temper_beta(l->T[r]) - temper_beta(l->T[r + 1])) * (a->energy - b->energy);
    temper_stream stream = {team->seed, UINT32_MAX};
    uint32_t word = temper_word(stream, TEMPER_FOR_SWAPS, team->step, slot);
    l->chance[r] += temper_rule_chance(TEMPER_METROPOLIS, x);
    l->tries[r]++;
    if (!temper_rule_decides(TEMPER_METROPOLIS, x, word, (temper_tail){stream, team->step, slot})) return;
    l->at[slot] = j, l->at[other] = i;
    l->slot[(int)i] = other, l->slot[(int)j] = slot;
    a->temperature = l->T[r + 1], b->temperature = l->T[r];
}

/* Between rungs one interpolates in y = T/(T+θ), which is β-like when hot, T-like when cold, finite at 0 and ∞. */
static double to_line(double T, double theta) { return T == INFINITY ? 1 : T / (T + theta); }
static double from_line(double y, double theta) { return y < 1 ? theta * y / (1 - y) : INFINITY; }

static void move_rungs(const ladder *l) {
    int R = l->rungs;
    double total = 0, passed = 0, middle = l->T[R / 2];
    double theta = middle > 0 && middle < INFINITY ? middle : 1;
    for (int r = 0; r + 1 < R; r++) {
        if (l->tries[r] == 0) return; /* too short a round to learn from */
        total += l->chance[r] = temper_rungs_distance(l->chance[r] / l->tries[r]);
    }
    if (total > 0)
        for (int r = 0, k = 1; k + 1 < R; k++) {
            double want = total * k / (R - 1);
            /* Invariant: passed = Λ at rung r ≤ want. */
            while (r + 2 < R && passed + l->chance[r] < want) passed += l->chance[r++];
            double part = l->chance[r] > 0 ? (want - passed) / l->chance[r] : 0;
            double a = to_line(l->T[r], theta), b = to_line(l->T[r + 1], theta);
            l->fresh[k] = from_line(a + (part < 1 ? part : 1) * (b - a), theta);
        }
    for (int k = 1; total > 0 && k + 1 < R; k++) l->T[k] = l->fresh[k];
}

/* Rounds end after adapt/16, /8, /4, /2 and all of the steps, each as long as everything before it. */
static void adapt(const exchange *x, const ladder *l, temper_team *team) {
    int64_t made = team->step + 1;
    for (int k = 0; k < ROUNDS; k++) {
        if (made != x->adapt >> k) continue;
        move_rungs(l);
        forget_swaps(l);
        warm(l, team);
        break;
    }
    if (made == x->adapt) forget_walks(l, team->n);
}

static temper_status step(const void *self, temper_team *team, bool *done) {
    const exchange *x = self;
    ladder l = ladder_of(x, team);
    arrange(&l, team, true);
    temper_status bad = temper_sampler_advance(team->sampler, team->chains, team->n, x->sweeps);
    arrange(&l, team, false);
    if (bad) return bad;
    note_best(&l, team);
    for (int r = (int)(team->step & 1); r + 1 < l.rungs; r += 2)
        for (int c = 0; c < l.copies; c++) swap(&l, team, r * l.copies + c);
    if (team->step < x->adapt)
        adapt(x, &l, team);
    else
        walk(&l, team->n);
    *done = team->step + 1 >= x->steps;
    return TEMPER_OK;
}

static bool whole(double x, double low, double high) { return x >= low && x <= high && x == floor(x); }

/* at and slot must be permutations, each the other's inverse, that leave every chain in its ladder; chains stand under
 * their numbers and at the temperatures of their slots. */
static temper_status check(const void *self, const temper_team *team) {
    ladder l = ladder_of(self, team);
    int n = team->n;
    bool good = true;
    for (int r = 0; r < l.rungs; r++)
        good &= l.T[r] >= 0 && isfinite(l.chance[r]) && isfinite(l.tries[r]) && isfinite(l.up[r]) &&
                isfinite(l.down[r]);
    for (int k = 0; good && k < n; k++) {
        good = whole(l.at[k], 0, n - 1) && whole(l.slot[k], 0, n - 1) && whole(l.mark[k], NOWHERE, HOT) &&
               isfinite(l.trips[k]);
        if (!good) break;
        const temper_chain *chain = team->chains[(int)l.at[k]];
        good = l.slot[(int)l.at[k]] == k && (int)l.at[k] / l.rungs == k % l.copies &&
               chain->stream.chain == (uint32_t)l.at[k] && chain->temperature == l.T[k / l.copies];
    }
    for (int c = 0; c < l.copies; c++) good &= isfinite(l.best[c]);
    return good ? TEMPER_OK
                : temper_fail(TEMPER_BAD_DATA,
                              "exchange: the saved ladder of %d rungs in %d copies is not one "
                              "that it could have left there",
                              l.rungs, l.copies);
}

static int at(const void *self, const temper_team *team, int rung, int copy) {
    ladder l = ladder_of(self, team);
    return rung >= 0 && rung < l.rungs && copy >= 0 && copy < l.copies ? (int)l.at[rung * l.copies + copy]
                                                                       : -1;
}

static double rung(const void *self, const temper_team *team, int r) { return ladder_of(self, team).T[r]; }

static temper_status report(const void *self, const temper_team *team, temper_table *table) {
    ladder l = ladder_of(self, team);
    double *T = temper_table_add(table, "temperature", "rungs of the ladder, k_B T", l.rungs);
    double *rate =
        temper_table_add(table, "swap_rate", "mean probability that rungs r and r+1 swap", l.rungs);
    double *trips = temper_table_add(
        table, "round_trips", "journeys cold–hot–cold of the walkers that began on this rung", l.rungs);
    double *flow = temper_table_add(
        table, "flow", "of the walkers on this rung, the fraction that came from the cold end", l.rungs);
    double *best =
        temper_table_add(table, "best_energy", "lowest energy that each copy has seen, extensive", l.copies);
    if (!T || !rate || !trips || !flow || !best) return TEMPER_NO_MEMORY;
    for (int r = 0; r < l.rungs; r++) {
        T[r] = l.T[r];
        rate[r] = r + 1 < l.rungs && l.tries[r] > 0 ? l.chance[r] / l.tries[r] : NAN;
        flow[r] = l.up[r] + l.down[r] > 0 ? l.up[r] / (l.up[r] + l.down[r]) : NAN;
        for (int c = 0; c < l.copies; c++) trips[r] += l.trips[c * l.rungs + r];
    }
    for (int c = 0; c < l.copies; c++) best[c] = l.best[c];
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_exchange = {
    .about = {.name = "exchange",
              .brief = "parallel tempering: neighbouring rungs swap with min(1, exp[(β_i − β_j)(E_i − E_j)])",
              .reference =
                  "Hukushima & Nemoto, J. Phys. Soc. Jpn 65, 1604 (1996); even-odd: Syed, Bouchard-Côté, "
                  "Deligiannidis & Doucet, J. R. Stat. Soc. B 84, 321 (2022)",
              .specimen = "adapt=8",
              .options = options,
              .size = sizeof(exchange)},
    .build = build,
    .plan = plan,
    .begin = begin,
    .step = step,
    .check = check,
    .at = at,
    .rung = rung,
    .report = report};
