#include <string.h>
#include "network/needle.h"

static size_t line(size_t bytes) { return (bytes + 63) / 64 * 64; }

typedef struct { /* the parts of a needle in the order in which they lie */
    size_t needle, place, pointers, losses, bar, arena, scratch;
} parts;

static int64_t outputs_of(const net_graph *graph) { return graph->node[graph->nodes - 1].features; }

static parts parts_of(const net_graph *graph, int64_t blocks, const net_layout *layout) {
    const size_t nodes = (size_t)graph->nodes;
    return (parts){line(sizeof(net_needle)),
                   line(nodes * NET_ARRAYS * sizeof(size_t)),
                   line(nodes * NET_ARRAYS * 2 * sizeof(real *)),
                   line((size_t)blocks * LANES * sizeof(double)),
                   line((size_t)(layout->window * outputs_of(graph) * LANES) * sizeof(real)),
                   line(layout->arena * sizeof(real)),
                   line(layout->scratch * sizeof(real))};
}

void net_needle_lay_out(const net_graph *graph, int64_t blocks, bool adjoints, net_needle_plan *plan) {
    net_layout layout;
    net_lay_out_point(graph, blocks, adjoints, &layout);
    parts p = parts_of(graph, blocks, &layout);
    plan->input = line(layout.input * sizeof(real));
    plan->group = line(layout.point * sizeof(real));
    plan->needle = p.needle + p.place + p.pointers + p.losses + p.bar + p.arena + p.scratch;
    plan->window = layout.window;
    plan->groups = (blocks + layout.window - 1) / layout.window;
}

static real **table(net_engine *engine, int array, bool dot) {
    net_run *run = &engine->run;
    real **const all[NET_ARRAYS][2] = {[NET_VALUE] = {run->value, run->value_dot},
                                       [NET_ADJOINT] = {run->adjoint, run->adjoint_dot},
                                       [NET_KEPT] = {run->kept, run->kept_dot},
                                       [NET_SHARED] = {run->shared, run->shared_dot}};
    return all[array][dot];
}

net_needle *net_needle_place(void *memory, const net_graph *graph, int64_t blocks, bool adjoints) {
    net_layout layout;
    net_lay_out_point(graph, blocks, adjoints, &layout);
    parts p = parts_of(graph, blocks, &layout);
    char *at = memory;
    const int nodes = graph->nodes;
    net_needle *needle = memory;
    net_engine *engine = &needle->engine;
    net_run *run = &engine->run;
    memset(needle, 0, sizeof *needle);
    needle->place = (size_t *)(void *)(at += p.needle);
    real **pointers = (real **)(void *)(at += p.place);
    engine->losses = (double *)(void *)(at += p.pointers);
    needle->bar = (real *)(void *)(at += p.losses);
    real *arena = (real *)(void *)(at += p.bar);
    engine->scratch = (real *)(void *)(at + p.arena);
    engine->scratch_each = p.scratch / sizeof(real);
    engine->graph = graph, engine->blocks = blocks, engine->group = layout.group, engine->workers = 1;
    engine->couples = layout.couples, engine->whole = layout.whole;
    engine->learning = engine->tangents = true;
    needle->window = layout.window, needle->groups = (blocks + layout.window - 1) / layout.window;
    run->graph = graph;
    run->value = pointers, run->value_dot = pointers + nodes;
    run->adjoint = pointers + 2 * nodes, run->adjoint_dot = pointers + 3 * nodes;
    run->kept = pointers + 4 * nodes, run->kept_dot = pointers + 5 * nodes;
    run->shared = pointers + 6 * nodes, run->shared_dot = pointers + 7 * nodes;
    for (int array = 0; array < NET_ARRAYS; array++)
        for (int i = 0; i < nodes; i++) {
            size_t from = layout.at[i][array][1];
            table(engine, array, false)[i] = NULL;
            table(engine, array, true)[i] = from == NET_NOWHERE ? NULL : arena + from;
            needle->place[array * nodes + i] = layout.at[i][array][0];
        }
    return needle;
}

