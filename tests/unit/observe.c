/* Observables by hand on small configurations, and against direct sums on random ones. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "num/spins.h"
#include "temper/observable.h"
#include "temper/stream.h"

enum { RAW_MAX = 64 };

typedef struct { /* an observable on a system, opened by their texts */
    temper_system *system;
    temper_observable *observable;
    double raw[RAW_MAX];
} probe;

static bool open_probe(probe *p, const char *observable, const char *system) {
    *p = (probe){0};
    CHECK_OK(temper_system_create(&p->system, system));
    CHECK_OK(temper_observable_create(&p->observable, observable));
    if (!p->system || !p->observable) return false;
    const temper_observable_type *type = p->observable->type;
    if (type->suits) CHECK_OK(type->suits(p->observable->self, p->system));
    CHECK(type->raw(p->observable->self, p->system) <= RAW_MAX, "raw");
    return true;
}

static void close_probe(probe *p) {
    temper_observable_free(p->observable);
    temper_system_free(p->system);
}

static void measure(probe *p, const int8_t *a, const int8_t *b) {
    const int8_t *s[2] = {a, b};
    double energy[2] = {temper_system_energy(p->system, a), 0};
    p->observable->type->measure(p->observable->self, p->system, s, energy, p->raw);
}

/* One measurement, derived as if it were the mean. */
static double value(const char *observable, const char *system, const int8_t *a, const int8_t *b) {
    probe p;
    double values[RAW_MAX] = {NAN};
    if (open_probe(&p, observable, system)) {
        measure(&p, a, b);
        if (p.observable->type->derive)
            p.observable->type->derive(p.observable->self, p.system, 2.0, p.raw, values);
        else
            values[0] = p.raw[0];
    }
    close_probe(&p);
    return values[0];
}

static void derived(const char *observable, double T, const double *means, double *values) {
    probe p;
    if (open_probe(&p, observable, "ising:dims=4x4"))
        p.observable->type->derive(p.observable->self, p.system, T, means, values);
    close_probe(&p);
}

static void draw(int8_t *s, int n, uint64_t seed) {
    for (int i = 0; i < n; i++)
        s[i] = temper_word((temper_stream){seed, 0}, TEMPER_FOR_TESTS, 5, i) % 3 ? 1 : -1; /* m ≈ 1/3 */
}

static void integer_sums(void) {
    static int8_t a[9000], b[9000];
    draw(a, 9000, 1), draw(b, 9000, 2);
    for (int n = 0; n <= 9000; n += n < 100 ? 1 : 977) {
        int64_t sum = 0, dot = 0;
        for (int i = 0; i < n; i++) sum += a[i], dot += a[i] * b[i];
        CHECK(temper_spins_sum(a, n) == sum && temper_spins_dot(a, b, n) == dot, "n = %d", n);
    }
}

/* A 4×4 torus, J = 1, with two − at sites 0 and 5 (not neighbours): each breaks 4 of 32 bonds, H = −32 + 16 = −16. */
static void one_configuration(void) {
    int8_t s[16];
    memset(s, 1, sizeof s);
    s[0] = s[5] = -1;
    CHECK_NEAR(value("energy", "ising:dims=4x4", s, NULL), -1, 0);
    CHECK_NEAR(value("magnetisation", "ising:dims=4x4", s, NULL), 0.75, 0);
    for (int i = 0; i < 16; i++) s[i] *= -1;
    CHECK_NEAR(value("magnetisation", "ising:dims=4x4", s, NULL), -0.75, 0);
    CHECK_NEAR(value("abs_magnetisation", "ising:dims=4x4", s, NULL), 0.75, 0);
}

/* Two states with equal weight, H = −32 and −24 on 16 sites: Var H = 16, c = 16/(16·4) at T = 2. M = 16 and −8:
 * χ = (160 − 144)/(16·2). m² = 1 and ¼, m⁴ = 1 and 1/16: U4 = 1 − (17/32)/(3·25/64). */
