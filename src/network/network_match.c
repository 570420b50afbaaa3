/* Arrays with the names of somebody else's modules. A module's arrays belong together: "layer1.0.bn2.weight", ".bias", ".running_mean",
 * ".running_var". A unit is a module, or, where names don't end so, a single array. Units of the file and of the network that have the same
 * shapes are the same if there is one of each; several of the same shapes must have names that are equal but for numbers ("fc1", "fc2"), and
 * then come in the order of the numbers. Else a file tells by its order, unless that is the alphabet's: unit after unit has the shapes of the
 * network's. Anything else would be guessing. */
#include "network/network_match.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { KINDS = 4 };
static const char *const suffix[KINDS] = {"weight", "bias", "running_mean", "running_var"};

typedef struct {
    const char *name; /* of the first array */
    int length;       /* of the module's name within it */
    int part[KINDS];  /* arrays; −1: none */
    int order;        /* as they come */
} unit;

typedef struct {
    const temper_named *file;
    const temper_network *network;
    temper_array *own; /* of the network */
    int owns;
    bool single; /* each array is a unit */
    unit *theirs, *ours;
    int n[2];
} matching;

bool net_weights_named(const temper_named *file, const temper_network *network) {
    temper_array array;
    for (int k = 0; temper_network_array(network, k, &array); k++)
        if (!temper_named_find(file, array.name)) return false;
    return true;
}

/* Length of the module's name, and the kind; −1: it does not end like an array of a module. */
static int module_of(const char *name, int *kind) {
    const char *dot = strrchr(name, '.');
    for (*kind = 0; dot && *kind < KINDS; ++*kind)
        if (!strcmp(dot + 1, suffix[*kind])) return (int)(dot - name);
    return -1;
}

static void add(matching *m, unit *units, int *n, const char *name, int k) {
    int kind, length = module_of(name, &kind);
    if (m->single) kind = 0, length = (int)strlen(name);
    for (int i = 0; i < *n && !m->single; i++)
        if (units[i].length == length && !memcmp(units[i].name, name, (size_t)length)) {
            units[i].part[kind] = k;
            return;
        }
    unit *u = &units[*n];
    *u = (unit){.name = name, .length = length, .part = {-1, -1, -1, -1}, .order = *n};
    u->part[kind] = k;
    ++*n;
}

static bool same_shapes(const matching *m, const unit *theirs, const unit *ours) {
    for (int k = 0; k < KINDS; k++) {
        if ((theirs->part[k] < 0) != (ours->part[k] < 0)) return false;
        if (theirs->part[k] < 0) continue;
        const temper_named_array *a = &m->file->array[theirs->part[k]];
        const temper_array *b = &m->own[ours->part[k]];
        if (a->dims != b->dims || memcmp(a->shape, b->shape, (size_t)b->dims * sizeof *b->shape))
            return false;
    }
    return true;
}

/* Compares names number by number; *alike false: they differ in something else. */
static int by_numbers(const unit *a, const unit *b, bool *alike) {
    const char *p = a->name, *q = b->name, *p_end = p + a->length, *q_end = q + b->length;
    while (p < p_end && q < q_end) {
        if (*p < '0' || *p > '9' || *q < '0' || *q > '9') {
            if (*p++ != *q++) return *alike = false, 0;
            continue;
        }
        size_t m = strspn(p, "0123456789"), n = strspn(q, "0123456789");
        while (m > 1 && *p == '0') p++, m--;
        while (n > 1 && *q == '0') q++, n--;
        int order = m != n ? (m < n ? -1 : 1) : memcmp(p, q, m);
        p += m, q += n;
        if (order) {
            bool rest = true;
            unit u = {.name = p, .length = (int)(p_end - p)}, v = {.name = q, .length = (int)(q_end - q)};
            by_numbers(&u, &v, &rest);
            *alike &= rest;
            return order;
        }
    }
    if (p != p_end || q != q_end) *alike = false;
    return 0;
}

static temper_status unclear(const matching *m, const unit *a, const unit *b) {
    return temper_fail(
        TEMPER_BAD_DATA,
        "%s: '%.60s' and '%.60s' have the same shapes: which is which layer is not clear; rename them as the "
        "network does, '%s' ...",
        m->file->name, a->name, b->name, m->own[0].name);
}

