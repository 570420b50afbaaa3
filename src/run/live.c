#include "run/live.h"
#include <math.h>

/* Energy per site over the chains at the lowest temperature: mean, and its error from their spread. */
static void look_at_energy(const temper_campaign *c, temper_progress *p) {
    p->coldest = INFINITY, p->hottest = 0;
    for (int k = 0; k < c->chains; k++) {
        p->coldest = fmin(p->coldest, c->chain[k]->temperature);
        p->hottest = fmax(p->hottest, c->chain[k]->temperature);
    }
    double mean = 0, m2 = 0;
    int count = 0;
    for (int k = 0; k < c->chains; k++) {
        if (c->chain[k]->temperature > p->coldest) continue;
        double e = c->chain[k]->energy / c->system->n, step = e - mean;
        mean += step / ++count;
        m2 += step * (e - mean);
    }
    p->energy = count ? mean : NAN;
    p->energy_error = count > 1 ? sqrt(m2 / (count - 1) / count) : NAN;
}

static double swap_rate(const temper_campaign *c) {
    temper_table table = {0};
    double sum = 0;
    int count = 0;
    if (!c->ensemble || !c->ensemble->type->at || !c->ensemble->type->report) return NAN;
    if (!c->ensemble->type->report(c->ensemble->self, &c->team, &table)) {
        const temper_column *rate = temper_table_find(&table, "swap_rate");
        for (int r = 0; rate && r < rate->rows; r++)
            if (!isnan(rate->values[r])) sum += rate->values[r], count++;
    }
    temper_table_clear(&table);
    return count ? sum / count : NAN;
}

void temper_live_tell(temper_campaign *c, temper_desk *desk, double begun, int64_t first) {
    int64_t proposed = 0, accepted = 0, ticks = 0;
    for (int k = 0; k < c->chains; k++) {
        proposed += c->chain[k]->proposed;
        accepted += c->chain[k]->accepted;
        ticks += c->chain[k]->clock;
    }
    double spent = temper_clock() - begun, rate = (double)(c->done - first) / fmax(spent, 1e-9);
    double per_unit =
        c->done ? (double)ticks / (double)c->done : 0; /* sweeps of all chains in one sweep or step */
    temper_progress p = {.phase = c->phase            ? c->phase
                                  : c->done < c->burn ? "burn-in"
                                                      : "sampling",
                         .unit = c->unit,
                         .done = c->done,
                         .total = c->over ? c->done : c->total,
                         .seconds = temper_clock() - desk->begun,
                         .left = c->over    ? 0
                                 : rate > 0 ? (double)(c->total - c->done) / rate
                                            : NAN,
                         .rate = rate,
                         .updates = rate * per_unit * c->system->n * 1e-9,
                         .acceptance = proposed > c->proposed ? (double)(accepted - c->accepted) /
                                                                    (double)(proposed - c->proposed)
                                                              : NAN,
                         .swap_rate = swap_rate(c)};
    look_at_energy(c, &p);
    c->proposed = proposed, c->accepted = accepted;
    temper_desk_tell(desk, &p);
}
