/* The loss of a network on data as a potential: u(θ) = mean loss + |θ|²/(2·prior·N), so that N u is −ln of likelihood times
 * prior. Checks the task once, in words; look.c does the work.
 *
 * Looks in float find all their memory in look->scratch as long as no curvature is asked for. Looks in double are the judge
 * of those in float, and like curvatures they borrow memory for each call; they return NaN where there is none. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "network/look.h"
#include "temper/parallel.h"

static int64_t parameters(const void *self) {
    return ((const net_problem *)self)->task.network->graph->parameters;
}
static int64_t dim(const void *self) {
    return parameters(self) * (((const net_problem *)self)->task.variational ? 2 : 1);
}
static int64_t samples(const void *self) { return ((const net_problem *)self)->task.rows; }
static int64_t batches(const void *self) { return ((const net_problem *)self)->batches; }
static size_t scratch(const void *self) { return net_look_bytes(self, false); }

static void start_single(const void *self, temper_stream stream, float *theta) {
    const temper_network_task *task = &((const net_problem *)self)->task;
    temper_network_start(task->network, task->init, task->init_scale, task->first ? *task->first : stream,
                         theta);
    for (int64_t P = parameters(self), i = P; i < dim(self); i++)
        theta[i] = (float)temper_log(task->deviation);
}

/* The same weights: drawn into the upper half of the array and widened from below, so that each is read before it is
 * written over. */
static void start(const void *self, temper_stream stream, double *theta) {
    int64_t n = dim(self);
    char *half = (char *)theta + (size_t)n * sizeof(float);
    start_single(self, stream, (float *)(void *)half);
    for (int64_t i = 0; i < n; i++) {
        float single;
        memcpy(&single, half + (size_t)i * sizeof single, sizeof single);
        double wide = (double)single;
        memcpy((char *)theta + (size_t)i * sizeof wide, &wide, sizeof wide);
    }
}

static double energy_single(const void *self, const temper_look *look, const float *theta) {
    return net_look(self, look, theta, NULL, NULL, NULL);
}

static double slope_single(const void *self, const temper_look *look, const float *theta, float *grad) {
    return net_look(self, look, theta, NULL, grad, NULL);
}

/* A look with memory of its own. */
static bool borrow(const temper_look *look, size_t bytes, temper_look *own) {
    *own = *look;
    own->scratch = temper_alloc(bytes, 1);
    return own->scratch != NULL;
}

static double curve_single(const void *self, const temper_look *look, const float *theta, const float *v,
                           float *grad, float *Hv) {
    temper_look own;
    if (!borrow(look, net_look_bytes(self, true), &own)) return NAN;
    double u = net_look(self, &own, theta, v, grad, Hv);
    temper_release(own.scratch);
    return u;
}

static double look_double(const void *self, const temper_look *look, const double *theta, const double *v,
                          double *grad, double *Hv) {
    temper_look own;
    if (!borrow(look, net_look_bytes_f64(self, v != NULL), &own)) return NAN;
    double u = net_look_f64(self, &own, theta, v, grad, Hv);
    temper_release(own.scratch);
    return u;
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    return look_double(self, look, theta, NULL, NULL, NULL);
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    return look_double(self, look, theta, NULL, grad, NULL);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv) {
    return look_double(self, look, theta, v, grad, Hv);
}

static const temper_potential_type type = {
    .about = {.name = "network", .brief = "U = N·(mean loss of a network on data) − ln prior"},
    .dim = dim,
    .samples = samples,
    .batches = batches,
    .scratch = scratch,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
    .start_single = start_single,
    .energy_single = energy_single,
    .slope_single = slope_single,
    .curve_single = curve_single,
};

static const temper_potential_type drawn_type = {
    .about = {.name = "network", .brief = "F = N·E_q(mean loss) + T·KL(q ‖ prior), q Gaussian weights"},
    .dim = dim,
    .samples = samples,
    .batches = batches,
    .scratch = scratch,
    .start = start,
    .energy = energy,
    .slope = slope,
    .start_single = start_single,
    .energy_single = energy_single,
    .slope_single = slope_single,
};

/* ---- the task, checked at the door ---- */

static temper_status check_shapes(const temper_network_task *task) {
    const temper_network_io *io = &task->network->io;
    const temper_samples *s = task->samples;
    long long rows = (long long)task->rows, batch = (long long)task->batch;
    if (task->rows < 1) return temper_fail(TEMPER_BAD_DATA, "network: there are no rows to train on");
    if (task->rows > INT32_MAX)
        return temper_fail(TEMPER_CANNOT, "network: rows=%lld is more than 2147483647", rows);
    if (task->batch < 1 || task->batch > task->rows)
        return temper_fail(TEMPER_BAD_OPTION, "network: batch=%lld is outside 1 ... %lld, the training rows",
                           batch, rows);
    if (s->features != io->features)
        return temper_fail(TEMPER_BAD_DATA, "network: the data have %lld features, the network takes %lld",
                           (long long)s->features, (long long)io->features);
    const temper_scaling *scaling = task->scaling;
    if (scaling && (scaling->features != s->features || (s->t && scaling->outputs != s->outputs)))
        return temper_fail(TEMPER_BAD_DATA,
                           "network: the scaling is of %lld features and %lld outputs, the data have "
                           "%lld and %lld",
                           (long long)scaling->features, (long long)scaling->outputs, (long long)s->features,
                           (long long)s->outputs);
    return TEMPER_OK;
}

