#include "core/spin_states.h"
#include <math.h>
#include "base/elementary.h"

enum { FRESH = 4096 }; /* states between two fresh starts */

/* Invariant: all bits of s are those of the Gray code k ^ (k >> 1), +1 for a set one. From k to k + 1 the bit changes whose place is the
 * number of trailing ones of k. */
static void walk(const temper_spin_states *states, void (*see)(void *, const int8_t *), void *seer) {
    int8_t s[TEMPER_SPIN_STATES_MAX];
    for (int i = 0; i < states->n; i++) s[i] = -1;
    for (int64_t k = 0; k < (int64_t)1 << states->n; k++) {
        if (k % FRESH == 0) states->begin(states->context, s);
        see(seer, s);
        int i = 0;
        while (k >> i & 1) i++;
        if (i >= states->n) break;
        s[i] = (int8_t)-s[i];
        states->flip(states->context, s, i);
    }
}

typedef struct {
    const temper_spin_states *states;
    double most, sum, rest; /* Σ w = (sum + rest)·exp(most); rest is what rounding took from sum */
    double log_z;
} tally;

static void count(void *seer, const int8_t *s) {
    tally *t = seer;
    double w = t->states->log_weight(t->states->context, s);
    if (w > t->most) {
        double down = temper_exp(t->most - w);
        t->sum *= down;
        t->rest *= down;
        t->most = w;
    }
    double term = temper_exp(w - t->most), sum = t->sum + term;
    t->rest += t->sum >= term ? (t->sum - sum) + term : (term - sum) + t->sum;
    t->sum = sum;
}

double temper_spin_states_sum(const temper_spin_states *states) {
    tally t = {.states = states, .most = -INFINITY};
    walk(states, count, &t);
    return t.most + temper_log(t.sum + t.rest);
}

static void hand_over(void *seer, const int8_t *s) {
    tally *t = seer;
    t->states->add(t->states->context, s,
                   temper_exp(t->states->log_weight(t->states->context, s) - t->log_z));
}

void temper_spin_states_mean(const temper_spin_states *states, double log_z) {
    tally t = {.states = states, .log_z = log_z};
    walk(states, hand_over, &t);
}
