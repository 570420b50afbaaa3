/* Corruptions as instances. */
#include "temper/corruption.h"
#include "base/memory.h"
#include "core/catalogue.h"

temper_status temper_corruption_create(temper_corruption **out, const char *text) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("corruptions", text, &about, &options);
    if (bad) return bad;
    temper_corruption *corruption = temper_alloc(1, sizeof *corruption);
    if (!corruption) return TEMPER_NO_MEMORY;
    corruption->type = (const temper_corruption_type *)about;
    bad = temper_options_read(about, options, &corruption->self, &corruption->text);
    if (bad)
        temper_corruption_free(corruption);
    else
        *out = corruption;
    return bad;
}

void temper_corruption_free(temper_corruption *corruption) {
    if (!corruption) return;
    temper_options_free(&corruption->type->about, corruption->self, corruption->text);
    temper_release(corruption);
}
