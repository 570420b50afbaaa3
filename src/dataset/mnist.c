/* MNIST from the four files of its authors. They have no licence that would let us ship them. */
#include "data/array.h"

typedef struct {
    char *folder;
    int part;
} mnist;

static temper_status fetch(const void *self, temper_samples *samples) {
    const mnist *d = self;
    return temper_idx_folder(samples, "mnist", d->folder, d->part);
}

static const temper_option options[] = {
    {"folder", TEMPER_STRING, offsetof(mnist, folder), NULL, 0, 0, NULL, NULL,
     "where train-images-idx3-ubyte and the three other files are, packed with gzip or not; they have no "
     "licence that would let temper ship them"},
    {"part", TEMPER_CHOICE, offsetof(mnist, part), "both", 0, 0, "both|train|test", NULL,
     "which files; both: the test images come last and are held back by every split"},
    {0}};

const temper_dataset_type temper_dataset_mnist = {
    .about = {"mnist", "70000 images of digits, 28 x 28 pixels, the last 10000 held back for testing",
              "LeCun, Bottou, Bengio & Haffner, Proc. IEEE 86, 2278 (1998)", "folder=mnist", options,
              sizeof(mnist)},
    .read = fetch,
};
