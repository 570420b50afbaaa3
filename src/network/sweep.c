/* sweep: forward over the tape, back over it, in the order that net_lay_out made room for. */
#include "network/sweep.h"
#include <stdatomic.h>
#include <string.h>
#include "temper/parallel.h"

#define evaluation net_evaluation

/* ---- what is done to a range of nodes and blocks ---- */

static void ahead(const evaluation *of, int from, int to, int64_t first, int64_t last, real *scratch) {
    net_run *run = &of->engine->run;
    for (int i = from; i < to; i++) {
        const net_node *node = &run->graph->node[i];
        if (node->op->forward) node->op->forward(node, run, first, last, scratch);
    }
}

/* Loss and adjoint of the outputs of blocks first … last−1 of the run. */
void net_judge(const evaluation *of, int64_t first, int64_t last) {
    net_run *run = &of->engine->run;
    int64_t targets = of->loss->kind == TEMPER_GAUSSIAN_NLL ? of->loss->outputs / 2 : of->loss->outputs;
    int64_t start = run->offset * LANES; /* the batch as this run sees it */
    net_batch view = *of->batch;
    int out = run->graph->nodes - 1;
    view.samples = run->samples;
    if (view.y) view.y += start;
    if (view.t) view.t += start * targets;
    net_loss_blocks(of->loss, run->kernel, &view, first, last, run->value[out],
                    run->tangents ? run->value_dot[out] : NULL, of->scale,
                    of->reverse ? run->adjoint[out] : NULL, run->tangents ? run->adjoint_dot[out] : NULL,
                    of->engine->losses + start);
}

static void back(const evaluation *of, int from, int to, int64_t first, int64_t last, real *scratch) {
    net_run *run = &of->engine->run;
    for (int i = to - 1; i >= from; i--) {
        const net_node *node = &run->graph->node[i];
        if (node->op->reverse) node->op->reverse(node, run, first, last, scratch);
    }
}

/* The same with weight gradients, each while its numbers are warm. First back: Gaussian weights make there what weigh sums up. */
static void back_and_weigh(const evaluation *of, int from, int to, int64_t first, int64_t last) {
    net_run *run = &of->engine->run;
    for (int i = to - 1; i >= from; i--) {
        const net_node *node = &run->graph->node[i];
        net_share share = {first, last, 0, 1};
        if (node->op->reverse) node->op->reverse(node, run, first, last, of->engine->scratch);
        if (node->op->weigh && (run->grad || run->grad_dot))
            node->op->weigh(node, run, share, of->engine->scratch);
    }
}

/* ---- one thread, nothing couples: a group at a time, all the way ---- */

static void run_windows(const evaluation *of, void (*harvest)(void *context, const net_run *run),
                        void *context) {
    net_engine *engine = of->engine;
    net_run *run = &engine->run;
    int nodes = engine->graph->nodes;
    int64_t blocks = run->blocks, samples = run->samples, features = engine->graph->node[0].features;
    for (int64_t first = 0; first < blocks; first += engine->group) {
        run->offset = first;
        run->blocks = blocks - first < engine->group ? blocks - first : engine->group;
        run->samples = samples - first * LANES;
        if (run->samples > run->blocks * LANES) run->samples = run->blocks * LANES;
        run->value[0] = engine->input + first * features * LANES;
        ahead(of, 1, nodes, 0, run->blocks, engine->scratch);
        if (of->loss) net_judge(of, 0, run->blocks);
        if (of->reverse) back_and_weigh(of, 1, nodes, 0, run->blocks);
        if (harvest) harvest(context, run);
    }
    run->offset = 0, run->blocks = blocks, run->samples = samples, run->value[0] = engine->input;
}

/* ---- the whole batch, segment by segment ---- */

typedef struct {
    const evaluation *of;
    int from, to;  /* nodes of the segment */
    int64_t group; /* blocks of an item */
    atomic_int_least64_t next;
} segment;

/* Calls work once for each worker; each takes items until none is left, with its own scratch. */
static void share_out(segment *s, temper_work work) {
    atomic_init(&s->next, 0);
    int workers = s->of->engine->workers;
    if (workers > 1)
        temper_parallel(workers, work, s);
    else
        work(s, 0);
}

static bool take(segment *s, int64_t *first, int64_t *last) {
    int64_t blocks = s->of->engine->run.blocks;
    *first = atomic_fetch_add(&s->next, 1) * s->group;
    *last = blocks - *first < s->group ? blocks : *first + s->group;
    return *first < blocks;
}

