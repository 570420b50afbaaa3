/* The inverse Ising problem in the Bethe approximation (Ricci-Tersenghi 2012): exact on trees. With c = (C^−1)_ij, D = √(1 + 4 (1 − m_i²)(1 − m_j²) c²),
 *
 *     tanh J_ij = −[D − 2 m_i m_j c − √((D − 2 m_i m_j c)² − 4 c²)]/(2 c)
 *
 * and the fields are atanh m_i less what every neighbour alone, with its pair cut, would send through the coupling. */
#include <math.h>
#include "base/elementary.h"
#include "core/covariances.h"

typedef struct {
    double pseudocount;
} bethe;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_ising_suits("bethe", machine, false);
}

/* With A = D − 2 m m c the bracket is 4 c²/(A + √(A² − 4 c²)): no difference is left. */
static double coupling(const temper_covariances *C, int64_t i, int64_t j) {
    const double c = C->inverse[i * C->n + j], mi = C->mean[i], mj = C->mean[j];
    const double A = sqrt(1 + 4 * (1 - mi * mi) * (1 - mj * mj) * c * c) - 2 * mi * mj * c,
                 square = A * A - 4 * c * c;
    double t = -2 * c / (A + sqrt(square > 0 ? square : 0));
    const double most = 1 - 0x1p-40;
    return temper_atanh(t > most ? most : t < -most ? -most : t);
}

/* The mean that unit j would have without unit i: f with m_j = (f + t g)/(1 + …), Ricci-Tersenghi eq. 27; the solution that goes to m_j
 * with t → 0, again without a difference. */
static double cavity(double mj, double mi, double t) {
    const double b = 1 - t * t, u = mj - mi * t, v = mi - mj * t, root = b * b - 4 * t * u * v;
    return 2 * u / (b + sqrt(root > 0 ? root : 0));
}

static double field(const temper_covariances *C, const double *J, int64_t i) {
    double sum = temper_atanh(C->mean[i]);
    for (int64_t j = 0; j < C->n; j++) {
        if (j == i) continue;
        double t = temper_tanh(J[i * C->n + j]);
        sum -= temper_atanh(t * cavity(C->mean[j], C->mean[i], t));
    }
    return sum;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    const temper_ising_rule rule = {"bethe", ((const bethe *)self)->pseudocount, coupling, field};
    return temper_ising_solve(lesson, &rule);
}

static const temper_option options[] = {{"pseudocount", TEMPER_REAL, offsetof(bethe, pseudocount), "0", 0, 1,
                                         NULL, NULL,
                                         "share of fair, independent units that is mixed into the data"},
                                        {0}};

const temper_method_type temper_method_bethe = {
    .about = {"bethe", "inverse Ising in the Bethe approximation, exact on trees",
              "F. Ricci-Tersenghi, J. Stat. Mech. P08015 (2012)", "", options, sizeof(bethe)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
