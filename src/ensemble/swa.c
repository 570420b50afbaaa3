/* Stochastic weight averaging (Izmailov, Podoprikhin, Garipov, Vetrov & Wilson 2018): the network is the mean of the weights over the
 * late part of training,
 *
 *     θ̄_n = θ̄_{n−1} + (θ − θ̄_{n−1})/n,      every `every` epochs once a share `from` of the steps is done.
 *
 * SGD at a constant rate does not come to rest but fluctuates about the bottom of its valley, like a particle at a temperature that the rate
 * sets: the mean over time is nearer to the centre than any one moment. In a valley k θ²/2 one moment has the variance s², and
 * the mean of n successive steps, a = 1 − ηk,
 *
 *     s²/n · [(1 + a)/(1 − a) − 2a(1 − aⁿ)/(n(1 − a)²)].
 *
 * A schedule that goes to 0 has stopped fluctuating by then and leaves nothing to average: use constant or cyclic. */
#include "core/average.h"
#include "core/vectors.h"

enum { MEAN, REST, VECTORS };

static const temper_option options[] = {
    {"from", TEMPER_REAL, offsetof(temper_window, from), "0.5", 0, 0.9999, NULL, "",
     "share of the run that passes before the first weights are averaged"},
    {"every", TEMPER_REAL, offsetof(temper_window, every), "1", 0, 1e6, NULL, "epochs",
     "time between two moments that are averaged; 0: each step"},
    {0}};

static int64_t one(const void *self) {
    (void)self;
    return 1;
}

static int states(const void *self) { /* the number averaged */
    (void)self;
    return 1;
}

static int vectors(const void *self) {
    (void)self;
    return VECTORS;
}

static int64_t stride(const void *self, int64_t epoch) { return temper_window_stride(self, epoch); }

static temper_status muster(const void *self, temper_crew *crew) {
    return temper_window_check(self, "swa", crew, 1);
}

static float *vector(const temper_crew *crew, int k) { return crew->vector + k * crew->walker[0]->dim; }

static temper_status couple(const void *self, temper_crew *crew) {
    const temper_walker *w = crew->walker[0];
    if (!temper_window_due(self, crew)) return TEMPER_OK;
    int64_t n = temper_window_taken(crew) + 1;
    temper_average_add(w->dim, n, w->theta, vector(crew, MEAN), vector(crew, REST));
    crew->state[0] = (double)n;
    return TEMPER_OK;
}

static void present(const void *self, const temper_crew *crew, int64_t k, float *theta) {
    (void)self, (void)k;
    const temper_walker *w = crew->walker[0];
    temper_vector_blend(w->dim, 1, temper_window_taken(crew) ? vector(crew, MEAN) : w->theta, 0, NULL, theta);
}

static temper_status tell(const void *self, const temper_crew *crew, temper_table *table) {
    (void)self;
    const temper_walker *w = crew->walker[0];
    double *n = temper_table_add(table, "averaged", "moments of the run whose weights were averaged", 1);
    double *away =
        temper_table_add(table, "distance", "of the last weights from their average, |θ − θ̄|/|θ̄|", 1);
    if (!n || !away) return TEMPER_NO_MEMORY;
    *n = (double)temper_window_taken(crew);
    *away = temper_vector_apart(w->dim, w->theta, *n > 0 ? vector(crew, MEAN) : w->theta);
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_swa = {
    .about = {.name = "swa",
              .brief = "one network: the mean of the weights over the late part of training (temper train)",
              .reference = "Izmailov, Podoprikhin, Garipov, Vetrov & Wilson, UAI 2018",
              .specimen = "from=0.25,every=0.5",
              .options = options,
              .size = sizeof(temper_window)},
    .walkers = one,
    .states = states,
    .vectors = vectors,
    .muster = muster,
    .stride = stride,
    .couple = couple,
    .weights = one,
    .present = present,
    .late = true,
    .tell = tell};
