/* One pass of a probe over all rows: chunks side by side as far as there are threads, each with sums of its own, which are joined in
 * the order of the chunks. Within a chunk, group by group, all vectors go through the point while it is warm. What a chunk gives to a
 * vector depends on neither threads, nor the other vectors, nor on whether the point was kept or is made again. */
#include <string.h>
#include "network/probe_parts.h"
#include "temper/parallel.h"

typedef struct {
    temper_probe *probe;
    net_stroke stroke;
    int64_t first, m; /* chunk of seat 0; vectors */
    const float *v;
    float *out;
    int64_t from, chunks; /* for joining */
} pass;

static int64_t rows_of(const temper_probe *probe, int64_t chunk) {
    int64_t left = probe->problem->task.rows - chunk * probe->chunk;
    return left < probe->chunk ? left : probe->chunk;
}

static void feed(const temper_probe *probe, net_place *at, int64_t chunk) {
    const int64_t n = rows_of(probe, chunk), *row = probe->problem->task.row + chunk * probe->chunk;
    memcpy(at->tray.row, row, (size_t)n * sizeof *row);
    net_feed(probe->problem, NULL, &at->tray, n, at->input);
}

static net_batch batch_of(const temper_probe *probe, const net_place *at, int64_t chunk) {
    return (net_batch){.samples = rows_of(probe, chunk),
                       .y = at->tray.y,
                       .t = at->tray.t,
                       .statistics = (float *)(probe->problem->frozen ? probe->problem->statistics : NULL)};
}

/* One vector through one group. */
static void stroke_once(const pass *p, net_seat_of_probe *seat, const net_seen *seen, const net_place *at,
                        int64_t chunk, int64_t k) {
    const temper_probe *probe = p->probe;
    const int64_t P = probe->P, outputs = probe->problem->task.rows * probe->outputs;
    const int64_t here = k * outputs + chunk * probe->chunk * probe->outputs;
    const bool ahead = p->stroke != NET_SLOPE && p->stroke != NET_LIFT;
    const float *v = ahead ? p->v + k * P : NULL;
    float *out = (probe->chunks == 1 ? p->out : seat->part) + k * P;
    net_needle *needle = seat->needle;
    if (ahead) net_needle_ahead(needle, seen, v);
    switch (p->stroke) {
    case NET_BEND: net_needle_bend(needle, seen), net_needle_back(needle, seen, v, out); return;
    case NET_SQUEEZE: net_needle_bend(needle, seen); break;
    case NET_PROJECT: net_probe_project(probe, needle, seen, at->tray.row); break;
    case NET_SLOPE: net_probe_slope(probe, needle, seen); break;
    case NET_LIFT: net_probe_lift(needle, p->v + here); break;
    case NET_SPREAD: net_probe_spread(needle, p->out + here); return;
    }
    net_needle_transpose(needle, seen, out);
}

/* Item: a chunk, and one of the shares of its vectors. */
static temper_status chunk_work(void *context, int64_t i) {
    const pass *p = context;
    temper_probe *probe = p->probe;
    net_seat_of_probe *seat = &probe->seat[i];
    const int64_t chunk = p->first + i / probe->across, share = i % probe->across;
    const bool kept = chunk < probe->kept;
    net_place *at = kept ? &probe->place[chunk] : &seat->own;
    if (share >= p->m) return TEMPER_OK;
    if (!kept) feed(probe, at, chunk);
    net_batch batch = batch_of(probe, at, chunk);
    const net_seen seen = {&probe->loss, &batch, probe->theta, at->input};
    for (int64_t g = 0; g < probe->plan.groups; g++) {
        char *point = at->groups + (kept ? (size_t)g * probe->plan.group : 0);
        if (!net_needle_set(seat->needle, &seen, g, point)) break;
        if (!kept) net_needle_fill(seat->needle, &seen);
        for (int64_t k = share; k < p->m; k += probe->across) stroke_once(p, seat, &seen, at, chunk, k);
    }
    return TEMPER_OK;
}

static temper_status keep_work(void *context, int64_t i) {
    const pass *p = context;
    temper_probe *probe = p->probe;
    const int64_t chunk = p->first + i;
    net_place *at = &probe->place[chunk];
    feed(probe, at, chunk);
    net_batch batch = batch_of(probe, at, chunk);
    const net_seen seen = {&probe->loss, &batch, probe->theta, at->input};
    for (int64_t g = 0; g < probe->plan.groups; g++) {
        if (!net_needle_set(probe->seat[i].needle, &seen, g, at->groups + (size_t)g * probe->plan.group))
            break;
        net_needle_fill(probe->seat[i].needle, &seen);
    }
    return TEMPER_OK;
}

void net_probe_keep(temper_probe *probe) {
    pass p = {.probe = probe};
    for (; p.first < probe->kept; p.first += probe->workers) {
        int64_t n = probe->kept - p.first < probe->workers ? probe->kept - p.first : probe->workers;
        temper_parallel(n, keep_work, &p);
    }
}

void net_probe_add(float *sum, const float *part, float weight, int64_t n, bool first) {
    const temper_net_kernels *kernel = temper_net_kernel();
    const int64_t even = n / LANES * LANES;
    const size_t rest = (size_t)(n - even) * sizeof *sum;
    float x[LANES] = {0}, y[LANES] = {0};
    kernel->blend(even, weight, part, 1, first ? NULL : sum, sum);
    memcpy(x, part + even, rest), memcpy(y, sum + even, rest);
    kernel->blend(LANES, weight, x, 1, first ? NULL : y, y);
    memcpy(sum + even, y, rest);
}

enum { PIECE = 1 << 15 };

/* One piece of the sum of one vector, over the chunks of this round. */
static temper_status join_work(void *context, int64_t item) {
    const pass *p = context;
    const temper_probe *probe = p->probe;
    const int64_t pieces = (probe->P + PIECE - 1) / PIECE, from = item % pieces * PIECE;
    const int64_t n = probe->P - from < PIECE ? probe->P - from : PIECE, at = item / pieces * probe->P + from;
    for (int64_t i = 0; i < p->chunks; i++) {
        const int64_t chunk = p->first + i;
        float weight = (float)((double)rows_of(probe, chunk) / (double)probe->problem->task.rows);
        net_probe_add(p->out + at, probe->seat[i * probe->across].part + at,
                      p->stroke == NET_LIFT ? 1 : weight, n, chunk == 0);
    }
    return TEMPER_OK;
}

void net_probe_pass(temper_probe *probe, net_stroke stroke, int64_t m, const float *v, float *out) {
    pass p = {.probe = probe, .stroke = stroke, .m = m, .v = v, .out = out};
    const int64_t pieces = (probe->P + PIECE - 1) / PIECE;
    for (; p.first < probe->chunks; p.first += probe->workers) {
        p.chunks = probe->chunks - p.first < probe->workers ? probe->chunks - p.first : probe->workers;
        temper_parallel(p.chunks * probe->across, chunk_work, &p);
        if (probe->chunks > 1 && stroke != NET_SPREAD) temper_parallel(m * pieces, join_work, &p);
    }
}
