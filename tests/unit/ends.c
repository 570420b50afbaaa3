/* Eigenpairs at the ends: spectra that are given, so that the truth is exact. */
#include "spectra_rig.h"

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The wanted values of the rig's, by a plain rule: which[…] of the sorted list. */
static void truth(const rig *r, temper_which which, int pairs, int bottom, double *want) {
    const int n = (int)r->A.dim;
    double *v = malloc((size_t)n * sizeof *v);
    memcpy(v, r->value, (size_t)n * sizeof *v);
    qsort(v, (size_t)n, sizeof *v, descending);
    int top = which == TEMPER_LARGEST    ? pairs
              : which == TEMPER_SMALLEST ? 0
              : bottom                   ? pairs - bottom
                                         : (pairs + 1) / 2;
    if (which == TEMPER_MAGNITUDE) {
        top = 0;
        for (int low = 0; top + low < pairs;) fabs(v[top]) >= fabs(v[n - 1 - low]) ? top++ : low++;
    }
    for (int i = 0; i < pairs; i++) want[i] = v[i < top ? i : n - pairs + i];
    free(v);
}

/* Values, residuals measured anew, orthonormal, the largest entry positive. */
static void judge(rig *r, const temper_ends *e, const temper_ends_plan *plan, double bar, const char *name) {
    const int n = (int)r->A.dim, pairs = (int)e->pairs;
    double *want = malloc((size_t)pairs * sizeof *want), *w = malloc((size_t)n * sizeof *w), size = 0;
    truth(r, plan->which, pairs, (int)plan->bottom, want);
    for (int i = 0; i < n; i++) size = fmax(size, fabs(r->value[i]));
    for (int k = 0; k < pairs; k++) {
        const double *v = e->vector + k * n;
        double off = 0, big = 0;
        CHECK(fabs(e->value[k] - want[k]) <= bar * size, "%s: value %d is %.12g, want %.12g", name, k,
              e->value[k], want[k]);
        rig_apply(r, 1, v, w);
        for (int i = 0; i < n; i++) {
            off += (w[i] - e->value[k] * v[i]) * (w[i] - e->value[k] * v[i]);
            if (fabs(v[i]) > fabs(big)) big = v[i];
        }
        CHECK(fabs(sqrt(off) - e->residual[k]) <= 1e-13 * (size + 1e-300),
              "%s: residual %d is %.3g, claimed %.3g", name, k, sqrt(off), e->residual[k]);
        CHECK(big > 0, "%s: sign of vector %d", name, k);
        for (int l = 0; l <= k; l++) {
            double dot = 0;
            for (int i = 0; i < n; i++) dot += v[i] * e->vector[l * n + i];
            CHECK_NEAR(dot, k == l, 1e-9);
        }
    }
    free(want), free(w);
}

static void look(rig *r, const char *name, temper_ends_plan plan, double bar) {
    temper_ends e;
    temper_errand errand = {.stream = {11, 3}};
    r->A.products = 0;
    CHECK_OK(temper_ends_find(&r->A, &plan, &errand, &e));
    if (!e.value) return;
    CHECK(e.converged, "%s: %d pairs by %s not converged in %d products", name, (int)e.pairs, e.method,
          (int)e.products);
    CHECK(e.products == r->A.products, "%s: products", name);
    judge(r, &e, &plan, bar, name);
    temper_ends_clear(&e);
}

/* ---- what is right ---- */

static void every_end(void) {
    rig *r = rig_open(1024, true);
    rig_network(r);
    for (int which = 0; which < 4; which++)
        for (int pairs = 1; pairs <= 61; pairs = 3 * pairs + 2)
            look(r, "network",
                 (temper_ends_plan){.which = (temper_which)which,
                                    .pairs = pairs,
                                    .tolerance = 1e-9,
                                    .most = 4000,
                                    .dense = -1},
                 1e-12);
    for (int block = 1; block <= 5; block += 2)
        look(r, "blocks",
             (temper_ends_plan){.which = TEMPER_BOTH_ENDS,
                                .pairs = 7,
                                .tolerance = 1e-9,
                                .most = 4000,
                                .dense = -1,
                                .block = block},
             1e-12);
    for (int bottom = 1; bottom <= 6; bottom++)
        look(r, "uneven",
             (temper_ends_plan){.which = TEMPER_BOTH_ENDS, .pairs = 7, .bottom = bottom, .dense = -1}, 1e-11);
    for (int i = 0; i < 1024; i++) r->value[i] = rig_draw(3, i);
    look(r, "normal",
         (temper_ends_plan){
             .which = TEMPER_BOTH_ENDS, .pairs = 12, .tolerance = 1e-8, .most = 4000, .dense = -1},
         1e-12);
    free(r);
}

static void dense(void) {
    for (int n = 1; n <= 64; n *= 2)
        for (int which = 0; which < 4; which++) {
            rig *r = rig_open(n, true);
            for (int i = 0; i < n; i++) r->value[i] = rig_draw(4, i);
            look(r, "dense", (temper_ends_plan){.which = (temper_which)which, .pairs = n, .tolerance = 1e-12},
                 1e-12);
            look(r, "dense, one", (temper_ends_plan){.which = (temper_which)which}, 1e-12);
            free(r);
        }
}

