/* Densities of states, their bands, and the sums made of them, against spectra that are given. */
#include "spectra_rig.h"
#include "num/tridiagonal.h"

/* ---- tridiagonal matrices ---- */

/* d = 2, e = −1: λ_k = 2 − 2 cos(kπ/(n + 1)), first component √(2/(n + 1)) sin(kπ/(n + 1)), last ± the same. */
static void tridiagonal(void) {
    double d[50], e[50], first[50], last[50];
    for (int n = 1; n <= 50; n += n < 4 ? 1 : 23) {
        for (int i = 0; i < n; i++) d[i] = 2, e[i] = -1;
        CHECK(temper_tridiagonal(n, d, e, first, last) == n, "n=%d", n);
        for (int k = 0; k < n; k++) {
            double angle = (k + 1) * acos(-1) / (n + 1);
            CHECK_NEAR(d[k], 2 - 2 * cos(angle), 1e-14);
            CHECK_NEAR(first[k], sqrt(2.0 / (n + 1)) * sin(angle), 1e-14);
            CHECK_NEAR(fabs(last[k]), first[k], 1e-14);
            CHECK_NEAR(first[k] * last[k] > 0, k % 2 == 0, 0);
        }
    }
    for (int i = 0; i < 3; i++) d[i] = 3 - i, e[i] = 0; /* diagonal */
    CHECK(temper_tridiagonal(3, d, e, first, NULL) == 3, "diagonal");
    CHECK(d[0] == 1 && d[2] == 3 && first[2] == 1 && first[0] == 0, "order of a diagonal");
}

/* ---- the band ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Largest |F − F̂| over the line, F with N jumps: seen just before and just after each jump of either, but not within `skip` of an eigenvalue (its
 * node is that near). */
static double apart(const double *sorted, int n, const temper_density_of_states *d, double skip,
                    bool *inside) {
    double most = 0;
    for (int i = 0; i <= n; i++) {
        double from = i ? sorted[i - 1] + skip : -1e300, to = i < n ? sorted[i] - skip : 1e300;
        if (from > to) continue;
        double at[2] = {from, to}, F = (double)i / n, low, high;
        for (int k = 0; k < 2; k++) { /* F is constant between, F̂ monotonous */
            most = fmax(most, fabs(temper_density_below(d, at[k]) - F));
            temper_density_bounds(d, at[k], &low, &high);
            if (F < low - 1e-12 || F > high + 1e-12) *inside = false;
        }
    }
    return most;
}

/* Is F(x) between F̂(x − resolution) − band and F̂(x + resolution) + band everywhere? Largest of how far it is out of F̂(x ± resolution). */
static double levy(const double *sorted, int n, const temper_density_of_states *d) {
    double most = 0;
    int below = 0;
    for (int64_t i = 0; i < d->n; i++) { /* where the lower one has just risen */
        while (below < n && sorted[below] <= d->node[i] + d->resolution) below++;
        most = fmax(most, temper_density_below(d, d->node[i]) - (double)below / n);
    }
    for (int i = 0; i < n; i++) /* where F has */
        if (i == n - 1 || sorted[i + 1] > sorted[i])
            most = fmax(most, (double)(i + 1) / n - temper_density_below(d, sorted[i] + d->resolution));
    return most;
}

