/* Files of data sets: their fingerprint is that of the file as it lies on the disk, so that sha256sum agrees. */
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"
#include "data/samples.h"

static const size_t FILE_LIMIT = (size_t)1 << 31;

void temper_input_note(temper_samples *samples, const char *path, const char *data, size_t length) {
    if (samples->inputs == TEMPER_INPUTS_MAX) return;
    temper_input *input = &samples->input[samples->inputs++];
    temper_sha256 sha;
    size_t size = strlen(path), kept = size < sizeof input->path ? size : sizeof input->path - 1;
    memcpy(input->path, path + size - kept, kept + 1);
    input->bytes = (int64_t)length;
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, data, length);
    temper_sha256_end(&sha, input->sha256);
}

temper_status temper_input_read(temper_samples *samples, const char *path, char **data, temper_bytes *bytes) {
    char *packed;
    size_t length;
    *data = NULL;
    temper_status bad = temper_read_file(path, FILE_LIMIT, &packed, &length);
    if (bad) return bad;
    size_t size = strlen(path);
    *bytes = (temper_bytes){size > 200 ? path + size - 200 : path, packed, length};
    temper_input_note(samples, path, packed, length);
    bad = temper_gunzip(*bytes, data, &length);
    if (!bad && !*data) { /* not packed */
        *data = packed;
        return TEMPER_OK;
    }
    temper_release(packed);
    bytes->at = *data;
    bytes->length = length;
    return bad;
}
