/* The mean-field systems sk, curie_weiss and pspin: energies by hand, couplings and their addresses, costs,
 * slopes. */
#include "system_probe.h"

static void costs_are_differences(void) {
    const char *texts[] = {"sk",
                           "sk:n=1,h=2",
                           "sk:n=2",
                           "sk:n=9,J=0,J0=1",
                           "sk:n=33,J0=1.5,h=-0.3,J=2,seed=4",
                           "curie_weiss",
                           "curie_weiss:n=1,h=1",
                           "curie_weiss:n=31,J=-2,h=0.4",
                           "pspin:n=3",
                           "pspin:n=13,h=0.7,J=2",
                           "pspin"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) probe(texts[k]);
}

/* H = −J M²/(2n) − h M. n = 4: M = 4, 2, 0. */
static void curie_weiss_by_hand(void) {
    temper_system *system = probe_open("curie_weiss:n=4,J=3,h=0.5");
    int8_t s[] = {1, 1, 1, 1};
    CHECK_NEAR(temper_system_energy(system, s), -6 - 2, 1e-15);
    s[2] = -1;
    CHECK_NEAR(temper_system_energy(system, s), -1.5 - 1, 1e-15);
    s[0] = -1;
    CHECK_NEAR(temper_system_energy(system, s), 0, 1e-15);
    CHECK(system->cached == 1 && !system->fields && system->binary && !system->has_bonds, "flags");
    CHECK(system->type->ordered(system->self, 1, s) && s[3] == -1 &&
              !system->type->ordered(system->self, 2, s),
          "order");
    temper_system_free(system);
}

/* J_ij from the fields: f_i(s_j = 1) − f_i(s_j = −1) = 2 J_ij. */
static double coupling(const temper_system *sk, int8_t *s, double *f, int i, int j) {
    sk->type->set(sk->self, s, f, j, 1);
    double up = f[i];
    sk->type->set(sk->self, s, f, j, -1);
    return (up - f[i]) / 2;
}

/* n (n−1)/2 couplings: mean J0/n, variance J²/n; 4.5 σ. Each at its address (seed, DISORDER, 0, 0, i n +
 * j). */
static void sk_couplings(void) {
    enum { N = 100 };
    for (int seed = 1; seed < 4; seed++) {
        char text[80];
        int8_t s[N];
        double f[N], m1 = 0, m2 = 0, pairs = N * (N - 1) / 2;
        snprintf(text, sizeof text, "sk:n=%d,J=2,J0=3,seed=%d", N, seed);
        temper_system *sk = probe_open(text);
        probe_random(sk, 1, s);
        sk->type->prime(sk->self, s, f);
        for (int i = 0; i < N; i++)
            for (int j = i + 1; j < N; j++) {
                double J = coupling(sk, s, f, i, j);
                double z =
                    temper_normal((temper_stream){(uint64_t)seed, 0}, TEMPER_FOR_DISORDER, 0, i * N + j);
                CHECK_NEAR(J, 3.0 / N + 2 * z / 10, 1e-13);
                CHECK_NEAR(coupling(sk, s, f, j, i), J, 1e-13);
                m1 += J - 3.0 / N, m2 += (J - 3.0 / N) * (J - 3.0 / N);
            }
        CHECK_NEAR(m1 / pairs, 0, 4.5 * 2 / sqrt(N * pairs));
        CHECK_NEAR(m2 / pairs * N, 4, 4.5 * 4 * sqrt(2 / pairs));
        CHECK(sk->fields && sk->cached == N && !sk->has_bonds && !sk->has_lattice && sk->colours == 0,
              "flags");
        temper_system_free(sk);
    }
}

/* J_ijk from the energy: the third difference over s_i, s_j, s_k is −8 J_ijk. */
static double triple(const temper_system *pspin, int8_t *s, const int at[3]) {
    double sum = 0;
    for (int c = 0; c < 8; c++) {
        int sign = 1;
        for (int a = 0; a < 3; a++) {
            s[at[a]] = c >> a & 1 ? 1 : -1;
            sign *= s[at[a]];
        }
        sum += sign * temper_system_energy(pspin, s);
    }
    return -sum / 8;
}