/* kind 3: nine tenths in a spike about 0, narrower than any node can tell, as of a net with more weights than it needs. */
static void band(void) {
    enum { N = 256, SEEDS = 200 };
    double sorted[N];
    for (int kind = 0; kind < 4; kind++) {
        rig *r = rig_open(N, true);
        if (kind == 0 || kind == 3) rig_network(r);
        for (int i = 5 + N / 10; i < N && kind == 3; i++) r->value[i] = 1e-5 * rig_draw(4, i);
        for (int i = 0; i < N && kind == 1; i++) r->value[i] = rig_draw(3, i);
        for (int i = 0; i < N && kind == 2; i++)
            r->value[i] = i % 5; /* five eigenvalues: Lanczos closes its space */
        memcpy(sorted, r->value, sizeof sorted);
        qsort(sorted, N, sizeof *sorted, ascending);
        int within = 0, between = 0;
        double width = 0, typical = 0, blur = 0;
        for (int s = 0; s < SEEDS; s++) {
            temper_density_of_states d;
            temper_errand errand = {.stream = {(uint64_t)(40000 + s), 1}};
            CHECK_OK(temper_density_find(&r->A, &(temper_density_plan){10, 30, -1}, &errand, &d));
            bool inside = true;
            (void)apart(sorted, N, &d, 1e-7, &inside);
            double off = levy(sorted, N, &d);
            within += off <= d.band, between += inside;
            width += d.band / SEEDS, typical += off / SEEDS;
            blur += d.resolution / (sorted[N - 1] - sorted[0]) / SEEDS;
            temper_density_clear(&d);
        }
        printf(
            "  kind %d: band %.4f, typically off by %.4f, resolution %.4f of the spread; right in %d, bounds in %d of %d\n",
            kind, width, typical, blur, within, between, SEEDS);
        CHECK(within >= 0.95 * SEEDS && between >= 0.95 * SEEDS,
              "kind %d: inside the band %d, between the bounds %d of %d", kind, within, between, SEEDS);
        double chance = 1.3581 * sqrt(2.0 / (N + 2) / 10);
        CHECK(width >= (kind == 2 ? 1 : 1.1) * chance && width < 1.6 * chance,
              "kind %d: a band of %.3f, chance alone %.3f", kind, width, chance);
        CHECK(blur < 0.05, "kind %d: a resolution of %.3f of the spread", kind, blur);
        if (kind ==
            2) /* no quadrature error: Kolmogorov's law alone, which for five values is wide by half */
            CHECK(typical > 0.25 * width && blur < 1e-7, "kind 2: off by %.4f, band %.4f", typical, width);
        free(r);
    }
}

/* Chance alone: few eigenvalues that Lanczos finds exactly, every share p of N a Beta number; the spread is 2F(1 − F)/(N + 2). */
static void spread(void) {
    enum { N = 256, SEEDS = 400 };
    rig *r = rig_open(N, true);
    for (int i = 0; i < N; i++) r->value[i] = i < 64;
    double square = 0;
    for (int s = 0; s < SEEDS; s++) {
        temper_density_of_states d;
        temper_errand errand = {.stream = {(uint64_t)s, 2}};
        CHECK_OK(temper_density_find(&r->A, &(temper_density_plan){4, 10, -1}, &errand, &d));
        double off = temper_density_below(&d, 0.5) - 0.75;
        square += off * off;
        temper_density_clear(&d);
    }
    double want = 2 * 0.75 * 0.25 / (N + 2) / 4;
    CHECK_NEAR(square / SEEDS / want, 1, 4.5 * sqrt(2.0 / SEEDS));
    free(r);
}

/* ---- moments ---- */

static void moments(void) {
    enum { N = 256, SEEDS = 200 };
    for (int kind = 0; kind < 2; kind++) {
        rig *r = rig_open(N, true);
        if (kind == 0) rig_network(r);
        for (int i = 0; i < N && kind == 1; i++) r->value[i] = 1 + rig_draw(3, i);
        int within[4] = {0};
        double sum[4] = {0};
        for (int s = 0; s < SEEDS; s++) {
            temper_density_of_states d;
            temper_errand errand = {.stream = {(uint64_t)s, 3}};
            CHECK_OK(temper_density_find(&r->A, &(temper_density_plan){10, 8, -1}, &errand, &d));
            for (int k = 0; k < 4; k++) {
                double z = (d.moment[k] - rig_sum(r, k + 1) / N) / d.moment_error[k];
                within[k] += fabs(z) < 2, sum[k] += d.moment[k] / SEEDS;
            }
            temper_density_clear(&d);
        }
        for (int k = 0; k < 4; k++) {
            CHECK(within[k] >= SEEDS * 0.87, "kind %d: moment %d within 2 errors in %d of %d", kind, k + 1,
                  within[k], SEEDS);
            double want = rig_sum(r, k + 1) / N,
                   error = sqrt(2 * (rig_sum(r, 2 * k + 2) / N - want * want) / (N + 2) / 10 / SEEDS);
            CHECK_NEAR(sum[k], want, 4.5 * error);
        }
        free(r);
    }
}

