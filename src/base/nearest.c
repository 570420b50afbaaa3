/* What did the user mean? */
#include <string.h>
#include "base/text.h"

enum { LONGEST = 63 };

static int least(int a, int b) { return a < b ? a : b; }

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string alignment). */
static int distance(const char *a, const char *b) {
    int na = (int)strlen(a), nb = (int)strlen(b);
    int rows[3][LONGEST + 1], *two = rows[0], *one = rows[1], *now = rows[2];
    for (int j = 0; j <= nb; j++) one[j] = j;
    for (int i = 1; i <= na; i++) {
        now[0] = i;
        for (int j = 1; j <= nb; j++) {
            now[j] = least(least(one[j], now[j - 1]) + 1, one[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], two[j - 2] + 1);
        }
        int *spare = two;
        two = one, one = now, now = spare;
    }
    return one[nb];
}

/* The one name that begins with `wrong`. */
static const char *completion(const char *wrong, const char *const *names, int n) {
    const char *found = NULL;
    for (int i = 0; i < n; i++) {
        if (strncmp(names[i], wrong, strlen(wrong)) != 0) continue;
        if (found) return NULL;
        found = names[i];
    }
    return found;
}

const char *temper_nearest(const char *wrong, const char *const *names, int n) {
    size_t length = strlen(wrong);
    if (length == 0 || length > LONGEST) return NULL;
    const char *best = completion(wrong, names, n);
    if (best) return best;
    int near = length < 6 ? 1 : (int)length / 3;
    for (int i = 0; i < n; i++) {
        if (strlen(names[i]) > LONGEST) continue;
        int d = distance(wrong, names[i]);
        if (d > near || d >= (int)length) continue; /* something of the word must be left */
        near = d - 1, best = names[i];
    }
    return best;
}
