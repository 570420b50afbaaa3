#include "run/temperatures.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { MOST = 100000 };

typedef struct { /* one piece between commas */
    double from, to;
    int64_t count;
} range;

static temper_status refuse(const char *who, const char *piece, size_t length, const char *why) {
    return temper_fail(TEMPER_BAD_OPTION, "%s=%.*s %s", who, (int)(length < 60 ? length : 60), piece, why);
}

static temper_status read_piece(const char *who, const char *piece, size_t length, range *r) {
    const char *first = memchr(piece, ':', length), *end = piece + length;
    size_t head = first ? (size_t)(first - piece) : length;
    *r = (range){.count = 1};
    bool ok = temper_read_real(piece, head, &r->from);
    r->to = r->from;
    if (first) {
        const char *second = memchr(first + 1, ':', (size_t)(end - first - 1));
        ok = ok && second && temper_read_real(first + 1, (size_t)(second - first - 1), &r->to) &&
             temper_read_int(second + 1, (size_t)(end - second - 1), &r->count);
    }
    if (!ok) return refuse(who, piece, length, "is neither a number nor a range from:to:count");
    if (!(r->from >= 0 && r->to >= 0)) return refuse(who, piece, length, "is not in the legal range 0 … inf");
    if (!first) return TEMPER_OK;
    if (isinf(r->from) || isinf(r->to)) return refuse(who, piece, length, "has an infinite end");
    if (r->count < 2 || r->count > MOST)
        return refuse(who, piece, length, "has a count that is not in the legal range 2 … 100000");
    return TEMPER_OK;
}

temper_status temper_temperatures_read(const char *who, const char *text, double **values, int *n) {
    *values = NULL, *n = 0;
    if (!*text) return TEMPER_OK;
    for (const char *p = text;; p++) {
        size_t length = strcspn(p, ",");
        range r;
        temper_status bad = read_piece(who, p, length, &r);
        if (!bad && *n + r.count > MOST)
            bad = temper_fail(TEMPER_BAD_OPTION, "%s: more than %d temperatures", who, MOST);
        double *more =
            bad ? NULL : temper_regrow(*values, (size_t)*n, (size_t)(*n + r.count), sizeof **values);
        if (!more) {
            temper_release(*values);
            *values = NULL, *n = 0;
            return bad ? bad : TEMPER_NO_MEMORY;
        }
        *values = more;
        for (int64_t k = 0; k < r.count; k++) /* the ends exactly */
            more[(*n)++] = k == 0 ? r.from
                           : k == r.count - 1
                               ? r.to
                               : r.from + (r.to - r.from) * ((double)k / (double)(r.count - 1));
        p += length;
        if (!*p) return TEMPER_OK;
    }
}
