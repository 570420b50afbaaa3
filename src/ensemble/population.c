/* Population annealing (Hukushima & Iba 2003; Machta 2010).
 *
 * R members start as exact samples at T = ∞ (independent random configurations) and are cooled together. On the way
 * from β to β' member j has the weight w_j = exp(−(β'−β)E_j); the population is resampled to τ_j = R w_j / Σw copies
 * of it in the mean, then makes some sweeps at β'. The mean weight is an estimate of a ratio of partition functions:
 *
 *     Q = (1/R) Σ_j exp(−(β'−β)E_j),     ln Z(β) = ln Z(0) + Σ ln Q,     F = −T ln Z,  S = ln Z + βE.
 *
 * Systematic resampling: one uniform u; member j gets as many copies as there are whole numbers k with k + u between
 * the running sums of τ before and after it. R stays, each count is τ_j up to one, and so is every sum of neighbours:
 * no other unbiased rule adds less noise. Children stand beside their parent in that order for ever after, so whole
 * families, and groups of them, are neighbours.
 *
 * Steps: β' is the largest one whose distribution of energies still overlaps with the present one by the fraction
 * `overlap`, estimated as Σ_j min(1, τ_j) / R (Barash, Weigel, Borovský, Janke & Shchur 2017); temperatures that the
 * user gave are stops that are met exactly.
 *
 * Errors: let the initial population be cut into B blocks. What is left of block b is n_b members, and Ẑ n_b B/R is an
 * unbiased estimate of Z from the ancestors of block b alone; the B of them are independent but for the rounding of the
 * copies at the seams. So the scatter of n_b gives the error of ln Z,
 *
 *     σ²(ln Z) = B/(B−1) Σ_b (n_b/R − 1/B)²,
 *
 * and with an influence g_j of each member for the other estimates (1 for ln Z, E_j−Ē for the energy, …):
 * σ² = B/(B−1) Σ_b (G_b − Ḡ)², G_b = Σ_{j∈b} g_j / R. (With single families as blocks it would be (ρ_t − 1)/R, which
 * counts the rounding of every copy as noise: the shorter the steps, the more of it. In a block of m members it is 1/m of
 * that; hence blocks of 50 and more.) All this holds while many families are
 * alive: ρ_t = R Σ ν_i² much smaller than R, family entropy S_f = −Σ ν_i ln ν_i not near zero, ν_i = n_i/R (Wang,
 * Machta & Katzgraber 2015). */
#include <math.h>
#include <stddef.h>
#include "base/elementary.h"
#include "core/chance.h"
#include "core/resample.h"
#include "core/schedule.h"
#include "temper/ensemble.h"

typedef struct {
    int64_t size, steps, sweeps;
    double to, overlap; /* to < 0: the system's own cold end */
} population;

enum { BLOCKS = 64, BLOCK_LEAST = 50, BISECTIONS = 30 };

static const temper_option options[] = {
    {"size", TEMPER_INT, offsetof(population, size), "1000", 0, 1e7, NULL, "",
     "members R of the population; 0: one for every read"},
    {"to", TEMPER_REAL, offsetof(population, to), "-1", -1, INFINITY, NULL, "k_B T",
     "last temperature when none are given; -1: too cold for the cheapest excitation, by the system itself"},
    {"overlap", TEMPER_REAL, offsetof(population, overlap), "0.86", 0, 0.999, NULL, "",
     "overlap of the energy distributions of successive temperatures; 0: only the temperatures given"},
    {"sweeps", TEMPER_INT, offsetof(population, sweeps), "10", 0, 1e12, NULL, "sweeps",
     "sweeps after each resampling"},
    {"steps", TEMPER_INT, offsetof(population, steps), "1000", 1, 1e6, NULL, "",
     "the most temperature steps that there is memory for"},
    {0}};

/* A row is what is known at one temperature; ln Q is that of the step that led to it. */
enum {
    TEMPERATURE,
    ENERGY,
    VARIANCE,
    LOG_Q,
    ESS,
    RHO,
    FAMILY_ENTROPY,
    LOG_Z_ERROR,
    ENERGY_ERROR,
    ENTROPY_ERROR,
    HEAT_ERROR,
    ROW
};
enum { MADE, NEXT_STOP, TO, BEST, HEAD }; /* the first doubles of team->state */

typedef struct {
    double *order, *fresh; /* [R] place in the order of resampling → slot; the next order */
    double *family;        /* [R] of a slot: the slot of its ancestor at T = ∞ */
    double *copies;        /* [R] of a slot: weight, then number of copies */
    double *row;           /* [steps + 1][ROW] */
} record;

static record record_of(const temper_team *team) {
    int n = team->n;
    double *p = team->state + HEAD;
    return (record){p, p + n, p + 2 * n, p + 3 * n, p + 4 * n};
}

