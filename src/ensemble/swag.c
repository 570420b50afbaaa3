/* SWA-Gaussian (Maddox, Garipov, Izmailov, Vetrov & Wilson 2019): the fluctuations of late SGD taken for those of a posterior. Beside the mean
 * θ̄ of the weights (swa.c) it keeps their variance and the last K deviations from the mean, D = [θ_i − θ̄_i], and forecasts are averaged
 * over draws from the Gaussian
 *
 *     N(θ̄, c·(Σ_diag + D Dᵀ/(K − 1))),      Σ_diag = mean of θ² − θ̄²,      c = `scale` = 1/2,
 *     θ̃ = θ̄ + √c·Σ_diag^{1/2} z₁ + √(c/(K − 1))·D z₂,                        z₁, z₂ standard normal.
 *
 * K is `rank`, or the number of moments while there are fewer. Draw k takes z₁ from numbers 0 … d − 1 and z₂ from those after the next multiple
 * of 16 of (crew's stream, TEMPER_FOR_NOISE, step 0x737761670000 + k, "swag"). */
#include <math.h>
#include "core/average.h"
#include "core/vectors.h"
#include "kernel/net.h"

typedef struct {
    temper_window window;
    int64_t rank, draws;
    double scale;
} swag;

enum { MEAN, REST, VARIANCE, COLUMNS, CHUNK = 1024, RANK_MOST = 1000, DRAWS_MOST = 10000 };
static const int64_t address = 0x737761670000;

static const temper_option options[] = {
    {"from", TEMPER_REAL, offsetof(swag, window.from), "0.5", 0, 0.9999, NULL, "",
     "share of the run that passes before the first weights are averaged"},
    {"every", TEMPER_REAL, offsetof(swag, window.every), "1", 0, 1e6, NULL, "epochs",
     "time between two moments that are averaged; 0: each step"},
    {"rank", TEMPER_INT, offsetof(swag, rank), "20", 0, RANK_MOST, NULL, "",
     "deviations K that are kept, each a vector of weights; 0 or 1: the diagonal alone"},
    {"draws", TEMPER_INT, offsetof(swag, draws), "30", 1, DRAWS_MOST, NULL, "",
     "networks that one seed's forecast averages over"},
    {"scale", TEMPER_REAL, offsetof(swag, scale), "0.5", 0, 1e6, NULL, "",
     "factor c on the covariance; 0: the mean alone, which is swa"},
    {0}};

static int64_t walkers(const void *self) {
    (void)self;
    return 1;
}

static int states(const void *self) { /* the number averaged */
    (void)self;
    return 1;
}

static int vectors(const void *self) { return COLUMNS + (int)((const swag *)self)->rank; }
static int64_t weights(const void *self) { return ((const swag *)self)->draws; }

static int64_t stride(const void *self, int64_t epoch) {
    return temper_window_stride(&((const swag *)self)->window, epoch);
}

static temper_status muster(const void *self, temper_crew *crew) {
    return temper_window_check(&((const swag *)self)->window, "swag", crew, 2);
}

static float *vector(const temper_crew *crew, int64_t k) { return crew->vector + k * crew->walker[0]->dim; }

/* Deviation number i lies in column (i − 1) mod K. */
static temper_status couple(const void *self, temper_crew *crew) {
    const swag *s = self;
    const temper_walker *w = crew->walker[0];
    if (!temper_window_due(&s->window, crew)) return TEMPER_OK;
    int64_t n = temper_window_taken(crew) + 1;
    crew->state[0] = (double)n;
    temper_average_spread(w->dim, n, w->theta, vector(crew, MEAN), vector(crew, VARIANCE));
    temper_average_add(w->dim, n, w->theta, vector(crew, MEAN), vector(crew, REST));
    if (s->rank)
        temper_vector_blend(w->dim, 1, w->theta, -1, vector(crew, MEAN),
                            vector(crew, COLUMNS + (n - 1) % s->rank));
    return TEMPER_OK;
}

static int64_t columns_of(const swag *s, const temper_crew *crew) {
    int64_t n = temper_window_taken(crew), K = n < s->rank ? n : s->rank;
    return K > 1 ? K : 0;
}

