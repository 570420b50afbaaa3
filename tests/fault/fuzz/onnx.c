/* Fuzz target of the ONNX reader and importer: what it accepts is a network that forecasts finite inputs without a fault, and can be written again. */
#include <stdlib.h>
#include "base/memory.h"
#include "temper/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const temper_network_io io = {.features = 16, .channels = 1, .height = 4, .width = 4};
    const temper_model_how how = {.io = size % 2 ? &io : NULL};
    temper_model model;
    int64_t live = temper_alloc_live();
    if (!temper_onnx_parse(&model, "fuzz", data, size, &how)) {
        int64_t F = model.io.features, K = temper_network_outputs(model.network), row = 0;
        if (F <= 4096 && K <= 4096 && temper_network_parameters(model.network) < 1 << 16) {
            float *x = calloc((size_t)F, sizeof *x), *z = calloc((size_t)K, sizeof *z);
            temper_samples samples = {.n = 1, .features = F, .X = x};
            if (!x || !z) abort();
            temper_network_predict(model.network, &samples, NULL, &row, 1, model.theta, model.statistics, z);
            free(x), free(z);
        }
        temper_model_clear(&model);
    }
    if (temper_alloc_live() != live) abort();
    return 0;
}