static temper_status ahead_worker(void *context, int64_t worker) {
    segment *s = context;
    net_engine *engine = s->of->engine;
    real *scratch = engine->scratch + (size_t)worker * engine->scratch_each;
    bool end = s->to == engine->graph->nodes;
    /* With no coupling at all a group goes straight on, forward, loss and back. */
    bool turn = !engine->couples && s->of->reverse && engine->workers > 1;
    for (int64_t first, last; take(s, &first, &last);) {
        ahead(s->of, s->from, s->to, first, last, scratch);
        if (end && s->of->loss) net_judge(s->of, first, last);
        if (turn) back(s->of, s->from, s->to, first, last, scratch);
    }
    return TEMPER_OK;
}

static temper_status back_worker(void *context, int64_t worker) {
    segment *s = context;
    net_engine *engine = s->of->engine;
    real *scratch = engine->scratch + (size_t)worker * engine->scratch_each;
    for (int64_t first, last; take(s, &first, &last);) back(s->of, s->from, s->to, first, last, scratch);
    return TEMPER_OK;
}

/* Parts that a node's weights are shared out in: enough for all, but not of a handful of numbers. */
static int parts_of(const net_engine *engine, const net_node *node) {
    if (!node->op->weigh) return 0;
    return node->weights < 2048 ? 1 : engine->workers;
}

/* One share: all blocks, in the cuts that the graph prescribes where there are tangents. */
static void weigh(const evaluation *of, const net_node *node, int part, int parts, real *scratch) {
    net_run *run = &of->engine->run;
    int64_t cut = run->tangents ? of->engine->group : run->blocks;
    for (int64_t first = 0; first < run->blocks; first += cut) {
        net_share share = {first, run->blocks - first < cut ? run->blocks : first + cut, part, parts};
        node->op->weigh(node, run, share, scratch);
    }
}

static temper_status weigh_worker(void *context, int64_t worker) {
    segment *s = context;
    net_engine *engine = s->of->engine;
    real *scratch = engine->scratch + (size_t)worker * engine->scratch_each;
    for (;;) {
        int64_t item = atomic_fetch_add(&s->next, 1);
        int i = s->to - 1;
        for (; i >= s->from && item >= parts_of(engine, &engine->graph->node[i]); i--)
            item -= parts_of(engine, &engine->graph->node[i]);
        if (i < s->from) return TEMPER_OK;
        const net_node *node = &engine->graph->node[i];
        weigh(s->of, node, (int)item, parts_of(engine, node), scratch);
    }
}

static int64_t group_for(const net_engine *engine) {
    int64_t fair = (engine->run.blocks + engine->workers - 1) / engine->workers;
    return engine->workers > 1 && fair < engine->group ? fair : engine->group;
}

static void forward_whole(const evaluation *of) {
    net_run *run = &of->engine->run;
    int nodes = run->graph->nodes;
    segment s = {.of = of, .to = 1, .group = group_for(of->engine)};
    while (s.to < nodes) {
        s.from = s.to++;
        while (s.to < nodes && !net_couples(&run->graph->node[s.to])) s.to++;
        const net_node *head = &run->graph->node[s.from];
        if (head->op->collect) head->op->collect(head, run);
        share_out(&s, ahead_worker);
    }
}

/* On the way back a coupling node ends its segment: its sums need the adjoints of all samples. */
static void reverse_whole(const evaluation *of) {
    net_engine *engine = of->engine;
    net_run *run = &engine->run;
    segment s = {.of = of, .from = run->graph->nodes, .group = group_for(engine)};
    while (s.from > 1) {
        s.to = s.from;
        const net_node *tail = &run->graph->node[s.to - 1];
        if (tail->op->collect_reverse) tail->op->collect_reverse(tail, run);
        do s.from--;
        while (s.from > 1 && !net_couples(&run->graph->node[s.from - 1]));
        if (engine->workers > 1) {
            if (engine->couples) share_out(&s, back_worker); /* else it is done */
            share_out(&s, weigh_worker);
            continue;
        }
        for (int64_t first = 0; first < run->blocks; first += engine->group)
            back_and_weigh(of, s.from, s.to, first,
                           run->blocks - first < engine->group ? run->blocks : first + engine->group);
    }
}

void net_forward(const evaluation *of) {
    if (of->engine->whole)
        forward_whole(of);
    else
        ahead(of, 1, of->engine->graph->nodes, 0, of->engine->run.blocks, of->engine->scratch);
}

