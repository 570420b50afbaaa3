/* Potts: all samplers against the enumeration of 3x3, q = 3 (19683 states), and against one another on 12x12. */
#include "samplers_mean.h"

static const char *const samplers[] = {
    "metropolis", "metropolis:order=random", "heatbath", "heatbath:order=random", "wolff", "swendsen_wang"};
enum { SAMPLERS = sizeof samplers / sizeof *samplers };

static void all_agree_with_enumeration(void) {
    static const struct {
        const char *system;
        double T;
        int samplers;
    } cases[] = {{"potts:dims=3x3,q=3", 1.1, SAMPLERS},
                 {"potts:dims=2x3,q=4,J=-1", 0.6, 4},
                 {"potts:dims=6,q=5", 0.5, SAMPLERS}};
    for (int c = 0; c < 3; c++) {
        exact truth = enumerate(cases[c].system, cases[c].T);
        for (int k = 0; k < cases[c].samplers; k++) {
            means got;
            if (!sample(cases[c].system, samplers[k], cases[c].T, (plan){3000, 1}, &got)) continue;
            agrees(samplers[k], got.energy, truth.energy, 6e-3);
            agrees(samplers[k], got.second, truth.second, 2.5e-2);
        }
    }
}

/* q = 2: H = −Σ δ is the Ising model with J/2, up to a constant: e_Potts(T) = (e_Ising(2T) − 2)/2. Truth at 2T = T_c. */
static void two_values_are_ising(void) {
    for (int k = 0; k < SAMPLERS; k++) {
        means got;
        if (sample("potts:dims=16x16,q=2", samplers[k], 2.269185314213022 / 2, (plan){1200, 2}, &got))
            agrees(samplers[k], got.energy, (-1.453064853 - 2) / 2, 4e-3);
    }
}

static void all_agree_with_one_another(void) {
    means got[SAMPLERS];
    for (int k = 0; k < SAMPLERS; k++)
        if (!sample("potts:dims=12x12,q=3", samplers[k], 1 / log(1 + sqrt(3)), (plan){600, 3}, &got[k]))
            return;
    for (int k = 0; k < SAMPLERS; k++)
        for (int j = 0; j < k; j++) {
            double error = hypot(got[k].energy.error, got[j].energy.error);
            CHECK(error < 0.02 && fabs(got[k].energy.mean - got[j].energy.mean) < 4.5 * error,
                  "%s %.4f, %s %.4f +- %.4f", samplers[k], got[k].energy.mean, samplers[j],
                  got[j].energy.mean, error);
        }
}

int main(void) {
    RUN(all_agree_with_enumeration);
    RUN(two_values_are_ising);
    RUN(all_agree_with_one_another);
    return check_end();
}
