/* 95 % intervals of traces: of 1,000 fresh seeds 93 to 97 % cover the truth, for every method by its own interval and for the pilot's choice, on
 * spectra without outliers, with some (as of a trained net), and that decay; with few products and with many. Some ten seconds a spectrum. */
#include "spectra_rig.h"

enum { N = 256, SEEDS = 1000 };

static void spectrum(rig *r, int kind) {
    if (kind == 0) rig_network(r);
    for (int i = 0; i < N; i++) {
        if (kind == 1) r->value[i] = 1 + rig_draw(3, i);
        if (kind == 2) r->value[i] = 1.0 / (i + 1);
        if (kind == 3) r->value[i] = i == 0;
    }
}

/* Share of the intervals that cover, less or more than is right by no more than four of its errors beside 93 and 97 %. */
static void cover(rig *r, const char *name, temper_trace_method method, int64_t products) {
    const double truth = rig_sum(r, 1);
    double covers = 0, bias = 0, square = 0, error = 0;
    int chosen[3] = {0};
    for (int s = 0; s < SEEDS; s++) {
        temper_trace t;
        temper_errand errand = {.stream = {(uint64_t)(910000000LL + s), 17}};
        r->A.products = 0;
        CHECK_OK(temper_trace_find(&r->A, &(temper_trace_plan){method, products, 0}, &errand, &t));
        double off = t.value - truth;
        covers += (t.low <= truth && truth <= t.high) / (double)SEEDS;
        bias += off / SEEDS, square += off * off / SEEDS, error += t.error * t.error / SEEDS;
        chosen[!strcmp(t.method, "Hutchinson") ? 0 : !strcmp(t.method, "Hutch++") ? 1 : 2]++;
    }
    const double sd = sqrt(square);
    printf(
        "  %-12s %3d products, %-10s covers %.3f, off by %.5f of the trace, errors told %.2f of that, bias %+.1f; %d, %d, %d\n",
        name, (int)products,
        method == TEMPER_TRACE_AUTO   ? "auto"
        : method == TEMPER_HUTCHINSON ? "Hutchinson"
        : method == TEMPER_HUTCHPP    ? "Hutch++"
                                      : "XTrace",
        covers, sd / fabs(truth), sqrt(error) / sd, bias / sd * sqrt(SEEDS), chosen[0], chosen[1], chosen[2]);
    if (sd < 1e-12 * fabs(truth)) return; /* exact */
    CHECK(covers >= 0.93 && covers <= 0.97, "%s: covers %.3f", name, covers);
    CHECK(fabs(bias) < 4.5 * sd / sqrt(SEEDS), "%s: bias %g", name, bias);
    CHECK(fabs(sqrt(error) / sd - 1) < 0.12, "%s: errors told %.3f of the scatter", name, sqrt(error) / sd);
}

static void all_methods(int kind, const char *name) {
    rig *r = rig_open(N, true);
    spectrum(r, kind);
    for (int products = 20; products <= 100; products += products < 40 ? 20 : 60)
        for (int method = TEMPER_TRACE_AUTO; method <= TEMPER_XTRACE; method++)
            cover(r, name, (temper_trace_method)method, products);
    free(r);
}

static void like_a_net(void) { all_methods(0, "like a net"); }
static void flat(void) { all_methods(1, "flat"); }
static void decaying(void) { all_methods(2, "1/k"); }
static void single(void) { all_methods(3, "one value"); }

int main(void) {
    RUN(like_a_net);
    RUN(flat);
    RUN(decaying);
    RUN(single);
    return check_end();
}
