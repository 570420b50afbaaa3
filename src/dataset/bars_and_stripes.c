/* Bars and stripes (MacKay 2003): an n × n image is made by choosing an orientation, then each line of that orientation on or off, every
 * choice with probability 1/2. The two uniform images come up both ways and so are twice as probable as the others:
 *
 *     rows 0 … 2^n − 1        lines are rows of the image, line k is on where bit k of the row's number is
 *     rows 2^n … 2·2^n − 1    lines are columns
 *
 * No model has a mean log-likelihood above −H = −[(n + 1) ln 2 − 2^(1−n) ln 2]:
 *     2 × 2  −1.732868    3 × 3  −2.599302    4 × 4  −3.379093. */
#include "data/samples.h"

typedef struct {
    int64_t n;
} bars_and_stripes;

static temper_status fetch(const void *self, temper_samples *samples) {
    const int64_t n = ((const bars_and_stripes *)self)->n, half = INT64_C(1) << n;
    temper_status bad =
        temper_samples_room(samples, (temper_bytes){"bars_and_stripes", NULL, 0}, 2 * half, n * n);
    if (bad) return bad;
    samples->channels = 1, samples->height = samples->width = n;
    for (int64_t i = 0; i < 2 * half; i++)
        for (int64_t y = 0; y < n; y++)
            for (int64_t x = 0; x < n; x++)
                samples->X[(i * n + y) * n + x] = (float)(i % half >> (i < half ? y : x) & 1);
    return TEMPER_OK;
}

static const temper_option options[] = {{"n", TEMPER_INT, offsetof(bars_and_stripes, n), "3", 1, 16, NULL,
                                         "pixels", "length of the square; 2·2^n rows"},
                                        {0}};

const temper_dataset_type temper_dataset_bars_and_stripes = {
    .about = {"bars_and_stripes",
              "n x n images of lines in one direction, each on or off: 2·2^n rows, the uniform ones twice",
              "MacKay, Information Theory, Inference, and Learning Algorithms (2003), ch. 43", "n=3", options,
              sizeof(bars_and_stripes)},
    .read = fetch,
};
