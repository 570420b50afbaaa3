/* The system `hopfield`: the interface, energies by hand and by independent sums, and what each rule is known for. */
#include <unistd.h>
#include "system_probe.h"

static const int8_t *patterns_of(const temper_system *h) {
    const int8_t *xi = NULL;
    h->type->patterns(h->self, &xi);
    return xi;
}

static void interface(void) {
    static const char *const texts[] = {"hopfield:n=8,patterns=2,b=0.1",
                                        "hopfield:n=40,patterns=9,path=overlaps",
                                        "hopfield:n=40,patterns=9,path=fields,b=-0.3",
                                        "hopfield:n=37,patterns=8,rule=pseudo_inverse,path=overlaps,b=0.2",
                                        "hopfield:n=37,patterns=8,rule=pseudo_inverse,path=fields",
                                        "hopfield:n=30,patterns=5,rule=storkey,b=0.1",
                                        "hopfield:n=30,patterns=17,rule=polynomial,degree=3,b=0.1",
                                        "hopfield:n=30,patterns=16,rule=polynomial,degree=6",
                                        "hopfield:n=30,patterns=33,rule=exponential,b=0.1",
                                        "hopfield:n=2,patterns=1"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        probe(texts[k]);
        probe_memory(texts[k]);
    }
}

static void refusals(void) {
    temper_system *system;
    probe_refuses("hopfield:rule=storkey,path=overlaps", "path=overlaps");
    probe_refuses("hopfield:rule=exponential,path=fields", "rule=exponential");
    probe_refuses("hopfield:n=40000,patterns=1,path=fields", "at most 32768");
    probe_refuses("hopfield:degree=1", "2 … 64");
    CHECK_FAILS(temper_system_create(&system, "hopfield:n=4,patterns=5,rule=pseudo_inverse"), TEMPER_BAD_DATA,
                "linearly independent");
    CHECK_FAILS(temper_system_create(&system, "hopfield:file=/nonexistent/p.csv"), TEMPER_BAD_FILE,
                "/nonexistent");
}

/* Bit i%32 of word i/32 of (seed, DISORDER, 0, step μ) is the file format of a seed: it will not change. Overlaps of
 * different patterns have mean 0 and variance 1/n: 190 pairs at n = 400, Σ n q² = 190 ± 19.5. */
static void random_patterns(void) {
    temper_system *h = probe_open("hopfield:n=400,patterns=20,seed=12345");
    const int8_t *xi = patterns_of(h);
    double spread = 0;
    for (int mu = 0; mu < 20; mu++) {
        for (int i = 0; i < 400; i++) {
            uint32_t word = temper_word((temper_stream){12345, 0}, TEMPER_FOR_DISORDER, mu, i / 32);
            CHECK(xi[mu * 400 + i] == (word >> (i % 32) & 1 ? 1 : -1), "pattern %d site %d", mu, i);
        }
        for (int nu = 0; nu < mu; nu++) {
            double M = 0;
            for (int i = 0; i < 400; i++) M += xi[mu * 400 + i] * xi[nu * 400 + i];
            spread += M * M / 400;
        }
    }
    CHECK_NEAR(spread, 190, 4.5 * 19.5);
    temper_system_free(h);
}

/* Reference: Hebb's double sum, J_ij = (1/N) Σ ξ ξ without diagonal, straight from the definition. */
static double naive_hebb(const temper_system *h, const int8_t *s, int P, double b) {
    const int8_t *xi = patterns_of(h);
    double H = 0;
    for (int i = 0; i < h->n; i++) {
        H += b * s[i];
        for (int j = 0; j < i; j++) {
            double J = 0;
            for (int mu = 0; mu < P; mu++) J += xi[mu * h->n + i] * xi[mu * h->n + j];
            H -= J / h->n * s[i] * s[j];
        }
    }
    return H;
}

static void hebb_by_definition(void) {
    temper_system *low = probe_open("hopfield:n=50,patterns=7,b=0.25,path=overlaps");
    temper_system *dense = probe_open("hopfield:n=50,patterns=7,b=0.25,path=fields");
    int8_t s[50];
    for (uint64_t seed = 0; seed < 5; seed++) {
        probe_random(low, seed, s);
        CHECK_NEAR(temper_system_energy(low, s), naive_hebb(low, s, 7, 0.25), 1e-12);
        CHECK_NEAR(temper_system_energy(dense, s), naive_hebb(low, s, 7, 0.25), 1e-12);
    }
    temper_system_free(low), temper_system_free(dense);
}

/* One pattern: with the gauge s_i = ξ_i σ_i, H(s) = −(1/2N)(Σ σ)² + 1/2, Curie and Weiss's model less its self terms
 * (D. C. Mattis, Phys. Lett. A 56, 421 (1976)). At the pattern −(N − 1)/2. */