static temper_status check_options(const temper_network_task *task) {
    const temper_network_io *io = &task->network->io;
    if (!(task->prior > 0))
        return temper_fail(TEMPER_BAD_OPTION, "network: prior=%g is not a variance above 0 (inf: none)",
                           task->prior);
    if (!(task->blur >= 0 && task->blur < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "network: blur=%g is not a standard deviation of 0 or more",
                           task->blur);
    if (task->threads < 0)
        return temper_fail(TEMPER_BAD_OPTION, "network: threads=%d is below 0 (0: all)", task->threads);
    if ((task->shift != 0 || task->mirror) && io->height < 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "network: shift and mirror are for images, these data are plain vectors");
    for (int64_t i = 0; task->statistics && i < task->network->graph->statistics; i++)
        if (!isfinite(task->statistics[i]))
            return temper_fail(TEMPER_BAD_DATA, "network: statistic %lld of the batch norms is not finite",
                               (long long)i);
    int64_t side = io->height < io->width ? io->height : io->width;
    if (task->shift < 0 || (task->shift > 0 && task->shift >= side))
        return temper_fail(TEMPER_BAD_OPTION, "network: shift=%d is outside 0 ... %lld pixels", task->shift,
                           (long long)side - 1);
    return TEMPER_OK;
}

static temper_status check_variational(const temper_network_task *task) {
    if (!task->variational) return TEMPER_OK;
    if (!(task->prior < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "network: prior=inf; Gaussian weights need a prior of finite "
                                              "variance to be measured against");
    if (!(task->kl >= 0 && task->kl < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "network: kl=%g is not a weight (temperature) of 0 or more",
                           task->kl);
    if (!(task->deviation > 0 && task->deviation < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "network: deviation=%g is not above 0", task->deviation);
    for (int i = 1; i < task->network->graph->nodes; i++)
        if (task->network->graph->node[i].op->drawn) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "network: %s has neither dense layers nor convolutions, and only their weights can be "
                       "Gaussian",
                       task->network->text);
}

static temper_status check_answers(const temper_network_task *task) {
    const temper_network *network = task->network;
    const temper_samples *s = task->samples;
    int64_t outputs = network->io.outputs;
    bool labels = network->objective.loss == TEMPER_CROSS_ENTROPY || network->objective.loss == TEMPER_HINGE;
    if (labels && !s->y)
        return temper_fail(TEMPER_BAD_DATA, "network: the loss needs labels, the data have none");
    if (!labels && !s->t)
        return temper_fail(TEMPER_BAD_DATA, "network: the loss needs targets, the data have none");
    if (!labels && s->outputs != outputs)
        return temper_fail(TEMPER_BAD_DATA,
                           "network: the data have %lld numbers per target, the network gives %lld",
                           (long long)s->outputs, (long long)outputs);
    for (int64_t i = 0; i < task->rows; i++) {
        long long row = (long long)task->row[i];
        if (row < 0 || row >= s->n)
            return temper_fail(TEMPER_BAD_DATA, "network: row %lld is outside 0 ... %lld", row,
                               (long long)s->n - 1);
        if (labels && (s->y[row] < 0 || s->y[row] >= outputs))
            return temper_fail(TEMPER_BAD_DATA, "network: row %lld: label %d is outside 0 ... %lld", row,
                               (int)s->y[row], (long long)outputs - 1);
        for (int64_t k = 0; !labels && k < outputs; k++)
            if (!isfinite(s->t[row * outputs + k]))
                return temper_fail(TEMPER_BAD_DATA, "network: row %lld: target %lld is not finite", row,
                                   (long long)k);
    }
    return TEMPER_OK;
}

static temper_status check_inputs(const temper_network_task *task) {
    const temper_samples *s = task->samples;
    if (!s->X) return TEMPER_OK; /* rows in a file were looked at when it was opened */
    for (int64_t i = 0; i < task->rows; i++) {
        const float *x = s->X + task->row[i] * s->features;
        for (int64_t f = 0; f < s->features; f++)
            if (!isfinite(x[f]))
                return temper_fail(TEMPER_BAD_DATA, "network: row %lld: feature %lld is %s",
                                   (long long)task->row[i], (long long)f,
                                   isnan(x[f]) ? "not a number" : "infinite");
    }
    return TEMPER_OK;
}

static void release(temper_potential *potential) {
    temper_release(potential->text);
    temper_release(potential->self);
    temper_release(potential);
}

/* A slope is thrice the work of a forward sweep; 20 MFLOP take some 0.1 ms, and so does a second thread's coming and going. Besides, every
 * parameter, and its gradient, travels from one core's cache to the other's: as long as 300 flops take. */
static bool worth_a_team(const temper_network_task *task) {
    const net_graph *graph = task->network->graph;
    double flops = 0;
    for (int i = 1; i < graph->nodes; i++)
        if (graph->node[i].op->flops) flops += graph->node[i].op->flops(&graph->node[i]);
    return 3 * flops * (double)task->batch > 2e7 + 300 * (double)graph->parameters;
}

/* The graphs with Gaussian weights, behind the problem. Returns what is behind them. */
static void *place_drawn(net_problem *problem) {
    const temper_network *network = problem->task.network;
    net_graph *graph = (net_graph *)(void *)(problem + 1);
    net_span *span = (net_span *)(void *)(graph + 2);
    net_variational(network->graph, graph);
    net_variational_f64(network->graph_f64, graph + 1);
    problem->drawn = graph, problem->drawn_f64 = graph + 1;
    problem->spans = net_spans(network->graph, span), problem->span = span;
    return span + problem->spans;
}

static size_t drawn_bytes(const temper_network_task *task) {
    if (!task->variational) return 0;
    return 2 * sizeof(net_graph) + (size_t)net_spans(task->network->graph, NULL) * sizeof(net_span);
}

static bool freezes(const temper_network_task *task) {
    return task->statistics && task->network->graph->coupled;
}

/* Graphs for whole looks, where norms are constants, and these in both precisions. Returns what is behind them. */
static void *place_frozen(net_problem *problem, void *at) {
    const temper_network *network = problem->task.network;
    const int64_t n = network->graph->statistics;
    net_graph *graph = at;
    double *wide = (double *)(void *)(graph + 2);
    float *single = (float *)(void *)(wide + n);
    net_freeze(problem->drawn ? problem->drawn : network->graph, graph);
    net_freeze_f64(problem->drawn_f64 ? problem->drawn_f64 : network->graph_f64, graph + 1);
    for (int64_t i = 0; i < n; i++)
        single[i] = problem->task.statistics[i], wide[i] = (double)problem->task.statistics[i];
    problem->frozen = graph, problem->frozen_f64 = graph + 1;
    problem->statistics = single, problem->statistics_f64 = wide;
    return single + n;
}

static size_t frozen_bytes(const temper_network_task *task) {
    const size_t n = (size_t)task->network->graph->statistics;
    return freezes(task) ? 2 * sizeof(net_graph) + n * (sizeof(double) + sizeof(float)) : 0;
}

/* One block: the problem, then its own graphs if it has any, then the scaling of the inputs in float. */
static net_problem *problem_of(const temper_network_task *task) {
    size_t features = (size_t)task->samples->features;
    net_problem *problem = temper_alloc(1, sizeof *problem + drawn_bytes(task) + frozen_bytes(task) +
                                               (task->scaling ? 2 * features * sizeof(float) : 0));
    if (!problem) return NULL;
    bool labels = task->network->objective.loss == TEMPER_CROSS_ENTROPY ||
                  task->network->objective.loss == TEMPER_HINGE;
    problem->task = *task;
    void *behind = task->variational ? place_drawn(problem) : problem + 1;
    if (freezes(task)) behind = place_frozen(problem, behind);
    problem->threads = task->threads ? task->threads : temper_thread_count();
    problem->team = worth_a_team(task) ? problem->threads : 1;
    problem->batches = (task->rows + task->batch - 1) / task->batch;
    problem->chunk = task->network->graph->coupled && !problem->frozen ? task->batch
                     : task->rows < NET_CHUNK                          ? task->rows
                                                                       : NET_CHUNK;
    problem->targets = labels ? 0 : task->samples->outputs;
    if (task->scaling) {
        float *shift = behind, *scale = shift + features;
        for (size_t f = 0; f < features; f++)
            shift[f] = (float)task->scaling->shift[f], scale[f] = (float)task->scaling->scale[f];
        problem->shift = shift, problem->scale = scale;
    }
    return problem;
}

temper_status temper_network_potential(temper_potential **out, const temper_network_task *task) {
    temper_status bad = check_shapes(task);
    *out = NULL;
    if (!bad) bad = check_options(task);
    if (!bad) bad = check_variational(task);
    if (!bad) bad = check_answers(task);
    if (!bad) bad = check_inputs(task);
    if (bad) return bad;
    temper_potential *potential = temper_alloc(1, sizeof *potential);
    if (!potential) return TEMPER_NO_MEMORY;
    potential->type = task->variational ? &drawn_type : &type;
    potential->release = release;
    potential->self = problem_of(task);
    potential->text = potential->self ? temper_strdup(task->network->text) : NULL;
    if (!potential->text) {
        release(potential);
        return TEMPER_NO_MEMORY;
    }
    potential->dim = dim(potential->self);
    potential->samples = samples(potential->self);
    potential->batches = batches(potential->self);
    potential->scratch = scratch(potential->self);
    *out = potential;
    return TEMPER_OK;
}
