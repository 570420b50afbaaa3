/* Layers of 0/1 units: every level gives the bits of the reference, on any number of threads, for shapes that fill no tile. */
#include "gibbs_rig.h"
#include "temper/parallel.h"

typedef struct {
    int64_t V, H, C;
    double width, mean;
} shape;

static const shape shapes[] = {{1, 1, 1, 1, 0.5},       {9, 16, 31, 2, 0.5},     {65, 63, 33, 0.3, 0.2},
                               {130, 70, 64, 0.2, 0.1}, {70, 200, 97, 0.1, 0.6}, {784, 500, 100, 0.05, 0.13},
                               {40, 3, 65, 400, 0.5}};
enum { SHAPES = sizeof shapes / sizeof *shapes, LEVELS = TEMPER_CPU_AMX + 1 };

typedef struct { /* all that a level answers, laid end to end */
    size_t bytes, room;
    uint8_t *at;
} answers;

static void note(answers *a, const void *what, size_t bytes) {
    if (a->bytes + bytes <= a->room) memcpy(a->at + a->bytes, what, bytes);
    a->bytes += bytes;
}

/* Sweeps at several places, log weights, a climb, statistics, features and updates of both kinds. */
static answers ask(const shape *s, const float *X, const char *level, int threads) {
    answers a = {
        .room = (size_t)(8 * (s->V * s->H + s->V + s->H) * 4 + 8 * (s->C + 64) * (s->V + s->H + 200) * 4)};
    CHECK_OK(temper_cpu_cap(level));
    CHECK_OK(temper_threads(threads));
    a.at = temper_alloc(1, a.room);
    gibbs_rig r = gibbs_rig_of(s->V, s->H, s->width, 5);
    temper_flock data = gibbs_flock(&r, s->C, 1), model = gibbs_flock(&r, s->C, 2);
    float *base = temper_alloc((size_t)s->V, sizeof *base), *stat = temper_alloc((size_t)r.P, sizeof *stat);
    float *features = temper_alloc((size_t)(s->C * s->H), sizeof *features);
    double *log_w = temper_alloc((size_t)s->C, sizeof *log_w),
           *weight = temper_alloc((size_t)s->C, sizeof *weight);
    for (int64_t i = 0; i < s->V; i++) base[i] = (float)(i % 5) - 2;
    for (int64_t c = 0; c < s->C; c++) weight[c] = 0.25 + (double)(c % 7);
    gibbs_fill(&r, &data, X);
    data.pinned = true;
    note(&a, model.state, model.bytes);
    temper_gibbs_sweep(r.g, &model, 1), note(&a, model.state, model.bytes);
    temper_gibbs_sweep(r.g, &model, 5), note(&a, model.state, model.bytes);
    model.place = (temper_place){0.4, base};
    temper_gibbs_sweep(r.g, &model, 2), note(&a, model.state, model.bytes);
    temper_gibbs_climb(r.g, &model, &(temper_place){0.7, base}, log_w), note(&a, log_w, (size_t)s->C * 8);
    model.place = (temper_place){1, NULL};
    temper_gibbs_log_weight(r.g, &model, &model.place, log_w), note(&a, log_w, (size_t)s->C * 8);
    temper_gibbs_statistics(r.g, &data, (s->C + 1) / 2, NULL, 0.01, stat), note(&a, stat, (size_t)r.P * 4);
    temper_gibbs_statistics(r.g, &data, s->C, weight, 0.01, stat), note(&a, stat, (size_t)r.P * 4);
    temper_gibbs_features(r.g, &model, features), note(&a, features, (size_t)(s->C * s->H) * 4);
    for (int t = 0; t < 4; t++) {
        const temper_stride stride = {0.02, t > 1 ? 1e-3 : 0, t > 2 ? 1e-2 : 0, t % 2 == 1};
        temper_gibbs_sweep(r.g, &model, 1);
        CHECK_OK(temper_gibbs_learn(r.g, &data, &model, r.theta, &stride));
        note(&a, r.theta, (size_t)r.P * 4), note(&a, model.state, model.bytes);
    }
    CHECK(a.bytes <= a.room, "%zu of %zu", a.bytes, a.room);
    temper_release(base), temper_release(stat), temper_release(features), temper_release(log_w),
        temper_release(weight);
    gibbs_flock_free(&data), gibbs_flock_free(&model), gibbs_rig_free(&r);
    return a;
}

