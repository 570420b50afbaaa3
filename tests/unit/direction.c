/* Directions through a landscape: their lengths by the rules of Li et al. (2018), trajectories, planes, files of users. */
#include <stdlib.h>
#include <unistd.h>
#include "network_rig.h"
#include "data/npz_write.h"
#include "temper/slice.h"

typedef struct {
    temper_samples data;
    temper_network *network;
    temper_network_task task;
    temper_landscape *landscape;
    int64_t row[20], P;
    double *theta, *d;
} place;

static bool open_place(place *p, const char *model) {
    memset(p, 0, sizeof *p);
    temper_network_io io = rig_image(1, 6, 3);
    p->data = rig_samples(20, io, true);
    for (int i = 0; i < 20; i++) p->row[i] = i;
    CHECK_OK(temper_network_create(&p->network, model, &io, &(temper_objective){0}));
    if (!p->network) return false;
    p->task = (temper_network_task){.network = p->network,
                                    .samples = &p->data,
                                    .row = p->row,
                                    .rows = 20,
                                    .batch = 20,
                                    .prior = INFINITY,
                                    .init_scale = 1};
    CHECK_OK(temper_landscape_of_network(&p->landscape, &p->task, NULL, false));
    if (!p->landscape) return false;
    p->P = temper_landscape_dim(p->landscape);
    p->theta = calloc((size_t)p->P, sizeof(double)), p->d = calloc((size_t)p->P, sizeof(double));
    for (int64_t i = 0; i < p->P; i++) p->theta[i] = rig_normal(50, i) * (1 + 0.1 * (double)(i % 7));
    temper_direction_random((temper_stream){5, 0}, 0, p->P, p->d);
    return true;
}

static void close_place(place *p) {
    temper_landscape_free(p->landscape);
    temper_network_free(p->network);
    rig_samples_free(&p->data);
    free(p->theta), free(p->d);
}

/* Norm of row f of an array in PyTorch's order: an output unit, a channel. */
static double filter_norm(const place *p, int k, const double *v, int64_t f) {
    temper_array a;
    double square = 0;
    if (!temper_network_array(p->network, k, &a)) return NAN;
    float *in = calloc((size_t)p->P, sizeof *in), *out = calloc((size_t)a.length, sizeof *out);
    for (int64_t i = 0; i < p->P; i++) in[i] = (float)v[i];
    temper_network_export(p->network, k, in, out);
    int64_t size = a.length / a.shape[0];
    for (int64_t i = 0; i < size; i++) square += (double)out[f * size + i] * (double)out[f * size + i];
    free(in), free(out);
    return sqrt(square);
}

/* Every array of the network that is learned: its filters have the norms of θ's, whichever order temper keeps them in. */
static void filters(void) {
    static const char *const models[] = {
        "mlp:7,5", "graph:conv 4 3; batch_norm; relu; conv 3 2; relu; flatten; dense 3"};
    for (int m = 0; m < 2; m++) {
        place p;
        temper_array a;
        if (!open_place(&p, models[m])) return;
        temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_FILTER, TEMPER_BIAS_ZERO, p.d);
        for (int k = 0; temper_network_array(p.network, k, &a); k++) {
            if (a.statistic) continue;
            for (int64_t f = 0; f < a.shape[0] && a.dims > 1; f++)
                CHECK_NEAR(filter_norm(&p, k, p.d, f) / filter_norm(&p, k, p.theta, f), 1, 1e-6);
            for (int64_t i = 0; i < a.length && a.dims == 1; i++)
                CHECK(p.d[a.offset + i] == 0, "%s moves", a.name);
        }
        close_place(&p);
    }
}

static double norm_of(const double *v, int64_t n) {
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += v[i] * v[i];
    return sqrt(s);
}