/* The unit of the file that is number `rank` among those with the shapes of ours[i]. */
static temper_status pick(const matching *m, int i, int rank, int count, const unit **picked) {
    for (int a = 0; a < m->n[0]; a++) {
        const unit *u = &m->theirs[a];
        int before = 0, others = 0;
        if (!same_shapes(m, u, &m->ours[i])) continue;
        for (int b = 0; b < m->n[0]; b++) {
            bool alike = true;
            if (b == a || !same_shapes(m, &m->theirs[b], &m->ours[i])) continue;
            others++;
            before += by_numbers(&m->theirs[b], u, &alike) < 0;
            if (!alike) return unclear(m, u, &m->theirs[b]);
        }
        if (others + 1 != count) break;
        if (before == rank) return *picked = u, TEMPER_OK;
    }
    return temper_fail(
        TEMPER_BAD_DATA,
        "%s: the network has %d layers with arrays like '%s', the file has another number of them",
        m->file->name, count, m->ours[i].name);
}

static temper_status pair_up(const matching *m, int *which, temper_text *remarks) {
    for (int i = 0; i < m->n[1]; i++) {
        int rank = 0, count = 0;
        const unit *picked = NULL;
        for (int j = 0; j < m->n[1]; j++) {
            bool same = true;
            for (int k = 0; k < KINDS && same; k++) {
                const int a = m->ours[i].part[k], b = m->ours[j].part[k];
                same = (a < 0) == (b < 0) &&
                       (a < 0 || (m->own[a].dims == m->own[b].dims &&
                                  !memcmp(m->own[a].shape, m->own[b].shape, sizeof m->own[a].shape)));
            }
            count += same, rank += same && j < i;
        }
        temper_status bad = pick(m, i, rank, count, &picked);
        if (bad) return bad;
        for (int k = 0; k < KINDS; k++)
            if (picked->part[k] >= 0) which[m->ours[i].part[k]] = picked->part[k];
        temper_text_add(remarks, "%.*s is taken for layer %.*s, by its shape%s\n", picked->length,
                        picked->name, m->ours[i].length, m->ours[i].name, count > 1 ? " and its number" : "");
    }
    return remarks->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

/* Are all units in the network's order, and the names in no order of their own? */
static bool in_order(const matching *m) {
    bool sorted = true;
    for (int i = 0; i < m->n[1]; i++) {
        if (!same_shapes(m, &m->theirs[i], &m->ours[i])) return false;
        sorted &= i == 0 || strcmp(m->theirs[i - 1].name, m->theirs[i].name) < 0;
    }
    return !sorted;
}

static temper_status take_order(const matching *m, int *which, temper_text *remarks) {
    for (int i = 0; i < m->n[1]; i++) {
        for (int k = 0; k < KINDS; k++)
            if (m->ours[i].part[k] >= 0) which[m->ours[i].part[k]] = m->theirs[i].part[k];
        temper_text_add(remarks, "%.*s is taken for layer %.*s, by its place in the file\n",
                        m->theirs[i].length, m->theirs[i].name, m->ours[i].length, m->ours[i].name);
    }
    return remarks->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

static temper_status collect(matching *m) {
    int kind;
    for (int k = 0; k < m->file->arrays; k++)
        if (!temper_named_counter(m->file->array[k].name) && module_of(m->file->array[k].name, &kind) < 0)
            m->single = true;
    for (int k = 0; k < m->file->arrays; k++)
        if (!temper_named_counter(m->file->array[k].name))
            add(m, m->theirs, &m->n[0], m->file->array[k].name, k);
    for (int k = 0; k < m->owns; k++) add(m, m->ours, &m->n[1], m->own[k].name, k);
    if (m->n[0] == m->n[1]) return TEMPER_OK;
    return temper_fail(
        TEMPER_BAD_DATA,
        "%s: has %d %s, the network has %d with parameters; there is no tensor '%s' as in temper's own files",
        m->file->name, m->n[0], m->single ? "arrays" : "modules", m->n[1], m->own[0].name);
}

temper_status net_weights_match(const temper_named *file, const temper_network *network, int *which,
                                temper_text *remarks) {
    matching m = {.file = file, .network = network};
    temper_array array;
    while (temper_network_array(network, m.owns, &array)) m.owns++;
    m.own = temper_alloc((size_t)m.owns, sizeof *m.own);
    m.ours = temper_alloc((size_t)m.owns, sizeof *m.ours);
    m.theirs = temper_alloc((size_t)file->arrays, sizeof *m.theirs);
    temper_status bad = m.own && m.ours && m.theirs ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int k = 0; k < m.owns && !bad; k++) temper_network_array(network, k, &m.own[k]);
    if (!bad) bad = collect(&m);
    if (!bad && (bad = pair_up(&m, which, remarks)) == TEMPER_BAD_DATA && in_order(&m)) {
        temper_text_clear(remarks);
        bad = take_order(&m, which, remarks);
    }
    temper_release(m.own);
    temper_release(m.ours);
    temper_release(m.theirs);
    return bad;
}
