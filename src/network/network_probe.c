/* The curvature of a network's loss at one place, times vectors.
 *
 * With z the outputs, J = ∂z/∂θ and ℓ the loss of a row, all kinds are products of three maps: ahead ż = Jv, something at the outputs,
 * back Jᵀ. Gauss–Newton (Schraudolph 2002) is JᵀΛJ, Λ = ∂²ℓ/∂z²; the Fisher matrices (Amari 1998) are Jᵀz̄ z̄ᵀJ; and the Hessian is
 * the tangent of the whole gradient (Pearlmutter 1994), which is Gauss–Newton and Σ z̄ ∂²z/∂θ².
 *
 * What doesn't depend on v is kept (needle.h): a product then costs two thirds of one that begins from nothing. The prior belongs to the
 * Hessian alone: the others are matrices of the data. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "network/probe_parts.h"
#include "temper/potential.h"

enum { CHUNK = 256, MOST_TOGETHER = 16 };       /* rows; vectors */
static const size_t KEEP = (size_t)1 << 30;     /* bytes of points, unless told */
static const size_t TOGETHER = (size_t)1 << 26; /* bytes of sums of chunks */

static temper_status check_kind(const net_problem *problem, temper_curvature kind) {
    static const char *const names[] = {"hessian",          "gauss_newton",        "fisher",
                                        "empirical_fisher", "gradient_covariance", "ntk"};
    const temper_objective *objective = &problem->task.network->objective;
    if (problem->task.variational)
        return temper_fail(TEMPER_CANNOT, "probe: of a variational free energy no curvature is known");
    if (kind > TEMPER_NTK)
        return temper_fail(TEMPER_BAD_OPTION, "probe: kind=%d; legal is 0 ... %d", (int)kind, TEMPER_NTK);
    if (kind == TEMPER_HESSIAN) return TEMPER_OK;
    if (problem->task.network->graph->coupled && !problem->frozen)
        return temper_fail(
            TEMPER_CANNOT,
            "probe: %s speaks of single rows, and batch norms that take their mean over a batch "
            "couple them; give constants (statistics), or take the Hessian",
            names[kind]);
    if (kind == TEMPER_FISHER && objective->loss == TEMPER_HINGE)
        return temper_fail(TEMPER_CANNOT, "probe: fisher draws labels from the forecast, and the hinge loss "
                                          "is no forecast; legal is empirical_fisher");
    if (kind == TEMPER_GAUSS_NEWTON && objective->loss == TEMPER_HINGE)
        return temper_fail(TEMPER_CANNOT,
                           "probe: gauss_newton of the hinge loss is 0 between its kinks; legal "
                           "are hessian and empirical_fisher");
    if (kind == TEMPER_GAUSS_NEWTON && objective->loss == TEMPER_GAUSSIAN_NLL)
        return temper_fail(TEMPER_CANNOT,
                           "probe: gauss_newton: with a learned variance the loss is not convex "
                           "in the outputs; legal are fisher and hessian");
    if (kind == TEMPER_GAUSS_NEWTON && objective->confidence > 0)
        return temper_fail(TEMPER_CANNOT,
                           "probe: gauss_newton: with confidence=%g the loss is not convex in "
                           "the outputs; legal are confidence=0, fisher and hessian",
                           objective->confidence);
    return TEMPER_OK;
}

/* ---- memory ---- */

static size_t line(size_t bytes) { return (bytes + 63) / 64 * 64; }

static int64_t floor_one(int64_t n) { return n < 1 ? 1 : n; }

/* How many vectors are swept together, and by how many threads. A point that is kept is only read: threads that have no chunk of
 * their own take some of the vectors of another's. */
static void share_vectors(temper_probe *probe) {
    int64_t most = (int64_t)(TOGETHER / sizeof(float)) / (probe->P * probe->workers);
    most = floor_one(most < MOST_TOGETHER ? most : MOST_TOGETHER);
    const int64_t idle = probe->kept == probe->chunks ? probe->problem->threads / probe->workers : 1;
    probe->across = (int)(idle < most ? idle : most);
    /* v and its sum come and go with each vector, a group of the point with each pass: the larger one should stay. */
    probe->room = probe->plan.group < 2 * sizeof(float) * (size_t)probe->P ? probe->across : most;
}

