/* The inverse Ising problem by the expansion of Sessak and Monasson (2009) in small correlations, its loop and two-spin diagrams summed:
 *
 *     J_ij = −(C^−1)_ij + J_ij^pair − C_ij/[(1 − m_i²)(1 − m_j²) − C_ij²],
 *
 * J^pair the coupling that two spins alone would need; the last term is what both count. Fields by the TAP equation. */
#include <math.h>
#include "base/elementary.h"
#include "core/covariances.h"

typedef struct {
    double pseudocount;
} sessak_monasson;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_ising_suits("sessak_monasson", machine, false);
}

static double coupling(const temper_covariances *C, int64_t i, int64_t j) {
    const double c = C->C[i * C->n + j], mi = C->mean[i], mj = C->mean[j];
    const double equal = ((1 + mi) * (1 + mj) + c) * ((1 - mi) * (1 - mj) + c);
    const double unequal = ((1 + mi) * (1 - mj) - c) * ((1 - mi) * (1 + mj) - c), least = 0x1p-60;
    const double pair =
        0.25 * (temper_log(equal > least ? equal : least) - temper_log(unequal > least ? unequal : least));
    const double both = (1 - mi * mi) * (1 - mj * mj) - c * c;
    return -C->inverse[i * C->n + j] + pair - c / (both > least ? both : least);
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    const temper_ising_rule rule = {"sessak_monasson", ((const sessak_monasson *)self)->pseudocount, coupling,
                                    temper_ising_field_tap};
    return temper_ising_solve(lesson, &rule);
}

static const temper_option options[] = {{"pseudocount", TEMPER_REAL, offsetof(sessak_monasson, pseudocount),
                                         "0", 0, 1, NULL, NULL,
                                         "share of fair, independent units that is mixed into the data"},
                                        {0}};

const temper_method_type temper_method_sessak_monasson = {
    .about = {"sessak_monasson",
              "inverse Ising by the expansion in small correlations, loops and pairs summed",
              "V. Sessak & R. Monasson, J. Phys. A 42, 055001 (2009)", "", options, sizeof(sessak_monasson)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