static double *last_row(const temper_team *team) {
    return record_of(team).row + (int64_t)team->state[MADE] * ROW;
}

static temper_status plan(const void *self, const temper_team *team, temper_plan *plan) {
    const population *p = self;
    int64_t R = p->size ? p->size : team->reads;
    const double *T = team->temperatures;
    temper_status bad = temper_schedule_check("population", T, team->ntemperatures);
    if (bad) return bad;
    if (R < 2 || R % team->sampler->group)
        return temper_fail(TEMPER_BAD_OPTION,
                           "population: size=%lld members; legal are 2 … 1e7 and multiples of "
                           "%d, the chains that %s moves together",
                           (long long)R, team->sampler->group, team->sampler->text);
    if ((p->to < 0 && p->to != -1) || p->to == 0)
        return temper_fail(TEMPER_BAD_OPTION,
                           "population: to=%g; legal are -1 (automatic) and above 0: at T = 0 "
                           "all weights are infinite",
                           p->to);
    for (int k = 0; k < team->ntemperatures; k++)
        if (T[k] == 0 || (k > 0 && !(T[k] < T[k - 1])))
            return temper_fail(TEMPER_BAD_OPTION,
                               "population: temperatures must fall and stay above 0; number %d is "
                               "%g",
                               k + 1, T[k]);
    *plan = (temper_plan){.chains = (int)R, .rungs = 1, .steps = p->steps};
    plan->states = (int)(HEAD + 4 * R + (p->steps + 1) * ROW);
    return TEMPER_OK;
}

static int block_count(int R) {
    int B = R / BLOCK_LEAST;
    return B > BLOCKS ? BLOCKS : B > 8 ? B : R < 8 ? R : 8;
}

/* The influence of a member with energy d above the mean on each estimate. */
static void influence(const double *row, double d, double g[4]) {
    double beta = temper_beta(row[TEMPERATURE]);
    g[0] = 1;
    g[1] = d;
    g[2] = 1 + beta * d;
    g[3] = beta * beta * (d * d - row[VARIANCE]);
}

/* Invariant of the order: families, and so the blocks of ancestors, are runs of neighbours, ascending. Thus one pass
 * sums a block at a time. The expectation of G_b is known: the block's part of R at the start for ln Z and S (1/B, but
 * for rounding), zero for the others. */
static void errors(const temper_team *team, double *row) {
    record r = record_of(team);
    int R = team->n, B = block_count(R), k = 0;
    double squares[4] = {0};
    for (int b = 0; b < B; b++) {
        double G[4] = {0}, g[4], stop = (double)((int64_t)R * (b + 1) / B);
        double part = (stop - (double)((int64_t)R * b / B)) / R;
        for (; k < R && r.family[(int)r.order[k]] < stop; k++) {
            influence(row, team->chains[(int)r.order[k]]->energy - row[ENERGY], g);
            for (int e = 0; e < 4; e++) G[e] += g[e];
        }
        for (int e = 0; e < 4; e++) {
            double d = G[e] / R - (e % 2 ? 0 : part);
            squares[e] += d * d;
        }
    }
    static const int where[] = {LOG_Z_ERROR, ENERGY_ERROR, ENTROPY_ERROR, HEAT_ERROR};
    for (int e = 0; e < 4; e++) row[where[e]] = sqrt(squares[e] * B / (B - 1));
}

/* Family sizes are the lengths of runs in the order. */
static void families(const temper_team *team, double *row) {
    record r = record_of(team);
    double rho = 0, entropy = 0, R = team->n;
    for (int k = 0, first = 0; k < team->n; k++) {
        if (k + 1 < team->n && r.family[(int)r.order[k + 1]] == r.family[(int)r.order[k]]) continue;
        double nu = (k + 1 - first) / R;
        rho += R * nu * nu;
        entropy -= nu * temper_log(nu);
        first = k + 1;
    }
    row[RHO] = rho;
    row[FAMILY_ENTROPY] = entropy;
}

static void measure(temper_team *team, double *row) {
    double sum = 0, squares = 0;
    for (int i = 0; i < team->n; i++) {
        double E = team->chains[i]->energy;
        sum += E;
        if (E < team->state[BEST]) team->state[BEST] = E;
    }
    row[ENERGY] = sum / team->n;
    for (int i = 0; i < team->n; i++) {
        double d = team->chains[i]->energy - row[ENERGY];
        squares += d * d;
    }
    row[VARIANCE] = squares / team->n;
    families(team, row);
    errors(team, row);
}

