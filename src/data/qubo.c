/* Quadratic unconstrained binary optimisation, min xᵀQx: plain lines `i j Q`, or the format of qbsolv
 * (Booth, Reinhardt & Roy, D-Wave 2017): comments `c …`, one line `p qubo topology maxNodes nNodes nCouplers`, then
 * nNodes lines `i i Q` and nCouplers lines `i j Q`, sites from 0. */
#include <string.h>
#include "data/instance.h"

typedef struct {
    int64_t nodes, couplers;
} tally;

static bool is(temper_token word, const char *text) {
    return word.length == strlen(text) && !memcmp(word.at, text, word.length);
}

static temper_status read_head(temper_entries *entries, temper_lines *lines, tally *promised) {
    static const int64_t sites[2] = {1, TEMPER_SITES_MAX}, many[2] = {0, INT64_C(1) << 40};
    temper_token word[6];
    if (temper_lines_split(lines, word, 6) != 6 || !is(word[1], "qubo"))
        return temper_lines_fail(lines, "expected 'p qubo topology maxNodes nNodes nCouplers'");
    temper_status bad = temper_lines_int(lines, word[3], "maxNodes", sites, &entries->n);
    if (!bad) bad = temper_lines_int(lines, word[4], "nNodes", many, &promised->nodes);
    if (!bad) bad = temper_lines_int(lines, word[5], "nCouplers", many, &promised->couplers);
    return bad;
}

static temper_status read_entry(temper_entries *entries, temper_lines *lines, tally *found) {
    const int64_t range[2] = {0, entries->n - 1};
    temper_token word[3];
    int64_t end[2];
    double Q;
    if (temper_lines_split(lines, word, 3) != 3)
        return temper_lines_fail(lines, "expected three numbers, 'i j value'");
    for (int k = 0; k < 2; k++) {
        temper_status bad = temper_lines_int(lines, word[k], "node", range, &end[k]);
        if (bad) return bad;
    }
    temper_status bad = temper_lines_real(lines, word[2], "weight", &Q);
    if (bad) return bad;
    if (end[0] == end[1])
        found->nodes++;
    else
        found->couplers++;
    return temper_entries_add(entries, end[0], end[1], Q);
}

static temper_status read_qbsolv(temper_entries *entries, temper_lines *lines) {
    tally promised, found = {0, 0};
    temper_status bad = read_head(entries, lines, &promised);
    while (!bad && temper_lines_next(lines)) bad = read_entry(entries, lines, &found);
    if (!bad && (found.nodes != promised.nodes || found.couplers != promised.couplers))
        bad = temper_lines_fail(lines, "expected %lld nodes and %lld couplers, found %lld and %lld",
                                (long long)promised.nodes, (long long)promised.couplers,
                                (long long)found.nodes, (long long)found.couplers);
    return bad;
}

temper_status temper_qubo_lines(temper_entries *entries, temper_lines *lines, int base) {
    lines->comments = "c#";
    temper_lines ahead = *lines;
    temper_token first;
    if (temper_lines_next(&ahead) && temper_lines_word(&ahead, &first) && is(first, "p")) {
        temper_lines_next(lines);
        return read_qbsolv(entries, lines);
    }
    return temper_coo_lines(entries, lines, base);
}
