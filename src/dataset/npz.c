/* NumPy arrays, several a file. */
#include <string.h>
#include "base/memory.h"
#include "data/array.h"

typedef struct {
    char *file, *x, *y;
    int task;
} npz;

/* The array called `member`; *owned is its block where it had to be unpacked. */
static temper_status view(temper_array *array, temper_bytes zip, const char *member, char **owned) {
    temper_bytes bytes;
    temper_status bad = temper_zip_member(zip, member, &bytes, owned);
    return bad ? bad : temper_npy_view(array, bytes);
}

static temper_status fetch(const void *self, temper_samples *samples) {
    const npz *d = self;
    bool labelled = d->y && strcmp(d->y, "none");
    char *data = NULL, *owned[2] = {NULL, NULL};
    temper_bytes zip;
    temper_array x, y;
    temper_status bad = temper_input_read(samples, d->file, &data, &zip);
    if (!bad) bad = view(&x, zip, d->x, &owned[0]);
    if (!bad && labelled) bad = view(&y, zip, d->y, &owned[1]);
    if (!bad) bad = temper_arrays_take(samples, &x, labelled ? &y : NULL, (temper_task)d->task);
    temper_release(data);
    temper_release(owned[0]);
    temper_release(owned[1]);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(npz, file), NULL, 0, 0, NULL, NULL,
     "path of an archive of numpy.savez or savez_compressed"},
    {"x", TEMPER_STRING, offsetof(npz, x), "x", 0, 0, NULL, NULL, "the array of features, [n][…]"},
    {"y", TEMPER_STRING, offsetof(npz, y), "y", 0, 0, NULL, NULL, "the array of labels or targets, or none"},
    {"task", TEMPER_CHOICE, offsetof(npz, task), "auto", 0, 0, "auto|class|regression", NULL,
     "what the labels are; auto: classes, if they are one whole number a row"},
    {0}};

const temper_dataset_type temper_dataset_npz = {
    .about = {"npz", "NumPy arrays, several a file", "Harris et al., Nature 585, 357 (2020)",
              "file=mnist.npz,x=x_train,y=y_train", options, sizeof(npz)},
    .read = fetch,
};
