/* The square lattice: every sampler finds the exact energy of the finite torus, error below 0.1 %.
 * Truth: Kaufman's partition function (reference/spins.md 7.1, theory.md 3); 4x4 by enumeration (the same tables). */
#include "samplers_mean.h"

static const double T_c = 2.269185314213022;

static void at(const char *system, const char *sampler, double T, double truth, plan how) {
    means got;
    char what[160];
    snprintf(what, sizeof what, "energy of %s, %s, T=%.4g", system, sampler, T);
    if (sample(system, sampler, T, how, &got)) agrees(what, got.energy, truth, 1e-3 * fabs(truth));
}

static void single_sites_find_the_exact_energy(void) {
    static const char *const fast[] = {"metropolis", "heatbath"};
    for (int k = 0; k < 2; k++) {
        at("ising:dims=64x64", fast[k], 1.5, -1.95111657, (plan){100, 2});
        at("ising:dims=64x64", fast[k], 2, -1.74556458, (plan){200, 4});
        at("ising:dims=64x64", fast[k], 2.5, -1.10608299, (plan){250, 8});
        at("ising:dims=64x64", fast[k], 4, -0.55727224, (plan){500, 2});
        at("ising:dims=16x16", fast[k], T_c, -1.453064853, (plan){2500, 8});
    }
    at("ising:dims=32x32", "metropolis:order=sequential", 2, -1.74556453, (plan){300, 4});
    at("ising:dims=32x32", "metropolis:order=random", 4, -0.55727224, (plan){500, 2});
    at("ising:dims=32x32", "heatbath:order=sequential", 4, -0.55727224, (plan){400, 2});
    at("ising:dims=32x32", "heatbath:order=random", 4, -0.55727224, (plan){500, 2});
}

/* The ring, e = −tanh(1/T) up to tanh^L (Ising 1925). Walls move at no cost, so a scan in a fixed order that took every
 * tie would move them all in step and not be ergodic. */
static void single_sites_find_the_energy_of_rings(void) {
    static const char *const samplers[] = {"metropolis", "metropolis:order=sequential", "heatbath"};
    for (int k = 0; k < 3; k++) {
        at("ising:dims=64", samplers[k], 1, -0.761594155955765, (plan){1200, 4});
        at("ising:dims=65", samplers[k], 1, -0.761594155955765, (plan){1200, 4});
    }
}

static void clusters_find_the_exact_energy(void) {
    at("ising:dims=16x16", "wolff", T_c, -1.453064853, (plan){2500, 2});
    at("ising:dims=32x32", "wolff", T_c, -1.433658466, (plan){1300, 2});
    at("ising:dims=32x32", "wolff:clusters=4", 2, -1.74556453, (plan){300, 1});
    at("ising:dims=16x16", "swendsen_wang", T_c, -1.453064853, (plan){2500, 1});
    at("ising:dims=32x32", "swendsen_wang", 2.5, -1.10729166, (plan){600, 1});
    at("ising:dims=16x16", "heatbath+wolff", T_c, -1.453064853, (plan){2500, 1});
    /* J → −J on a bipartite lattice only stains one sublattice */
    at("ising:dims=16x16,J=-1", "wolff", T_c, -1.453064853, (plan){2500, 2});
    at("ising:dims=16x16,J=-1", "swendsen_wang", T_c, -1.453064853, (plan){2500, 1});
}

/* Wolff's cluster through a random site: its mean size is N ⟨m²⟩ (Wolff 1989). 4x4 at T_c: 0.761358908569 exactly,
 * 16x16: 0.545 measured (reference/spins.md 7.1). SW flips half of everything. */
static void cluster_sizes(void) {
    means got;
    if (sample("ising:dims=4x4", "wolff", T_c, (plan){4000, 1}, &got)) {
        agrees("mean Wolff cluster on 4x4", got.moved, 0.761358908569, 2e-3);
        agrees("energy of 4x4", got.energy, -1.5656237876383, 2e-3);
        agrees("specific heat of 4x4 by the second moment", got.second, /* c T^2/N + e^2 */
               0.783266825929 * T_c * T_c / 16 + 1.5656237876383 * 1.5656237876383, 5e-3);
    }
    if (sample("ising:dims=16x16", "wolff", T_c, (plan){2000, 2}, &got))
        CHECK_NEAR(got.moved.mean, 0.545, 0.006);
    if (sample("ising:dims=16x16", "swendsen_wang", T_c, (plan){1000, 1}, &got))
        agrees("SW flips", got.moved, 0.5, 5e-3);
}

/* In a field, by enumeration of 3x4. */
static void fields_are_felt(void) {
    static const char *const samplers[] = {"metropolis", "heatbath", "wolff", "swendsen_wang"};
    const char *systems[] = {"ising:dims=4x3,h=0.2", "ising:dims=2x6,h=0.3,J=-1"};
    for (int x = 0; x < 2; x++) {
        exact truth = enumerate(systems[x], 2.5);
        for (int k = 0; k < 4; k++) {
            means got;
            if (!sample(systems[x], samplers[k], 2.5, (plan){4000, 2}, &got)) continue;
            agrees(samplers[k], got.energy, truth.energy, 6e-3);
            agrees(samplers[k], got.second, truth.second, 1e-2);
            agrees(samplers[k], got.overlap, truth.overlap, 8e-3);
        }
    }
}

int main(void) {
    RUN(single_sites_find_the_exact_energy);
    RUN(single_sites_find_the_energy_of_rings);
    RUN(clusters_find_the_exact_energy);
    RUN(cluster_sizes);
    RUN(fields_are_felt);
    return check_end();
}
