/* The graph of a pairwise machine: which pairs there are, in compressed rows, and their packed weights. */
#include "core/lateral.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { PAD = 4 };

/* ---- pairs of a text --------------------------------------------------------------------------------------------- */

static temper_status bad_list(const temper_lateral *m, const char *at) {
    return temper_fail(
        TEMPER_BAD_OPTION,
        "boltzmann: pairs='%.24s': legal are pairs of different units from 0 to %lld, each at most once, as in 0-1;1-2",
        at, (long long)m->n - 1);
}

/* "i-j;i-j": present[i·n + j] = present[j·n + i] = 1. */
static temper_status read_list(const temper_lateral *m, const char *list, char *present) {
    const char *at = list;
    while (*at) {
        size_t length = strcspn(at, ";"), left = strcspn(at, "-");
        int64_t i, j;
        if (left >= length || !temper_read_int(at, left, &i) ||
            !temper_read_int(at + left + 1, length - left - 1, &j) || i < 0 || j < 0 || i >= m->n ||
            j >= m->n || i == j || present[i * m->n + j])
            return bad_list(m, at);
        present[i * m->n + j] = present[j * m->n + i] = 1;
        at += length + (at[length] == ';');
    }
    return TEMPER_OK;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const temper_lateral_wiring *wiring;
    const char *present; /* [n][n] of a list */
} wires;

static bool joined(const temper_lateral *m, const wires *w, int64_t i, int64_t j) {
    const bool hidden_i = i >= m->V, hidden_j = j >= m->V;
    if (i == j) return false;
    switch (w->wiring->pattern) {
    case TEMPER_LATERAL_FULL: return true;
    case TEMPER_LATERAL_SEMI: return !(hidden_i && hidden_j);
    case TEMPER_LATERAL_RESTRICTED: return hidden_i != hidden_j;
    case TEMPER_LATERAL_GROUPS:
        return hidden_i != hidden_j || (!hidden_i && i / w->wiring->group == j / w->wiring->group);
    default: return w->present[i * m->n + j];
    }
}

static temper_status count_rows(temper_lateral *m, const wires *w) {
    size_t n = (size_t)m->n;
    m->start = temper_alloc(n + 1, sizeof *m->start);
    m->above = temper_alloc(n, sizeof *m->above);
    m->end = temper_alloc(n, sizeof *m->end);
    m->first = temper_alloc(n + 1, sizeof *m->first);
    m->h = temper_alloc(n, sizeof *m->h);
    if (!m->start || !m->above || !m->end || !m->first || !m->h) return TEMPER_NO_MEMORY;
    m->apart = true;
    for (int64_t i = 0; i < m->n; i++) {
        int64_t below = 0, higher = 0;
        for (int64_t j = 0; j < m->n; j++) {
            if (!joined(m, w, i, j)) continue;
            if (j < i)
                below++;
            else
                higher++;
            if (i >= m->V && j >= m->V) m->apart = false;
        }
        m->above[i] = m->start[i] + below;
        m->end[i] = m->above[i] + higher;
        m->start[i + 1] = m->start[i] + (below + higher + PAD - 1) / PAD * PAD;
        m->first[i + 1] = m->first[i] + higher;
    }
    m->pairs = m->first[m->n];
    return TEMPER_OK;
}

/* Pair (i, j > i) has the number first[i] + its place among the higher neighbours of i. Filling rows in order, `met[j]` counts the
 * lower neighbours that row j has met. */
static temper_status fill_rows(temper_lateral *m, const wires *w) {
    size_t entries = (size_t)m->start[m->n];
    m->to = temper_alloc(entries, sizeof *m->to);
    m->pair = temper_alloc(entries, sizeof *m->pair);
    m->J = temper_alloc(entries, sizeof *m->J);
    int64_t *met = temper_alloc((size_t)m->n, sizeof *met);
    if (m->to && m->pair && m->J && met)
        for (int64_t i = 0; i < m->n; i++) {
            int64_t at = m->above[i], number = m->first[i];
            for (int64_t j = i + 1; j < m->n; j++) {
                if (!joined(m, w, i, j)) continue;
                int64_t back = m->start[j] + met[j]++;
                m->to[at] = (int32_t)j, m->to[back] = (int32_t)i;
                m->pair[at++] = m->pair[back] = number++;
            }
            for (; at < m->start[i + 1]; at++) m->to[at] = (int32_t)m->n, m->pair[at] = -1;
        }
    temper_release(met);
    return m->to && m->pair && m->J && met ? TEMPER_OK : TEMPER_NO_MEMORY;
}

temper_status temper_lateral_build(temper_lateral *m, const temper_lateral_wiring *wiring) {
    char *present = NULL;
    temper_status bad = TEMPER_OK;
    if (wiring->pattern == TEMPER_LATERAL_LIST) {
        present = temper_alloc((size_t)m->n, (size_t)m->n);
        bad = present ? read_list(m, wiring->list, present) : TEMPER_NO_MEMORY;
    }
    const wires w = {wiring, present};
    if (!bad) bad = count_rows(m, &w);
    if (!bad) bad = fill_rows(m, &w);
    temper_release(present);
    m->rows = (temper_lateral_rows){m->n, m->start, m->above, m->end, m->to, m->J, m->h};
    return bad;
}

void temper_lateral_clear(temper_lateral *m) {
    void *blocks[] = {m->start, m->above, m->end, m->first, m->to, m->pair, m->J, m->h};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) temper_release(blocks[k]);
}

void temper_lateral_pack(temper_lateral *m, const float *theta) {
    for (int64_t k = 0; k < m->start[m->n]; k++) m->J[k] = m->pair[k] < 0 ? 0 : theta[m->pair[k]];
    memcpy(m->h, theta + m->pairs, (size_t)m->n * sizeof *m->h);
}