static void settle(temper_probe *probe, size_t memory) {
    const net_problem *problem = probe->problem;
    const int64_t rows = problem->task.rows;
    probe->graph = problem->frozen ? problem->frozen : problem->task.network->graph;
    probe->P = probe->graph->parameters;
    probe->outputs = probe->graph->node[probe->graph->nodes - 1].features;
    probe->loss =
        (net_loss){problem->task.network->objective.loss, probe->outputs,
                   problem->task.network->objective.smoothing, problem->task.network->objective.confidence};
    probe->chunk = probe->graph->coupled ? problem->task.batch : CHUNK;
    if (probe->chunk > rows) probe->chunk = rows;
    probe->chunks = (rows + probe->chunk - 1) / probe->chunk;
    probe->workers = probe->chunks < problem->threads ? (int)probe->chunks : problem->threads;
    net_needle_lay_out(probe->graph, (probe->chunk + LANES - 1) / LANES, probe->kind == TEMPER_HESSIAN,
                       &probe->plan);
    size_t each = net_tray_bytes(problem, probe->chunk, 1) + probe->plan.input +
                  probe->plan.group * (size_t)probe->plan.groups;
    int64_t fit = (int64_t)((memory ? memory : KEEP) / each);
    probe->kept = fit < probe->chunks ? fit : probe->chunks;
    share_vectors(probe);
}

static char *lay_place(const temper_probe *probe, net_place *place, char *at, int64_t groups) {
    net_tray_place(&place->tray, at, probe->problem, probe->chunk, 1);
    at += line(net_tray_bytes(probe->problem, probe->chunk, 1));
    place->input = (float *)(void *)at, at += probe->plan.input;
    place->groups = at;
    return at + (size_t)groups * probe->plan.group;
}

static size_t place_bytes(const temper_probe *probe, int64_t groups) {
    return line(net_tray_bytes(probe->problem, probe->chunk, 1)) + probe->plan.input +
           (size_t)groups * probe->plan.group;
}

/* Three blocks: vectors and tables; kept points; what threads work with. */
static bool take_memory(temper_probe *probe) {
    const size_t P = line((size_t)probe->P * sizeof(float)), kept = (size_t)probe->kept;
    const size_t sums = line((size_t)probe->room * (size_t)probe->P * sizeof(float));
    const bool covariance = probe->kind == TEMPER_GRADIENT_COVARIANCE, ntk = probe->kind == TEMPER_NTK;
    const bool recalls = probe->kept < probe->chunks, alone = probe->chunks == 1;
    const size_t work = probe->plan.needle * (size_t)probe->across + (recalls ? place_bytes(probe, 1) : 0) +
                        (alone ? 0 : sums);
    const int seats = probe->workers * probe->across;
    const size_t table = line((size_t)seats * sizeof *probe->seat);
    char *at = temper_alloc(P * (covariance ? 2 : 1) + (ntk ? sums : 0) + kept * sizeof *probe->place, 1);
    if (!(probe->theta = (float *)(void *)at)) return false;
    at += P;
    if (covariance) probe->mean = (float *)(void *)at, at += P;
    if (ntk) probe->lifted = (float *)(void *)at, at += sums;
    probe->place = (net_place *)(void *)at;
    if (!(probe->points = at = temper_alloc(kept, place_bytes(probe, probe->plan.groups)))) return false;
    for (int64_t c = 0; c < probe->kept; c++) at = lay_place(probe, &probe->place[c], at, probe->plan.groups);
    if (!(at = temper_alloc(table + (size_t)probe->workers * work, 1))) return false;
    probe->seat = (net_seat_of_probe *)(void *)at, at += table;
    for (int i = 0; i < seats; i++) {
        net_seat_of_probe *seat = &probe->seat[i];
        const bool owns = i % probe->across == 0;
        seat->needle = net_needle_place(at, probe->graph, (probe->chunk + LANES - 1) / LANES,
                                        probe->kind == TEMPER_HESSIAN);
        at += probe->plan.needle;
        if (recalls) at = lay_place(probe, &seat->own, at, 1);
        if (!owns) seat->part = seat[-1].part;
        if (!alone && owns) seat->part = (float *)(void *)at, at += sums;
    }
    return true;
}

