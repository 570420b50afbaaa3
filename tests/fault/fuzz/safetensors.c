/* Fuzz target of the safetensors reader: what it accepts is wholly covered by its tensors, and their numbers can be read. */
#include <stdlib.h>
#include "base/memory.h"
#include "data/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    temper_tensors t;
    int64_t live = temper_alloc_live();
    if (!temper_tensors_view(&t, (temper_bytes){"fuzz", (const char *)data, size})) {
        size_t bytes = 0;
        for (int k = 0; k < t.tensors; k++) {
            const temper_tensor *tensor = &t.tensor[k];
            bytes += tensor->to - tensor->from;
            float *out = malloc((size_t)tensor->count * sizeof *out + 1);
            if (!out) abort();
            temper_tensor_floats(&t, tensor, out);
            free(out);
            if (!temper_tensors_find(&t, tensor->name)) abort();
        }
        if (t.numbers + bytes != (const char *)data + size) abort();
        temper_tensors_note(&t, "model");
        temper_tensors_clear(&t);
    }
    if (temper_alloc_live() != live) abort();
    return 0;
}
