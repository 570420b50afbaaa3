/* Fashion-MNIST from the four files of its authors, as Debian's package dataset-fashion-mnist installs them. */
#include "data/array.h"

typedef struct {
    char *folder;
    int part;
} fashion_mnist;

static temper_status fetch(const void *self, temper_samples *samples) {
    const fashion_mnist *d = self;
    return temper_idx_folder(samples, "fashion_mnist", d->folder, d->part);
}

static const temper_option options[] = {
    {"folder", TEMPER_STRING, offsetof(fashion_mnist, folder), "/usr/share/datasets/fashion-mnist", 0, 0,
     NULL, NULL,
     "where its four files are; the default is where Debian's package dataset-fashion-mnist puts them"},
    {"part", TEMPER_CHOICE, offsetof(fashion_mnist, part), "both", 0, 0, "both|train|test", NULL,
     "which files; both: the test images come last and are held back by every split"},
    {0}};

const temper_dataset_type temper_dataset_fashion_mnist = {
    .about = {"fashion_mnist",
              "70000 images of clothes, 28 x 28 pixels, the last 10000 held back for testing",
              "Xiao, Rasul & Vollgraf, arXiv:1708.07747 (2017)", "", options, sizeof(fashion_mnist)},
    .read = fetch,
};
