/* Pairs of IDX files, the format of MNIST. */
#include "base/memory.h"
#include "data/array.h"

typedef struct {
    char *images, *labels;
    int task;
    bool stream;
} idx;

static temper_status fetch(const void *self, temper_samples *samples) {
    const idx *d = self;
    char *data[2] = {NULL, NULL};
    temper_bytes bytes;
    temper_array x, y;
    temper_status bad = TEMPER_OK;
    if (d->stream) {
        bad = temper_source_open(samples, d->images, temper_idx_view);
    } else {
        bad = temper_input_read(samples, d->images, &data[0], &bytes);
        if (!bad) bad = temper_idx_view(&x, bytes);
    }
    if (!bad && d->labels) bad = temper_input_read(samples, d->labels, &data[1], &bytes);
    if (!bad && d->labels) bad = temper_idx_view(&y, bytes);
    const temper_array *labels = d->labels ? &y : NULL;
    if (!bad && d->stream) bad = temper_array_labels(samples, labels, (temper_task)d->task);
    if (!bad && !d->stream) bad = temper_arrays_take(samples, &x, labels, (temper_task)d->task);
    temper_release(data[0]);
    temper_release(data[1]);
    return bad;
}

static const temper_option options[] = {
    {"images", TEMPER_STRING, offsetof(idx, images), NULL, 0, 0, NULL, NULL,
     "path of the array whose first extent counts rows, packed with gzip or not"},
    {"labels", TEMPER_STRING, offsetof(idx, labels), "", 0, 0, NULL, NULL,
     "path of the array of labels; none: there are no labels"},
    {"task", TEMPER_CHOICE, offsetof(idx, task), "auto", 0, 0, "auto|class|regression", NULL,
     "what the labels are; auto: classes, if they are one whole number a row"},
    {"stream", TEMPER_FLAG, offsetof(idx, stream), "no", 0, 0, NULL, NULL,
     "leave the features in their file, which is not packed, and read rows as they are needed"},
    {0}};

const temper_dataset_type temper_dataset_idx = {
    .about = {"idx", "arrays in the format of MNIST, images and labels",
              "LeCun, Cortes & Burges, the MNIST database (1998)",
              "images=train-images-idx3-ubyte.gz,labels=train-labels-idx1-ubyte.gz", options, sizeof(idx)},
    .read = fetch,
};