/* Biases: 0, kept (their norm once, not once for every filter of the layer), or θ itself. */
static void biases(void) {
    place p;
    temper_array a;
    if (!open_place(&p, "graph:conv 4 3; batch_norm; relu; flatten; dense 3")) return;
    double *raw = malloc((size_t)p.P * sizeof *raw);
    memcpy(raw, p.d, (size_t)p.P * sizeof *raw);
    for (int rule = 0; rule < 3; rule++) {
        memcpy(p.d, raw, (size_t)p.P * sizeof *raw);
        temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_FILTER, (temper_direction_bias)rule,
                                   p.d);
        int flat = 0;
        for (int k = 0; temper_network_array(p.network, k, &a); k++) {
            const double *d = p.d + a.offset, *t = p.theta + a.offset, *r = raw + a.offset;
            if (a.statistic || a.dims > 1) continue;
            flat++;
            if (rule == TEMPER_BIAS_ZERO) CHECK(norm_of(d, a.length) == 0, "%s", a.name);
            if (rule == TEMPER_BIAS_COPIED) CHECK(!memcmp(d, t, (size_t)a.length * sizeof *d), "%s", a.name);
            if (rule != TEMPER_BIAS_KEPT) continue;
            CHECK_NEAR(norm_of(d, a.length) / norm_of(t, a.length), 1, 1e-12);
            double by = norm_of(t, a.length) / norm_of(r, a.length);
            for (int64_t i = 0; i < a.length; i++) CHECK_NEAR(d[i], r[i] * by, 1e-12 * (1 + fabs(d[i])));
        }
        CHECK(flat >= 3, "%d flat arrays", flat);
    }
    free(raw);
    close_place(&p);
}

static void other_norms(void) {
    place p;
    const temper_part *part;
    if (!open_place(&p, "mlp:7")) return;
    int parts = temper_landscape_parts(p.landscape, &part);
    double *d = malloc((size_t)p.P * sizeof *d);
    memcpy(d, p.d, (size_t)p.P * sizeof *d);
    temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_LAYER, TEMPER_BIAS_ZERO, d);
    for (int k = 0; k < parts; k++)
        if (part[k].kind == TEMPER_PART_WEIGHT)
            CHECK_NEAR(norm_of(d + part[k].offset, part[k].length) /
                           norm_of(p.theta + part[k].offset, part[k].length),
                       1, 1e-12);
    memcpy(d, p.d, (size_t)p.P * sizeof *d);
    temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_WEIGHT, TEMPER_BIAS_KEPT, d);
    for (int64_t i = 0; i < p.P; i++) CHECK_NEAR(d[i], p.d[i] * p.theta[i], 0);
    memcpy(d, p.d, (size_t)p.P * sizeof *d);
    temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_UNIT, TEMPER_BIAS_ZERO, d);
    CHECK_NEAR(norm_of(d, p.P), 1, 1e-12);
    memcpy(d, p.d, (size_t)p.P * sizeof *d);
    temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_NONE, TEMPER_BIAS_KEPT, d);
    CHECK(!memcmp(d, p.d, (size_t)p.P * sizeof *d), "untouched");
    memset(d, 0, (size_t)p.P * sizeof *d);
    temper_direction_normalise(p.landscape, p.theta, TEMPER_NORM_FILTER, TEMPER_BIAS_KEPT, d);
    CHECK(norm_of(d, p.P) == 0, "nothing stays nothing");
    free(d);
    close_place(&p);
}

static void random_ones(void) {
    enum { M = 100000 };
    double *a = malloc(M * sizeof *a), *b = malloc(M * sizeof *b), mean = 0, square = 0, cross = 0;
    temper_direction_random((temper_stream){9, 1}, 0, M, a);
    temper_direction_random((temper_stream){9, 1}, 0, 5000, b);
    CHECK(!memcmp(a, b, 5000 * sizeof *a), "an address: the length does not matter");
    temper_direction_random((temper_stream){9, 1}, 1, M, b);
    for (int i = 0; i < M; i++) mean += a[i] / M, square += a[i] * a[i] / M, cross += a[i] * b[i] / M;
    CHECK_NEAR(mean, 0, 4.5 / sqrt(M));
    CHECK_NEAR(square, 1, 4.5 * sqrt(2.0 / M));
    CHECK_NEAR(cross, 0, 4.5 / sqrt(M));
    free(a), free(b);
}