/* ---- dense, outliers, degenerate ---- */

static void all_of_them(void) {
    rig *r = rig_open(128, true);
    rig_network(r);
    temper_density_of_states d;
    CHECK_OK(temper_density_find(&r->A, NULL, NULL, &d));
    CHECK(d.n == 128 && d.products == 128 && d.probes == 0 && d.band == 0, "dense: n=%d", (int)d.n);
    CHECK_NEAR(d.moment[1], rig_sum(r, 2) / 128, 1e-15);
    CHECK(d.moment_error[1] == 0, "error of what is exact");
    double below = 0;
    for (int i = 0; i < 128; i++) below += r->value[i] <= 0.004;
    CHECK_NEAR(temper_density_below(&d, 0.004), below / 128, 1e-12);
    temper_density_clear(&d);
    free(r);
}

static void outliers(void) {
    static const struct { int top, bottom; } planted[] = {{0, 0}, {5, 0}, {3, 2}, {1, 1}, {10, 0}};
    for (int k = 0; k < 5; k++)
        for (int law = 0; law < 2; law++) { /* a half circle, a uniform bulk */
            rig *r = rig_open(1024, true);
            for (int i = 0; i < 1024; i++) {
                double x = 2 * (i + 0.5) / 1024 - 1;
                r->value[i] = law ? x : sin(asin(1) * x) * sqrt(1 - 0.3 * x * x);
            }
            for (int i = 0; i < planted[k].top; i++) r->value[i] = 2.5 + 0.7 * i;
            for (int i = 0; i < planted[k].bottom; i++) r->value[100 + i] = -2 - 0.6 * i;
            temper_density_of_states d;
            temper_errand errand = {.stream = {5, 5}};
            CHECK_OK(temper_density_find(&r->A, NULL, &errand, &d));
            CHECK(d.outliers == planted[k].top + planted[k].bottom,
                  "law %d, %d + %d planted: %d found, bulk %.3f … %.3f", law, planted[k].top,
                  planted[k].bottom, (int)d.outliers, d.edge[0], d.edge[1]);
            CHECK(d.edge[1] < 1.2 && d.edge[0] > -1.2 && d.edge[1] > 0.8, "edges %.3f %.3f", d.edge[0],
                  d.edge[1]);
            temper_density_clear(&d);
            free(r);
        }
    for (int near = 0; near < 2;
         near++) { /* one that is nearer than the bulk is wide, and none that is not apart */
        rig *r = rig_open(1024, true);
        for (int i = 0; i < 1024; i++) r->value[i] = 2 * (i + 0.5) / 1024 - 1;
        r->value[1023] = near ? 1.01 : 1.15;
        temper_density_of_states d;
        CHECK_OK(temper_density_find(&r->A, NULL, NULL, &d));
        CHECK(d.outliers == !near, "at %g: %d outliers", r->value[1023], (int)d.outliers);
        temper_density_clear(&d);
        free(r);
    }
    rig *tail = rig_open(1024, true); /* 1/k: each gap is less than four times the next */
    for (int i = 0; i < 1024; i++) tail->value[i] = 1.0 / (i + 1);
    temper_density_of_states smooth;
    CHECK_OK(temper_density_find(&tail->A, NULL, NULL, &smooth));
    CHECK(smooth.outliers == 0, "1/k: %d outliers", (int)smooth.outliers);
    temper_density_clear(&smooth);
    free(tail);
    rig *r = rig_open(1024, true); /* seven values apart from a point */
    for (int i = 0; i < 7; i++) r->value[i] = 1 + i;
    temper_density_of_states d;
    CHECK_OK(temper_density_find(&r->A, NULL, NULL, &d));
    CHECK(d.outliers == 7 && fabs(d.edge[1]) < 1e-10, "low rank: %d outliers, edge %.3g", (int)d.outliers,
          d.edge[1]);
    temper_density_clear(&d);
    for (int i = 0; i < 1024; i++) r->value[i] = 3;
    CHECK_OK(temper_density_find(&r->A, NULL, NULL, &d));
    CHECK(d.n == 10 && d.outliers == 0, "identity: %d nodes, %d outliers", (int)d.n, (int)d.outliers);
    CHECK_NEAR(d.moment[2], 27, 1e-12);
    CHECK(temper_density_below(&d, 2.999) == 0 && fabs(temper_density_below(&d, 3.001) - 1) < 1e-14,
          "identity");
    temper_density_clear(&d);
    free(r);
}