bool net_needle_set(net_needle *needle, const net_seen *seen, int64_t g, void *point) {
    net_engine *engine = &needle->engine;
    net_run *run = &engine->run;
    const net_graph *graph = engine->graph;
    real *group = point;
    net_prepare(engine, seen->batch, seen->theta);
    const int64_t first = g * needle->window, samples = run->samples - first * LANES;
    if (first >= run->blocks) return false;
    run->offset = first;
    run->blocks = run->blocks - first < needle->window ? run->blocks - first : needle->window;
    run->samples = samples < run->blocks * LANES ? samples : run->blocks * LANES;
    for (int array = 0; array < NET_ARRAYS; array++)
        for (int i = 0; i < graph->nodes; i++) {
            size_t from = needle->place[array * graph->nodes + i];
            table(engine, array, false)[i] = from == NET_NOWHERE ? NULL : group + from;
        }
    run->value[0] = seen->input + first * graph->node[0].features * LANES;
    return true;
}

static net_evaluation evaluation_of(net_needle *needle, const net_seen *seen) {
    return (net_evaluation){&needle->engine, NULL, seen->batch, false, 1 / (double)seen->batch->samples};
}

void net_needle_fill(net_needle *needle, const net_seen *seen) {
    net_run *run = &needle->engine.run;
    net_evaluation of = evaluation_of(needle, seen);
    run->tangents = run->known = false;
    run->grad = run->grad_dot = NULL;
    net_forward(&of);
    if (!run->adjoint[run->graph->nodes - 1]) return;
    of.loss = seen->loss, of.reverse = true;
    net_judge(&of, 0, run->blocks);
    net_reverse(&of);
}

void net_needle_ahead(net_needle *needle, const net_seen *seen, const real *v) {
    net_run *run = &needle->engine.run;
    net_evaluation of = evaluation_of(needle, seen);
    run->tangents = run->known = true;
    run->theta_dot = v, run->grad = run->grad_dot = NULL;
    net_forward(&of);
}

net_needle_eye net_needle_look(const net_needle *needle) {
    const net_run *run = &needle->engine.run;
    const int out = run->graph->nodes - 1;
    return (net_needle_eye){run->value[out], run->value_dot[out],    run->adjoint_dot[out],
                            needle->bar,     outputs_of(run->graph), run->blocks,
                            run->samples,    run->offset * LANES};
}

void net_needle_bend(net_needle *needle, const net_seen *seen) {
    net_needle_eye eye = net_needle_look(needle);
    net_batch view = *seen->batch;
    const int64_t targets = seen->loss->kind == TEMPER_GAUSSIAN_NLL ? eye.outputs / 2 : eye.outputs;
    view.samples = eye.samples;
    if (view.y) view.y += eye.first;
    if (view.t) view.t += eye.first * targets;
    net_loss_blocks(seen->loss, needle->engine.run.kernel, &view, 0, eye.blocks, eye.z, eye.z_dot,
                    1 / (double)seen->batch->samples, eye.slope, eye.bar, NULL);
}

/* Sums that go on from group to group begin with the first one. */
static void begin(const net_run *run, real *sum) {
    if (run->offset == 0) net_clear(run->graph, sum);
}

void net_needle_back(net_needle *needle, const net_seen *seen, const real *v, real *Hv) {
    net_run *run = &needle->engine.run;
    net_evaluation of = evaluation_of(needle, seen);
    run->tangents = run->known = true;
    run->theta_dot = v, run->grad = NULL, run->grad_dot = Hv;
    begin(run, Hv);
    net_reverse(&of);
}

/* Adjoints that are linear in those of the outputs: the plain way back, in the memory of tangents. */
void net_needle_transpose(net_needle *needle, const net_seen *seen, real *out) {
    net_run *run = &needle->engine.run;
    net_evaluation of = evaluation_of(needle, seen);
    real **adjoint = run->adjoint;
    run->tangents = run->known = false;
    run->adjoint = run->adjoint_dot;
    run->grad = out, run->grad_dot = NULL;
    begin(run, out);
    net_reverse(&of);
    run->adjoint = adjoint;
}