/* Points a cos t e₁ + b sin t e₂ + c: shares a² : b², whatever else the space has. */
static void trajectory(void) {
    enum { ROWS = 16, D = 300 };
    static double theta[ROWS * D], dir[3 * D], share[3], x[2], away;
    static double e[2][D], c[D];
    for (int i = 0; i < D; i++) e[0][i] = i % 2 ? 0.1 : 0.05, e[1][i] = i % 2 ? -0.05 : 0.1, c[i] = 3 + i;
    for (int k = 0; k < 2; k++) {
        double n = norm_of(e[k], D);
        for (int i = 0; i < D; i++) e[k][i] /= n;
    }
    for (int r = 0; r < ROWS; r++) {
        double t = 2 * 3.14159265358979 * r / ROWS;
        for (int i = 0; i < D; i++) theta[r * D + i] = c[i] + 3 * cos(t) * e[0][i] + 1 * sin(t) * e[1][i];
    }
    CHECK_OK(temper_direction_trajectory(ROWS, D, theta, NULL, 2, dir, share));
    CHECK_NEAR(share[0], 0.9, 1e-9);
    CHECK_NEAR(share[1], 0.1, 1e-9);
    double along = 0, other = 0;
    for (int i = 0; i < D; i++) along += dir[i] * e[0][i], other += dir[D + i] * e[1][i];
    CHECK_NEAR(fabs(along), 1, 1e-9);
    CHECK_NEAR(fabs(other), 1, 1e-9);
    CHECK_OK(temper_direction_project(c, 2, dir, D, theta, x, &away));
    CHECK_NEAR(fabs(x[0]), 3, 1e-9);
    CHECK_NEAR(x[1], 0, 1e-9);
    CHECK_NEAR(away, 0, 1e-6);
    CHECK_FAILS(temper_direction_trajectory(ROWS, D, theta, NULL, 3, dir, share), TEMPER_BAD_DATA, "span 2");
    CHECK_FAILS(temper_direction_trajectory(2, D, theta, NULL, 2, dir, share), TEMPER_BAD_OPTION, "1 ... 1");
    /* about the last point, which is how loss-landscape does it */
    CHECK_OK(temper_direction_trajectory(2, D, theta, theta + D, 1, dir, share));
    CHECK_NEAR(share[0], 1, 1e-12);
    CHECK_NEAR(norm_of(dir, D), 1, 1e-12);
}

static void planes(void) {
    enum { D = 50 };
    double v[3 * D], at[D], zero[D] = {0}, x[2], away, s = 0, t = 0;
    temper_direction_random((temper_stream){3, 3}, 0, 3 * D, v);
    for (int i = 0; i < D; i++) at[i] = 0.25 * v[i] - 2 * v[D + i]; /* the two are not orthogonal */
    CHECK_OK(temper_direction_project(zero, 2, v, D, at, x, &away));
    CHECK_NEAR(x[0], 0.25, 1e-12);
    CHECK_NEAR(x[1], -2, 1e-12);
    double length = norm_of(v + D, D);
    CHECK_OK(temper_direction_orthogonalise(1, v, D, true, v + D));
    CHECK_OK(temper_direction_orthogonalise(2, v, D, false, v + 2 * D));
    for (int i = 0; i < D; i++) s += v[i] * v[D + i], t += v[D + i] * v[2 * D + i];
    CHECK_NEAR(s, 0, 1e-12);
    CHECK_NEAR(t, 0, 1e-12);
    CHECK_NEAR(norm_of(v + D, D), length, 1e-12);
    for (int i = 0; i < D; i++) at[i] = 3 * v[i] + v[D + i];
    CHECK_FAILS(temper_direction_orthogonalise(2, v, D, true, at), TEMPER_BAD_DATA, "plane");
    for (int i = 0; i < D; i++) v[D + i] = 2 * v[i], at[i] = v[i];
    CHECK_OK(temper_direction_project(zero, 2, v, D, at, x, &away)); /* parallel: one of them does it */
    CHECK_NEAR(x[0] + 2 * x[1], 1, 1e-9);
}

