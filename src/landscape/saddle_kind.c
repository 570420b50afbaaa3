/* The index of a place: how many directions lead down.
 *
 * Trained networks have thousands of eigenvalues within rounding of 0, so only those below −threshold count. Small matrices are written down and all
 * eigenvalues counted. Of large ones the lowest few are looked for; where even the last of them is below −threshold, the rest is estimated from the
 * density of states, with an interval. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/saddle.h"

enum { DENSE = 600, PAIRS = 8 };

/* Products, each of which Lanczos keeps as a vector: of large networks so many that these take 256 MiB, or two dozen. Pairs that have not converged by
 * then are told with their residuals. 0: the default. */
static int64_t affordable(int64_t dim, int64_t pairs) {
    const int64_t most = (1 << 25) / dim;
    return most >= 20 * pairs + 300 ? 0 : most > 24 ? most : 24;
}

static void settle_threshold(const temper_landscape *landscape, const temper_saddle_plan *plan,
                             temper_saddle *out) {
    const double relative = temper_landscape_single(landscape) ? 1e-4 : 1e-8;
    out->threshold =
        plan->threshold > 0 ? plan->threshold : relative * fmax(fabs(out->highest), fabs(out->lowest));
}

/* The lowest pair becomes vector; pairs in descending order. */
static temper_status keep_lowest(const temper_ends *ends, temper_saddle *out) {
    const size_t last = (size_t)ends->pairs - 1, P = (size_t)ends->dim;
    out->vector = temper_alloc(P, sizeof *out->vector);
    if (!out->vector) return TEMPER_NO_MEMORY;
    memcpy(out->vector, ends->vector + last * P, P * sizeof *out->vector);
    out->lowest = ends->value[last], out->residual = ends->residual[last];
    return TEMPER_OK;
}

static void count(const temper_ends *ends, temper_saddle *out) {
    for (int64_t k = 0; k < ends->pairs; k++) out->index += ends->value[k] < -out->threshold;
}

static void settle_share(temper_saddle *out, int64_t dim) {
    out->share = out->low = out->high = (double)out->index / (double)dim;
}

static temper_status count_all(temper_operator *H, const temper_landscape *landscape,
                               const temper_saddle_plan *plan, const temper_errand *errand,
                               temper_saddle *out) {
    temper_ends_plan want = {.which = TEMPER_LARGEST, .pairs = H->dim, .dense = DENSE};
    temper_ends ends;
    temper_status bad = temper_ends_find(H, &want, errand, &ends);
    if (bad) return bad;
    out->highest = ends.value[0];
    bad = keep_lowest(&ends, out);
    settle_threshold(landscape, plan, out);
    count(&ends, out);
    for (int64_t k = 0; k < ends.pairs; k++) out->level += fabs(ends.value[k]) <= out->threshold;
    out->counted = true;
    settle_share(out, H->dim);
    temper_ends_clear(&ends);
    return bad;
}

static temper_status count_few(temper_operator *H, const temper_landscape *landscape,
                               const temper_saddle_plan *plan, const temper_errand *errand,
                               temper_saddle *out) {
    const int64_t pairs = plan->pairs > 0 ? plan->pairs : PAIRS;
    temper_ends_plan want = {
        .which = TEMPER_LARGEST, .pairs = 1, .tolerance = 1e-3, .most = affordable(H->dim, 1)};
    temper_ends ends;
    temper_status bad = temper_ends_find(H, &want, errand, &ends);
    if (bad) return bad;
    out->highest = ends.value[0], out->level = -1;
    temper_ends_clear(&ends);
    want = (temper_ends_plan){.which = TEMPER_SMALLEST,
                              .pairs = pairs < H->dim ? pairs : H->dim,
                              .tolerance = 1e-4,
                              .most = affordable(H->dim, pairs)};
    bad = temper_ends_find(H, &want, errand, &ends);
    if (bad) return bad;
    bad = keep_lowest(&ends, out);
    settle_threshold(landscape, plan, out);
    count(&ends, out);
    out->counted = ends.converged && out->index < ends.pairs;
    temper_ends_clear(&ends);
    settle_share(out, H->dim);
    if (bad || out->counted) return bad;
    temper_trace index;
    const int64_t room =
        (1 << 25) / H->dim / 8; /* a few probes side by side, each with all its Lanczos vectors */
    const temper_density_plan rough = {.steps = room >= 80 ? 0 : room > 16 ? room : 16};
    bad = temper_index_find(H, out->threshold, &rough, errand, &index);
    if (!bad) out->share = fmax(index.value, out->share), out->high = fmax(index.high, out->share);
    if (!bad) out->low = fmax(index.low, out->low); /* at least what was found */
    return bad;
}

temper_status temper_saddle_kind(temper_landscape *landscape, const temper_saddle_plan *plan,
                                 const temper_errand *errand, const double *theta, temper_saddle *out) {
    temper_operator *H = NULL;
    temper_errand quiet = {.stream = temper_errand_stream(errand), .stop = errand ? errand->stop : NULL};
    temper_status bad = temper_landscape_operator(landscape, TEMPER_HESSIAN, theta, quiet.stream, &H);
    if (!bad) bad = (H->dim <= DENSE ? count_all : count_few)(H, landscape, plan, &quiet, out);
    if (H) out->products += H->products;
    temper_operator_free(H);
    return bad;
}
