/* One chunk of rows at many points of a plane, by one thread. */
#include <string.h>
#include "network/scan_parts.h"

static size_t line(size_t bytes) { return (bytes + 63) / 64 * 64; }

static int64_t blocks_of(int64_t rows) { return (rows + LANES - 1) / LANES; }

/* ---- memory ---- */

typedef struct { /* takes pieces; from NULL it only counts */
    char *at;
    size_t taken;
} purse;

static void *take(purse *p, size_t count, size_t size) {
    void *piece = p->at ? p->at + p->taken : NULL;
    p->taken += line(count * size);
    return piece;
}

/* Levels and directions of a mix of n numbers; sums live beside the point's own where that is given. */
static void furnish(net_mix *mix, const net_plane *plane, size_t n, purse *p) {
    mix->low = -1;
    for (int k = plane->scan->axes - 1; k >= 0; k--)
        if (plane->moves[mix->node][k]) mix->low = k;
    for (int k = mix->low + 1; k < plane->scan->axes && mix->low >= 0; k++)
        if (plane->moves[mix->node][k]) mix->level[k] = take(p, n, sizeof(float));
}

static net_mix weights_of(net_seat *seat, int i, purse *p) {
    const temper_scan *scan = seat->plane->scan;
    const net_node *node = &seat->plane->graph->node[i];
    net_mix mix = {.node = i, .n = node->weights + node->biases, .base = scan->theta + node->weight};
    furnish(&mix, seat->plane, (size_t)mix.n, p);
    for (int k = 0; k < scan->axes; k++)
        if (seat->plane->moves[i][k]) mix.direction[k] = scan->direction[k] + node->weight;
    if (mix.low >= 0 && seat->theta) mix.level[mix.low] = seat->theta + node->weight;
    return mix;
}

static net_mix source_of(net_seat *seat, int i, purse *p) {
    const net_plane *plane = seat->plane;
    const net_node *node = &plane->graph->node[i];
    net_mix mix = {.node = i, .n = node->features * LANES, .low = -1};
    size_t n = (size_t)(mix.n * blocks_of(plane->rows));
    mix.base = take(p, n, sizeof(float));
    if (plane->motion[i] == NET_STILL) return mix;
    furnish(&mix, plane, n, p);
    for (int k = 0; k < plane->scan->axes; k++)
        if (plane->moves[i][k]) mix.direction[k] = take(p, n, sizeof(float));
    return mix;
}

/* Everything behind the seat itself, taken from the purse. */
static void fill(net_seat *seat, purse *p) {
    const net_plane *plane = seat->plane;
    const net_graph *graph = plane->graph;
    const size_t nodes = (size_t)graph->nodes;
    net_plan plan;
    net_engine_plan(graph, blocks_of(plane->rows), false, false, 1, &plan);
    void *engine = take(p, plan.total, 1);
    void *tray = take(p, net_tray_bytes(plane->problem, plane->rows, 1), 1);
    if (p->at) {
        seat->engine = net_engine_place(engine, graph, blocks_of(plane->rows), false, false, 1);
        net_tray_place(&seat->tray, tray, plane->problem, plane->rows, 1);
    }
    seat->losses = take(p, (size_t)plane->rows, sizeof *seat->losses);
    seat->theta = take(p, (size_t)graph->parameters, sizeof *seat->theta);
    seat->weight = take(p, nodes, sizeof *seat->weight), seat->source = take(p, nodes, sizeof *seat->source);
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        bool source = plane->motion[i] == NET_LINEAR || plane->read[i];
        seat->source_of[i] = source ? seat->sources : -1;
        if (source) {
            net_mix mix = source_of(seat, i, p);
            if (p->at) seat->source[seat->sources] = mix;
            seat->sources++;
        } else if (plane->motion[i] == NET_FREE && node->weights + node->biases > 0) {
            net_mix mix = weights_of(seat, i, p);
            if (p->at) seat->weight[seat->weights] = mix;
            seat->weights++;
        }
    }
}

size_t net_seat_bytes(const net_plane *plane) {
    purse p = {NULL, 0};
    net_seat seat = {.plane = plane};
    fill(&seat, &p);
    return line(sizeof seat) + p.taken;
}

net_seat *net_seat_place(void *memory, const net_plane *plane) {
    net_seat *seat = memory;
    purse p = {(char *)memory + line(sizeof *seat), 0};
    memset(seat, 0, sizeof *seat);
    seat->plane = plane;
    fill(seat, &p);
    memcpy(seat->theta, plane->scan->theta, (size_t)plane->graph->parameters * sizeof *seat->theta);
    return seat;
}

