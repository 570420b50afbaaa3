/* The Edwards–Anderson glass: gauge symmetry, disorder and its addresses, costs, refusals. */
#include "system_probe.h"

static void costs_are_differences(void) {
    const char *texts[] = {"spin_glass:dims=4x4x4",
                           "spin_glass:dims=5x3,couplings=gaussian,h=0.3,seed=7",
                           "spin_glass:dims=2,couplings=gaussian",
                           "spin_glass:dims=2x2x2,boundary=open,J=0.5",
                           "spin_glass:dims=1,h=2",
                           "spin_glass:dims=2x2x3x2,couplings=gaussian,boundary=open",
                           "spin_glass:dims=1x7,J=3",
                           "spin_glass:dims=6x6,J=0,h=1"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) probe(texts[k]);
}

/* H_J'(s') = H_J(s) with s'_i = e_i s_i, J'_ij = e_i e_j J_ij (Toulouse 1977): on the open chain e takes
 * every J to |J|, so the spectrum of ±J is the ferromagnet's; on the ring only the sign of Π J is left.
 * With k unsatisfied bonds H = −n + 2k, and each set of k bonds is met by two configurations: g = 2 C(n, k)
 * for all k on the chain of n bonds, for k even (Π J > 0) or odd (Π J < 0) on the ring. */
static void gauge(void) {
    enum { N = 9 };
    int seen[3] = {0};
    for (int seed = 1; seed <= 12; seed++)
        for (int open = 0; open < 2; open++) {
            char text[80];
            int count[N + 1] = {0}, bonds = open ? N - 1 : N, sign = 1;
            snprintf(text, sizeof text, "spin_glass:dims=%d,seed=%d,boundary=%s", N, seed,
                     open ? "open" : "periodic");
            temper_system *system = probe_open(text);
            for (int i = 0; i < N && !open; i++) /* the forward bond is the one to i + 1 */
                for (int64_t k = system->bonds.start[i]; k < system->bonds.start[i + 1]; k++)
                    if (system->bonds.to[k] == (i + 1) % N) sign *= system->bonds.J[k] > 0 ? 1 : -1;
            for (int c = 0; c < 1 << N; c++) {
                int8_t s[N];
                for (int i = 0; i < N; i++) s[i] = c >> i & 1 ? 1 : -1;
                count[(int)(temper_system_energy(system, s) + bonds) / 2]++;
            }
            for (int k = 0, binomial = 1; k <= bonds; binomial = binomial * (bonds - k) / (k + 1), k++)
                CHECK(count[k] == (open || k % 2 == (sign < 0) ? 2 * binomial : 0), "%s: g(%d) = %d", text, k,
                      count[k]);
            seen[open ? 2 : sign > 0]++;
            temper_system_free(system);
        }
    CHECK(seen[0] && seen[1], "only one sign of the ring was met");
}

/* Moments of the couplings, 4.5 σ: n d = 12^3 · 3 bonds; under N(0, J²) the mean has the variance J²/N, the
 * second moment 2J⁴/N, the fourth 96 J⁸/N. */
static void disorder_moments(void) {
    for (int gaussian = 0; gaussian < 2; gaussian++)
        for (int seed = 1; seed < 4; seed++) {
            char text[80];
            snprintf(text, sizeof text, "spin_glass:dims=12x12x12,J=2,seed=%d,couplings=%s", seed,
                     gaussian ? "gaussian" : "pm");
            temper_system *system = probe_open(text);
            double m1 = 0, m2 = 0, m4 = 0, N = 0;
            for (int i = 0; i < system->n; i++)
                for (int64_t k = system->bonds.start[i]; k < system->bonds.start[i + 1]; k++) {
                    double x = system->bonds.J[k] / 2;
                    if (system->bonds.to[k] < i) continue;
                    m1 += x, m2 += x * x, m4 += x * x * x * x, N++;
                    if (!gaussian) CHECK(x == 1 || x == -1, "J = %g", 2 * x);
                }
            CHECK(N == 3 * 1728, "N = %g", N);
            CHECK_NEAR(m1 / N, 0, 4.5 / sqrt(N));
            if (gaussian) CHECK_NEAR(m2 / N, 1, 4.5 * sqrt(2 / N));
            if (gaussian) CHECK_NEAR(m4 / N, 3, 4.5 * sqrt(96 / N));
            temper_system_free(system);
        }
}

/* The draw of a bond has an address: it depends on the seed and the bond, on nothing else. */
static void disorder_has_addresses(void) {
    temper_system *a = probe_open("spin_glass:dims=4x5,couplings=gaussian,seed=9");
    temper_system *b = probe_open("spin_glass:dims=4x5,couplings=gaussian,seed=9,boundary=open,h=1,J=2");
    temper_system *c = probe_open("spin_glass:dims=4x5,couplings=gaussian,seed=10");
    temper_system *pm = probe_open("spin_glass:dims=4x5,seed=9");
    temper_stream of = {9, 0};
    int same = 0, met = 0;
    for (int i = 0; i < 20; i++)
        for (int64_t k = b->bonds.start[i]; k < b->bonds.start[i + 1]; k++) {
            int j = b->bonds.to[k], first = i < j ? i : j,
                axis = abs(i - j) == 1; /* an open lattice: no wrap */
            double J = temper_normal(of, TEMPER_FOR_DISORDER, 0, 2 * first + axis);
            CHECK(b->bonds.J[k] == 2 * J, "bond %d-%d", i, j);
            for (int64_t l = a->bonds.start[i]; l < a->bonds.start[i + 1]; l++)
                if (a->bonds.to[l] == j) {
                    int sign = temper_word(of, TEMPER_FOR_DISORDER, 0, 2 * first + axis) >> 31 ? 1 : -1;
                    CHECK(a->bonds.J[l] == J, "bond %d-%d", i, j);
                    CHECK(pm->bonds.J[l] == sign, "sign %d-%d", i, j);
                    same += c->bonds.J[l] == J, met++;
                }
        }
    CHECK(met == 62 && same == 0, "%d met, %d the same under another seed", met, same);
    temper_system_free(a), temper_system_free(b), temper_system_free(c), temper_system_free(pm);
}

static void views(void) {
    temper_system *system = probe_open("spin_glass:dims=3x4,h=0.5");
    CHECK(system->fields && system->binary && system->cached == 12 && system->colours == 3, "flags");
    CHECK(!system->lattice.uniform && system->bonds.h && system->bonds.h[11] == 0.5, "views");
    temper_system_free(system);
    system = probe_open("spin_glass:dims=4x4");
    CHECK(!system->bonds.h && system->colours == 2, "no field");
    temper_system_free(system);
}

static void memory(void) { probe_memory("spin_glass:dims=4x4"); }

static void bad_options(void) {
    probe_refuses("spin_glass:dims=0", "spin_glass: dims=0");
    probe_refuses("spin_glass:couplings=gausian", "did you mean 'gaussian'");
    probe_refuses("spin_glass:J=-1", "J=-1");
    probe_refuses("spin_glass:seed=-1", "seed=-1");
    probe_refuses("spin_glass:dims=70000x70000x70000", "spin_glass: dims=70000x70000x70000 is too large");
}

int main(void) {
    RUN(costs_are_differences);
    RUN(gauge);
    RUN(disorder_moments);
    RUN(disorder_has_addresses);
    RUN(views);
    RUN(memory);
    RUN(bad_options);
    return check_end();
}