static temper_status begin(const void *self, temper_team *team) {
    const population *p = self;
    record r = record_of(team);
    double ends[2] = {INFINITY, p->to};
    temper_status bad =
        team->ntemperatures ? TEMPER_OK : temper_schedule_fill("population", team->system, ends);
    for (int i = 0; !bad && i < team->n; i++) {
        /* T = ∞ exactly, however the caller likes chains to start. */
        bad = temper_chain_start(team->chains[i], "random");
        team->chains[i]->temperature = INFINITY;
        r.order[i] = r.family[i] = i;
    }
    if (bad) return bad;
    team->state[MADE] = team->state[NEXT_STOP] = 0;
    team->state[TO] = ends[1];
    team->state[BEST] = INFINITY;
    r.row[TEMPERATURE] = INFINITY;
    r.row[LOG_Q] = 0;
    r.row[ESS] = team->n;
    measure(team, r.row);
    return TEMPER_OK;
}

/* Weights of the slots for a step, relative to that of the lowest energy; returns their sum. */
static double weigh(const temper_team *team, double dbeta, double lowest) {
    record r = record_of(team);
    double sum = 0;
    for (int i = 0; i < team->n; i++)
        sum += r.copies[i] = temper_exp(-dbeta * (team->chains[i]->energy - lowest));
    return sum;
}

/* Expected overlap of the distributions of energy at both ends of a step, Σ_j min(1, τ_j) / R. */
static double overlap_of(const temper_team *team, double dbeta, double lowest) {
    record r = record_of(team);
    double mean = weigh(team, dbeta, lowest) / team->n, sum = 0;
    for (int i = 0; i < team->n; i++) sum += r.copies[i] < mean ? r.copies[i] / mean : 1;
    return sum / team->n;
}

/* The next temperature on the way from T to the stop. */
static double next_temperature(const population *p, const temper_team *team, double stop, double lowest) {
    double beta = temper_beta(last_row(team)[TEMPERATURE]), low = 0, high = temper_beta(stop) - beta;
    if (overlap_of(team, high, lowest) >= p->overlap) return stop;
    /* Invariant: a step `low` is small enough, `high` too large. */
    for (int k = 0; k < BISECTIONS; k++) {
        double middle = (low + high) / 2;
        *(overlap_of(team, middle, lowest) >= p->overlap ? &low : &high) = middle;
    }
    return 1 / (beta + (low > 0 ? low : high));
}

/* Weights become numbers of copies, whose sum is R. */
static void draw_copies(const temper_team *team, double sum) {
    record r = record_of(team);
    double u = temper_uniform((temper_stream){team->seed, UINT32_MAX}, TEMPER_FOR_RESAMPLING, team->step, 0);
    temper_resample_count(team->n, r.order, sum, u, r.copies);
}

/* Streams belong to places, so copies go different ways from now on. */
static void follow(void *context, int place, int parent) {
    const temper_team *team = context;
    temper_chain_copy(team->chains[place], team->chains[parent]);
}

static void resample(temper_team *team) {
    record r = record_of(team);
    const temper_brood brood = {team->n, r.order, r.copies, r.family, r.fresh};
    temper_resample_place(&brood, follow, team);
}

static double stop_number(const temper_team *team, int k) {
    return team->ntemperatures ? team->temperatures[k] : team->state[TO];
}

static temper_status step(const void *self, temper_team *team, bool *done) {
    const population *p = self;
    double *state = team->state, *row = last_row(team), *next = row + ROW;
    int stops = team->ntemperatures ? team->ntemperatures : 1, k = (int)state[NEXT_STOP];
    if (k < stops && stop_number(team, k) == INFINITY) state[NEXT_STOP] = ++k; /* that is where one starts */
    if ((*done = k >= stops)) return TEMPER_OK;
    if ((int64_t)state[MADE] == p->steps)
        return temper_fail(TEMPER_CANNOT,
                           "population: steps=%lld are used up at T=%g, short of T=%g; raise steps, or "
                           "lower overlap=%g",
                           (long long)p->steps, row[TEMPERATURE], stop_number(team, k), p->overlap);
    double lowest = INFINITY, squares = 0;
    for (int i = 0; i < team->n; i++)
        if (team->chains[i]->energy < lowest) lowest = team->chains[i]->energy;
    double T = next_temperature(p, team, stop_number(team, k), lowest);
    double dbeta = temper_beta(T) - temper_beta(row[TEMPERATURE]), sum = weigh(team, dbeta, lowest);
    for (int i = 0; i < team->n; i++) squares += record_of(team).copies[i] * record_of(team).copies[i];
    next[TEMPERATURE] = T;
    next[LOG_Q] = temper_log(sum / team->n) - dbeta * lowest;
    next[ESS] = sum * sum / squares;
    draw_copies(team, sum);
    resample(team);
    for (int i = 0; i < team->n; i++) team->chains[i]->temperature = T;
    temper_status bad =
        p->sweeps ? temper_sampler_advance(team->sampler, team->chains, team->n, p->sweeps) : TEMPER_OK;
    if (bad) return bad;
    state[MADE]++;
    measure(team, next);
    if (T == stop_number(team, k)) state[NEXT_STOP] = ++k;
    *done = k >= stops;
    return TEMPER_OK;
}

