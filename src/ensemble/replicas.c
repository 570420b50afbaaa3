/* Replicated stochastic gradient descent (Baldassi, Borgs, Chayes, Ingrosso, Lucibello, Saglietti & Zecchina 2016; Pittorino, Lucibello,
 * Feinauer, Perugini, Baldassi, Demyanenko & Zecchina 2021): y replicas of one network, each on minibatches of its own, held together by springs,
 *
 *     L(θ_1 … θ_y) = Σ_a L(θ_a) + (γ/2) Σ_a |θ_a − θ̄|²,      θ̄ = Σ_a θ_a / y.
 *
 * A narrow minimum has no room for y of them, a wide one has: the barycentre goes where local entropy is high. γ grows geometrically, once per
 * epoch, so the replicas explore first and are pulled together in the end:
 *
 *     γ_e = γ₀ · growth^{e/E},      e = 0 … E − 1.
 *
 * The springs act every `every` steps, for as long as these took: the flow of the elastic force alone over the time η·every,
 *
 *     θ_a ← θ_a − (1 − e^{−γ η every}) (θ_a − θ̄),
 *
 * which is θ_a ← θ_a − ηγ(θ_a − θ̄) for weak springs and every = 1, and never overshoots when they are strong. It passes by the momentum of
 * a dynamics, whose own steps are longer by 1/(1 − μ). */
#include <math.h>
#include "base/elementary.h"
#include "core/vectors.h"
#include "temper/ensemble.h"

enum { BARYCENTRE, ENSEMBLE, CHUNK = 1024 };
enum { OWN, SAME };

typedef struct {
    int64_t y, every;
    double gamma0, growth;
    int output, start;
} replicas;

static const temper_option options[] = {
    {"y", TEMPER_INT, offsetof(replicas, y), "3", 2, 1e4, NULL, "", "replicas of a network"},
    {"gamma0", TEMPER_REAL, offsetof(replicas, gamma0), "0.1", 0, 1e9, NULL, "",
     "coupling γ₀ of the first epoch, in units of the curvature of the mean loss"},
    {"growth", TEMPER_REAL, offsetof(replicas, growth), "1e4", 1e-9, 1e9, NULL, "",
     "factor by which the coupling grows over the run"},
    {"every", TEMPER_INT, offsetof(replicas, every), "10", 1, 1e9, NULL, "steps", "steps between two pulls"},
    {"output", TEMPER_CHOICE, offsetof(replicas, output), "barycentre", 0, 0, "barycentre|ensemble", NULL,
     "the mean of the replicas' weights, or of their predictions"},
    {"start", TEMPER_CHOICE, offsetof(replicas, start), "own", 0, 0, "own|same", NULL,
     "own: each begins at first weights of its own; same: all at those of replica 0"},
    {0}};

static int64_t walkers(const void *self) { return ((const replicas *)self)->y; }

static int64_t stride(const void *self, int64_t epoch) {
    (void)epoch;
    return ((const replicas *)self)->every;
}

/* γ of the epoch that step number `step`, from 1, belongs to. */
static double coupling(const replicas *r, const temper_crew *crew, int64_t step) {
    double e = (double)((step - 1) / crew->epoch), E = (double)crew->steps / (double)crew->epoch;
    return r->gamma0 * temper_exp(e / E * temper_log(r->growth));
}

static temper_status muster(const void *self, temper_crew *crew) {
    const replicas *r = self;
    const temper_walker *first = crew->walker[0];
    for (int a = 1; a < crew->n && r->start == SAME; a++)
        temper_vector_blend(first->dim, 1, first->theta, 0, NULL, crew->walker[a]->theta);
    return TEMPER_OK;
}

/* Coordinates k … k + m − 1 of the barycentre, replicas in order. */
static void barycentre(const temper_crew *crew, int64_t k, int64_t m, float *out) {
    temper_vector_blend(m, 1, (float *)crew->walker[0]->theta + k, 0, NULL, out);
    for (int a = 1; a < crew->n; a++)
        temper_vector_blend(m, 1, (float *)crew->walker[a]->theta + k, 1, out, out);
    temper_vector_blend(m, (float)(1 / (double)crew->n), out, 0, NULL, out);
}

