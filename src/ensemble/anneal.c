/* Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983): independent reads are cooled along one schedule.
 *
 * At each point k of the schedule every chain gets T_k and makes `sweeps` sweeps. The schedule is a line in T or in β,
 * a geometric sequence, a file, or finds itself by constant thermodynamic speed (Salamon et al. 1988):
 *
 *     Δβ = v / σ_E(β),
 *
 * σ_E being the spread of the energies of the reads. As d⟨E⟩/dβ = −σ_E², each step then lowers ⟨E⟩ by v of its own
 * standard deviations: slow where the heat capacity is large, fast where nothing happens.
 *
 * At the end a quench takes each read to the bottom of its valley: sweeps at T = 0 until no energy falls any more. The
 * answer of a read is its chain's last configuration; the lowest energy that it passed on the way is reported too. */
#include <math.h>
#include <stddef.h>
#include "base/memory.h"
#include "core/schedule.h"
#include "temper/ensemble.h"

enum { LINEAR, LINEAR_BETA, GEOMETRIC, FROM_FILE, ADAPTIVE }; /* the first three as in core/schedule.h */
enum { QUENCH = 100, READS_FOR_SPREAD = 8 };

typedef struct {
    int schedule;
    double from, to; /* < 0: the system's own range */
    int64_t steps, sweeps;
    char *file;
    double speed;
    bool quench;
    double *T; /* [points] of the file */
    int64_t points;
} anneal;

static const temper_option options[] = {
    {"schedule", TEMPER_CHOICE, offsetof(anneal, schedule), "geometric", 0, 0,
     "linear|linear_beta|geometric|file|adaptive", "",
     "equal steps of T or of β, equal ratios of T, a file, or constant thermodynamic speed"},
    {"from", TEMPER_REAL, offsetof(anneal, from), "-1", -1, INFINITY, NULL, "k_B T",
     "first temperature; -1: twice too hot for every site, by the system itself"},
    {"to", TEMPER_REAL, offsetof(anneal, to), "-1", -1, INFINITY, NULL, "k_B T",
     "last temperature; -1: too cold for the cheapest excitation, by the system itself"},
    {"steps", TEMPER_INT, offsetof(anneal, steps), "1000", 1, TEMPER_SCHEDULE_POINTS, NULL, "",
     "points of the schedule; adaptive: at most so many, the last one jumps to the end"},
    {"sweeps", TEMPER_INT, offsetof(anneal, sweeps), "1", 1, 1e12, NULL, "sweeps", "sweeps at each point"},
    {"file", TEMPER_STRING, offsetof(anneal, file), "", 0, 0, NULL, "",
     "for schedule=file: a text file with one temperature per line"},
    {"speed", TEMPER_REAL, offsetof(anneal, speed), "0.5", 1e-6, 1e6, NULL, "standard deviations",
     "for schedule=adaptive: fall of the mean energy per step, v"},
    {"quench", TEMPER_FLAG, offsetof(anneal, quench), "yes", 0, 0, NULL, "",
     "end with sweeps at T = 0 until no energy falls (at most 100 times `sweeps`)"},
    {0}};

/* Where things lie in team->state. */
enum { PHASE, POINTS, NEXT, FROM, TO, HEAD };
enum { COOLING, QUENCHING, DONE }; /* values of state[PHASE] */

typedef struct {
    double *best;                /* [reads] lowest energy seen at the end of a step */
    double *T, *mean, *variance; /* [points] temperature; mean and variance of E over the reads */
} record;

static temper_status build(void *self) {
    anneal *a = self;
    double ends[2] = {a->from, a->to};
    if ((a->from < 0 && a->from != -1) || (a->to < 0 && a->to != -1))
        return temper_fail(TEMPER_BAD_OPTION, "anneal: from=%g,to=%g; legal are -1 (automatic) and 0 … inf",
                           a->from, a->to);
    if (a->file && a->schedule != FROM_FILE)
        return temper_fail(TEMPER_BAD_OPTION, "anneal: file=%s is not read unless schedule=file", a->file);
    if (!a->file && a->schedule == FROM_FILE)
        return temper_fail(TEMPER_BAD_OPTION, "anneal: schedule=file needs the option file, a path");
    if (a->schedule == FROM_FILE) return temper_schedule_read(a->file, &a->T, &a->points);
    return temper_schedule_ends("anneal", a->schedule == ADAPTIVE ? LINEAR_BETA : a->schedule, ends);
}

static void clear(void *self) { temper_release(((anneal *)self)->T); }

/* The user's temperatures: two are the ends of the schedule, more are the schedule itself. */
static bool listed(const temper_team *team) { return team->ntemperatures > 2; }

static int64_t points_of(const anneal *a, const temper_team *team) {
    return listed(team) ? team->ntemperatures : a->schedule == FROM_FILE ? a->points : a->steps;
}

static record record_of(const anneal *a, const temper_team *team) {
    int64_t points = points_of(a, team);
    double *best = team->state + HEAD, *T = best + team->n;
    return (record){best, T, T + points, T + 2 * points};
}