/* ---- one sweep over the tape, forward ---- */

typedef void (*visit)(net_seat *seat, int i, int64_t first, int64_t last);

/* Blocks first … last−1 of the chunk are blocks 0 … of the run. */
static void view(net_seat *seat, int64_t first, int64_t last) {
    net_run *run = &seat->engine->run;
    run->offset = first, run->blocks = last - first;
    run->value[0] = seat->engine->input + first * run->graph->node[0].features * LANES;
    run->samples = seat->n - first * LANES;
    if (run->samples > run->blocks * LANES) run->samples = run->blocks * LANES;
    for (int s = 0; s < seat->sources; s++) {
        const net_mix *mix = &seat->source[s];
        if (seat->plane->motion[mix->node] == NET_STILL)
            seat->engine->run.value[mix->node] = (float *)mix->base + first * mix->n;
    }
}

/* Where no sample meets another a group of blocks goes all the way while it is warm. */
static void sweep_windows(net_seat *seat, visit act, visit end) {
    const int nodes = seat->plane->graph->nodes;
    const int64_t blocks = blocks_of(seat->n), group = seat->engine->group;
    for (int64_t first = 0; first < blocks; first += group) {
        int64_t last = blocks - first < group ? blocks : first + group;
        view(seat, first, last);
        for (int i = 1; i < nodes; i++) act(seat, i, 0, last - first);
        if (end) end(seat, nodes - 1, 0, last - first);
    }
}

/* Else node by node where all samples must be there, and groups between. */
static void sweep_whole(net_seat *seat, visit act, visit end) {
    const net_graph *graph = seat->plane->graph;
    const int64_t blocks = blocks_of(seat->n), group = seat->engine->group;
    view(seat, 0, blocks);
    for (int from = 1, to; from < graph->nodes; from = to) {
        for (to = from + 1; to < graph->nodes && !net_couples(&graph->node[to]);) to++;
        if (net_couples(&graph->node[from])) act(seat, from, 0, 0);
        for (int64_t first = 0; first < blocks; first += group) {
            int64_t last = blocks - first < group ? blocks : first + group;
            for (int i = from; i < to; i++) act(seat, i, first, last);
        }
    }
    if (end) end(seat, graph->nodes - 1, 0, blocks);
}

static void sweep(net_seat *seat, visit act, visit end) {
    if (seat->engine->whole)
        sweep_whole(seat, act, end);
    else
        sweep_windows(seat, act, end);
}

/* Blocks first … last−1 of the run; none (first = last): what a node that couples does before them. */
static void forward(net_seat *seat, int i, int64_t first, int64_t last) {
    const net_node *node = &seat->plane->graph->node[i];
    net_run *run = &seat->engine->run;
    if (first < last)
        node->op->forward(node, run, first, last, seat->engine->scratch);
    else if (node->op->collect)
        node->op->collect(node, run);
}

/* ---- once for a chunk: what stands still, and the products of what is linear ---- */

static void prepare(net_seat *seat, int i, int64_t first, int64_t last) {
    const net_plane *plane = seat->plane;
    net_run *run = &seat->engine->run;
    float *const window = run->value[i];
    run->theta = plane->scan->theta;
    if (plane->motion[i] == NET_STILL) forward(seat, i, first, last);
    if (plane->motion[i] != NET_LINEAR || first == last) return;
    const net_mix *mix = &seat->source[seat->source_of[i]];
    const int64_t at = run->offset * mix->n;
    run->value[i] = (float *)mix->base + at;
    forward(seat, i, first, last);
    for (int k = 0; k < plane->scan->axes; k++) {
        if (!mix->direction[k]) continue;
        run->theta = plane->scan->direction[k], run->value[i] = (float *)mix->direction[k] + at;
        forward(seat, i, first, last);
    }
    run->theta = plane->scan->theta, run->value[i] = window;
}

void net_seat_take(net_seat *seat, int64_t from, int64_t n) {
    const net_plane *plane = seat->plane;
    const temper_network_task *task = &plane->problem->task;
    net_run *run = &seat->engine->run;
    seat->n = n, seat->warm = false;
    for (int64_t i = 0; i < n; i++) seat->tray.row[i] = task->row[from + i];
    net_feed(plane->problem, NULL, &seat->tray, n, seat->engine->input);
    run->kernel = temper_net_kernel();
    run->training = run->tangents = run->known = false;
    run->statistics = plane->graph->coupled ? NULL : (float *)task->statistics;
    run->measured = NULL, run->grad = NULL, run->grad_dot = NULL, run->theta_dot = NULL;
    sweep(seat, prepare, NULL);
}

