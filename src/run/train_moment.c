#include "run/train_moment.h"
#include <math.h>
#include <string.h>
#include "run/train_monitor.h"
#include "temper/stream.h"

/* With u = U/N and d coordinates (averages over the steps since the last moment):
 *     T_config   = N ⟨θ·∇u⟩ / d     equipartition of the coordinates; with minibatch noise and momentum alike
 *     T_kinetic  = N ⟨|p|²⟩ / d     of the momenta, where the dynamics has some
 *     T_gradient = |∇U|² / ∇²U      at one place, from all data (Rugh's temperature); ∇²U by one probe of random signs
 *     FDR1       ⟨θ·∇u⟩ = right side in the dynamics' own terms (Yaida 2018); equal once the run is stationary
 *     noise      B (⟨|g_B|²⟩ − |∇u|²) / |∇u|², the batch at which noise and signal are equal (McCandlish et al. 2018) */
static void read_thermometer(const temper_training *t, const temper_walker *w, temper_moment *m) {
    const temper_thermometer *th = &w->thermometer;
    double steps = (double)th->steps, N = (double)t->potential->samples, d = (double)w->dim;
    m->train_energy = m->T_config = m->T_kinetic = m->T_gradient = NAN;
    m->fdr_left = m->fdr_right = m->noise_scale = NAN;
    if (!th->steps) return;
    m->train_energy = th->energy / steps;
    m->T_config = N * th->theta_grad / steps / d;
    if (th->kinetic > 0) m->T_kinetic = N * th->kinetic / steps / d;
    m->fdr_left = th->theta_grad / steps;
    m->fdr_right = th->fdr_right / steps;
}

int temper_training_lead(const temper_training *t, int r) {
    const temper_ensemble_type *type = t->ensemble->type;
    return type->lead ? type->lead(t->ensemble->self, &t->crew[r]) : 0;
}

void temper_training_weights(temper_training *t, int r, int64_t k, float *theta) {
    const temper_ensemble *e = t->ensemble;
    const temper_dynamics *d = t->dynamics;
    const temper_crew *crew = &t->crew[r];
    int64_t draws = d->type->draws ? d->type->draws(d->self) : 0, dim = t->potential->dim;
    int64_t from = draws ? k / draws : k;
    float *coordinates = t->scratch + r * 3 * dim;
    if (e->type->present)
        e->type->present(e->self, crew, from, coordinates);
    else
        memcpy(coordinates, crew->walker[from]->theta, (size_t)dim * sizeof(float));
    if (d->type->variational) /* draws of different times differ */
        temper_network_draw(t->network, crew->stream, draws ? crew->step * t->takes + k : -1, coordinates,
                            theta);
    else
        memcpy(theta, coordinates, (size_t)t->parameters * sizeof(float));
}

/* v_i = ±1 from bits of the words of the member's stream. */
static void random_signs(const temper_walker *w, float *v) {
    uint32_t word[4] = {0};
    for (int64_t i = 0; i < w->dim; i++) {
        if (i % 128 == 0) temper_block(w->stream, TEMPER_FOR_TESTS, w->clock, i / 128, word);
        v[i] = word[i / 32 % 4] >> i % 32 & 1 ? 1 : -1;
    }
}

static double dot(const float *x, const float *y, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

/* Gradient of all data; at T > 0 the Laplacian as well. */
static void look_at_all(const temper_training *t, int r, temper_moment *m) {
    temper_walker *w = t->crew[r].walker[temper_training_lead(t, r)];
    float *grad = t->scratch + r * 3 * w->dim, *v = grad + w->dim, *Hv = v + w->dim;
    const temper_thermometer *th = &w->thermometer;
    const temper_potential_type *type = t->potential->type;
    if (!th->steps) return;
    if (t->T > 0 && type->curve_single) {
        temper_look look = {.stream = w->stream, .step = w->clock, .whole = true, .scratch = w->scratch};
        random_signs(w, v);
        type->curve_single(t->potential->self, &look, w->theta, v, grad, Hv);
        double laplacian = dot(v, Hv, w->dim);
        if (laplacian > 0)
            m->T_gradient = (double)t->potential->samples * dot(grad, grad, w->dim) / laplacian;
    } else {
        temper_walker_whole(w, grad);
    }
    double signal = dot(grad, grad, w->dim), noisy = th->grad_grad / (double)th->steps;
    bool plain = !t->dynamics->type->places; /* else |g|² is of another force than the minibatch's */
    m->noise_scale =
        signal > 0 && plain ? (double)t->settings->batch * fmax(noisy - signal, 0) / signal : NAN;
}

/* The forecast of some of the weights that stand for the member: a curve, not a result. */
static temper_status forecast(temper_training *t, int r) {
    enum { SHOWN = 4 };
    temper_forecaster *f = &t->forecaster[r];
    float *statistics = t->statistics + r * temper_network_statistics(t->network);
    float *theta = t->scratch + r * 3 * t->potential->dim + t->potential->dim;
    int64_t most = t->ensemble->type->late ? 1 : t->group > SHOWN ? t->group : SHOWN;
    temper_network_task task = t->task;
    task.row = t->probe, task.rows = t->probes;
    if (task.batch > task.rows) task.batch = task.rows;
    temper_status bad = TEMPER_OK;
    temper_forecaster_reset(f);
    for (int64_t k = 0; k < t->takes && k < most && !bad; k++) {
        temper_training_weights(t, r, k, theta);
        bad = temper_network_calibrate(&task, theta, statistics);
        if (!bad) bad = temper_forecaster_add(f, theta, statistics);
    }
    if (!bad) temper_forecaster_average(f);
    return bad;
}

static temper_status validate(temper_training *t, int r, temper_moment *m) {
    temper_forecaster *f = &t->forecaster[r];
    for (int k = 0; k < TEMPER_SCORES_MAX; k++) m->validation[k] = NAN;
    if (f->task.n == 0) return TEMPER_OK;
    temper_status bad = forecast(t, r);
    if (bad) return bad;
    if (t->loss == TEMPER_SQUARED) { /* the noise of these rows themselves: a curve, not a result */
        double *noise = t->noise + r * f->task.targets;
        temper_forecaster_residual(f, noise);
        temper_forecaster_blur(f, noise);
    }
    temper_forecast forecast = temper_forecaster_judged(f);
    temper_forecast_marks(&forecast, m->validation);
    return TEMPER_OK;
}

temper_status temper_training_look(temper_training *t, int r, int64_t number) {
    enum { MONITORED = 64 }; /* moments that are monitored, about */
    const temper_crew *crew = &t->crew[r];
    const temper_walker *w = crew->walker[temper_training_lead(t, r)];
    temper_moment *m = &t->moment[r * t->moments + number];
    m->step = w->clock, m->evaluations = 0;
    for (int j = 0; j < crew->n; j++) m->evaluations += crew->walker[j]->evaluations;
    m->rate = w->rate, m->temperature = w->temperature;
    read_thermometer(t, w, m);
    int64_t last = t->moments - 1 - number;
    if (last % t->whole == 0) look_at_all(t, r, m);
    temper_status bad = temper_training_monitor(t, r, m, last % (t->moments / MONITORED + 1) == 0);
    if (!bad) bad = validate(t, r, m);
    for (int j = 0; j < crew->n; j++) temper_thermometer_reset(&crew->walker[j]->thermometer);
    return bad;
}