static void mattis(void) {
    temper_system *h = probe_open("hopfield:n=101,patterns=1"), *cw = probe_open("curie_weiss:n=101");
    const int8_t *xi = patterns_of(h);
    int8_t s[101], sigma[101];
    CHECK(h->type->ordered(h->self, 0, s) && !memcmp(s, xi, 101), "ordered(0) is the pattern");
    CHECK(!h->type->ordered(h->self, 1, s) && !h->type->ordered(h->self, -1, s), "no other");
    CHECK_NEAR(temper_system_energy(h, s), -50, 1e-13);
    for (uint64_t seed = 0; seed < 5; seed++) {
        int M = 0;
        probe_random(cw, seed, sigma);
        for (int i = 0; i < 101; i++) s[i] = (int8_t)(sigma[i] * xi[i]), M += sigma[i];
        CHECK_NEAR(temper_system_energy(h, s), -M * M / 202.0 + 0.5, 1e-13);
        CHECK_NEAR(temper_system_energy(h, s), temper_system_energy(cw, sigma) + 0.5, 1e-12);
    }
    temper_system_free(h), temper_system_free(cw);
}

/* Both paths along one trajectory of 2000 flips: the same costs to 1e-9 although neither cache is refreshed. */
static void same_on_both_paths(const char *rule) {
    char text[128];
    snprintf(text, sizeof text, "hopfield:n=120,patterns=18,b=0.05,rule=%s,path=overlaps", rule);
    temper_system *low = probe_open(text);
    snprintf(text, sizeof text, "hopfield:n=120,patterns=18,b=0.05,rule=%s,path=fields", rule);
    temper_system *dense = probe_open(text);
    int8_t s[120], t[120];
    double a[120], f[120];
    CHECK(!low->fields && dense->fields && low->cached == 24 && dense->cached == 120, "paths");
    probe_random(low, 1, s);
    memcpy(t, s, sizeof s);
    low->type->prime(low->self, s, a);
    dense->type->prime(dense->self, t, f);
    for (int move = 0; move < 2000; move++) {
        int i = (int)temper_below(temper_word((temper_stream){4, 0}, TEMPER_FOR_TESTS, 0, move), 120);
        CHECK_NEAR(low->type->cost(low->self, s, a, i, -s[i]), dense->type->cost(dense->self, t, f, i, -t[i]),
                   1e-9);
        low->type->set(low->self, s, a, i, -s[i]);
        dense->type->set(dense->self, t, f, i, -t[i]);
    }
    CHECK_NEAR(temper_system_energy(low, s), temper_system_energy(dense, s), 1e-9);
    temper_system_free(low), temper_system_free(dense);
}

static void both_paths(void) {
    same_on_both_paths("hebb");
    same_on_both_paths("pseudo_inverse");
}

static void automatic_path(void) {
    temper_system *few = probe_open("hopfield:n=500,patterns=25"),
                  *many = probe_open("hopfield:n=500,patterns=70");
    CHECK(!few->fields && many->fields, "few patterns: overlaps; many: fields");
    temper_system_free(few), temper_system_free(many);
}

/* F(z) = z² is the binary net up to the constant P/2 (Krotov and Hopfield 2016). */
static void quadratic_is_hebb(void) {
    temper_system *h = probe_open("hopfield:n=60,patterns=11"),
                  *q = probe_open("hopfield:n=60,patterns=11,rule=polynomial,degree=2");
    int8_t s[60];
    for (uint64_t seed = 0; seed < 5; seed++) {
        probe_random(h, seed, s);
        CHECK_NEAR(temper_system_energy(q, s) + 5.5, temper_system_energy(h, s), 1e-12);
    }
    temper_system_free(h), temper_system_free(q);
}

/* −(N/d) Σ (M/N)^d and −ln Σ exp M by libm, on all 2^10 configurations. */
static void dense_by_definition(void) {
    temper_system *p = probe_open("hopfield:n=10,patterns=9,rule=polynomial,degree=5");
    temper_system *e = probe_open("hopfield:n=10,patterns=9,rule=exponential");
    const int8_t *xi = patterns_of(p);
    int8_t s[10];
    for (int x = 0; x < 1024; x++) {
        double power = 0, exponential = 0;
        for (int i = 0; i < 10; i++) s[i] = x >> i & 1 ? 1 : -1;
        for (int mu = 0; mu < 9; mu++) {
            int M = 0;
            for (int i = 0; i < 10; i++) M += xi[mu * 10 + i] * s[i];
            power += pow(M / 10.0, 5);
            exponential += exp(M);
        }
        CHECK_NEAR(temper_system_energy(p, s), -2 * power, 1e-13);
        CHECK_NEAR(temper_system_energy(e, s), -log(exponential), 1e-13);
    }
    temper_system_free(p), temper_system_free(e);
}

