/* Hidden units change places and the function stays; a permutation that was planted is found again. */
#include "network_lab.h"
#include "temper/path.h"

/* ---- the assignment ---- */

static double cheapest(int64_t n, const double *cost, int64_t row, unsigned used) { /* all n! of them */
    double best = INFINITY;
    if (row == n) return 0;
    for (int64_t j = 0; j < n; j++) {
        if (used >> j & 1) continue;
        double total = cost[row * n + j] + cheapest(n, cost, row + 1, used | 1u << j);
        if (total < best) best = total;
    }
    return best;
}

static void assignment(void) {
    double cost[49];
    int64_t match[7];
    for (int trial = 0; trial < 300; trial++) {
        int64_t n = 1 + trial % 7;
        double total = 0;
        unsigned used = 0;
        for (int64_t k = 0; k < n * n; k++) {
            cost[k] = rig_normal(trial, k);
            if (trial % 3 == 1) cost[k] = floor(2 * cost[k]); /* many ties */
            if (trial % 3 == 2) cost[k] *= 1e6;
        }
        CHECK_OK(temper_assign(n, cost, match));
        for (int64_t i = 0; i < n; i++) total += cost[i * n + match[i]], used |= 1u << match[i];
        CHECK(used == (1u << n) - 1, "n=%d: not a permutation", (int)n);
        CHECK_NEAR(total, cheapest(n, cost, 0, 0), 1e-9 * (1 + fabs(total)));
    }
    cost[0] = NAN;
    CHECK_FAILS(temper_assign(1, cost, match), TEMPER_DIVERGED, "not finite");
}

/* ---- networks ---- */

typedef struct { /* of the weights of one layer, in PyTorch's order: out[i] takes the place of i */
    const int *out, *in;
    int span; /* numbers of the input that belong to one unit */
} plant;

static const int p2[] = {1, 0}, p3[] = {2, 0, 1}, p4[] = {3, 0, 2, 1}, p6[] = {2, 0, 1, 5, 3, 4},
                 r6[] = {4, 5, 0, 2, 1, 3}, p12[] = {2, 0, 1, 5, 3, 4, 11, 6, 10, 7, 9, 8},
                 r12[] = {7, 1, 9, 0, 11, 2, 5, 3, 4, 6, 10, 8};

typedef struct {
    const char *model;
    int groups, units;
    plant layer[8];
} subject;

