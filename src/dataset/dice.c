/* Jaynes' dice (Brandeis lectures 1962): all that is known of a die is the mean of its faces 1 … sides. The set has that mean exactly, by
 * the two faces next to it with weights f and 1 − f; faces are the categories 0 … sides − 1. The distribution of largest entropy with
 * this mean is p_i ∝ x^i; for mean=4.5 and 6 sides
 *
 *     p = 0.054353, 0.078772, 0.114160, 0.165447, 0.239774, 0.347494,   entropy 1.613581. */
#include <math.h>
#include "base/memory.h"
#include "data/samples.h"

typedef struct {
    int64_t sides;
    double mean;
} dice;

static temper_status fetch(const void *self, temper_samples *samples) {
    const dice *d = self;
    if (!(d->mean >= 1 && d->mean <= (double)d->sides))
        return temper_fail(TEMPER_BAD_OPTION, "dice: mean=%g with sides=%lld; legal: 1 … %lld", d->mean,
                           (long long)d->sides, (long long)d->sides);
    const double low = floor(d->mean), above = d->mean - low;
    temper_status bad = temper_samples_room(samples, (temper_bytes){"dice", NULL, 0}, above > 0 ? 2 : 1, 1);
    if (bad) return bad;
    if (!(samples->weight = temper_alloc((size_t)samples->n, sizeof *samples->weight)))
        return TEMPER_NO_MEMORY;
    samples->states = d->sides;
    for (int64_t i = 0; i < samples->n; i++) {
        samples->X[i] = (float)(low - 1 + (double)i);
        samples->weight[i] = i ? above : 1 - above;
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"sides", TEMPER_INT, offsetof(dice, sides), "6", 2, 256, NULL, NULL, "of the die"},
    {"mean", TEMPER_REAL, offsetof(dice, mean), "4.5", 1, 256, NULL, NULL, "of the faces 1 … sides"},
    {0}};

const temper_dataset_type temper_dataset_dice = {
    .about = {"dice", "two faces of a die, weighted so that their mean is known: the rest is maximum entropy",
              "Jaynes, Statistical Physics, Brandeis Summer Institute 3, 181 (1963)", "sides=6", options,
              sizeof(dice)},
    .read = fetch,
};