static void fluctuations(void) {
    double heat[2] = {(-2 - 1.5) / 2, (4 + 2.25) / 2}, chi[2] = {0.75, 0.625}, fourth[2] = {0.625, 17.0 / 32},
           x[4];
    derived("heat_capacity", 2, heat, x);
    CHECK_NEAR(x[0], 0.25, 1e-15);
    derived("susceptibility", 2, chi, x);
    CHECK_NEAR(x[0], 0.5, 1e-15);
    derived("binder", 2, fourth, x);
    CHECK_NEAR(x[0], 1 - (17.0 / 32) / (75.0 / 64), 1e-15);
    derived("heat_capacity", INFINITY, heat, x);
    CHECK_NEAR(x[0], 0, 0);
    derived("susceptibility", INFINITY, chi, x);
    CHECK_NEAR(x[0], 0, 0);
    derived("heat_capacity", 0, heat, x);
    CHECK(isnan(x[0]), "0/0 at T = 0: %g", x[0]);
    derived("susceptibility", 0, chi, x);
    CHECK(isnan(x[0]), "0/0 at T = 0: %g", x[0]);
}

/* The raw numbers of the three, from the configurations of `fluctuations`. */
static void raw_of_fluctuations(void) {
    int8_t s[16];
    probe p;
    memset(s, -1, sizeof s);
    s[0] = 1; /* M = −14, H = −24 */
    if (open_probe(&p, "heat_capacity", "ising:dims=4x4")) {
        measure(&p, s, NULL);
        CHECK(p.raw[0] == -1.5 && p.raw[1] == 2.25, "%g %g", p.raw[0], p.raw[1]);
    }
    close_probe(&p);
    if (open_probe(&p, "susceptibility", "ising:dims=4x4")) {
        measure(&p, s, NULL);
        CHECK(p.raw[0] == 0.875 && p.raw[1] == 0.765625, "%g %g", p.raw[0], p.raw[1]);
    }
    close_probe(&p);
    if (open_probe(&p, "binder", "ising:dims=4x4")) {
        measure(&p, s, NULL);
        CHECK(p.raw[0] == 0.765625 && p.raw[1] == 0.765625 * 0.765625, "%g %g", p.raw[0], p.raw[1]);
    }
    close_probe(&p);
}

/* Σ over 2^16 states of the 4×4 torus at T = 2.5: u = −1.379116 (reference/systems.md, section 4), and c = dU/dT
 * by a central difference of the exact energies. */
static void heat_capacity_is_dU_dT(void) {
    const double T = 2.5, step = 1e-4;
    double Z[3] = {0}, E[3] = {0}, EE = 0, c;
    probe p;
    if (!open_probe(&p, "heat_capacity", "ising:dims=4x4")) return;
    for (int x = 0; x < 65536; x++) {
        int8_t s[16];
        for (int i = 0; i < 16; i++) s[i] = x >> i & 1 ? 1 : -1;
        measure(&p, s, NULL);
        for (int k = 0; k < 3; k++) {
            double w = exp(-16 * p.raw[0] / (T + (k - 1) * step));
            Z[k] += w, E[k] += w * p.raw[0];
            if (k == 1) EE += w * p.raw[1];
        }
    }
    const double means[2] = {E[1] / Z[1], EE / Z[1]};
    CHECK_NEAR(means[0], -1.379116, 1e-6);
    p.observable->type->derive(p.observable->self, p.system, T, means, &c);
    CHECK_NEAR(c, (E[2] / Z[2] - E[0] / Z[0]) / (2 * step), 1e-6);
    close_probe(&p);
}

static void overlaps(void) {
    int8_t a[16], b[16];
    probe p;
    double values[4];
    char text[64];
    memset(a, 1, 16), memset(b, -1, 16);
    b[3] = b[7] = b[11] = 1; /* Σ ab = 3 − 13 */
    if (open_probe(&p, "overlap", "ising:dims=4x4")) {
        measure(&p, a, b);
        CHECK(p.raw[0] == -0.625 && p.raw[1] == 0.625 && p.raw[2] == 0.390625, "%g %g %g", p.raw[0], p.raw[1],
              p.raw[2]);
        const double means[4] = {0, 0.5, 0.25, 0.125};
        p.observable->type->derive(p.observable->self, p.system, 1, means, values);
        CHECK_NEAR(values[3], 0.5, 1e-15); /* (3 − 0.125/0.0625)/2 */
        p.observable->type->label(p.observable->self, p.system, 3, text, sizeof text);
        CHECK(!strcmp(text, "binder_overlap"), "%s", text);
    }
    close_probe(&p);
}

