/* Graphs as rudy writes them (G. Rinaldi's generator; the G-set): `n m`, then `i j [w]`. */
#include "data/instance.h"

/* Either every edge has a weight or none: the last line of a file that was cut off is then seen. */
static temper_status read_edge(temper_entries *entries, temper_lines *lines, int *columns) {
    temper_token word[3];
    int count = temper_lines_split(lines, word, 3);
    const int64_t range[2] = {1, entries->n};
    int64_t end[2] = {0, 0};
    double w = 1;
    if (count < 2 || count > 3)
        return temper_lines_fail(lines, "expected an edge 'i j' or 'i j weight', found %d word%s%s", count,
                                 count == 1 ? "" : "s", count > 3 ? " or more" : "");
    if (*columns == 0) *columns = count;
    if (count != *columns)
        return temper_lines_fail(lines, "expected %d numbers as in the edges before, found %d", *columns,
                                 count);
    for (int k = 0; k < 2; k++) {
        temper_status bad = temper_lines_int(lines, word[k], "vertex", range, &end[k]);
        if (bad) return bad;
    }
    if (end[0] == end[1])
        return temper_lines_fail(lines, "expected two different vertices, found the loop %lld %lld",
                                 (long long)end[0], (long long)end[1]);
    temper_status bad = count == 3 ? temper_lines_real(lines, word[2], "weight", &w) : TEMPER_OK;
    return bad ? bad : temper_entries_add(entries, end[0] - 1, end[1] - 1, w);
}

temper_status temper_rudy_lines(temper_entries *entries, temper_lines *lines) {
    static const int64_t sites[2] = {1, TEMPER_SITES_MAX}, edges[2] = {0, INT64_C(1) << 40};
    temper_token word[2];
    int64_t m;
    int columns = 0;
    if (!temper_lines_next(lines))
        return temper_lines_fail(lines, "expected a first line 'vertices edges', found the end of the file");
    if (temper_lines_split(lines, word, 2) != 2)
        return temper_lines_fail(lines, "expected a first line of two numbers, 'vertices edges'");
    temper_status bad = temper_lines_int(lines, word[0], "number of vertices", sites, &entries->n);
    if (!bad) bad = temper_lines_int(lines, word[1], "number of edges", edges, &m);
    while (!bad && temper_lines_next(lines)) {
        if (entries->count == m)
            return temper_lines_fail(lines, "expected the end after %lld edges, found one more line",
                                     (long long)m);
        bad = read_edge(entries, lines, &columns);
    }
    if (!bad && entries->count != m)
        bad = temper_lines_fail(lines, "expected %lld edges, found %lld (truncated file?)", (long long)m,
                                (long long)entries->count);
    return bad;
}