static bool whole(double x, double low, double high) { return x >= low && x <= high && x == floor(x); }

/* `fresh` and `copies` are written before they are read, so `fresh` may serve to tick off the order; of the rows a step
 * reads the last temperature only. */
static temper_status check(const void *self, const temper_team *team) {
    const population *p = self;
    record r = record_of(team);
    int n = team->n, stops = team->ntemperatures ? team->ntemperatures : 1;
    const double *state = team->state;
    bool good = whole(state[MADE], 0, (double)p->steps) && whole(state[NEXT_STOP], 0, stops) &&
                (team->ntemperatures || state[TO] > 0) && last_row(team)[TEMPERATURE] > 0;
    for (int i = 0; i < n; i++) r.fresh[i] = 0;
    for (int k = 0; good && k < n; k++)
        good = whole(r.order[k], 0, n - 1) && whole(r.family[k], 0, n - 1) && !r.fresh[(int)r.order[k]]++;
    return good ? TEMPER_OK : temper_fail(TEMPER_BAD_DATA, "population: a saved state that no step leaves");
}

enum { COLUMNS = 15 };
static const struct {
    const char *name, *doc;
} columns[COLUMNS] = {
    {"temperature", "k_B T"},
    {"energy", "mean over the population, per site"},
    {"energy_error", "its standard error, per site"},
    {"heat_capacity", "β² times the variance of the energy, per site"},
    {"heat_capacity_error", "its standard error, per site"},
    {"free_energy", "F = −T ln Z, per site; −∞ at T = ∞"},
    {"free_energy_error", "its standard error, per site"},
    {"entropy", "S = ln Z + β E, per site"},
    {"entropy_error", "its standard error, per site"},
    {"log_z", "ln Z, extensive"},
    {"log_z_error", "its standard error, extensive"},
    {"family_entropy", "S_f = −Σ ν ln ν over families; exp(S_f) families are alive in effect"},
    {"rho_t", "R Σ ν²: members per independent one, at most"},
    {"ess", "effective number of members of the step before resampling, (Σ w)² / Σ w²"},
    {"log_q", "ln of the mean weight of the step, extensive"},
};

static temper_status report(const void *self, const temper_team *team, temper_table *table) {
    (void)self;
    int rows = (int)team->state[MADE] + 1;
    double *to[COLUMNS], N = team->system->n, log_z = temper_system_log_states(team->system);
    for (int c = 0; c < COLUMNS; c++)
        if (!(to[c] = temper_table_add(table, columns[c].name, columns[c].doc, rows)))
            return TEMPER_NO_MEMORY;
    double *best =
        temper_table_add(table, "best_energy", "lowest energy that any member has seen, extensive", 1);
    if (!best) return TEMPER_NO_MEMORY;
    *best = team->state[BEST];
    for (int k = 0; k < rows; k++) {
        const double *row = record_of(team).row + (int64_t)k * ROW;
        double T = row[TEMPERATURE], beta = temper_beta(T);
        log_z += row[LOG_Q];
        const double values[COLUMNS] = {T,
                                        row[ENERGY] / N,
                                        row[ENERGY_ERROR] / N,
                                        beta * beta * row[VARIANCE] / N,
                                        row[HEAT_ERROR] / N,
                                        -T * log_z / N,
                                        k ? T * row[LOG_Z_ERROR] / N : 0,
                                        (log_z + beta * row[ENERGY]) / N,
                                        row[ENTROPY_ERROR] / N,
                                        log_z,
                                        row[LOG_Z_ERROR],
                                        row[FAMILY_ENTROPY],
                                        row[RHO],
                                        row[ESS],
                                        row[LOG_Q]};
        for (int c = 0; c < COLUMNS; c++) to[c][k] = values[c];
    }
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_population = {
    .about = {.name = "population",
              .brief = "population annealing from T = ∞: reweight, resample, sweep; free energies by the way",
              .reference =
                  "Hukushima & Iba, AIP Conf. Proc. 690, 200 (2003); Machta, Phys. Rev. E 82, 026704 (2010); "
                  "Weigel, Barash, Shchur & Janke, Phys. Rev. E 103, 053301 (2021)",
              .specimen = "size=32,sweeps=2",
              .options = options,
              .size = sizeof(population)},
    .plan = plan,
    .begin = begin,
    .step = step,
    .check = check,
    .report = report};
