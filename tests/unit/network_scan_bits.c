/* Planes through networks: a point's bits are its own; what is said on the way, and at the door. */
#include "base/memory.h"
#include "network/network.h"
#include "network/scan_parts.h"
#include "scan_rig.h"
#include "temper/potential.h"

enum { SIDE = 9, GRID = SIDE * SIDE };

typedef struct {
    double x[2 * GRID], loss[GRID], error[GRID], wrong[GRID];
} picture;

static void draw(ground *g, picture *at) {
    temper_scanned out = {at->loss, at->error, at->wrong};
    g->scan.axes = 2, g->scan.points = GRID, g->scan.x = at->x;
    CHECK_OK(temper_network_scan(&g->scan, &out));
}

static void grid(picture *at) {
    for (int i = 0; i < GRID; i++)
        at->x[2 * i] = 0.25 * (i % SIDE) - 1, at->x[2 * i + 1] = 0.2 * (i / SIDE) - 1;
}

static bool alike(const picture *a, int i, const picture *b, int j) {
    return !memcmp(&a->loss[i], &b->loss[j], sizeof(double)) &&
           !memcmp(&a->error[i], &b->error[j], sizeof(double)) && a->wrong[i] == b->wrong[j];
}

static void same(const picture *a, const picture *b, const char *model, const char *what) {
    int off = 0;
    for (int i = 0; i < GRID; i++) off += !alike(a, i, b, i);
    CHECK(off == 0, "%s, %s: %d points differ", model, what, off);
}

static void bits_of(const char *model, temper_network_io io, int64_t n, bool frozen) {
    static picture first, again, mixed;
    ground g;
    if (!settle(&g, model, io, entropy, n)) return;
    if (frozen) g.task.statistics = g.statistics;
    grid(&first), grid(&again);
    temper_threads(1);
    draw(&g, &first);
    for (int threads = 2; threads <= 3; threads++) {
        temper_threads(threads);
        draw(&g, &again);
        same(&first, &again, model, threads == 2 ? "2 threads" : "3 threads");
    }
    temper_threads(0);
    static const char *const levels[] = {"ref", "avx2", "avx512"};
    for (int l = 0; l < 3; l++) {
        if (temper_cpu_cap(levels[l])) continue;
        draw(&g, &again);
        same(&first, &again, model, levels[l]);
    }
    temper_cpu_cap("auto");
    for (int i = 0; i < GRID; i++) memcpy(&mixed.x[2 * i], &first.x[2 * (i * 37 % GRID)], 2 * sizeof(double));
    draw(&g, &mixed);
    int off = 0;
    for (int i = 0; i < GRID; i++) off += !alike(&mixed, i, &first, i * 37 % GRID);
    CHECK(off == 0, "%s, another order: %d points differ", model, off);
    for (int i = 0; i < GRID; i += 13) { /* one alone */
        temper_scanned out = {again.loss, again.error, again.wrong};
        g.scan.points = 1, g.scan.x = first.x + 2 * i;
        CHECK_OK(temper_network_scan(&g.scan, &out));
        CHECK(alike(&again, 0, &first, i), "%s: point %d alone is another", model, i);
    }
    leave(&g);
}

static void bits(void) {
    bits_of("mlp:30,20", rig_vector(11, 4), 600, false);
    bits_of("graph:conv 4 3; relu; max_pool 2; conv 5 2; relu; flatten; dense 9; relu; dense outputs",
            rig_image(1, 9, 4), 70, false);
    bits_of("resnet:depth=8,width=4", rig_image(1, 6, 4), 40, true);
    bits_of("resnet:depth=8,width=4", rig_image(1, 6, 4), 40, false);
}

/* However little is held at once, in waves of chunks, in stretches of points, by one seat, the bits are the same; without room for products
 * the scan is plain. */
