/* Sparse text files of LIBSVM and SVMlight. */
#include "base/memory.h"
#include "data/texts.h"

typedef struct {
    char *file;
    int64_t features;
    int task;
} libsvm;

static temper_status fetch(const void *self, temper_samples *samples) {
    const libsvm *d = self;
    char *data = NULL;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_libsvm_take(samples, bytes, d->features, (temper_task)d->task);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(libsvm, file), NULL, 0, 0, NULL, NULL,
     "path of the file, packed with gzip or not"},
    {"features", TEMPER_INT, offsetof(libsvm, features), "0", 0, 1 << 26, NULL, "features",
     "how many there are; 0: the largest index in the file"},
    {"task", TEMPER_CHOICE, offsetof(libsvm, task), "auto", 0, 0, "auto|class|regression", NULL,
     "what the label is; auto: classes, unless the labels are numbers of which one is broken or more than "
     "100 differ"},
    {0}};

const temper_dataset_type temper_dataset_libsvm = {
    .about = {"libsvm", "rows of label index:value index:value …, indices from 1",
              "Chang & Lin, ACM TIST 2, 27 (2011)", "file=a9a", options, sizeof(libsvm)},
    .read = fetch,
};