/* ---- files ---- */

static void write_npz(const place *p, const char *path, const char *prefix, int flat) {
    static temper_npz_array array[16];
    static char name[16][80];
    static int64_t shape[16][4];
    temper_array a;
    int n = 0;
    float *room = calloc((size_t)(2 * p->P), sizeof *room), *at = room + p->P;
    for (int64_t i = 0; i < p->P; i++) room[i] = (float)p->d[i];
    if (flat) {
        shape[0][0] = p->P;
        array[n++] = (temper_npz_array){"direction_1", 1, shape[0], room};
    }
    for (int k = 0; !flat && temper_network_array(p->network, k, &a); k++) {
        if (a.statistic) continue;
        temper_network_export(p->network, k, room, at);
        snprintf(name[n], sizeof name[n], "%s%s", prefix, a.name);
        memcpy(shape[n], a.shape, sizeof shape[n]);
        array[n] = (temper_npz_array){name[n], a.dims, shape[n], at};
        at += a.length, n++;
    }
    CHECK_OK(temper_npz_write(path, array, n));
    free(room);
}

static void files(void) {
    char path[] = "/tmp/temper_direction_XXXXXX";
    place p;
    if (!open_place(&p, "graph:conv 4 3; batch_norm; relu; flatten; dense 3")) return;
    double *d = calloc((size_t)p.P, sizeof *d);
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    write_npz(&p, path, "", 0);
    CHECK_OK(temper_direction_file(p.landscape, path, 0, d));
    for (int64_t i = 0; i < p.P; i++) CHECK_NEAR(d[i], p.d[i], 0);
    CHECK_FAILS(temper_direction_file(p.landscape, path, 1, d), TEMPER_BAD_DATA, "y.");
    write_npz(&p, path, "y.", 0);
    memset(d, 0, (size_t)p.P * sizeof *d);
    CHECK_OK(temper_direction_file(p.landscape, path, 1, d));
    CHECK(!memcmp(d, p.d, (size_t)p.P * sizeof *d), "by names");
    write_npz(&p, path, "", 1);
    memset(d, 0, (size_t)p.P * sizeof *d);
    CHECK_OK(temper_direction_file(p.landscape, path, 1, d));
    CHECK(!memcmp(d, p.d, (size_t)p.P * sizeof *d), "flat");
    CHECK_FAILS(temper_direction_file(p.landscape, path, 7, d), TEMPER_BAD_OPTION, "0 ... 3");
    p.d[3] = NAN;
    write_npz(&p, path, "", 1);
    CHECK_FAILS(temper_direction_file(p.landscape, path, 1, d), TEMPER_BAD_DATA, "finite");
    p.P -= 1;
    write_npz(&p, path, "", 1);
    CHECK_FAILS(temper_direction_file(p.landscape, path, 1, d), TEMPER_BAD_DATA, "a direction here has");
    p.P += 1, p.d[3] = 0;
    write_npz(&p, path, "", 0);
    for (int64_t k = 1;; k++) {
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status bad = temper_direction_file(p.landscape, path, 0, d);
        bool failed = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (failed ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld: %d", (long long)k, bad);
        CHECK(temper_alloc_live() == live, "leak at %lld", (long long)k);
        if (!failed) break;
    }
    unlink(path);
    free(d);
    close_place(&p);
}

int main(void) {
    RUN(random_ones);
    RUN(filters);
    RUN(biases);
    RUN(other_norms);
    RUN(trajectory);
    RUN(planes);
    RUN(files);
    return check_end();
}