static temper_status plan(const void *self, const temper_team *team, temper_plan *plan) {
    const anneal *a = self;
    int given = team->ntemperatures, group = team->sampler->group;
    if (team->reads < 1 || team->reads % group)
        return temper_fail(TEMPER_BAD_OPTION,
                           "anneal: reads=%d is not a positive multiple of %d, the chains "
                           "that %s moves together",
                           team->reads, group, team->sampler->text);
    if (a->schedule == ADAPTIVE && team->reads < READS_FOR_SPREAD)
        return temper_fail(TEMPER_BAD_OPTION,
                           "anneal: schedule=adaptive takes the spread of the energies from "
                           "the reads and needs at least %d; reads=%d",
                           READS_FOR_SPREAD, team->reads);
    if (given == 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "anneal: one temperature (%g) is no schedule; give two, the ends, "
                           "or more, every point",
                           team->temperatures[0]);
    if (given && a->schedule == FROM_FILE)
        return temper_fail(TEMPER_BAD_OPTION,
                           "anneal: file=%s already gives the temperatures; %d more were given", a->file,
                           given);
    if (listed(team) && a->schedule == ADAPTIVE)
        return temper_fail(TEMPER_BAD_OPTION,
                           "anneal: schedule=adaptive takes two temperatures, the ends; %d "
                           "were given",
                           given);
    temper_status bad = temper_schedule_check("anneal", team->temperatures, given);
    if (!bad && given == 2)
        bad = temper_schedule_ends("anneal", a->schedule == ADAPTIVE ? LINEAR_BETA : a->schedule,
                                   team->temperatures);
    if (bad) return bad;
    int64_t points = points_of(a, team);
    *plan = (temper_plan){.chains = team->reads, .rungs = 1, .steps = points + (a->quench ? QUENCH : 0)};
    plan->states = (int)(HEAD + team->reads + 3 * points);
    return TEMPER_OK;
}

static double temperature_of(const anneal *a, const temper_team *team, int64_t k) {
    if (listed(team)) return team->temperatures[k];
    if (a->schedule == FROM_FILE) return a->T[k];
    if (a->schedule == ADAPTIVE) return team->state[NEXT];
    return temper_schedule_point((temper_schedule_kind)a->schedule, team->state + FROM, k, a->steps);
}

static temper_status ends_of(const anneal *a, const temper_team *team, double ends[2]) {
    bool by_ends = !listed(team) && a->schedule != FROM_FILE, given = team->ntemperatures == 2;
    ends[0] = given ? team->temperatures[0] : a->from;
    ends[1] = given ? team->temperatures[1] : a->to;
    return by_ends ? temper_schedule_fill("anneal", team->system, ends) : TEMPER_OK;
}

static temper_status begin(const void *self, temper_team *team) {
    const anneal *a = self;
    double ends[2], *state = team->state;
    temper_status bad = ends_of(a, team, ends);
    if (!bad && a->schedule == ADAPTIVE && !(ends[0] > ends[1]))
        bad =
            temper_fail(TEMPER_BAD_OPTION, "anneal: schedule=adaptive cools, but from=%g is not above to=%g",
                        ends[0], ends[1]);
    if (bad) return bad;
    state[PHASE] = COOLING;
    state[POINTS] = 0;
    state[NEXT] = state[FROM] = ends[0];
    state[TO] = ends[1];
    record r = record_of(a, team);
    for (int c = 0; c < team->n; c++) {
        r.best[c] = team->chains[c]->energy;
        team->chains[c]->temperature = temperature_of(a, team, 0);
    }
    return TEMPER_OK;
}

/* All chains to T, some sweeps, the lowest energies noted. */
static temper_status sweep(const anneal *a, temper_team *team, double T) {
    record r = record_of(a, team);
    for (int c = 0; c < team->n; c++) team->chains[c]->temperature = T;
    temper_status bad = temper_sampler_advance(team->sampler, team->chains, team->n, a->sweeps);
    for (int c = 0; !bad && c < team->n; c++)
        if (team->chains[c]->energy < r.best[c]) r.best[c] = team->chains[c]->energy;
    return bad;
}

/* Mean and variance of the energy over the reads, in the order of the reads. */
static void measure(const temper_team *team, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (int c = 0; c < team->n; c++) sum += team->chains[c]->energy;
    *mean = sum / team->n;
    for (int c = 0; c < team->n; c++) {
        double d = team->chains[c]->energy - *mean;
        squares += d * d;
    }
    *variance = team->n > 1 ? squares / (team->n - 1) : 0;
}

/* T after T at constant speed; β at most doubles, as a few reads may agree by chance. */
static double slower(const anneal *a, const temper_team *team, double T, double variance) {
    double beta = T == INFINITY ? 0 : 1 / T, sigma = sqrt(variance), to = team->state[TO];
    if (beta == 0 && sigma == 0) return to;
    double step = beta == 0 || a->speed < beta * sigma ? a->speed / sigma : beta;
    double next = 1 / (beta + step);
    return next > to && (int64_t)team->state[POINTS] + 1 < a->steps ? next : to;
}

