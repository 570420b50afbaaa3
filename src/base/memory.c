#include "base/memory.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "temper/status.h"

enum { LINE = 64, LARGE = 1 << 20 };

static atomic_int_least64_t count, live, fail_at;
static atomic_size_t held; /* bytes of all blocks; each keeps its own size in a line in front of it */

void temper_alloc_fail_at(int64_t k) {
    atomic_store(&count, 0);
    atomic_store(&fail_at, k);
}

int64_t temper_alloc_count(void) { return atomic_load(&count); }
int64_t temper_alloc_live(void) { return atomic_load(&live); }

static void *fail(size_t number, size_t size) {
    temper_fail(TEMPER_NO_MEMORY, "memory: no room for %zu x %zu bytes", number, size);
    return NULL;
}

/* Linux grants more than the machine has and kills the process that touches it. So the sum of our blocks is kept
 * within fifteen sixteenths of the machine's memory; only large blocks are worth the question. */
static bool too_much(size_t bytes) {
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t machine = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : SIZE_MAX;
    size_t most = machine - machine / 16;
    return bytes >= LARGE && (bytes > most || atomic_load(&held) > most - bytes);
#else
    return false;
#endif
}

void *temper_alloc(size_t number, size_t size) {
    int64_t turn = atomic_fetch_add(&count, 1) + 1;
    if (turn == atomic_load(&fail_at)) return fail(number, size);
    if (size && number > (PTRDIFF_MAX - 2 * LINE) / size) return fail(number, size);
    size_t bytes = (1 + (number * size + LINE - 1) / LINE) * LINE;
    char *block = too_much(bytes) ? NULL : aligned_alloc(LINE, bytes);
    if (!block) return fail(number, size);
    atomic_fetch_add(&live, 1);
    atomic_fetch_add(&held, bytes);
    memset(block, 0, bytes);
    memcpy(block, &bytes, sizeof bytes);
    return block + LINE;
}

void *temper_regrow(void *old, size_t kept, size_t number, size_t size) {
    void *block = temper_alloc(number, size);
    if (!block) return NULL;
    if (old && kept) memcpy(block, old, kept * size);
    temper_release(old);
    return block;
}

char *temper_strdup(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = temper_alloc(bytes, 1);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

void temper_release(void *block) {
    if (!block) return;
    size_t bytes;
    char *start = (char *)block - LINE;
    memcpy(&bytes, start, sizeof bytes);
    atomic_fetch_sub(&live, 1);
    atomic_fetch_sub(&held, bytes);
    free(start);
}
