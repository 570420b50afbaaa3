/* ±1 spins with pair couplings: compressed rows, local fields, greedy colours. */
#include "core/pairs.h"
#include "base/memory.h"

temper_status temper_pairs_build(temper_pairs *pairs, int n, const temper_pair *list, int64_t count) {
    *pairs = (temper_pairs){n, temper_alloc((size_t)n + 1, sizeof *pairs->start),
                            temper_alloc((size_t)(2 * count), sizeof *pairs->to),
                            temper_alloc((size_t)(2 * count), sizeof *pairs->J)};
    int64_t *start = pairs->start;
    if (!start || !pairs->to || !pairs->J) {
        temper_pairs_clear(pairs);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t b = 0; b < count; b++) start[list[b].i + 1]++, start[list[b].j + 1]++;
    for (int i = 0; i < n; i++) start[i + 1] += start[i];
    /* Invariant: start[i] is where the next entry of row i goes; at the end each has reached the next row's
     * beginning, and the table is moved up by one. */
    for (int64_t b = 0; b < count; b++) {
        int64_t p = start[list[b].i]++, q = start[list[b].j]++;
        pairs->to[p] = list[b].j;
        pairs->to[q] = list[b].i;
        pairs->J[p] = pairs->J[q] = list[b].J;
    }
    for (int i = n; i > 0; i--) start[i] = start[i - 1];
    start[0] = 0;
    return TEMPER_OK;
}

void temper_pairs_clear(temper_pairs *pairs) {
    temper_release(pairs->start);
    temper_release(pairs->to);
    temper_release(pairs->J);
    *pairs = (temper_pairs){0};
}

temper_status temper_pairs_colour(const temper_pairs *pairs, int **out) {
    int64_t degree = 0;
    for (int i = 0; i < pairs->n; i++)
        if (pairs->start[i + 1] - pairs->start[i] > degree) degree = pairs->start[i + 1] - pairs->start[i];
    int *colour = temper_alloc((size_t)pairs->n, sizeof *colour);
    int *seen_by =
        temper_alloc((size_t)degree + 1, sizeof *seen_by); /* 1 + the last site that saw a colour */
    *out = colour;
    if (!colour || !seen_by) {
        temper_release(colour);
        temper_release(seen_by);
        *out = NULL;
        return TEMPER_NO_MEMORY;
    }
    /* Invariant: sites below i are properly coloured among themselves. Site i has at most `degree`
     * neighbours, so one of the colours 0 … degree is free. */
    for (int i = 0; i < pairs->n; i++) {
        for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++)
            if (pairs->to[k] < i) seen_by[colour[pairs->to[k]]] = i + 1;
        while (seen_by[colour[i]] == i + 1) colour[i]++;
    }
    temper_release(seen_by);
    return TEMPER_OK;
}

void temper_pairs_fields(const temper_pairs *pairs, const double *h, const int8_t *s, double *f) {
    for (int i = 0; i < pairs->n; i++) {
        double sum = h ? h[i] : 0;
        for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) sum += pairs->J[k] * s[pairs->to[k]];
        f[i] = sum;
    }
}

void temper_pairs_set(const temper_pairs *pairs, int8_t *s, double *f, int i, int to) {
    double change = to - s[i];
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) f[pairs->to[k]] += change * pairs->J[k];
    s[i] = (int8_t)to;
}

int temper_spin_alphabet(const void *self, int i, const int8_t **values) {
    static const int8_t spins[2] = {-1, 1};
    (void)self, (void)i;
    *values = spins;
    return 2;
}

double temper_field_cost(const void *self, const int8_t *s, const double *cache, int i, int to) {
    (void)self;
    return (s[i] - to) * cache[i];
}

bool temper_field_yes(const void *self) {
    (void)self;
    return true;
}

int64_t temper_spin_sum(const int8_t *s, int n) {
    int64_t M = 0;
    for (int i = 0; i < n; i++) M += s[i];
    return M;
}