static void limits(void) {
    static picture first, again, plain;
    ground g;
    if (!settle(&g, "mlp:30,20", rig_vector(11, 4), entropy, 1700)) return;
    grid(&first), grid(&again), grid(&plain);
    draw(&g, &first);
    const net_scan_limits all[] = {{1 << 28, 1, 1 << 28, 1 << 16},
                                   {1 << 28, 3 * GRID * 48, 1 << 28, 1 << 16},
                                   {1 << 28, 1 << 20, 1, 10},
                                   {1 << 28, 1, 1, 1}};
    temper_scanned out = {again.loss, again.error, again.wrong};
    for (int k = 0; k < 4; k++) {
        memset(again.loss, 0, sizeof again.loss);
        CHECK_OK(net_scan_within(&g.scan, &out, &all[k]));
        char what[32];
        snprintf(what, sizeof what, "limits %d", k);
        same(&first, &again, "mlp", what);
    }
    g.scan.x = again.x;
    CHECK_OK(net_scan_within(&g.scan, &out, &(net_scan_limits){1000, 1 << 20, 1 << 28, 1 << 16}));
    g.scan.plain = true;
    draw(&g, &plain);
    same(&plain, &again, "mlp", "no room for products");
    CHECK(memcmp(plain.loss, first.loss, sizeof first.loss), "products leave no trace: they are not made");
    leave(&g);
}

/* Products where they spare something: not for the first convolution of a deep network. */
static void choice(void) {
    static const struct {
        const char *model;
        int64_t channels, side;
        bool rests, products;
    } cases[] = {{"mlp:30", 1, 8, false, true},
                 {"lenet5", 1, 28, false, true},
                 {"resnet20", 3, 32, false, false},
                 {"resnet20", 3, 32, true, true},
                 {"graph:flatten; dense outputs", 1, 5, false, true}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ground g;
        temper_potential *potential;
        if (!settle(&g, cases[k].model, rig_image(cases[k].channels, cases[k].side, 10), entropy, 20)) return;
        mark(&g, 2);
        for (int64_t i = 0; i < g.P / 2 && cases[k].rests; i++) g.direction[0][i] = g.direction[1][i] = 0;
        CHECK_OK(temper_network_potential(&potential, &g.task));
        net_plane *plane = calloc(1, sizeof *plane);
        const net_scan_limits much = {(size_t)1 << 40, 1 << 20, 1 << 28, 1 << 16};
        *plane = (net_plane){
            .scan = &g.scan, .limits = &much, .problem = potential->self, .graph = g.network->graph};
        net_plane_find(plane);
        bool found = false;
        for (int i = 1; i < plane->graph->nodes; i++) found |= plane->motion[i] != NET_FREE;
        CHECK(found == cases[k].products, "%s%s: products %d", cases[k].model,
              cases[k].rests ? ", half at rest" : "", found);
        free(plane), temper_potential_free(potential), leave(&g);
    }
}

/* One row, one more than a block, one more than a chunk; a parameter that is no number. */
static void odd_sizes(void) {
    static const int64_t rows[] = {1, 2, 15, 17, 513};
    for (int k = 0; k < 5; k++) {
        ground g;
        double loss[POINTS];
        if (!settle(&g, "graph:conv 3 3; max_pool 2; relu; flatten; dense outputs", rig_image(1, 7, 4),
                    entropy, rows[k]))
            return;
        mark(&g, 4);
        CHECK_OK(ask(&g));
        memcpy(loss, g.loss, sizeof loss);
        CHECK((rows[k] == 1) == isnan(g.error[0]), "%d rows: error %g", (int)rows[k], g.error[0]);
        g.scan.plain = true;
        CHECK_OK(ask(&g));
        for (int p = 0; p < POINTS; p++) CHECK_NEAR(loss[p], g.loss[p], 2e-6 * (1 + fabs(loss[p])));
        g.theta[4] = NAN;
        for (int plain = 0; plain < 2; plain++) {
            g.scan.plain = plain;
            CHECK_OK(ask(&g));
            for (int p = 0; p < POINTS; p++)
                CHECK(isnan(g.loss[p]), "%d rows, plain %d: loss %g at NaN", (int)rows[k], plain, g.loss[p]);
        }
        leave(&g);
    }
}

/* ---- what is said on the way, and at the door ---- */

typedef struct {
    int64_t calls, done, total;
    int *stop;
} ear;

