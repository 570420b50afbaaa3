/* The binary files of CIFAR-10 and CIFAR-100: images of 3 x 32 x 32 bytes. */
#include "base/memory.h"
#include "data/binary.h"

typedef struct {
    char *file;
    int labels;
} cifar;

static temper_status fetch(const void *self, temper_samples *samples) {
    const cifar *d = self;
    char *data = NULL;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_cifar_take(samples, bytes, d->labels ? 2 : 1, d->labels == 2);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(cifar, file), NULL, 0, 0, NULL, NULL,
     "path of records; several batches may be put together with cat, and packed with gzip"},
    {"labels", TEMPER_CHOICE, offsetof(cifar, labels), "cifar10", 0, 0, "cifar10|coarse|fine", NULL,
     "which set it is: CIFAR-10, or CIFAR-100 with its 20 coarse or 100 fine labels"},
    {0}};

const temper_dataset_type temper_dataset_cifar = {
    .about = {"cifar", "colour images of 32 x 32 pixels in 10, 20 or 100 classes",
              "Krizhevsky, Learning multiple layers of features from tiny images (2009)",
              "file=data_batch_1.bin", options, sizeof(cifar)},
    .read = fetch,
};