/* How many patterns are fixed points of the zero-temperature dynamics, and how many single sites are not. */
static int stable(const char *text, int P, int64_t *wrong) {
    temper_system *h = probe_open(text);
    int8_t *s = calloc((size_t)h->n, 1);
    double *cache = calloc((size_t)h->cached, sizeof *cache);
    int count = 0;
    *wrong = 0;
    for (int mu = 0; mu < P; mu++) {
        int64_t before = *wrong;
        h->type->ordered(h->self, mu, s);
        h->type->prime(h->self, s, cache);
        for (int i = 0; i < h->n; i++) *wrong += h->type->cost(h->self, s, cache, i, -s[i]) < 0;
        count += *wrong == before;
    }
    free(s), free(cache);
    temper_system_free(h);
    return count;
}

/* Personnaz, Guyon and Dreyfus 1985: all P < N independent patterns are fixed points. */
static void pseudo_inverse_is_stable(void) {
    int64_t wrong;
    CHECK(stable("hopfield:n=100,patterns=70,rule=pseudo_inverse", 70, &wrong) == 70, "matrix");
    CHECK(stable("hopfield:n=100,patterns=70,rule=pseudo_inverse,path=overlaps", 70, &wrong) == 70,
          "overlaps");
}

/* N = 200, P = 32 (α = 0.16). Hebb: a pattern is a fixed point with probability about (1 − 0.0062)^200 = 0.29
 * (one-step error ½ erfc(1/√(2α))), so 9 ± 3 of 32. Storkey stores up to n/√(2 ln n) = 61 without errors. */
static void storkey_beats_hebb(void) {
    int64_t wrong;
    int hebb = stable("hopfield:n=200,patterns=32", 32, &wrong);
    int storkey = stable("hopfield:n=200,patterns=32,rule=storkey", 32, &wrong);
    CHECK(hebb < 22 && storkey >= 30, "stable: hebb %d, storkey %d of 32", hebb, storkey);
}

/* Storkey's rule by its definition, with the diagonal and the exclusions k ≠ i, j written out. */
static void storkey_by_definition(void) {
    enum { N = 12, P = 3 };
    temper_system *h = probe_open("hopfield:n=12,patterns=3,rule=storkey");
    const int8_t *xi = patterns_of(h);
    double w[N][N] = {{0}}, h_ij[N][N], cache[N];
    int8_t s[N];
    for (int mu = 0; mu < P; mu++) {
        const int8_t *x = xi + mu * N;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                h_ij[i][j] = 0;
                for (int k = 0; k < N; k++)
                    if (k != i && k != j) h_ij[i][j] += w[i][k] * x[k];
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                if (i != j) w[i][j] += (x[i] * x[j] - x[i] * h_ij[j][i] - h_ij[i][j] * x[j]) / N;
    }
    probe_random(h, 8, s);
    h->type->prime(h->self, s, cache);
    for (int i = 0; i < N; i++) {
        double field = 0;
        for (int j = 0; j < N; j++) field += w[i][j] * s[j];
        CHECK_NEAR(cache[i], field, 1e-13);
    }
    temper_system_free(h);
}

/* One-step crosstalk ½ erfc(1/√(2α)) = 0.000783 at α = 0.10 and 0.012674 at 0.20 (reference/systems.md, section 5). */
static void crosstalk(void) {
    int64_t wrong;
    stable("hopfield:n=2000,patterns=200,path=overlaps", 200, &wrong);
    CHECK_NEAR((double)wrong / (2000 * 200), 0.00078, 0.0003);
    stable("hopfield:n=1000,patterns=200,path=overlaps", 200, &wrong);
    CHECK_NEAR((double)wrong / (1000 * 200), 0.0127, 0.001);
}

/* 128 = 2N random patterns of N = 64, far beyond Hebb's 0.138 N: from six flipped sites, one asynchronous sweep at
 * T = 0 brings back every one of them. */
static void exponential_recalls(void) {
    temper_system *h = probe_open("hopfield:n=64,patterns=128,rule=exponential");
    const int8_t *xi = patterns_of(h);
    int8_t s[64];
    double *cache = calloc((size_t)h->cached, sizeof *cache);
    int recalled = 0;
    for (int mu = 0; mu < 128; mu++) {
        h->type->ordered(h->self, mu, s);
        for (int k = 0; k < 6; k++) s[(7 * mu + 11 * k) % 64] *= -1;
        h->type->prime(h->self, s, cache);
        for (int i = 0; i < 64; i++)
            if (h->type->cost(h->self, s, cache, i, -s[i]) < 0) h->type->set(h->self, s, cache, i, -s[i]);
        recalled += !memcmp(s, xi + mu * 64, 64);
    }
    CHECK(recalled == 128, "recalled %d of 128", recalled);
    free(cache);
    temper_system_free(h);
}