/* Every q of N = 16 in every number of bins: a density, mirror-symmetric, in the bin that holds q. */
static void histogram(void) {
    for (int bins = 1; bins <= 40; bins++) {
        char text[64];
        probe p;
        snprintf(text, sizeof text, "overlap_histogram:bins=%d", bins);
        if (!open_probe(&p, text, "ising:dims=4x4")) return;
        for (int ups = 0; ups <= 16; ups++) {
            int8_t a[16], b[16];
            double forth[40], sum = 0, q = (2 * ups - 16) / 16.0;
            memset(a, 1, 16);
            for (int i = 0; i < 16; i++) b[i] = i < ups ? -1 : 1;
            measure(&p, a, b);
            memcpy(forth, p.raw, sizeof forth);
            for (int i = 0; i < 16; i++) b[i] *= -1;
            measure(&p, a, b);
            for (int k = 0; k < bins; k++) {
                double low = -1 + 2.0 * k / bins, high = -1 + 2.0 * (k + 1) / bins;
                sum += p.raw[k] * 2 / bins;
                CHECK(p.raw[k] == forth[bins - 1 - k], "bins %d, q %g: not symmetric", bins, q);
                CHECK(p.raw[k] == 0 || (q > low - 1e-9 && q < high + 1e-9), "bins %d: q %g in bin %d", bins,
                      q, k);
            }
            CHECK_NEAR(sum, 1, 1e-15);
        }
        close_probe(&p);
    }
}

static void pattern_overlaps(void) {
    probe p;
    int8_t s[12];
    char text[64];
    if (!open_probe(&p, "pattern_overlap:first=1,count=2", "hopfield:n=12,patterns=3")) return;
    p.system->type->ordered(p.system->self, 2, s);
    s[4] *= -1;
    measure(&p, s, NULL);
    CHECK_NEAR(p.raw[1], 10.0 / 12, 1e-15);
    p.observable->type->label(p.observable->self, p.system, 1, text, sizeof text);
    CHECK(!strcmp(text, "pattern_overlap[2]"), "%s", text);
    close_probe(&p);
}

