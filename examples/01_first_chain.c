/* One chain through the phase transition: the magnetisation of a 64 × 64 Ising magnet beside Yang's exact curve.
 *
 *     cc -I../include 01_first_chain.c ../build/release/lib/libtemper.a -lz -lpthread -lm && ./a.out */
#include <math.h>
#include <stdio.h>
#include "temper/temper.h"

int main(void) {
    temper_system *system = NULL;
    temper_sampler *sampler = NULL;
    temper_chain *chain = NULL;
    temper_theory *theory = NULL;
    temper_status bad = temper_system_create(&system, "ising:dims=64x64");
    if (!bad) bad = temper_sampler_create(&sampler, "metropolis+wolff");
    if (!bad) bad = temper_chain_create(&chain, system, sampler, 1, 0);
    if (!bad) bad = temper_chain_start(chain, "ordered");
    if (!bad) bad = temper_theory_create(&theory, "ising2d");

    printf("   T     |m| measured        exact, infinite lattice\n");
    for (double T = 1.8; !bad && T < 2.75; T += 0.1) {
        enum { SWEEPS = 4000 };
        static double m[SWEEPS];
        double exact[16];
        temper_estimate e;
        temper_chain_heat(chain, T);
        bad = temper_sampler_advance(sampler, &chain, 1, 500); /* forget the last temperature */
        for (int t = 0; !bad && t < SWEEPS; t++) {
            int M = 0;
            bad = temper_sampler_advance(sampler, &chain, 1, 1);
            for (int i = 0; i < temper_system_sites(system); i++) M += temper_chain_spins(chain)[i];
            m[t] = fabs((double)M) / temper_system_sites(system);
        }
        if (!bad) bad = temper_estimate_mean(m, 1, SWEEPS, &e);
        if (!bad) bad = temper_theory_at(theory, T, exact);
        for (int k = 0; !bad && k < temper_theory_fields(theory); k++)
            if (temper_theory_field(theory, k)[0] == 'm')
                printf("%5.2f  %.4f ± %.4f (ESS %.0f)   %.4f\n", T, e.mean, e.error, e.ess, exact[k]);
    }
    if (bad) fprintf(stderr, "%s\n", temper_message());
    temper_theory_free(theory);
    temper_chain_free(chain);
    temper_sampler_free(sampler);
    temper_system_free(system);
    return bad != 0;
}
