/* Adversarial accuracy and memorisation, from distances to nearest rows. */
#include <math.h>
#include "base/memory.h"
#include "estimate/quality.h"

/* Share of rows further from strangers than from kin, ties ½, with its binomial error. */
static double share(const double *strange, const double *kin, int64_t n, double *error) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = strange[i] > kin[i] ? 1 : strange[i] == kin[i] ? 0.5 : 0;
        sum += x;
        squares += x * x;
    }
    double mean = sum / (double)n, p = (sum + 0.5) / (double)(n + 1);
    double seen = fmax(0, squares / (double)n - mean * mean);
    if (sum == 0 || sum == (double)n) seen = p * (1 - p); /* none of n rows is no certainty */
    *error = sqrt(seen / (double)(n - 1));
    return mean;
}

temper_status temper_adversarial_accuracy(const temper_sample_rows *T, const temper_sample_rows *S,
                                          temper_metric metric, temper_adversary *out) {
    if (T->n < 2 || S->n < 2)
        return temper_fail(TEMPER_BAD_DATA,
                           "quality: %lld rows of data and %lld samples; two of each are needed",
                           (long long)T->n, (long long)S->n);
    double *room = temper_alloc((size_t)(2 * (T->n + S->n)), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    double *TS = room, *TT = TS + T->n, *ST = TT + T->n, *SS = ST + S->n;
    temper_status status = temper_nearest_rows(T, S, metric, false, TS, NULL);
    if (!status) status = temper_nearest_rows(T, T, metric, true, TT, NULL);
    if (!status) status = temper_nearest_rows(S, T, metric, false, ST, NULL);
    if (!status) status = temper_nearest_rows(S, S, metric, true, SS, NULL);
    if (!status) {
        out->truth = share(TS, TT, T->n, &out->truth_error);
        out->syn = share(ST, SS, S->n, &out->syn_error);
        out->total = 0.5 * (out->truth + out->syn);
        /* The two shares come from the same rows: the sum of their errors bounds that of the mean whatever their correlation. */
        out->error = 0.5 * (out->truth_error + out->syn_error);
    }
    temper_release(room);
    return status;
}

temper_status temper_memorisation(const temper_sample_rows *T, const temper_sample_rows *S,
                                  temper_metric metric, temper_remembrance *out) {
    if (T->n < 2 || S->n < 2)
        return temper_fail(TEMPER_BAD_DATA,
                           "quality: %lld rows of data and %lld samples; two of each are needed",
                           (long long)T->n, (long long)S->n);
    double *first = temper_alloc((size_t)(2 * S->n), sizeof *first), *second = first + S->n;
    if (!first) return TEMPER_NO_MEMORY;
    temper_status status = temper_nearest_rows(S, T, metric, false, first, second);
    double n = (double)S->n, sum = 0, squares = 0;
    *out = (temper_remembrance){0};
    for (int64_t i = 0; i < S->n && !status; i++) {
        double r = second[i] > 0 ? first[i] / second[i] : 1;
        sum += r;
        squares += r * r;
        out->copies += (first[i] == 0) / n;
        out->nearest += first[i] / n;
    }
    out->ratio = sum / n;
    out->ratio_error = sqrt(fmax(0, squares / n - out->ratio * out->ratio) / (n - 1));
    temper_release(first);
    return status;
}
