#include "kernel/levels.h"

void temper_words_ref(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                      uint32_t *out) {
    uint32_t block[4];
    for (int64_t k = 0; k < count; k++) {
        int64_t index = first + k;
        if (k == 0 || index % 4 == 0) temper_block(of, purpose, step, index >> 2, block);
        out[k] = block[index & 3];
    }
}