static const subject subjects[] = {
    {"graph:flatten; dense 6; relu; dense 4; tanh; dense 4",
     2,
     10,
     {{r6, NULL, 1}, {p4, r6, 1}, {NULL, p4, 1}}},
    {"graph:conv 4 3 pad=1; batch_norm; relu; max_pool 2; conv 6 3 pad=1; relu; flatten; dense 12; silu; dropout 0.2; dense 4",
     3,
     22,
     {{p4, NULL, 1}, {r6, p4, 1}, {r12, r6, 9}, {NULL, r12, 1}}},
    /* three stages: those of the first stage are the first units of the second, and so on */
    {"resnet:depth=8,width=3",
     6,
     33,
     {{p3, NULL, 1},
      {p3 /* inner */, p3, 1},
      {p3, p3, 1},
      {r6, p3, 1},
      {p6, r6, 1},
      {r12, p6, 1},
      {p12, r12, 1},
      {NULL, p12, 1}}},
    /* one group on both sides of one array */
    {"graph:flatten; dense 6; relu; save a; dense 6; relu; add a; dense 4",
     1,
     6,
     {{r6, NULL, 1}, {r6, r6, 1}, {NULL, r6, 1}}},
    {"graph:flatten; dense 2; layer_norm; gelu; dense 4", 1, 2, {{p2, NULL, 1}, {NULL, p2, 1}}},
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* Array k of `from` with its units in other places, into `to`. Written against PyTorch's shapes, not against temper's. */
static void plant_array(const temper_network *network, int k, const temper_array *a, const plant *p,
                        const float *from, float *to) {
    float *x = calloc((size_t)a->length, sizeof *x), *y = calloc((size_t)a->length, sizeof *y);
    const int64_t rows = a->shape[0], wide = a->length / rows, inputs = a->dims > 1 ? a->shape[1] : 1,
                  taps = wide / inputs;
    temper_network_export(network, k, from, x);
    for (int64_t o = 0; o < rows; o++)
        for (int64_t i = 0; i < inputs; i++)
            for (int64_t t = 0; t < taps; t++) {
                int64_t oo = p->out ? p->out[o] : o, ii = i;
                if (p->in && a->dims > 1) ii = p->in[i / p->span] * p->span + i % p->span;
                y[(o * inputs + i) * taps + t] = x[(oo * inputs + ii) * taps + t];
            }
    temper_network_import(network, k, y, to);
    free(x), free(y);
}

static void plant_all(const temper_network *network, const subject *s, const float *theta,
                      const float *statistics, float *theta_to, float *statistics_to) {
    temper_array a;
    int layer = -1;
    for (int k = 0; temper_network_array(network, k, &a); k++) {
        layer += a.dims > 1;
        if (a.statistic)
            plant_array(network, k, &a, &s->layer[layer], statistics, statistics_to);
        else
            plant_array(network, k, &a, &s->layer[layer], theta, theta_to);
    }
}

typedef struct {
    lab l;
    int64_t P, S;
    float *theta[2], *statistics[2];
    double *a, *b, *b0;
    float *s;
} couple;

/* Two networks: the second planted from the first, or drawn anew. */
static void meet(couple *c, const subject *s, bool planted) {
    memset(c, 0, sizeof *c);
    lab_data(&c->l, s->model, TEMPER_CROSS_ENTROPY);
    c->P = temper_network_parameters(c->l.network), c->S = temper_network_statistics(c->l.network);
    for (int k = 0; k < 2; k++) {
        c->theta[k] = calloc((size_t)c->P, sizeof(float)),
        c->statistics[k] = calloc((size_t)c->S + 1, sizeof(float));
        for (int64_t i = 0; i < c->P; i++) c->theta[k][i] = (float)(0.4 * rig_normal(20 + k, i));
        for (int64_t i = 0; i < c->S; i++) c->statistics[k][i] = (float)fabs(rig_normal(30 + k, i)) + 0.2f;
    }
    if (planted) plant_all(c->l.network, s, c->theta[0], c->statistics[0], c->theta[1], c->statistics[1]);
    c->a = calloc((size_t)c->P, sizeof(double)), c->b = calloc((size_t)c->P, sizeof(double));
    c->b0 = calloc((size_t)c->P, sizeof(double)), c->s = calloc((size_t)c->S + 1, sizeof(float));
    for (int64_t i = 0; i < c->P; i++)
        c->a[i] = (double)c->theta[0][i], c->b[i] = c->b0[i] = (double)c->theta[1][i];
    memcpy(c->s, c->statistics[1], (size_t)c->S * sizeof *c->s);
}

static void part(couple *c) {
    for (int k = 0; k < 2; k++) free(c->theta[k]), free(c->statistics[k]);
    free(c->a), free(c->b), free(c->b0), free(c->s);
    lab_close(&c->l);
}

static double loss(couple *c, const double *theta, const float *statistics, bool precise) {
    temper_landscape *l = NULL;
    temper_network_task task = c->l.task;
    double u = NAN;
    task.statistics = c->S ? statistics : NULL;
    CHECK_OK(temper_landscape_of_network(&l, &task, NULL, precise));
    CHECK_OK(temper_landscape_energy(l, theta, &u));
    temper_landscape_free(l);
    return u;
}

static void planted(void) {
    for (int m = 0; m < SUBJECTS; m++) {
        couple c;
        temper_alignment out;
        meet(&c, &subjects[m], true);
        double before = loss(&c, c.a, c.statistics[0], true), planted = loss(&c, c.b, c.s, true);
        CHECK_NEAR(planted, before, 1e-12 * before); /* the test's own permutation is one */
        CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){0}, NULL, c.b, c.s, &out));
        CHECK(out.groups == subjects[m].groups && out.units == subjects[m].units, "%s: %d groups of %d units",
              subjects[m].model, out.groups, (int)out.units);
        CHECK(!memcmp(c.a, c.b, (size_t)c.P * sizeof *c.a),
              "%s: distance %g left of %g (start %d, %d sweeps)", subjects[m].model, out.distance[1],
              out.distance[0], out.start, out.sweeps);
        CHECK(!memcmp(c.s, c.statistics[0], (size_t)c.S * sizeof *c.s), "%s: statistics", subjects[m].model);
        CHECK(out.distance[1] == 0 && out.distance[0] > 0 && fabs(out.cosine[1] - 1) < 1e-12 && out.moved > 0,
              "%g %g", out.distance[0], out.distance[1]);
        part(&c);
    }
}

