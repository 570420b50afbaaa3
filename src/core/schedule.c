/* Schedules of temperatures; see the header for the rules. */
#include <math.h>
#include "base/elementary.h"
#include "base/lines.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/schedule.h"

double temper_schedule_point(temper_schedule_kind kind, const double from_to[2], int64_t k, int64_t n) {
    double from = from_to[0], to = from_to[1];
    if (k <= 0 && n > 1) return from;
    if (k >= n - 1) return to;
    double x = (double)k / (double)(n - 1);
    switch (kind) {
    case TEMPER_SCHEDULE_LINEAR: return from + x * (to - from);
    case TEMPER_SCHEDULE_LINEAR_BETA: return 1 / ((1 - x) / from + x / to);
    case TEMPER_SCHEDULE_GEOMETRIC: break;
    }
    return from * temper_exp(x * (temper_log(to) - temper_log(from)));
}

temper_status temper_schedule_check(const char *who, const double *T, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (!(T[k] >= 0))
            return temper_fail(TEMPER_BAD_OPTION, "%s: temperature number %lld is %g; legal are 0 … inf", who,
                               (long long)k + 1, T[k]);
    return TEMPER_OK;
}

temper_status temper_schedule_ends(const char *who, temper_schedule_kind kind, const double from_to[2]) {
    static const char *const name[] = {"linear", "linear_beta", "geometric"};
    static const char *const end[] = {"from", "to"};
    for (int e = 0; e < 2; e++) {
        bool infinite = kind != TEMPER_SCHEDULE_LINEAR_BETA && from_to[e] == INFINITY;
        bool zero = kind != TEMPER_SCHEDULE_LINEAR && from_to[e] == 0;
        if (infinite || zero)
            return temper_fail(TEMPER_BAD_OPTION, "%s: a %s schedule cannot have %s=%g; legal are %s", who,
                               name[kind], end[e], from_to[e],
                               kind == TEMPER_SCHEDULE_LINEAR        ? "finite temperatures"
                               : kind == TEMPER_SCHEDULE_LINEAR_BETA ? "temperatures above 0, also inf"
                                                                     : "finite temperatures above 0");
    }
    return TEMPER_OK;
}

/* Numbers of the lines into T (NULL: only counts them). */
static temper_status parse(temper_lines lines, double *T, int64_t *n) {
    for (*n = 0; temper_lines_next(&lines); ++*n) {
        temper_token word;
        double x = -1;
        int words = temper_lines_split(&lines, &word, 1);
        if (words != 1 || !temper_read_real(word.at, word.length, &x) || !(x >= 0))
            return temper_lines_fail(&lines, "expected one temperature in 0 … inf, found %s'%.*s'",
                                     words > 1 ? "more after " : "",
                                     (int)(word.length < 40 ? word.length : 40), word.at);
        if (*n == TEMPER_SCHEDULE_POINTS)
            return temper_lines_fail(&lines, "a schedule has at most %d temperatures",
                                     TEMPER_SCHEDULE_POINTS);
        if (T) T[*n] = x;
    }
    if (*n > 0) return TEMPER_OK;
    lines.line = 0; /* the whole file is meant */
    return temper_lines_fail(&lines, "holds no temperature; write one per line");
}

temper_status temper_schedule_read(const char *path, double **T, int64_t *n) {
    char *text;
    size_t length;
    temper_lines lines;
    *T = NULL;
    *n = 0;
    temper_status bad = temper_read_file(path, (size_t)64 << 20, &text, &length);
    if (bad) return bad;
    temper_lines_begin(&lines, path, text, length);
    bad = parse(lines, NULL, n);
    if (!bad && !(*T = temper_alloc((size_t)*n, sizeof **T))) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = parse(lines, *T, n);
    temper_release(text);
    return bad;
}
