/* NumPy arrays, one a file. */
#include "base/memory.h"
#include "data/array.h"

typedef struct {
    char *x, *y;
    int task;
    bool stream;
} npy;

static temper_status fetch(const void *self, temper_samples *samples) {
    const npy *d = self;
    char *data[2] = {NULL, NULL};
    temper_bytes bytes;
    temper_array x, y;
    temper_status bad = TEMPER_OK;
    if (d->stream) {
        bad = temper_source_open(samples, d->x, temper_npy_view);
    } else {
        bad = temper_input_read(samples, d->x, &data[0], &bytes);
        if (!bad) bad = temper_npy_view(&x, bytes);
    }
    if (!bad && d->y) bad = temper_input_read(samples, d->y, &data[1], &bytes);
    if (!bad && d->y) bad = temper_npy_view(&y, bytes);
    const temper_array *labels = d->y ? &y : NULL;
    if (!bad && d->stream) bad = temper_array_labels(samples, labels, (temper_task)d->task);
    if (!bad && !d->stream) bad = temper_arrays_take(samples, &x, labels, (temper_task)d->task);
    temper_release(data[0]);
    temper_release(data[1]);
    return bad;
}

static const temper_option options[] = {
    {"x", TEMPER_STRING, offsetof(npy, x), NULL, 0, 0, NULL, NULL,
     "path of the array of features, [n][…], packed with gzip or not"},
    {"y", TEMPER_STRING, offsetof(npy, y), "", 0, 0, NULL, NULL,
     "path of the array of labels or targets; none: there are none"},
    {"task", TEMPER_CHOICE, offsetof(npy, task), "auto", 0, 0, "auto|class|regression", NULL,
     "what the labels are; auto: classes, if they are one whole number a row"},
    {"stream", TEMPER_FLAG, offsetof(npy, stream), "no", 0, 0, NULL, NULL,
     "leave the features in their file, which is not packed, and read rows as they are needed"},
    {0}};

const temper_dataset_type temper_dataset_npy = {
    .about = {"npy", "NumPy arrays, one a file", "Harris et al., Nature 585, 357 (2020)", "x=x.npy,y=y.npy",
              options, sizeof(npy)},
    .read = fetch,
};