/* ---- the face ---- */

temper_status temper_probe_create(temper_probe **out, const temper_network_task *task, temper_curvature kind,
                                  const float *theta, temper_stream stream, size_t memory) {
    *out = NULL;
    temper_probe *probe = temper_alloc(1, sizeof *probe);
    if (!probe) return TEMPER_NO_MEMORY;
    probe->kind = kind, probe->stream = stream;
    temper_status bad = temper_network_potential(&probe->potential, task);
    if (!bad) {
        probe->problem = probe->potential->self;
        bad = check_kind(probe->problem, kind);
    }
    if (!bad) {
        settle(probe, memory);
        if (!take_memory(probe)) bad = TEMPER_NO_MEMORY;
    }
    if (bad) {
        temper_probe_free(probe);
        return bad;
    }
    memcpy(probe->theta, theta, (size_t)probe->P * sizeof *theta);
    net_probe_keep(probe);
    if (probe->mean) net_probe_pass(probe, NET_SLOPE, 1, NULL, probe->mean);
    *out = probe;
    return TEMPER_OK;
}

void temper_probe_free(temper_probe *probe) {
    if (!probe) return;
    temper_release(probe->theta);
    temper_release(probe->points);
    temper_release(probe->seat);
    temper_potential_free(probe->potential);
    temper_release(probe);
}

int64_t temper_probe_dim(const temper_probe *probe) {
    return probe->kind == TEMPER_NTK ? probe->problem->task.rows * probe->outputs : probe->P;
}

/* Up to `room` vectors. */
static void apply(temper_probe *probe, int64_t m, const float *v, float *out) {
    const temper_network_task *task = &probe->problem->task;
    const int64_t P = probe->P;
    switch (probe->kind) {
    case TEMPER_HESSIAN:
        net_probe_pass(probe, NET_BEND, m, v, out);
        if (task->prior < INFINITY)
            net_probe_add(out, v, (float)(1 / (task->prior * (double)task->rows)), m * P, false);
        return;
    case TEMPER_GAUSS_NEWTON: net_probe_pass(probe, NET_SQUEEZE, m, v, out); return;
    case TEMPER_FISHER:
    case TEMPER_EMPIRICAL_FISHER: net_probe_pass(probe, NET_PROJECT, m, v, out); return;
    case TEMPER_GRADIENT_COVARIANCE:
        net_probe_pass(probe, NET_PROJECT, m, v, out);
        for (int64_t k = 0; k < m; k++)
            net_probe_add(out + k * P, probe->mean,
                          (float)-temper_net_kernel()->dot(P, probe->mean, v + k * P), P, false);
        return;
    case TEMPER_NTK:
        net_probe_pass(probe, NET_LIFT, m, v, probe->lifted);
        net_probe_pass(probe, NET_SPREAD, m, probe->lifted, out);
    }
}

temper_status temper_probe_apply(temper_probe *probe, int64_t n, const float *v, float *out) {
    const int64_t dim = temper_probe_dim(probe);
    for (int64_t k = 0; k < n; k += probe->room)
        apply(probe, n - k < probe->room ? n - k : probe->room, v + k * dim, out + k * dim);
    return TEMPER_OK;
}

temper_status temper_probe_slope(temper_probe *probe, double *u, float *grad) {
    const temper_potential *potential = probe->potential;
    temper_look look = {.whole = true, .scratch = temper_alloc(potential->scratch, 1)};
    if (!look.scratch) return TEMPER_NO_MEMORY;
    *u = grad ? potential->type->slope_single(potential->self, &look, probe->theta, grad)
              : potential->type->energy_single(potential->self, &look, probe->theta);
    temper_release(look.scratch);
    return TEMPER_OK;
}