/* A matrix of low rank that has none below 0, its zeros too near to one another for any node to tell: nothing is open below them, and the band says
 * how much there is. */
static void nothing_beyond(void) {
    rig *r = rig_open(1024, true);
    for (int i = 0; i < 1024; i++) r->value[i] = i < 30 ? 1000 * exp(-i / 4.0) : 1e-3 * (1 + 0.3 * i);
    temper_density_of_states d;
    temper_trace t;
    CHECK_OK(temper_density_find(&r->A, &(temper_density_plan){3, 40, -1}, NULL, &d));
    temper_density_index(&d, 10, &t);
    CHECK(t.value == 0 && t.low == 0 && t.high < 0.01, "index %g, %g … %g", t.value, t.low, t.high);
    temper_density_index(&d, -2000, &t);
    CHECK(t.high == 1 && t.low > 0.99, "above all: %g … %g", t.low, t.high);
    CHECK(d.band < 0.06 && d.resolution < 20, "± %g once off by %g", d.band, d.resolution);
    temper_density_clear(&d);
    free(r);
}

/* ---- ln det and index ---- */

static void determinant(void) {
    enum { N = 256, SEEDS = 120 };
    rig *r = rig_open(N, true);
    for (int i = 0; i < N; i++) r->value[i] = exp(rig_draw(3, i)) - 0.5;
    double want = 0;
    for (int i = 0; i < N; i++) want += log(r->value[i] + 1);
    temper_trace t;
    CHECK_OK(temper_log_determinant(&r->A, 1, NULL, NULL, &t));
    CHECK_NEAR(t.value, want, 1e-10);
    CHECK(t.error == 0 && !strcmp(t.method, "dense"), "dense");
    int covered = 0;
    double mean = 0, square = 0;
    for (int s = 0; s < SEEDS; s++) {
        temper_errand errand = {.stream = {(uint64_t)s, 4}};
        CHECK_OK(temper_log_determinant(&r->A, 1, &(temper_density_plan){10, 25, -1}, &errand, &t));
        covered += t.low <= want && want <= t.high;
        mean += t.value / SEEDS, square += pow(t.value - want, 2) / SEEDS;
    }
    CHECK(covered >= SEEDS * 0.91 && covered < SEEDS, "ln det covered in %d of %d", covered, SEEDS);
    CHECK_NEAR(mean, want, 4.5 * sqrt(square / SEEDS));
    /* no chance: a multiple of the unit matrix, whose every probe gives N ln(λ + c) */
    for (int i = 0; i < N; i++) r->value[i] = 3;
    CHECK_OK(temper_log_determinant(&r->A, 1, &(temper_density_plan){2, 5, -1}, NULL, &t));
    CHECK_NEAR(t.value, N * log(4), 1e-10);
    for (int i = 0; i < N; i++) r->value[i] = exp(rig_draw(3, i)) - 0.5;
    for (int dense = -1; dense < 1; dense++)
        CHECK_FAILS(temper_log_determinant(&r->A, 0, &(temper_density_plan){.dense = dense}, NULL, &t),
                    TEMPER_BAD_OPTION, "Ritz value of -0.4");
    free(r);
}

