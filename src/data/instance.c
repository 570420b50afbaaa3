/* What all formats share: collecting lines, telling formats apart, adding up pairs, and the change to ±1 spins. */
#include "data/instance.h"
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

static const size_t FILE_LIMIT = (size_t)1 << 30;

temper_status temper_entries_add(temper_entries *entries, int64_t i, int64_t j, double value) {
    if (entries->count == entries->room) {
        int64_t room = entries->room ? 2 * entries->room : 256;
        temper_coupling *entry =
            temper_regrow(entries->entry, (size_t)entries->count, (size_t)room, sizeof *entry);
        if (!entry) return TEMPER_NO_MEMORY;
        entries->entry = entry;
        entries->room = room;
    }
    entries->entry[entries->count++] =
        (temper_coupling){(int32_t)(i < j ? i : j), (int32_t)(i < j ? j : i), value};
    return TEMPER_OK;
}

/* `n m` opens a rudy file, `i j J` a coordinate list, and only qbsolv has letters. */
static temper_format guess(temper_lines ahead) {
    temper_token word[3];
    ahead.comments = "c#";
    if (!temper_lines_next(&ahead)) return TEMPER_FORMAT_AUTO;
    int count = temper_lines_split(&ahead, word, 3);
    if (word[0].at[0] == 'p') return TEMPER_FORMAT_QUBO;
    return count == 2 ? TEMPER_FORMAT_RUDY : count == 3 ? TEMPER_FORMAT_COO : TEMPER_FORMAT_AUTO;
}

static temper_status read_lines(temper_entries *entries, temper_lines *lines, temper_reading how) {
    temper_status bad;
    switch (how.format) {
    case TEMPER_FORMAT_RUDY: bad = temper_rudy_lines(entries, lines); break;
    case TEMPER_FORMAT_COO: bad = temper_coo_lines(entries, lines, how.base); break;
    case TEMPER_FORMAT_QUBO: bad = temper_qubo_lines(entries, lines, how.base); break;
    default:
        return temper_lines_fail(lines, "expected a first line 'vertices edges' (rudy), 'i j value' (coo) or "
                                        "'p qubo …' (qubo)");
    }
    /* A few bytes can name a huge site; memory must follow what the file holds, not what it claims. */
    int64_t most = 16 * entries->count > 1 << 20 ? 16 * entries->count : 1 << 20;
    if (!bad && entries->n > most)
        bad = temper_lines_fail(lines, "expected at most %lld sites for %lld couplings, found %lld",
                                (long long)most, (long long)entries->count, (long long)entries->n);
    return bad;
}

/* One pass of a stable counting sort, by i or by j. */
static temper_status sort_by(temper_entries *entries, bool by_j) {
    int64_t *next = temper_alloc((size_t)entries->n + 1, sizeof *next);
    temper_coupling *sorted = temper_alloc((size_t)entries->count, sizeof *sorted);
    if (!next || !sorted) {
        temper_release(next);
        temper_release(sorted);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t k = 0; k < entries->count; k++)
        next[(by_j ? entries->entry[k].j : entries->entry[k].i) + 1]++;
    for (int64_t i = 0; i < entries->n; i++) next[i + 1] += next[i];
    for (int64_t k = 0; k < entries->count; k++)
        sorted[next[by_j ? entries->entry[k].j : entries->entry[k].i]++] = entries->entry[k];
    temper_release(next);
    temper_release(entries->entry);
    entries->entry = sorted;
    entries->room = entries->count;
    return TEMPER_OK;
}

/* Sorted by (i, j), in the order of the file within a pair, then added up: the result, rounding included, is that
 * of the file alone. */
static temper_status add_up(temper_entries *entries) {
    temper_status bad = sort_by(entries, true);
    if (!bad) bad = sort_by(entries, false);
    if (bad) return bad;
    temper_coupling *entry = entries->entry;
    int64_t kept = 0;
    for (int64_t k = 0; k < entries->count; k++) {
        if (kept > 0 && entry[kept - 1].i == entry[k].i && entry[kept - 1].j == entry[k].j)
            entry[kept - 1].J += entry[k].J;
        else
            entry[kept++] = entry[k];
    }
    entries->count = kept;
    return TEMPER_OK;
}

