/* Cooling by the fluctuation–dissipation relation (Yaida 2018): a run at a constant rate, or temperature, has come to equilibrium when the two
 * sides of its first relation, O_L = θ·g and O_R, the right side that each dynamics states in its file, have equal means. The test
 * of the paper, at the end of every epoch,
 *
 *     |Ō_L/Ō_R − 1| < tolerance    over the later part of the time since the last drop,
 *
 * multiplies by `factor` once it holds, and the next wait begins. So it cools when there is nothing left to gain by waiting, and not before.
 *
 * "The later part": half of the time needs all of it remembered. Two sums do instead: the older one began a quarter to a half of the way
 * back to the last drop, and when the time has doubled since the younger one began, that one takes its place. In epochs n since the drop
 * the windows are (n₁, n], (n₂, n] with n₂ ≤ n < 2n₂, n₁ = n₂/2. */
#include <math.h>
#include "temper/dynamics.h"

typedef struct {
    double warm, factor, tolerance, floor;
    int64_t least;
} fdr;

/* What plan holds. */
enum { FACTOR, EPOCHS, YOUNGER, LEFT, RIGHT, LEFT_SINCE, RIGHT_SINCE, DROPS };

static double at(const void *self, double progress) {
    (void)self, (void)progress;
    return 1;
}

static void drop(const fdr *x, double *plan) {
    double next = plan[FACTOR] * x->factor;
    plan[FACTOR] = next > x->floor ? next : x->floor;
    plan[DROPS]++;
    for (int k = EPOCHS; k < DROPS; k++) plan[k] = 0;
}

/* A dynamics that knows no relation (adam) leaves the right side at 0: it is never cooled. Epochs of the warm-up, whose rate is not constant,
 * do not count. */
static void adapt(const void *self, double *plan, const temper_epoch *epoch) {
    const fdr *x = self;
    double left = epoch->sums->theta_grad, right = epoch->sums->fdr_right;
    if ((double)(epoch->step - epoch->sums->steps) < x->warm * (double)epoch->steps) return;
    if (!(fabs(left) < 1e100) || !(fabs(right) < 1e100)) return; /* plan stays finite */
    if (plan[EPOCHS] >= 2 * plan[YOUNGER]) {
        plan[LEFT] = plan[LEFT_SINCE], plan[RIGHT] = plan[RIGHT_SINCE];
        plan[LEFT_SINCE] = plan[RIGHT_SINCE] = 0;
        plan[YOUNGER] = plan[EPOCHS] > 0 ? plan[EPOCHS] : 1;
    }
    plan[EPOCHS]++;
    plan[LEFT] += left, plan[RIGHT] += right;
    plan[LEFT_SINCE] += left, plan[RIGHT_SINCE] += right;
    if (plan[EPOCHS] < (double)x->least || !(plan[RIGHT] > 0) || plan[FACTOR] <= x->floor) return;
    if (fabs(plan[LEFT] / plan[RIGHT] - 1) < x->tolerance) drop(x, plan);
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(fdr, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"factor", TEMPER_REAL, offsetof(fdr, factor), "0.1", 0, 1, NULL, "", "of each drop"},
    {"tolerance", TEMPER_REAL, offsetof(fdr, tolerance), "0.01", 0, 1, NULL, "",
     "X, how far from 1 the ratio of both sides may be"},
    {"least", TEMPER_INT, offsetof(fdr, least), "5", 1, 1e9, NULL, "epochs",
     "shortest time between two drops"},
    {"floor", TEMPER_REAL, offsetof(fdr, floor), "0.0001", 0, 1, NULL, "",
     "where it ends: no factor is below"},
    {0}};

const temper_schedule_type temper_schedule_fdr = {
    .about =
        {"fdr",
         "drops by `factor` whenever the run has come to equilibrium: |⟨θ·g⟩/⟨right side⟩ − 1| < tolerance",
         "Yaida, ICLR 2019", "factor=0.5,tolerance=0.1", options, sizeof(fdr)},
    .at = at,
    .adapt = adapt};
