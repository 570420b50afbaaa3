/* Population annealing of weights (Hukushima & Iba 2003; Machta 2010): R walkers of one network start at the temperature from·T and are cooled
 * together to the T asked for, in `stages` equal ratios. From T to T' walker j has the weight
 *
 *     w_j = exp(−(1/T' − 1/T) U_j),     U = N·u over all data,
 *
 * the population is resampled (systematically: core/resample.h) to R w_j/Σw copies of it in the mean, and goes on at T': walkers in bad valleys
 * die out, those in good ones multiply. The mean weights are estimates of ratios of partition functions Z = ∫ e^{−U/T} dθ,
 *
 *     Q = (1/R) Σ_j w_j,     ln [Z(T)/Z(from·T)] = Σ ln Q.
 *
 * The run is cut into stages + 1 equal parts: one at each temperature, the hottest and the coldest among them. Momenta are scaled with the
 * temperature. Streams belong to walkers, so copies go different ways.
 *
 * Errors: walkers that descend from one ancestor are a family; with n_i of them of ancestor i, ρ_t = Σ n_i²/R is the number that counts
 * as one (Wang, Machta & Katzgraber 2015), and the independent ancestors give σ²(ln Z) = (ρ_t − 1)/(R − 1): an upper bound, since it
 * takes the rounding of copies for noise (ensemble/population.c), and worth nothing once few families are left. ln Q has the variance
 * σ²_w/R with σ_w ≈ (ΔT/T)·σ_U/T; σ_U = √(d/2)·T for a harmonic energy: stages ≈ ln(from)·√(d/2) keep σ_w at 1. */
#include <math.h>
#include "base/elementary.h"
#include "core/crew.h"
#include "core/resample.h"

typedef struct {
    int64_t walkers, stages;
    double from;
} resample;

static const temper_option options[] = {{"walkers", TEMPER_INT, offsetof(resample, walkers), "16", 2, 100000,
                                         NULL, "", "networks R of the population"},
                                        {"from", TEMPER_REAL, offsetof(resample, from), "10", 1, 1e9, NULL,
                                         "", "temperature at the start, in units of the one asked for"},
                                        {"stages", TEMPER_INT, offsetof(resample, stages), "20", 1, 100000,
                                         NULL, "",
                                         "steps of the ladder, each a resampling at the end of an epoch"},
                                        {0}};

/* What is known of a stage: the temperature that it led to, the mean energy before it, … */
enum { TEMPERATURE, ENERGY, LOG_Q, ESS, RHO, FAMILY_ENTROPY, ROW };
enum { MADE, HEAD }; /* the first double of crew->state: stages done */

typedef struct {
    double *order, *fresh; /* [R] place in the order of resampling → walker; the next order */
    double *family;        /* [R] of a walker: its ancestor at the start */
    double *copies;        /* [R] of a walker: weight, then number of copies */
    double *U;             /* [R] of a walker: energy */
    double *row;           /* [stages][ROW] */
} record;

static record record_of(const temper_crew *crew) {
    int R = crew->n;
    double *p = crew->state + HEAD;
    return (record){p, p + R, p + 2 * R, p + 3 * R, p + 4 * R, p + 5 * R};
}

/* A damaged file may hold any number. What is no walker is walker 0, and what is no order becomes one: wrong, but harmless. */
static int walker_of(double x, int R) { return x >= 0 && x < R ? (int)x : 0; }

static void mend_order(const record *r, int R) {
    bool good = true;
    for (int k = 0; k < R; k++) r->fresh[k] = 0;
    for (int k = 0; k < R; k++) good = good && !r->fresh[walker_of(r->order[k], R)]++;
    for (int k = 0; k < R; k++) r->order[k] = good ? walker_of(r->order[k], R) : k;
}

static int64_t stages_made(const resample *p, const temper_crew *crew) {
    double made = crew->state[MADE];
    return made >= 0 && made <= (double)p->stages ? (int64_t)made : p->stages;
}

static int64_t walkers(const void *self) { return ((const resample *)self)->walkers; }

static int states(const void *self) {
    const resample *p = self;
    return (int)(HEAD + 5 * p->walkers + p->stages * ROW);
}

static temper_status muster(const void *self, temper_crew *crew) {
    const resample *p = self;
    temper_status bad = temper_crew_thermal("resample", crew);
    if (bad) return bad;
    if (crew->steps / crew->epoch <= p->stages)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "resample: stages=%lld need as many epochs and one more to end with; the run has %lld",
            (long long)p->stages, (long long)(crew->steps / crew->epoch));
    record r = record_of(crew);
    for (int64_t k = 0; k < states(self); k++) crew->state[k] = 0;
    for (int j = 0; j < crew->n; j++) r.order[j] = r.family[j] = j;
    return TEMPER_OK;
}

/* T over that asked for after k stages; 1 after the last. */
static double factor(const resample *p, int64_t k) {
    return k == p->stages ? 1 : temper_exp((1 - (double)k / (double)p->stages) * temper_log(p->from));
}

static double temperature(const void *self, const temper_crew *crew, int j) {
    (void)j;
    const resample *p = self;
    return factor(p, stages_made(p, crew));
}

