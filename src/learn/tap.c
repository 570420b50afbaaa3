/* The inverse Ising problem by the TAP equation (Kappen and Rodriguez 1998; Tanaka 1998). Its fields, atanh m_i = h_i + Σ J_ij m_j − m_i Σ J_ij² (1 − m_j²), differ
 * by the mean of one unit as
 *
 *     (C^−1)_ij = −J_ij − 2 J_ij² m_i m_j,
 *
 * and of the two roots J is the one that goes to −(C^−1)_ij where the means are 0. Better than naive mean field by one order in β where there are fields. */
#include <math.h>
#include "base/elementary.h"
#include "core/covariances.h"

typedef struct {
    double pseudocount;
} tap;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_ising_suits("tap", machine, false);
}

/* −2 c/(1 + √(1 − 8 m_i m_j c)): the root, without a difference. Where there is none the means are too large for the expansion: its
 * double point stands for it. */
static double coupling(const temper_covariances *C, int64_t i, int64_t j) {
    double c = C->inverse[i * C->n + j], root = 1 - 8 * C->mean[i] * C->mean[j] * c;
    return -2 * c / (1 + sqrt(root > 0 ? root : 0));
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    const temper_ising_rule rule = {"tap", ((const tap *)self)->pseudocount, coupling,
                                    temper_ising_field_tap};
    return temper_ising_solve(lesson, &rule);
}

static const temper_option options[] = {{"pseudocount", TEMPER_REAL, offsetof(tap, pseudocount), "0", 0, 1,
                                         NULL, NULL,
                                         "share of fair, independent units that is mixed into the data"},
                                        {0}};

const temper_method_type temper_method_tap = {
    .about = {"tap", "inverse Ising by the TAP equation: (C^-1)_ij = -J - 2 J^2 m_i m_j",
              "H. J. Kappen & F. B. Rodriguez, Neural Computation 10, 1137 (1998)", "", options, sizeof(tap)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