/* A random permutation of from … to−1, in place. */
static void shuffle(int *perm, int from, int to, int number) {
    for (int i = from; i < to; i++) {
        int j = from + (int)temper_below(temper_word(rig_stream, TEMPER_FOR_TESTS, 60 + number, i),
                                         (uint32_t)(i - from) + 1);
        perm[i] = perm[j], perm[j] = i;
    }
}

/* A residual network of three stages of 16, 32, 64 channels. Seen from where it stands nearly all arrays are noise, as both their sides are out of
 * order, and sweeps have to repair it bit by bit; working inwards finds every unit in one pass, and the sweep after it nothing to do. */
static void planted_deep(void) {
    static int p[3][64], r[3][64];
    for (int k = 0, n = 16; k < 3; k++, n *= 2) {
        if (k) memcpy(p[k], p[k - 1], sizeof p[k]);
        shuffle(p[k], k ? n / 2 : 0, n, k);
        shuffle(r[k], 0, n, 3 + k);
    }
    const subject s = {.model = "resnet:depth=8,width=16",
                       .layer = {{p[0], NULL, 1},
                                 {r[0], p[0], 1},
                                 {p[0], r[0], 1},
                                 {r[1], p[0], 1},
                                 {p[1], r[1], 1},
                                 {r[2], p[1], 1},
                                 {p[2], r[2], 1},
                                 {NULL, p[2], 1}}};
    couple c;
    temper_alignment out;
    meet(&c, &s, true);
    CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){0}, NULL, c.b, c.s, &out));
    CHECK(!memcmp(c.a, c.b, (size_t)c.P * sizeof *c.a) && out.start == 0 && out.sweeps == 1,
          "distance %g left of %g (start %d, %d sweeps)", out.distance[1], out.distance[0], out.start,
          out.sweeps);
    CHECK(out.units == 64 + 16 + 32 + 64, "%d units", (int)out.units);
    part(&c);
}

/* θ is near to the planted one: the noise must stay noise. */
static void planted_in_noise(void) {
    for (int m = 0; m < SUBJECTS; m++) {
        couple c;
        temper_alignment out;
        double noise = 0;
        meet(&c, &subjects[m], true);
        for (int64_t i = 0; i < c.P; i++) {
            double e = 0.02 * rig_normal(50, i);
            c.b[i] += e, noise += e * e;
        }
        CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){0}, NULL, c.b, NULL, &out));
        CHECK_NEAR(out.distance[1], sqrt(noise), 1e-9);
        part(&c);
    }
}