static void potts(void) {
    int8_t s[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2};
    CHECK_NEAR(value("potts_magnetisation", "potts:dims=4x4,q=3", s, NULL), 0.25, 1e-15); /* (3·½ − 1)/2 */
    memset(s, 2, 16);
    CHECK_NEAR(value("potts_magnetisation", "potts:dims=4x4,q=3", s, NULL), 1, 0);
    int8_t up[16] = {1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    CHECK_NEAR(value("potts_magnetisation", "ising:dims=4x4", up, NULL), 10.0 / 16, 1e-15); /* |m| of spins */
}

/* C(r) site by site through coordinates, on tori and open boxes of 1, 2 and 3 dimensions. */
static double naive_correlation(const temper_lattice *lattice, const int8_t *s, int n, int r) {
    double sum = 0, pairs = 0;
    for (int i = 0; i < n; i++)
        for (int a = 0, inner = n; a < lattice->dims.n; a++) {
            int L = (int)lattice->dims.extent[a];
            inner /= L;
            int x = i / inner % L, y = x + r;
            if (L == 1 || (y >= L && !lattice->periodic)) continue;
            sum += s[i] * s[i + (y % L - x) * inner];
            pairs++;
        }
    return sum / pairs;
}

static void correlations(void) {
    static const struct {
        const char *text;
        int count;
    } cases[] = {{"ising:dims=6x4", 2},
                 {"ising:dims=5x1x7", 2},
                 {"ising:dims=4x6x6", 2},
                 {"ising:dims=9", 4},
                 {"ising:dims=6x5,boundary=open", 2}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        probe p;
        int8_t s[200];
        if (!open_probe(&p, "correlation", cases[k].text)) return;
        draw(s, p.system->n, 7);
        measure(&p, s, NULL);
        CHECK(p.observable->type->count(p.observable->self, p.system) == cases[k].count, "%s", cases[k].text);
        for (int r = 1; r <= cases[k].count; r++)
            CHECK_NEAR(p.raw[r - 1], naive_correlation(&p.system->lattice, s, p.system->n, r), 1e-14);
        close_probe(&p);
    }
}

/* S(k) by the definition, with libm. ξ: S(0) = 5 S(k) on L = 6 gives sqrt(4)/(2 sin 30°) = 2. */
static void structure(void) {
    probe p;
    int8_t s[24];
    double re[2] = {0}, im[2] = {0}, M = 0, values[5];
    char text[64];
    if (!open_probe(&p, "structure_factor", "ising:dims=4x6")) return;
    draw(s, 24, 3);
    measure(&p, s, NULL);
    for (int i = 0; i < 24; i++) {
        double x = 2 * acos(-1) * (i / 6) / 4, y = 2 * acos(-1) * (i % 6) / 6;
        M += s[i];
        re[0] += s[i] * cos(x), im[0] += s[i] * sin(x);
        re[1] += s[i] * cos(y), im[1] += s[i] * sin(y);
    }
    CHECK_NEAR(p.raw[0], M * M / 24, 1e-14);
    for (int a = 0; a < 2; a++) CHECK_NEAR(p.raw[1 + a], (re[a] * re[a] + im[a] * im[a]) / 24, 1e-13);
    const double means[3] = {10, 20, 2};
    p.observable->type->derive(p.observable->self, p.system, 1, means, values);
    CHECK(values[0] == 10 && values[1] == 20 && values[2] == 2 && values[3] == 0, "S(k) > S(0) gives 0");
    CHECK_NEAR(values[4], 2, 1e-14);
    p.observable->type->label(p.observable->self, p.system, 4, text, sizeof text);
    CHECK(!strcmp(text, "correlation_length[2]"), "%s", text);
    close_probe(&p);
}

static void refuses(const char *observable, const char *system, temper_status code, const char *words) {
    temper_system *s = NULL;
    temper_observable *o = NULL;
    CHECK_OK(temper_system_create(&s, system));
    CHECK_OK(temper_observable_create(&o, observable));
    if (s && o) CHECK_FAILS(o->type->suits(o->self, s), code, words);
    temper_observable_free(o);
    temper_system_free(s);
}

static void refusals(void) {
    static const char *const of_spins[] = {"magnetisation", "abs_magnetisation", "susceptibility",
                                           "binder",        "overlap",           "overlap_histogram",
                                           "correlation",   "structure_factor"};
    for (size_t k = 0; k < sizeof of_spins / sizeof *of_spins; k++)
        refuses(of_spins[k], "potts:dims=4x4,q=3", TEMPER_CANNOT, "potts has");
    refuses("pattern_overlap", "ising:dims=4x4", TEMPER_CANNOT, "ising has none");
    refuses("pattern_overlap:first=2,count=2", "hopfield:n=12,patterns=3", TEMPER_BAD_OPTION, "at most 3");
    refuses("correlation", "sk:n=6", TEMPER_CANNOT, "on a lattice");
    refuses("structure_factor", "ising:dims=4x4,boundary=open", TEMPER_CANNOT, "periodic");
}

int main(void) {
    int64_t live = temper_alloc_live();
    RUN(integer_sums);
    RUN(one_configuration);
    RUN(fluctuations);
    RUN(raw_of_fluctuations);
    RUN(heat_capacity_is_dU_dT);
    RUN(overlaps);
    RUN(histogram);
    RUN(pattern_overlaps);
    RUN(potts);
    RUN(correlations);
    RUN(structure);
    RUN(refusals);
    if (temper_alloc_live() != live) printf("FAILED: blocks leaked\n"), check_failed++;
    return check_end();
}
