/* Naive mean field: m_i = tanh(h_i + Σ J_ij m_j), and by linear response, ∂m_i/∂h_j = C_ij,
 *
 *     J_ij = −(C^−1)_ij,   h_i = atanh m_i − Σ J_ij m_j        (Kappen and Rodriguez 1998);
 *
 * for categories the same over states, which is direct coupling analysis in its mean-field form (Morcos et al. 2011): frequencies are mixed
 * half and half with fair, independent columns, without which sparse alignments have no inverse. Right to first order in J. */
#include "core/covariances.h"
#include "core/potts_inverse.h"

typedef struct {
    double pseudocount;
} nmf;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_ising_suits("nmf", machine, true);
}

static double coupling(const temper_covariances *C, int64_t i, int64_t j) {
    return -C->inverse[i * C->n + j];
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    const double asked = ((const nmf *)self)->pseudocount;
    const temper_ising_rule rule = {"nmf", asked < 0 ? 0 : asked, coupling, temper_ising_field_naive};
    if (lesson->machine->io.states == 0) return temper_ising_solve(lesson, &rule);
    lesson->done = true;
    return temper_potts_inverse(lesson->machine, &lesson->rows, asked < 0 ? 0.5 : asked);
}

static const temper_option options[] = {
    {"pseudocount", TEMPER_REAL, offsetof(nmf, pseudocount), "-1", -1, 1, NULL, NULL,
     "share of fair, independent columns that is mixed into the data; below 0: 0 for units of two values, 0.5 "
     "for categories"},
    {0}};

const temper_method_type temper_method_nmf = {
    .about =
        {"nmf", "naive mean field: J = -C^-1, of spins or of categories (mean-field DCA)",
         "H. J. Kappen & F. B. Rodriguez, Neural Computation 10, 1137 (1998); F. Morcos et al., PNAS 108, "
         "E1293 (2011)",
         "", options, sizeof(nmf)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