/* The pull is added, not mixed in with weights p and 1 − p: these would not add up to 1 in float, and shrink the weights in the long run. */
static temper_status couple(const void *self, temper_crew *crew) {
    const replicas *r = self;
    int64_t dim = crew->walker[0]->dim;
    double gamma = coupling(r, crew, crew->step);
    float mean[CHUNK], away[CHUNK];
    for (int64_t k = 0; k < dim; k += CHUNK) {
        int64_t m = dim - k < CHUNK ? dim - k : CHUNK;
        barycentre(crew, k, m, mean);
        for (int a = 0; a < crew->n; a++) {
            const temper_walker *w = crew->walker[a];
            float *theta = (float *)w->theta + k;
            double pull = -temper_expm1(-gamma * w->rate * (double)r->every);
            temper_vector_blend(m, 1, theta, -1, mean, away);
            temper_vector_blend(m, (float)-pull, away, 1, theta, theta);
        }
    }
    return TEMPER_OK;
}

static int64_t weights(const void *self) {
    const replicas *r = self;
    return r->output == ENSEMBLE ? r->y : 1;
}

static void present(const void *self, const temper_crew *crew, int64_t k, float *theta) {
    const replicas *r = self;
    int64_t dim = crew->walker[0]->dim;
    if (r->output == ENSEMBLE)
        temper_vector_blend(dim, 1, crew->walker[k]->theta, 0, NULL, theta);
    else
        barycentre(crew, 0, dim, theta);
}

/* |θ_a − θ̄|² and, once for all, |θ̄|². */
static double distance(const temper_crew *crew, int a, double *centre) {
    int64_t dim = crew->walker[0]->dim;
    float mean[CHUNK];
    double sum = 0;
    *centre = 0;
    for (int64_t k = 0; k < dim; k += CHUNK) {
        int64_t m = dim - k < CHUNK ? dim - k : CHUNK;
        barycentre(crew, k, m, mean);
        sum += temper_vector_distance(m, (float *)crew->walker[a]->theta + k, mean);
        *centre += temper_vector_square(m, mean);
    }
    return sum;
}

static temper_status tell(const void *self, const temper_crew *crew, temper_table *table) {
    const replicas *r = self;
    double *number = temper_table_add(table, "replica", "number of the replica, from 0", crew->n);
    double *away = temper_table_add(table, "distance",
                                    "of a replica from the barycentre at the end, |θ_a − θ̄|/|θ̄|", crew->n);
    double *gamma = temper_table_add(table, "coupling", "γ of the last epoch", crew->n);
    double *pull =
        temper_table_add(table, "pull", "share of the distance that the last pull took away", crew->n);
    if (!number || !away || !gamma || !pull) return TEMPER_NO_MEMORY;
    for (int a = 0; a < crew->n; a++) {
        double centre, d = distance(crew, a, &centre);
        number[a] = a;
        away[a] = d > 0 ? sqrt(d / centre) : 0;
        gamma[a] = coupling(r, crew, crew->steps);
        pull[a] = -temper_expm1(-gamma[a] * crew->walker[a]->rate * (double)r->every);
    }
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_replicas = {
    .about = {.name = "replicas",
              .brief = "coupled networks: θ_a ← θ_a − (1 − e^{−γη·every})(θ_a − θ̄), γ growing (temper train)",
              .reference = "Baldassi et al., PNAS 113, E7655 (2016); Pittorino et al., ICLR 2021",
              .specimen = "y=3,every=2",
              .options = options,
              .size = sizeof(replicas)},
    .walkers = walkers,
    .muster = muster,
    .stride = stride,
    .couple = couple,
    .weights = weights,
    .present = present,
    .late = true,
    .tell = tell};