static void saddle_index(void) {
    enum { N = 256, SEEDS = 120 };
    rig *r = rig_open(N, true);
    rig_network(r);
    double want = 0;
    for (int i = 0; i < N; i++) want += (r->value[i] < -0.01) / (double)N;
    temper_trace t;
    CHECK_OK(temper_index_find(&r->A, 0.01, NULL, NULL, &t));
    CHECK_NEAR(t.value, want, 1e-12);
    CHECK(t.low == t.value && t.high == t.value, "dense");
    int covered = 0;
    double width = 0;
    for (int s = 0; s < SEEDS; s++) {
        temper_errand errand = {.stream = {(uint64_t)s, 5}};
        CHECK_OK(temper_index_find(&r->A, 0.01, &(temper_density_plan){10, 40, -1}, &errand, &t));
        covered += t.low <= want && want <= t.high, width += (t.high - t.low) / SEEDS;
    }
    printf("  index %.4f, interval %.4f wide, covers in %d of %d\n", want, width, covered, SEEDS);
    CHECK(covered >= SEEDS * 0.92 && width < 0.25, "index covered in %d of %d, width %.3f", covered, SEEDS,
          width);
    CHECK_FAILS(temper_index_find(&r->A, -1, NULL, NULL, &t), TEMPER_BAD_OPTION, "threshold=-1");
    free(r);
}

/* ---- the usual ---- */

static void bits_and_refusals(void) {
    rig *r = rig_open(20000, false);
    for (int i = 0; i < 20000; i++) r->value[i] = rig_draw(6, i);
    temper_density_of_states first = {0}, d;
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_density_find(&r->A, &(temper_density_plan){3, 20, 0}, NULL, &d));
        if (threads == 1) {
            first = d;
            continue;
        }
        CHECK(!memcmp(d.node, first.node, 3 * 60 * sizeof(double)) && d.band == first.band, "%d threads",
              threads);
        temper_density_clear(&d);
    }
    CHECK_OK(temper_threads(0));
    temper_density_clear(&first);
    r->A.products = 0, r->fail_at = 20;
    CHECK_FAILS(temper_density_find(&r->A, NULL, NULL, &d), TEMPER_DIVERGED, "not finite");
    r->A.products = 0, r->fail_at = 0, r->stop_at = 20;
    CHECK_FAILS(temper_density_find(&r->A, NULL, &(temper_errand){.stop = &r->stop}, &d), TEMPER_STOPPED, "");
    r->stop_at = 0;
    CHECK_FAILS(temper_density_find(&r->A, &(temper_density_plan){.probes = -1}, NULL, &d), TEMPER_BAD_OPTION,
                "probes=-1");
    free(r);
    r = rig_open(64, true);
    rig_network(r);
    for (int dense = -1; dense < 1; dense++) {
        temper_density_plan plan = {2, 64, dense};
        temper_trace t;
        RIG_EVERY_ALLOCATION(temper_density_find(&r->A, &plan, NULL, &d), temper_density_clear(&d));
        RIG_EVERY_ALLOCATION(temper_log_determinant(&r->A, 1, &plan, NULL, &t), (void)0);
        RIG_EVERY_ALLOCATION(temper_index_find(&r->A, 1, &plan, NULL, &t), (void)0);
    }
    free(r);
}

int main(void) {
    RUN(tridiagonal);
    RUN(band);
    RUN(spread);
    RUN(moments);
    RUN(all_of_them);
    RUN(outliers);
    RUN(nothing_beyond);
    RUN(determinant);
    RUN(saddle_index);
    RUN(bits_and_refusals);
    return check_end();
}
