#include "base/memory.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "temper/status.h"

enum { LINE = 64 };

static atomic_int_least64_t count, live, fail_at;

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

void *temper_alloc(size_t number, size_t size) {
    int64_t turn = atomic_fetch_add(&count, 1) + 1;
    if (turn == atomic_load(&fail_at)) return fail(number, size);
    if (size && number > (PTRDIFF_MAX - LINE) / size) return fail(number, size);
    size_t bytes = number * size;
    size_t lines = bytes ? (bytes + LINE - 1) / LINE : 1;
    void *block = aligned_alloc(LINE, lines * LINE);
    if (!block) return fail(number, size);
    atomic_fetch_add(&live, 1);
    return memset(block, 0, lines * LINE);
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
    atomic_fetch_sub(&live, 1);
    free(block);
}
