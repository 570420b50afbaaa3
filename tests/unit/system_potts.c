/* The Potts model: energies by hand, its Ising limit, costs, refusals. */
#include "system_probe.h"

static double energy_of(const char *text, const int8_t *s) {
    temper_system *system = probe_open(text);
    double H = system ? temper_system_energy(system, s) : NAN;
    temper_system_free(system);
    return H;
}

static void energies_by_hand(void) {
    int8_t s[] = {0, 0, 1, 2, 1, 1};                 /* as 2x3: rows 0 0 1 and 2 1 1 */
    CHECK_NEAR(energy_of("potts:dims=6", s), -2, 0); /* 00, 11; the ends 1-0 differ */
    CHECK_NEAR(energy_of("potts:dims=2x3,boundary=open,J=0.5", s), -1.5, 0); /* 00, 11, and the column 1/1 */
    CHECK_NEAR(energy_of("potts:dims=2x3,J=0.5", s), -2, 0);                 /* that column counts twice */
    CHECK_NEAR(energy_of("potts:dims=1,q=5", s), 0, 0);
}

/* δ(s, s') = (1 + σσ')/2:  H_potts(J) = H_ising(J/2) − J B/2, with B bonds. */
static void two_states_are_ising(void) {
    const char *shapes[] = {"9", "4x5", "2x2", "3x2x3", "3x1,boundary=open", "4x3x2,boundary=open"};
    int B[] = {9, 40, 8, 54, 2, 46};
    for (int k = 0; k < 6; k++) {
        char text[80];
        snprintf(text, sizeof text, "potts:q=2,J=0.6,dims=%s", shapes[k]);
        temper_system *potts = probe_open(text);
        snprintf(text, sizeof text, "ising:J=0.3,dims=%s", shapes[k]);
        temper_system *ising = probe_open(text);
        for (uint64_t seed = 0; seed < 10; seed++) {
            int8_t s[64], sigma[64];
            probe_random(potts, seed, s);
            for (int i = 0; i < potts->n; i++) sigma[i] = (int8_t)(2 * s[i] - 1);
            CHECK_NEAR(temper_system_energy(potts, s), temper_system_energy(ising, sigma) - 0.6 * B[k] / 2,
                       1e-12);
        }
        temper_system_free(potts);
        temper_system_free(ising);
    }
}

static void costs_are_differences(void) {
    const char *texts[] = {"potts",
                           "potts:dims=5,q=4,J=-2",
                           "potts:dims=4x5,q=2,J=0.3",
                           "potts:dims=3x3x3,q=127",
                           "potts:dims=1x2,q=10",
                           "potts:dims=2x3x2x2,q=5,boundary=open",
                           "potts:dims=1"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) probe(texts[k]);
}

static void views_and_order(void) {
    temper_system *system = probe_open("potts:dims=4x4,q=127,J=2");
    const int8_t *values;
    int8_t s[16];
    CHECK(system->type->alphabet(system->self, 3, &values) == 127 && values[0] == 0 && values[126] == 126,
          "alphabet");
    CHECK(!system->binary && !system->lattice.uniform && system->has_bonds && !system->bonds.h, "views");
    CHECK(system->type->ordered(system->self, 126, s) && s[0] == 126 && s[15] == 126, "ordered");
    CHECK_NEAR(temper_system_energy(system, s), -64, 0);
    CHECK(!system->type->ordered(system->self, 127, s), "ordered 127");
    CHECK_NEAR(temper_system_log_states(system), 16 * log(127), 1e-12);
    temper_system_free(system);
}

static void memory(void) { probe_memory("potts:dims=4x4"); }

static void bad_options(void) {
    probe_refuses("potts:q=1", "potts: q=1");
    probe_refuses("potts:q=1", "2 … 127");
    probe_refuses("potts:q=128", "2 … 127");
    probe_refuses("potts:q=2.5", "potts: q=2.5");
    probe_refuses("potts:dims=70000x70000x70000", "potts: dims=70000x70000x70000 is too large");
    probe_refuses("potts:h=1", "there is no option 'h'");
}

int main(void) {
    RUN(energies_by_hand);
    RUN(two_states_are_ising);
    RUN(costs_are_differences);
    RUN(views_and_order);
    RUN(memory);
    RUN(bad_options);
    return check_end();
}
