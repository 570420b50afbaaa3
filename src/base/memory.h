/* All allocation of the library goes through here, so that a test can fail the k-th one for every k. */
#ifndef TEMPER_BASE_MEMORY_H
#define TEMPER_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* count × size bytes, zeroed, aligned to 64 bytes; never a null pointer for a zero request.
 * NULL when memory is short, the product overflows or the machine has less than all our blocks together; the sentence is then stored, so the caller only returns
 * TEMPER_NO_MEMORY. */
void *temper_alloc(size_t count, size_t size);

/* A block of `count` × size that begins with the first `kept` × size bytes of `old`, which is released.
 * On failure NULL, and `old` stays as it was. */
void *temper_regrow(void *old, size_t kept, size_t count, size_t size);

char *temper_strdup(const char *text); /* a copy to be released; NULL when memory is short */
void temper_release(void *block);      /* NULL is allowed */

/* For tests: let allocation number k (1 is the next one) fail once; 0 switches it off. Counts since the call. */
void temper_alloc_fail_at(int64_t k);
int64_t temper_alloc_count(void);
/* For tests: blocks allocated and not yet released. */
int64_t temper_alloc_live(void);

#endif