/* Strangers: nearer than before, and the same function. */
static void the_function_stays(void) {
    static const subject more[] = {
        {.model = "transformer:blocks=1,width=8,heads=2,patch=2,mlp=12"},
        {.model = "graph:tokens; dense 6; position; relu; dense 5; global_pool; dense 4"}};
    for (int m = 0; m < SUBJECTS + 2; m++) {
        const subject *s = m < SUBJECTS ? &subjects[m] : &more[m - SUBJECTS];
        couple c;
        temper_alignment out;
        meet(&c, s, false);
        if (!c.l.network) continue;
        double exact = loss(&c, c.b, c.s, true), single = loss(&c, c.b, c.s, false);
        CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){.starts = 4}, NULL, c.b, c.s, &out));
        CHECK_NEAR(loss(&c, c.b, c.s, true), exact, 1e-12 * exact);
        CHECK_NEAR(loss(&c, c.b, c.s, false), single, 1e-6 * single);
        CHECK(out.units > 0 &&
                  (out.units == 2 || (out.distance[1] < out.distance[0] && out.cosine[1] > out.cosine[0])),
              "%s: %d units, %d moved, %g after %g", s->model, (int)out.units, (int)out.moved,
              out.distance[1], out.distance[0]);
        double nearest = out.distance[1];
        CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){.starts = 4}, NULL, c.b, c.s, &out));
        CHECK(out.distance[1] <= nearest, "%s: a second time it is farther", s->model);
        part(&c);
    }
}

/* With one hidden layer all permutations can be tried. */
static void nearest_of_all(void) {
    couple c;
    temper_alignment out;
    subject s = {.model = "graph:flatten; dense 6; relu; dense 4"};
    double cost[36];
    meet(&c, &s, false);
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            double sum = c.a[F * 6 + i] * c.b[F * 6 + j]; /* θ: W [F][6], bias, V [6][4], bias */
            for (int f = 0; f < F; f++) sum += c.a[f * 6 + i] * c.b[f * 6 + j];
            for (int k = 0; k < 4; k++) sum += c.a[F * 6 + 6 + i * 4 + k] * c.b[F * 6 + 6 + j * 4 + k];
            cost[i * 6 + j] = -sum;
        }
    double product = -cheapest(6, cost, 0, 0), mine = 0;
    CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){0}, NULL, c.b, NULL, &out));
    for (int64_t i = 0; i < c.P - 4; i++) mine += c.a[i] * c.b[i];
    CHECK_NEAR(mine, product, 1e-9);
    part(&c);
}

static void bits_and_memory(void) {
    couple c;
    temper_alignment out;
    meet(&c, &subjects[1], false);
    double *first = calloc((size_t)c.P, sizeof *first);
    for (int threads = 1; threads <= 3; threads++) {
        temper_threads(threads);
        memcpy(c.b, c.b0, (size_t)c.P * sizeof *c.b);
        CHECK_OK(temper_align(c.l.network, c.a, &(temper_align_plan){.starts = 3}, NULL, c.b, NULL, &out));
        if (threads == 1) memcpy(first, c.b, (size_t)c.P * sizeof *c.b);
        CHECK(!memcmp(first, c.b, (size_t)c.P * sizeof *c.b), "%d threads", threads);
    }
    temper_threads(0);
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        memcpy(c.b, c.b0, (size_t)c.P * sizeof *c.b);
        temper_alloc_fail_at(k);
        temper_status bad =
            temper_align(c.l.network, c.a, &(temper_align_plan){.starts = 3}, NULL, c.b, c.s, &out);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "allocation %d: %d blocks left", (int)k,
              (int)(temper_alloc_live() - live));
        if (!reached || check_bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: %d", (int)k, bad);
        CHECK(!memcmp(c.b, c.b0, (size_t)c.P * sizeof *c.b), "allocation %d: θ has moved", (int)k);
    }
    int stop = 1;
    CHECK_FAILS(temper_align(c.l.network, c.a, &(temper_align_plan){0}, &(temper_errand){.stop = &stop}, c.b,
                             NULL, &out),
                TEMPER_STOPPED, "");
    free(first);
    part(&c);
}

int main(void) {
    RUN(assignment);
    RUN(planted);
    RUN(planted_deep);
    RUN(planted_in_noise);
    RUN(the_function_stays);
    RUN(nearest_of_all);
    RUN(bits_and_memory);
    return check_end();
}
