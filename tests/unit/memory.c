#include "base/memory.h"
#include <pthread.h>
#include <unistd.h>
#include "check.h"
#include "temper/status.h"

static bool all_zero(const unsigned char *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (bytes[i]) return false;
    return true;
}

static void zeroed_and_aligned(void) {
    for (size_t n = 0; n < 300; n += 7) {
        unsigned char *block = temper_alloc(n, 3);
        CHECK(block && (uintptr_t)block % 64 == 0 && all_zero(block, 3 * n), "%zu x 3", n);
        memset(block, 0xFF, 3 * n); /* the next one may get this memory again */
        temper_release(block);
    }
}

static void overflow(void) {
    CHECK(temper_alloc(SIZE_MAX / 2, 3) == NULL && temper_alloc(SIZE_MAX, 1) == NULL, "too much");
    CHECK(temper_alloc((SIZE_MAX >> 32) + 2, (SIZE_MAX >> 32) + 1) == NULL,
          "a product that wraps to a small one");
    CHECK(strstr(temper_message(), "memory") != NULL, "%s", temper_message());
}

/* Sizes that the kernel may promise one by one, but not keep: nothing of them is touched here. */
static void more_than_the_machine_has(void) {
    size_t machine = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    void *small = temper_alloc(4 << 20, 1);
    CHECK(temper_alloc(machine + 1, 1) == NULL, "more than all");
    CHECK(temper_alloc(machine - (2 << 20), 1) == NULL, "more than what is left");
    CHECK(strstr(temper_message(), "memory") != NULL, "%s", temper_message());
    temper_release(small);
    void *again = temper_alloc(4 << 20, 1);
    CHECK(small && again, "what fits is granted");
    temper_release(again);
}

static void regrow(void) {
    int *a = temper_alloc(3, sizeof *a);
    for (int i = 0; i < 3; i++) a[i] = i + 1;
    a = temper_regrow(a, 3, 50, sizeof *a);
    CHECK(a && a[0] == 1 && a[2] == 3 && a[3] == 0 && a[49] == 0, "kept, then zeros");
    temper_alloc_fail_at(1);
    CHECK(temper_regrow(a, 3, 100, sizeof *a) == NULL && a[2] == 3, "the old block stays");
    a = temper_regrow(a, 2, 2, sizeof *a);
    CHECK(a && a[1] == 2, "shrinks as well");
    temper_release(a);
    int *b = temper_regrow(NULL, 0, 4, sizeof *b);
    CHECK(b && b[3] == 0, "from nothing");
    temper_release(b);
}

static void strdup_copies(void) {
    char *s = temper_strdup("abc"), *none = temper_strdup("");
    CHECK(s && strcmp(s, "abc") == 0 && none && *none == 0, "copies");
    temper_release(s);
    temper_release(none);
}

static void fails_once_at_k(void) {
    for (int64_t k = 1; k <= 3; k++) {
        temper_alloc_fail_at(k);
        for (int64_t i = 1; i <= 4; i++) {
            void *block = temper_alloc(1, 1);
            CHECK((block == NULL) == (i == k), "k = %d, allocation %d", (int)k, (int)i);
            temper_release(block);
        }
        CHECK(temper_alloc_count() == 4, "%d counted", (int)temper_alloc_count());
    }
    temper_alloc_fail_at(0);
    void *block = temper_alloc(1, 1);
    CHECK(block != NULL, "switched off");
    temper_release(block);
}

static void *churn(void *unused) {
    for (int i = 0; i < 10000; i++) temper_release(temper_alloc(1, 1));
    return unused;
}

static void live_count(void) {
    int64_t before = temper_alloc_live();
    void *block = temper_alloc(1, 1);
    CHECK(temper_alloc_live() == before + 1, "one more");
    temper_release(block);
    temper_release(NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, churn, NULL);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    CHECK(temper_alloc_live() == before, "%d live", (int)temper_alloc_live());
}

int main(void) {
    RUN(zeroed_and_aligned);
    RUN(overflow);
    RUN(more_than_the_machine_has);
    RUN(regrow);
    RUN(strdup_copies);
    RUN(fails_once_at_k);
    RUN(live_count);
    return check_end();
}
