#define _POSIX_C_SOURCE 200809L
#include "temper/parallel.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#endif
#ifndef THREAD_SANITIZER
#define THREAD_SANITIZER 0
#endif

enum { N = 20000 };

static temper_status square(void *context, int64_t i) {
    ((int64_t *)context)[i] += i * i;
    return TEMPER_OK;
}

static void every_item_once(void) {
    static int64_t out[N];
    for (int threads = 1; threads <= 9; threads += 2) {
        CHECK_OK(temper_threads(threads));
        CHECK(temper_thread_count() == threads, "%d", temper_thread_count());
        for (int64_t n = 0; n <= N; n = 3 * n + 1) {
            memset(out, 0, sizeof out);
            CHECK_OK(temper_parallel(n, square, out));
            for (int64_t i = 0; i < N; i++)
                if (out[i] != (i < n ? i * i : 0))
                    CHECK(false, "%d threads, n = %d, item %d", threads, (int)n, (int)i);
        }
    }
    CHECK_OK(temper_parallel(-5, square, out));
}

static void many_short_jobs(void) {
    int64_t out[3] = {0};
    temper_threads(4);
    for (int job = 0; job < 3000; job++) CHECK_OK(temper_parallel(3, square, out));
    CHECK(out[0] == 0 && out[1] == 3000 && out[2] == 12000, "%d %d", (int)out[1], (int)out[2]);
}

static atomic_int met;
static temper_status meet(void *context, int64_t i) {
    (void)i;
    atomic_fetch_add(&met, 1);
    for (int64_t tries = 0; atomic_load(&met) < 2; tries++) {
        if (tries > 2000) return temper_fail(TEMPER_DIAGNOSTIC, "alone");
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    (void)context;
    return TEMPER_OK;
}

/* Two items that wait for each other need two threads. */
static void really_parallel(void) {
    temper_threads(2);
    atomic_store(&met, 0);
    CHECK_OK(temper_parallel(2, meet, NULL));
    temper_threads(1);
    atomic_store(&met, 1); /* one has already come */
    CHECK_OK(temper_parallel(1, meet, NULL));
}

static void pause_ms(int ms) { nanosleep(&(struct timespec){0, ms * 1000000L}, NULL); }

static temper_status dawdle(void *context, int64_t i) {
    pause_ms(2);
    ((int64_t *)context)[i]++;
    return TEMPER_OK;
}

static void waits_for_the_last(void) {
    temper_threads(4);
    for (int trial = 1; trial <= 50; trial++) {
        int64_t out[4] = {0};
        CHECK_OK(temper_parallel(4, dawdle, out));
        for (int i = 0; i < 4; i++) CHECK(out[i] == 1, "trial %d: item %d is not done", trial, i);
    }
}

/* The lowest failing item waits, if it can, until a higher one has failed. */
static atomic_int ran, failures;
static temper_status fail_some(void *context, int64_t i) {
    atomic_fetch_add(&ran, 1);
    if (i % 1000 != 137) return TEMPER_OK;
    for (int tries = 0; i == 137 && tries < 20 && atomic_load(&failures) == 0; tries++) pause_ms(1);
    atomic_fetch_add(&failures, 1);
    (void)context;
    return temper_fail(i == 137 ? TEMPER_BAD_DATA : TEMPER_BAD_FILE, "item %d", (int)i);
}

static void lowest_failure(void) {
    for (int threads = 1; threads <= 4; threads++) {
        temper_threads(threads);
        for (int trial = 0; trial < 20; trial++) {
            atomic_store(&ran, 0), atomic_store(&failures, 0);
            temper_status status = temper_parallel(N, fail_some, NULL);
            CHECK(status == TEMPER_BAD_DATA && strcmp(temper_message(), "item 137") == 0, "%d %s", status,
                  temper_message());
            CHECK(atomic_load(&ran) == N, "%d items ran", atomic_load(&ran));
        }
    }
}

static temper_status inner(void *context, int64_t i) {
    int64_t(*table)[10] = context;
    return temper_parallel(10, square, table[i]);
}

static temper_status change_threads(void *context, int64_t i) {
    (void)context, (void)i;
    return temper_threads(2);
}

static void nested(void) {
    int64_t table[50][10] = {{0}};
    temper_threads(3);
    CHECK_OK(temper_parallel(50, inner, table));
    for (int i = 0; i < 50; i++)
        for (int k = 0; k < 10; k++) CHECK(table[i][k] == k * k, "%d %d", i, k);
    CHECK_FAILS(temper_parallel(1, change_threads, NULL), TEMPER_CANNOT, "inside");
}

static void *user(void *context) {
    for (int job = 0; job < 2000; job++)
        if (temper_parallel(50, square, context) != TEMPER_OK) return NULL;
    return context;
}

static void several_callers(void) {
    static int64_t out[4][50];
    pthread_t threads[4];
    temper_threads(3);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, user, out[i]);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        for (int64_t k = 0; k < 50; k++) CHECK(out[i][k] == 2000 * k * k, "caller %d item %d", i, (int)k);
}

/* A child has none of the parent's threads, and must still finish. */
static void forked_child(void) {
    if (THREAD_SANITIZER) SKIP("ThreadSanitizer knows no threads behind fork");
    int64_t out[100] = {0};
    temper_threads(3);
    CHECK_OK(temper_parallel(100, square, out));
    for (int trial = 0; trial < 20; trial++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            atomic_store(&met, 0);
            _exit(temper_parallel(2, meet, NULL) == TEMPER_OK &&
                          temper_parallel(100, square, out) == TEMPER_OK
                      ? 0
                      : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child: %x", (unsigned)status);
        CHECK_OK(temper_parallel(100, square, out));
    }
}

static void range(void) {
    CHECK_FAILS(temper_threads(-1), TEMPER_BAD_OPTION, "1 ... 256");
    CHECK_FAILS(temper_threads(257), TEMPER_BAD_OPTION, "257");
    CHECK_OK(temper_threads(0));
    CHECK(temper_thread_count() == temper_thread_limit() && temper_thread_limit() >= 1, "all of them");
}

int main(void) {
    RUN(every_item_once);
    RUN(many_short_jobs);
    RUN(really_parallel);
    RUN(waits_for_the_last);
    RUN(lowest_failure);
    RUN(nested);
    RUN(several_callers);
    RUN(forked_child);
    RUN(range);
    return check_end();
}
