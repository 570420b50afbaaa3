/* Text files of Weka. */
#include "base/memory.h"
#include "data/texts.h"

typedef struct {
    char *file, *label;
    bool onehot;
} arff;

static temper_status fetch(const void *self, temper_samples *samples) {
    const arff *d = self;
    const temper_arff_how how = {d->label, d->onehot};
    char *data = NULL;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_arff_take(samples, bytes, &how);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(arff, file), NULL, 0, 0, NULL, NULL,
     "path of the file, packed with gzip or not"},
    {"label", TEMPER_STRING, offsetof(arff, label), "last", 0, 0, NULL, NULL,
     "the attribute that is the label: last, first, none, or its name"},
    {"onehot", TEMPER_FLAG, offsetof(arff, onehot), "no", 0, 0, NULL, NULL,
     "turn a feature with named values into one number, 0 or 1, for each of them; else such features are "
     "refused"},
    {0}};

const temper_dataset_type temper_dataset_arff = {
    .about = {"arff", "rows with declared attributes, in text, as Weka reads them",
              "Hall et al., SIGKDD Explor. 11, 10 (2009)", "file=iris.arff", options, sizeof(arff)},
    .read = fetch,
};
