/* resample: systematic resampling, the step of population annealing that gives good members more copies and bad ones fewer.
 *
 * One uniform u; a member of mean copies τ = R w/Σw gets as many copies as there are whole numbers k with k + u between the running sums of τ
 * before and after it. R stays, each count is τ up to one, and so is every sum of neighbours: no other unbiased rule adds less noise. */
#ifndef TEMPER_CORE_RESAMPLE_H
#define TEMPER_CORE_RESAMPLE_H

/* copies[R] holds weights and gets counts, in the order order[R] of members; sum: of the weights, above 0. The running sums end at R
 * whatever the rounding. */
void temper_resample_count(int R, const double *order, double sum, double u, double *copies);

typedef struct { /* R members with their places, all as doubles, for that is what an ensemble remembers */
    int R;
    double *order; /* [R] places in the order of resampling: families are neighbours */
    double *copies, *family;
    double *fresh; /* [R] room */
} temper_brood;

/* Parents keep their places, further copies take the places of the dead in ascending order and stand beside their parent in `order` for ever
 * after. follow(context, place, parent): the member at `place` becomes a copy of the one at `parent`. */
void temper_resample_place(const temper_brood *brood, void (*follow)(void *context, int place, int parent),
                           void *context);

#endif