/* Large overlaps: exp(M) itself would overflow. At a pattern of N = 2000, H = −ln(e^2000 + small) = −2000. */
static void exponential_is_extensive(void) {
    temper_system *h = probe_open("hopfield:n=2000,patterns=3,rule=exponential");
    int8_t *s = calloc(2000, 1);
    double cache[17];
    h->type->ordered(h->self, 1, s);
    CHECK_NEAR(temper_system_energy(h, s), -2000, 1e-12);
    h->type->prime(h->self, s, cache);
    CHECK_NEAR(h->type->cost(h->self, s, cache, 5, -s[5]), 2, 1e-13); /* M: 2000 → 1998 */
    free(s);
    temper_system_free(h);
}

static void patterns_from_file(void) {
    char path[] = "/tmp/temper_patternsXXXXXX", text[128];
    int file = mkstemp(path);
    FILE *f = file >= 0 ? fdopen(file, "w") : NULL;
    temper_system *h = NULL;
    if (!f) SKIP("cannot write in /tmp");
    fprintf(f, "0,1,1,0,1\n1,1,0,0,0\n1,0,0,1,1\n");
    fclose(f);
    snprintf(text, sizeof text, "hopfield:file=%s,patterns=2", path);
    CHECK_OK(temper_system_create(&h, text));
    const int8_t truth[10] = {-1, 1, 1, -1, 1, 1, 1, -1, -1, -1};
    CHECK(h && h->n == 5 && h->type->patterns(h->self, &(const int8_t *){NULL}) == 2,
          "five sites, two patterns");
    CHECK(h && !memcmp(patterns_of(h), truth, 10), "thresholded at 0.5");
    temper_system_free(h);
    snprintf(text, sizeof text, "hopfield:file=%s,patterns=4", path);
    CHECK_FAILS(temper_system_create(&h, text), TEMPER_BAD_DATA, "holds 3 rows of 5 numbers");
    unlink(path);
}

/* The last of three patterns is minus the first: no inverse of C. */
static void dependent_patterns(void) {
    char path[] = "/tmp/temper_patternsXXXXXX", text[128];
    int file = mkstemp(path);
    FILE *f = file >= 0 ? fdopen(file, "w") : NULL;
    temper_system *h = NULL;
    if (!f) SKIP("cannot write in /tmp");
    fprintf(f, "1 1 -1 -1 1\n1 -1 -1 1 1\n-1 -1 1 1 -1\n");
    fclose(f);
    snprintf(text, sizeof text, "hopfield:file=%s,patterns=3,rule=pseudo_inverse", path);
    CHECK_FAILS(temper_system_create(&h, text), TEMPER_BAD_DATA, "pattern 2 of 3 depends on those before it");
    unlink(path);
}

/* Images of MNIST as patterns: the pseudo-inverse holds correlated patterns that Hebb cannot hold. */
static void images(void) {
    const char *path = TEMPER_SOURCE_DIR "/../shared/data/mnist/t10k-images-idx3-ubyte.gz";
    char text[300];
    int64_t wrong;
    temper_system *h;
    if (access(path, R_OK)) SKIP("no %s", path);
    snprintf(text, sizeof text, "hopfield:file=%s,patterns=20,threshold=127,rule=pseudo_inverse", path);
    temper_status status = temper_system_create(&h, text);
    if (status == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK_OK(status);
    temper_system_free(h);
    CHECK(stable(text, 20, &wrong) == 20, "all 20 images are fixed points");
    snprintf(text, sizeof text, "hopfield:file=%s,patterns=20,threshold=127", path);
    CHECK(stable(text, 20, &wrong) < 5, "Hebb's rule holds next to none");
}

int main(void) {
    RUN(interface);
    RUN(refusals);
    RUN(random_patterns);
    RUN(hebb_by_definition);
    RUN(mattis);
    RUN(both_paths);
    RUN(automatic_path);
    RUN(quadratic_is_hebb);
    RUN(dense_by_definition);
    RUN(pseudo_inverse_is_stable);
    RUN(storkey_beats_hebb);
    RUN(storkey_by_definition);
    RUN(crosstalk);
    RUN(exponential_recalls);
    RUN(exponential_is_extensive);
    RUN(patterns_from_file);
    RUN(dependent_patterns);
    RUN(images);
    return check_end();
}
