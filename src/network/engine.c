#include "network/engine.h"
#include <string.h>
#include "network/plan.h"

static size_t bytes_of(size_t count, size_t size) { return (count * size + 63) / 64 * 64; }

/* The parts of an engine in the order in which they lie. */
typedef struct {
    size_t engine, pointers, losses, input, arena, scratch;
} parts;

static parts parts_of(const net_graph *graph, int64_t blocks, const net_layout *layout) {
    return (parts){bytes_of(1, sizeof(net_engine)),
                   bytes_of((size_t)graph->nodes * NET_ARRAYS * 2, sizeof(real *)),
                   bytes_of((size_t)blocks * LANES, sizeof(double)),
                   bytes_of(layout->input, sizeof(real)),
                   bytes_of(layout->arena, sizeof(real)),
                   bytes_of(layout->scratch, sizeof(real))};
}

static size_t total_of(parts p, int workers) {
    return p.engine + p.pointers + p.losses + p.input + p.arena + p.scratch * (size_t)workers;
}

void net_engine_plan(const net_graph *graph, int64_t blocks, bool learning, bool tangents, int threads,
                     net_plan *plan) {
    net_layout layout;
    net_lay_out(graph, blocks, learning, tangents, threads, &layout);
    parts p = parts_of(graph, blocks, &layout);
    *plan = layout.plan;
    plan->values += p.input;
    plan->scratch = p.scratch * (size_t)layout.workers;
    plan->total = total_of(p, layout.workers);
}

net_engine *net_engine_place(void *memory, const net_graph *graph, int64_t blocks, bool learning,
                             bool tangents, int threads) {
    net_layout layout;
    net_lay_out(graph, blocks, learning, tangents, threads, &layout);
    parts p = parts_of(graph, blocks, &layout);
    char *at = memory;
    net_engine *engine = memory;
    memset(engine, 0, sizeof *engine);
    engine->graph = graph;
    engine->blocks = blocks, engine->group = layout.group;
    engine->couples = layout.couples, engine->whole = layout.whole, engine->workers = layout.workers;
    engine->learning = learning, engine->tangents = tangents;
    real **pointers = (real **)(void *)(at += p.engine);
    engine->losses = (double *)(void *)(at += p.pointers);
    engine->input = (real *)(void *)(at += p.losses);
    real *arena = (real *)(void *)(at += p.input);
    engine->scratch = (real *)(void *)(at + p.arena);
    engine->scratch_each = p.scratch / sizeof(real);
    for (int array = 0; array < NET_ARRAYS; array++)
        for (int dot = 0; dot < 2; dot++) {
            real **table = pointers + (array * 2 + dot) * graph->nodes;
            for (int i = 0; i < graph->nodes; i++) {
                size_t from = layout.at[i][array][dot];
                table[i] = from == NET_NOWHERE ? NULL : arena + from;
            }
        }
    real ***const table[NET_ARRAYS][2] = {
        [NET_VALUE] = {&engine->run.value, &engine->run.value_dot},
        [NET_ADJOINT] = {&engine->run.adjoint, &engine->run.adjoint_dot},
        [NET_KEPT] = {&engine->run.kept, &engine->run.kept_dot},
        [NET_SHARED] = {&engine->run.shared, &engine->run.shared_dot},
    };
    for (int array = 0; array < NET_ARRAYS; array++)
        for (int dot = 0; dot < 2; dot++) *table[array][dot] = pointers + (array * 2 + dot) * graph->nodes;
    engine->run.graph = graph;
    engine->run.value[0] = engine->input;
    memset(engine->input, 0, p.input); /* lanes that no sample fills hold zeros */
    return engine;
}

real *net_engine_input(net_engine *engine) { return engine->input; }
