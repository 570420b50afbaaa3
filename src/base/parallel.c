#define _GNU_SOURCE /* sched_getaffinity */
#include "temper/parallel.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum {
    MOST = 256,
    SENTENCE = 512,
    PATIENCE =
        20000 /* looks at a flag, up to a millisecond, before a thread goes to sleep: the phases of a step lie closer than that */
};

/* One call of temper_parallel. It lives on the caller's stack until every helper has left it. */
typedef struct {
    temper_work work;
    void *context;
    int64_t n, block;
    atomic_int_least64_t next;
    pthread_mutex_t lock; /* of what follows */
    int64_t failed;       /* the lowest failing index, n if there is none */
    temper_status status;
    char sentence[SENTENCE];
} job;

/* The pool. Helpers are detached and own no heap, so nothing has to be joined or released. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static int wanted;   /* threads, the caller among them; 0: as many as the process may use */
static int helpers;  /* threads alive beside the caller */
static job *current; /* NULL: the pool is free */
static int patience; /* 0 where there are more threads than processors: who waits must leave his to others */
static atomic_int
    seats; /* helpers that the current job still takes in; written under the lock, like the next */
static atomic_int active; /* helpers inside the current job */

static _Thread_local bool inside; /* this thread is working on an item */

int temper_thread_limit(void) {
    cpu_set_t set;
    long n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MOST ? MOST : (int)n;
}

static int threads(void) { return wanted ? wanted : temper_thread_limit(); }

int temper_thread_count(void) {
    pthread_mutex_lock(&lock);
    int n = threads();
    pthread_mutex_unlock(&lock);
    return n;
}

temper_status temper_threads(int n) {
    if (n < 0 || n > MOST)
        return temper_fail(TEMPER_BAD_OPTION, "threads: %d is outside 1 ... %d (0: all)", n, MOST);
    if (inside) return temper_fail(TEMPER_CANNOT, "threads: the number cannot change inside a parallel item");
    pthread_mutex_lock(&lock);
    wanted = n;
    pthread_cond_broadcast(&wake); /* those too many leave */
    pthread_mutex_unlock(&lock);
    return TEMPER_OK;
}

static void note_failure(job *of, int64_t i, temper_status status) {
    pthread_mutex_lock(&of->lock);
    if (i < of->failed) {
        of->failed = i, of->status = status;
        snprintf(of->sentence, sizeof of->sentence, "%s", temper_message());
    }
    pthread_mutex_unlock(&of->lock);
}

/* Takes blocks of items until none is left. */
static void drain(job *of) {
    int64_t start;
    while ((start = atomic_fetch_add(&of->next, of->block)) < of->n) {
        int64_t end = start + (of->n - start < of->block ? of->n - start : of->block);
        for (int64_t i = start; i < end; i++) {
            temper_status status = of->work(of->context, i);
            if (status != TEMPER_OK) note_failure(of, i, status);
        }
    }
}

static void breathe(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Called with the lock, which is given up for a moment: looks until the flag is 0, or until it is not. */
static void watch(const atomic_int *flag, bool zero) {
    int looks = patience;
    if (!looks || (atomic_load(flag) == 0) == zero) return;
    pthread_mutex_unlock(&lock);
    while (looks-- && (atomic_load_explicit(flag, memory_order_acquire) == 0) != zero) breathe();
    pthread_mutex_lock(&lock);
}

static void *help(void *unused) {
    inside = true;
    pthread_mutex_lock(&lock);
    while (helpers < threads()) {
        if (seats == 0) watch(&seats, false);
        if (seats == 0) {
            if (helpers < threads()) pthread_cond_wait(&wake, &lock);
            continue;
        }
        job *of = current;
        seats--;
        active++;
        pthread_mutex_unlock(&lock);
        drain(of);
        pthread_mutex_lock(&lock);
        if (--active == 0) pthread_cond_signal(&idle);
    }
    helpers--;
    pthread_mutex_unlock(&lock);
    return unused;
}

/* A forked child has this thread only: it starts with an empty pool. */
static void before_fork(void) { pthread_mutex_lock(&lock); }
static void parent_after_fork(void) { pthread_mutex_unlock(&lock); }
static void child_after_fork(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&wake, NULL);
    pthread_cond_init(&idle, NULL);
    helpers = 0;
    seats = 0;
    active = 0;
    current = NULL;
}
static void watch_forks(void) { pthread_atfork(before_fork, parent_after_fork, child_after_fork); }

/* Brings the pool up to strength, or as near as the system allows. Signals stay with the program's own threads. */
static void recruit(int count) {
    sigset_t all, before;
    pthread_attr_t detached;
    if (helpers >= count || pthread_attr_init(&detached) != 0) return;
    patience = count < temper_thread_limit() ? PATIENCE : 0;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (pthread_t thread; helpers < count && pthread_create(&thread, &detached, help, NULL) == 0;
         helpers++) {}
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
}

/* Opens the job to helpers, unless another thread of the program has the pool: then the caller works alone. */
static bool share(job *of) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (inside || of->n < 2) return false;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&lock);
    bool mine = !current && threads() > 1;
    if (mine) {
        recruit(threads() - 1);
        current = of;
        seats = of->n - 1 < helpers ? (int)(of->n - 1) : helpers;
        of->block = 1 + of->n / (32 * (int64_t)threads()); /* few enough to be cheap, enough to be even */
        pthread_cond_broadcast(&wake);
    }
    pthread_mutex_unlock(&lock);
    return mine;
}

static void withdraw(void) {
    pthread_mutex_lock(&lock);
    seats = 0;
    watch(&active, true);
    while (active > 0) pthread_cond_wait(&idle, &lock);
    current = NULL;
    pthread_mutex_unlock(&lock);
}

temper_status temper_parallel(int64_t n, temper_work work, void *context) {
    job of = {
        .work = work, .context = context, .n = n, .block = 1, .lock = PTHREAD_MUTEX_INITIALIZER, .failed = n};
    bool shared = share(&of), outer = inside;
    inside = true;
    drain(&of);
    inside = outer;
    if (shared) withdraw();
    pthread_mutex_destroy(&of.lock);
    return of.failed < n ? temper_fail(of.status, "%s", of.sentence) : TEMPER_OK;
}