/* H = Σ w s_i s_j, so J = −w and cut = Σ w (1 − s_i s_j)/2 = W/2 − H/2. */
static void from_cut(temper_instance *instance) {
    double W = 0;
    for (int64_t k = 0; k < instance->count; k++) {
        W += instance->pair[k].J;
        instance->pair[k].J = -instance->pair[k].J;
    }
    instance->score = "cut";
    instance->offset = W / 2;
    instance->factor = -0.5;
}

/* x = (1+s)/2:  Q_ij x_i x_j = (Q_ij/4)(1 + s_i + s_j + s_i s_j)  and  Q_ii x_i² = (Q_ii/2)(1 + s_i). */
static void from_qubo(temper_instance *instance) {
    double constant = 0;
    for (int i = 0; i < instance->n; i++) {
        constant += instance->h[i] / 2;
        instance->h[i] /= -2;
    }
    for (int64_t k = 0; k < instance->count; k++) {
        temper_coupling *pair = &instance->pair[k];
        double quarter = pair->J / 4;
        constant += quarter;
        instance->h[pair->i] -= quarter;
        instance->h[pair->j] -= quarter;
        pair->J = -quarter;
    }
    instance->score = "qubo";
    instance->offset = constant;
    instance->factor = 1;
}

static void from_ising(temper_instance *instance, int sign) {
    for (int64_t k = 0; k < instance->count && sign > 0; k++) instance->pair[k].J = -instance->pair[k].J;
    for (int i = 0; i < instance->n && instance->h && sign > 0; i++) instance->h[i] = -instance->h[i];
}

/* Moves the entries over: those with i = j go to h, the others stay in the list. */
static temper_status take(temper_instance *instance, temper_entries *entries, bool fields) {
    int64_t kept = 0;
    for (int64_t k = 0; k < entries->count && !fields; k++)
        fields = entries->entry[k].i == entries->entry[k].j;
    *instance = (temper_instance){.n = (int)entries->n, .offset = 0, .factor = 1};
    if (fields && !(instance->h = temper_alloc((size_t)entries->n, sizeof(double)))) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < entries->count; k++) {
        temper_coupling *entry = &entries->entry[k];
        if (entry->i == entry->j)
            instance->h[entry->i] = entry->J;
        else
            entries->entry[kept++] = *entry;
    }
    instance->pair = entries->entry;
    instance->count = kept;
    entries->entry = NULL;
    return TEMPER_OK;
}

temper_status temper_instance_parse(temper_instance *instance, const char *name, const char *bytes,
                                    size_t length, const temper_reading *how) {
    temper_lines lines;
    temper_entries entries = {0};
    temper_reading reading = *how;
    *instance = (temper_instance){0};
    temper_lines_begin(&lines, name, bytes, length);
    if (reading.format == TEMPER_FORMAT_AUTO) reading.format = guess(lines);
    temper_status bad = read_lines(&entries, &lines, reading);
    if (!bad) bad = add_up(&entries);
    if (!bad) bad = take(instance, &entries, reading.format == TEMPER_FORMAT_QUBO);
    temper_release(entries.entry);
    if (bad) return bad;
    if (reading.format == TEMPER_FORMAT_RUDY)
        from_cut(instance);
    else if (reading.format == TEMPER_FORMAT_QUBO)
        from_qubo(instance);
    else
        from_ising(instance, reading.sign);
    return TEMPER_OK;
}

temper_status temper_instance_read(temper_instance *instance, const char *path, const temper_reading *how) {
    char *bytes;
    size_t length;
    *instance = (temper_instance){0};
    temper_status bad = temper_read_unpacked(path, FILE_LIMIT, &bytes, &length);
    if (bad) return bad;
    bad = temper_instance_parse(instance, path, bytes, length, how);
    temper_release(bytes);
    return bad;
}

void temper_instance_clear(temper_instance *instance) {
    temper_release(instance->pair);
    temper_release(instance->h);
    *instance = (temper_instance){0};
}
