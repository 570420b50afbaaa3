/* Data sets as instances: options read, numbers read. */
#include "temper/dataset.h"
#include "base/memory.h"
#include "core/catalogue.h"

temper_status temper_dataset_create(temper_dataset **out, const char *text) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("datasets", text, &about, &options);
    if (bad) return bad;
    temper_dataset *dataset = temper_alloc(1, sizeof *dataset);
    if (!dataset) return TEMPER_NO_MEMORY;
    dataset->type = (const temper_dataset_type *)about;
    bad = temper_options_read(about, options, &dataset->self, &dataset->text);
    if (!bad) bad = dataset->type->read(dataset->self, &dataset->data);
    if (bad)
        temper_dataset_free(dataset);
    else
        *out = dataset;
    return bad;
}

void temper_dataset_free(temper_dataset *dataset) {
    if (!dataset) return;
    temper_samples_clear(&dataset->data);
    temper_options_free(&dataset->type->about, dataset->self, dataset->text);
    temper_release(dataset);
}
