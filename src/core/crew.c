#include "core/crew.h"
#include <math.h>
#include "core/vectors.h"
#include "temper/parallel.h"

temper_status temper_crew_thermal(const char *who, const temper_crew *crew) {
    const temper_dynamics *dynamics = crew->walker[0]->dynamics;
    if (!dynamics->type->thermal)
        return temper_fail(
            TEMPER_CANNOT,
            "%s: %s has no temperature that could be exchanged; give --dynamics langevin or sghmc", who,
            dynamics->type->about.name);
    if (!(crew->T > 0))
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: temperature=%g: its temperatures are multiples of the one asked for; give "
                           "--temperature above 0 (1: Bayes' posterior)",
                           who, crew->T);
    return TEMPER_OK;
}

typedef struct {
    const temper_crew *crew;
    double *U;
} survey;

static temper_status look(void *context, int64_t j) {
    const survey *s = context;
    temper_walker *w = s->crew->walker[j];
    double U = temper_walker_whole(w, NULL) * (double)w->potential->samples;
    s->U[j] = isnan(U) ? INFINITY : U;
    w->evaluations += (w->potential->batches + 2) / 3;
    return TEMPER_OK;
}

temper_status temper_crew_energies(const temper_crew *crew, double *U) {
    survey s = {crew, U};
    return temper_parallel(crew->n, look, &s);
}

void temper_walker_warm(temper_walker *w, double T) {
    const temper_dynamics_type *type = w->dynamics->type;
    if (type->thermal && type->begin && w->clock > 0)
        temper_vector_blend(w->dim, (float)sqrt(T / w->temperature), w->memory[0], 0, NULL, w->memory[0]);
    w->temperature = T;
}

void temper_walker_follow(temper_walker *w, const temper_walker *example) {
    temper_vector_blend(w->dim, 1, example->theta, 0, NULL, w->theta);
    for (int k = 0; k < w->dynamics->type->memories; k++)
        temper_vector_blend(w->dim, 1, example->memory[k], 0, NULL, w->memory[k]);
    w->energy = example->energy;
}
