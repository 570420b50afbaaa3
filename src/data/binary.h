/* CIFAR's binary records. */
#ifndef TEMPER_DATA_BINARY_H
#define TEMPER_DATA_BINARY_H

#include "data/samples.h"

/* Records of one label byte (CIFAR-10) or a coarse and a fine one (CIFAR-100), then 3 × 32 × 32 bytes. `label` is the
 * byte that is taken, 0 or 1, and `labels` how many there are. */
temper_status temper_cifar_take(temper_samples *samples, temper_bytes bytes, int labels, int label);

#endif
