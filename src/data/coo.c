/* Coordinate lists: lines `i j J`; i = j is a field. The number of sites is the largest index plus one. */
#include "data/instance.h"

temper_status temper_coo_lines(temper_entries *entries, temper_lines *lines, int base) {
    const int64_t range[2] = {base, TEMPER_SITES_MAX - 1 + base};
    while (temper_lines_next(lines)) {
        temper_token word[3];
        int64_t end[2];
        double J;
        int count = temper_lines_split(lines, word, 3);
        if (count != 3)
            return temper_lines_fail(lines, "expected three numbers, 'i j value', found %d word%s%s", count,
                                     count == 1 ? "" : "s", count > 3 ? " or more" : "");
        temper_status bad = TEMPER_OK;
        for (int k = 0; k < 2 && !bad; k++) bad = temper_lines_int(lines, word[k], "site", range, &end[k]);
        if (!bad) bad = temper_lines_real(lines, word[2], "coupling", &J);
        if (!bad) bad = temper_entries_add(entries, end[0] - base, end[1] - base, J);
        if (bad) return bad;
        for (int k = 0; k < 2; k++)
            if (end[k] - base >= entries->n) entries->n = end[k] - base + 1;
    }
    if (entries->count == 0) return temper_lines_fail(lines, "expected lines 'i j value', found none");
    return TEMPER_OK;
}
