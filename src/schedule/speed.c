/* Annealing at constant thermodynamic speed (Salamon, Nulton, Harland, Pedersen, Ruppeiner & Liao 1988): the speed v is how many standard deviations
 * of the energy, σ_U = T√C, the equilibrium moves away in a relaxation time τ, and of all ways from T₁ to T₂ in the same time the one of
 * constant v dissipates least:
 *
 *     dT/dt = −v T / (τ √C),     C = d⟨U⟩/dT = Var U/T².
 *
 * Time is in epochs; what matters is v/τ, the option `speed`. After each epoch T ← T·exp(−speed/√C): slow where the heat capacity is large,
 * at transitions.
 *
 * Var U cannot be had from the energies of minibatches: N²·Var u has, beside T²C, the variance N²σ²/b of whose rows a minibatch holds, which does not go
 * away with T and soon exceeds it by orders; subtracting it needs it to more digits than anybody measures. The mean over an epoch has every
 * row once, so this noise cancels from it, and the other side of the same theorem does: C is the slope of the mean energy of an epoch against its
 * temperature, by least squares with weights e^{−k/memory} on k epochs ago; so C is that of about 2·memory epochs before. It answers
 * for equilibrium as well: while U still falls by itself, C looks large and T waits.
 *
 * Before the run has cooled there is no slope; then C is d/2, that of a harmonic energy of d weights, which counts as much as the first drop and
 * is forgotten with it. C is kept within 10⁻³ … 10³ times d/2. */
#include <math.h>
#include "base/elementary.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, speed, memory, floor;
} speed;

/* What plan holds: the factor, epochs seen, and of them, decaying, the weight, means of T and U, sums of (T − T̄)² and (T − T̄)(U − Ū). */
enum { FACTOR, EPOCHS, WEIGHT, MEAN_T, MEAN_U, TT, TU, CAPACITY };

static double at(const void *self, double progress) {
    (void)self, (void)progress;
    return 1;
}

/* One more point of the line U(T) (West 1979, with weights). */
static void learn(const speed *x, double *plan, double T, double U) {
    double keep = temper_exp(-1 / x->memory);
    for (int k = WEIGHT; k <= TU; k++)
        if (k != MEAN_T && k != MEAN_U) plan[k] *= keep;
    plan[WEIGHT] += 1;
    double dT = T - plan[MEAN_T], dU = U - plan[MEAN_U], share = 1 / plan[WEIGHT];
    plan[MEAN_T] += share * dT, plan[MEAN_U] += share * dU;
    plan[TT] += (1 - share) * dT * dT, plan[TU] += (1 - share) * dT * dU;
}

static void adapt(const void *self, double *plan, const temper_epoch *epoch) {
    const speed *x = self;
    double T = epoch->temperature, harmonic = epoch->dim / 2;
    double U = epoch->samples * epoch->sums->energy / (double)epoch->sums->steps;
    if (!(T > 0 && T < 1e100) || !(fabs(U) < 1e100)) return; /* plan stays finite */
    if ((double)(epoch->step - epoch->sums->steps) < x->warm * (double)epoch->steps)
        return; /* T still climbs */
    if (plan[EPOCHS] == 0) {
        double dT = T * x->speed / sqrt(harmonic);
        plan[MEAN_T] = T, plan[MEAN_U] = U, plan[TT] = dT * dT, plan[TU] = harmonic * dT * dT;
    }
    learn(x, plan, T, U);
    plan[EPOCHS]++;
    double C = plan[TT] > 0 ? plan[TU] / plan[TT] : harmonic;
    plan[CAPACITY] = C = fmin(fmax(C, 1e-3 * harmonic), 1e3 * harmonic);
    plan[FACTOR] = fmax(plan[FACTOR] * temper_exp(-x->speed / sqrt(C)), x->floor);
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(speed, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"speed", TEMPER_REAL, offsetof(speed, speed), "1", 0, 1e6, NULL, "1/epochs",
     "v/τ: standard deviations of the energy by which equilibrium moves in an epoch"},
    {"memory", TEMPER_REAL, offsetof(speed, memory), "5", 1, 1e6, NULL, "epochs", "over which C is measured"},
    {"floor", TEMPER_REAL, offsetof(speed, floor), "0.0001", 0, 1, NULL, "",
     "where it ends: no factor is below"},
    {0}};

const temper_schedule_type temper_schedule_speed = {
    .about =
        {"speed",
         "dT/dt = −v T/(τ√C), C = d⟨U⟩/dT as measured: a temperature that falls at constant thermodynamic speed",
         "Salamon et al., Comput. Phys. Commun. 49, 423 (1988)", "speed=2,memory=3", options, sizeof(speed)},
    .at = at,
    .adapt = adapt};