/* ---- at a point ---- */

/* The sums down to the axis before k. */
static const float *above(const net_mix *mix, int k) {
    for (int j = k + 1; j < TEMPER_AXES_MAX; j++)
        if (mix->direction[j]) return mix->level[j];
    return mix->base;
}

/* Levels from axis `from` down to axis `to`. */
static void mix_levels(const net_seat *seat, const net_mix *mix, int64_t n, int from, int to) {
    for (int k = from; k >= to; k--)
        if (mix->direction[k])
            seat->engine->run.kernel->climb(n, (float)seat->x[k], above(mix, k), mix->direction[k],
                                            mix->level[k]);
}

/* The levels that x asks for: where its last coordinates are those of the point before, the sums over them are there. */
static void move_to(net_seat *seat, const double *x) {
    int stale = seat->plane->scan->axes - 1;
    while (seat->warm && stale >= 0 && !memcmp(&seat->x[stale], &x[stale], sizeof *x)) stale--;
    for (int k = 0; k <= stale; k++) seat->x[k] = x[k];
    for (int w = 0; w < seat->weights; w++) mix_levels(seat, &seat->weight[w], seat->weight[w].n, stale, 0);
    for (int s = 0; s < seat->sources; s++) {
        const net_mix *mix = &seat->source[s];
        mix_levels(seat, mix, mix->n * blocks_of(seat->n), stale, mix->low + 1);
    }
    seat->warm = true;
}

/* The sum of a linear node, and what it has absorbed, into the value of node i. */
static void add_up(const net_seat *seat, int i, int64_t first, int64_t last) {
    const net_joint *joint = &seat->plane->joint[i];
    const net_mix *mix = &seat->source[seat->source_of[joint->linear]];
    const net_run *run = &seat->engine->run;
    const int64_t n = seat->plane->graph->node[i].features * LANES;
    const float x = (float)seat->x[mix->low];
    const float *base = above(mix, mix->low) + (run->offset + first) * mix->n;
    const float *direction = mix->direction[mix->low] + (run->offset + first) * mix->n;
    float *out = run->value[i] + first * n;
    if (!joint->pooled) {
        (joint->rectified ? run->kernel->climb_rectified : run->kernel->climb)((last - first) * n, x, base,
                                                                               direction, out);
        return;
    }
    for (int64_t b = first; b < last; b++, base += mix->n, direction += mix->n, out += n)
        run->kernel->climb_pool(&joint->pool, x, base, direction, joint->rectified, out);
}

static void advance(net_seat *seat, int i, int64_t first, int64_t last) {
    if (seat->plane->motion[i] == NET_FREE) forward(seat, i, first, last);
    if (seat->plane->joint[i].here && first < last) add_up(seat, i, first, last);
}

/* Rows whose first largest output is not their label. */
static int64_t wrong_in(const net_run *run, const int32_t *y, const float *z, int64_t K) {
    int64_t wrong = 0;
    for (int64_t i = 0; i < run->samples; i++) {
        const float *row = z + i / LANES * K * LANES + i % LANES;
        int64_t top = 0;
        for (int64_t k = 1; k < K; k++)
            if (row[k * LANES] > row[top * LANES]) top = k;
        wrong += top != y[i];
    }
    return wrong;
}

static void judge(net_seat *seat, int i, int64_t first, int64_t last) {
    const net_plane *plane = seat->plane;
    const net_run *run = &seat->engine->run;
    const int64_t start = run->offset * LANES;
    net_batch batch = {.samples = run->samples, .y = seat->tray.y, .t = seat->tray.t};
    if (batch.y) batch.y += start;
    if (batch.t) batch.t += start * plane->problem->targets;
    net_loss_blocks(&plane->loss, run->kernel, &batch, first, last, run->value[i], NULL, 0, NULL, NULL,
                    seat->losses + start);
    if (batch.y) seat->wrong += wrong_in(run, batch.y, run->value[i], plane->loss.outputs);
}

void net_seat_look(net_seat *seat, const double *x) {
    seat->wrong = 0;
    seat->engine->run.theta = seat->theta;
    move_to(seat, x);
    sweep(seat, advance, judge);
}