static void hear(void *context, int64_t done, int64_t total) {
    ear *e = context;
    CHECK(done > 0 && done <= total && done >= e->done, "%d of %d after %d", (int)done, (int)total,
          (int)e->done);
    e->calls++, e->done = done, e->total = total;
    if (e->stop && done > 2) *e->stop = 1;
}

static void progress(void) {
    ground g;
    if (!settle(&g, "mlp:20", rig_vector(7, 4), entropy, 50)) return;
    int stop = 0;
    ear e = {0};
    mark(&g, 2);
    temper_threads(1);
    g.scan.tell = hear, g.scan.context = &e;
    CHECK_OK(ask(&g));
    CHECK(e.calls > 0 && e.done == e.total, "%d calls, %d of %d", (int)e.calls, (int)e.done, (int)e.total);
    e = (ear){.stop = &stop}, g.scan.stop = &stop;
    CHECK_FAILS(ask(&g), TEMPER_STOPPED, "stopped");
    CHECK(e.done < e.total, "%d of %d: it did not stop", (int)e.done, (int)e.total);
    temper_threads(0);
    leave(&g);
}

static void not_finite(void) {
    ground g;
    if (!settle(&g, "mlp:20", rig_vector(7, 4), entropy, 50)) return;
    mark(&g, 1);
    CHECK_OK(ask(&g));
    double kept = g.loss[1];
    g.x[0] = 1e30, g.x[2] = INFINITY, g.x[3] = NAN;
    CHECK_OK(ask(&g));
    CHECK(!(g.loss[0] < 1e25), "loss %g very far away", g.loss[0]);
    CHECK(!isfinite(g.loss[2]) && !isfinite(g.loss[3]), "losses %g and %g at ∞ and NaN", g.loss[2],
          g.loss[3]);
    CHECK(g.loss[1] == kept, "a neighbour of such points is %g, was %g", g.loss[1], kept);
    leave(&g);
}

static void refusals(void) {
    ground g;
    if (!settle(&g, "mlp:5", rig_vector(3, 4), entropy, 9)) return;
    mark(&g, 1);
    g.scan.axes = 0;
    CHECK_FAILS(ask(&g), TEMPER_BAD_OPTION, "axes=0 is outside 1 ... 4");
    g.scan.axes = 5;
    CHECK_FAILS(ask(&g), TEMPER_BAD_OPTION, "axes=5 is outside 1 ... 4");
    g.scan.axes = 1, g.scan.points = 0;
    CHECK_FAILS(ask(&g), TEMPER_BAD_OPTION, "points=0");
    g.scan.points = 1, g.data.features = 2;
    CHECK_FAILS(ask(&g), TEMPER_BAD_DATA, "2 features, the network takes 3");
    g.data.features = 3, g.data.y[g.row[2]] = 4;
    CHECK_FAILS(ask(&g), TEMPER_BAD_DATA, "label 4 is outside 0 ... 3");
    g.data.y[g.row[2]] = 0, g.task.variational = true;
    CHECK_FAILS(ask(&g), TEMPER_CANNOT, "Gaussian weights");
    g.task.variational = false;
    temper_scanned none = {0};
    CHECK_OK(temper_network_scan(&g.scan, &none)); /* nobody asks for anything */
    leave(&g);
}

static void short_of_memory(void) {
    ground g;
    if (!settle(&g, "mlp:5", rig_vector(3, 4), entropy, 9)) return;
    mark(&g, 2);
    int64_t live = temper_alloc_live(), k = 1;
    for (temper_status bad = TEMPER_NO_MEMORY; bad; k++) {
        temper_alloc_fail_at(k);
        bad = ask(&g);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "allocation %d: %s", (int)k, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %d leaves blocks", (int)k);
    }
    temper_alloc_fail_at(0);
    CHECK(k > 7, "%d allocations", (int)k);
    leave(&g);
}

int main(void) {
    RUN(bits);
    RUN(limits);
    RUN(choice);
    RUN(odd_sizes);
    RUN(progress);
    RUN(not_finite);
    RUN(refusals);
    RUN(short_of_memory);
    return check_end();
}
