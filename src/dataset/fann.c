/* Training files of FANN. */
#include "base/memory.h"
#include "data/texts.h"

typedef struct {
    char *file;
    int task;
} fann;

static temper_status fetch(const void *self, temper_samples *samples) {
    const fann *d = self;
    char *data = NULL;
    temper_bytes bytes;
    temper_status bad = temper_input_read(samples, d->file, &data, &bytes);
    if (!bad) bad = temper_fann_take(samples, bytes, (temper_task)d->task);
    temper_release(data);
    return bad;
}

static const temper_option options[] = {{"file", TEMPER_STRING, offsetof(fann, file), NULL, 0, 0, NULL, NULL,
                                         "path of the file, packed with gzip or not"},
                                        {"task", TEMPER_CHOICE, offsetof(fann, task), "auto", 0, 0,
                                         "auto|class|regression", NULL,
                                         "what the outputs are; auto: classes, if every pair has one output "
                                         "of 1 and the others are 0, or all are -1"},
                                        {0}};

const temper_dataset_type temper_dataset_fann = {
    .about = {"fann", "pairs of inputs and outputs, in text, as FANN trains on them", "Nissen, FANN (2003)",
              "file=xor.data", options, sizeof(fann)},
    .read = fetch,
};
