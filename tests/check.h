/* The whole test framework. A test program is a set of `static void name(void)` functions and a main of
 *     RUN(name); … return check_end();
 * A test passes when no CHECK in it failed and it did not SKIP. Truth stands beside each check, with its source. */
#ifndef TEMPER_CHECK_H
#define TEMPER_CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_passed, check_failed, check_skipped;
static bool check_bad, check_skip;

#define CHECK(condition, ...)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            check_bad = true;                                                                                \
            printf("  %s:%d: %s: ", __FILE__, __LINE__, #condition);                                         \
            printf(__VA_ARGS__);                                                                             \
            printf("\n");                                                                                    \
        }                                                                                                    \
    } while (0)

/* |value − truth| ≤ tolerance, and neither is NaN. */
#define CHECK_NEAR(value, truth, tolerance)                                                                  \
    do {                                                                                                     \
        double check_v = (value), check_t = (truth), check_e = (tolerance);                                  \
        if (!(fabs(check_v - check_t) <= check_e)) {                                                         \
            check_bad = true;                                                                                \
            printf("  %s:%d: %s = %.15g, want %.15g ± %.3g\n", __FILE__, __LINE__, #value, check_v, check_t, \
                   check_e);                                                                                 \
        }                                                                                                    \
    } while (0)

#define CHECK_OK(call) CHECK((call) == TEMPER_OK, "%s", temper_message())

/* The call fails with `code`, and its sentence contains `words`. */
#define CHECK_FAILS(call, code, words)                                                                       \
    do {                                                                                                     \
        temper_status check_s = (call);                                                                      \
        CHECK(check_s == (code), "status %d, want %d (%s)", check_s, (code), temper_message());              \
        if (check_s == (code))                                                                               \
            CHECK(strstr(temper_message(), (words)), "no '%s' in: %s", (words), temper_message());           \
    } while (0)

#define SKIP(...)                                                                                            \
    do {                                                                                                     \
        check_skip = true;                                                                                   \
        printf("  skipped: ");                                                                               \
        printf(__VA_ARGS__);                                                                                 \
        printf("\n");                                                                                        \
        return;                                                                                              \
    } while (0)

#define RUN(test) check_run(#test, test)

static inline void check_run(const char *name, void (*test)(void)) {
    check_bad = check_skip = false;
    test();
    if (check_bad)
        check_failed++, printf("FAILED %s\n", name);
    else if (check_skip)
        check_skipped++;
    else
        check_passed++;
    fflush(stdout);
}

static inline int check_end(void) {
    printf("%d passed, %d failed, %d skipped\n", check_passed, check_failed, check_skipped);
    return check_failed != 0;
}

#endif