/* C(n, 3) couplings of variance 3J²/n², so that E H² = C(n, 3) 3J²/n² → n J²/2; 4.5 σ. */
static void pspin_couplings(void) {
    enum { N = 20 };
    temper_system *pspin = probe_open("pspin:n=20,J=1.5,h=0.3,seed=8");
    int8_t s[N];
    double m1 = 0, m2 = 0, count = N * (N - 1) * (N - 2) / 6;
    probe_random(pspin, 1, s);
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++)
            for (int k = j + 1; k < N; k++) {
                double J = triple(pspin, s, (int[]){i, j, k});
                double z = temper_normal((temper_stream){8, 0}, TEMPER_FOR_DISORDER, 0, (i * N + j) * N + k);
                CHECK_NEAR(J, 1.5 * sqrt(3.0) / N * z, 1e-13);
                m1 += J, m2 += J * J;
            }
    CHECK_NEAR(m1 / count, 0, 4.5 * 1.5 * sqrt(3 / count) / N);
    CHECK_NEAR(m2 * N * N / (3 * 2.25), count, 4.5 * sqrt(2 * count));
    temper_system_free(pspin);
    pspin = probe_open("pspin:n=3,J=2,seed=5"); /* one coupling: H = −J_012 s_0 s_1 s_2 */
    double J = 2 * sqrt(3.0) / 3 * temper_normal((temper_stream){5, 0}, TEMPER_FOR_DISORDER, 0, 5);
    CHECK_NEAR(temper_system_energy(pspin, (int8_t[]){1, 1, 1}), -J, 1e-15);
    CHECK_NEAR(temper_system_energy(pspin, (int8_t[]){1, -1, 1}), J, 1e-15);
    CHECK(pspin->fields && pspin->cached == 3 && pspin->binary, "flags");
    temper_system_free(pspin);
}

/* J = 0: SK is then the Curie–Weiss magnet without the self term. */
static void sk_without_disorder(void) {
    temper_system *sk = probe_open("sk:n=12,J=0,J0=0.8,h=0.2"),
                  *cw = probe_open("curie_weiss:n=12,J=0.8,h=0.2");
    for (uint64_t seed = 0; seed < 10; seed++) {
        int8_t s[12];
        probe_random(sk, seed, s);
        CHECK_NEAR(temper_system_energy(sk, s), temper_system_energy(cw, s) + 0.8 / 2, 1e-14);
    }
    temper_system_free(sk);
    temper_system_free(cw);
}

static void slopes(void) {
    probe_weights("sk:n=8,h=0.3");
    probe_weights("sk:n=30");
    probe_weights("curie_weiss:n=11,J=0.5,h=0.3");
}

static void memory(void) {
    probe_memory("sk:n=8");
    probe_memory("curie_weiss:n=8");
    probe_memory("pspin:n=8");
}

static void bad_options(void) {
    probe_refuses("sk:n=0", "sk: n=0");
    probe_refuses("sk:n=32769", "1 … 32768");
    probe_refuses("sk:J=-1", "sk: J=-1");
    probe_refuses("curie_weiss:n=2147483648", "curie_weiss: n=2147483648");
    probe_refuses("curie_weiss:seed=1", "there is no option 'seed'");
    probe_refuses("pspin:n=513", "pspin: n=513 is not in the legal range 3 … 512");
    probe_refuses("pspin:n=2", "3 … 512");
}

int main(void) {
    RUN(costs_are_differences);
    RUN(curie_weiss_by_hand);
    RUN(sk_couplings);
    RUN(pspin_couplings);
    RUN(sk_without_disorder);
    RUN(slopes);
    RUN(memory);
    RUN(bad_options);
    return check_end();
}
