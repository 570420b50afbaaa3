/* Fuzz target of the instance readers (clang -fsanitize=fuzzer,address,undefined). The first byte chooses how the rest
 * is read. Beyond not crashing: what is accepted obeys its invariants. */
#include <stdlib.h>
#include "base/memory.h"
#include "data/instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    temper_reading how = {(temper_format)(data[0] & 3), data[0] >> 2 & 1, data[0] & 8 ? 1 : -1};
    temper_instance x;
    int64_t live = temper_alloc_live();
    if (!temper_instance_parse(&x, "fuzz", (const char *)data + 1, size - 1, &how)) {
        if (x.n < 1) abort();
        for (int64_t k = 0; k < x.count; k++) {
            const temper_coupling *pair = &x.pair[k];
            if (pair->i < 0 || pair->i >= pair->j || pair->j >= x.n || pair->J != pair->J) abort();
            if (k > 0 && (pair[-1].i > pair->i || (pair[-1].i == pair->i && pair[-1].j >= pair->j))) abort();
        }
        temper_instance_clear(&x);
    }
    if (temper_alloc_live() != live) abort();
    return 0;
}