/* Where a Krylov space ends early, or the basis is all there is. */
static void degenerate(void) {
    for (int n = 1; n <= 64; n *= 4) {
        rig *r = rig_open(n, true);
        const int few = n < 5 ? n : 5;
        temper_ends_plan all = {.which = TEMPER_BOTH_ENDS, .pairs = n, .tolerance = 1e-12, .dense = -1},
                         some = {.pairs = few, .tolerance = 1e-12, .dense = -1};
        look(r, "zero", some, 1e-12), look(r, "zero, all", all, 1e-12);
        for (int i = 0; i < n; i++) r->value[i] = 1;
        look(r, "identity", some, 1e-12), look(r, "identity, all", all, 1e-12);
        for (int i = 0; i < n; i++) r->value[i] = i % 3 - 1;
        look(r, "three values", some, 1e-12), look(r, "three values, all", all, 1e-12);
        for (int i = 0; i < n; i++) r->value[i] = rig_draw(5, i);
        look(r, "normal, all", all, 1e-12);
        free(r);
    }
}

/* Copies of the largest values among a generic rest: a Krylov space of one vector sees one of each. */
static void copies(void) {
    rig *r = rig_open(1024, true);
    for (int i = 0; i < 1024; i++) r->value[i] = 0.5 * sin(i);
    static const double top[] = {3, 3, 3, 2, 2, 1.5, 1.5};
    memcpy(r->value, top, sizeof top);
    for (int pairs = 2; pairs <= 7; pairs++)
        for (int block = 1; block <= 2; block++)
            look(r, "copies",
                 (temper_ends_plan){
                     .pairs = pairs, .tolerance = 1e-8, .most = 2000, .dense = -1, .block = block},
                 1e-10);
    free(r);
    r = rig_open(4096, true); /* of low rank: 0 is the smallest value and there are thousands of it */
    for (int i = 0; i < 40; i++) r->value[i] = 1 + i;
    look(r, "low rank",
         (temper_ends_plan){
             .which = TEMPER_BOTH_ENDS, .pairs = 6, .tolerance = 1e-8, .most = 2000, .dense = -1},
         1e-10);
    free(r);
}

/* A slow spectrum, whose basis restarts several times; and what too few products give: no claim. */
static void restarts(void) {
    rig *r = rig_open(1000, false);
    for (int i = 0; i < 1000; i++) r->value[i] = 1 - i / 1000.0 * i / 1000.0;
    look(r, "slow", (temper_ends_plan){.pairs = 4, .tolerance = 1e-7, .most = 20000, .dense = -1}, 1e-11);
    temper_ends e;
    CHECK_OK(temper_ends_find(
        &r->A, &(temper_ends_plan){.pairs = 4, .tolerance = 1e-7, .most = 60, .dense = -1}, NULL, &e));
    CHECK(!e.converged && e.products <= 64, "converged in %d products", (int)e.products);
    CHECK(e.residual[3] > 1e-7, "residual %.3g", e.residual[3]);
    temper_ends_clear(&e);
    free(r);
}

/* ---- what must not matter, and what is refused ---- */

static void bits(void) {
    rig *r = rig_open(20000, false);
    for (int i = 0; i < 20000; i++) r->value[i] = rig_draw(6, i) + (i < 4 ? 8 + i : 0);
    temper_ends first = {0}, e;
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_ends_find(
            &r->A,
            &(temper_ends_plan){
                .which = TEMPER_BOTH_ENDS, .pairs = 4, .tolerance = 1e-4, .most = 400, .dense = -1},
            NULL, &e));
        if (threads == 1) {
            first = e;
            continue;
        }
        CHECK(e.products == first.products && !memcmp(e.value, first.value, 8 * sizeof(double)), "%d threads",
              threads);
        CHECK(!memcmp(e.vector, first.vector, 4 * 20000 * sizeof(double)), "%d threads: vectors", threads);
        temper_ends_clear(&e);
    }
    CHECK_OK(temper_threads(0));
    temper_ends_clear(&first);
    free(r);
}

static temper_status lopsided(void *self, int64_t n, const double *v, double *out) {
    (void)self;
    for (int64_t i = 0; i < n * 3; i++) out[i] = v[i] + (i % 3 == 0 ? 0.1 * v[i + 1] : 0);
    return TEMPER_OK;
}

static void refusals(void) {
    rig *r = rig_open(256, true);
    rig_network(r);
    temper_ends e;
    CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.pairs = 257}, NULL, &e), TEMPER_BAD_OPTION,
                "1 ... 256");
    CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.pairs = -1}, NULL, &e), TEMPER_BAD_OPTION,
                "pairs=-1");
    CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.pairs = 9, .most = 5, .dense = -1}, NULL, &e),
                TEMPER_BAD_OPTION, "most=5");
    CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.tolerance = NAN}, NULL, &e), TEMPER_BAD_OPTION,
                "tolerance");
    temper_operator odd = {.name = "lopsided", .dim = 3, .apply = lopsided};
    CHECK_FAILS(temper_ends_find(&odd, &(temper_ends_plan){0}, NULL, &e), TEMPER_CANNOT, "symmetric");
    for (int dense = -1; dense < 1; dense++) {
        r->A.products = 0, r->fail_at = 20;
        CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.dense = dense}, NULL, &e), TEMPER_DIVERGED,
                    "not finite");
        r->A.products = 0, r->fail_at = 0, r->stop_at = 20;
        temper_errand errand = {.stop = &r->stop};
        CHECK_FAILS(temper_ends_find(&r->A, &(temper_ends_plan){.dense = dense}, &errand, &e), TEMPER_STOPPED,
                    "");
        CHECK(r->A.products < 40, "%d products after the stop", (int)r->A.products);
        r->stop_at = r->stop = 0;
        RIG_EVERY_ALLOCATION(
            temper_ends_find(&r->A, &(temper_ends_plan){.dense = dense, .pairs = 2}, NULL, &e),
            temper_ends_clear(&e));
    }
    free(r);
}

int main(void) {
    RUN(every_end);
    RUN(dense);
    RUN(degenerate);
    RUN(copies);
    RUN(restarts);
    RUN(bits);
    RUN(refusals);
    return check_end();
}
