/* A walker: coordinates, gradient, memories and scratch in one allocation, owned by the caller. */
#include <math.h>
#include "base/memory.h"
#include "core/moves.h"

static const temper_moves *moves_of(const temper_walker *w) {
    return w->single ? &temper_moves_single : &temper_moves_double;
}

static size_t padded(size_t bytes) { return (bytes + 63) & ~(size_t)63; } /* whole cache lines */

temper_status temper_walker_create(temper_walker **out, const temper_potential *potential,
                                   const temper_dynamics *dynamics, bool single, temper_stream stream) {
    *out = NULL;
    if (single ? !potential->type->slope_single : !potential->type->slope)
        return temper_fail(TEMPER_CANNOT, "%s works in %s only",
                           potential->text ? potential->text : "the potential",
                           single ? "double precision" : "single precision");
    int memories = dynamics->type->memories, places = dynamics->type->places;
    size_t size = single ? sizeof(float) : sizeof(double), dim = (size_t)potential->dim;
    size_t head = padded(sizeof(temper_walker)), vectors = 2 + (size_t)memories + (size_t)places,
           scratch = padded(potential->scratch);
    if (dim > (SIZE_MAX / 2 - head - scratch) / vectors / size - 8) /* 8: what padding adds, at most */
        return temper_fail(TEMPER_NO_MEMORY, "a walker of %lld coordinates does not fit",
                           (long long)potential->dim);
    size_t bytes = padded(dim * size);
    char *block = temper_alloc(1, head + vectors * bytes + scratch);
    if (!block) return TEMPER_NO_MEMORY;
    temper_walker *w = (temper_walker *)(void *)block;
    w->potential = potential;
    w->dynamics = dynamics;
    w->dim = potential->dim;
    w->single = single;
    w->theta = block + head;
    w->grad = block + head + bytes;
    for (int k = 0; k < memories; k++) w->memory[k] = block + head + (size_t)(2 + k) * bytes;
    for (int k = 0; k < places; k++) w->place[k] = block + head + (size_t)(2 + memories + k) * bytes;
    w->scratch = block + head + vectors * bytes;
    w->stream = w->noise = stream;
    w->plan[0][0] = w->plan[1][0] = 1;
    w->rate = dynamics->type->rate(dynamics->self);
    w->energy = NAN;
    moves_of(w)->start(w);
    *out = w;
    return TEMPER_OK;
}

void temper_walker_free(temper_walker *walker) { temper_release(walker); }

/* Invariant: `clock` steps are done, and θ is finite unless the potential was finite where it should not have been. */
void temper_walker_steps(temper_walker *w, int64_t n) {
    const temper_dynamics_type *type = w->dynamics->type;
    w->failed = false;
    for (int64_t k = 0; k < n; k++) {
        if (w->clock == 0 && type->begin) type->begin(w->dynamics->self, w);
        type->step(w->dynamics->self, w);
        if (w->failed) return;
        w->clock++;
    }
}

void temper_thermometer_reset(temper_thermometer *thermometer) { *thermometer = (temper_thermometer){0}; }

double temper_walker_whole(temper_walker *w, void *grad) {
    const temper_look look = {w->stream, w->clock, true, w->scratch};
    return grad ? moves_of(w)->slope(w, &look, w->theta, grad) : moves_of(w)->energy(w, &look);
}

static int64_t minibatch_of(const temper_walker *w, int64_t k) {
    const temper_dynamics_type *type = w->dynamics->type;
    return w->clock * (type->fresh ? type->fresh(w->dynamics->self) : 1) + k;
}

bool temper_walker_look_at(temper_walker *w, int64_t k, const void *theta, void *grad) {
    const temper_look look = {w->stream, minibatch_of(w, k), false, w->scratch};
    w->energy = moves_of(w)->slope(w, &look, theta, grad);
    w->evaluations++;
    w->failed = !isfinite(w->energy) || !moves_of(w)->finite(w, grad);
    return !w->failed;
}

bool temper_walker_look(temper_walker *w) { return temper_walker_look_at(w, 0, w->theta, w->grad); }

static temper_update *addressed(const temper_walker *w, temper_update *update) {
    update->stream = w->noise;
    update->step = w->clock;
    return update;
}

void temper_walker_sgd(temper_walker *w, temper_update *update, temper_sums *sums) {
    moves_of(w)->sgd(w, addressed(w, update), sums);
}

void temper_walker_adam(temper_walker *w, temper_update *update, temper_sums *sums) {
    moves_of(w)->adam(w, addressed(w, update), sums);
}

void temper_walker_baoab(temper_walker *w, temper_update *update, temper_sums *sums) {
    moves_of(w)->baoab(w, addressed(w, update), sums);
}

void temper_walker_climb(temper_walker *w, double rho) { moves_of(w)->climb(w, rho); }

void temper_walker_climb_scaled(temper_walker *w, double rho, double eta) {
    moves_of(w)->climb_scaled(w, rho, eta);
}

void temper_walker_scatter(temper_walker *w, double sigma, bool relative) {
    const temper_exploration u = {.noise = sigma, .stream = w->noise, .step = w->clock};
    moves_of(w)->scatter(w, &u, relative);
}

void temper_walker_explore(temper_walker *w, temper_exploration *u, int64_t k) {
    u->stream = w->noise, u->step = minibatch_of(w, k);
    moves_of(w)->explore(w, u);
}

bool temper_walker_sound(temper_walker *w) {
    w->failed = !moves_of(w)->finite(w, w->grad);
    return !w->failed;
}

static void add(temper_thermometer *t, double u, const temper_sums *sums, double kinetic, double fdr_right) {
    t->steps++;
    t->energy += u;
    t->energy_energy += u * u;
    t->theta_grad += sums->theta_grad;
    t->grad_grad += sums->grad_grad;
    t->kinetic += kinetic;
    t->fdr_right += fdr_right;
}

void temper_walker_read(temper_walker *w, const temper_sums *sums, double kinetic, double fdr_right) {
    add(&w->thermometer, w->energy, sums, kinetic, fdr_right);
    add(&w->epoch, w->energy, sums, kinetic, fdr_right);
}

void temper_walker_thermalise(temper_walker *w, int k, double variance) {
    moves_of(w)->normals(w, sqrt(variance), w->memory[k]);
}
