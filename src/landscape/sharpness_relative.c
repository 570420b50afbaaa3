/* Relative flatness (Petzka, Kamp, Adilova, Sminchisescu & Boley, NeurIPS 2021): with w_s[m] the weights into unit s of one layer,
 *
 *     κ = Σ_{s,s'} ⟨w_s, w_s'⟩ Tr(H_{s,s'})
 *
 * ReLU's rescaling w_s → c w_s of all units of a layer divides H by c² there and leaves κ alone, as it does to the layers around. The double sum
 * is a trace: with signs ζ[m][m] and v_s = Σ_k w_s,k ζ_k the mean of v_sj v_s'j' is ⟨w_s, w_s'⟩ δ_jj', so E[vᵀHv] = κ. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/sharpness_parts.h"

typedef struct {
    const temper_part *part;
    const double *w; /* [m][units]: entry j·units + s goes from input j to unit s */
    int64_t units, m;
    double *v, *Hv; /* [dim]; v is 0 outside the part */
} layer;

/* v_sj = Σ_k w_sk ζ_kj. Signs are those of normals: row k of ζ at step (…)·m + k. */
static void mix(const layer *l, const temper_errand *errand, int64_t number, double *zeta) {
    double *v = l->v + l->part->offset;
    memset(v, 0, (size_t)l->part->length * sizeof *v);
    for (int64_t k = 0; k < l->m; k++) {
        int64_t step = ((int64_t)TEMPER_SHARPNESS_RELATIVE << 40) + number * l->m + k;
        temper_sharpness_normals(errand, step, l->m, zeta);
        for (int64_t j = 0; j < l->m; j++) {
            const double *w = l->w + k * l->units;
            double *out = v + j * l->units;
            if (zeta[j] > 0)
                for (int64_t s = 0; s < l->units; s++) out[s] += w[s];
            else
                for (int64_t s = 0; s < l->units; s++) out[s] -= w[s];
        }
    }
}

static temper_status one_layer(layer *l, temper_operator *A, int64_t probes, const temper_errand *errand,
                               temper_flat *out) {
    double *zeta = temper_alloc((size_t)l->m, sizeof *zeta), sum = 0, square = 0;
    if (!zeta) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    for (int64_t k = 0; k < probes && !bad; k++) {
        mix(l, errand, k, zeta);
        bad = temper_operator_apply(A, 1, l->v, l->Hv);
        double form = 0, deviation;
        for (int64_t i = l->part->offset; i < l->part->offset + l->part->length && !bad; i++)
            form += l->v[i] * l->Hv[i];
        deviation = form - (k ? sum / (double)k : 0);
        sum += form;
        square += deviation * (form - sum / (double)(k + 1));
        if (!bad) bad = temper_errand_step(errand, k + 1, probes);
    }
    memset(l->v + l->part->offset, 0, (size_t)l->part->length * sizeof *l->v);
    temper_release(zeta);
    out->value += sum / (double)probes;
    double error = probes > 1 ? sqrt(square / (double)(probes - 1) / (double)probes) : INFINITY;
    out->error = sqrt(out->error * out->error + error * error);
    out->cost += 2 * (double)probes;
    return bad;
}

temper_status temper_sharpness_relative(const temper_landscape *landscape, const double *theta,
                                        temper_operator *A, int which, int64_t probes,
                                        const temper_errand *errand, temper_flat *out) {
    const temper_part *part;
    int parts = temper_landscape_parts(landscape, &part);
    *out = (temper_flat){0};
    if (!temper_landscape_task(landscape))
        return temper_fail(TEMPER_CANNOT, "relative flatness is of the layers of a network");
    if (which >= parts || (which >= 0 && part[which].kind != TEMPER_PART_WEIGHT) || probes < 1)
        return temper_fail(TEMPER_BAD_OPTION,
                           "relative flatness: part=%d of %d is no weights, or probes=%lld is below 1", which,
                           parts, (long long)probes);
    double *room = temper_alloc((size_t)A->dim, 2 * sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    for (int k = which < 0 ? 0 : which; k < (which < 0 ? parts : which + 1) && !bad; k++) {
        if (part[k].kind != TEMPER_PART_WEIGHT) continue;
        layer l = {&part[k], theta + part[k].offset, part[k].filters, part[k].length / part[k].filters,
                   room,     room + A->dim};
        bad = one_layer(&l, A, probes, errand, out);
    }
    temper_release(room);
    return bad;
}
