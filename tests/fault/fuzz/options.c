/* Fuzz target: the option parser of every entry of the catalogue, and the samplers' sums. No instance is built. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = 0;
    for (int r = 0; temper_room(r); r++) {
        const temper_about *about;
        for (int k = 0; (about = temper_entry(temper_room(r), k)); k++) {
            void *self, *again;
            char *spelled, *twice;
            if (temper_options_read(about, text, &self, &spelled)) continue;
            /* What was spelled out reads back to the same spelling. */
            size_t head = strlen(about->name);
            if (temper_options_read(about, spelled[head] ? spelled + head + 1 : "", &again, &twice) ||
                strcmp(spelled, twice))
                abort();
            temper_options_free(about, again, twice);
            temper_options_free(about, self, spelled);
        }
    }
    temper_sampler *sampler;
    if (!temper_sampler_create(&sampler, text)) temper_sampler_free(sampler);
    free(text);
    return 0;
}
