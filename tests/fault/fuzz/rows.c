/* Fuzz target of the matrix reader (clang -fsanitize=fuzzer,address,undefined). */
#include <stdlib.h>
#include "base/memory.h"
#include "data/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    temper_rows x;
    int64_t live = temper_alloc_live();
    if (!temper_rows_parse(&x, "fuzz", (const char *)data, size, 1000)) {
        if (x.rows < 1 || x.cols < 1) abort();
        for (int64_t k = 0; k < x.rows * x.cols; k++)
            if (!(x.x[k] >= -1e100 && x.x[k] <= 1e100)) abort();
        temper_rows_clear(&x);
    }
    if (temper_alloc_live() != live) abort();
    return 0;
}
