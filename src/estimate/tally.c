/* Running mean and error in constant memory by logarithmic binning (Flyvbjerg and Petersen, J. Chem. Phys. 91, 461
 * (1989)): level l sees the means of successive 2^l numbers. When bins are much longer than the correlation time their
 * means are independent, and the variance of the total mean is s_l²/bins. */
#include <math.h>
#include "temper/estimate.h"

/* Puts one finished bin into `level`; pairs become bins of the level above. */
static void put(temper_tally *tally, int level, double mean) {
    for (int l = level; l < TEMPER_TALLY_LEVELS; l++) { /* `mean` is of 2^l numbers */
        double step = mean - tally->level[l].mean;
        int64_t count = ++tally->level[l].count;
        tally->level[l].mean += step / (double)count;
        tally->level[l].m2 += step * (mean - tally->level[l].mean);
        if (l + 1 == TEMPER_TALLY_LEVELS) return;
        if (!tally->level[l + 1].half) {
            tally->level[l + 1].pending = mean;
            tally->level[l + 1].half = 1;
            return;
        }
        mean = 0.5 * tally->level[l + 1].pending + 0.5 * mean;
        tally->level[l + 1].half = 0;
    }
}

void temper_tally_add(temper_tally *tally, double x) {
    tally->count++;
    put(tally, 0, x);
}

/* Chan, Golub and LeVeque (1979): the sums of squares of two sets and of the distance of their means. */
static void join(temper_tally *a, const temper_tally *b, int l) {
    int64_t na = a->level[l].count, nb = b->level[l].count;
    if (!nb) return;
    double step = b->level[l].mean - a->level[l].mean, share = (double)nb / (double)(na + nb);
    a->level[l].count = na + nb;
    a->level[l].mean = na ? a->level[l].mean + step * share : b->level[l].mean;
    a->level[l].m2 += b->level[l].m2 + (na ? step * step * share * (double)na : 0);
}

/* A waiting half of a and one of b that is all that b has above make a whole bin, as in a single pass. Otherwise b's
 * bins stand as they are: they began at b's first number, and a's waiting half has lost its partner. */
void temper_tally_merge(temper_tally *a, const temper_tally *b) {
    if (!b->count) return;
    double whole[TEMPER_TALLY_LEVELS];
    int made[TEMPER_TALLY_LEVELS] = {0};
    for (int l = 0; l < TEMPER_TALLY_LEVELS; l++) {
        int alone = b->level[l].half && !b->level[l].count;
        if (a->level[l].half && alone) {
            whole[l] = 0.5 * a->level[l].pending + 0.5 * b->level[l].pending;
            made[l] = 1;
        }
    }
    for (int l = 0; l < TEMPER_TALLY_LEVELS; l++) {
        join(a, b, l);
        if (!b->level[l].half && !b->level[l].count) continue; /* b is shorter: a's half goes on waiting */
        a->level[l].half = !made[l] && b->level[l].half;
        a->level[l].pending = b->level[l].pending;
    }
    for (int l = 0; l < TEMPER_TALLY_LEVELS; l++)
        if (made[l]) put(a, l, whole[l]);
    a->count += b->count;
}

/* First level whose bins B are long enough by B³ > 2N(2 tau)² (Lee, Conduit, Nemec, López Ríos, Drummond, Phys. Rev. E
 * 83, 066706 (2011)): there the lost correlation between bins, about tau/B, equals the noise of the error. */
static int choose(const temper_tally *t) {
    enum { FEWEST = 8 };
    double N = (double)t->count, s2 = t->level[0].m2 / (N - 1);
    int l = 0;
    for (; l + 1 < TEMPER_TALLY_LEVELS && t->level[l + 1].count >= FEWEST; l++) {
        double B = ldexp(1, l), bins = (double)t->level[l].count;
        double two_tau = B * t->level[l].m2 / (bins - 1) / s2;
        if (B * B * B > 2 * N * two_tau * two_tau) break;
    }
    return l;
}

void temper_tally_estimate(const temper_tally *tally, temper_estimate *out) {
    double N = (double)tally->count;
    *out = (temper_estimate){
        .mean = tally->level[0].mean, .tau = 0.5, .ess = N, .rhat = NAN, .count = tally->count};
    if (tally->count < 2) {
        out->error = INFINITY;
        return;
    }
    if (!(tally->level[0].m2 > 0)) return;
    int l = choose(tally);
    double nu = (double)tally->level[l].count - 1, s2 = tally->level[0].m2 / (N - 1);
    double variance = ldexp(tally->level[l].m2 / nu, l) / N; /* of the mean of all N */
    out->tau = 0.5 * N * variance / s2;
    out->tau_error = out->tau * sqrt(2 / nu);
    out->ess = N / (2 * out->tau);
    out->error = sqrt(variance * (1 + 2 / nu)); /* between Student's 68 % and 95 %, as in series.c */
}