void net_reverse(const evaluation *of) {
    if (of->engine->whole)
        reverse_whole(of);
    else
        back_and_weigh(of, 1, of->engine->graph->nodes, 0, of->engine->run.blocks);
}

/* ---- the four questions ---- */

void net_prepare(net_engine *engine, const net_batch *batch, const real *theta) {
    net_run *run = &engine->run;
    run->kernel = temper_net_kernel();
    run->samples = batch->samples;
    run->blocks = (batch->samples + LANES - 1) / LANES;
    run->offset = 0;
    run->training = batch->training;
    run->statistics = batch->statistics;
    run->measured = NULL;
    run->stream = batch->stream, run->step = batch->step;
    run->tangents = run->known = false;
    run->theta = theta, run->theta_dot = NULL, run->grad = NULL, run->grad_dot = NULL;
}

/* Sums begin at 0, but for those that their ops begin themselves. */
void net_clear(const net_graph *graph, real *grad) {
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        if (node->op->stores) continue;
        memset(grad + node->weight, 0, (size_t)node->weights * sizeof(real));
        memset(grad + node->bias, 0, (size_t)node->biases * sizeof(real));
    }
}

static double evaluate(net_engine *engine, const net_loss *loss, const net_batch *batch, double *losses) {
    evaluation of = {engine, loss, batch, engine->run.grad != NULL, 1 / (double)batch->samples};
    net_run *run = &engine->run;
    if (run->grad) net_clear(engine->graph, run->grad);
    if (run->grad_dot) net_clear(engine->graph, run->grad_dot);
    if (engine->whole) {
        forward_whole(&of);
        if (of.reverse) reverse_whole(&of);
    } else {
        run_windows(&of, NULL, NULL);
    }
    double sum = 0;
    for (int64_t i = 0; i < batch->samples; i++) sum += engine->losses[i];
    if (losses) memcpy(losses, engine->losses, (size_t)batch->samples * sizeof *losses);
    return sum / (double)batch->samples;
}

double net_gradient(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                    real *grad, double *losses) {
    net_prepare(engine, batch, theta);
    engine->run.grad = grad;
    return evaluate(engine, loss, batch, losses);
}

double net_curve(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                 const real *v, real *grad, real *Hv) {
    net_prepare(engine, batch, theta);
    engine->run.tangents = true;
    engine->run.theta_dot = v;
    engine->run.grad = grad, engine->run.grad_dot = Hv;
    return evaluate(engine, loss, batch, NULL);
}

static void copy_outputs(void *out, const net_run *run) {
    const net_node *node = &run->graph->node[run->graph->nodes - 1];
    int64_t K = node->features;
    real *rows = (real *)out + run->offset * LANES * K;
    for (int64_t i = 0; i < run->samples; i++)
        for (int64_t k = 0; k < K; k++)
            rows[i * K + k] = net_at(run->value[node->number], node, i / LANES)[k * LANES + i % LANES];
}

void net_outputs(net_engine *engine, const net_batch *batch, const real *theta, real *out) {
    evaluation of = {engine, NULL, batch, false, 0};
    net_prepare(engine, batch, theta);
    if (engine->whole) {
        forward_whole(&of);
        copy_outputs(out, &engine->run);
    } else {
        run_windows(&of, copy_outputs, out);
    }
}

/* The adjoint of the data as rows. */
static void copy_slopes(void *out, const net_run *run) {
    const net_node *data = &run->graph->node[0];
    real *rows = (real *)out + run->offset * LANES * data->features;
    for (int64_t i = 0; i < run->samples; i++)
        for (int64_t k = 0; k < data->features; k++)
            rows[i * data->features + k] = net_at(run->adjoint[0], data, i / LANES)[k * LANES + i % LANES];
}

void net_slopes(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                real *out, double *losses) {
    evaluation of = {engine, loss, batch, true, 1};
    net_prepare(engine, batch, theta);
    run_windows(&of, copy_slopes, out);
    if (losses) memcpy(losses, engine->losses, (size_t)batch->samples * sizeof *losses);
}

void net_measure(net_engine *engine, const net_batch *batch, const real *theta, double weight,
                 real *statistics) {
    evaluation of = {engine, NULL, batch, false, 0};
    if (!engine->whole) return; /* nothing couples: there is nothing to measure */
    net_prepare(engine, batch, theta);
    engine->run.statistics = NULL;
    engine->run.measured = statistics, engine->run.weight = weight;
    forward_whole(&of);
}
