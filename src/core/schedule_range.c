/* The range of temperatures that a system asks for; the rule stands in core/schedule.h. */
#include <math.h>
#include <stdlib.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/schedule.h"
#include "temper/chain.h"

enum {
    PROBES = 8,    /* configurations looked at, each random and descended */
    PROBED = 4096, /* sites looked at in each */
    DESCENT = 4    /* greedy sweeps */
};

/* |ΔH| of the sites 0, stride, 2·stride …: the largest, and each site's smallest above zero. */
static void look(const temper_chain *probe, int stride, double *largest, double *smallest) {
    const temper_system *system = probe->system;
    for (int64_t at = 0; at < system->n; at += stride) { /* at + stride may pass 2^31 */
        const int8_t *values;
        int i = (int)at, q = system->type->alphabet(system->self, i, &values);
        for (int v = 0; v < q; v++) {
            if (values[v] == probe->s[i]) continue;
            double dH = fabs(system->type->cost(system->self, probe->s, probe->cache, i, values[v]));
            if (dH > *largest) *largest = dH;
            /* Below 10^−12 of the scale ΔH is the rounding of a zero. */
            if (dH > 1e-12 * *largest && dH < smallest[i / stride]) smallest[i / stride] = dH;
        }
    }
}

/* Every site to its cheapest value, a few times over. */
static void descend(temper_chain *probe) {
    const temper_system *system = probe->system;
    for (int64_t k = 0; k < (int64_t)DESCENT * system->n; k++) {
        const int8_t *values;
        int i = (int)(k % system->n), q = system->type->alphabet(system->self, i, &values),
            best = probe->s[i];
        double least = 0;
        for (int v = 0; v < q; v++) {
            if (values[v] == probe->s[i]) continue;
            double dH = system->type->cost(system->self, probe->s, probe->cache, i, values[v]);
            if (dH < least) least = dH, best = values[v];
        }
        if (best != probe->s[i]) temper_chain_set(probe, i, best);
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Why the median over sites of each site's smallest |ΔH|, not the smallest of all: continuous couplings come
 * arbitrarily close to zero somewhere, and a range that ran down to there would waste most of its points. */
temper_status temper_schedule_range(const char *who, const temper_system *system, double hot_cold[2]) {
    int stride = 1 + (system->n - 1) / PROBED, seen = 1 + (system->n - 1) / stride, some = 0;
    temper_chain *probe;
    double largest = 0, *smallest = temper_alloc((size_t)seen, sizeof *smallest);
    if (!smallest) return TEMPER_NO_MEMORY;
    temper_status bad = temper_chain_create(&probe, system, NULL, 0, 0);
    for (int i = 0; i < seen; i++) smallest[i] = INFINITY;
    for (int k = 0; !bad && k < PROBES; k++) {
        probe->stream.chain = (uint32_t)k;
        if ((bad = temper_chain_start(probe, "random"))) break;
        look(probe, stride, &largest, smallest);
        descend(probe);
        look(probe, stride, &largest, smallest);
    }
    qsort(smallest, (size_t)seen, sizeof *smallest, ascending);
    while (some < seen && smallest[some] < INFINITY) some++;
    if (!bad && some == 0)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "%s: no single site of %s changes H, so there is no automatic "
                          "range; give the temperatures from and to",
                          who, system->text);
    if (!bad) {
        hot_cold[0] = largest / temper_log(2);
        hot_cold[1] = smallest[some / 2] / temper_log(100.0 * system->n);
    }
    temper_chain_free(probe);
    temper_release(smallest);
    return bad;
}

temper_status temper_schedule_fill(const char *who, const temper_system *system, double from_to[2]) {
    double range[2];
    if (from_to[0] >= 0 && from_to[1] >= 0) return TEMPER_OK;
    temper_status bad = temper_schedule_range(who, system, range);
    for (int e = 0; !bad && e < 2; e++)
        if (from_to[e] < 0) from_to[e] = range[e];
    return bad;
}
