/* Planes through networks: a point's bits are its own; what is said on the way, and at the door. */
#include "base/memory.h"
#include "scan_rig.h"

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
    RUN(progress);
    RUN(not_finite);
    RUN(refusals);
    RUN(short_of_memory);
    return check_end();
}
