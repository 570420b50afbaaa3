/* The 1797 images of handwritten digits, 8 × 8 pixels of 0 … 16, that come with the library: the test half of the set of
 * Alpaydin & Kaynak (UCI, 1998) as scikit-learn distributes it; data/LICENSE has the licence. */
#include "base/memory.h"
#include "base/embedded.h"
#include "data/binary.h"
#include "data/texts.h"

static temper_status fetch(const void *self, temper_samples *samples) {
    static const char name[] = "digits.csv.gz (built in)";
    const temper_csv_how how = {"last", 2 /* no header */, 1 /* commas */, TEMPER_TASK_CLASS};
    const temper_bytes packed = {name, (const char *)temper_embedded_digits, temper_embedded_digits_size};
    temper_bytes bytes = {name, NULL, 0};
    char *data;
    (void)self;
    temper_input_note(samples, name, packed.at, packed.length);
    temper_status bad = temper_gunzip(packed, &data, &bytes.length);
    bytes.at = data;
    if (!bad) bad = temper_csv_take(samples, bytes, &how);
    temper_release(data);
    samples->channels = 1, samples->height = 8, samples->width = 8;
    return bad;
}

static const temper_option options[] = {{0}};

const temper_dataset_type temper_dataset_digits = {
    .about = {"digits", "1797 images of handwritten digits, 8 x 8 pixels of 0 … 16; comes with the library",
              "Alpaydin & Kaynak, Optical recognition of handwritten digits, UCI (1998)", "", options, 0},
    .read = fetch,
};
