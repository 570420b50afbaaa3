/* Fuzz target of the recipe reader (clang -fsanitize=fuzzer,address,undefined). Beyond not crashing: what is read can be
 * written and read again, and has the same fingerprint. */
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "run/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    char verb[16];
    temper_settings settings;
} recalled;

static temper_status set(void *context, const char *verb, const char *name, const char *value) {
    recalled *r = context;
    if (!temper_settings_table(verb)) return temper_fail(TEMPER_BAD_OPTION, "no verb");
    if (!*r->verb) {
        memcpy(r->verb, verb, strlen(verb) + 1);
        if (temper_settings_begin(verb, &r->settings)) return TEMPER_NO_MEMORY;
    }
    return temper_settings_set(r->verb, &r->settings, name, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    recalled one = {0}, two = {0};
    temper_text text = {0};
    char a[65], b[65];
    int64_t live = temper_alloc_live();
    if (!temper_recipe_read("fuzz", (const char *)data, size, set, &one) && *one.verb) {
        if (temper_recipe_write(one.verb, &one.settings, &text)) abort();
        if (temper_recipe_read("again", text.data, text.length, set, &two)) abort();
        temper_recipe_hash(one.verb, &one.settings, "", a);
        temper_recipe_hash(two.verb, &two.settings, "", b);
        if (strcmp(a, b)) abort();
    }
    temper_text_clear(&text);
    temper_settings_clear(&one.settings);
    temper_settings_clear(&two.settings);
    if (temper_alloc_live() != live) abort();
    return 0;
}
