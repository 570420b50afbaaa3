/* Fuzz target of checkpoints (clang -fsanitize=fuzzer,address,undefined): the input is laid over a good checkpoint of a
 * small run, its digest is made to fit, and the run is resumed from it. */
#include "../run_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *good;
static size_t length;

static void prepare(void) {
    const char *job[] = {"system",      "spin_glass:dims=5x5",
                         "temperature", "1,2",
                         "sweeps",      "10",
                         "chains",      "2",
                         "out",         rig_folder,
                         "force",       "yes",
                         NULL};
    rig_begin();
    if (rig_run("sample", job, NULL)) abort();
    good = rig_read("checkpoint", &length);
    atexit(rig_end);
}

/* Bytes 0, 1: where the rest is laid. Byte 2: how many bytes longer or shorter the file becomes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *resume[] = {"run", rig_folder, NULL};
    if (!good) prepare();
    if (size < 4) return 0;
    size_t at = (size_t)(data[0] | data[1] << 8) % length, total = length + data[2] - 128;
    char *copy = calloc(length + size + 256, 1);
    memcpy(copy, good, length);
    for (size_t k = 3; k < size && at + k - 3 < length; k++)
        copy[at + k - 3] = (char)(copy[at + k - 3] ^ data[k]);
    if (total >= 64) rig_seal(copy, total);
    rig_write("checkpoint", copy, total);
    free(copy);
    int64_t live = temper_alloc_live();
    temper_status bad = rig_run("resume", resume, NULL);
    if (bad && bad != TEMPER_BAD_DATA) abort();
    if (temper_alloc_live() != live) abort();
    return 0;
}