/* Weights relative to that of the lowest energy, their sum and the mean energy; a walker of infinite energy has none. False where all have. */
static bool weigh(const temper_crew *crew, double dbeta, double *row, double *sum) {
    record r = record_of(crew);
    double lowest = INFINITY, squares = 0, energy = 0, finite = 0;
    for (int j = 0; j < crew->n; j++)
        if (r.U[j] < lowest) lowest = r.U[j];
    if (!isfinite(lowest)) return false;
    *sum = 0;
    for (int j = 0; j < crew->n; j++) {
        double w = r.copies[j] = isfinite(r.U[j]) ? temper_exp(-dbeta * (r.U[j] - lowest)) : 0;
        *sum += w, squares += w * w;
        if (isfinite(r.U[j])) energy += r.U[j], finite++;
    }
    row[ENERGY] = energy / finite;
    row[LOG_Q] = temper_log(*sum / crew->n) - dbeta * lowest;
    row[ESS] = *sum * *sum / squares;
    return true;
}

static void follow(void *context, int place, int parent) {
    const temper_crew *crew = context;
    temper_walker_follow(crew->walker[place], crew->walker[parent]);
}

static void multiply(temper_crew *crew) {
    record r = record_of(crew);
    const temper_brood brood = {crew->n, r.order, r.copies, r.family, r.fresh};
    temper_resample_place(&brood, follow, crew);
}

/* ρ_t and the entropy of families, whose sizes are counted in `copies`. */
static void count_families(const temper_crew *crew, double *row) {
    record r = record_of(crew);
    double R = crew->n;
    for (int j = 0; j < crew->n; j++) r.copies[j] = 0;
    for (int j = 0; j < crew->n; j++) r.copies[walker_of(r.family[j], crew->n)]++;
    for (int j = 0; j < crew->n; j++) {
        double share = r.copies[j] / R;
        row[RHO] += R * share * share;
        if (share > 0) row[FAMILY_ENTROPY] -= share * temper_log(share);
    }
}

/* A stage is due when its share of the steps is over; at most one at a time, so that walkers move between them. */
static temper_status couple(const void *self, temper_crew *crew) {
    const resample *p = self;
    record r = record_of(crew);
    int64_t k = stages_made(p, crew), due = crew->step * (p->stages + 1) / crew->steps;
    if (k >= p->stages || k >= due) return TEMPER_OK;
    double *row = r.row + k * ROW, before = crew->T * factor(p, k), after = crew->T * factor(p, k + 1), sum;
    temper_status bad = temper_crew_energies(crew, r.U);
    if (bad) return bad;
    for (int c = 0; c < ROW; c++) row[c] = 0;
    row[TEMPERATURE] = after;
    mend_order(&r, crew->n);
    if (weigh(crew, 1 / after - 1 / before, row, &sum)) {
        double u = temper_uniform(crew->stream, TEMPER_FOR_RESAMPLING, crew->step, 0);
        temper_resample_count(crew->n, r.order, sum, u, r.copies);
        multiply(crew);
    }
    count_families(crew, row);
    for (int j = 0; j < crew->n; j++)
        if (crew->walker[j]->temperature > 0)
            temper_walker_warm(crew->walker[j], crew->walker[j]->temperature * (after / before));
    crew->state[MADE] = (double)(k + 1);
    return TEMPER_OK;
}

enum { TOLD = 10 };
static const struct {
    const char *name, *doc;
} columns[TOLD] = {
    {"stage", "number of the step of the ladder, from 1"},
    {"temperature", "T that it led to"},
    {"energy", "mean of u = U/N over the population before it"},
    {"log_q", "ln of the mean weight of the step"},
    {"log_z", "ln [Z(T)/Z(at the start)], the sum of these"},
    {"log_z_error", "its standard error by families, an upper bound"},
    {"ess", "walkers that count before resampling, (Σw)²/Σw²"},
    {"rho_t", "family size: walkers per independent one, at most"},
    {"family_entropy", "S_f = −Σ ν ln ν over families; exp(S_f) families are alive in effect"},
    {"free_energy", "−T ln [Z(T)/Z(at the start)], of all data"},
};

static temper_status tell(const void *self, const temper_crew *crew, temper_table *table) {
    const resample *p = self;
    int rows = (int)stages_made(p, crew);
    double *to[TOLD], log_z = 0, N = (double)crew->walker[0]->potential->samples;
    for (int c = 0; c < TOLD; c++)
        if (!(to[c] = temper_table_add(table, columns[c].name, columns[c].doc, rows)))
            return TEMPER_NO_MEMORY;
    for (int k = 0; k < rows; k++) {
        const double *row = record_of(crew).row + (int64_t)k * ROW;
        double spread = fmax(row[RHO] - 1, 0) / (crew->n - 1);
        log_z += row[LOG_Q];
        const double values[TOLD] = {
            k + 1,        row[TEMPERATURE], row[ENERGY] / N, row[LOG_Q],          log_z,
            sqrt(spread), row[ESS],         row[RHO],        row[FAMILY_ENTROPY], -row[TEMPERATURE] * log_z};
        for (int c = 0; c < TOLD; c++) to[c][k] = values[c];
    }
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_resample = {
    .about = {.name = "resample",
              .brief = "population annealing of weights: cool, weigh with exp(−(1/T' − 1/T)U), resample "
                       "(temper train)",
              .reference =
                  "Hukushima & Iba, AIP Conf. Proc. 690, 200 (2003); Machta, Phys. Rev. E 82, 026704 (2010)",
              .specimen = "walkers=5,from=1.2,stages=3",
              .options = options,
              .size = sizeof(resample)},
    .walkers = walkers,
    .states = states,
    .muster = muster,
    .couple = couple,
    .temperature = temperature,
    .late = true,
    .tell = tell};