/* The cold end: sweeps at T = 0 until no energy falls by more than its rounding. */
static temper_status quench(const anneal *a, temper_team *team) {
    double before, after, variance;
    measure(team, &before, &variance);
    temper_status bad = sweep(a, team, 0);
    if (bad) return bad;
    measure(team, &after, &variance);
    if (!(before - after > 1e-13 * (1 + fabs(after))) || ++team->state[NEXT] >= QUENCH)
        team->state[PHASE] = DONE;
    return TEMPER_OK;
}

static temper_status step(const void *self, temper_team *team, bool *done) {
    const anneal *a = self;
    double *state = team->state;
    temper_status bad = TEMPER_OK;
    if (state[PHASE] == COOLING) {
        record r = record_of(a, team);
        int64_t k = (int64_t)state[POINTS], points = points_of(a, team);
        double T = temperature_of(a, team, k);
        if ((bad = sweep(a, team, T))) return bad;
        r.T[k] = T;
        measure(team, &r.mean[k], &r.variance[k]);
        state[POINTS] = (double)(k + 1);
        bool last = k + 1 == points || (a->schedule == ADAPTIVE && T <= state[TO]);
        if (!last && a->schedule == ADAPTIVE) state[NEXT] = slower(a, team, T, r.variance[k]);
        if (last) state[PHASE] = a->quench ? QUENCHING : DONE, state[NEXT] = 0;
    } else if (state[PHASE] == QUENCHING) {
        bad = quench(a, team);
    }
    *done = state[PHASE] == DONE;
    return bad;
}

static bool whole(double x, double low, double high) { return x >= low && x <= high && x == floor(x); }

static temper_status check(const void *self, const temper_team *team) {
    const anneal *a = self;
    record r = record_of(a, team);
    const double *state = team->state;
    int64_t points = points_of(a, team);
    bool good = whole(state[PHASE], COOLING, DONE) && whole(state[POINTS], 0, (double)points);
    double ends[2];
    temper_status bad = ends_of(a, team, ends);
    if (bad) return bad;
    good &= state[FROM] == ends[0] && state[TO] == ends[1];
    /* while it cools there is a next point, and NEXT is its temperature; then NEXT counts sweeps of the quench */
    good &= state[PHASE] != COOLING || state[POINTS] < (double)points;
    if (state[PHASE] != COOLING || a->schedule == ADAPTIVE)
        good &= state[PHASE] == COOLING ? state[NEXT] >= 0 : whole(state[NEXT], 0, QUENCH);
    for (int k = 0; good && k < (int)state[POINTS]; k++)
        good = r.T[k] >= 0 && isfinite(r.mean[k]) && r.variance[k] >= 0 && isfinite(r.variance[k]);
    for (int c = 0; c < team->n; c++) good &= isfinite(r.best[c]);
    return good ? TEMPER_OK
                : temper_fail(TEMPER_BAD_DATA,
                              "anneal: the saved schedule of %lld points is not one that it could "
                              "have left there",
                              (long long)points);
}

static temper_status report(const void *self, const temper_team *team, temper_table *table) {
    record r = record_of(self, team);
    int points = (int)team->state[POINTS];
    double N = team->system->n;
    double *T = temper_table_add(table, "temperature", "points of the schedule, k_B T", points);
    double *E = temper_table_add(table, "energy", "mean over the reads, per site", points);
    double *dE = temper_table_add(table, "energy_error", "its standard error, per site", points);
    /* Not a heat capacity: below freezing the reads differ for good, whatever T is. */
    double *V = temper_table_add(table, "energy_variance", "of H over the reads, per site", points);
    double *best =
        temper_table_add(table, "best_energy", "lowest energy that each read has seen, extensive", team->n);
    if (!T || !E || !dE || !V || !best) return TEMPER_NO_MEMORY;
    for (int k = 0; k < points; k++) {
        T[k] = r.T[k];
        E[k] = r.mean[k] / N;
        dE[k] = team->n > 1 ? sqrt(r.variance[k] / team->n) / N : NAN;
        V[k] = team->n > 1 ? r.variance[k] / N : NAN;
    }
    for (int c = 0; c < team->n; c++) best[c] = r.best[c];
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_anneal = {
    .about = {.name = "anneal",
              .brief = "independent reads, cooled along one schedule of temperatures, then quenched",
              .reference =
                  "Kirkpatrick, Gelatt & Vecchi, Science 220, 671 (1983); adaptive: Salamon, Nulton, "
                  "Harland, Pedersen, Ruppeiner & Liao, Comput. Phys. Commun. 49, 423 (1988)",
              .specimen = "steps=20,sweeps=2",
              .options = options,
              .size = sizeof(anneal)},
    .build = build,
    .clear = clear,
    .plan = plan,
    .begin = begin,
    .step = step,
    .check = check,
    .report = report};
