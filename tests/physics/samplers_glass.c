/* Glasses of 16 sites: energy and overlap of two replicas against enumeration (65536 states). */
#include "samplers_mean.h"

static void all_agree_with_enumeration(void) {
    static const struct {
        const char *system;
        double T;
    } cases[] = {{"spin_glass:dims=4x4,seed=3", 1.3},
                 {"spin_glass:dims=4x4,couplings=gaussian,seed=1", 1.2},
                 {"spin_glass:dims=3x5,couplings=gaussian,h=0.2,seed=7", 1.2}};
    static const char *const samplers[] = {
        "metropolis+houdayer", "heatbath:order=random+houdayer", "metropolis",
        "heatbath+wolff",      "metropolis+swendsen_wang",       "wolff",
        "swendsen_wang"};
    for (int c = 0; c < 3; c++) {
        exact truth = enumerate(cases[c].system, cases[c].T);
        for (int k = 0; k < 7; k++) {
            means got;
            char what[160];
            snprintf(what, sizeof what, "%s on %s", samplers[k], cases[c].system);
            if (!sample(cases[c].system, samplers[k], cases[c].T, (plan){4000, 1}, &got)) continue;
            agrees(what, got.energy, truth.energy, 5e-3);
            agrees(what, got.second, truth.second, 1.2e-2);
            agrees(what, got.overlap, truth.overlap, 1.5e-2);
        }
    }
}

/* Dense couplings with cached fields, drift and refresh included. */
static void dense_glass_agrees_with_enumeration(void) {
    static const char *const samplers[] = {"metropolis", "heatbath", "metropolis:order=random"};
    exact truth = enumerate("sk:n=13,seed=2", 0.6);
    for (int k = 0; k < 3; k++) {
        means got;
        if (!sample("sk:n=13,seed=2", samplers[k], 0.6, (plan){4000, 1}, &got)) continue;
        agrees(samplers[k], got.energy, truth.energy, 5e-3);
        agrees(samplers[k], got.second, truth.second, 1.2e-2);
        agrees(samplers[k], got.overlap, truth.overlap, 1.5e-2);
    }
}

int main(void) {
    RUN(all_agree_with_enumeration);
    RUN(dense_glass_agrees_with_enumeration);
    return check_end();
}