static void levels_and_threads_agree(void) {
    for (int k = 0; k < SHAPES; k++) {
        const shape *s = &shapes[k];
        float *X = temper_alloc((size_t)(s->C * s->V), sizeof *X);
        gibbs_rows(X, s->C, s->V, s->mean, 8);
        answers truth = ask(s, X, "ref", 1);
        for (int level = 0; level < LEVELS && level <= (int)temper_cpu_best(); level++)
            for (int threads = 1; threads <= 4; threads += level == 0 ? 3 : 1) {
                const char *name = temper_cpu_name((temper_cpu)level);
                answers got = ask(s, X, name, threads);
                size_t at = 0;
                while (at < truth.bytes && got.at[at] == truth.at[at]) at++;
                CHECK(got.bytes == truth.bytes && at == truth.bytes,
                      "%lld x %lld, %lld chains, %s, %d threads: byte %zu of %zu", (long long)s->V,
                      (long long)s->H, (long long)s->C, name, threads, at, truth.bytes);
                temper_release(got.at);
            }
        temper_release(truth.at), temper_release(X);
    }
}

/* Chain i of a flock of n does what chain i of a flock of fewer does. */
static void chains_are_their_own(void) {
    for (int level = 0; level < LEVELS && level <= (int)temper_cpu_best(); level++) {
        CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
        gibbs_rig r = gibbs_rig_of(100, 80, 0.3, 6);
        temper_flock many = gibbs_flock(&r, 150, 4), few = gibbs_flock(&r, 35, 4);
        float a[100], b[100];
        temper_gibbs_sweep(r.g, &many, 7);
        for (int t = 0; t < 7; t++) temper_gibbs_sweep(r.g, &few, 1);
        for (int c = 0; c < 35; c++) {
            temper_gibbs_read(r.g, &many, c, a), temper_gibbs_read(r.g, &few, c, b);
            CHECK(memcmp(a, b, sizeof a) == 0, "chain %d", c);
        }
        gibbs_flock_free(&many), gibbs_flock_free(&few), gibbs_rig_free(&r);
    }
}

/* After many updates the packed weights are those that θ packs to, whatever exponents were passed on the way. */
static void packed_is_master(void) {
    enum { V = 70, H = 37, C = 40 };
    static float X[C * V];
    gibbs_rows(X, C, V, 0.3, 9);
    for (int level = 0; level < LEVELS && level <= (int)temper_cpu_best(); level++) {
        CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
        gibbs_rig r = gibbs_rig_of(V, H, 0.01, 7);
        temper_flock data = gibbs_flock(&r, C, 1), model = gibbs_flock(&r, C, 2);
        double a[C], b[C];
        gibbs_fill(&r, &data, X);
        data.pinned = true;
        const temper_stride stride = {0.3, 0, 0, true};
        for (int t = 0; t < 60; t++) {
            temper_gibbs_sweep(r.g, &model, 1);
            CHECK_OK(temper_gibbs_learn(r.g, &data, &model, r.theta, &stride));
        }
        void *before = temper_alloc(1, model.bytes);
        memcpy(before, model.state, model.bytes);
        temper_gibbs_sweep(r.g, &model, 3), temper_gibbs_log_weight(r.g, &model, &model.place, a);
        gibbs_rig again = {.V = V, .H = H};
        CHECK_OK(temper_gibbs_create(&again.g, V, H));
        CHECK_OK(temper_gibbs_refresh(again.g, r.theta));
        temper_flock copy = gibbs_flock(&again, C, 2);
        memcpy(copy.state, before, copy.bytes), copy.clock = model.clock - 3;
        temper_gibbs_sweep(again.g, &copy, 3), temper_gibbs_log_weight(again.g, &copy, &copy.place, b);
        CHECK(memcmp(copy.state, model.state, copy.bytes) == 0, "level %d", level);
        CHECK(memcmp(a, b, sizeof a) == 0, "level %d: %g and %g", level, a[0], b[0]);
        temper_release(before), temper_gibbs_free(again.g);
        gibbs_flock_free(&data), gibbs_flock_free(&model), gibbs_flock_free(&copy), gibbs_rig_free(&r);
    }
}

int main(void) {
    RUN(levels_and_threads_agree);
    RUN(chains_are_their_own);
    RUN(packed_is_master);
    return check_end();
}
