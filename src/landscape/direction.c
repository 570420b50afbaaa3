/* Directions: random ones, and the rules that give them a length.
 *
 * A network whose weights are scaled up has a landscape that looks flatter by as much. Filter normalisation (Li, Xu, Taylor, Studer & Goldstein,
 * "Visualizing the loss landscape of neural nets", NeurIPS 2018) takes that out: each filter of a direction gets the norm of the same filter of θ,
 *
 *     d_f ← d_f ‖θ_f‖/‖d_f‖.
 *
 * Their program replaces each one-dimensional array of a direction by θ itself unless it is told to ignore them, and another one normalises biases
 * over and over; here each array is treated once, by a rule with a name. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "kernel/net.h"
#include "landscape/vectors.h"
#include "temper/slice.h"

enum { PIECE = 4096 }; /* a multiple of 16 */

void temper_direction_random(temper_stream stream, int64_t step, int64_t dim, double *d) {
    float piece[PIECE];
    for (int64_t from = 0; from < dim; from += PIECE) {
        int64_t n = dim - from < PIECE ? dim - from : PIECE;
        temper_net_kernel()->normals(stream, TEMPER_FOR_DIRECTIONS, step, from, n, piece);
        for (int64_t i = 0; i < n; i++) d[from + i] = (double)piece[i];
    }
}

static void scale_all(int64_t n, double by, double *d) {
    for (int64_t i = 0; i < n; i++) d[i] *= by;
}

/* Entries first, first + stride, … : the norm of θ there. */
static void to_norm(int64_t n, int64_t first, int64_t stride, const double *theta, double *d) {
    double theirs = 0, ours = 0;
    for (int64_t i = first; i < n; i += stride) theirs += theta[i] * theta[i], ours += d[i] * d[i];
    double by = ours > 0 ? sqrt(theirs / ours) : 0;
    for (int64_t i = first; i < n; i += stride) d[i] *= by;
}

static void normalise_part(const temper_part *part, const double *theta, temper_direction_norm norm,
                           double *d) {
    int64_t filters = norm == TEMPER_NORM_FILTER && part->filters > 0 ? part->filters : 1;
    if (norm == TEMPER_NORM_WEIGHT)
        for (int64_t i = 0; i < part->length; i++) d[i] *= theta[i];
    if (norm == TEMPER_NORM_FILTER || norm == TEMPER_NORM_LAYER)
        for (int64_t f = 0; f < filters; f++) to_norm(part->length, f, filters, theta, d);
}

void temper_direction_normalise(const temper_landscape *landscape, const double *theta,
                                temper_direction_norm norm, temper_direction_bias bias, double *d) {
    const temper_part *part;
    int parts = temper_landscape_parts(landscape, &part);
    for (int k = 0; k < parts; k++) {
        const double *of = theta + part[k].offset;
        double *to = d + part[k].offset;
        bool weight = part[k].kind == TEMPER_PART_WEIGHT;
        if (weight || bias == TEMPER_BIAS_KEPT)
            normalise_part(&part[k], of, norm, to);
        else if (bias == TEMPER_BIAS_ZERO)
            memset(to, 0, (size_t)part[k].length * sizeof *to);
        else
            memcpy(to, of, (size_t)part[k].length * sizeof *to);
    }
    int64_t dim = temper_landscape_dim(landscape);
    double length = sqrt(temper_inner(dim, d, d));
    if (norm == TEMPER_NORM_UNIT && length > 0) scale_all(dim, 1 / length, d);
}

temper_status temper_direction_orthogonalise(int64_t n, const double *other, int64_t dim, bool keep,
                                             double *d) {
    double before = sqrt(temper_inner(dim, d, d));
    for (int pass = 0; pass < 2; pass++)
        for (int64_t k = 0; k < n; k++) {
            const double *e = other + k * dim;
            double square = temper_inner(dim, e, e),
                   along = square > 0 ? temper_inner(dim, e, d) / square : 0;
            for (int64_t i = 0; i < dim; i++) d[i] -= along * e[i];
        }
    double after = sqrt(temper_inner(dim, d, d));
    if (!(after > 1e-9 * before))
        return temper_fail(TEMPER_BAD_DATA, "directions: one of them lies in the plane of those before it");
    if (keep) scale_all(dim, before / after, d);
    return TEMPER_OK;
}