/* Coordinates k … k + m − 1 of draw number `step`. */
static void draw(const swag *s, const temper_crew *crew, int64_t step, int64_t k, int64_t m, const float *z2,
                 float *theta) {
    int64_t K = columns_of(s, crew);
    float z[CHUNK], low = K ? (float)sqrt(s->scale / (double)(K - 1)) : 0;
    const float *variance = vector(crew, VARIANCE) + k;
    temper_net_kernel()->normals(crew->stream, TEMPER_FOR_NOISE, step, k, m, z);
    for (int64_t i = 0; i < m; i++) z[i] *= sqrtf(variance[i]);
    temper_vector_blend(m, (float)sqrt(s->scale), z, 1, vector(crew, MEAN) + k, theta);
    for (int64_t j = 0; j < K; j++)
        temper_vector_blend(m, low * z2[j], vector(crew, COLUMNS + j) + k, 1, theta, theta);
}

static void present(const void *self, const temper_crew *crew, int64_t k, float *theta) {
    const swag *s = self;
    const temper_walker *w = crew->walker[0];
    int64_t dim = w->dim, after = (dim + LANES - 1) / LANES * LANES;
    float z2[RANK_MOST];
    if (!temper_window_taken(crew)) {
        temper_vector_blend(dim, 1, w->theta, 0, NULL, theta);
        return;
    }
    temper_net_kernel()->normals(crew->stream, TEMPER_FOR_NOISE, address + k, after, s->rank, z2);
    for (int64_t i = 0; i < dim; i += CHUNK)
        draw(s, crew, address + k, i, dim - i < CHUNK ? dim - i : CHUNK, z2, theta + i);
}

static double mean_variance(const temper_crew *crew) {
    int64_t dim = crew->walker[0]->dim;
    const float *v = vector(crew, VARIANCE);
    double sum = 0;
    for (int64_t i = 0; i < dim; i++) sum += (double)v[i];
    return sum / (double)dim;
}

static temper_status tell(const void *self, const temper_crew *crew, temper_table *table) {
    const swag *s = self;
    int64_t dim = crew->walker[0]->dim, K = columns_of(s, crew);
    double *n = temper_table_add(table, "averaged", "moments of the run whose weights were averaged", 1);
    double *rank = temper_table_add(table, "rank", "deviations kept, K", 1);
    double *diagonal =
        temper_table_add(table, "variance", "of a weight over these moments, mean over weights", 1);
    double *low = temper_table_add(table, "low_rank", "the same in D Dᵀ/(K − 1)", 1);
    double *spread =
        temper_table_add(table, "spread", "of the draws about the mean, |θ̃ − θ̄|/|θ̄|, root mean square", 1);
    if (!n || !rank || !diagonal || !low || !spread) return TEMPER_NO_MEMORY;
    *n = (double)temper_window_taken(crew), *rank = (double)K;
    *diagonal = mean_variance(crew);
    for (int64_t j = 0; j < K; j++)
        *low += temper_vector_square(dim, vector(crew, COLUMNS + j)) / (double)(K - 1) / (double)dim;
    double centre = temper_vector_square(dim, vector(crew, MEAN));
    *spread = centre > 0 ? sqrt(s->scale * (*diagonal + *low) * (double)dim / centre) : 0;
    return TEMPER_OK;
}

const temper_ensemble_type temper_ensemble_swag = {
    .about = {.name = "swag",
              .brief = "networks drawn from a Gaussian fitted to late training: N(θ̄, c(Σ_diag + DDᵀ/(K−1))) "
                       "(temper train)",
              .reference = "Maddox, Garipov, Izmailov, Vetrov & Wilson, NeurIPS 2019",
              .specimen = "from=0.25,every=0.5,rank=3,draws=4",
              .options = options,
              .size = sizeof(swag)},
    .walkers = walkers,
    .states = states,
    .vectors = vectors,
    .muster = muster,
    .stride = stride,
    .couple = couple,
    .weights = weights,
    .present = present,
    .late = true,
    .tell = tell};
