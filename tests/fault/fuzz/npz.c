/* Fuzz target of npz files: every member that is accepted has as many numbers as its shape says, and they can be read. */
#include <stdlib.h>
#include "base/memory.h"
#include "data/array.h"
#include "data/npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    temper_zip_list list;
    int64_t live = temper_alloc_live();
    volatile double sum = 0;
    if (!temper_zip_begin(&list, (temper_bytes){"fuzz", (const char *)data, size})) {
        for (bool more = true; more;) {
            temper_token name = {0};
            temper_bytes bytes = {0};
            temper_array array;
            char *owned = NULL;
            if (temper_zip_next(&list, &more, &name, &bytes, &owned)) break;
            if (more && !temper_npy_view(&array, bytes))
                for (int64_t k = 0; k < array.count; k++) sum = temper_array_at(&array, k);
            temper_release(owned);
        }
    }
    (void)sum;
    if (temper_alloc_live() != live) abort();
    return 0;
}
